"""Locked, full, read-only, broken, gone: always StoreError, never success, and over when it is."""

from __future__ import annotations

import contextlib
import math
import os
import shutil
import sqlite3
import subprocess
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from filter.limits.pause import Pause
from filter.quarantine.item import StoreError
from filter.quarantine.pauses import StoredPauses
from filter.quarantine.store import Store
from filter.settings import Quarantine
from filter.subject import Dimension, Scope
from tests.quarantine.messages import MONTH, decision_on, mail, passed
from tests.quarantine.processes import child, line_of, lines_of, tell
from tests.quarantine.waiting import until

NOW = datetime(2026, 1, 1, tzinfo=UTC)
IS_ROOT = os.geteuid() == 0
NEEDS_ROOT = pytest.mark.skipif(
    not IS_ROOT,
    reason="not tested: a real full or read-only disk; run the tests as root to mount one",
)


async def refuses(store: Store, match: str) -> None:
    """Both ways to keep something say no, and nothing of it is there."""
    transaction = mail()
    with pytest.raises(StoreError, match=match):
        await store.hold(transaction, decision_on(transaction), transaction.received_at + MONTH)
    with pytest.raises(StoreError, match=match):
        await store.record(passed())


async def works(store: Store) -> None:
    transaction = mail()
    await store.hold(transaction, decision_on(transaction), transaction.received_at + MONTH)
    assert store.get_item(transaction.id).transaction == transaction


async def test_a_lock_that_another_process_keeps(store: Store, tmp_path: Path) -> None:
    await works(store)
    store._database._busy_seconds = 0.2
    with child("lock", tmp_path / "state") as other:
        assert line_of(other) == "locked"

        await refuses(store, "database is locked")

        tell(other)
        other.wait(20)
    await works(store)


async def test_who_only_reads_waits_for_no_writer(store: Store, tmp_path: Path) -> None:
    await works(store)
    pause = Pause("p_1", Scope({Dimension.CLIENT: frozenset({"kiosk"})}), "flood", "anna", NOW)
    with StoredPauses(tmp_path / "state") as pauses:
        pauses.pause(pause)

    with child("lock", tmp_path / "state") as other:
        assert line_of(other) == "locked"
        with (
            StoredPauses(tmp_path / "state") as pauses,
            Store(tmp_path / "state", Quarantine(), create=False) as another,
        ):
            pauses._database._busy_seconds = another._database._busy_seconds = 0.0

            assert pauses.pauses(NOW) == (pause,)
            assert len(another.items()) == 1
        tell(other)
        other.wait(20)


async def test_notes_outlive_a_lock(store: Store, tmp_path: Path) -> None:
    decision = passed()
    await store.record(decision)
    store._database._busy_seconds = 0.1
    with child("lock", tmp_path / "state") as other:
        assert line_of(other) == "locked"
        store.note_outcome(decision.id, "relayed 250 first")
        await refuses(store, "database is locked")
        store.note_outcome(decision.id, "relayed 250 second")
        tell(other)
        other.wait(20)

    await until(lambda: len(store.get_decision(decision.id).afterwards) == 2)

    texts = [later.text for later in store.get_decision(decision.id).afterwards]
    assert texts == ["relayed 250 first", "relayed 250 second"]


