"""A held message and the states it can be in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from filter.decisions import Decision
from filter.message import Transaction
from filter.verdict import Verdict


class State(StrEnum):
    """Life of a held message; every change is a compare-and-swap from one to the next.

    held → releasing → released | held (next hop refused for now) | failed (refused for good)
    held → discarded | expired
    releasing → unknown when nobody can tell whether it was sent: never sent again by itself.
    unknown → held | released: a person found out; failed → held: a person wants another try.
    unknown, failed → expired.
    """

    HELD = "held"
    RELEASING = "releasing"
    RELEASED = "released"
    DISCARDED = "discarded"
    EXPIRED = "expired"
    FAILED = "failed"
    UNKNOWN = "unknown"


MAY_BECOME: Mapping[State, frozenset[State]] = {
    State.HELD: frozenset({State.RELEASING, State.DISCARDED, State.EXPIRED}),
    State.RELEASING: frozenset({State.RELEASED, State.HELD, State.FAILED, State.UNKNOWN}),
    State.UNKNOWN: frozenset({State.HELD, State.RELEASED, State.EXPIRED}),
    State.FAILED: frozenset({State.HELD, State.EXPIRED}),
    State.RELEASED: frozenset(),
    State.DISCARDED: frozenset(),
    State.EXPIRED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class HeldItem:
    """A message in quarantine: the exact bytes and envelope, why, until when, and what became.

    In lists the transaction's content is empty, because nobody reads it there; once retention has
    deleted it for good, ``content_deleted`` says so.
    """

    transaction: Transaction
    verdict: Verdict
    state: State
    held_at: datetime
    expires_at: datetime
    changed_at: datetime
    changed_by: str = ""
    note: str = ""
    answer: str = ""  # the next hop's answer to a release
    title: str = ""  # the subject, or how the text begins: for lists
    size_bytes: int = 0
    content_deleted: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """One step in the life of a held message. ``start`` is None for the hold itself."""

    at: datetime
    by: str
    start: State | None
    end: State
    note: str = ""


@dataclass(frozen=True, slots=True)
class Afterwards:
    """What was added to a decision later: what became of it, or that the client read our answer."""

    at: datetime
    kind: str  # "outcome" or "told"
    text: str


@dataclass(frozen=True, slots=True)
class Record:
    """A decision as the log keeps it, and what was added later, oldest first."""

    decision: Decision
    afterwards: tuple[Afterwards, ...] = ()


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that people are to be told of, in words; recipients are masked.

    ``flood`` is the case that it belongs to, "" when nothing is held for it.
    """

    at: datetime
    rule: str
    key: str
    text: str
    flood: str = ""


# Codes of these areas say that there were too many, or a pause; any other is about the content.
FLOOD_AREAS = frozenset({"limit", "watch", "floor", "pause"})


@dataclass(frozen=True, slots=True)
class Case:
    """All messages that were held for one flood, or for one pause.

    ``key`` is in words, recipients masked. ``since`` is when the flood began, ``first_at`` and
    ``last_at`` when its first and last message was held. ``counts`` has every state; what
    retention has deleted meanwhile stays counted.
    """

    id: str  # "f_…"
    rule: str
    key: str
    since: datetime
    first_at: datetime
    last_at: datetime
    counts: Mapping[State, int]

    @property
    def held(self) -> int:
        """How many wait for a person."""
        return self.counts[State.HELD]

    @property
    def total(self) -> int:
        """How many there ever were."""
        return sum(self.counts.values())

    @property
    def is_open(self) -> bool:
        """Whether somebody has to do something about it."""
        return any(self.counts[s] for s in (State.HELD, State.RELEASING, State.UNKNOWN))


@dataclass(frozen=True, slots=True)
class CaseItem:
    """A message of a case, as little of it as a choice among fifty thousand needs.

    ``content_codes`` are the reasons beside the flood: a message that has one was not approved,
    and is never released with its case. ``client`` is who submitted it, as in its decision;
    ``was_refused``: it was told that the message is not sent.
    """

    id: str
    state: State
    received_at: datetime
    template: str
    recipients: tuple[str, ...]
    content_codes: tuple[str, ...] = ()
    client: str = ""
    was_refused: bool = False


class StoreError(Exception):
    """The store could not keep or find what it was asked to; the client keeps the message."""


class StateConflict(StoreError):  # noqa: N818 - named for what happened
    """The item is not in the state that the change starts from."""


class NoSuchItem(StoreError):  # noqa: N818 - same
    """There is no item with this id."""
