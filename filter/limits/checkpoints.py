"""Moves what is in the write-ahead log to its place in the file, beside the thread that counts.

SQLite would do it at the end of some commit, with two syncs of the disk, and on a slow disk every
message of this process would wait for them. A thread of its own can wait; what it has not yet done
when the log is long is little, and that little is done by the commit (``wal_autocheckpoint``).
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import threading
from pathlib import Path

from filter.limits.limitfile import address_of

log = logging.getLogger("sallyport.limits")

# A charge of ten meters dirties about ten pages; the commit would begin at 4000.
CHARGES_A_CHECKPOINT = 200


class Checkpoints:
    """Starts its thread with the first checkpoint that is due. ``note`` is for one thread.

    It raises nothing: without checkpoints commits take longer, without who counts all would end.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._charges = 0
        self._due = threading.Event()
        self._is_closing = False
        self._thread: threading.Thread | None = None

    def note(self, charges: int) -> None:
        """Count charges that were committed."""
        self._charges += charges
        if self._charges < CHARGES_A_CHECKPOINT:
            return
        self._charges = 0
        self._due.set()
        if self._thread is None or not self._thread.is_alive():
            self._start()

    def close(self) -> None:
        """End the thread, after the checkpoint that runs now."""
        self._is_closing = True
        self._due.set()
        if self._thread is not None:
            self._thread.join()

    def _start(self) -> None:
        thread = threading.Thread(target=self._run, name="limit-log", daemon=True)
        try:
            thread.start()
        except RuntimeError as exc:  # too many of them; the next that is due tries again
            log.debug("no checkpoint of %s: %s", self._path.name, exc)
        else:
            self._thread = thread

    def _run(self) -> None:
        while not self._is_closing:
            self._due.wait()
            self._due.clear()
            if not self._is_closing:
                try:
                    self._checkpoint()
                except sqlite3.Error as exc:
                    # Nothing is lost by it; who counts will find the same trouble and say so.
                    log.debug("no checkpoint of %s: %s", self._path.name, exc)

    def _checkpoint(self) -> None:
        # A new connection each time: the file may have been replaced since.
        connection = sqlite3.connect(address_of(self._path), uri=True, timeout=0)
        with contextlib.closing(connection):
            connection.execute("PRAGMA synchronous=NORMAL")
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
