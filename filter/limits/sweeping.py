"""Deletes what has expired, in step with what is written: nobody waits, the file does not grow."""

from __future__ import annotations

import os
import sqlite3

from filter.limits.ledger import FLOOD_GAP

# A step is due after so many rows were written, and its work is a multiple of them: then what has
# expired is a part of what has not, however busy the gate is and however long the lists it sends.
ROWS_A_STEP = 256
# Pages are walked through: an index by time would cost every charge a third, as each moves the end
# of all its keys. Where four rows are seen for one that is written, a quarter has expired at most.
SEEN_A_ROW = 4
DELETED_A_ROW = 2
# Table, key, and what expires when; each has an index by that time.
BY_TIME = (
    ("tracks", "reference", "expires", 0),
    ("names", "id", "expires", 0),
    ("claims", "key", "expires", 0),
    ("uses", "key", "expires", 0),
    ("floods", "key", "last", FLOOD_GAP),
)


class Sweeper:
    """Walks through the keys of one file, round and round. Times in µs."""

    def __init__(self) -> None:
        self._changes = 0
        # Keys are digests: workers that begin anywhere are seldom at the same place.
        self._after = os.urandom(16)

    def sweep(self, connection: sqlite3.Connection, now: int) -> None:
        """Do a step when one is due, in the transaction that has written."""
        if connection.total_changes < self._changes:
            self._changes = 0  # the file was opened anew
        written = connection.total_changes - self._changes
        if written < ROWS_A_STEP:
            return
        self._sweep_meters(connection, now, written * SEEN_A_ROW)
        for table, key, time, span in BY_TIME:
            connection.execute(
                f"DELETE FROM {table} WHERE {key} IN"  # noqa: S608
                f" (SELECT {key} FROM {table} WHERE {time} <= ? LIMIT ?)",
                (now - span, written * DELETED_A_ROW),
            )
        self._changes = connection.total_changes

    def _sweep_meters(self, connection: sqlite3.Connection, now: int, rows: int) -> None:
        last = connection.execute(
            "SELECT key FROM meters WHERE key > ? ORDER BY key LIMIT 1 OFFSET ?",
            (self._after, rows - 1),
        ).fetchone()
        until, values = ("AND key <= ?", (last[0],)) if last else ("", ())
        gone = connection.execute(
            f"SELECT key FROM meters WHERE key > ? {until} AND expires <= ?",  # noqa: S608
            (self._after, *values, now),
        ).fetchall()
        connection.executemany("DELETE FROM members WHERE key = ?", gone)
        connection.executemany("DELETE FROM meters WHERE key = ?", gone)
        self._after = last[0] if last else b""
