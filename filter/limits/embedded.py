"""Limits counted in a file of the state folder: exact across all processes of one machine.

One thread a store takes everything that waits and does it in one transaction (group commit), so the
event loop never waits for the disk and a busy gate pays for few commits. docs/decisions/
limit-store.md says why this is SQLite.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple, TypeAlias, TypeVar

from filter.limits import ledger, tracks
from filter.limits.checkpoints import Checkpoints
from filter.limits.interface import (
    Charge,
    Charged,
    Claim,
    FloodMark,
    LimitStoreAway,
    Meter,
    QuestionRefused,
    Reading,
    Signal,
    UseRate,
)
from filter.limits.limitfile import LimitFile
from filter.limits.sqlbooks import SqlBooks
from filter.limits.sweeping import Sweeper

log = logging.getLogger("sallyport.limits")

T = TypeVar("T")
# Questions that may wait in memory; past this the store says no.
MAX_WAITING = 5000
# In one transaction: large enough to share a commit, small enough for other processes' turns.
MAX_BATCH = 200
# How long one question may take, waiting included. The settings' patience is shorter or longer; it
# is kept by who asks (filter/limits/watchful.py).
PATIENCE_SECONDS = 10.0
# How long other processes may keep the lock: a batch takes milliseconds.
BUSY_SECONDS = 5.0


def _wall_clock() -> int:
    return time.time_ns() // 1000


Work: TypeAlias = Callable[[sqlite3.Connection, SqlBooks], T]


class _Question(NamedTuple):
    """What to do, which meters it needs, and whom to tell. One that only reads is undone."""

    work: Work[Any]
    meters: Sequence[Meter]
    reads: bool
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]


class EmbeddedLimitStore:
    """A LimitStore in ``folder``; make one a process. Its thread starts with the first question.

    Without ``create`` the file must be there, but with ``looks`` for what only reads: there, no
    file has counted nothing. ``clock`` gives µs.
    """

    def __init__(
        self,
        folder: Path,
        *,
        create: bool = True,
        looks: bool = False,
        clock: Callable[[], int] = _wall_clock,
        patience_seconds: float = PATIENCE_SECONDS,
        busy_seconds: float = BUSY_SECONDS,
    ) -> None:
        self._file = LimitFile(folder, create=create, looks=looks, busy_seconds=busy_seconds)
        self._clock = clock
        self._patience = patience_seconds
        self._gathered: list[_Question] = []
        self._waiting = 0
        # Lists of questions for the thread; None ends it.
        self._questions: SimpleQueue[list[_Question] | None] = SimpleQueue()
        self._sweeper = Sweeper()
        self._checkpoints = Checkpoints(self._file.path)
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._is_closed = False

    async def charge(self, charge: Charge) -> Charged:
        """As LimitStore."""

        def work(connection: sqlite3.Connection, books: SqlBooks) -> Charged:
            charged = ledger.charge(books, charge)
            if charge.track is not None and charged.is_admitted:
                tracks.keep(connection, charge, books.now)
            return charged

        return await self._ask(work, charge.meters)

    async def give_back(self, charge: Charge, charged: Charged) -> None:
        """As LimitStore."""

        def work(connection: sqlite3.Connection, books: SqlBooks) -> None:
            ledger.take_back(books, charge, charged)
            if charge.track is not None and charged.is_admitted:
                tracks.forget(connection, books, charge.track, charged.at)

        await self._ask(work, charge.meters)

    async def report(self, reference: bytes, signal: Signal) -> bool:
        """As LimitStore."""
        return await self._ask(lambda c, books: tracks.report(c, books, reference, signal))

    async def tracked(self, reference: bytes) -> str:
        """As LimitStore."""
        return await self._ask(lambda c, books: tracks.id_of(c, reference, books.now), reads=True)

    async def track(self, reference: bytes, also: bytes) -> bool:
        """As LimitStore."""
        return await self._ask(lambda c, books: tracks.name(c, reference, also, books.now))

    async def claim(self, key: bytes, transaction_id: str, seconds: float) -> Claim:
        """As LimitStore."""
        return await self._ask(
            lambda c, books: tracks.claim(c, key, transaction_id, seconds, books.now)
        )

    async def settle_claim(self, key: bytes, transaction_id: str, answer: bytes | None) -> None:
        """As LimitStore."""
        await self._ask(lambda c, books: tracks.settle(c, key, transaction_id, answer, books.now))

    async def peek(self, meters: Sequence[Meter]) -> Sequence[Reading]:
        """As LimitStore."""
        return await self._ask(lambda _, books: ledger.peek(books, meters), meters, reads=True)

    async def reset(self, meters: Sequence[Meter]) -> None:
        """As LimitStore."""
        await self._ask(lambda _, books: ledger.reset(books, meters), meters)

    async def floods(self) -> Sequence[FloodMark]:
        """As LimitStore."""
        return await self._ask(lambda c, books: tracks.floods(c, books.now), reads=True)

    async def use_rates(self) -> Sequence[UseRate]:
        """As LimitStore."""
        return await self._ask(tracks.use_rates, reads=True)

    async def ping(self) -> None:
        """As LimitStore."""
        await self._ask(lambda c, books: tracks.ping(c, books.now))

    async def close(self) -> None:
        """As LimitStore. What waits is still done; what comes later is refused."""
        self._hand_over()
        with self._lock:
            self._is_closed = True
            thread, self._thread = self._thread, None
            self._questions.put(None)
        if thread is not None:
            await asyncio.to_thread(thread.join, self._patience)
            if thread.is_alive():
                log.error("limit store did not end in %g s", self._patience)

    async def _ask(self, work: Work[T], meters: Sequence[Meter] = (), *, reads: bool = False) -> T:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._submit(_Question(work, meters, reads, loop, future))
        try:
            async with asyncio.timeout(self._patience):
                return await future
        except TimeoutError as exc:
            raise LimitStoreAway(f"no answer in {self._patience:g} s") from exc
        finally:
            self._waiting -= 1

    def _submit(self, question: _Question) -> None:
        if self._thread is None or not self._thread.is_alive():
            self._start()
        if self._waiting >= MAX_WAITING:
            raise LimitStoreAway("too much is waiting to be counted")
        self._waiting += 1
        # All that is asked in one turn of the loop is handed over together: the thread wakes up
        # once, instead of taking the first alone while the others gather.
        if not self._gathered or self._gathered[-1].loop is not question.loop:
            question.loop.call_soon(self._hand_over)
        self._gathered.append(question)

    def _hand_over(self) -> None:
        gathered, self._gathered = self._gathered, []
        if gathered:
            self._questions.put(gathered)

    def _start(self) -> None:
        with self._lock:
            if self._is_closed:
                raise LimitStoreAway("the limit store is closed")
            thread = threading.Thread(target=self._run, name="limit-store", daemon=True)
            try:
                thread.start()
            except RuntimeError as exc:  # too many of them; the next question tries again
                raise LimitStoreAway(f"cannot count: {exc}") from exc
            self._thread = thread

    # --- in the thread

    def _run(self) -> None:
        is_open = True
        while is_open:
            taken, is_open = self._take()
            for first in range(0, len(taken), MAX_BATCH):
                self._answer(taken[first : first + MAX_BATCH])
            self._checkpoints.note(len(taken))
        self._checkpoints.close()
        self._file.close()

    def _take(self) -> tuple[list[_Question], bool]:
        """Return what waits, and whether more may come."""
        taken: list[_Question] = []
        with contextlib.suppress(Empty):
            more = self._questions.get()
            while more is not None:
                taken += more
                if len(taken) >= MAX_BATCH:
                    return taken, True
                more = self._questions.get_nowait()
            return taken, False
        return taken, True

    def _answer(self, batch: Sequence[_Question]) -> None:
        """Do what writes in one transaction, and what reads in another that is undone."""
        answers: list[tuple[_Question, object]] = []
        for reads in (False, True):
            some = [question for question in batch if question.reads is reads]
            if some:
                answers += self._do(some, reads=reads)
        _tell(answers)

    def _do(self, batch: Sequence[_Question], *, reads: bool) -> list[tuple[_Question, object]]:
        transaction = self._file.reading if reads else self._file.writing
        try:
            with transaction("count") as connection:
                books = SqlBooks(connection, self._clock())
                books.open([meter for question in batch for meter in question.meters])
                done = [
                    (question, question.work(connection, books))
                    for question in batch
                    # Who has gone away was told that it is not known; better not to count it.
                    if not question.future.cancelled()
                ]
                if not reads:
                    books.store()
                    self._sweeper.sweep(connection, books.now)
        except LimitStoreAway as exc:
            return [(question, exc) for question in batch]
        except Exception as exc:
            # The thread must live, and whoever waits must hear no: else every message would hang.
            if len(batch) > 1:
                # One bad question must not cost the others of its batch their answer.
                return [pair for question in batch for pair in self._do([question], reads=reads)]
            log.exception("limit store failed")
            why = str(exc) if isinstance(exc, ValueError) else type(exc).__name__
            return [(batch[0], QuestionRefused(f"cannot count: {why}"))]
        return done


def _tell(answers: Iterable[tuple[_Question, object]]) -> None:
    """Resolve futures on their own loops, with one wake-up a loop."""
    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[Any], object]]] = {}
    for question, answer in answers:
        by_loop.setdefault(question.loop, []).append((question.future, answer))
    for loop, mine in by_loop.items():
        with contextlib.suppress(RuntimeError):  # the loop has ended, and its waiters with it
            loop.call_soon_threadsafe(_resolve, mine)


def _resolve(answers: Iterable[tuple[asyncio.Future[Any], object]]) -> None:
    for future, answer in answers:
        if future.done():
            continue
        if isinstance(answer, LimitStoreAway):
            future.set_exception(type(answer)(str(answer)))
        else:
            future.set_result(answer)
