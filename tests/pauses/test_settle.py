"""When may the command say that nothing from before is on its way any more?"""

from __future__ import annotations

import asyncio
from datetime import timedelta

from filter.message import Transaction
from filter.pipeline import Pipeline
from filter.ruleset import RuleSet
from filter.settings import GateMode
from filter.verdict import Verdict
from tests.core.pipelineworld import PASS, RULES, RememberingLedger, ScriptedHop, transaction
from tests.guards import NoGuard


async def test_what_has_begun_is_waited_for_and_what_begins_later_is_not() -> None:
    async def inspect(_transaction: Transaction, _rules: RuleSet) -> Verdict:
        return PASS

    ledger = RememberingLedger()
    before, later = ScriptedHop(ledger), ScriptedHop(ledger)
    before.gate.clear()
    later.gate.clear()
    pipeline = Pipeline(
        inspect=inspect,
        rules=lambda: RULES,
        ledger=ledger,
        guard=NoGuard(),
        mode=GateMode.ENFORCE,
        deadline_seconds=20,
        retention=timedelta(days=1),
    )
    await asyncio.wait_for(pipeline.settle_begun(), 5)
    first = asyncio.create_task(pipeline.process(transaction(), before))
    await ledger.hears("record pass")

    settled = asyncio.create_task(pipeline.settle_begun())
    for _ in range(20):
        await asyncio.sleep(0)
    second = asyncio.create_task(pipeline.process(transaction(), later))
    for _ in range(20):
        await asyncio.sleep(0)
    assert not settled.done()

    before.gate.set()
    await asyncio.wait_for(settled, 5)
    assert before.delivered
    assert not later.delivered
    later.gate.set()
    await asyncio.gather(first, second)
