"""What the pipeline and the people who work the quarantine ask of a store."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from filter.decisions import Decision
from filter.message import Transaction
from filter.quarantine.item import HeldItem, State


class Ledger(Protocol):
    """The hot side, used by every transaction. Each method raises StoreError when it cannot."""

    async def hold(
        self, transaction: Transaction, decision: Decision, expires_at: datetime
    ) -> None:
        """Keep the message and its decision; on return both are on disk."""
        ...

    async def record(self, decision: Decision) -> None:
        """Keep the decision; on return it is on disk."""
        ...

    def note_outcome(self, transaction_id: str, outcome: str) -> None:
        """Add what became of a recorded decision, soon and without waiting: "relayed 250 …"."""
        ...

    def note_told(self, transaction_id: str) -> None:
        """Add that the client is known to have read our answer (its next command came)."""
        ...


class Shelf(Protocol):
    """The working side: reviewers, release, retention. Synchronous; call it off the loop."""

    def items(
        self, *, state: State | None = None, limit: int = 100, before: str | None = None
    ) -> Sequence[HeldItem]:
        """Return held items, newest first, without their content."""
        ...

    def get_item(self, transaction_id: str) -> HeldItem:
        """Return one item with its content. Raises NoSuchItem."""
        ...

    def change(
        self, transaction_id: str, start: State, end: State, *, by: str, note: str = "", answer: str = ""
    ) -> None:
        """Move an item from one state to another. Raises StateConflict, NoSuchItem."""
        ...
