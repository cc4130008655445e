"""The guard with the store of the state folder: what is counted, refused, given back and told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from filter.floodrules import Counted, FloodAction, Sign, Window
from filter.guard import Admission
from filter.limits.embedded import EmbeddedLimitStore
from filter.limits.floodguard import FloodGuard
from filter.limits.interface import Signal
from filter.limits.references import References
from filter.limits.watchful import Watchful
from filter.mode import Mode
from filter.ruleset import RuleSet
from filter.settings import Limits, Settings
from filter.subject import Dimension
from tests.limits.guardworld import (
    FLOOR,
    PASS,
    REPEAT,
    RememberingLedger,
    limit,
    rules,
    scope,
    transaction,
    watch,
)

START = 1_750_000_000_000_000
SECOND = 1_000_000
FIVE = Window(5, 60.0, 5)


class Gate:
    """A guard on a real store, whose clock the test moves."""

    def __init__(self, folder: Path) -> None:
        self.now = START
        self.book = RememberingLedger()
        self.store = Watchful(
            EmbeddedLimitStore(folder, clock=lambda: self.now), patience_seconds=10.0
        )
        self.guard = FloodGuard(self.store, self.book.ledger, Settings(limits=Limits(country="MY")))

    async def send(self, in_force: RuleSet, *recipients: str, client: str = "kiosk") -> Admission:
        """Ask for one message."""
        return await self.guard.admit(transaction(*recipients, client=client), PASS, in_force)

    async def passed(self, in_force: RuleSet, numbers: list[str]) -> int:
        """Return how many of these messages go on."""
        return sum([(await self.send(in_force, n)).action is None for n in numbers])


@pytest.fixture
async def gate(tmp_path: Path) -> AsyncIterator[Gate]:
    world = Gate(tmp_path)
    yield world
    await world.store.close()


async def test_a_limit_lets_exactly_so_many_go_on_and_says_when_there_is_room(gate: Gate) -> None:
    in_force = rules(limits=[limit(Dimension.CLIENT, windows=(FIVE,))])

    assert await gate.passed(in_force, ["+60123456789"] * 8) == 5
    refused = await gate.send(in_force)
    assert [finding.detail for finding in refused.findings] == [
        "client=kiosk: 5 of 5 in the last minute (limit otp-client); free again in 12 s"
    ]
    assert refused.retry_seconds == 12.0
    gate.now += 12 * SECOND
    assert await gate.passed(in_force, ["+60123456789"] * 3) == 1
    assert (await gate.send(in_force, client="clinic")).action is None


async def test_every_spelling_of_a_victim_counts_as_one(gate: Gate) -> None:
    in_force = rules(limits=[limit(Dimension.RECIPIENT, windows=(FIVE,))])
    spellings = [
        "+60123456789",
        "0060123456789",
        "012-345 6789",
        "whatsapp:+60 12 345 6789",
        "tel:+60-12-345-6789;ext=2",
        "60123456789",
        "+60 (0)12 345 6789",
        "+\uff16\uff10123456789",
    ]

    assert await gate.passed(in_force, spellings) == 5


async def test_one_message_with_many_tags_is_many_to_one_person(gate: Gate) -> None:
    in_force = rules(limits=[limit(Dimension.RECIPIENT, windows=(FIVE,))])
    copies = [f"aisha+{n}@citizen.example" for n in range(6)]

    assert (await gate.send(in_force, *copies)).action is FloodAction.HOLD
    assert (await gate.send(in_force, *copies[:5])).action is None
    assert (await gate.send(in_force, "aisha@citizen.example")).action is FloodAction.HOLD


async def test_a_number_that_is_raised_makes_room_at_once(gate: Gate) -> None:
    def client_limit(allowed: int, burst: int) -> RuleSet:
        return rules(limits=[limit(Dimension.CLIENT, windows=(Window(allowed, 60.0, burst),))])

    assert await gate.passed(client_limit(5, 5), ["+60123456789"] * 6) == 5
    assert await gate.passed(client_limit(50, 50), ["+60123456789"] * 60) == 50
    assert await gate.passed(client_limit(50, 40), ["+60123456789"]) == 0


async def test_a_message_that_one_rule_refuses_is_charged_nowhere(gate: Gate) -> None:
    wide = limit(Dimension.CLIENT, id="wide", windows=(FIVE,))
    narrow = limit(Dimension.RECIPIENT, id="narrow", windows=(replace(FIVE, allowed=1, burst=1),))
    both = rules(limits=[wide, narrow])

    assert await gate.passed(both, ["+60123450001"] * 9) == 1
    assert await gate.passed(both, [f"+6012345{n:04}" for n in range(2, 9)]) == 4


async def test_what_did_not_go_on_is_given_back(gate: Gate) -> None:
    in_force = rules(limits=[limit(windows=(FIVE,)), limit(id="d", count=Counted.DIFFERENT)])
    for _ in range(9):
        admission = await gate.send(in_force)
        assert admission.action is None
        await gate.guard.give_back(admission)


async def test_concurrent_messages_never_exceed_a_limit(gate: Gate) -> None:
    in_force = rules(limits=[limit(Dimension.CLIENT, windows=(FIVE,))])
    answers = await asyncio.gather(*(gate.send(in_force) for _ in range(40)))

    assert sum(answer.action is None for answer in answers) == 5
    assert len({answer.flood.id for answer in answers if answer.flood is not None}) == 1
    assert len(gate.book.alerts) == 1


async def test_a_flood_of_strangers_is_one_case_and_others_go_on(gate: Gate) -> None:
    spread = replace(
        watch(Sign.SPREAD, Dimension.CLIENT, action=FloodAction.HOLD), learning_seconds=0.0
    )
    in_force = rules(watches=[spread])
    floods = set()
    held = 0
    for n in range(60):
        gate.now += SECOND
        admission = await gate.send(in_force, f"+6012345{n:04}", client="stolen")
        held += admission.action is FloodAction.HOLD
        floods.add(admission.flood)
        assert (await gate.send(in_force, "+60199990000", client="kiosk")).action is None

    assert held == 51
    assert len(floods - {None}) == 1
    assert [alert.text for alert in gate.book.alerts] == [
        (
            "10 different recipients for client=stolen in 4 minutes; usual peak 0"
            " (watch otp-different-recipients)"
        )
    ]


async def test_numbers_in_a_row_are_noticed(gate: Gate) -> None:
    in_force = rules(watches=[watch(Sign.SEQUENCE, Dimension.PREFIX, action=FloodAction.HOLD)])
    answers = [await gate.send(in_force, f"+6012345{n:04}") for n in range(10)]

    assert [answer.action for answer in answers[:-1]] == [None] * 9
    assert [finding.detail for finding in answers[-1].findings] == [
        "10 neighbouring numbers under +60 12-345 in 4 minutes (watch otp-sequential)"
    ]


async def test_a_limit_on_trial_refuses_nothing_and_says_what_it_would_do(gate: Gate) -> None:
    in_force = rules(limits=[limit(windows=(FIVE,), mode=Mode.SHADOW)])

    assert await gate.passed(in_force, ["+60123456789"] * 5) == 5
    sixth = await gate.send(in_force)
    assert sixth.action is None
    assert [finding.code for finding in sixth.shadow] == ["limit.gate"]


async def test_codes_that_nobody_uses_are_held_once_enough_were_sent(gate: Gate) -> None:
    in_force = rules(floors=[replace(FLOOR, at_least=4)])
    for _ in range(5):
        assert (await gate.send(in_force)).action is None
    assert await gate.store.report(References().of_message("kiosk", "m_1"), Signal.USED)
    gate.now += 1000 * SECOND
    held = await gate.send(in_force)

    assert [finding.detail for finding in held.findings] == [
        (
            "template=sign-in: 1 of 5 codes sent in the last hour were used; at least 40 % are"
            " wanted (floor otp-use)"
        )
    ]


async def test_a_safe_number_is_never_counted(gate: Gate) -> None:
    safe = (scope(recipient="+60123456789"),)
    in_force = rules(limits=[limit(windows=(FIVE,), safe=safe)])

    assert await gate.passed(in_force, ["012-345 6789"] * 20) == 20


async def test_a_repeat_gets_the_first_answer_until_its_time_is_over(gate: Gate) -> None:
    in_force = rules(repeats=[REPEAT])
    first = await gate.guard.claim(transaction(id="m_1"), PASS, in_force)
    await gate.guard.settle(first, "m_1", b"201")

    again = await gate.guard.claim(transaction(id="m_2"), PASS, in_force)
    assert (again.first, again.answer) == ("m_1", b"201")
    gate.now += 61 * SECOND
    assert (await gate.guard.claim(transaction(id="m_3"), PASS, in_force)).first == ""
