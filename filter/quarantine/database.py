"""The SQLite file behind the store: opened safely, used in transactions, its trouble a StoreError.

Everything that only SQLite knows is in this module and counters.py; PostgreSQL would be others
beside them.

Two traps. POSIX drops all locks that a process has on a file when *any* of its descriptors is
closed, so nothing in this process may open the database file but SQLite (its "How To Corrupt An
SQLite Database File", section 2.2). And a deleted file can be written to happily: before a commit
counts, the names on disk must still be the files that are open.
"""

from __future__ import annotations

import contextlib
import os
import random
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TypeAlias
from urllib.parse import quote

from sqlalchemy import (
    Connection,
    Engine,
    Table,
    create_engine,
    event,
    insert,
    inspect,
    select,
    text,
    update,
)
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import QueuePool

from filter.quarantine.counters import counters
from filter.quarantine.item import StoreError
from filter.quarantine.tables import EXTENDABLE, FACTS, MERGED, METADATA, SCHEMA

FILE_NAME = "sallyport.db"
# How long a writer waits for the writers of other processes. A group commit takes milliseconds, so
# past this a disk hangs or somebody was stopped inside a transaction.
BUSY_SECONDS = 5.0
# SQLite's own busy handler soon sleeps 100 ms at a time: too long when a turn takes 1 ms.
FIRST_NAP_SECONDS = 0.0002
LONGEST_NAP_SECONDS = 0.001
# In one INSERT; each number is a statement of its own, which the driver keeps prepared.
ROWS_AT_ONCE = 32
KEPT_STATEMENTS = 256
# 32 MB in one transaction: holds wait for it.
VACUUM_PAGES = 2000
# Settled by an empty file's first page; SQLite writes for the second even when nothing changes, so
# asked of a file in use it would wait for the write lock, and who only reads would with it.
# Large pages make large messages cheap (a third faster at 1 MB, see docs/quarantine.md).
LAYOUT = ("PRAGMA page_size=16384", "PRAGMA auto_vacuum=INCREMENTAL")
# None of these needs the write lock.
PRAGMAS = (
    "PRAGMA synchronous=FULL",  # the write-ahead log is synced at every commit
    "PRAGMA fullfsync=ON",  # macOS: through the drive's own cache
    "PRAGMA secure_delete=ON",  # what retention deletes is overwritten
    "PRAGMA journal_size_limit=67108864",  # one huge message leaves no huge log behind
)
APPEND_ONLY = ("decisions", "afterwards", "changes", "alerts")
REMEDIES = {
    "locked": "another process has held the lock for too long; look for one that is stopped",
    "full": "free some space; the store goes on by itself",
    "readonly": "make the folder and its files writable for this user",
    "malformed": "stop the gate and restore the file from a backup, or move it away",
    "not a database": "stop the gate and restore the file from a backup, or move it away",
}


class RowRefused(StoreError):  # noqa: N818 - what happened, like its neighbours in item.py
    """The store is sound, but not these rows: an id twice, a value that no database takes."""


Identity: TypeAlias = tuple[tuple[int, int], ...]
Rows: TypeAlias = Mapping[Table, Sequence[Mapping[str, object]]]


