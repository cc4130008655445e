"""All held messages of one flood are one case: listed, counted and discarded as one."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from filter.quarantine import store as store_module
from filter.quarantine.interface import AlertQuery, CaseQuery, ItemQuery, Overview
from filter.quarantine.item import Alert, Case, NoSuchItem, State, StoreError
from filter.quarantine.retention import sweep
from filter.quarantine.store import Store
from filter.settings import Quarantine
from filter.verdict import Finding
from tests.quarantine.floods import TOO_MANY, another, code_for, hold, hold_many
from tests.quarantine.messages import FLOOD, MONTH
from tests.quarantine.waiting import until

DAY = timedelta(days=1)
MANY = 20_000


def counts(case: Case) -> dict[str, int]:
    return {state.value: number for state, number in case.counts.items() if number}


def ids_of(cases: tuple[Case, ...] | list[Case]) -> list[str]:
    return [case.id for case in cases]


async def test_a_case_tells_what_when_and_how_many(store: Store) -> None:
    first, last = code_for(age=timedelta(minutes=5)), code_for()
    await hold(store, last)
    await hold(store, first)

    case = store.get_case(FLOOD.id)

    assert (case.rule, case.key) == (FLOOD.rule, FLOOD.key)
    assert case.since == datetime(2020, 9, 13, 12, 26, 40, tzinfo=UTC)
    assert (case.first_at, case.last_at) == (first.received_at, last.received_at)
    assert (counts(case), case.held, case.total, case.is_open) == ({"held": 2}, 2, 2, True)


async def test_a_case_that_is_not_there_is_said(store: Store) -> None:
    await hold(store)

    with pytest.raises(NoSuchItem, match="no case f_none"):
        store.get_case("f_none")
    assert store.case_items("f_none") == ()


async def test_open_cases_come_first_and_the_latest_of_them_before_all(store: Store) -> None:
    ages = {1: 40, 2: 30, 3: 20, 4: 10}
    held = {
        number: await hold(store, code_for(age=timedelta(minutes=age)), another(number))
        for number, age in ages.items()
    }
    for number in (2, 4):
        store.change(held[number], State.HELD, State.DISCARDED, by="anna")

    def found(query: CaseQuery) -> list[int]:
        return [int(case.id[2:]) for case in store.cases(query)]

    assert found(CaseQuery()) == [3, 1, 4, 2]
    assert found(CaseQuery(limit=3)) == [3, 1, 4]
    assert found(CaseQuery(limit=1)) == [3]
    assert found(CaseQuery(is_open=True)) == [3, 1]
    assert found(CaseQuery(is_open=False)) == [4, 2]
    assert found(CaseQuery(since=datetime.now(UTC) - timedelta(minutes=25))) == [3, 4]
    assert found(CaseQuery(rule="another")) == []


@pytest.mark.parametrize(
    ("steps", "is_open"),
    [
        ((State.RELEASING,), True),
        ((State.RELEASING, State.UNKNOWN), True),
        ((State.RELEASING, State.RELEASED), False),
        ((State.RELEASING, State.FAILED), False),
        ((State.DISCARDED,), False),
        ((State.EXPIRED,), False),
    ],
)
async def test_a_case_is_open_while_somebody_has_to_do_something(
    store: Store, steps: tuple[State, ...], *, is_open: bool
) -> None:
    transaction_id, state = await hold(store), State.HELD
    for step in steps:
        store.change(transaction_id, state, step, by="anna")
        state = step

    case = store.get_case(FLOOD.id)

    assert (counts(case), case.is_open) == ({state.value: 1}, is_open)
    assert ids_of(list(store.cases(CaseQuery(is_open=is_open)))) == [FLOOD.id]
    assert store.overview(datetime.now(UTC)).open_cases == is_open


async def test_releases_that_were_interrupted_are_counted_too(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    transaction_id = await hold(store)
    monkeypatch.setattr(store_module, "own_token", lambda: "another-boot 1 1")
    store.change(transaction_id, State.HELD, State.RELEASING, by="anna")

    sweep(store, datetime.now(UTC), Quarantine())

    assert counts(store.get_case(FLOOD.id)) == {"unknown": 1}


async def test_items_of_a_case_come_oldest_first_and_in_pages(store: Store) -> None:
    ids = await hold_many(store, 5)
    await hold(store, flood=another(1))
    store.change(ids[1], State.HELD, State.DISCARDED, by="anna")

    first = store.case_items(FLOOD.id, limit=2)
    rest = store.case_items(FLOOD.id, after=first[-1].id)
    held = store.case_items(FLOOD.id, state=State.HELD)

    assert [item.id for item in (*first, *rest)] == ids
    assert [item.id for item in held] == [ids[0], *ids[2:]]
    assert (held[0].template, held[0].recipients) == ("sign-in", ("+60123000000",))
    assert first[1].state is State.DISCARDED


async def test_what_was_held_for_its_content_too_is_told(store: Store) -> None:
    prank = replace(
        TOO_MANY, findings=(Finding("templates", "template.none", "-"), *TOO_MANY.findings)
    )
    await hold(store, verdict=prank)
    await hold(store)

    first, second = sorted(store.case_items(FLOOD.id), key=lambda item: item.content_codes)

    assert (first.content_codes, second.content_codes) == ((), ("template.none",))


async def test_lists_tell_items_of_cases_from_single_ones(store: Store) -> None:
    single = await hold(store, flood=None)
    mine = await hold(store)
    other = await hold(store, flood=another(1))

    def found(query: ItemQuery) -> list[str]:
        return [item.transaction.id for item in store.find_items(query)]

    assert found(ItemQuery(is_single=True, state=State.HELD)) == [single]
    assert found(ItemQuery(case=FLOOD.id)) == [mine]
    assert sorted(found(ItemQuery())) == sorted([single, mine, other])


async def test_many_are_discarded_in_small_steps_and_each_has_its_history(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "MAX_DISCARDED", 3)
    ids = await hold_many(store, 10)
    store.change(ids[4], State.HELD, State.RELEASING, by="ben")

    refused = store.discard_items([*ids, "m_none"], by="anna", note="an attack")

    assert refused == {
        ids[4]: f"{ids[4]} is releasing, not held",
        "m_none": "there is no message m_none",
    }
    item = store.get_item(ids[0])
    assert (item.state, item.changed_by, item.note) == (State.DISCARDED, "anna", "an attack")
    assert [step.end for step in store.history(ids[0])] == [State.HELD, State.DISCARDED]
    later = store.get_decision(ids[0]).afterwards
    assert [entry.text for entry in later] == ["discarded by anna: an attack"]
    assert counts(store.get_case(FLOOD.id)) == {"discarded": 9, "releasing": 1}


async def test_what_retention_takes_stays_counted_until_the_case_is_gone(
    store: Store, tmp_path: Path
) -> None:
    settings = Quarantine(retention_days=30, decision_days=100, min_free_bytes=0)
    now = datetime.now(UTC)
    await hold(store)
    old = await hold(store, code_for(age=90 * DAY))
    store.change(old, State.HELD, State.DISCARDED, by="anna")

    sweep(store, now + 8 * DAY, settings)
    assert counts(store.get_case(FLOOD.id)) == {"held": 1, "discarded": 1}
    sweep(store, now + MONTH + DAY, settings)
    assert counts(store.get_case(FLOOD.id)) == {"expired": 1, "discarded": 1}
    sweep(store, now + 101 * DAY, settings)
    assert counts(store.get_case(FLOOD.id)) == {"expired": 1, "discarded": 1}
    sweep(store, now + 140 * DAY, settings)

    assert store.cases(CaseQuery()) == ()
    store.close()
    with contextlib.closing(sqlite3.connect(tmp_path / "state" / "sallyport.db")) as database:
        assert database.execute("SELECT count(*) FROM flood_items").fetchone() == (0,)


# --- alerts


def alert(age: timedelta = timedelta(), rule: str = "many-numbers", flood: str = "") -> Alert:
    at = datetime.now(UTC) - age
    words = "612 different numbers under +6012345 in 4 min.; usual peak 9"
    return Alert(at, rule, "recipient-prefix=+6012345", words, flood)


async def test_alerts_are_listed_newest_first(store: Store) -> None:
    noted = [alert(), alert(DAY, "another"), alert(timedelta(hours=2), flood=FLOOD.id)]
    for one in noted:
        store.note_alert(one)
    await until(lambda: len(store.alerts(AlertQuery())) == len(noted))
    now, day, two_hours = noted

    assert store.alerts(AlertQuery()) == (now, two_hours, day)
    assert store.alerts(AlertQuery(limit=1)) == (now,)
    assert store.alerts(AlertQuery(rule="another")) == (day,)
    assert store.alerts(AlertQuery(case=FLOOD.id)) == (two_hours,)
    assert store.alerts(AlertQuery(since=datetime.now(UTC) - timedelta(hours=3))) == (
        now,
        two_hours,
    )


async def test_alerts_are_never_changed_and_go_only_with_their_time(
    store: Store, tmp_path: Path
) -> None:
    store.note_alert(alert())
    store.note_alert(alert(200 * DAY))
    await until(lambda: len(store.alerts(AlertQuery())) == 2)

    with contextlib.closing(sqlite3.connect(tmp_path / "state" / "sallyport.db")) as database:
        for statement in ("UPDATE alerts SET text = ''", "DELETE FROM alerts"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                database.execute(statement)

    settings = Quarantine(decision_days=100, min_free_bytes=0)
    assert sweep(store, datetime.now(UTC), settings).alerts == 1
    assert len(store.alerts(AlertQuery())) == 1


async def test_pauses_that_are_over_age_out(store: Store, tmp_path: Path) -> None:
    columns = "(id, scope, reason, by, since, until, drops, ended_at, ended_by, note)"
    rows = [("p_ended", None, 1), ("p_ran_out", 1, None), ("p_in_force", None, None)]
    store.probe()
    with contextlib.closing(sqlite3.connect(tmp_path / "state" / "sallyport.db")) as database:
        for name, end, ended_at in rows:
            values = (name, "{}", "stolen key", "anna", 0, end, 0, ended_at, "", "")
            database.execute(f"INSERT INTO pauses {columns} VALUES (?,?,?,?,?,?,?,?,?,?)", values)
        database.commit()

        assert sweep(store, datetime.now(UTC), Quarantine(min_free_bytes=0)).pauses == 2
        assert database.execute("SELECT id FROM pauses").fetchall() == [("p_in_force",)]


async def test_the_overview_says_what_waits_now(store: Store) -> None:
    await hold_many(store, 3)
    await hold(store, flood=another(1))
    await hold(store, flood=None)
    store.note_alert(alert())
    store.note_alert(alert(timedelta(hours=2)))
    await until(lambda: len(store.alerts(AlertQuery())) == 2)

    assert store.overview(datetime.now(UTC)) == Overview(2, 4, 1)


# --- at once, and many


async def test_a_case_counts_right_while_many_work_on_it(tmp_path: Path) -> None:
    settings = Quarantine(min_free_bytes=0)
    with Store(tmp_path, settings) as gate, Store(tmp_path, settings) as one:
        ids = await hold_many(gate, 300)
        with Store(tmp_path, settings) as other:
            _, first, second = await asyncio.gather(
                hold_many(gate, 300),
                asyncio.to_thread(one.discard_items, ids, by="anna", note=""),
                asyncio.to_thread(other.discard_items, ids[::-1], by="ben", note=""),
            )

        assert len(first) + len(second) == 300, "each was discarded by one of the two"
        assert counts(one.get_case(FLOOD.id)) == {"held": 300, "discarded": 300}
        by = {item.changed_by for item in one.find_items(ItemQuery(state=State.DISCARDED))}
        assert by <= {"anna", "ben"}


async def test_a_large_case_is_worked_on_in_moments(
    store: Store, record_property: Callable[[str, object], None]
) -> None:
    """Prints what it measured; the machine decides, not the test."""
    await hold_many(store, MANY)
    for number in range(200):
        await hold(store, flood=another(number))

    measured: dict[str, float] = {}

    def take(name: str, work: object) -> None:
        assert callable(work)
        started = time.perf_counter()
        work()
        measured[name] = round((time.perf_counter() - started) * 1000, 1)

    take("list of cases", lambda: store.cases(CaseQuery()))
    take("one case", lambda: store.get_case(FLOOD.id))
    take("overview", lambda: store.overview(datetime.now(UTC)))
    take("first 1000 items", lambda: store.case_items(FLOOD.id))
    take("single items", lambda: store.find_items(ItemQuery(is_single=True, state=State.HELD)))
    ids = [item.id for item in store.case_items(FLOOD.id, limit=MANY)]
    take("discard all", lambda: store.discard_items(ids, by="anna", note=""))

    print(f"\ncase of {MANY}: {measured} ms")  # noqa: T201 - for who runs it with -s
    record_property("milliseconds", str(measured))
    assert store.get_case(FLOOD.id).counts[State.DISCARDED] == MANY


async def test_a_store_in_trouble_says_so(tmp_path: Path, settings: Quarantine) -> None:
    with Store(tmp_path / "none", settings, create=False) as store:
        for look in (
            lambda: store.cases(CaseQuery()),
            lambda: store.get_case(FLOOD.id),
            lambda: store.case_items(FLOOD.id),
            lambda: store.discard_items(["m_1"], by="", note=""),
            lambda: store.alerts(AlertQuery()),
            lambda: store.overview(datetime.now(UTC)),
        ):
            with pytest.raises(StoreError):
                look()
