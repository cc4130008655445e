"""One thread a process that commits everything which is waiting in one transaction.

A sync costs the same for one row as for fifty, so whoever comes while one commit runs shares the
next (group commit). A request is answered only after the commit it was in has returned.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import Table

from filter.quarantine.database import Database, RowRefused
from filter.quarantine.item import StoreError
from filter.quarantine.rows import Values

log = logging.getLogger("sallyport.quarantine")

# Requests and bytes that may wait in memory; past these the store says no and clients keep theirs.
MAX_WAITING = 5000
MAX_WAITING_BYTES = 256 * 1024 * 1024
# One transaction: large enough to share a sync, small enough not to keep other processes waiting.
MAX_BATCH = 500
MAX_BATCH_BYTES = 32 * 1024 * 1024
# Notes that nobody waits for: so many are kept while the store is in trouble, the oldest go first.
MAX_NOTES = 20_000
# Of those that weigh something; past this they are not kept, as nobody relies on them.
MAX_NOTES_BYTES = 16 * 1024 * 1024
# Notes wait this long, or until they are so many, for a commit that is needed anyway: by twos and
# threes they would make every commit one of several statements, and dirty twice the pages.
NOTE_SECONDS = 0.1
ENOUGH_NOTES = 32
# After trouble, notes are tried again at this interval.
RETRY_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Write:
    """Rows that are kept together or not at all, and how many bytes they weigh."""

    rows: Sequence[tuple[Table, Values]]
    purpose: str
    weight_bytes: int = 0


@dataclass(slots=True, eq=False)
class _Waiting:
    write: Write
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[None]
    is_withdrawn: bool = field(default=False)


class Writer:
    """Takes writes from any event loop; its thread starts with the first of them."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._wake = threading.Condition()
        self._waiting: deque[_Waiting] = deque()
        self._waiting_bytes = 0
        self._notes: deque[Write] = deque()
        self._notes_bytes = 0
        self._notes_due = 0.0
        self._lost_notes = 0
        self._is_closing = False
        self._thread: threading.Thread | None = None

    async def write(self, write: Write, timeout_seconds: float) -> None:
        """Return when the write is on disk. Raises StoreError when that is not certain."""
        loop = asyncio.get_running_loop()
        waiting = _Waiting(write, loop, loop.create_future())
        self._submit(waiting)
        try:
            async with asyncio.timeout(timeout_seconds):
                await waiting.future
        except TimeoutError as exc:
            raise StoreError(f"cannot {write.purpose}: no answer in {timeout_seconds:g} s") from exc
        finally:
            waiting.is_withdrawn = True

    def note(self, write: Write) -> None:
        """Keep the write soon. Never raises: what it is about has already happened."""
        with self._wake:
            if write.weight_bytes and (
                self._is_closing or self._notes_bytes + write.weight_bytes > MAX_NOTES_BYTES
            ):
                return
            if self._is_closing or len(self._notes) >= MAX_NOTES:
                self._lost_notes += 1
                if self._lost_notes == 1:
                    log.error("store cannot keep up: outcomes of decisions are being lost")
                if self._is_closing:
                    return
                self._notes_bytes -= self._notes.popleft().weight_bytes
            if not self._notes:
                self._notes_due = time.monotonic() + NOTE_SECONDS
            self._notes.append(write)
            self._notes_bytes += write.weight_bytes
            if len(self._notes) == 1:
                self._wake.notify()
            try:
                self._start()
            except StoreError as exc:
                log.error("outcome waits: %s", exc)  # noqa: TRY400 - says it all

    def close(self, timeout_seconds: float) -> None:
        """Write what is waiting, then end the thread. What comes later is refused."""
        with self._wake:
            self._is_closing = True
            self._wake.notify()
            thread = self._thread
        if thread is not None:
            thread.join(timeout_seconds)
            if thread.is_alive():
                log.error("store did not finish writing in %g s", timeout_seconds)

    def _submit(self, waiting: _Waiting) -> None:
        write = waiting.write
        with self._wake:
            if self._is_closing:
                raise StoreError(f"cannot {write.purpose}: the store is closing")
            is_full = self._waiting_bytes + write.weight_bytes > MAX_WAITING_BYTES
            if len(self._waiting) >= MAX_WAITING or (is_full and self._waiting):
                raise StoreError(f"cannot {write.purpose}: too much is waiting to be written")
            self._start()  # first: what is refused must not be written later
            self._waiting.append(waiting)
            self._waiting_bytes += write.weight_bytes
            self._wake.notify()

    def _start(self) -> None:
        if self._thread is not None and self._thread.is_alive():
            return
        thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        try:
            thread.start()
        except RuntimeError as exc:  # too many of them; the next write tries again
            raise StoreError(f"cannot write: {exc}") from exc
        self._thread = thread

    # --- in the thread

    def _run(self) -> None:
        while True:
            taken = self._take()
            if taken is None:
                return
            batch, notes = taken
            try:
                self._commit(batch, notes)
            except Exception as exc:
                # The thread must live, and whoever waits must hear no: anything else would hang
                # every message of this process.
                log.exception("store writer failed")
                _answer(batch, StoreError(f"cannot write: {type(exc).__name__}"))

    def _take(self) -> tuple[list[_Waiting], list[Write]] | None:
        """Return what to commit next, or None when all is written and the writer is closing."""
        with self._wake:
            while not self._is_due():
                if self._is_closing and not self._notes:
                    return None
                self._wake.wait(self._patience())
            batch: list[_Waiting] = []
            weight = 0
            while self._waiting and len(batch) < MAX_BATCH:
                weight += self._waiting[0].write.weight_bytes
                if batch and weight > MAX_BATCH_BYTES:
                    break
                waiting = self._waiting.popleft()
                self._waiting_bytes -= waiting.write.weight_bytes
                if not waiting.is_withdrawn:
                    batch.append(waiting)
            return batch, self._take_notes()

    def _take_notes(self) -> list[Write]:
        if len(self._notes) < ENOUGH_NOTES and not self._has_late_notes():
            return []
        self._notes_due = time.monotonic() + NOTE_SECONDS
        taken = [self._notes.popleft() for _ in range(min(len(self._notes), MAX_BATCH))]
        self._notes_bytes -= sum(note.weight_bytes for note in taken)
        return taken

    def _is_due(self) -> bool:
        return bool(self._waiting) or self._has_late_notes()

    def _has_late_notes(self) -> bool:
        return bool(self._notes) and (self._is_closing or time.monotonic() >= self._notes_due)

    def _patience(self) -> float | None:
        return max(0.0, self._notes_due - time.monotonic()) if self._notes else None

    def _commit(self, batch: list[_Waiting], notes: list[Write]) -> None:
        try:
            self._keep([*(waiting.write for waiting in batch), *notes])
        except RowRefused:
            # One bad row must not cost the others of its batch their place.
            for waiting in batch:
                _answer([waiting], self._trouble_with(waiting.write))
            for note in notes:
                trouble = self._trouble_with(note)
                if trouble is not None:
                    log.error("note lost: %s", trouble)  # noqa: TRY400 - its own trouble, not the batch's
        except StoreError as exc:
            self._put_back(notes)
            _answer(batch, exc)
        else:
            _answer(batch, None)

    def _trouble_with(self, write: Write) -> StoreError | None:
        try:
            self._keep([write])
        except StoreError as exc:
            return exc
        return None

    def _keep(self, writes: Sequence[Write]) -> None:
        rows: dict[Table, list[Values]] = {}
        for write in writes:
            for table, row in write.rows:
                rows.setdefault(table, []).append(row)
        if rows:
            self._database.append(rows, writes[0].purpose)

    def _put_back(self, notes: list[Write]) -> None:
        with self._wake:
            if self._is_closing:
                if notes:
                    log.error("store in trouble at the stop: outcomes lost=%d", len(notes))
                return
            self._notes.extendleft(reversed(notes))
            self._notes_bytes += sum(note.weight_bytes for note in notes)
            self._notes_due = time.monotonic() + RETRY_SECONDS


def _answer(batch: Sequence[_Waiting], trouble: StoreError | None) -> None:
    """Resolve futures on their own loops, with one wake-up a loop."""
    for loop in {waiting.loop for waiting in batch}:
        mine = [waiting.future for waiting in batch if waiting.loop is loop]
        with contextlib.suppress(RuntimeError):  # the loop has ended, and its waiters with it
            loop.call_soon_threadsafe(_resolve, mine, trouble)


def _resolve(futures: Sequence[asyncio.Future[None]], trouble: StoreError | None) -> None:
    for future in futures:
        if future.done():
            continue
        if trouble is None:
            future.set_result(None)
        else:
            future.set_exception(StoreError(str(trouble)))