class Database:
    """One SQLite file: opened when first needed, and again after trouble. Safe for threads.

    Once it has been open, a file that vanished is not created anew: an accident is to be seen, not
    to be papered over with an empty store.
    """

    def __init__(
        self, folder: Path, *, create: bool = True, busy_seconds: float = BUSY_SECONDS
    ) -> None:
        self.folder = folder
        self.path = folder / FILE_NAME
        self._busy_seconds = busy_seconds
        self._names = tuple(folder / f"{FILE_NAME}{suffix}" for suffix in ("", "-wal", "-shm"))
        self._lock = threading.Lock()
        self._engine: Engine | None = None
        self._appender: sqlite3.Connection | None = None
        self._anchor: Connection | None = None
        self._identity: Identity = ()
        self._may_create = create
        self._process = 0

    @contextlib.contextmanager
    def writing(self, purpose: str) -> Iterator[Connection]:
        """Give a connection that has the write lock; a good end commits and syncs.

        Raises StoreError for trouble of the store, and then what the block did does not count.
        """
        with self._translating(purpose):
            engine = self._open()
            with engine.connect() as connection:
                connection = connection.execution_options(is_writing=True)  # noqa: PLW2901
                with connection.begin():
                    yield connection
            if self._look() != self._identity:
                raise OSError("its files were removed or replaced while it was in use")

    @contextlib.contextmanager
    def reading(self, purpose: str) -> Iterator[Connection]:
        """Give a connection that sees one state of the store throughout. Raises StoreError."""
        with self._translating(purpose), self._open().connect() as connection, connection.begin():
            yield connection

    def append(self, rows: Rows, purpose: str) -> None:
        """Insert rows, all of them or none; on return they are synced. Raises StoreError.

        Past SQLAlchemy, in as few calls as can be: each gives up the interpreter's lock and has to
        win it back from the event loop, which costs more than the call. Every row has all columns.
        """
        statements = [
            _insertion(table, several[first : first + ROWS_AT_ONCE])
            for table, several in rows.items()
            for first in range(0, len(several), ROWS_AT_ONCE)
        ]
        with self._translating(purpose), self._appending() as driver:
            if len(statements) == 1:  # which is a transaction by itself
                self._patiently(driver, *statements[0])
                return
            self._patiently(driver, "BEGIN IMMEDIATE")
            for statement in statements:
                driver.execute(*statement)
            driver.execute("COMMIT")

    @contextlib.contextmanager
    def _appending(self) -> Iterator[sqlite3.Connection]:
        """Give a connection that does not wait by itself; what the block leaves open is undone."""
        engine = self._open()
        with self._lock:
            driver, self._appender = self._appender, None
        if driver is None:
            driver = self._connect_driver()
            driver.execute("PRAGMA busy_timeout=0")
        try:
            try:
                yield driver
            finally:
                driver.rollback()
            if self._look() != self._identity:
                raise OSError("its files were removed or replaced while it was in use")
            with self._lock:
                if self._engine is engine and self._appender is None:
                    self._appender, driver = driver, None
        finally:
            if driver is not None:
                driver.close()

    def give_back_space(self) -> None:
        """Return some of the pages that deletions have freed to the file system; call it again.

        Without this a flood that was deleted would count as a full disk. Raises StoreError.
        """
        with self.writing("give back space") as connection:
            for _ in range(VACUUM_PAGES):
                if not connection.exec_driver_sql("PRAGMA freelist_count").scalar():
                    return
                # One by one: each page is a step without a column, and the driver takes one step.
                connection.exec_driver_sql("PRAGMA incremental_vacuum(1)")

    def close(self) -> None:
        """Let go of the file; the next use opens it again."""
        with self._lock:
            self._drop()

    @contextlib.contextmanager
    def _translating(self, purpose: str) -> Iterator[None]:
        try:
            yield
        except (ValueError, OverflowError, LookupError) as exc:
            raise RowRefused(f"cannot {purpose} in {self.path}: {exc}") from exc
        except (SQLAlchemyError, sqlite3.Error, OSError) as exc:
            trouble = f"cannot {purpose} in {self.path}: {_reason(exc)}"
            if _is_about_rows(exc):
                raise RowRefused(trouble) from exc
            # On a full disk what is open can still be read, but nothing could be opened anew.
            if _code(_cause(exc)) not in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_FULL}:
                self.close()
            raise StoreError(trouble) from exc

    def _open(self) -> Engine:
        with self._lock:
            if self._engine is not None and self._process != os.getpid():
                raise OSError("it was opened before a fork; make one store a process")
            if self._engine is not None and self._look() != self._identity:
                self._drop()
            if self._engine is None:
                self._create_file()
                try:
                    return self._connect()
                except BaseException:
                    self._drop()
                    raise
            return self._engine

    def _create_file(self) -> None:
        if not self._may_create:
            if not self.path.exists():
                raise OSError(
                    "there is no such file (has it vanished, or is `state` another folder?)"
                )
            return
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            descriptor = os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
        except FileExistsError:
            return
        os.close(descriptor)  # new, so SQLite has no lock on it yet
        folder = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _connect(self) -> Engine:
        engine = create_engine(
            "sqlite://",
            creator=self._connect_driver,
            poolclass=QueuePool,
            pool_timeout=self._busy_seconds,
            hide_parameters=True,  # a message must not get into the log by way of an error's text
        )
        self._engine = engine  # from here on _drop() closes whatever was opened
        event.listen(engine, "begin", self._begin)
        # Held open for good: the log and the index beside the file stay the same files meanwhile.
        self._anchor = engine.connect()
        _prepare(self._anchor)
        self._identity = self._look()
        self._may_create = False
        self._process = os.getpid()
        return engine

    def _connect_driver(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            f"file:{quote(str(self.path))}?mode=rw",  # rw: SQLite itself must not create it
            uri=True,
            timeout=self._busy_seconds,
            isolation_level=None,  # the driver is not to begin anything by itself
            check_same_thread=False,  # the pool gives it to one thread at a time
            cached_statements=KEPT_STATEMENTS,
        )
        try:
            # Several processes may find it empty: they say the same, one after the other.
            is_empty = self._patiently(connection, "PRAGMA page_count") == 0
            for pragma in (*LAYOUT, *PRAGMAS) if is_empty else PRAGMAS:
                self._patiently(connection, pragma)
            mode = self._patiently(connection, "PRAGMA journal_mode=WAL")
        except BaseException:
            connection.close()
            raise
        if mode != "wal":
            connection.close()
            raise sqlite3.OperationalError(f"no write-ahead log here (mode {mode})")
        return connection

    def _begin(self, connection: Connection) -> None:
        driver = _driver(connection)
        is_writing = connection.get_execution_options().get("is_writing", False)
        if not is_writing:
            driver.execute("BEGIN")
            return
        driver.execute("PRAGMA busy_timeout=0")
        try:
            # Takes the write lock now: a transaction that reads first could not get it later.
            self._patiently(driver, "BEGIN IMMEDIATE")
        finally:
            driver.execute(f"PRAGMA busy_timeout={int(self._busy_seconds * 1000)}")

    def _patiently(
        self, connection: sqlite3.Connection, statement: str, values: Sequence[object] = ()
    ) -> object:
        """Execute a statement that waits for other processes, in short naps, and for so long."""
        deadline = time.monotonic() + self._busy_seconds
        nap = FIRST_NAP_SECONDS
        while True:
            try:
                row = connection.execute(statement, values).fetchone()
            except sqlite3.OperationalError as exc:
                if _code(exc) != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                    raise
            else:
                return row[0] if row else None
            time.sleep(nap * random.uniform(0.5, 1.0))  # noqa: S311 - to be out of step, not secret
            nap = min(nap * 1.5, LONGEST_NAP_SECONDS)

    def _look(self) -> Identity:
        """Return which files the names on disk are just now; a name without a file is (0, 0)."""
        found = []
        for name in self._names:
            try:
                status = name.stat()
            except FileNotFoundError:
                found.append((0, 0))
            else:
                found.append((status.st_dev, status.st_ino))
        return tuple(found)

    def _drop(self) -> None:
        engine, self._engine = self._engine, None
        anchor, self._anchor = self._anchor, None
        appender, self._appender = self._appender, None
        for connection in (appender, anchor):
            if connection is not None:
                with contextlib.suppress(SQLAlchemyError, sqlite3.Error):
                    connection.close()
        if engine is not None:
            engine.dispose()


