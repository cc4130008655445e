"""The fuzz campaign itself: a few inputs for every target, and what it does with a bad one."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from tests.campaign.fuzz import fuzz, main
from tests.campaign.fuzzchild import Observer, mutate
from tests.campaign.fuzztargets import TARGETS, Target

MUTANTS = 12


@pytest.mark.parametrize("name", TARGETS)
def test_no_reader_fails_on_a_few_mutants_of_its_seeds(name: str, tmp_path: Path) -> None:
    target = TARGETS[name]
    chance = random.Random(name)
    pool = list(target.seeds())
    observer = Observer(target, tmp_path, time.monotonic() + 600)

    for number in range(MUTANTS):
        seed = pool[number % len(pool)][: target.max_bytes]
        observer.run(mutate(seed, chance, pool, target.max_bytes))

    assert observer.stats.crashes == {}
    assert observer.stats.executions == MUTANTS


def test_a_target_that_raises_goes_on_and_keeps_the_input(tmp_path: Path) -> None:
    def fail(data: bytes) -> int:
        return 1 // (data[0] - 65)

    observer = Observer(Target(fail, tuple), tmp_path, time.monotonic() + 600)
    for data in (b"A", b"B", b"A"):
        observer.run(data)

    (name,) = observer.stats.crashes.values()
    assert (tmp_path / name).read_bytes() == b"A"
    assert observer.stats.executions == 3


def test_a_process_runs_for_its_time_and_reports(tmp_path: Path) -> None:
    found = fuzz("words", 0.5, 1, "own", tmp_path)

    assert found.executions > 100
    assert found.ended == []
    assert found.slow


def test_an_unknown_target_is_a_mistake_in_usage() -> None:
    with pytest.raises(SystemExit) as left:
        main(["nonsense"])

    assert left.value.code == 2