async def test_a_thread_that_cannot_start_refuses_one_write_and_keeps_notes(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def start(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    first, refused, kept = passed(), mail(), mail()
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", start)
        store.note_outcome(first.id, "relayed 250 first")
        with pytest.raises(StoreError, match="can't start new thread"):
            await store.hold(refused, decision_on(refused), refused.received_at + MONTH)

    await store.record(first)
    await store.hold(kept, decision_on(kept), kept.received_at + MONTH)
    await until(lambda: len(store.get_decision(first.id).afterwards) == 1)

    assert [item.transaction.id for item in store.items()] == [kept.id]


@contextlib.contextmanager
def mounted(folder: Path, *arguments: str) -> Iterator[Path]:
    folder.mkdir()
    subprocess.run(["mount", *arguments, str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def remount(folder: Path, how: str) -> None:
    subprocess.run(["mount", "-o", f"remount,bind,{how}", str(folder)], check=True)


@NEEDS_ROOT
async def test_a_full_disk(tmp_path: Path, settings: Quarantine) -> None:
    with (
        mounted(tmp_path / "disk", "-t", "tmpfs", "-o", "size=2m", "tmpfs") as disk,
        Store(disk / "state", settings) as store,
    ):
        await works(store)
        (disk / "filler").write_bytes(b"x" * shutil.disk_usage(disk).free)
        store._free_bytes, store._free_until = 1 << 40, math.inf  # it filled up a moment ago

        large = mail(b"x" * 1_000_000)
        for _ in range(3):
            with pytest.raises(StoreError, match="database or disk is full"):
                await store.hold(large, decision_on(large), large.received_at)
        assert len(store.items()) == 1

        (disk / "filler").unlink()
        await works(store)
        assert len(store.items()) == 2


@NEEDS_ROOT
async def test_a_read_only_disk(tmp_path: Path, settings: Quarantine) -> None:
    (tmp_path / "real").mkdir()
    with mounted(tmp_path / "disk", "--bind", str(tmp_path / "real")) as disk:
        with Store(disk, settings) as store:
            await works(store)
        remount(disk, "ro")
        with Store(disk, settings) as store:
            await refuses(store, "unable to open|readonly|read-only|Read-only")
            remount(disk, "rw")
            await works(store)


@pytest.mark.skipif(IS_ROOT, reason="root may write everywhere; the read-only disk is tested")
async def test_files_that_belong_to_another(tmp_path: Path, settings: Quarantine) -> None:
    with Store(tmp_path / "state", settings) as store:
        await works(store)
    (tmp_path / "state").chmod(0o500)
    (tmp_path / "state" / "sallyport.db").chmod(0o400)
    with Store(tmp_path / "state", settings) as store:
        await refuses(store, "readonly|unable to open")
        (tmp_path / "state").chmod(0o700)
        (tmp_path / "state" / "sallyport.db").chmod(0o600)
        await works(store)


def test_a_write_error_of_the_disk(tmp_path: Path) -> None:
    with child("write-error", tmp_path) as process:
        lines = lines_of(process)

    assert [line.split()[0] for line in lines] == ["refused", "refused", "recovered"]
    assert "disk I/O error" in lines[0]
    with Store(tmp_path, Quarantine()) as store:
        store.get_decision(lines[2].split()[1])


async def test_too_little_free_space(tmp_path: Path) -> None:
    free = shutil.disk_usage(tmp_path).free
    with Store(tmp_path, Quarantine(min_free_bytes=0)) as store:
        await works(store)
    with Store(tmp_path, Quarantine(min_free_bytes=free * 2)) as store:
        await refuses(store, "bytes are free and quarantine.min_free_bytes is")
        with pytest.raises(StoreError):
            store.probe()
        assert len(store.items()) == 1  # reviewers still work, and can make room


@pytest.mark.parametrize("kind", ["file", "folder", "log", "index"])
async def test_files_that_vanish(store: Store, tmp_path: Path, kind: str) -> None:
    await works(store)
    state, away = tmp_path / "state", tmp_path / "away"
    name = {"file": "sallyport.db", "log": "sallyport.db-wal", "index": "sallyport.db-shm"}
    lost = state / name[kind] if kind in name else state
    lost.rename(away)

    if kind in ("log", "index"):  # SQLite closes with what it has open, and makes new ones
        await works(store)
        store._database.close()
        assert len(store.items()) == 2
        return
    await refuses(store, "no such file|No such file")
    assert not (state / "sallyport.db").exists(), "an empty store in its place would hide the loss"
    away.rename(lost)
    await works(store)
    assert len(store.items()) == 2


async def test_a_commit_into_a_file_that_is_gone_does_not_count(
    store: Store, tmp_path: Path
) -> None:
    await works(store)
    database = tmp_path / "state" / "sallyport.db"

    def write_while_it_goes() -> None:
        with store._database.writing("write") as connection:
            connection.exec_driver_sql("UPDATE facts SET value = 1 WHERE name = 'x'")
            database.rename(tmp_path / "away")

    with pytest.raises(StoreError, match="removed or replaced"):
        write_while_it_goes()


async def test_a_backup_that_is_put_in_its_place(store: Store, tmp_path: Path) -> None:
    await works(store)
    state = tmp_path / "state"
    with contextlib.closing(sqlite3.connect(tmp_path / "backup.db")) as backup:
        store._database._anchor.connection.driver_connection.backup(backup)  # type: ignore[union-attr]
    await works(store)
    for suffix in ("", "-wal", "-shm"):
        (state / f"sallyport.db{suffix}").unlink()
    (tmp_path / "backup.db").rename(state / "sallyport.db")

    await works(store)

    assert len(store.items()) == 2


@pytest.mark.parametrize("content", [b"", b"no database at all " * 1000, b"SQLite format 3\0" * 99])
async def test_a_broken_file(tmp_path: Path, settings: Quarantine, content: bytes) -> None:
    with Store(tmp_path / "good", settings) as good:
        await works(good)
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "sallyport.db").write_bytes(content)
    with Store(tmp_path / "state", settings) as store:
        if not content:
            await works(store)  # a start that was killed leaves this; it is completed
            return
        await refuses(store, "not a database|malformed")
        shutil.copy(tmp_path / "good" / "sallyport.db", tmp_path / "state" / "sallyport.db")
        await works(store)


async def test_a_file_that_breaks_while_it_is_open(store: Store, tmp_path: Path) -> None:
    await works(store)
    store._database.close()
    path = tmp_path / "state" / "sallyport.db"
    whole = path.read_bytes()
    path.write_bytes(whole[:16384] + b"\xff" * (len(whole) - 16384))

    await refuses(store, "malformed")


async def test_a_folder_that_cannot_be_made(tmp_path: Path, settings: Quarantine) -> None:
    (tmp_path / "file").write_text("in the way")
    with Store(tmp_path / "file" / "state", settings) as store:
        await refuses(store, "Not a directory")


async def test_a_store_of_a_newer_version(store: Store, tmp_path: Path) -> None:
    await works(store)
    with contextlib.closing(sqlite3.connect(tmp_path / "state" / "sallyport.db")) as database:
        database.execute("UPDATE facts SET value = 99 WHERE name = 'schema'")
        database.commit()

    with Store(tmp_path / "state", Quarantine(min_free_bytes=0)) as older:
        await refuses(older, "schema 99 and this program knows")


async def test_a_database_of_somebody_else(tmp_path: Path, settings: Quarantine) -> None:
    with contextlib.closing(sqlite3.connect(tmp_path / "sallyport.db")) as database:
        database.execute("CREATE TABLE songs (name TEXT)")
    with Store(tmp_path, settings) as store:
        await refuses(store, "not a store of Sallyport")


def test_a_command_that_only_looks_creates_nothing(tmp_path: Path, settings: Quarantine) -> None:
    with (
        Store(tmp_path / "state", settings, create=False) as store,
        pytest.raises(StoreError, match="no such file"),
    ):
        store.items()

    assert list(tmp_path.iterdir()) == []


def test_a_store_that_was_open_before_a_fork_is_refused(store: Store) -> None:
    store.items()
    read, write = os.pipe()
    child_id = os.fork()
    if child_id == 0:
        try:
            store.items()
        except StoreError as exc:
            os.write(write, str(exc).encode())
        os._exit(0)
    os.waitpid(child_id, 0)
    os.close(write)

    with os.fdopen(read, "rb") as pipe:
        assert b"opened before a fork" in pipe.read()


async def test_no_message_gets_into_an_error(store: Store) -> None:
    transaction = mail(b"Subject: secret\r\n\r\nsecret words")
    await store.hold(transaction, decision_on(transaction), transaction.received_at)

    with pytest.raises(StoreError) as caught:
        await store.hold(transaction, decision_on(transaction), transaction.received_at)

    error: BaseException | None = caught.value
    while error is not None:
        assert "secret" not in str(error)
        error = error.__cause__


@pytest.mark.parametrize("table", ["decisions", "afterwards", "changes"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET id = 'x'", "DELETE FROM {}"])
async def test_the_logs_are_append_only(
    store: Store, tmp_path: Path, table: str, statement: str
) -> None:
    transaction = mail()
    await store.hold(transaction, decision_on(transaction), transaction.received_at)
    store.note_told(transaction.id)
    await until(lambda: bool(store.get_decision(transaction.id).afterwards))

    with (
        contextlib.closing(sqlite3.connect(tmp_path / "state" / "sallyport.db")) as database,
        pytest.raises(sqlite3.IntegrityError, match="append-only"),
    ):
        database.execute(statement.format(table))