def _insertion(table: Table, rows: Sequence[Mapping[str, object]]) -> tuple[str, Sequence[object]]:
    """Return one INSERT for all these rows, and its values."""
    columns = tuple(rows[0])
    return _insertion_of(table, columns, len(rows)), [row[c] for row in rows for c in columns]


@lru_cache(maxsize=KEPT_STATEMENTS)
def _insertion_of(table: Table, columns: Sequence[str], count: int) -> str:
    names = ", ".join(f'"{table.c[column].name}"' for column in columns)
    row = f"({', '.join('?' * len(columns))})"
    # OR ROLLBACK: the whole transaction fails with any row, so SQLite need not remember for this
    # statement alone how the pages were (a temporary file each time).
    values = ", ".join([row] * count)
    return f"INSERT OR ROLLBACK INTO {table.name} ({names}) VALUES {values}{_merging(table)}"  # noqa: S608


def _merging(table: Table) -> str:
    changes = MERGED.get(table.name)
    if changes is None:
        return ""
    key = ", ".join(column.name for column in table.primary_key.columns)
    settings = ", ".join(f"{column} = {value}" for column, value in changes.items())
    return f" ON CONFLICT ({key}) DO UPDATE SET {settings}"


def _driver(connection: Connection) -> sqlite3.Connection:
    driver = connection.connection.driver_connection
    if not isinstance(driver, sqlite3.Connection):
        raise TypeError(f"{driver!r} is not SQLite")
    return driver


