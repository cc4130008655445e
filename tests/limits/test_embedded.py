"""The embedded store: exact across processes, after kill -9, away when its file is in trouble."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from subprocess import PIPE

import pytest

from filter.limits import embedded
from filter.limits.embedded import EmbeddedLimitStore
from filter.limits.interface import (
    Charge,
    Charged,
    Distinct,
    LimitStoreAway,
    Meter,
    QuestionRefused,
    Rate,
    Signal,
    Spread,
    Track,
    Volume,
)
from filter.limits.limitfile import FILE_NAME, TABLES
from filter.limits.sweeping import ROWS_A_STEP, Sweeper
from tests.limits.contract import Clock
from tests.limits.hammer import DIFFERENT, LIMIT, RATE

ROOT = Path(__file__).parent.parent.parent
PROCESSES, TASKS = 4, 16
ONE = Meter(b"k" * 16, "a-rule", Rate(5, 3600, 5))


@contextlib.contextmanager
def hammer(folder: Path, times: int) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.limits.hammer", str(folder), str(TASKS), str(times)]
    with subprocess.Popen(command, cwd=ROOT, stdin=PIPE, stdout=PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def begin(*processes: subprocess.Popen[str]) -> None:
    """Let them begin at once."""
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()


def admitted_by(process: subprocess.Popen[str]) -> int:
    return process.communicate(timeout=120)[0].splitlines().count("admitted")


@contextlib.asynccontextmanager
async def open_store(folder: Path, **options: object) -> AsyncIterator[EmbeddedLimitStore]:
    store = EmbeddedLimitStore(folder, **options)  # type: ignore[arg-type]
    try:
        yield store
    finally:
        await store.close()


async def charge_keys(store: EmbeddedLimitStore, count: int) -> None:
    for number in range(count):
        await store.charge(Charge((Meter(number.to_bytes(16, "big"), "r", ONE.measure),)))


def empty(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()


def forbid_writing(folder: Path) -> None:
    folder.chmod(0o500)


def test_processes_that_hammer_one_key_admit_exactly_the_limit(tmp_path: Path) -> None:
    with contextlib.ExitStack() as stack:
        processes = [stack.enter_context(hammer(tmp_path, 8)) for _ in range(PROCESSES)]
        begin(*processes)
        admitted = [admitted_by(process) for process in processes]

    assert sum(admitted) == LIMIT
    assert PROCESSES * TASKS * 8 > LIMIT


async def test_killing_a_process_in_the_middle_keeps_the_count(tmp_path: Path) -> None:
    with hammer(tmp_path, 3) as steady, hammer(tmp_path, 100) as killed:
        begin(steady, killed)
        assert killed.stdout is not None
        heard = [killed.stdout.readline() for _ in range(20)].count("admitted\n")
        killed.kill()
        # Not communicate(): what was read ahead of the lines above would be lost.
        heard += killed.stdout.read().splitlines().count("admitted")
        heard += admitted_by(steady)
    with hammer(tmp_path, 30) as again:
        begin(again)
        heard += admitted_by(again)

    # What was counted for the dead process and never told it stays counted: at most one a task.
    assert LIMIT - TASKS <= heard <= LIMIT
    async with open_store(tmp_path) as store:
        (rate, members) = await store.peek([RATE, DIFFERENT])
        assert rate.count == LIMIT
        assert members.count <= LIMIT


async def test_counts_survive_a_restart(tmp_path: Path) -> None:
    members = Meter(b"m" * 16, "a-rule", Distinct(5, 3600), members=(1, 2))
    async with open_store(tmp_path) as store:
        for _ in range(3):
            await store.charge(Charge((ONE, members), Track((b"r" * 16,), 3600, "t_1")))

    async with open_store(tmp_path) as store:
        assert [reading.count for reading in await store.peek([ONE, members])] == [3, 2]
        assert await store.tracked(b"r" * 16) == "t_1"


async def test_peek_and_ping_do_not_count(tmp_path: Path) -> None:
    watch = Meter(b"w" * 16, "a-rule", Volume(2, 60, 1.0, 600, 0))
    async with open_store(tmp_path) as store:
        for _ in range(3):
            await store.peek([ONE, watch])
            await store.ping()

        assert [reading.count for reading in await store.peek([ONE, watch])] == [0, 1]


async def test_the_file_is_nobody_elses_to_read(tmp_path: Path) -> None:
    async with open_store(tmp_path / "state") as store:
        await store.ping()

        assert (tmp_path / "state" / FILE_NAME).stat().st_mode & 0o077 == 0


# --- trouble


async def test_a_file_that_is_no_database_is_away_and_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"not a database at all" * 1000)
    async with open_store(tmp_path) as store:
        with pytest.raises(LimitStoreAway, match=r"not a database .*move it away"):
            await store.charge(Charge((ONE,)))


async def test_a_database_of_somebody_else_is_away_and_left_alone(tmp_path: Path) -> None:
    with contextlib.closing(sqlite3.connect(tmp_path / FILE_NAME)) as other:
        other.execute("CREATE TABLE meters (mine TEXT)")
    before = (tmp_path / FILE_NAME).read_bytes()
    async with open_store(tmp_path) as store:
        with pytest.raises(LimitStoreAway, match=r"not a limit store of Sallyport .*move it away"):
            await store.charge(Charge((ONE,)))

    with contextlib.closing(sqlite3.connect(tmp_path / FILE_NAME)) as other:
        assert other.execute("SELECT name FROM sqlite_schema").fetchall() == [("meters",)]
    assert len(before) == (tmp_path / FILE_NAME).stat().st_size


async def test_a_file_of_a_newer_version_is_away(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        await store.ping()
    with contextlib.closing(sqlite3.connect(tmp_path / FILE_NAME)) as newer:
        newer.execute("PRAGMA user_version=99")

    async with open_store(tmp_path) as store:
        with pytest.raises(LimitStoreAway, match="another version of Sallyport wrote it"):
            await store.ping()


async def test_a_page_that_is_damaged_is_away_and_never_a_pass(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        for number in range(200):
            await store.charge(Charge((Meter(number.to_bytes(16, "big"), "r", Rate(5, 60, 5)),)))
    path = tmp_path / FILE_NAME
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xa5" * (len(content) - 4096)
    path.write_bytes(content)

    async with open_store(tmp_path) as store:
        with pytest.raises(LimitStoreAway, match="move it away"):
            await store.charge(Charge((Meter((7).to_bytes(16, "big"), "r", Rate(5, 60, 5)),)))


async def test_a_row_of_nonsense_stops_who_is_counted_there_and_nobody_else(
    tmp_path: Path,
) -> None:
    other = Meter(b"o" * 16, "a-rule", ONE.measure)
    async with open_store(tmp_path) as store:
        await store.charge(Charge((ONE,)))
    with contextlib.closing(sqlite3.connect(tmp_path / FILE_NAME)) as connection:
        connection.execute("UPDATE meters SET page = x'0102'")
        connection.commit()

    async with open_store(tmp_path) as store:
        refused, charged = await asyncio.gather(
            store.charge(Charge((ONE, other))),
            store.charge(Charge((other,))),
            return_exceptions=True,
        )

        assert isinstance(refused, QuestionRefused)
        assert "move it away" in str(refused)
        assert isinstance(charged, Charged)
        assert (await store.peek([other]))[0].count == 1


async def test_a_file_that_vanished_is_away_until_a_person_looks(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        await store.ping()
        empty(tmp_path)

        for _ in range(2):
            with pytest.raises(LimitStoreAway, match=r"removed|no such file"):
                await store.charge(Charge((ONE,)))


async def test_a_charge_into_a_file_that_vanishes_meanwhile_does_not_count_as_made(
    tmp_path: Path,
) -> None:
    moments = iter([1, 2])

    def clock() -> int:  # the store looks at it inside its transaction
        if next(moments) == 2:
            empty(tmp_path)
        return Clock().now

    async with open_store(tmp_path, clock=clock) as store:
        await store.charge(Charge((ONE,)))
        with pytest.raises(LimitStoreAway, match="removed or replaced"):
            await store.charge(Charge((ONE,)))


async def test_a_file_that_was_replaced_by_a_sound_one_is_used(tmp_path: Path) -> None:
    async with open_store(tmp_path / "other") as other:
        await other.charge(Charge((ONE,)))
    async with open_store(tmp_path / "state") as store:
        await store.ping()
        for name in (f"{FILE_NAME}-wal", f"{FILE_NAME}-shm"):
            (tmp_path / "state" / name).unlink()
        shutil.move(tmp_path / "other" / FILE_NAME, tmp_path / "state" / FILE_NAME)

        (reading,) = await store.peek([ONE])

        assert reading.count == 1


async def test_a_command_does_not_create_what_it_came_to_look_at(tmp_path: Path) -> None:
    async with open_store(tmp_path / "state", create=False) as store:
        with pytest.raises(LimitStoreAway, match="there is no such file"):
            await store.floods()

    assert not (tmp_path / "state").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everything")
async def test_a_folder_that_cannot_be_written_is_away(tmp_path: Path) -> None:
    forbid_writing(tmp_path)
    async with open_store(tmp_path) as store:
        with pytest.raises(LimitStoreAway, match="writable"):
            await store.ping()


async def test_who_holds_the_lock_for_too_long_makes_it_away_and_then_it_is_back(
    tmp_path: Path,
) -> None:
    async with open_store(tmp_path, busy_seconds=0.05) as store:
        await store.ping()
        with contextlib.closing(sqlite3.connect(tmp_path / FILE_NAME)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(LimitStoreAway, match="another process has held the lock"):
                await store.charge(Charge((ONE,)))
            other.execute("ROLLBACK")

        assert (await store.charge(Charge((ONE,)))).is_admitted


async def test_a_process_that_starts_waits_for_one_that_creates_the_file(tmp_path: Path) -> None:
    with contextlib.closing(sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        async with open_store(tmp_path) as store:
            asked = asyncio.create_task(store.charge(Charge((ONE,))))
            done, _ = await asyncio.wait([asked], timeout=0.1)
            assert not done
            other.execute("ROLLBACK")

            assert (await asked).is_admitted


async def test_a_full_disk_makes_it_away_and_room_brings_it_back(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        await store.ping()
        connection = store._file._connection
        assert connection is not None
        (pages,) = connection.execute("PRAGMA max_page_count").fetchone()
        connection.execute("PRAGMA max_page_count=1")  # no more than it has
        with pytest.raises(LimitStoreAway, match=r"full .*free some space"):
            await charge_keys(store, 2000)

        connection.execute(f"PRAGMA max_page_count={pages}")
        assert (await store.charge(Charge((ONE,)))).is_admitted


async def test_patience_ends_while_the_thread_still_waits(tmp_path: Path) -> None:
    async with open_store(tmp_path, patience_seconds=0.05, busy_seconds=60) as store:
        with contextlib.closing(sqlite3.connect(tmp_path / FILE_NAME)) as other:
            other.execute("BEGIN IMMEDIATE")
            async with asyncio.timeout(30):
                with pytest.raises(LimitStoreAway, match=r"no answer in 0\.05 s"):
                    await store.charge(Charge((ONE,)))
        store._patience = 30.0  # for the thread to end


async def test_no_more_wait_than_there_is_room_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "MAX_WAITING", 3)
    async with open_store(tmp_path) as store:
        await store.ping()
        with contextlib.closing(sqlite3.connect(tmp_path / FILE_NAME)) as other:
            other.execute("BEGIN IMMEDIATE")
            asked = [asyncio.create_task(store.charge(Charge((ONE,)))) for _ in range(20)]
            done, waiting = await asyncio.wait(asked, return_when=asyncio.FIRST_EXCEPTION)
            assert {str(task.exception()) for task in done} == {"too much is waiting to be counted"}
            other.execute("ROLLBACK")
        await asyncio.wait(waiting)

        admitted = [task for task in asked if not task.exception() and task.result().is_admitted]
        assert (await store.peek([ONE]))[0].count == len(admitted)


async def test_a_closed_store_is_away(tmp_path: Path) -> None:
    store = EmbeddedLimitStore(tmp_path)
    await store.ping()
    await store.close()

    with pytest.raises(LimitStoreAway, match="closed"):
        await store.charge(Charge((ONE,)))
    await store.close()


async def test_a_charge_that_cannot_be_read_harms_nobody_beside_it(tmp_path: Path) -> None:
    broken = Meter(b"b" * 16, "a-rule", Rate(0, 60, 1))
    async with open_store(tmp_path) as store:
        first, trouble, last = await asyncio.gather(
            store.charge(Charge((ONE,))),
            store.charge(Charge((ONE, broken))),
            store.charge(Charge((ONE,))),
            return_exceptions=True,
        )

        assert isinstance(trouble, QuestionRefused)
        assert not isinstance(first, BaseException)
        assert not isinstance(last, BaseException)
        assert (await store.peek([ONE]))[0].count == 2


async def test_a_key_that_is_named_twice_is_refused(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        with pytest.raises(QuestionRefused, match="twice"):
            await store.charge(Charge((ONE, ONE)))


async def test_a_charge_whose_caller_went_away_before_its_turn_is_not_counted(
    tmp_path: Path,
) -> None:
    async with open_store(tmp_path) as store:
        await store.ping()
        with contextlib.closing(sqlite3.connect(tmp_path / FILE_NAME)) as other:
            other.execute("BEGIN IMMEDIATE")
            ahead = asyncio.create_task(store.charge(Charge((ONE,))))
            await asyncio.sleep(0)
            gone = asyncio.create_task(store.charge(Charge((ONE,))))
            await asyncio.sleep(0)
            gone.cancel()
            await asyncio.wait([gone])
            other.execute("ROLLBACK")
        assert (await ahead).is_admitted

        assert (await store.peek([ONE]))[0].count == 1


# --- threads


@pytest.fixture
def threads(monkeypatch: pytest.MonkeyPatch) -> Threads:
    threads = Threads()

    def start(thread: threading.Thread) -> None:
        threads.start(thread)

    monkeypatch.setattr(threading.Thread, "start", start)
    return threads


class Threads:
    """How the system starts them, or says that there are too many."""

    real = threading.Thread.start

    def __init__(self) -> None:
        self.refused = ""
        self.asked: list[str] = []

    def start(self, thread: threading.Thread) -> None:
        self.asked.append(thread.name)
        if thread.name == self.refused:
            raise RuntimeError("can't start new thread")
        Threads.real(thread)


async def test_a_thread_that_cannot_start_is_tried_again_with_the_next_question(
    tmp_path: Path, threads: Threads
) -> None:
    threads.refused = "limit-store"
    async with open_store(tmp_path) as store:
        with pytest.raises(LimitStoreAway, match="can't start new thread"):
            await store.charge(Charge((ONE,)))
        threads.refused = ""

        assert (await store.charge(Charge((ONE,)))).is_admitted


async def test_a_store_whose_thread_never_started_can_be_closed(
    tmp_path: Path, threads: Threads
) -> None:
    threads.refused = "limit-store"
    async with open_store(tmp_path) as store:
        with pytest.raises(LimitStoreAway):
            await store.ping()

    assert threads.asked == ["limit-store"]


async def test_counting_goes_on_while_no_thread_can_start_for_checkpoints(
    tmp_path: Path, threads: Threads
) -> None:
    many = Meter(b"m" * 16, "a-rule", Rate(10**6, 60, 10**6))
    threads.refused = "limit-log"
    async with open_store(tmp_path) as store:
        while threads.asked.count("limit-log") < 2:
            await store.charge(Charge((many,)))
        threads.refused = ""
        while store._checkpoints._thread is None:
            await store.charge(Charge((many,)))

        assert (await store.charge(Charge((ONE,)))).is_admitted


# --- what has expired


async def test_what_has_expired_is_deleted_step_by_step(tmp_path: Path) -> None:
    clock = Clock()
    async with open_store(tmp_path, clock=clock) as store:
        for number in range(300):
            key = number.to_bytes(8, "big")
            await store.charge(
                Charge(
                    (
                        Meter(b"rate...." + key, "r", Rate(5, 60, 5)),
                        Meter(b"distinct" + key, "r", Distinct(5, 60), members=(1, 2)),
                        Meter(b"flood..." + key, "r", Rate(1, 60, 1), cost=2, decides=False),
                        Meter(b"spread.." + key, "r", Spread(5, 60, 1, 600, 0), members=(1,)),
                    ),
                    Track((b"track..." + key,), 60),
                )
            )
            await store.claim(b"claim..." + key, "t_1", 60)
            await store.report(b"track..." + key, Signal.USED)
        assert rows_of(tmp_path)["members"] == 900

        clock.now += 2 * 3600 * 10**6
        many = Meter(b"m" * 16, "a-rule", Rate(10**6, 60, 10**6))
        for _ in range(2000):
            await store.charge(Charge((many,)))

    left = rows_of(tmp_path)
    assert left.pop("meters") <= 3
    assert set(left.values()) == {0}


@pytest.mark.parametrize("recipients", [1, 50])
async def test_what_has_expired_stays_less_than_what_counts_however_long_it_goes_on(
    tmp_path: Path, recipients: int
) -> None:
    clock, numbers = Clock(), itertools.count(1)
    async with open_store(tmp_path, clock=clock) as store:
        for _ in range(15_000 // recipients):
            people = [next(numbers).to_bytes(16, "big") for _ in range(recipients)]
            meters = [Meter(b"r" + key, "r", Rate(5, 60, 5)) for key in people]
            meters += [
                Meter(b"d" + key, "r", Distinct(1, 60), members=(1,), decides=False)
                for key in people
            ]
            track = Track(tuple(people), 60)
            await store.charge(Charge(tuple(meters), track))
            clock.now += 40_000 * recipients

    with contextlib.closing(sqlite3.connect(tmp_path / FILE_NAME)) as connection:
        for table in ("meters", "tracks", "names"):
            count = f"SELECT count(*) FILTER (WHERE expires > ?), count(*) FROM {table}"
            (live, there) = connection.execute(count, (clock.now,)).fetchone()
            assert there <= 2 * live, table


def test_a_step_looks_at_no_more_than_it_was_told_of() -> None:
    now, steps = Clock().now, 0

    def step() -> None:
        nonlocal steps
        steps += 1

    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(TABLES)
        sweeper = Sweeper()
        rows = range(50_000)
        floods = ((number.to_bytes(16, "big"), "r", "", now, now, 1) for number in rows)
        connection.executemany("INSERT INTO floods VALUES (?, ?, ?, ?, ?, ?)", floods)
        meters = ((number.to_bytes(16, "big"), now + 1, b"") for number in rows)
        connection.executemany("INSERT INTO meters VALUES (?, ?, ?, 0, 0, 0)", meters)
        sweeper.sweep(connection, now)
        connection.executemany(
            "INSERT INTO claims VALUES (?, '', 0, 0, NULL)",
            ((number.to_bytes(16, "big"),) for number in range(ROWS_A_STEP)),
        )
        connection.set_progress_handler(step, 1)
        sweeper.sweep(connection, now)
        connection.set_progress_handler(None, 0)

        assert connection.execute("SELECT count(*) FROM claims").fetchone() == (0,)
        assert steps < 100 * ROWS_A_STEP


def rows_of(folder: Path) -> dict[str, int]:
    tables = ("meters", "members", "floods", "uses", "tracks", "names", "claims")
    with contextlib.closing(sqlite3.connect(folder / FILE_NAME)) as connection:
        return {
            table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in tables
        }
