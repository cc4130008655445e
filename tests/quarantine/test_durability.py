"""Whoever was told that a message is held finds it again, whatever happens next."""

from __future__ import annotations

import asyncio
import random
import sqlite3
import stat
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from filter.quarantine.database import Rows
from filter.quarantine.item import StoreError
from filter.quarantine.store import Store
from filter.quarantine.tables import DECISIONS
from filter.quarantine.writer import Write
from filter.settings import Quarantine
from tests.quarantine.child import content_of
from tests.quarantine.messages import MONTH, decision_on, mail, passed
from tests.quarantine.processes import child, line_of, lines_of
from tests.quarantine.waiting import until

KILLS = 5
FULL = 2  # https://sqlite.org/pragma.html#pragma_synchronous


def test_what_was_held_survives_kill_9_to_the_last_byte(tmp_path: Path) -> None:
    seed = random.randrange(1 << 30)
    dice = random.Random(seed)
    told: list[str] = []
    for _ in range(KILLS):
        with child("hold-forever", tmp_path) as process:
            told += [line_of(process) for _ in range(dice.randint(1, 60))]
            process.kill()
            # What was still in the pipe was told as well; a last line may be cut.
            told += [line for line in lines_of(process) if len(line) == len(told[0])]

    with Store(tmp_path, Quarantine()) as store:
        lost = [
            transaction_id
            for transaction_id in told
            if store.get_item(transaction_id).transaction.content != content_of(transaction_id)
        ]
    assert lost == [], f"seed {seed}"
    check = sqlite3.connect(tmp_path / "sallyport.db")
    assert check.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    check.close()


async def test_every_commit_is_synced(store: Store) -> None:
    await store.record(passed())

    with store._database.writing("look") as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in (
                "synchronous",
                "journal_mode",
                "page_size",
                "auto_vacuum",
                "secure_delete",
                "busy_timeout",
            )
        }
    assert pragmas == {
        "synchronous": FULL,
        "journal_mode": "wal",
        "page_size": 16384,
        "auto_vacuum": 2,
        "secure_delete": 1,
        "busy_timeout": 5000,
    }


async def test_only_the_owner_may_read_the_store(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "state"
    with Store(folder, Quarantine(min_free_bytes=0)) as store:
        await store.record(passed())

        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert modes == {"sallyport.db": 0o600, "sallyport.db-wal": 0o600, "sallyport.db-shm": 0o600}


class Commits:
    """Counts the commits of a store, and keeps them waiting on request."""

    def __init__(self, store: Store) -> None:
        self.count = 0
        self.may_go = threading.Event()
        self.may_go.set()
        self._append = store._database.append
        setattr(store._database, "append", self._on_append)  # noqa: B010 - mypy takes no other way

    def _on_append(self, rows: Rows, purpose: str) -> None:
        self.count += 1
        self.may_go.wait(20)
        self._append(rows, purpose)


async def test_nobody_is_told_before_the_commit(store: Store) -> None:
    commits = Commits(store)
    commits.may_go.clear()
    task = asyncio.create_task(store.record(passed()))
    await until(lambda: commits.count == 1)

    assert not task.done()
    commits.may_go.set()
    await task


async def test_who_comes_during_a_commit_shares_the_next(store: Store) -> None:
    commits = Commits(store)
    commits.may_go.clear()
    first = asyncio.create_task(store.record(passed()))
    await until(lambda: commits.count == 1)
    rest = [asyncio.create_task(store.record(passed())) for _ in range(100)]
    await until(lambda: len(store._writer._waiting) == 100)
    commits.may_go.set()

    await asyncio.gather(first, *rest)

    assert commits.count == 2


async def test_notes_wait_for_a_commit_that_is_needed_anyway(store: Store) -> None:
    decision = passed()
    await store.record(decision)
    commits = Commits(store)

    for _ in range(50):
        store.note_outcome(decision.id, "relayed 250")
    await store.record(passed())

    assert commits.count == 1
    assert len(store.get_decision(decision.id).afterwards) == 50


async def test_notes_are_written_at_the_close(tmp_path: Path) -> None:
    decision = passed()
    store = Store(tmp_path, Quarantine(min_free_bytes=0))
    await store.record(decision)
    store.note_told(decision.id)
    store.close()

    with Store(tmp_path, Quarantine()) as again:
        assert [later.kind for later in again.get_decision(decision.id).afterwards] == ["told"]


async def test_a_bad_row_costs_its_neighbours_nothing(store: Store) -> None:
    commits = Commits(store)
    commits.may_go.clear()
    first = asyncio.create_task(store.record(passed()))
    await until(lambda: commits.count == 1)
    good, twin = mail(), passed()
    poisoned = replace(passed(), size_bytes=1 << 70)  # no database has so large a number
    tasks = [
        asyncio.create_task(store.record(twin)),
        asyncio.create_task(store.record(twin)),
        asyncio.create_task(store.record(poisoned)),
        asyncio.create_task(store.hold(good, decision_on(good), good.received_at + MONTH)),
    ]
    await until(lambda: len(store._writer._waiting) == 4)
    commits.may_go.set()

    results = await asyncio.gather(first, *tasks, return_exceptions=True)

    assert [type(result) for result in results] == [
        type(None),
        type(None),
        StoreError,
        StoreError,
        type(None),
    ]
    assert store.get_item(good.id).transaction == good


async def test_a_bad_note_is_lost_and_not_tried_for_ever(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    store._writer.note(Write(((DECISIONS, {"id": "x"}),), "note x"))

    await until(lambda: "note lost" in caplog.text)

    await store.record(passed())


async def test_a_full_queue_says_no(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("filter.quarantine.writer.MAX_WAITING", 3)
    commits = Commits(store)
    commits.may_go.clear()
    first = asyncio.create_task(store.record(passed()))
    await until(lambda: commits.count == 1)
    rest = [asyncio.create_task(store.record(passed())) for _ in range(3)]
    await until(lambda: len(store._writer._waiting) == 3)

    with pytest.raises(StoreError, match="too much is waiting"):
        await store.record(passed())
    commits.may_go.set()
    await asyncio.gather(first, *rest)


async def test_too_many_bytes_in_the_queue_are_refused(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("filter.quarantine.writer.MAX_WAITING_BYTES", 1000)
    commits = Commits(store)
    commits.may_go.clear()
    first = asyncio.create_task(store.record(passed()))
    await until(lambda: commits.count == 1)
    large, small = mail(b"x" * 5000), mail(b"x")
    # One that is larger than all the room passes while nothing else waits: it could never else.
    waiting = asyncio.create_task(store.hold(large, decision_on(large), large.received_at))
    await until(lambda: len(store._writer._waiting) == 1)

    with pytest.raises(StoreError, match="too much is waiting"):
        await store.hold(small, decision_on(small), small.received_at)
    commits.may_go.set()
    await asyncio.gather(first, waiting)


async def test_a_hung_disk_is_a_no_in_good_time(tmp_path: Path) -> None:
    store = Store(tmp_path, Quarantine(min_free_bytes=0), patience_seconds=0.2)
    commits = Commits(store)
    commits.may_go.clear()

    with pytest.raises(StoreError, match=r"no answer in 0\.2 s"):
        await store.record(passed())

    commits.may_go.set()
    await asyncio.to_thread(store.close)


async def test_after_the_close_everything_is_refused(store: Store) -> None:
    await store.record(passed())
    store.close()

    with pytest.raises(StoreError, match="closing"):
        await store.record(passed())
    store.note_told("m_x")
