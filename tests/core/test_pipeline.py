from __future__ import annotations

import asyncio

import pytest

from filter.decisions import Decision, digest_of
from filter.outcome import Answer, Deferred, Held, NextHopAway, Outcome, Refused, Relayed, Why
from filter.settings import GateMode
from filter.verdict import Verdict
from tests.core.pipelineworld import HOLD, PASS, World, transaction


@pytest.fixture
def world() -> World:
    return World()


async def test_a_pass_is_recorded_before_it_is_delivered(world: World) -> None:
    outcome = await world.send()

    assert isinstance(outcome, Relayed)
    assert outcome.answer.reply == "250"
    assert world.ledger.told == ["record pass", "deliver", "relayed 250 2.0.0 ok"]


async def test_a_held_message_never_reaches_the_next_hop(world: World) -> None:
    world.judge_as(HOLD)

    outcome = await world.send()

    assert isinstance(outcome, Held)
    assert world.hop.delivered == []
    assert world.hop.abandoned == 1
    assert world.ledger.told == ["hold quarantine"]


@pytest.mark.parametrize("verdict", [PASS, HOLD], ids=["pass", "hold"])
async def test_a_store_that_fails_leaves_the_message_with_the_client(
    world: World, verdict: Verdict
) -> None:
    world.judge_as(verdict)
    world.ledger.fails = True

    outcome = await world.send()

    assert outcome == Deferred(transaction().id, Why.STORE_AWAY)
    assert world.hop.delivered == []
    assert world.hop.abandoned == 1


@pytest.mark.parametrize(("verdict", "kind"), [(PASS, Relayed), (HOLD, Held)], ids=["pass", "hold"])
async def test_metrics_that_cannot_be_counted_change_no_answer(
    world: World, verdict: Verdict, kind: type[object]
) -> None:
    def fail(_decision: Decision, _outcome: Outcome[object]) -> None:
        raise OSError("no space left")

    world.judge_as(verdict)
    world.observe = fail

    assert isinstance(await world.send(), kind)


async def test_without_rules_nothing_passes_and_nothing_is_held(world: World) -> None:
    world.rules = None

    outcome = await world.send()

    assert outcome == Deferred(transaction().id, Why.RULES_NOT_LOADED)
    assert world.ledger.told == []


async def test_an_inspection_that_raises_holds(world: World) -> None:
    async def crash() -> Verdict:
        raise RuntimeError("secret path")

    world.inspect = crash

    assert isinstance(await world.send(), Held)
    assert world.hop.delivered == []


async def test_an_inspection_past_its_time_holds(world: World) -> None:
    async def stall() -> Verdict:
        await asyncio.Event().wait()
        return PASS

    world.inspect = stall
    world.deadline_seconds = 2.2

    assert isinstance(await world.send(), Held)
    assert world.hop.delivered == []


async def test_past_the_deadline_nothing_irreversible_is_done(world: World) -> None:
    world.deadline_seconds = 0.5

    outcome = await world.send()

    assert outcome == Deferred(transaction().id, Why.DEADLINE)
    assert world.ledger.told == []
    assert world.hop.delivered == []


async def test_the_next_hops_refusal_is_the_clients_answer(world: World) -> None:
    world.hop.answer = Answer(False, "550 5.1.1 no", "550")

    outcome = await world.send()

    assert isinstance(outcome, Refused)
    assert outcome.answer.reply == "550"
    assert world.ledger.told[-1] == "refused 550 5.1.1 no"


async def test_an_absent_next_hop_defers(world: World) -> None:
    world.hop.answer = NextHopAway("connection refused")

    assert await world.send() == Deferred(transaction().id, Why.NEXT_HOP_AWAY)


async def test_a_fault_in_the_next_hops_code_defers(world: World) -> None:
    world.hop.answer = ZeroDivisionError()

    assert await world.send() == Deferred(transaction().id, Why.FAULT)


async def test_a_client_that_leaves_while_we_judge_drops_the_onward_transaction(
    world: World,
) -> None:
    judging = asyncio.Event()

    async def stall() -> Verdict:
        judging.set()
        await asyncio.Event().wait()
        return PASS

    world.inspect = stall
    task = asyncio.create_task(world.send())
    await judging.wait()
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    assert world.hop.abandoned == 1
    assert world.ledger.told == []


async def test_a_client_that_leaves_during_the_commit_does_not_stop_it(world: World) -> None:
    world.hop.gate.clear()
    task = asyncio.create_task(world.send())
    await world.ledger.hears("record pass")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    world.hop.gate.set()
    await world.ledger.hears("relayed 250 2.0.0 ok")

    assert world.ledger.told == ["record pass", "deliver", "relayed 250 2.0.0 ok"]


async def test_gate_wide_shadow_passes_what_would_be_held_and_records_why(world: World) -> None:
    world.judge_as(HOLD)
    world.mode = GateMode.SHADOW

    assert isinstance(await world.send(), Relayed)
    assert world.ledger.told[0] == "record pass"


def test_the_digest_ignores_the_relays_own_received_line_only() -> None:
    body = b"Subject: x\r\n\r\nhello\r\n"
    first = transaction(b"Received: from a\r\n\tby b; Mon\r\n" + body)
    again = transaction(b"Received: from a\r\n\tby b; Tue\r\n" + body)

    assert digest_of(first) == digest_of(again) == digest_of(transaction(body))
    assert digest_of(first) != digest_of(transaction(body + b"!"))
