"""Is the limit store there? A store that fails is not asked again before it answers a probe."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from filter.limits.interface import (
    Charge,
    Charged,
    Claim,
    FloodMark,
    LimitStore,
    LimitStoreAway,
    Meter,
    QuestionRefused,
    Reading,
    Signal,
    UseRate,
)

log = logging.getLogger("sallyport.limits")

T = TypeVar("T")
# While it is away: how soon it is noticed that it is back. While it is there and nobody asks: how
# soon it is noticed that it is away.
PROBE_SECONDS = 0.5
HEARTBEAT_SECONDS = 5.0


def _ignore_change(is_away: bool, reason: str) -> None:  # noqa: FBT001 - the caller's words
    del is_away, reason


def _ignore_error(reason: str) -> None:
    del reason


class Watchful:
    """A LimitStore that never makes a message wait for a dead one.

    Each question has ``patience_seconds``. The first that fails makes the store away: from then on
    every question raises LimitStoreAway at once, and a task in the background pings until an answer
    comes. A question that is refused for its own sake (QuestionRefused) makes nothing away.
    ``on_change(is_away, reason)`` is called once a change, ``on_error(reason)`` for every question
    that was not answered; both in the event loop, neither may block.
    """

    def __init__(
        self,
        store: LimitStore,
        *,
        patience_seconds: float,
        on_change: Callable[[bool, str], None] = _ignore_change,
        on_error: Callable[[str], None] = _ignore_error,
        probe_seconds: float = PROBE_SECONDS,
        heartbeat_seconds: float = HEARTBEAT_SECONDS,
    ) -> None:
        self._store = store
        self._patience = patience_seconds
        self._on_change = on_change
        self._on_error = on_error
        self._probe_seconds = probe_seconds
        self._heartbeat_seconds = heartbeat_seconds
        self._reason = ""
        self._since: float | None = None
        self._changes = 0
        self._wake = asyncio.Event()
        self._watch: asyncio.Task[None] | None = None
        self._is_closed = False

    @property
    def is_away(self) -> bool:
        """Whether questions fail at once."""
        return self._since is not None

    @property
    def since(self) -> float | None:
        """When it went away, seconds since 1970; None while it is there."""
        return self._since

    @property
    def reason(self) -> str:
        """Why it is away, for people; "" while it is there."""
        return self._reason

    async def charge(self, charge: Charge) -> Charged:
        """As LimitStore."""
        return await self._ask(lambda: self._store.charge(charge))

    async def give_back(self, charge: Charge, charged: Charged) -> None:
        """As LimitStore."""
        await self._ask(lambda: self._store.give_back(charge, charged))

    async def report(self, reference: bytes, signal: Signal) -> bool:
        """As LimitStore."""
        return await self._ask(lambda: self._store.report(reference, signal))

    async def tracked(self, reference: bytes) -> str:
        """As LimitStore."""
        return await self._ask(lambda: self._store.tracked(reference))

    async def track(self, reference: bytes, also: bytes) -> bool:
        """As LimitStore."""
        return await self._ask(lambda: self._store.track(reference, also))

    async def claim(self, key: bytes, transaction_id: str, seconds: float) -> Claim:
        """As LimitStore."""
        return await self._ask(lambda: self._store.claim(key, transaction_id, seconds))

    async def settle_claim(self, key: bytes, transaction_id: str, answer: bytes | None) -> None:
        """As LimitStore."""
        await self._ask(lambda: self._store.settle_claim(key, transaction_id, answer))

    async def peek(self, meters: Sequence[Meter]) -> Sequence[Reading]:
        """As LimitStore."""
        return await self._ask(lambda: self._store.peek(meters))

    async def reset(self, meters: Sequence[Meter]) -> None:
        """As LimitStore."""
        await self._ask(lambda: self._store.reset(meters))

    async def floods(self) -> Sequence[FloodMark]:
        """As LimitStore."""
        return await self._ask(self._store.floods)

    async def use_rates(self) -> Sequence[UseRate]:
        """As LimitStore."""
        return await self._ask(self._store.use_rates)

    async def ping(self) -> None:
        """As LimitStore; begins to watch, so that a store that is away at the start is noticed."""
        await self._ask(self._store.ping)

    async def close(self) -> None:
        """Stop watching, then let go of the store. Nothing is asked afterwards."""
        self._is_closed = True
        if self._watch is not None:
            self._watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watch
        await self._store.close()

    async def _ask(self, question: Callable[[], Awaitable[T]]) -> T:
        if self._is_closed:
            raise LimitStoreAway("the limit store is closed")
        if self._watch is None:
            self._watch = asyncio.create_task(self._keep_watch(), name="limit store watch")
        if self.is_away:
            self._on_error(self._reason)
            raise LimitStoreAway(self._reason)
        began = self._changes
        try:
            async with asyncio.timeout(self._patience):
                return await question()
        except TimeoutError as exc:
            reason = f"no answer within {self._patience:g} s"
            self._lose(reason, began)
            raise LimitStoreAway(reason) from exc
        except QuestionRefused as exc:
            log.error("limits not counted: %s", exc)  # noqa: TRY400 - says it all
            self._on_error(str(exc))
            raise
        except LimitStoreAway as exc:
            self._lose(str(exc), began)
            raise

    def _lose(self, reason: str, began: int) -> None:
        self._on_error(reason)
        # Of many questions that fail together the first tells; one from before it came back is old.
        if self._changes == began:
            self._change(time.time(), reason)
            self._wake.set()

    def _change(self, since: float | None, reason: str) -> None:
        self._since, self._reason = since, reason
        self._changes += 1
        self._on_change(since is not None, reason)

    async def _keep_watch(self) -> None:
        while True:
            await self._pause()
            try:
                await self._probe()
            except Exception:
                # Nothing may end this task: without it the store would be away for ever.
                log.exception("the probe of the limit store failed")

    async def _pause(self) -> None:
        """Wait for the next probe; the first one after a loss comes at once."""
        seconds = self._probe_seconds if self.is_away else self._heartbeat_seconds
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        self._wake.clear()

    async def _probe(self) -> None:
        began = self._changes
        try:
            async with asyncio.timeout(self._patience):
                await self._store.ping()
        except TimeoutError:
            self._miss(f"no answer within {self._patience:g} s", began)
        except LimitStoreAway as exc:
            self._miss(str(exc), began)
        else:
            if self.is_away:
                self._change(None, "")

    def _miss(self, reason: str, began: int) -> None:
        if self.is_away:
            self._reason = reason  # why it is still away: refused first, loading then
        elif self._changes == began:
            self._change(time.time(), reason)
