from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from filter.ids import new_pause_id
from filter.limits.pause import MAX_REASON, Pause, PauseRecord
from filter.quarantine.item import NoSuchItem, State, StoreError
from filter.quarantine.pauses import StoredPauses
from filter.quarantine.store import Store
from filter.settings import Quarantine
from filter.subject import Dimension, Scope
from tests.quarantine.floods import hold

NOW = datetime.now(UTC)
KIOSK = Pause(
    new_pause_id(),
    Scope(
        {Dimension.CLIENT: frozenset({"kiosk"}), Dimension.PREFIX: frozenset({"+6012", "+6013"})}
    ),
    "stolen key",
    "anna",
    since=NOW,
)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    with Store(tmp_path, Quarantine()) as store:
        store.probe()
    return tmp_path


@pytest.fixture
def shelf(state: Path) -> Iterator[StoredPauses]:
    with StoredPauses(state) as shelf:
        yield shelf


def test_a_pause_comes_back_as_it_was_given(shelf: StoredPauses) -> None:
    shelf.pause(KIOSK)

    assert shelf.pauses(NOW) == (KIOSK,)


def test_a_pause_is_seen_by_others_at_once_and_after_all_have_gone(state: Path) -> None:
    with StoredPauses(state) as one, StoredPauses(state) as another:
        assert another.pauses(NOW) == ()
        one.pause(KIOSK)
        assert another.pauses(NOW) == (KIOSK,)

    with StoredPauses(state) as later:
        assert later.pauses(NOW) == (KIOSK,)


def test_pauses_are_listed_oldest_first(shelf: StoredPauses) -> None:
    later = replace(KIOSK, id=new_pause_id(), since=NOW + timedelta(seconds=1))
    shelf.pause(later)
    shelf.pause(KIOSK)

    assert shelf.pauses(NOW) == (KIOSK, later)
    assert [record.pause for record in shelf.records()] == [later, KIOSK]


def test_a_pause_that_has_expired_is_not_in_force_but_in_the_history(shelf: StoredPauses) -> None:
    short = replace(KIOSK, until=NOW + timedelta(seconds=1))
    shelf.pause(short)

    assert shelf.pauses(NOW + timedelta(microseconds=999_999)) == (short,)
    assert shelf.pauses(NOW + timedelta(seconds=1)) == ()
    assert shelf.records() == (PauseRecord(short),)


def test_a_resumed_pause_is_over_and_says_who_ended_it_and_why(shelf: StoredPauses) -> None:
    shelf.pause(KIOSK)

    assert shelf.resume(KIOSK.id, by="ben", note="key changed") == KIOSK

    assert shelf.pauses(NOW) == ()
    (record,) = shelf.records()
    assert (record.pause, record.ended_by, record.note) == (KIOSK, "ben", "key changed")
    assert record.ended_at is not None
    assert record.ended_at >= NOW


def test_what_is_not_in_force_cannot_be_resumed_and_the_answer_says_why(
    shelf: StoredPauses,
) -> None:
    over = replace(KIOSK, id=new_pause_id(), until=NOW - timedelta(hours=1))
    shelf.pause(over)
    shelf.pause(KIOSK)
    shelf.resume(KIOSK.id, by="ben")

    with pytest.raises(NoSuchItem, match="was resumed by ben at"):
        shelf.resume(KIOSK.id, by="carla")
    with pytest.raises(NoSuchItem, match="expired at"):
        shelf.resume(over.id, by="carla")
    with pytest.raises(NoSuchItem, match="there is no pause p_x"):
        shelf.resume("p_x", by="carla")
    assert shelf.find_record(KIOSK.id) is not None
    assert shelf.find_record("p_x") is None


@pytest.mark.parametrize("reason", ["", "  ", "\n\t"])
def test_a_pause_without_a_reason_is_refused(shelf: StoredPauses, reason: str) -> None:
    with pytest.raises(ValueError, match="needs a reason"):
        shelf.pause(replace(KIOSK, reason=reason))

    assert shelf.pauses(NOW) == ()


def test_texts_are_cleaned_and_cut(shelf: StoredPauses) -> None:
    shelf.pause(replace(KIOSK, reason=" why\0" + "x" * 1000))

    (kept,) = shelf.pauses(NOW)
    assert kept.reason.startswith("why\\x00xxx")
    assert len(kept.reason) <= MAX_REASON + 3


def test_an_id_is_used_once(shelf: StoredPauses) -> None:
    shelf.pause(KIOSK)

    with pytest.raises(StoreError):
        shelf.pause(KIOSK)


def test_no_store_is_made_where_there_is_none(tmp_path: Path) -> None:
    with StoredPauses(tmp_path / "typo") as shelf, pytest.raises(StoreError, match="no such file"):
        shelf.pause(KIOSK)

    assert not (tmp_path / "typo").exists()


def test_a_scope_that_this_version_does_not_know_is_trouble_not_passed_over(
    state: Path, shelf: StoredPauses
) -> None:
    shelf.pause(KIOSK)
    with Store(state, Quarantine()) as store, store._database.writing("test") as connection:
        connection.exec_driver_sql("""UPDATE pauses SET scope = '{"planet": ["mars"]}'""")

    with pytest.raises(StoreError):
        shelf.pauses(NOW)


def _pause_twice(state: Path, reason: str) -> None:
    with StoredPauses(state) as shelf:
        for _ in range(10):
            shelf.pause(Pause(new_pause_id(), Scope(), reason, "anna", datetime.now(UTC)))


def test_processes_that_pause_at_once_lose_none(state: Path) -> None:
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_pause_twice, args=(state, str(n))) for n in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)

    with StoredPauses(state) as shelf:
        assert len(shelf.pauses(datetime.now(UTC))) == 20


async def test_what_is_being_released_is_seen_as_long_as_somebody_is_at_it(
    state: Path, shelf: StoredPauses, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Store(state, Quarantine()) as store:
        transaction_id = await hold(store)
        assert shelf.releasing() == frozenset()

        store.change(transaction_id, State.HELD, State.RELEASING, by="anna")

        assert shelf.releasing() == {transaction_id}
        monkeypatch.setattr("filter.quarantine.pauses.is_gone", lambda *_: True)
        assert shelf.releasing() == frozenset()


VALUES = st.frozensets(st.text(min_size=1, max_size=8), min_size=1, max_size=3)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.dictionaries(st.sampled_from(Dimension), VALUES), drops=st.booleans())
def test_any_scope_comes_back_as_it_was(
    shelf: StoredPauses, *, values: dict[Dimension, frozenset[str]], drops: bool
) -> None:
    pause = replace(KIOSK, id=new_pause_id(), scope=Scope(values), drops=drops)
    shelf.pause(pause)

    assert pause in shelf.pauses(NOW)
