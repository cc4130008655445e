"""Deletes what has expired, a little at a time: nobody waits for it, and the file does not grow."""

from __future__ import annotations

import sqlite3

# One step looks at so many rows. It is due after half as many charges' worth of rows.
STEP_ROWS = 256
CHARGES_A_STEP = 32
BY_TIME = (
    ("tracks", "reference", "expires"),
    ("names", "id", "expires"),
    ("claims", "key", "expires"),
    ("uses", "key", "expires"),
    ("floods", "key", "last + 3600000000"),
)


class Sweeper:
    """Walks through the keys of one file, round and round. Times in µs."""

    def __init__(self) -> None:
        self._charges = 0
        self._after = b""
        self._turn = 0

    def sweep(self, connection: sqlite3.Connection, now: int, charges: int) -> None:
        """Do a step when one is due."""
        self._charges += charges
        if self._charges < CHARGES_A_STEP:
            return
        self._charges = 0
        self._sweep_meters(connection, now)
        self._turn = (self._turn + 1) % len(BY_TIME)
        table, key, expires = BY_TIME[self._turn]
        connection.execute(
            f"DELETE FROM {table} WHERE {key} IN"  # noqa: S608
            f" (SELECT {key} FROM {table} WHERE {expires} <= ? LIMIT ?)",
            (now, STEP_ROWS),
        )

    def _sweep_meters(self, connection: sqlite3.Connection, now: int) -> None:
        rows = connection.execute(
            "SELECT key, expires FROM meters WHERE key > ? ORDER BY key LIMIT ?",
            (self._after, STEP_ROWS),
        ).fetchall()
        self._after = rows[-1][0] if len(rows) == STEP_ROWS else b""
        for key, expires in rows:
            if expires <= now:
                connection.execute("DELETE FROM members WHERE key = ?", (key,))
                connection.execute("DELETE FROM meters WHERE key = ?", (key,))
