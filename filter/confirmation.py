"""Has every worker of the running gate what was decided? Asked until all have, or time is up."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
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


# Returns which of these pauses each worker has: {"workers": [{"ready", "pauses", "settled"}]}.
# Raises FileNotFoundError when there is no gate, another OSError when it does not answer.
AskGate = Callable[[frozenset[str]], Awaitable[Mapping[str, Any]]]


def wait_until_paused(
    state: Path,
    ids: Iterable[str],
    since: float,
    *,
    releasing: Callable[[], frozenset[str]] = frozenset,
) -> Confirmation:
    """Return what confirm_paused() does of the gate on this state folder."""
    return asyncio.run(confirm_paused(_asking(state), ids, since, releasing=releasing))


def wait_until_resumed(state: Path, ids: Iterable[str], since: float) -> Confirmation:
    """Return what confirm_resumed() does of the gate on this state folder."""
    return asyncio.run(confirm_resumed(_asking(state), ids, since))


async def confirm_paused(
    ask_gate: AskGate,
    ids: Iterable[str],
    since: float,
    *,
    releasing: Callable[[], frozenset[str]] = frozenset,
) -> Confirmation:
    """Return when the pauses are in force on every worker, and nothing is on its way any more.

    ``since`` is the moment (time.monotonic) that counts as the beginning. ``releasing`` returns the
    held messages that are being sent on just now, by any process; those that are when the pauses
    are on disk are waited for, too, and without a gate they are all there is to wait for.
    """
    wanted = frozenset(ids)
    seen = await _wait(ask_gate, wanted, since, PATIENCE_SECONDS, lambda w: wanted <= w["pauses"])
    if seen.is_running:
        if not seen.is_done:
            return seen
        settled = await _wait(
            ask_gate, wanted, since, SETTLE_SECONDS, lambda w: wanted <= w["settled"]
        )
        if not settled.is_done:
            return seen
    if not await _are_released(releasing):
        return seen
    return replace(seen, settled_seconds=time.monotonic() - since)


async def confirm_resumed(ask_gate: AskGate, ids: Iterable[str], since: float) -> Confirmation:
    """Return when the pauses are in force on no worker."""
    ended = frozenset(ids)
    return await _wait(ask_gate, ended, since, PATIENCE_SECONDS, lambda w: not ended & w["pauses"])


async def _are_released(releasing: Callable[[], frozenset[str]]) -> bool:
    """Return whether the releases that have begun by now came to their end in time."""
    deadline = time.monotonic() + SETTLE_SECONDS
    try:
        left = await asyncio.to_thread(releasing)
        while left and time.monotonic() < deadline:
            await asyncio.sleep(POLL_SECONDS)
            left &= await asyncio.to_thread(releasing)
    except StoreError:
        return False
    return not left


async def _wait(
    ask_gate: AskGate,
    ids: frozenset[str],
    since: float,
    patience_seconds: float,
    is_done: Callable[[Mapping[str, frozenset[str]]], bool],
) -> Confirmation:
    deadline = time.monotonic() + patience_seconds
    while True:
        try:
            workers = _workers(await ask_gate(ids))
        except (FileNotFoundError, ConnectionRefusedError):
            return Confirmation()
        except OSError:
            return Confirmation(is_silent=True)
        done = sum(is_done(worker) for worker in workers)
        if not workers:
            return Confirmation()
        if done == len(workers):
            return Confirmation(done, len(workers), time.monotonic() - since)
        if time.monotonic() > deadline:
            return Confirmation(done, len(workers))
        await asyncio.sleep(POLL_SECONDS)


def _asking(state: Path) -> AskGate:
    async def ask_gate(ids: frozenset[str]) -> Mapping[str, Any]:
        try:
            return ask(state, " ".join(["pauses", *sorted(ids)]), PATIENCE_SECONDS)
        except ValueError as exc:
            raise OSError("half an answer") from exc

    return ask_gate


def _workers(answer: Mapping[str, Any]) -> Sequence[Mapping[str, frozenset[str]]]:
    """Return what the workers have that take messages. Raises OSError for what is no answer."""
    workers = answer.get("workers")
    if not isinstance(workers, list):
        raise OSError("no answer")
    # One that is starting reads the pauses before it takes its first message.
    asked = [worker for worker in workers if worker["ready"]] or workers
    return [{key: frozenset(worker[key]) for key in ("pauses", "settled")} for worker in asked]


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)
