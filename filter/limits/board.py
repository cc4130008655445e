"""Which pauses are in force, in the memory of each process: never more than a moment old."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Protocol

from filter.limits.pause import Pause
from filter.quarantine.item import StoreError
from filter.subject import Scope

log = logging.getLogger("sallyport.pauses")

# A pause has to be in force everywhere within a second; one look is a tiny SELECT.
REFRESH_SECONDS = 0.2
# Our thread may be inside a read that waits for a lock; it is a daemon, nobody waits for long.
STOP_SECONDS = 2.0
# Silence is not consent: as long as nobody knows what is paused, messages stay with their clients.
UNREAD = Pause(
    id="p_unread",
    scope=Scope(),
    reason="the pauses have not been read from the store yet",
    by="the gate",
    since=datetime(1970, 1, 1, tzinfo=UTC),
    drops=True,
)


class Readable(Protocol):
    """What the board looks at: the reading half of a PauseShelf."""

    def pauses(self, now: datetime) -> Sequence[Pause]:
        """Return the pauses in force. Raises StoreError."""
        ...


class PauseBoard:
    """Reads the pauses again and again in a thread of its own; asking it only looks at memory.

    While the store cannot be read the last known pauses stay in force. ``on_change`` is called in
    that thread with the pauses in force, at the start and whenever they are others than before.
    """

    def __init__(
        self,
        shelf: Readable,
        *,
        on_change: Callable[[tuple[Pause, ...]], None] = lambda _pauses: None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        refresh_seconds: float = REFRESH_SECONDS,
    ) -> None:
        self._shelf = shelf
        self._on_change = on_change
        self._clock = clock
        self._refresh_seconds = refresh_seconds
        self._known: tuple[Pause, ...] = (UNREAD,)
        self._told: tuple[Pause, ...] | None = None
        self._is_away = False
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def pauses(self) -> tuple[Pause, ...]:
        """Return the pauses in force now, oldest first. Does not wait."""
        known = self._known
        if not known:  # nearly always, and asked for every message
            return known
        now = self._clock()
        return tuple(pause for pause in known if not pause.is_over(now))

    def start(self) -> None:
        """Read for the first time, then keep reading; call it off the loop.

        When the store cannot be read yet, everything is paused (UNREAD) until it can.
        """
        self.refresh()
        self._thread = threading.Thread(target=self._run, name="pause-board", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Read no more; call it off the loop."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(STOP_SECONDS)

    def refresh(self) -> None:
        """Read once. Never raises; call it off the loop."""
        try:
            self._known = tuple(self._shelf.pauses(self._clock()))
        except StoreError as exc:
            self._note_away(exc)
        except Exception as exc:  # the thread must live: without it no pause would ever come
            self._note_away(exc)
            log.exception("pauses not read")
        else:
            if self._is_away:
                log.warning("pauses are read again")
            self._is_away = False
        self._tell()

    def _run(self) -> None:
        while not self._stopping.wait(self._refresh_seconds):
            self.refresh()

    def _note_away(self, trouble: Exception) -> None:
        if not self._is_away:
            log.error("pauses cannot be read, the last known stay in force: %s", trouble)
        self._is_away = True

    def _tell(self) -> None:
        in_force = self.pauses()
        if in_force == self._told:
            return
        self._told = in_force
        try:
            self._on_change(in_force)
        except Exception:
            log.exception("change of pauses not told")
