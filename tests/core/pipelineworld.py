"""A pipeline among neighbours that do as they are told and remember what they were told."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import cast

from filter.decisions import Decision
from filter.guard import Guard
from filter.message import Channel, Client, Envelope, Transaction
from filter.outcome import Answer, Outcome
from filter.pipeline import Pipeline
from filter.quarantine.item import Alert, StoreError
from filter.ruleset import RuleSet
from filter.settings import GateMode
from filter.verdict import Disposition, Finding, Verdict
from tests.guards import NoGuard

RULES = cast("RuleSet", type("Rules", (), {"revision": "r1"})())
PASS = Verdict(Disposition.PASS, (), (), "r1", template="otp")
HOLD = Verdict(Disposition.QUARANTINE, (Finding("templates", "template.none", "-"),), (), "r1")


class RememberingLedger:
    """Keeps what it is told, in order; refuses when told to."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.fails = False

    async def hears(self, word: str) -> None:
        async with asyncio.timeout(30):
            while word not in self.told:  # noqa: ASYNC110 - told from plain functions too
                await asyncio.sleep(0)

    async def hold(
        self, transaction: Transaction, decision: Decision, expires_at: datetime
    ) -> None:
        if self.fails:
            raise StoreError("disk full")
        self.told.append(f"hold {decision.disposition}")

    async def record(self, decision: Decision) -> None:
        if self.fails:
            raise StoreError("disk full")
        self.told.append(f"record {decision.disposition}")

    def note_outcome(self, transaction_id: str, outcome: str) -> None:
        self.told.append(outcome)

    def note_told(self, transaction_id: str) -> None:
        self.told.append("told")

    def note_alert(self, alert: Alert) -> None:
        self.told.append(f"alert {alert.text}")


class ScriptedHop:
    """Answers as it is told, and remembers what it was given."""

    def __init__(self, ledger: RememberingLedger) -> None:
        self.ledger = ledger
        self.sends = True
        self.delivered: list[bytes] = []
        self.abandoned = 0
        self.answer: Answer[str] | Exception = Answer(True, "250 2.0.0 ok", "250")
        self.gate = asyncio.Event()
        self.gate.set()

    async def deliver(self, transaction: Transaction, timeout_seconds: float) -> Answer[str]:
        await self.gate.wait()
        self.ledger.told.append("deliver")
        self.delivered.append(transaction.content)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def write_answer(self, answer: Answer[str]) -> bytes:
        return answer.reply.encode()

    def read_answer(self, record: bytes) -> Answer[str]:
        return Answer(True, "", record.decode())

    async def abandon(self) -> None:
        self.abandoned += 1


class World:
    """A pipeline among remembering neighbours."""

    def __init__(self) -> None:
        self.ledger = RememberingLedger()
        self.hop = ScriptedHop(self.ledger)
        self.rules: RuleSet | None = RULES
        self.inspect: Callable[[], Awaitable[Verdict]] = self._say_pass
        self.guard: Guard = NoGuard()
        self.mode = GateMode.ENFORCE
        self.deadline_seconds = 20.0
        self.observe: Callable[[Decision, Outcome[object]], None] = lambda _decision, _outcome: None
        self.remembered: list[Verdict] = []
        self.kept: list[str] = []

    async def _say_pass(self) -> Verdict:
        return PASS

    def judge_as(self, verdict: Verdict) -> None:
        async def say() -> Verdict:
            return verdict

        self.inspect = say

    async def send(self) -> Outcome[str]:
        async def inspect(_transaction: Transaction, _rules: RuleSet) -> Verdict:
            return await self.inspect()

        pipeline = Pipeline(
            inspect=inspect,
            rules=lambda: self.rules,
            ledger=self.ledger,
            guard=self.guard,
            mode=self.mode,
            deadline_seconds=self.deadline_seconds,
            retention=timedelta(days=30),
            observe=self.observe,
            remember=self.remembered.append,
            keep=lambda kept, _at: self.kept.append(kept.id),
        )
        return await pipeline.process(transaction(), self.hop)


def transaction(content: bytes = b"Subject: x\r\n\r\nhello\r\n") -> Transaction:
    return Transaction(
        id="m_01K4T8ABCDEFGHJKMNPQRSTVWX",
        channel=Channel.EMAIL,
        received_at=datetime.now(UTC),
        client=Client(address="127.0.0.1"),
        envelope=Envelope("a@example.org", ("b@example.org",)),
        content=content,
    )
