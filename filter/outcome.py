"""What became of a transaction: there is no fifth way."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Generic, Protocol, TypeAlias, TypeVar

from filter.message import Transaction

R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)


class Why(StrEnum):
    """Why a message stays in the client's custody (451, or 503)."""

    RULES_NOT_LOADED = "rules not loaded"
    STORE_AWAY = "store away"
    NEXT_HOP_AWAY = "next hop away"
    DEADLINE = "deadline"
    FAULT = "internal fault"
    LIMIT = "sending limit"
    PAUSED = "paused"
    REPEATED = "the same message is being sent"


@dataclass(frozen=True, slots=True)
class Answer(Generic[R_co]):
    """The next hop's own answer, to be repeated to the client as it is.

    ``summary`` is one line for the log and the quarantine: "250 2.0.0 queued as 4Xy", "201 SM…".
    ``may_have_sent`` is set for a no after which the message may be on its way all the same.
    """

    accepted: bool
    summary: str
    reply: R_co
    may_have_sent: bool = False


@dataclass(frozen=True, slots=True)
class Relayed(Generic[R_co]):
    """The next hop has it, and said so.

    ``repeats`` is the id of an equal message whose answer this is; then nothing was sent again.
    """

    transaction_id: str
    answer: Answer[R_co]
    repeats: str = ""


@dataclass(frozen=True, slots=True)
class Refused(Generic[R_co]):
    """The next hop said no (temporarily or for good); its answer is the client's."""

    transaction_id: str
    answer: Answer[R_co]


@dataclass(frozen=True, slots=True)
class Held:
    """The quarantine has it on disk.

    ``blocked`` asks for the answer of a message that was refused, whatever the settings prefer.
    """

    transaction_id: str
    blocked: bool = False


@dataclass(frozen=True, slots=True)
class Deferred:
    """The next hop is not known to have it; the client keeps it and tries again.

    ``retry_seconds`` is when that has a chance, where it is known. ``may_have_sent`` is the doubt
    of NextHopAway: then the message stays charged.
    """

    transaction_id: str
    why: Why
    retry_seconds: float | None = None
    may_have_sent: bool = field(default=False, compare=False)


Outcome: TypeAlias = Relayed[R_co] | Refused[R_co] | Held | Deferred


class NextHopAway(Exception):  # noqa: N818 - a state of the world, named as the log names it
    """The next hop could not be reached, or left without an answer.

    ``may_have_sent`` is False only when it is certain that the next hop cannot have acted on the
    message: no connection, no final dot written, no byte of the request's body written. A release
    that failed so goes back to held; in doubt it becomes unknown and is never repeated by itself.
    """

    def __init__(self, reason: str = "", *, may_have_sent: bool = True) -> None:
        super().__init__(reason)
        self.may_have_sent = may_have_sent


class NextHop(Protocol[R]):
    """Where a passed message goes. One object serves one transaction."""

    @property
    def sends(self) -> bool:
        """Whether it sends what is handed over; if not, whoever asked does, each time it may."""
        ...

    async def deliver(self, transaction: Transaction, timeout_seconds: float) -> Answer[R]:
        """Hand the message over and return the next hop's answer.

        Raises NextHopAway when there was no answer (unreachable, time-out, connection lost).
        """
        ...

    def write_answer(self, answer: Answer[R]) -> bytes:
        """Return an answer in a form that read_answer understands, in another process too."""
        ...

    def read_answer(self, record: bytes) -> Answer[R]:
        """Return the answer that write_answer wrote. Raises ValueError."""
        ...

    async def abandon(self) -> None:
        """End the onward transaction without completing it: no final dot is ever sent."""
        ...
