"""Rules about how many: limits, watches for what is unusual, floors of use, repeated messages."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from filter.mode import Mode
from filter.subject import Dimension, Scope


class Counted(StrEnum):
    """What a limit counts."""

    MESSAGES = "messages"
    RECIPIENTS = "recipients"
    DIFFERENT = "different-recipients"


class FloodAction(StrEnum):
    """What becomes of a message that is too many.

    hold: quarantine, answered as any held message. block: quarantine, and the client is told that
    it was blocked (5xx, the provider's own error). defer: it stays with the client (451, 429 with
    retry-after). alert: it goes on, and people are told; watches and floors only.
    """

    HOLD = "hold"
    BLOCK = "block"
    DEFER = "defer"
    ALERT = "alert"


@dataclass(frozen=True, slots=True)
class Window:
    """``allowed`` in ``seconds`` on average, at most ``burst`` of them at once."""

    allowed: int
    seconds: float
    burst: int


@dataclass(frozen=True, slots=True)
class Limit:
    """How many messages may go on for one key, in every one of the windows.

    ``match`` says which messages it is about, ``per`` what makes the key (none: the whole gate),
    ``safe`` whom it never counts.
    """

    id: str
    source: str
    match: Scope
    per: tuple[Dimension, ...]
    count: Counted
    windows: tuple[Window, ...]
    safe: tuple[Scope, ...] = ()
    action: FloodAction = FloodAction.HOLD
    mode: Mode = Mode.ENFORCE
    description: str = ""


class Sign(StrEnum):
    """What is unusual."""

    VOLUME = "volume"  # many more messages than at the usual peak
    SPREAD = "different-recipients"  # many more different recipients than at the usual peak
    SEQUENCE = "sequential"  # neighbouring numbers, one after the other
    FIRST_SEEN = "first-seen"  # a key, a country say, that was never written to before


@dataclass(frozen=True, slots=True)
class Watch:
    """A sign of abuse, looked for before any limit is reached.

    VOLUME and SPREAD: at least ``at_least`` in ``seconds``, and more than ``times`` the highest
    number that went on in such a window in the last ``history_seconds``. SEQUENCE: at least
    ``at_least`` numbers in ``seconds`` of which ``percent`` have a neighbour at most three away
    among the others. FIRST_SEEN: nothing of this key has gone on before. While the profile is
    younger than ``learning_seconds`` a watch only alerts, and FIRST_SEEN only learns.
    """

    id: str
    source: str
    match: Scope
    per: tuple[Dimension, ...]
    sign: Sign
    at_least: int = 1
    seconds: float = 0.0
    times: float = 3.0
    percent: int = 50
    history_seconds: float = 7 * 86400.0
    learning_seconds: float = 3 * 86400.0
    safe: tuple[Scope, ...] = ()
    action: FloodAction = FloodAction.ALERT
    mode: Mode = Mode.ENFORCE
    description: str = ""


@dataclass(frozen=True, slots=True)
class Floor:
    """The least share of sent codes that people use.

    Of the messages of the last ``seconds``, without the youngest ``grace_seconds`` (which may yet
    be used), at least ``percent`` must have been reported as used, once ``at_least`` were sent.
    """

    id: str
    source: str
    match: Scope
    per: tuple[Dimension, ...]
    percent: float
    at_least: int
    seconds: float
    grace_seconds: float
    safe: tuple[Scope, ...] = ()
    action: FloodAction = FloodAction.ALERT
    mode: Mode = Mode.ENFORCE
    description: str = ""


@dataclass(frozen=True, slots=True)
class RepeatRule:
    """The same text to the same recipient within ``seconds`` is answered with the first answer."""

    id: str
    source: str
    match: Scope
    seconds: float
    mode: Mode = Mode.ENFORCE
    description: str = ""


@dataclass(frozen=True, slots=True)
class FloodRules:
    """All of them. Rules that are off are not here."""

    limits: tuple[Limit, ...] = ()
    watches: tuple[Watch, ...] = ()
    floors: tuple[Floor, ...] = ()
    repeats: tuple[RepeatRule, ...] = ()
