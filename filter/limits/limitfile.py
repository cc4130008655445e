"""The SQLite file of the embedded limit store: opened safely, used in transactions.

POSIX drops all locks that a process has on a file when any of its descriptors is closed, so nothing
in this process may open the file but SQLite (its "How To Corrupt An SQLite Database File", section
2.2). A deleted file can be written to happily: before a commit counts, the names on disk must still
be the files that are open.
"""

from __future__ import annotations

import contextlib
import os
import random
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from filter.limits.interface import LimitStoreAway

FILE_NAME = "limits.db"
# "SpLm": tells our file from anybody's.
APPLICATION_ID = 0x53704C6D
SCHEMA = 1
# SQLite's own busy handler soon sleeps 100 ms at a time: too long when a turn takes 1 ms.
FIRST_NAP_SECONDS = 0.0002
LONGEST_NAP_SECONDS = 0.001
KEPT_STATEMENTS = 256
PRAGMAS = (
    # Counts of the last moments may go with the power, nothing else; kill -9 loses nothing.
    "PRAGMA synchronous=NORMAL",
    "PRAGMA cache_size=-16384",  # KiB: keys are digests, so any page may be next
    # 16 MB: filter/limits/checkpoints.py comes before, so that little is left for a commit to do.
    "PRAGMA wal_autocheckpoint=4000",
    "PRAGMA journal_size_limit=33554432",
    "PRAGMA temp_store=MEMORY",
)
# In `meters` one row is one key: filter/limits/ledger.py Page, and a summary of its members.
TABLES = f"""
    CREATE TABLE meters (
        key BLOB PRIMARY KEY, expires INTEGER NOT NULL, page BLOB NOT NULL,
        members INTEGER NOT NULL, oldest INTEGER NOT NULL, newest INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE members (
        key BLOB, member INTEGER, until INTEGER NOT NULL, charges INTEGER NOT NULL,
        PRIMARY KEY (key, member)
    ) WITHOUT ROWID;
    CREATE INDEX members_by_time ON members (key, until);
    CREATE TABLE floods (
        key BLOB PRIMARY KEY, rule TEXT NOT NULL, label TEXT NOT NULL,
        since INTEGER NOT NULL, last INTEGER NOT NULL, attempts INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX floods_by_time ON floods (last);
    CREATE TABLE uses (
        key BLOB PRIMARY KEY, rule TEXT NOT NULL, label TEXT NOT NULL, slice INTEGER NOT NULL,
        length INTEGER NOT NULL, memory INTEGER NOT NULL, expires INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX uses_by_time ON uses (expires);
    CREATE TABLE tracks (
        reference BLOB PRIMARY KEY, at INTEGER NOT NULL, expires INTEGER NOT NULL,
        transaction_id TEXT NOT NULL, reported TEXT NOT NULL, uses TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX tracks_by_time ON tracks (expires);
    CREATE TABLE names (
        id INTEGER PRIMARY KEY, reference BLOB NOT NULL, track BLOB NOT NULL,
        expires INTEGER NOT NULL
    );
    CREATE INDEX names_by_reference ON names (reference);
    CREATE INDEX names_by_time ON names (expires);
    CREATE TABLE claims (
        key BLOB PRIMARY KEY, transaction_id TEXT NOT NULL, at INTEGER NOT NULL,
        expires INTEGER NOT NULL, answer BLOB
    ) WITHOUT ROWID;
    CREATE INDEX claims_by_time ON claims (expires);
    CREATE TABLE pings (id INTEGER PRIMARY KEY, at INTEGER NOT NULL);
    PRAGMA user_version={SCHEMA};
    PRAGMA application_id={APPLICATION_ID}
"""
DAMAGED = "stop the gate and move it away, with its -wal and -shm; limits then count from nothing"
# What SQLite raises for a row that it cannot take.
ABOUT_ROWS = (sqlite3.IntegrityError, sqlite3.DataError, sqlite3.ProgrammingError)
REMEDIES = {
    "locked": "another process has held the lock for too long; look for one that is stopped",
    "full": "free some space; limits go on by themselves",
    "readonly": "make the folder and its files writable for this user",
    "malformed": DAMAGED,
    "not a database": DAMAGED,
}


