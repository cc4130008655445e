"""The parts of other rooms that the mail room stands on, as small fakes that remember."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from filter.decisions import Decision
from filter.guard import Guard
from filter.message import Message, Transaction
from filter.pipeline import Pipeline
from filter.quarantine.item import Alert, StoreError
from filter.ruleset import Match, Miss, RuleSet
from filter.settings import GateMode
from filter.verdict import Disposition, Finding, Verdict
from tests.guards import NoGuard

PRANK = b"PRANK"


class NoMatcher:
    def match(self, message: Message) -> Match | Miss:
        raise AssertionError("the fake inspection does not match")


RULES = RuleSet(revision="abc", templates=(), links=(), images=(), matcher=NoMatcher())


@dataclass
class Memory:
    """A ledger in memory."""

    held: dict[str, Transaction] = field(default_factory=dict)
    recorded: list[Decision] = field(default_factory=list)
    outcomes: dict[str, str] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)
    broken: bool = False
    gate: asyncio.Event | None = None  # what record and hold wait for
    entered: asyncio.Event = field(default_factory=asyncio.Event)

    async def hold(
        self, transaction: Transaction, decision: Decision, expires_at: datetime
    ) -> None:
        await self._pass_gate()
        self.held[transaction.id] = transaction

    async def record(self, decision: Decision) -> None:
        await self._pass_gate()
        self.recorded.append(decision)

    async def _pass_gate(self) -> None:
        self.entered.set()
        if self.gate is not None:
            await self.gate.wait()
        if self.broken:
            raise StoreError("disk full")

    def note_outcome(self, transaction_id: str, outcome: str) -> None:
        self.outcomes[transaction_id] = outcome

    def note_told(self, transaction_id: str) -> None:
        self.told.append(transaction_id)

    def note_alert(self, alert: Alert) -> None:
        raise AssertionError("no alerts here")


@dataclass
class Inspection:
    """Holds what contains PRANK, passes the rest; remembers every transaction it saw."""

    seen: list[Transaction] = field(default_factory=list)
    gate: asyncio.Event | None = None
    entered: asyncio.Event = field(default_factory=asyncio.Event)
    rules: RuleSet | None = RULES
    error: BaseException | None = None

    async def __call__(self, transaction: Transaction, rules: RuleSet) -> Verdict:
        self.seen.append(transaction)
        self.entered.set()
        if self.gate is not None:
            await self.gate.wait()
        if self.error is not None:
            raise self.error
        if PRANK in transaction.content:
            finding = Finding("templates", "template.none", "no template")
            return Verdict(Disposition.QUARANTINE, (finding,), (), rules.revision)
        return Verdict(Disposition.PASS, (), (), rules.revision, template="any")

    def current_rules(self) -> RuleSet | None:
        return self.rules


def make_pipeline(
    inspection: Inspection,
    ledger: Memory,
    deadline_seconds: float = 30.0,
    guard: Guard | None = None,
) -> Pipeline:
    return Pipeline(
        inspect=inspection,
        rules=inspection.current_rules,
        ledger=ledger,
        guard=guard or NoGuard(),
        mode=GateMode.ENFORCE,
        deadline_seconds=deadline_seconds,
        retention=timedelta(days=1),
    )