def _prepare(connection: Connection) -> None:
    """Create the tables in an empty file; refuse a file that is not ours or is newer than us."""
    with connection.begin():
        tables = set(inspect(connection).get_table_names())
    if not tables:
        writer = connection.execution_options(is_writing=True)
        with writer.begin():
            if not inspect(writer).get_table_names():
                _create_tables(writer)
    elif FACTS.name not in tables:
        raise OSError("it is not a store of Sallyport; name another folder as `state`")
    version = _version(connection)
    if version in EXTENDABLE:
        _extend(connection)
        version = _version(connection)
    if version != SCHEMA:
        raise OSError(
            f"it has schema {version} and this program knows {SCHEMA}; "
            "run the version of Sallyport that wrote it, or a newer one"
        )


def _version(connection: Connection) -> int | None:
    with connection.begin():
        return connection.scalar(select(FACTS.c.value).where(FACTS.c.name == "schema"))


def _extend(connection: Connection) -> None:
    """Add what an older schema lacks; several processes may try, one does."""
    writer = connection.execution_options(is_writing=True)
    with writer.begin():
        version = writer.scalar(select(FACTS.c.value).where(FACTS.c.name == "schema"))
        if version in EXTENDABLE:
            _add_tables(writer)
            newer = update(FACTS).where(FACTS.c.name == "schema").values(value=SCHEMA)
            writer.execute(newer)


def _create_tables(connection: Connection) -> None:
    _add_tables(connection)
    connection.execute(
        insert(FACTS),
        [{"name": "schema", "value": SCHEMA}, {"name": "deletable_before", "value": 0}],
    )


def _add_tables(connection: Connection) -> None:
    """Create all that is not there yet."""
    METADATA.create_all(connection)
    for statement in (*(s for table in APPEND_ONLY for s in _guards(table)), *counters()):
        connection.execute(text(statement))


def _guards(table: str) -> tuple[str, str]:
    """Return triggers that keep a log append-only, but for what retention calls deletable."""
    refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    line = "(SELECT value FROM facts WHERE name = 'deletable_before')"
    new = "CREATE TRIGGER IF NOT EXISTS"
    return (
        f"{new} {table}_never_changes BEFORE UPDATE ON {table} {refuse}",
        f"{new} {table}_stays BEFORE DELETE ON {table} WHEN OLD.at >= {line} {refuse}",
    )


def _is_about_rows(exc: Exception) -> bool:
    """Return whether the store itself is sound and only refused what it was given."""
    refused = sqlite3.IntegrityError | sqlite3.DataError | sqlite3.ProgrammingError
    return isinstance(_cause(exc), refused)


def _cause(exc: Exception) -> BaseException | None:
    return exc.orig if isinstance(exc, DBAPIError) else exc


def _code(exc: BaseException | None) -> int:
    # The low byte is the primary code: BUSY_RECOVERY and BUSY_SNAPSHOT are busy, too.
    return int(getattr(exc, "sqlite_errorcode", 0)) & 0xFF


def _reason(exc: Exception) -> str:
    cause = _cause(exc)
    reason = (cause.strerror if isinstance(cause, OSError) else None) or str(cause)
    remedy = next((told for word, told in REMEDIES.items() if word in reason), "")
    return f"{reason} ({remedy})" if remedy else reason
