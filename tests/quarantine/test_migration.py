"""A store of schema 1 goes on as it is: what it lacks is added by whoever opens it first."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from filter.quarantine.item import State, StoreError
from filter.quarantine.retention import sweep
from filter.quarantine.store import Store
from filter.quarantine.tables import SCHEMA
from filter.settings import Quarantine
from tests.quarantine.messages import MONTH, decision_on, flooded, text
from tests.quarantine.processes import child, lines_of

OLD = Path(__file__).with_name("schema1.sql")
HELD_THEN = "m_01KC0000000000000000000001"


@contextlib.contextmanager
def opened(folder: Path) -> Iterator[sqlite3.Connection]:
    with contextlib.closing(sqlite3.connect(folder / "sallyport.db")) as database:
        yield database


def schema_of(folder: Path) -> set[tuple[str, str, str]]:
    with opened(folder) as database:
        names = "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL"
        return set(database.execute(names).fetchall())


def version_of(folder: Path) -> object:
    with opened(folder) as database:
        return database.execute("SELECT value FROM facts WHERE name = 'schema'").fetchone()[0]


@pytest.fixture
def old(tmp_path: Path) -> Path:
    folder = tmp_path / "old"
    folder.mkdir()
    with opened(folder) as database:
        database.executescript(OLD.read_text())
    return folder


def test_an_old_store_becomes_what_a_new_one_is(
    old: Path, tmp_path: Path, settings: Quarantine
) -> None:
    for folder in (old, tmp_path / "new"):
        with Store(folder, settings) as store:
            store.probe()

    assert schema_of(old) == schema_of(tmp_path / "new")
    assert version_of(old) == SCHEMA


def test_what_an_old_store_holds_can_be_worked_on(old: Path, settings: Quarantine) -> None:
    with Store(old, settings, create=False) as store:
        item = store.get_item(HELD_THEN)
        assert item.transaction.content == b"To=%2B15550100&Body=Pay"
        assert item.verdict.flood is None
        assert store.get_decision(HELD_THEN).afterwards[0].text == "held"

        store.change(HELD_THEN, State.HELD, State.DISCARDED, by="anna")
        sweep(store, datetime.now(UTC) + timedelta(days=8), settings)

        assert store.get_item(HELD_THEN).content_deleted


async def test_an_old_store_takes_floods(old: Path, settings: Quarantine) -> None:
    transaction = text()
    decision = decision_on(transaction, flooded())

    with Store(old, settings) as store:
        await store.hold(transaction, decision, decision.at + MONTH)

        assert store.get_item(transaction.id).verdict == decision.verdict
    with opened(old) as database:
        assert database.execute("SELECT held FROM cases").fetchall() == [(1,)]


def test_processes_that_open_an_old_store_at_once_all_work_on_it(
    old: Path, settings: Quarantine
) -> None:
    with contextlib.ExitStack() as stack:
        children = [stack.enter_context(child("hold-many", old, "20")) for _ in range(4)]
        held = [line for process in children for line in lines_of(process)]

    assert len(set(held)) == 80
    with Store(old, settings) as store:
        assert {item.transaction.id for item in store.items()} == {HELD_THEN, *held}
    assert version_of(old) == SCHEMA


async def test_a_process_of_the_old_version_goes_on_meanwhile(
    old: Path, settings: Quarantine
) -> None:
    """It opened the file before it was extended, and knows nothing of the new tables."""
    transaction = text()
    with contextlib.closing(sqlite3.connect(old / "sallyport.db")) as before:
        before.execute("SELECT * FROM held").fetchall()
        with Store(old, settings) as store:
            decision = decision_on(transaction, flooded())
            await store.hold(transaction, decision, decision.at + MONTH)

            before.execute("UPDATE held SET state = 'discarded' WHERE id = ?", (transaction.id,))
            before.commit()

            assert store.get_item(transaction.id).state is State.DISCARDED
        counted = before.execute("SELECT held, discarded FROM cases").fetchall()
    assert counted == [(0, 1)]


def test_an_extension_that_fails_leaves_the_old_store_as_it_was(
    old: Path, settings: Quarantine, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = schema_of(old)
    with monkeypatch.context() as patch:
        patch.setattr("filter.quarantine.database.counters", lambda: ("CREATE TRIGGER nonsense",))
        with Store(old, settings) as store, pytest.raises(StoreError):
            store.items()
    assert (schema_of(old), version_of(old)) == (before, 1)

    with Store(old, settings) as store:
        assert len(store.items()) == 1


@pytest.mark.parametrize("version", [0, SCHEMA + 1])
def test_a_store_of_an_unknown_schema_is_refused_and_left_alone(
    old: Path, settings: Quarantine, version: int
) -> None:
    with opened(old) as database:
        database.execute("UPDATE facts SET value = ? WHERE name = 'schema'", (version,))
        database.commit()
    before = schema_of(old)

    with Store(old, settings) as store, pytest.raises(StoreError, match=f"schema {version}"):
        store.items()

    assert (schema_of(old), version_of(old)) == (before, version)
