"""Which rules are in force: loaded once, swapped whole when files change, kept when they are bad.

The only module that imports watchfiles.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import threading
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

from watchfiles import awatch

from filter.problems import Problem
from filter.rulefiles.keep import recall, remember
from filter.rulefiles.load import check_sources
from filter.rulefiles.named import NEVER_SOURCES
from filter.rulefiles.sources import SourceFile, read_sources, revision_of
from filter.ruleset import RuleSet

log = logging.getLogger("sallyport.rules")

# An editor or a `git pull` touches several files; they are read when it has been quiet so long.
QUIET_MILLISECONDS = 100
PATIENCE_MILLISECONDS = 1_000  # ... but not later than this after the first change
# Some file systems tell nobody of changes (NFS, some container mounts): look anyway this often.
LOOK_MILLISECONDS = 2_000

Fingerprint: TypeAlias = frozenset[tuple[str, int, int, int]]


@dataclass(frozen=True, slots=True)
class RulesHealth:
    """What the platform wants to know of the rules. Times are Unix time in seconds, 0 is never."""

    revision: str | None = None
    loaded_at: float = 0.0
    failed_at: float = 0.0  # when the files were last found invalid
    loads: int = 0
    failures: int = 0
    problems: tuple[Problem, ...] = ()  # of the newest files, warnings too

    @property
    def is_current(self) -> bool:
        """Whether the set in force is what the files say."""
        return self.revision is not None and not any(p.is_error for p in self.problems)


class RulesHolder:
    """Holds the set in force. ``reload`` may be called from any thread.

    ``keep`` is a file for the sources of the last valid rules: they are in force from the start
    when the folder's own are invalid then.
    """

    def __init__(self, folder: Path, keep: Path | None = None) -> None:
        self._folder = folder
        self._keep = keep
        self._rules: RuleSet | None = None
        self._health = RulesHealth()
        self._fingerprint: Fingerprint = frozenset()
        self._lock = threading.Lock()

    def current(self) -> RuleSet | None:
        """Return the set in force, or None while there has never been a valid one."""
        return self._rules

    @property
    def health(self) -> RulesHealth:
        """What became of the newest files."""
        return self._health

    def problems(self) -> tuple[Problem, ...]:
        """Return what is wrong or doubtful in the newest files."""
        return self._health.problems

    def reload(self) -> tuple[Problem, ...]:
        """Read the folder; put its rules in force when they are valid, else keep the old ones.

        Returns every problem found, warnings too. Never raises.
        """
        with self._lock:
            try:
                return self._reload()
            except Exception:  # a defect of ours must not take the rules in force away
                log.exception("rules not loaded folder=%s", self._folder)
                problem = Problem("E000", "the rules could not be read", str(self._folder))
                self._fail((problem,))
                return (problem,)

    async def watch(self, stop: asyncio.Event) -> None:
        """Reload whenever a rule file changes, until ``stop`` is set."""
        async for _ in self.changes(stop):
            await asyncio.to_thread(self.reload)

    async def changes(self, stop: asyncio.Event) -> AsyncIterator[None]:
        """Yield each time the files are no longer those that were last read, until ``stop``."""
        while not stop.is_set():
            async for _ in self._wake_ups(stop):
                seen = await asyncio.to_thread(_fingerprint, self._folder)
                if seen != self._fingerprint:
                    self._fingerprint = seen
                    yield

    async def _wake_ups(self, stop: asyncio.Event) -> AsyncIterator[None]:
        """Yield when something below the folder changed, and every few seconds anyway.

        Ends when the folder is gone or another one stands in its place (a symbolic link that was
        turned), so that the new one can be watched.
        """
        try:
            watched = _identity(self._folder)
            async for _ in awatch(
                self._folder,
                watch_filter=None,  # what counts is decided by the fingerprint
                debounce=PATIENCE_MILLISECONDS,
                step=QUIET_MILLISECONDS,
                stop_event=stop,
                rust_timeout=LOOK_MILLISECONDS,
                yield_on_timeout=True,
            ):
                yield
                if _identity(self._folder) != watched:
                    return
        except OSError as exc:
            log.warning("cannot watch folder=%s: %s", self._folder, exc.strerror or exc)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), LOOK_MILLISECONDS / 1000)
            yield

    def _reload(self) -> tuple[Problem, ...]:
        # Taken first: a change while we read is seen at the next look.
        self._fingerprint = _fingerprint(self._folder)
        files, troubles = read_sources(self._folder)
        in_force = self._rules
        if in_force is not None and not troubles and revision_of(files) == in_force.revision:
            if not self._health.is_current:
                log.info("rules unchanged revision=%s", in_force.revision)
            kept = tuple(p for p in self._health.problems if not p.is_error)
            self._health = replace(self._health, problems=kept)
            return kept
        checked = check_sources(files, troubles)
        if checked.rules is None:
            self._fail(checked.problems)
            self._recall()
            return checked.problems
        self._rules = checked.rules
        self._remember(files)
        self._health = replace(
            self._health,
            revision=checked.revision,
            loaded_at=time.time(),
            loads=self._health.loads + 1,
            problems=checked.problems,
        )
        _log_loaded(checked.rules, checked.file_count)
        for problem in checked.problems:
            log.warning("%s", problem.headline())
        return checked.problems

    def _remember(self, files: list[SourceFile]) -> None:
        try:
            if self._keep is not None:
                remember(self._keep, files)
        except OSError as exc:
            log.warning("valid rules not kept file=%s: %s", self._keep, exc.strerror)

    def _recall(self) -> None:
        """Put the rules that were last valid in force when there are no others."""
        if self._rules is not None or self._keep is None:
            return
        checked = check_sources(recall(self._keep))
        if checked.rules is not None and checked.file_count:
            self._rules = checked.rules
            self._health = replace(self._health, revision=checked.revision, loaded_at=time.time())
            log.warning("rules recalled revision=%s: the last valid ones", checked.revision)

    def _fail(self, problems: tuple[Problem, ...]) -> None:
        self._health = replace(
            self._health,
            failed_at=time.time(),
            failures=self._health.failures + 1,
            problems=problems,
        )
        for problem in problems:
            level = logging.ERROR if problem.is_error else logging.WARNING
            log.log(level, "%s", problem.headline())
        kept = "none" if self._rules is None else self._rules.revision
        errors = sum(p.is_error for p in problems)
        log.error("rules invalid errors=%d folder=%s kept=%s", errors, self._folder, kept)


def _log_loaded(rules: RuleSet, file_count: int) -> None:
    log.info(
        "rules loaded revision=%s files=%d templates=%d links=%d images=%d limits=%d watches=%d"
        " floors=%d repeats=%d",
        rules.revision,
        file_count,
        len(rules.templates),
        len(rules.links),
        len(rules.images),
        len(rules.floods.limits),
        len(rules.floods.watches),
        len(rules.floods.floors),
        len(rules.floods.repeats),
    )


def _fingerprint(folder: Path) -> Fingerprint:
    """Return what changes when any file that matters is written, replaced, added or removed."""
    found = set()
    for root, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            # Any text may be a list or a source that a rule file names.
            if not name.endswith(NEVER_SOURCES):
                with contextlib.suppress(OSError):
                    seen = Path(root, name).stat()
                    found.add((f"{root}/{name}", seen.st_ino, seen.st_size, seen.st_mtime_ns))
    return frozenset(found)


def _identity(folder: Path) -> tuple[int, int]:
    """Return device and inode; raises OSError when there is no such folder."""
    seen = folder.stat()
    return seen.st_dev, seen.st_ino
