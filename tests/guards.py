"""Guards for tests of what stands around them."""

from __future__ import annotations

from filter.guard import Admission, Repeat, Stop
from filter.message import Transaction
from filter.ruleset import RuleSet
from filter.verdict import Verdict


class NoGuard:
    """A guard without limits and pauses: everything may go on."""

    def stop_for(
        self, transaction: Transaction, judged: tuple[Verdict, RuleSet] | None = None
    ) -> Stop | None:
        """Return None: nothing is paused."""
        del transaction, judged
        return None

    async def admit(self, transaction: Transaction, verdict: Verdict, rules: RuleSet) -> Admission:
        """Return an admission that charges nothing."""
        del transaction, verdict, rules
        return Admission()

    async def give_back(self, admission: Admission) -> None:
        """Do nothing: nothing was charged."""

    async def claim(self, transaction: Transaction, verdict: Verdict, rules: RuleSet) -> Repeat:
        """Return that this is the first of its kind."""
        del transaction, verdict, rules
        return Repeat()

    async def settle(self, repeat: Repeat, transaction_id: str, answer: bytes | None) -> None:
        """Do nothing: nothing was claimed."""
