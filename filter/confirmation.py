"""Has every worker of the running gate what was decided? Asked until all have, or time is up."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filter.control import ask
from filter.quarantine.item import StoreError

# A worker looks five times a second; one that is not done by then has trouble that people look at.
PATIENCE_SECONDS = 5.0
# What a next hop is given to answer may take longer; then we say so instead of waiting.
SETTLE_SECONDS = 3.0
POLL_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Confirmation:
    """How far a pause, or its end, has come.

    ``seconds`` is how long until the last worker had it (None: not all have it), and
    ``settled_seconds`` until nothing from before was on its way any more. Without workers no gate
    runs, unless ``is_silent`` says that one is there and does not answer.
    """

    done: int = 0
    workers: int = 0
    seconds: float | None = None
    settled_seconds: float | None = None
    is_silent: bool = False

    @property
    def is_running(self) -> bool:
        """Whether there is a gate at all."""
        return self.workers > 0 or self.is_silent

    @property
    def is_done(self) -> bool:
        """Whether every worker has it."""
        return self.workers > 0 and self.done == self.workers

    def words(self, what: str) -> str:
        """Return it in words: ``in force on 4 of 4 workers after 0.21 s``."""
        if self.is_silent:
            return f"nobody knows where it is {what}: the gate does not answer"
        after = "" if self.seconds is None else f" after {self.seconds:.2f} s"
        return f"{what} on {self.done} of {self.workers} workers{after}"

    def as_json(self) -> dict[str, object]:
        """Return it for machines."""
        return {
            "done": self.done,
            "workers": None if self.is_silent else self.workers,
            "seconds": _rounded(self.seconds),
            "settled_seconds": _rounded(self.settled_seconds),
        }


def wait_until_paused(
    state: Path,
    ids: Iterable[str],
    since: float,
    *,
    releasing: Callable[[], frozenset[str]] = frozenset,
    patience_seconds: float = PATIENCE_SECONDS,
) -> Confirmation:
    """Return when the pauses are in force on every worker, and nothing is on its way any more.

    ``since`` is the moment (time.monotonic) that counts as the beginning. ``releasing`` returns the
    held messages that are being sent on just now; those that are when the pauses are on disk are
    waited for, too.
    """
    wanted = frozenset(ids)
    seen = _wait(state, since, patience_seconds, lambda worker: wanted <= _ids(worker, "pauses"))
    if not seen.is_done:
        return seen
    settled = _wait(state, since, SETTLE_SECONDS, lambda worker: wanted <= _ids(worker, "settled"))
    if not settled.is_done or not _are_released(releasing):
        return seen
    return Confirmation(seen.done, seen.workers, seen.seconds, time.monotonic() - since)


def _are_released(releasing: Callable[[], frozenset[str]]) -> bool:
    """Return whether the releases that have begun by now came to their end in time."""
    deadline = time.monotonic() + SETTLE_SECONDS
    try:
        left = releasing()
        while left and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
            left &= releasing()
    except StoreError:
        return False
    return not left


def wait_until_resumed(
    state: Path, ids: Iterable[str], since: float, *, patience_seconds: float = PATIENCE_SECONDS
) -> Confirmation:
    """Return when the pauses are in force on no worker."""
    ended = frozenset(ids)
    return _wait(state, since, patience_seconds, lambda w: not ended & _ids(w, "pauses"))


def _wait(
    state: Path,
    since: float,
    patience_seconds: float,
    is_done: Callable[[Mapping[str, Any]], bool],
) -> Confirmation:
    deadline = time.monotonic() + patience_seconds
    while True:
        try:
            workers = _workers(state)
        except OSError:
            return Confirmation(is_silent=True)
        done = sum(is_done(worker) for worker in workers)
        if not workers:
            return Confirmation()
        if done == len(workers):
            return Confirmation(done, len(workers), time.monotonic() - since)
        if time.monotonic() > deadline:
            return Confirmation(done, len(workers))
        time.sleep(POLL_SECONDS)


def _workers(state: Path) -> Sequence[Mapping[str, Any]]:
    """Return what the gate says of its workers that take messages; nothing when there is no gate.

    Raises OSError when there is one and it does not answer.
    """
    try:
        workers = ask(state, "status", PATIENCE_SECONDS).get("workers")
    except (FileNotFoundError, ConnectionRefusedError):
        return ()
    except ValueError as exc:
        raise OSError("half an answer") from exc
    if not isinstance(workers, list):
        raise OSError("no answer")
    # One that is starting reads the pauses before it takes its first message.
    return [worker for worker in workers if worker["ready"]] or workers


def _ids(worker: Mapping[str, Any], key: str) -> frozenset[str]:
    return frozenset(worker.get(key) or ())


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)
