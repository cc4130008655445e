"""Messages that passed are kept for replay where the settings say so, and no longer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from filter.ids import new_transaction_id
from filter.message import Transaction
from filter.quarantine import passed
from filter.quarantine.item import Record
from filter.quarantine.retention import sweep
from filter.quarantine.store import Store
from filter.settings import Quarantine
from tests.quarantine.messages import PASS, decision_on, mail, text

MIB = 1024 * 1024


def _keeping(**more: object) -> Quarantine:
    return Quarantine.model_validate({"min_free_bytes": 0, "passed_days": 7, **more})


def _pass(folder: Path, settings: Quarantine, *messages: Transaction) -> None:
    with Store(folder, settings) as store:
        for message in messages:
            asyncio.run(store.record(decision_on(message, PASS)))
            store.note_passed(message, message.received_at)


def _content(folder: Path, settings: Quarantine, message: Transaction) -> Transaction | None:
    with Store(folder, settings) as store:
        return store.find_content(message.id)


@pytest.mark.parametrize("make", [mail, text])
def test_what_is_kept_comes_back_as_it_was(tmp_path: Path, make: Callable[[], Transaction]) -> None:
    message = make()

    _pass(tmp_path, _keeping(), message)

    assert _content(tmp_path, _keeping(), message) == message


def test_nothing_is_kept_unless_the_settings_say_so(tmp_path: Path) -> None:
    message = mail()
    settings = Quarantine(min_free_bytes=0)

    _pass(tmp_path, settings, message)

    assert settings.passed_days == 0
    assert _content(tmp_path, settings, message) is None


def test_a_large_message_is_not_kept(tmp_path: Path) -> None:
    message = mail(bytes(passed.MAX_MESSAGE_BYTES + 1))

    _pass(tmp_path, _keeping(), message)

    assert _content(tmp_path, _keeping(), message) is None


def test_a_disk_that_is_nearly_full_keeps_none_and_no_message_is_the_worse_for_it(
    tmp_path: Path,
) -> None:
    message = mail()
    with Store(tmp_path, _keeping()) as store:
        asyncio.run(store.record(decision_on(message, PASS)))
    with Store(tmp_path, _keeping(min_free_bytes=2**60)) as store:
        store.note_passed(message, message.received_at)

    assert _content(tmp_path, _keeping(), message) is None


def test_retention_deletes_what_has_been_kept_for_long_enough(tmp_path: Path) -> None:
    message = mail()
    _pass(tmp_path, _keeping(), message)

    with Store(tmp_path, _keeping()) as store:
        sweep(store, datetime.now(UTC) + timedelta(days=6), _keeping())
        assert store.find_content(message.id) is not None
        swept = sweep(store, datetime.now(UTC) + timedelta(days=8), _keeping())

        assert store.find_content(message.id) is None
        assert swept.passed == 1


def test_turned_off_it_deletes_what_was_kept(tmp_path: Path) -> None:
    message = mail()
    _pass(tmp_path, _keeping(), message)
    off = Quarantine(min_free_bytes=0)

    with Store(tmp_path, off) as store:
        sweep(store, datetime.now(UTC) + timedelta(seconds=1), off)

        assert store.find_content(message.id) is None


def test_of_too_many_the_oldest_are_deleted(tmp_path: Path) -> None:
    messages = [mail(bytes(400_000)) for _ in range(4)]
    _pass(tmp_path, _keeping(), *messages)
    little = _keeping(passed_bytes=MIB)

    with Store(tmp_path, little) as store:
        sweep(store, datetime.now(UTC), little)

        kept = [store.find_content(message.id) is not None for message in messages]
        assert kept == [False, False, True, True]


def test_what_is_held_is_untouched_by_what_is_kept_of_others(tmp_path: Path) -> None:
    held = mail()
    with Store(tmp_path, _keeping()) as store:
        decision = decision_on(held)
        asyncio.run(store.hold(held, decision, decision.at + timedelta(days=30)))
        sweep(store, datetime.now(UTC) + timedelta(days=8), _keeping())

        assert store.find_content(held.id) == held


def test_a_sample_is_chosen_by_the_id_alone() -> None:
    ids = [new_transaction_id() for _ in range(4000)]

    chosen = [id_ for id_ in ids if passed.is_sampled(id_, 25.0)]

    assert 800 < len(chosen) < 1200
    assert all(passed.is_sampled(id_, 25.0) for id_ in chosen)
    assert all(passed.is_sampled(id_, 100.0) for id_ in ids)


def test_a_long_log_is_read_in_portions_with_every_message_that_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("filter.quarantine.store.PAGE", 7)
    monkeypatch.setattr(passed, "MAX_AT_ONCE", 3)
    kept = [mail(b"x" * number) for number in range(10)]
    with Store(tmp_path, _keeping()) as store:
        for message in kept:
            asyncio.run(store.record(decision_on(message, PASS)))
            asyncio.run(store.record(decision_on(mail(), PASS)))
            store.note_passed(message, message.received_at)
        held = text()
        decision = decision_on(held)
        asyncio.run(store.hold(held, decision, decision.at + timedelta(days=30)))

    with Store(tmp_path, _keeping()) as store:
        found = list(store.stream_decisions(None, 1000))

        ids = [record.decision.id for record, _ in found]
        assert ids == sorted(ids, reverse=True)
        assert len(ids) == 21
        messages = {message.id: message for _, message in found if message is not None}
        assert messages == {one.id: one for one in (*kept, held)}
        assert len(list(store.stream_decisions(None, 5))) == 5


def test_large_messages_are_read_one_by_one() -> None:
    large = [Record(decision_on(mail(bytes(9 * MIB)))) for _ in range(3)]
    ids = {record.decision.id for record in large}

    assert [len(some) for some in passed.in_portions(large, ids)] == [1, 1, 1]
    assert [len(some) for some in passed.in_portions(large, ())] == [3]
