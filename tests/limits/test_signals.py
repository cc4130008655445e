"""Reports: whose they are, that they count once, and that people hear of what nobody asked for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from filter.decisions import Decision, mask
from filter.ids import new_transaction_id
from filter.limits.embedded import EmbeddedLimitStore
from filter.limits.interface import Charge, Meter, Signal, Track, Use
from filter.limits.references import References
from filter.limits.signals import NOTE, Signals, clients_of
from filter.message import Channel
from filter.quarantine.interface import DecisionQuery
from filter.quarantine.item import Alert
from filter.quarantine.store import Store
from filter.settings import Account, Caller, MailListener, Quarantine, Settings, TextListener
from filter.verdict import Disposition, Verdict

WHOM = "+60123456789"
METER = Meter(b"m" * 16, "code-use", Use(20, 10, 3600, 60), decides=False, label="template=sign-in")


@dataclass
class World:
    """A limit store and a ledger on disk, and messages that went on."""

    store: EmbeddedLimitStore
    ledger: Store
    signals: Signals
    counted: list[tuple[str, bool]] = field(default_factory=list)
    references: References = field(default_factory=lambda: References(b"key"))

    async def send(
        self, client: str, recipient: str = WHOM, template: str = "sign-in", *, shown: str = ""
    ) -> str:
        """Send a message as the guard counts it; ``shown`` is the client in the record."""
        id_ = new_transaction_id()
        references = self.references.of_all(client, id_, [recipient], template)
        await self.store.charge(Charge((METER,), Track(references, 3600.0, id_)))
        verdict = Verdict(Disposition.PASS, (), (), "rev1", template)
        await self.ledger.record(
            Decision(
                id=id_,
                at=datetime.now(UTC),
                channel=Channel.SMS,
                client=shown or client or "192.0.2.1",
                sender="CLINIC",
                recipients=(mask(recipient),),
                verdict=verdict,
                disposition=Disposition.PASS,
                size_bytes=1,
                envelope_digest="0",
                milliseconds=0.1,
            )
        )
        await asyncio.sleep(0.002)  # ids of one millisecond are in no order
        return id_

    async def rates(self) -> tuple[int, int, int]:
        (rate,) = await self.store.use_rates()
        return rate.sent, rate.used, rate.unrequested

    async def noted(self, number: int) -> list[tuple[str, str]]:
        """Return what was noted beside decisions, once there is so much."""
        async with asyncio.timeout(30):
            while True:
                found = [
                    (record.decision.id, later.text)
                    for record in self.ledger.find_decisions(DecisionQuery())
                    for later in record.afterwards
                ]
                if len(found) >= number:
                    return found
                await asyncio.sleep(0.02)


class HearingStore(Store):
    """A store that also remembers the alerts it is told."""

    heard: list[Alert]

    def note_alert(self, alert: Alert) -> None:
        self.heard.append(alert)
        super().note_alert(alert)


@asynccontextmanager
async def open_world() -> AsyncIterator[tuple[World, list[Alert]]]:
    with TemporaryDirectory() as name:
        store = EmbeddedLimitStore(Path(name))
        ledger = HearingStore(Path(name), Quarantine(min_free_bytes=0))
        ledger.heard = []
        counted: list[tuple[str, bool]] = []
        signals = Signals(
            store,
            References(b"key"),
            ledger,
            ledger,
            clients=("clinic", "kiosk"),
            count=lambda signal, is_known: counted.append((signal, is_known)),
        )
        try:
            yield World(store, ledger, signals, counted), ledger.heard
        finally:
            await store.close()
            await asyncio.to_thread(ledger.close)


async def test_a_client_reports_its_message_by_id_and_it_counts_once() -> None:
    async with open_world() as (world, _):
        id_ = await world.send("clinic")

        assert await world.signals.by_id("clinic", id_, Signal.USED)
        assert await world.signals.by_id("clinic", id_, Signal.USED)

        assert await world.rates() == (1, 1, 0)
        assert world.counted == [("used", True), ("used", True)]


async def test_another_client_cannot_make_a_message_look_used() -> None:
    async with open_world() as (world, _):
        id_ = await world.send("kiosk")

        assert not await world.signals.by_id("clinic", id_, Signal.USED)
        assert not await world.signals.by_recipient("clinic", WHOM, "", Signal.USED)
        assert not await world.signals.by_recipient("clinic", WHOM, "sign-in", Signal.USED)
        assert not await world.signals.by_provider_id("clinic", "twilio", "SM1", Signal.USED)

        assert await world.rates() == (1, 0, 0)
        assert world.counted == [("used", False)] * 4


async def test_every_client_may_report_for_a_relay_that_does_not_sign_in() -> None:
    async with open_world() as (world, _):
        id_ = await world.send("")

        assert await world.signals.by_id("clinic", id_, Signal.USED)
        assert await world.rates() == (1, 1, 0)


async def test_by_recipient_it_is_the_latest_message_of_the_client_and_template() -> None:
    async with open_world() as (world, _):
        code = await world.send("clinic")
        reminder = await world.send("clinic", template="reminder")
        await world.send("kiosk")

        await world.signals.by_recipient("clinic", WHOM, "", Signal.UNREQUESTED)
        await world.signals.by_recipient("clinic", WHOM, "sign-in/ms", Signal.UNREQUESTED)

        assert sorted(await world.noted(2)) == sorted([(reminder, NOTE), (code, NOTE)])


async def test_a_link_counts_for_the_latest_message_whoever_sent_it() -> None:
    async with open_world() as (world, _):
        await world.send("kiosk")
        await world.send("clinic")
        latest = await world.send("kiosk")

        handle = world.references.handle(WHOM, "sign-in")
        assert await world.signals.by_handle(handle, Signal.UNREQUESTED)

        assert await world.noted(1) == [(latest, NOTE)]
        assert await world.rates() == (3, 0, 1)


async def test_a_link_of_somebody_who_was_not_written_to_counts_for_nothing() -> None:
    async with open_world() as (world, heard):
        await world.send("kiosk")

        handle = world.references.handle("+60123456780", "sign-in")
        assert not await world.signals.by_handle(handle, Signal.UNREQUESTED)

        assert await world.rates() == (1, 0, 0)
        assert (heard, world.counted) == ([], [("unrequested", False)])


async def test_the_provider_s_id_finds_the_message_once_it_is_known() -> None:
    async with open_world() as (world, _):
        id_ = await world.send("clinic")

        assert not await world.signals.by_provider_id("clinic", "twilio", "SM1", Signal.USED)
        assert await world.signals.know_as("clinic", id_, "twilio", "SM1")
        assert await world.signals.by_provider_id("clinic", "twilio", "SM1", Signal.USED)
        assert await world.signals.by_id("clinic", id_, Signal.USED)
        assert not await world.signals.by_provider_id("clinic", "other", "SM1", Signal.USED)
        assert not await world.signals.by_provider_id("kiosk", "twilio", "SM1", Signal.USED)

        assert await world.rates() == (1, 1, 0)


async def test_people_hear_once_an_hour_of_one_template_and_client_and_see_no_number() -> None:
    async with open_world() as (world, heard):
        first = await world.send("clinic")
        again = await world.send("clinic", "+60123456780")
        other = await world.send("clinic", template="reminder")

        for id_ in (first, again, other, first):
            await world.signals.by_id("clinic", id_, Signal.UNREQUESTED)

        assert [(alert.rule, alert.key) for alert in heard] == [
            ("unrequested", "client=clinic template=sign-in"),
            ("unrequested", "client=clinic template=reminder"),
        ]
        assert heard[0].text.startswith(f"+601*****789 says they never asked for {first}")
        assert WHOM not in str(heard)
        assert sorted(await world.noted(3)) == sorted((i, NOTE) for i in (first, again, other))


async def test_many_who_say_it_at_once_are_one_alert_and_one_note() -> None:
    async with open_world() as (world, heard):
        id_ = await world.send("clinic")

        reports = [world.signals.by_id("clinic", id_, Signal.UNREQUESTED) for _ in range(20)]
        assert all(await asyncio.gather(*reports))

        assert len(heard) == 1
        assert await world.noted(1) == [(id_, NOTE)]
        assert await world.rates() == (1, 0, 1)


async def test_a_report_counts_when_the_decision_is_gone() -> None:
    async with open_world() as (world, heard):
        id_ = new_transaction_id()
        references = world.references.of_all("clinic", id_, [WHOM], "sign-in")
        await world.store.charge(Charge((METER,), Track(references, 3600.0, id_)))

        assert await world.signals.by_id("clinic", id_, Signal.UNREQUESTED)
        assert heard == []


async def test_an_operator_need_not_know_the_client() -> None:
    async with open_world() as (world, _):
        id_ = await world.send("kiosk")

        assert await world.signals.by_id_of_any(id_, Signal.USED)
        assert await world.signals.by_recipient_of_any(WHOM, "", Signal.USED)
        assert not await world.signals.by_id_of_any(new_transaction_id(), Signal.USED)

        assert await world.rates() == (1, 1, 0)


def test_the_clients_are_those_of_the_settings() -> None:
    settings = Settings(
        sms=TextListener(callers=(Caller(name="clinic"),)),
        mail=MailListener(accounts=(Account(name="kiosk"),)),
    )

    assert clients_of(settings) == ("clinic", "kiosk")
