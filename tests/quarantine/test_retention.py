"""What is kept has an end, is announced before it, and goes in small steps."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from filter.message import Transaction
from filter.quarantine.interface import Swept
from filter.quarantine.item import NoSuchItem, State
from filter.quarantine.retention import sweep
from filter.quarantine.store import Store
from filter.settings import Quarantine
from tests.quarantine.messages import MONTH, PASS, decision_on, mail, older
from tests.quarantine.waiting import until

SETTINGS = Quarantine(retention_days=30, decision_days=100, min_free_bytes=0)
DAY = timedelta(days=1)


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC)


async def held(store: Store, transaction: Transaction) -> str:
    await store.hold(transaction, decision_on(transaction), transaction.received_at + MONTH)
    return transaction.id


async def test_a_held_message_expires_on_its_day_and_its_bytes_go(
    store: Store, now: datetime
) -> None:
    transaction_id = await held(store, mail())

    assert sweep(store, now + MONTH - DAY, SETTINGS).expired == 0
    assert sweep(store, now + MONTH + DAY, SETTINGS).expired == 1

    item = store.get_item(transaction_id)
    assert (item.state, item.changed_by) == (State.EXPIRED, "retention")
    assert item.content_deleted
    assert item.transaction.content == b""
    assert store.history(transaction_id)[-1].end is State.EXPIRED
    assert store.get_decision(transaction_id).afterwards[-1].text == "expired by retention"


async def test_expiry_is_announced_a_day_ahead_and_logged(
    store: Store, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    await held(store, mail())

    sweep(store, now + MONTH - 2 * DAY, SETTINGS)
    assert caplog.text == ""
    sweep(store, now + MONTH - DAY / 2, SETTINGS)
    assert "expiring within a day held=1" in caplog.text
    sweep(store, now + MONTH + DAY, SETTINGS)
    assert "expired held=1 content=deleted" in caplog.text


SECRET = b"the secret words "


async def test_the_space_of_deleted_bytes_goes_back_to_the_file_system(
    store: Store, now: datetime, tmp_path: Path
) -> None:
    path = tmp_path / "state" / "sallyport.db"
    await held(store, mail(b"x" * 1_000_000))
    store._database.close()
    before = path.stat().st_size

    sweep(store, now + MONTH + DAY, SETTINGS)
    store._database.close()

    assert path.stat().st_size < before - 900_000


async def test_deleted_bytes_are_overwritten(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "state" / "sallyport.db"
    transaction_id = await held(store, mail(SECRET * 5000))
    store._database.close()
    before = path.read_bytes()

    store.change(transaction_id, State.HELD, State.EXPIRED, by="anna")  # frees pages, cuts nothing
    store._database.close()

    assert SECRET in before
    assert SECRET not in path.read_bytes()


async def test_released_and_discarded_bytes_stay_a_week(store: Store, now: datetime) -> None:
    transaction_id = await held(store, mail())
    store.change(transaction_id, State.HELD, State.DISCARDED, by="anna")

    assert sweep(store, now + 6 * DAY, SETTINGS).contents == 0
    assert sweep(store, now + 8 * DAY, SETTINGS).contents == 1

    item = store.get_item(transaction_id)
    assert (item.state, item.content_deleted) == (State.DISCARDED, True)


@pytest.mark.parametrize("end", [State.FAILED, State.UNKNOWN])
async def test_what_failed_or_is_unknown_expires_too(
    store: Store, now: datetime, end: State
) -> None:
    transaction_id = await held(store, mail())
    store.change(transaction_id, State.HELD, State.RELEASING, by="anna")
    store.change(transaction_id, State.RELEASING, end, by="anna")

    assert sweep(store, now + 8 * DAY, SETTINGS) == Swept()
    sweep(store, now + MONTH + DAY, SETTINGS)

    assert store.get_item(transaction_id).state is State.EXPIRED


async def test_a_message_on_its_way_out_never_expires(store: Store, now: datetime) -> None:
    transaction_id = await held(store, mail())
    store.change(transaction_id, State.HELD, State.RELEASING, by="anna")

    sweep(store, now + 1000 * DAY, SETTINGS)

    assert store.get_item(transaction_id).state is State.RELEASING


async def test_decisions_age_out_with_all_that_belongs_to_them(
    store: Store, now: datetime, tmp_path: Path
) -> None:
    old, young = older(mail(), 150 * DAY), mail()
    await store.record(decision_on(old, PASS))
    await store.record(decision_on(young, PASS))
    for transaction in (old, young):
        store.note_outcome(transaction.id, "relayed 250")
    await until(lambda: bool(store.get_decision(young.id).afterwards))
    old_held = await held(store, older(mail(), 150 * DAY))
    store.change(old_held, State.HELD, State.DISCARDED, by="anna")

    assert sweep(store, now, SETTINGS).decisions == 2
    with pytest.raises(NoSuchItem):
        store.get_decision(old.id)
    assert store.get_decision(young.id).afterwards
    assert store.get_item(old_held).state is State.DISCARDED, "it was closed only now"

    sweep(store, now + 101 * DAY, SETTINGS)
    store._database.close()
    with contextlib.closing(sqlite3.connect(tmp_path / "state" / "sallyport.db")) as database:
        left = {
            table: database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in ("decisions", "held", "contents", "changes")
        }
    assert left == {"decisions": 0, "held": 0, "contents": 0, "changes": 0}


async def test_a_sweep_repeated_does_nothing(store: Store, now: datetime) -> None:
    await held(store, mail())
    later = now + MONTH + DAY

    assert sweep(store, later, SETTINGS).expired == 1
    assert sweep(store, later, SETTINGS) == Swept()


async def test_much_is_done_in_small_steps_by_several_at_once(
    tmp_path: Path, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("filter.quarantine.expiry.MAX_ROWS", 7)
    monkeypatch.setattr("filter.quarantine.expiry.MAX_BYTES", 100_000)
    with (
        Store(tmp_path, SETTINGS) as one,
        Store(tmp_path, SETTINGS) as other,
        Store(tmp_path, SETTINGS) as third,
    ):
        await asyncio.gather(*(held(one, mail(b"x" * 30_000)) for _ in range(60)))
        later = now + MONTH + DAY

        new = mail()
        first, second, _ = await asyncio.gather(
            asyncio.to_thread(sweep, one, later, SETTINGS),
            asyncio.to_thread(sweep, other, later, SETTINGS),
            third.hold(new, decision_on(new), later + DAY),
        )

        assert first.expired + second.expired == 60
        assert len(one.items(state=State.HELD)) == 1
