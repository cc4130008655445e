"""The limits that ship, on a real store: who is stopped, and who is not."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from filter.floodrules import FloodAction
from filter.guard import Admission
from filter.limits.embedded import EmbeddedLimitStore
from filter.limits.floodguard import FloodGuard
from filter.message import Channel, Client, Envelope, Transaction
from filter.rulefiles.load import load_rules
from filter.settings import Limits, Settings
from filter.verdict import Disposition, Verdict
from tests.limits.guardworld import RememberingLedger
from tests.rulefiles.test_load import ROOT

SECOND = 1_000_000
MINUTE = 60.0
DAY = 86_400.0
START = 1_750_000_000 * SECOND
RULES = load_rules(ROOT / "rules")
VICTIM = "+60123456789"


class Gate:
    """The guard with the rules that ship; the test moves the clock, in seconds."""

    def __init__(self, folder: Path) -> None:
        self._now = START
        self.book = RememberingLedger()
        self.store = EmbeddedLimitStore(folder, clock=lambda: self._now)
        self._guard = FloodGuard(self.store, self.book.ledger, Settings(limits=Limits()))
        self._sent = 0

    def wait(self, seconds: float) -> None:
        self._now += int(seconds * SECOND)

    async def text(self, to: str, client: str = "app", template: str = "sign-in-sms") -> Admission:
        return await self._admit(Channel.SMS, Client(client), "MYHEALTH", to, template)

    async def mail(self, to: str, template: str = "sign-in-mail") -> Admission:
        nobody = Client("", "192.0.2.7")
        return await self._admit(Channel.EMAIL, nobody, "bounces@health.example", to, template)

    async def _admit(
        self, channel: Channel, client: Client, sender: str, to: str, template: str
    ) -> Admission:
        self._sent += 1
        transaction = Transaction(
            id=f"m_{self._sent}",
            channel=channel,
            received_at=datetime(2026, 1, 1, tzinfo=UTC),
            client=client,
            envelope=Envelope(sender, (to,)),
            content=b"",
        )
        verdict = Verdict(Disposition.PASS, (), (), RULES.revision, template=template)
        return await self._guard.admit(
            transaction, replace(verdict, fingerprint=str(self._sent)), RULES
        )


@pytest.fixture
async def gate(tmp_path: Path) -> AsyncIterator[Gate]:
    one = Gate(tmp_path)
    yield one
    await one.store.close()


def people(count: int, seed: int) -> list[str]:
    """Return numbers all over a country's networks; the 0 is no subscriber's."""
    chance = random.Random(seed)
    return [f"+601{chance.randrange(10)}0{chance.randrange(10**6):06}" for _ in range(count)]


def why(admission: Admission) -> set[str]:
    return {finding.code for finding in admission.findings}


async def test_a_stolen_key_is_held_within_dozens_while_people_sign_in(gate: Gate) -> None:
    flood: list[Admission] = []
    real: list[Admission] = []
    citizens = people(50, seed=1987)
    for number, stranger in enumerate(people(250, seed=2021)):
        flood.append(await gate.text(stranger, client="kiosk"))
        if number % 5 == 0:
            citizen = citizens[number // 5]
            mail = number % 10 == 0
            real.append(
                await (gate.mail(f"c{number}@citizen.example") if mail else gate.text(citizen))
            )
        gate.wait(0.01)
    held = [number for number, one in enumerate(flood, 1) if one.action is FloodAction.HOLD]

    assert held[0] == 31
    assert len(flood) - len(held) <= 30 + 2 + 1  # one more each second
    assert len({one.flood.id for one in flood if one.flood is not None}) == 1  # one case
    assert [why(one) for one in real if one.action is not None] == []


async def test_whoever_is_sent_codes_with_a_stolen_key_still_gets_those_asked_for(
    gate: Gate,
) -> None:
    sent = 0
    for _ in range(120):  # an hour of one every half minute
        sent += (await gate.text(VICTIM, client="kiosk")).action is None
        gate.wait(30)
    own = [await gate.text(VICTIM, client="app") for _ in range(2)]
    gate.wait(2 * MINUTE)
    own += [await gate.text(VICTIM, client="app") for _ in range(2)]

    assert sent <= 11  # in a day: 10 at once, and what comes back in an hour
    assert [why(one) for one in own if one.action is not None] == []


@pytest.mark.parametrize("step", [1, 97], ids=["counted up", "at random"])
async def test_neighbours_of_those_flooded_with_a_stolen_key_still_sign_in(
    gate: Gate, step: int
) -> None:
    block = [f"+6012345{number * step % 10_000:04}" for number in range(60)]
    flood = [await gate.text(number, client="kiosk") for number in block]
    own = [await gate.text(number, client="app") for number in ("+60123457301", block[5])]

    assert sum(one.action is None for one in flood) <= 10
    assert [why(one) for one in own if one.action is not None] == []


async def test_a_person_who_gets_no_code_asks_again_and_is_told_when(gate: Gate) -> None:
    asked = []
    for pause in (0, 30, 90, 120, 240):
        gate.wait(pause)
        asked.append(await gate.text(VICTIM))
    in_haste = [await gate.text(VICTIM) for _ in range(2)][-1]

    assert [why(one) for one in asked if one.action is not None] == []
    assert (in_haste.action, why(in_haste)) == (FloodAction.DEFER, {"limit.recipient"})
    assert in_haste.retry_seconds is not None
    assert 0 < in_haste.retry_seconds <= 2 * MINUTE

    gate.wait(in_haste.retry_seconds)
    assert (await gate.text(VICTIM)).action is None


async def test_somebody_who_counts_numbers_up_is_held_before_the_tenth(gate: Gate) -> None:
    numbers = [f"+6012345{number:04}" for number in range(1000, 1030)]
    sent = [await gate.text(number) for number in numbers]
    first = next(one for one in sent if one.action is not None)

    assert sent.index(first) == 7
    assert (first.action, why(first)) == (FloodAction.HOLD, {"watch.sequence"})


async def test_ten_strangers_of_one_block_pass_and_the_next_waits_for_a_person(gate: Gate) -> None:
    block = [f"+6012345{number:04}" for number in range(0, 9600, 800)]
    sent = [await gate.text(number) for number in block]

    assert [one.action for one in sent] == [None] * 10 + [FloodAction.HOLD] * 2
    assert why(sent[10]) == {"limit.prefix"}
    assert [alert.rule for alert in gate.book.alerts] == [
        "otp-prefix-spread",
        "otp-prefix-different",
    ]


async def test_a_good_day_is_let_through_and_nobody_is_told_of_it(gate: Gate) -> None:
    troubles: list[set[str]] = []
    gate.wait(4 * DAY)
    for number, person in enumerate(people(80, seed=7)):  # forty an hour
        sent = [
            await gate.text(person),
            await gate.text(person, template="appointment-sms/ms"),
            await gate.mail(f"c{number}@citizen.example", template="vaccination-certificate"),
        ]
        troubles += [why(one) for one in sent if one.action is not None]
        gate.wait(90)

    assert troubles == []
    assert [a.rule for a in gate.book.alerts] == []


async def test_clients_at_once_get_no_more_than_the_burst(gate: Gate) -> None:
    sent = await asyncio.gather(*(gate.text(n, client="kiosk") for n in people(200, seed=3)))

    assert sum(one.action is None for one in sent) == 30


async def test_who_asks_a_third_time_alerts_nobody_and_who_goes_on_does_once(gate: Gate) -> None:
    for _ in range(7):
        await gate.text(VICTIM)
    assert [alert.rule for alert in gate.book.alerts] == []

    for _ in range(20):
        await gate.text(VICTIM)
    assert [alert.rule for alert in gate.book.alerts] == ["otp-recipient-volume"]


async def test_a_flood_of_another_approved_text_is_told_of(gate: Gate) -> None:
    for number in range(310):
        await gate.text(f"+6012{number % 100:03}{number:04}", template="appointment-sms")

    assert [alert.rule for alert in gate.book.alerts] == ["client-volume"]
