"""The rules in force are swapped whole when the files change, and kept when those are bad."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from filter.rulefiles import watch
from filter.rulefiles.watch import RulesHolder

DEADLINE_SECONDS = 20.0
RULES = """\
links:
  - {id: site, host: www.health.example}
"""
MORE = RULES + "  - {id: help, mailto: help@health.example}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "rules"
    place.mkdir()
    (place / "links.yaml").write_text(RULES, encoding="utf-8")
    return place


@asynccontextmanager
async def watching(holder: RulesHolder) -> AsyncIterator[None]:
    stop = asyncio.Event()
    task = asyncio.create_task(holder.watch(stop))
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait_for(task, DEADLINE_SECONDS)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not condition():  # noqa: ASYNC110 - files and other threads set no event
            await asyncio.sleep(0.02)


def links_of(holder: RulesHolder) -> int:
    rules = holder.current()
    return 0 if rules is None else len(rules.links)


def test_there_are_no_rules_before_the_first_load(folder: Path) -> None:
    holder = RulesHolder(folder)

    assert holder.current() is None
    assert not holder.health.is_current


def test_valid_rules_come_into_force_whole(folder: Path) -> None:
    holder = RulesHolder(folder)

    assert holder.reload() == ()
    before = holder.current()
    (folder / "links.yaml").write_text(MORE, encoding="utf-8")
    assert holder.reload() == ()

    assert before is not None
    assert len(before.links) == 1
    assert links_of(holder) == 2
    assert holder.health.loads == 2
    assert holder.health.is_current


def test_invalid_rules_leave_the_old_ones_in_force_and_say_where(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    holder = RulesHolder(folder)
    holder.reload()
    before = holder.current()
    (folder / "links.yaml").write_text(MORE.replace("host", "hots"), encoding="utf-8")

    problems = holder.reload()

    assert holder.current() is before
    assert [p.code for p in problems] == ["E010", "E060"][: len(problems)]
    assert holder.problems() == problems
    assert holder.health.failures == 1
    assert holder.health.failed_at > 0
    assert not holder.health.is_current
    assert f"{folder}/links.yaml:2:16: error[E010]: unknown key `hots`" in caplog.text


def test_the_old_files_again_are_no_problem_any_more(folder: Path) -> None:
    holder = RulesHolder(folder)
    holder.reload()
    before = holder.current()
    (folder / "links.yaml").write_text("links: {}\n", encoding="utf-8")
    holder.reload()
    (folder / "links.yaml").write_text(RULES, encoding="utf-8")

    assert holder.reload() == ()
    assert holder.current() is before
    assert holder.health.is_current


def test_a_folder_that_vanished_leaves_the_rules_in_force(folder: Path) -> None:
    holder = RulesHolder(folder)
    holder.reload()
    shutil.rmtree(folder)

    assert [p.code for p in holder.reload()] == ["E001"]
    assert links_of(holder) == 1


def test_rules_that_were_never_valid_are_not_in_force(folder: Path) -> None:
    (folder / "links.yaml").write_text("links: {}\n", encoding="utf-8")
    holder = RulesHolder(folder)
    holder.reload()

    assert holder.current() is None


def test_who_starts_with_invalid_rules_has_the_last_valid_ones_in_force(
    folder: Path, tmp_path: Path
) -> None:
    keep = tmp_path / "rules.json"
    first = RulesHolder(folder, keep)
    first.reload()
    (folder / "links.yaml").write_text("links: {}\n", encoding="utf-8")
    first.reload()
    second = RulesHolder(folder, keep)

    assert [p.code for p in second.reload()] == ["E011"]
    assert second.health.revision == first.health.revision
    assert links_of(second) == 1
    assert not second.health.is_current
    (folder / "links.yaml").write_text(MORE, encoding="utf-8")
    assert second.reload() == ()
    assert links_of(second) == 2


@pytest.mark.parametrize("kept", ["", "{}", '{"format": 1}', '{"format": 0, "files": []}', "[]"])
def test_what_was_kept_badly_is_not_in_force(folder: Path, tmp_path: Path, kept: str) -> None:
    (tmp_path / "rules.json").write_text(kept, encoding="utf-8")
    (folder / "links.yaml").write_text("links: {}\n", encoding="utf-8")
    holder = RulesHolder(folder, tmp_path / "rules.json")
    holder.reload()

    assert holder.current() is None


def test_rules_that_cannot_be_kept_are_in_force_all_the_same(
    folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    holder = RulesHolder(folder, tmp_path / "gone" / "rules.json")
    holder.reload()

    assert links_of(holder) == 1
    assert "valid rules not kept" in caplog.text


def test_a_defect_of_ours_leaves_the_old_rules_in_force(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    holder = RulesHolder(folder)
    holder.reload()
    (folder / "links.yaml").write_text(MORE, encoding="utf-8")

    def fail(*_: object) -> None:
        raise RuntimeError("defect")

    monkeypatch.setattr(watch, "check_sources", fail)
    problems = holder.reload()

    assert [p.code for p in problems] == ["E000"]
    assert links_of(holder) == 1
    assert any(record.levelno == logging.ERROR for record in caplog.records)


def test_reloads_from_many_threads_do_not_disturb_each_other(folder: Path) -> None:
    holder = RulesHolder(folder)
    threads = [threading.Thread(target=holder.reload) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert holder.health.loads == 1
    assert holder.health.failures == 0


async def test_a_file_written_in_place_is_seen(folder: Path) -> None:
    holder = RulesHolder(folder)
    holder.reload()
    async with watching(holder):
        (folder / "links.yaml").write_text(MORE, encoding="utf-8")
        await until(lambda: links_of(holder) == 2)


async def test_a_file_renamed_into_place_is_seen(folder: Path, tmp_path: Path) -> None:
    holder = RulesHolder(folder)
    holder.reload()
    async with watching(holder):
        (tmp_path / "new").write_text(MORE, encoding="utf-8")
        (tmp_path / "new").rename(folder / "links.yaml")
        await until(lambda: links_of(holder) == 2)


async def test_a_new_file_in_a_new_folder_and_its_removal_are_seen(folder: Path) -> None:
    holder = RulesHolder(folder)
    holder.reload()
    async with watching(holder):
        (folder / "more").mkdir()
        (folder / "more" / "links.yml").write_text("links:\n  - {id: x, host: x.example}\n")
        await until(lambda: links_of(holder) == 2)
        shutil.rmtree(folder / "more")
        await until(lambda: links_of(holder) == 1)


async def test_the_swap_of_a_kubernetes_volume_is_seen(tmp_path: Path) -> None:
    folder = tmp_path / "rules"
    for name, text in (("..1", RULES), ("..2", MORE)):
        (folder / name).mkdir(parents=True)
        (folder / name / "links.yaml").write_text(text, encoding="utf-8")
    (folder / "..data").symlink_to("..1")
    (folder / "links.yaml").symlink_to("..data/links.yaml")
    holder = RulesHolder(folder)
    holder.reload()
    async with watching(holder):
        (folder / "..new").symlink_to("..2")
        (folder / "..new").rename(folder / "..data")
        await until(lambda: links_of(holder) == 2)


async def test_another_folder_in_its_place_is_seen_and_watched(folder: Path) -> None:
    """A release by a symbolic link that is turned: the old folder itself never changes."""
    release = folder.parent / "release-2"
    shutil.copytree(folder, release)
    (release / "links.yaml").write_text(MORE, encoding="utf-8")
    current = folder.parent / "current"
    current.symlink_to(folder)
    holder = RulesHolder(current)
    holder.reload()
    async with watching(holder):
        (folder.parent / "turned").symlink_to(release)
        (folder.parent / "turned").rename(current)
        await until(lambda: links_of(holder) == 2)
        (release / "links.yaml").write_text(RULES, encoding="utf-8")
        await until(lambda: links_of(holder) == 1)


async def test_a_folder_that_comes_later_is_seen(tmp_path: Path) -> None:
    holder = RulesHolder(tmp_path / "rules")
    holder.reload()
    async with watching(holder):
        (tmp_path / "new").mkdir()
        (tmp_path / "new" / "links.yaml").write_text(RULES, encoding="utf-8")
        (tmp_path / "new").rename(tmp_path / "rules")
        await until(lambda: links_of(holder) == 1)


async def test_bad_rules_are_reported_once_and_not_at_every_look(folder: Path) -> None:
    holder = RulesHolder(folder)
    holder.reload()
    async with watching(holder):
        (folder / "links.yaml").write_text("links: {}\n", encoding="utf-8")
        await until(lambda: holder.health.failures == 1)
        (folder / "notes.txt").write_text("touched", encoding="utf-8")
        os.utime(folder)
        (folder / "links.yaml").write_text(MORE, encoding="utf-8")
        await until(lambda: links_of(holder) == 2)

    assert holder.health.failures == 1
