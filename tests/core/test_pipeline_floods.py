"""Pauses, limits and repeats: what the pipeline does with what the guard says."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from filter.decisions import Decision
from filter.floodrules import FloodAction
from filter.guard import Admission, Repeat, Stop
from filter.message import Transaction
from filter.outcome import Answer, Deferred, Held, NextHopAway, Outcome, Refused, Relayed, Why
from filter.ruleset import RuleSet
from filter.settings import GateMode
from filter.verdict import Disposition, Effect, Finding, Flood, Trial, TrialKind, Verdict
from tests.core.pipelineworld import HOLD, PASS, World, transaction

ID = transaction().id
FLOOD = Flood("f_00112233445566aa", "otp-client", "client=kiosk", 1)
TOO_MANY = Finding("limits", "limit.client", "client=kiosk: 30 of 30 in the last minute")
STOPPED = Stop(Finding("pauses", "pause.active", "paused"), FLOOD, drops=False)
DROPPED = Stop(Finding("pauses", "pause.active", "paused"), FLOOD, drops=True)


@dataclass
class ScriptedGuard:
    """Says what it is told to, and remembers what it was asked."""

    admission: Admission = field(default_factory=lambda: Admission(receipt="charged"))
    repeat: Repeat = field(default_factory=Repeat)
    before: Stop | None = None  # what is decidable without content
    stops: list[Stop | None] = field(default_factory=list)  # then, one for each question
    asked: list[str] = field(default_factory=list)

    def stop_for(
        self, transaction: Transaction, judged: tuple[Verdict, RuleSet] | None = None
    ) -> Stop | None:
        if judged is None:
            return self.before
        return self.stops.pop(0) if self.stops else None

    async def admit(self, transaction: Transaction, verdict: Verdict, rules: RuleSet) -> Admission:
        self.asked.append("admit")
        return self.admission

    async def give_back(self, admission: Admission) -> None:
        self.asked.append(f"give back {admission.receipt}")

    async def claim(self, transaction: Transaction, verdict: Verdict, rules: RuleSet) -> Repeat:
        return self.repeat

    async def settle(self, repeat: Repeat, transaction_id: str, answer: bytes | None) -> None:
        self.asked.append(f"settle {answer!r}")


@pytest.fixture
def guard() -> ScriptedGuard:
    return ScriptedGuard()


@pytest.fixture
def world(guard: ScriptedGuard) -> World:
    world = World()
    world.guard = guard
    return world


def too_many(action: FloodAction) -> Admission:
    return Admission((TOO_MANY,), (), action, 36.4, FLOOD)


async def send(world: World) -> tuple[Outcome[str], Decision]:
    decisions: list[Decision] = []
    world.observe = lambda decision, _outcome: decisions.append(decision)
    outcome = await world.send()
    return outcome, decisions[0]


# --- limits


async def test_a_message_that_goes_on_stays_charged(world: World, guard: ScriptedGuard) -> None:
    assert isinstance(await world.send(), Relayed)
    assert guard.asked == ["admit"]


async def test_a_message_that_is_not_approved_is_not_charged(
    world: World, guard: ScriptedGuard
) -> None:
    world.judge_as(HOLD)

    assert isinstance(await world.send(), Held)
    assert guard.asked == []


async def test_what_is_too_many_is_held_with_its_finding_and_its_flood(
    world: World, guard: ScriptedGuard
) -> None:
    guard.admission = too_many(FloodAction.HOLD)

    outcome, decision = await send(world)

    assert outcome == Held(ID)
    assert decision.disposition is Disposition.QUARANTINE
    assert decision.verdict.findings == (TOO_MANY,)
    assert decision.verdict.flood == FLOOD
    assert world.hop.delivered == []


async def test_what_is_blocked_is_held_and_told_as_blocked(
    world: World, guard: ScriptedGuard
) -> None:
    guard.admission = too_many(FloodAction.BLOCK)

    assert await world.send() == Held(ID, blocked=True)
    assert world.ledger.told == ["hold block"]


async def test_what_is_deferred_stays_with_the_client_and_is_written_down(
    world: World, guard: ScriptedGuard
) -> None:
    guard.admission = too_many(FloodAction.DEFER)

    outcome, decision = await send(world)

    assert outcome == Deferred(ID, Why.LIMIT, 36.4)
    assert decision.disposition is Disposition.DEFER
    assert decision.verdict.flood is None, "what is not kept belongs to no case"
    assert world.ledger.told == ["record defer", "deferred sending limit"]
    assert world.hop.abandoned == 1


async def test_a_deferral_needs_no_store(world: World, guard: ScriptedGuard) -> None:
    guard.admission = too_many(FloodAction.DEFER)
    world.ledger.fails = True

    assert await world.send() == Deferred(ID, Why.LIMIT, 36.4)


@pytest.mark.parametrize("action", [FloodAction.HOLD, FloodAction.BLOCK, FloodAction.DEFER])
async def test_in_gate_wide_shadow_what_is_too_many_goes_on_and_is_recorded(
    world: World, guard: ScriptedGuard, action: FloodAction
) -> None:
    world.mode = GateMode.SHADOW
    guard.admission = too_many(action)

    outcome, decision = await send(world)

    assert isinstance(outcome, Relayed)
    assert decision.disposition is Disposition.PASS
    assert decision.verdict.findings == (TOO_MANY,)


async def test_findings_of_limits_on_trial_are_recorded_and_decide_nothing(
    world: World, guard: ScriptedGuard
) -> None:
    guard.admission = Admission(shadow=(TOO_MANY,), receipt="charged")

    outcome, decision = await send(world)

    assert isinstance(outcome, Relayed)
    assert decision.verdict.shadow == (TOO_MANY,)


@pytest.mark.parametrize(
    "arrange",
    [
        pytest.param(lambda w: setattr(w.ledger, "fails", True), id="store away"),
        pytest.param(
            lambda w: setattr(w.hop, "answer", Answer(False, "550 no", "550")), id="refused"
        ),
        pytest.param(lambda w: setattr(w, "deadline_seconds", 0.5), id="past the deadline"),
    ],
)
async def test_what_did_not_go_on_is_given_back(
    world: World, guard: ScriptedGuard, arrange: Callable[[World], None]
) -> None:
    arrange(world)

    outcome = await world.send()

    assert isinstance(outcome, Deferred | Refused)
    assert guard.asked == ["admit", "give back charged"]


async def test_what_may_have_gone_on_stays_charged(world: World, guard: ScriptedGuard) -> None:
    world.hop.answer = NextHopAway("connection lost")

    assert await world.send() == Deferred(ID, Why.NEXT_HOP_AWAY)
    assert guard.asked == ["admit"]


async def test_a_refusal_that_leaves_doubt_stays_charged(
    world: World, guard: ScriptedGuard
) -> None:
    world.hop.answer = Answer(False, "500 20500", "500", may_have_sent=True)

    assert isinstance(await world.send(), Refused)
    assert guard.asked == ["admit"]


async def test_what_certainly_did_not_go_on_is_given_back(
    world: World, guard: ScriptedGuard
) -> None:
    world.hop.answer = NextHopAway("connection refused", may_have_sent=False)

    assert await world.send() == Deferred(ID, Why.NEXT_HOP_AWAY)
    assert guard.asked == ["admit", "give back charged"]


# --- pauses


async def test_a_paused_message_is_held_as_one_case(world: World, guard: ScriptedGuard) -> None:
    guard.stops = [STOPPED]

    outcome, decision = await send(world)

    assert outcome == Held(ID)
    assert decision.verdict.findings == (STOPPED.finding,)
    assert decision.verdict.flood == FLOOD
    assert guard.asked == []


async def test_a_pause_holds_in_gate_wide_shadow_too(world: World, guard: ScriptedGuard) -> None:
    world.mode = GateMode.SHADOW
    guard.stops = [STOPPED]

    assert await world.send() == Held(ID)


async def test_what_is_held_for_its_content_keeps_that_reason_in_a_pause(
    world: World, guard: ScriptedGuard
) -> None:
    world.judge_as(HOLD)
    guard.stops = [STOPPED]

    _, decision = await send(world)

    assert [f.code for f in decision.verdict.findings] == ["template.none", "pause.active"]


async def test_a_pause_that_drops_leaves_the_message_with_the_client_unread(
    world: World, guard: ScriptedGuard
) -> None:
    guard.before = DROPPED

    outcome, decision = await send(world)

    assert outcome == Deferred(ID, Why.PAUSED)
    assert decision.verdict.findings == (DROPPED.finding,)
    assert world.ledger.told == []
    assert world.hop.abandoned == 1


async def test_a_pause_of_a_template_that_drops_is_known_once_the_content_is(
    world: World, guard: ScriptedGuard
) -> None:
    guard.stops = [DROPPED]

    assert await world.send() == Deferred(ID, Why.PAUSED)
    assert world.ledger.told == ["record defer", "deferred paused"]


async def test_a_pause_that_comes_while_the_decision_is_written_stops_the_message(
    world: World, guard: ScriptedGuard
) -> None:
    guard.stops = [None, STOPPED]

    assert await world.send() == Deferred(ID, Why.PAUSED)
    assert world.hop.delivered == []
    assert world.ledger.told == ["record pass", "deferred paused"]
    assert guard.asked == ["admit", "give back charged"]


# --- repeats


async def test_the_first_of_its_kind_leaves_its_answer(world: World, guard: ScriptedGuard) -> None:
    guard.repeat = Repeat(key=b"k")

    assert isinstance(await world.send(), Relayed)
    assert guard.asked == ["admit", "settle b'250'"]


async def test_a_repeat_is_answered_with_the_first_answer_and_not_sent(
    world: World, guard: ScriptedGuard
) -> None:
    guard.repeat = Repeat(b"k", "m_first", b"250 first")

    outcome, decision = await send(world)

    assert isinstance(outcome, Relayed)
    assert (outcome.answer.reply, outcome.repeats) == ("250 first", "m_first")
    assert decision.disposition is Disposition.PASS
    assert world.hop.delivered == []
    assert world.ledger.told == ["record pass", "repeats m_first; not sent again"]
    assert guard.asked == []


async def test_a_repeat_of_what_is_still_on_its_way_is_to_be_tried_again(
    world: World, guard: ScriptedGuard
) -> None:
    guard.repeat = Repeat(b"k", "m_first", None)

    outcome = await world.send()

    assert isinstance(outcome, Deferred)
    assert outcome.why is Why.REPEATED
    assert outcome.retry_seconds is not None
    assert world.hop.delivered == []


async def test_where_the_client_sends_by_itself_nothing_is_a_repeat_and_all_count(
    world: World, guard: ScriptedGuard
) -> None:
    guard.repeat = Repeat(b"k", "m_first", b"250 first")
    world.hop.sends = False

    outcome = await world.send()

    assert isinstance(outcome, Relayed)
    assert outcome.repeats == ""
    assert guard.asked == ["admit"]


@pytest.mark.parametrize("answer", [b"250 first", None], ids=["answered", "on its way"])
async def test_a_gate_in_shadow_sends_a_repeat_and_says_that_it_would_not(
    answer: bytes | None, world: World, guard: ScriptedGuard, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    guard.repeat = Repeat(b"k", "m_first", answer)
    world.mode = GateMode.SHADOW

    outcome = await world.send()

    assert isinstance(outcome, Relayed)
    assert len(world.hop.delivered) == 1
    assert guard.asked == ["admit"], "the first one's claim is not ours to settle"
    assert f"would repeat id={ID} of=m_first" in caplog.text


async def test_a_first_that_did_not_go_on_lets_the_next_one_try(
    world: World, guard: ScriptedGuard
) -> None:
    guard.repeat = Repeat(key=b"k")
    guard.admission = too_many(FloodAction.HOLD)

    await world.send()

    assert guard.asked == ["admit", "settle None"]


async def test_an_answer_that_cannot_be_read_leaves_the_message_with_the_client(
    world: World, guard: ScriptedGuard
) -> None:
    guard.repeat = Repeat(b"k", "m_first", b"\xff")

    assert await world.send() == Deferred(ID, Why.FAULT)


# --- trouble


async def test_a_guard_that_fails_leaves_the_message_with_the_client(
    world: World, guard: ScriptedGuard, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> Admission:
        raise RuntimeError("secret path")

    monkeypatch.setattr(guard, "admit", fail)

    assert await world.send() == Deferred(ID, Why.FAULT)
    assert world.hop.delivered == []


async def test_a_charge_that_cannot_be_given_back_changes_no_answer(
    world: World, guard: ScriptedGuard, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise RuntimeError("secret path")

    monkeypatch.setattr(guard, "give_back", fail)
    world.hop.answer = Answer(False, "550 no", "550")

    assert isinstance(await world.send(), Refused)


async def test_a_client_that_leaves_while_limits_are_asked_changes_nothing(
    world: World, guard: ScriptedGuard, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, answer = asyncio.Event(), asyncio.Event()

    async def wait(*_: object) -> Admission:
        asked.set()
        await answer.wait()
        return guard.admission

    monkeypatch.setattr(guard, "admit", wait)
    task = asyncio.create_task(world.send())
    await asked.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    answer.set()
    await world.ledger.hears("relayed 250 2.0.0 ok")

    assert world.hop.delivered != []


@pytest.mark.parametrize(
    ("action", "effect"),
    [
        (FloodAction.HOLD, Effect.HOLD),
        (FloodAction.BLOCK, Effect.BLOCK),
        (FloodAction.DEFER, Effect.DEFER),
    ],
)
async def test_a_gate_in_shadow_says_what_it_would_have_done(
    world: World, guard: ScriptedGuard, action: FloodAction, effect: Effect
) -> None:
    world.mode = GateMode.SHADOW
    guard.admission = too_many(action)

    _, decision = await send(world)

    assert decision.verdict.trials == (Trial(TrialKind.GATE, "gate", effect, "limit.client"),)


async def test_what_a_limit_on_trial_would_have_done_is_recorded(
    world: World, guard: ScriptedGuard
) -> None:
    tried = Trial(TrialKind.LIMIT, "hourly", Effect.HOLD, "limit.client")
    guard.admission = Admission(shadow=(TOO_MANY,), receipt="charged", trials=(tried,))

    _, decision = await send(world)

    assert decision.verdict.trials == (tried,)


@pytest.mark.parametrize("stop", [STOPPED, None], ids=["a pause", "a limit"])
async def test_what_something_else_stops_a_rule_on_trial_would_not_have_stopped(
    world: World, guard: ScriptedGuard, stop: Stop | None
) -> None:
    tried = Trial(TrialKind.PICTURE, "prank", Effect.HOLD, "image.known")
    world.judge_as(replace(PASS, trials=(tried,)))
    guard.stops = [stop]
    guard.admission = too_many(FloodAction.HOLD)

    _, decision = await send(world)

    assert decision.disposition is Disposition.QUARANTINE
    assert decision.verdict.trials == (replace(tried, effect=Effect.NONE),)


async def test_what_was_relayed_is_kept_for_replay_and_nothing_else(
    world: World, guard: ScriptedGuard
) -> None:
    await world.send()
    assert world.kept == [ID]

    world.kept.clear()
    world.hop.answer = Answer(False, "550 no", "550")
    await world.send()
    world.hop.answer = NextHopAway("gone")
    await world.send()
    guard.repeat = Repeat(b"k", "m_first", b"250 first")
    await world.send()
    guard.repeat = Repeat()
    world.judge_as(HOLD)
    await world.send()

    assert world.kept == []


async def test_a_store_that_cannot_keep_it_changes_no_answer(world: World) -> None:
    class Full(list[str]):
        def append(self, _one: str) -> None:
            raise MemoryError

    world.kept = Full()

    assert isinstance(await world.send(), Relayed)
