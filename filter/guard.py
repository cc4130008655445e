"""What the pipeline asks before a message goes on: is it paused, is it too many, was it sent?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from filter.floodrules import FloodAction
from filter.message import Transaction
from filter.ruleset import RuleSet
from filter.verdict import Finding, Flood, Trial, Verdict


@dataclass(frozen=True, slots=True)
class Stop:
    """A pause that a message falls under."""

    finding: Finding
    flood: Flood
    drops: bool  # leave it with the client instead of holding it
    pause: str = ""  # its id


@dataclass(frozen=True, slots=True)
class Admission:
    """What limits, watches and floors said of a message that is approved.

    Without ``action`` it goes on. ``receipt`` is what give_back needs, None when nothing was
    charged. ``retry_seconds`` is None when it is not known.
    """

    findings: tuple[Finding, ...] = ()
    shadow: tuple[Finding, ...] = ()
    action: FloodAction | None = None
    retry_seconds: float | None = None
    flood: Flood | None = None
    receipt: object = None
    trials: tuple[Trial, ...] = ()


@dataclass(frozen=True, slots=True)
class Repeat:
    """Whether this very message is being sent, or was sent, a moment ago.

    ``key`` is what settle needs ("" when no rule asks). ``first`` is the id of the message that was
    first, ``answer`` what the next hop answered it (None: not yet).
    """

    key: bytes = b""
    first: str = ""
    answer: bytes | None = None
    trials: tuple[Trial, ...] = ()


class Guard(Protocol):
    """Stands before the next hop. Never raises: trouble is an Admission by the policy in force."""

    def stop_for(
        self, transaction: Transaction, judged: tuple[Verdict, RuleSet] | None = None
    ) -> Stop | None:
        """Return the pause that the message falls under, as far as can be known.

        Without ``judged`` the content has not been looked at, and pauses that are scoped by
        template or class do not count yet. Does not wait: it looks at memory.
        """
        ...

    async def admit(self, transaction: Transaction, verdict: Verdict, rules: RuleSet) -> Admission:
        """Charge the limits for a message that is about to go on."""
        ...

    async def give_back(self, admission: Admission) -> None:
        """Take the charge back: the message did not go on after all."""
        ...

    async def claim(self, transaction: Transaction, verdict: Verdict, rules: RuleSet) -> Repeat:
        """Look whether this very message was just sent; if not, this is the one that is sent."""
        ...

    async def settle(self, repeat: Repeat, transaction_id: str, answer: bytes | None) -> None:
        """Keep the answer for repeats, or (None) let go: it did not go on."""
        ...
