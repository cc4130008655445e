"""What the pipeline and the people who work the quarantine ask of a store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from filter.decisions import Decision
from filter.message import Channel, Transaction
from filter.quarantine.item import Alert, Case, CaseItem, Change, HeldItem, Record, State
from filter.verdict import Disposition, Effect


@dataclass(frozen=True, slots=True)
class ItemQuery:
    """Which held items; None and "" ask for any.

    ``reason`` is a code or the area before its dot ("link"); ``sender`` is a whole address of the
    envelope, in any case, ``recipients`` are spellings of one; ``before`` is the id that a former
    list ended with. ``case`` asks for the items of one case, ``is_single`` for those that belong to
    none.
    """

    state: State | None = None
    channel: Channel | None = None
    since: datetime | None = None
    reason: str = ""
    sender: str = ""
    recipients: tuple[str, ...] = ()
    case: str = ""
    is_single: bool = False
    before: str | None = None
    limit: int = 100


@dataclass(frozen=True, slots=True)
class CaseQuery:
    """Which cases; None and "" ask for any. ``since`` is about the last message of a case."""

    is_open: bool | None = None
    rule: str = ""
    since: datetime | None = None
    limit: int = 100


@dataclass(frozen=True, slots=True)
class AlertQuery:
    """Which alerts; None and "" ask for any."""

    since: datetime | None = None
    rule: str = ""
    case: str = ""
    limit: int = 100


@dataclass(frozen=True, slots=True)
class Overview:
    """What waits for people just now: for ``sallyport status``."""

    open_cases: int
    held_in_cases: int
    alerts_last_hour: int
    would_be_held_last_day: int = 0  # by rules in shadow, or the gate in shadow
    would_pass_last_day: int = 0


@dataclass(frozen=True, slots=True)
class DecisionQuery:
    """Which decisions; None and "" ask for any.

    ``recipients`` are spellings of one, masked, as records keep it. ``trial`` is a code or area of
    findings that were only on trial (shadow). ``would_be`` are effects of which a rule in shadow
    would have had one, ``tried`` is the id of a rule that was in shadow.
    """

    disposition: Disposition | None = None
    channel: Channel | None = None
    since: datetime | None = None
    template: str = ""
    client: str = ""
    sender: str = ""
    recipients: tuple[str, ...] = ()
    reason: str = ""
    trial: str = ""
    would_be: frozenset[Effect] = frozenset()
    tried: str = ""
    envelope_digest: str = ""
    before: str | None = None
    limit: int = 100


@dataclass(frozen=True, slots=True)
class Swept:
    """What retention did. ``is_done`` is False while there is more that is due."""

    expired: int = 0
    contents: int = 0
    items: int = 0
    decisions: int = 0
    alerts: int = 0
    pauses: int = 0
    is_done: bool = True
    pictures: int = 0
    passed: int = 0


class Ledger(Protocol):
    """The hot side, used by every transaction."""

    async def hold(
        self, transaction: Transaction, decision: Decision, expires_at: datetime
    ) -> None:
        """Keep the message and its decision; on return both are on disk. Raises StoreError."""
        ...

    async def record(self, decision: Decision) -> None:
        """Keep the decision; on return it is on disk. Raises StoreError."""
        ...

    def note_outcome(self, transaction_id: str, outcome: str) -> None:
        """Add what became of a recorded decision, soon and without waiting: "relayed 250 …".

        Never raises, because what it tells has happened. A crash can lose the last tenth of a
        second of these; the decision itself is never lost.
        """
        ...

    def note_told(self, transaction_id: str) -> None:
        """Add that the client is known to have read our answer (its next command came).

        Like note_outcome: soon, without waiting, never raising.
        """
        ...

    def note_alert(self, alert: Alert) -> None:
        """Keep an alert for those who look; soon, without waiting, never raising."""
        ...


class Shelf(Protocol):
    """The working side: reviewers, release, retention. Synchronous; call it off the loop.

    Every method raises StoreError when the store cannot be read or written.
    """

    def items(
        self, *, state: State | None = None, limit: int = 100, before: str | None = None
    ) -> Sequence[HeldItem]:
        """Return held items, newest first, without their content."""
        ...

    def find_items(self, query: ItemQuery) -> Sequence[HeldItem]:
        """Return the items that a query asks for, newest first, without their content."""
        ...

    def get_item(self, transaction_id: str) -> HeldItem:
        """Return one item with its content. Raises NoSuchItem."""
        ...

    def history(self, transaction_id: str) -> Sequence[Change]:
        """Return every change of an item, oldest first."""
        ...

    def change(
        self,
        transaction_id: str,
        start: State,
        end: State,
        *,
        by: str,
        note: str = "",
        answer: str = "",
    ) -> None:
        """Move an item from one state to another. Raises StateConflict, NoSuchItem.

        A process that moves an item to releasing is the only one that can move it on from there.
        """
        ...

    def mark_interrupted(self) -> int:
        """Move items whose releasing process is gone to unknown; return how many there were."""
        ...

    def find_decisions(self, query: DecisionQuery) -> Sequence[Record]:
        """Return the decisions that a query asks for, newest first, with what was added later."""
        ...

    def get_decision(self, transaction_id: str) -> Record:
        """Return one decision. Raises NoSuchItem."""
        ...

    def sweep(self, now: datetime, oldest: datetime) -> Swept:
        """Do one bounded step of what is due at ``now``; decisions go when before ``oldest``."""
        ...

    def count_expiring(self, until: datetime) -> int:
        """Return how many held items have an expiry date before this moment."""
        ...


class CaseShelf(Shelf, Protocol):
    """The working side of floods. Synchronous like Shelf, and with the same StoreError."""

    def cases(self, query: CaseQuery) -> Sequence[Case]:
        """Return cases: open ones first, of these the one with the latest message first."""
        ...

    def get_case(self, case_id: str) -> Case:
        """Return one case. Raises NoSuchItem."""
        ...

    def case_items(
        self, case_id: str, *, state: State | None = None, after: str = "", limit: int = 1000
    ) -> Sequence[CaseItem]:
        """Return items of a case with ids above ``after``, oldest first."""
        ...

    def discard_items(self, ids: Sequence[str], *, by: str, note: str) -> Mapping[str, str]:
        """Discard held items in bounded transactions; return why not, for those that were not."""
        ...

    def alerts(self, query: AlertQuery) -> Sequence[Alert]:
        """Return alerts, newest first."""
        ...

    def overview(self, now: datetime) -> Overview:
        """Return what waits for people; cheap enough for every status."""
        ...
