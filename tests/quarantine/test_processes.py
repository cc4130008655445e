"""Several processes on one store: all of it is right, and each thing happens once."""

from __future__ import annotations

import contextlib
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from filter.quarantine.item import State, StateConflict
from filter.quarantine.lease import LEASE, is_gone, own_token
from filter.quarantine.release import mark_interrupted
from filter.quarantine.store import Store
from filter.settings import Quarantine
from tests.quarantine.messages import MONTH, decision_on, mail
from tests.quarantine.processes import child, line_of, lines_of, tell

PROCESSES, HOLDS = 4, 200


def test_processes_that_start_and_hold_at_once_lose_nothing(tmp_path: Path) -> None:
    with contextlib.ExitStack() as stack:
        children = [
            stack.enter_context(child("hold-many", tmp_path / "state", str(HOLDS)))
            for _ in range(PROCESSES)
        ]
        told = [line for process in children for line in lines_of(process)]

    assert len(set(told)) == PROCESSES * HOLDS
    with Store(tmp_path / "state", Quarantine()) as store:
        kept = store.items(limit=10_000)
        assert {item.transaction.id for item in kept} == set(told)
        assert [len(store.get_decision(told[n]).afterwards) for n in (0, -1)] == [1, 1]


async def test_of_two_releasers_exactly_one_wins_each_message(tmp_path: Path) -> None:
    ids = []
    with Store(tmp_path, Quarantine(min_free_bytes=0)) as store:
        for _ in range(100):
            transaction = mail()
            await store.hold(transaction, decision_on(transaction), transaction.received_at + MONTH)
            ids.append(transaction.id)
    with child("race", tmp_path) as one, child("race", tmp_path) as other:
        for process in (one, other):
            tell(process, " ".join(ids))
            assert line_of(process) == "ready"
        for process in (one, other):
            tell(process)
        won = [lines_of(process) for process in (one, other)]

    assert sorted(won[0] + won[1]) == sorted(ids)


async def test_a_release_whose_process_died_is_unknown_and_never_sent_again(store: Store) -> None:
    transaction = mail()
    await store.hold(transaction, decision_on(transaction), transaction.received_at + MONTH)
    with child("release-stuck", store._folder, transaction.id) as process:
        assert line_of(process) == f"sending {transaction.id}"

        assert mark_interrupted(store) == 0, "a live release is left alone"
        assert store.get_item(transaction.id).state is State.RELEASING
        process.kill()
        process.wait(20)

    assert mark_interrupted(store) == 1
    assert mark_interrupted(store) == 0
    item = store.get_item(transaction.id)
    assert item.state is State.UNKNOWN
    assert "ended before" in item.note
    with pytest.raises(StateConflict):
        store.change(transaction.id, State.HELD, State.RELEASING, by="ben")


async def test_only_the_process_that_releases_may_say_how_it_ended(store: Store) -> None:
    transaction = mail()
    await store.hold(transaction, decision_on(transaction), transaction.received_at + MONTH)
    with child("release-stuck", store._folder, transaction.id) as process:
        line_of(process)

        with pytest.raises(StateConflict, match="by another process"):
            store.change(transaction.id, State.RELEASING, State.RELEASED, by="ben")


def test_a_process_is_known_by_boot_number_and_start() -> None:
    now = datetime.now(UTC)
    place, number, started = own_token().split(" ")
    boot, namespace = place.split("/")

    def gone(token: str, age_leases: float = 0) -> bool:
        return is_gone(token, now - LEASE * age_leases, now)

    assert int(number) == os.getpid()
    assert not gone(own_token(), age_leases=9)
    assert gone(f"{place} {number} {int(started) - 1}"), "the number was used again"
    assert gone(f"{place} 4194999 {started}"), "no such process"
    assert gone(f"another-boot/{namespace} {number} {started}")
    assert not gone(f"{boot}/pid:[1] {number} {started}"), "in another container, and may live"
    assert gone(f"{boot}/pid:[1] {number} {started}", age_leases=1.1)
    assert not gone("")
    assert gone("", age_leases=1.1)