class LimitFile:
    """Opened when first needed, and again after trouble. For one thread.

    Once it has been open, a file that vanished is not created anew: an accident is to be seen.
    """

    def __init__(
        self, folder: Path, *, create: bool, looks: bool = False, busy_seconds: float
    ) -> None:
        self.path = folder / FILE_NAME
        self._folder = folder
        self._busy_seconds = busy_seconds
        self._names = tuple(str(folder / f"{FILE_NAME}{end}") for end in ("", "-wal", "-shm"))
        self._may_create = create
        self._looks = looks
        self._connection: sqlite3.Connection | None = None
        self._identity: tuple[tuple[int, int], ...] = ()
        self._process = 0

    @staticmethod
    def is_in(folder: Path) -> bool:
        """Return whether there is one in this folder."""
        return (folder / FILE_NAME).exists()

    @contextlib.contextmanager
    def writing(self, purpose: str) -> Iterator[sqlite3.Connection]:
        """Give a connection that has the write lock; a good end commits.

        Raises LimitStoreAway for trouble of the file, and then it is not known what counts.
        """
        with self._translating(purpose):
            connection = self._open()
            self._patiently(connection, "BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    connection.rollback()
            if self._look() != self._identity:
                raise OSError("its files were removed or replaced while it was in use")

    @contextlib.contextmanager
    def reading(self, purpose: str) -> Iterator[sqlite3.Connection]:
        """Give a connection whose changes are all undone at the end. Raises LimitStoreAway.

        For one who ``looks``, a file that is not there is an empty one, in memory.
        """
        with self._translating(purpose):
            if self._looks and not self.path.exists():
                with contextlib.closing(sqlite3.connect(":memory:")) as nothing:
                    nothing.executescript(TABLES)
                    yield nothing
                return
            connection = self._open()
            self._patiently(connection, "BEGIN IMMEDIATE")
            try:
                yield connection
            finally:
                connection.rollback()

    def close(self) -> None:
        """Let go of the file; the next use opens it again."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(sqlite3.Error):
                connection.close()

    @contextlib.contextmanager
    def _translating(self, purpose: str) -> Iterator[None]:
        try:
            yield
        except ABOUT_ROWS:
            raise  # the file is sound, and what it was given is not
        except (sqlite3.Error, OSError) as exc:
            # On a full disk what is open goes on as soon as there is room.
            if _code(exc) not in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_FULL}:
                self.close()
            raise LimitStoreAway(f"cannot {purpose} in {self.path}: {_reason(exc)}") from exc

    def _open(self) -> sqlite3.Connection:
        if self._connection is not None and self._process != os.getpid():
            raise OSError("it was opened before a fork; make one store a process")
        if self._connection is not None and self._look() != self._identity:
            self.close()
        if self._connection is None:
            self._create_file()
            self._connection = self._connect()
            self._identity = self._look()
            self._may_create = False
            self._process = os.getpid()
        return self._connection

    def _create_file(self) -> None:
        if not self._may_create:
            if not self.path.exists():
                raise OSError(
                    "there is no such file (is `state` the right folder? put the file back, or"
                    " restart the gate: it then counts from nothing)"
                )
            return
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            # New, so SQLite has no lock on it yet.
            os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            address_of(self.path),
            uri=True,
            timeout=0,
            isolation_level=None,  # the driver is not to begin anything by itself
            check_same_thread=False,  # close() comes from another thread, after this one's end
            cached_statements=KEPT_STATEMENTS,
        )
        try:
            for pragma in PRAGMAS:
                self._patiently(connection, pragma)  # some look at the file, which may be locked
            mode = self._patiently(connection, "PRAGMA journal_mode=WAL")
            self._prepare(connection, str(mode))
        except BaseException:
            connection.close()
            raise
        return connection

    def _prepare(self, connection: sqlite3.Connection, mode: str) -> None:
        """Create the tables in an empty file; refuse a file that is not ours or is newer."""
        if mode != "wal":
            raise OSError(f"no write-ahead log can be kept in this folder (mode {mode})")
        self._patiently(connection, "BEGIN IMMEDIATE")
        try:
            if not _asked(connection, "SELECT count(*) FROM sqlite_schema"):
                for statement in TABLES.split(";"):
                    connection.execute(statement)
            if _asked(connection, "PRAGMA application_id") != APPLICATION_ID:
                raise OSError(f"it is not a limit store of Sallyport ({DAMAGED})")
            if _asked(connection, "PRAGMA user_version") != SCHEMA:
                raise OSError(f"another version of Sallyport wrote it ({DAMAGED})")
            connection.execute("COMMIT")
        finally:
            if connection.in_transaction:
                connection.rollback()

    def _patiently(self, connection: sqlite3.Connection, statement: str) -> object:
        """Execute a statement that waits for other processes, in short naps, and for so long."""
        deadline = time.monotonic() + self._busy_seconds
        nap = FIRST_NAP_SECONDS
        while True:
            try:
                return _asked(connection, statement)
            except sqlite3.OperationalError as exc:
                if _code(exc) != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                    raise
            time.sleep(nap * random.uniform(0.5, 1.0))  # noqa: S311 - to be out of step, not secret
            nap = min(nap * 1.5, LONGEST_NAP_SECONDS)

    def _look(self) -> tuple[tuple[int, int], ...]:
        """Return which files the names on disk are just now; a name without a file is (0, 0)."""
        found = []
        for name in self._names:
            try:
                status = os.stat(name)  # noqa: PTH116 - a third of the time, for every batch
            except FileNotFoundError:
                found.append((0, 0))
            else:
                found.append((status.st_dev, status.st_ino))
        return tuple(found)


def address_of(path: Path) -> str:
    """Return the file's name for SQLite; it must be there, SQLite itself must not create it."""
    return f"file:{quote(str(path))}?mode=rw"


def _asked(connection: sqlite3.Connection, statement: str) -> object:
    row = connection.execute(statement).fetchone()
    return row[0] if row else None


def _code(exc: BaseException) -> int:
    # The low byte is the primary code: BUSY_RECOVERY and BUSY_SNAPSHOT are busy, too.
    return int(getattr(exc, "sqlite_errorcode", 0)) & 0xFF


def _reason(exc: Exception) -> str:
    reason = (exc.strerror if isinstance(exc, OSError) else None) or str(exc)
    remedy = next((told for word, told in REMEDIES.items() if word in reason), "")
    return f"{reason} ({remedy})" if remedy else reason
