"""The books of one batch: loaded from SQLite when asked for, stored at the end of the transaction.

Each call of the driver gives up the interpreter's lock and has to win it back from the event loop,
so rows are loaded and stored by the dozen. Members are unsigned here, signed in SQLite.
"""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import islice
from typing import TypeVar

from filter.limits.gcra import micros
from filter.limits.interface import Distinct, Meter, Spread, Use
from filter.limits.ledger import BLANK, Page, profile_key
from filter.limits.limitfile import DAMAGED
from filter.limits.watches import slice_length

T = TypeVar("T")
# In one statement; each number is a statement of its own, which the driver keeps prepared.
ROWS_AT_ONCE = 32
HIGHEST_BIT = 1 << 63


class SqlBooks:
    """Books over a connection that has the write lock. ``now`` is in µs since 1970."""

    def __init__(self, connection: sqlite3.Connection, now: int) -> None:
        self._connection = connection
        self.now = now
        self._pages: dict[bytes, Page] = {}
        self._rolls: dict[bytes, SqlRoll] = {}
        self._summaries: dict[bytes, tuple[int, int, int]] = {}
        self._changed: set[bytes] = set()
        self._floods: dict[bytes, tuple[object, ...]] = {}
        self._uses: dict[bytes, tuple[object, ...]] = {}

    def open(self, meters: Sequence[Meter]) -> None:
        """Load what these meters need: before anything is asked for, and all of them at once."""
        keys = {meter.key for meter in meters}
        keys |= {profile_key(meter) for meter in meters if meter.profile}
        self._pages.update(dict.fromkeys(keys, BLANK))
        for some in chunks(keys):
            self._load(some)
        rolls = [meter for meter in meters if isinstance(meter.measure, Distinct | Spread)]
        for meter in rolls:
            if meter.key not in self._rolls:
                summary = self._summaries.get(meter.key, (0, 0, 0))
                self._rolls[meter.key] = SqlRoll(self._connection, meter, self.now, summary)
        self._find({(meter.key, member) for meter in rolls for member in meter.members})

    def page(self, key: bytes) -> Page:
        """Return what is kept at a key, BLANK when nothing is."""
        found = self._pages.get(key)
        if found is None:
            self._pages[key] = BLANK
            self._load([key])
            found = self._pages[key]
        return found

    def keep(self, key: bytes, page: Page) -> None:
        """Keep it from now on."""
        if self._pages[key] is not page:
            self._pages[key] = page
            self._changed.add(key)

    def roll(self, meter: Meter) -> SqlRoll:
        """Return the members at a key of Distinct or Spread."""
        return self._rolls[meter.key]

    def mark(self, meter: Meter, page: Page) -> None:
        """Put a flood on the list of floods, or with ``page.last`` 0 take it off."""
        told = (meter.key, meter.rule, meter.label, page.since, page.last, page.attempts)
        self._floods[meter.key] = told

    def name(self, meter: Meter, page: Page) -> None:
        """Put a key of Use on the list of use rates, once a slice."""
        if not isinstance(meter.measure, Use):
            raise TypeError("only a Use has a use rate")
        length = slice_length(meter.measure.seconds)
        begun = self.now // length * length
        if self.page(meter.key).state[-4:-3] == (begun // length,):
            return
        memory = micros(meter.measure.seconds) + micros(meter.measure.grace_seconds)
        told = (meter.key, meter.rule, meter.label, begun, length, memory, page.expires)
        self._uses[meter.key] = told

    def store(self) -> None:
        """Store what has changed."""
        rows: list[tuple[object, ...]] = []
        changed = self._changed | {key for key, roll in self._rolls.items() if roll.is_changed}
        for key in changed:
            page, roll = self._pages[key], self._rolls.get(key)
            summary = roll.summary if roll else (0, 0, 0)
            rows.append((key, max(page.expires, summary[2]), _packed(page), *summary))
        self._insert("meters", rows)
        members = [row for roll in self._rolls.values() for row in roll.charged_rows()]
        self._insert("members", members)
        for roll in self._rolls.values():
            roll.store_removed()
        gone = [key for key, row in self._floods.items() if not row[4]]
        self._insert("floods", [row for row in self._floods.values() if row[4]])
        for key in gone:
            self._connection.execute("DELETE FROM floods WHERE key = ?", (key,))
        self._insert("uses", list(self._uses.values()))

    def _load(self, keys: Sequence[bytes]) -> None:
        marks = ", ".join("?" * len(keys))
        found = self._connection.execute(
            "SELECT key, expires, page, members, oldest, newest FROM meters"  # noqa: S608
            f" WHERE key IN ({marks})",
            keys,
        )
        for key, expires, page, members, oldest, newest in found.fetchall():
            if expires > self.now:
                self._pages[key] = _unpacked(expires, page)
            self._summaries[key] = (members, oldest, newest)

    def _find(self, members: set[tuple[bytes, int]]) -> None:
        """Load these members of the rolls that are not empty."""
        for key, member in members:
            self._rolls[key].found[member] = (0, 0)
        for some in chunks([pair for pair in members if self._rolls[pair[0]].count]):
            pairs = ", ".join(["(?, ?)"] * len(some))
            found = self._connection.execute(
                "SELECT m.key, m.member, m.until, m.charges"  # noqa: S608
                f" FROM (VALUES {pairs}) AS wanted CROSS JOIN members AS m"
                " ON m.key = wanted.column1 AND m.member = wanted.column2",
                [value for key, member in some for value in (key, _signed(member))],
            )
            for key, member, until, charges in found.fetchall():
                self._rolls[key].found[_unsigned(member)] = (until, charges)

    def _insert(self, table: str, rows: Sequence[Sequence[object]]) -> None:
        for some in chunks(rows):
            values = [value for row in some for value in row]
            self._connection.execute(_insertion(table, len(some[0]), len(some)), values)


class SqlRoll:
    """The members at one key: how many there are (``count``), and those that the batch names."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        meter: Meter,
        now: int,
        summary: tuple[int, int, int],
    ) -> None:
        if not isinstance(meter.measure, Distinct | Spread):
            raise TypeError("only Distinct and Spread have members")
        self._connection = connection
        self._key = meter.key
        self._now = now
        self._latest = now + micros(meter.measure.seconds)
        self.count, self._oldest, self._newest = summary
        self.found: dict[int, tuple[int, int]] = {}  # until, charges; (0, 0) is not there
        self._charged: set[int] = set()
        self._removed: set[int] = set()
        self.is_changed = False
        if self.count:
            self._expire()

    @property
    def summary(self) -> tuple[int, int, int]:
        """How many there are, no later than when the first and the last of them stop to count."""
        return (self.count, self._oldest, self._newest)

    def has(self, member: int) -> bool:
        """Return whether this one is among them."""
        return self.found[member][0] > self._now

    def until(self, place: int, others_than: frozenset[int]) -> int:
        """Return when the ``place``-th (from 1) stops to count; the earliest is the first."""
        rows = self._connection.execute(
            "SELECT member, until FROM members WHERE key = ? AND until > ? ORDER BY until LIMIT ?",
            (self._key, self._now, place + len(self.found)),
        ).fetchall()
        ends: list[int] = [end for member, end in rows if _unsigned(member) not in self.found]
        ends += [
            end
            for member, (end, _) in self.found.items()
            if end > self._now and member not in others_than
        ]
        return sorted(ends)[place - 1]

    def charge(self, members: Iterable[int], until: int) -> None:
        """Let members count until then, with one charge more."""
        for member in members:
            _, charges = self.found[member]
            self.count += not charges  # who has expired was deleted before
            self.found[member] = (until, charges + 1)
            self._charged.add(member)
            self._removed.discard(member)
            self._oldest = min(self._oldest, until) if self.count > 1 else until
            self._newest = until
            self.is_changed = True

    def give_back(self, members: Iterable[int]) -> None:
        """Take a charge of each back; who has none left is forgotten."""
        for member in members:
            end, charges = self.found[member]
            if end <= self._now:
                continue
            self.is_changed = True
            if charges > 1:
                self.found[member] = (end, charges - 1)
                self._charged.add(member)
            else:
                self.found[member] = (0, 0)
                self.count -= 1
                self._charged.discard(member)
                self._removed.add(member)

    def clear(self) -> None:
        """Forget all."""
        self._connection.execute("DELETE FROM members WHERE key = ?", (self._key,))
        self.found = dict.fromkeys(self.found, (0, 0))
        self._charged.clear()
        self._removed.clear()
        self.count = self._oldest = self._newest = 0
        self.is_changed = True

    def charged_rows(self) -> Iterator[tuple[object, ...]]:
        """Return the rows of members to store."""
        return ((self._key, _signed(member), *self.found[member]) for member in self._charged)

    def store_removed(self) -> None:
        """Delete who was forgotten."""
        for member in self._removed:
            self._connection.execute(
                "DELETE FROM members WHERE key = ? AND member = ?", (self._key, _signed(member))
            )

    def _expire(self) -> None:
        """Delete who does not count any more; nobody counts longer than from now on."""
        if self._oldest <= self._now:
            gone = self._connection.execute(
                "DELETE FROM members WHERE key = ? AND until <= ?", (self._key, self._now)
            )
            self.count -= gone.rowcount
            (first,) = self._connection.execute(
                "SELECT min(until) FROM members WHERE key = ?", (self._key,)
            ).fetchone()
            self._oldest = first or 0
            self.is_changed = True
        if self._newest > self._latest:
            self._connection.execute(
                "UPDATE members SET until = ? WHERE key = ? AND until > ?",
                (self._latest, self._key, self._latest),
            )
            self._oldest = min(self._oldest, self._latest)
            self._newest = self._latest
            self.is_changed = True


def chunks(rows: Iterable[T]) -> Iterator[list[T]]:
    """Return the rows by the dozen."""
    rest = iter(rows)
    while some := list(islice(rest, ROWS_AT_ONCE)):
        yield some


@lru_cache(maxsize=256)
def _insertion(table: str, columns: int, rows: int) -> str:
    row = f"({', '.join('?' * columns)})"
    return f"INSERT OR REPLACE INTO {table} VALUES {', '.join([row] * rows)}"  # noqa: S608


def _packed(page: Page) -> bytes:
    values = (page.reset, page.since, page.last, page.attempts, *page.state)
    return struct.pack(f"<{len(values)}q", *values)


def _unpacked(expires: int, page: bytes) -> Page:
    try:
        values = struct.unpack(f"<{len(page) // 8}q", page)
    except struct.error as exc:
        # SQLite found no fault with the file: this key is damaged, others are not.
        raise ValueError(f"a page of meters is malformed ({DAMAGED})") from exc
    reset, since, last, attempts, *_ = values
    return Page(expires, reset, since, last, attempts, values[4:])


def _signed(member: int) -> int:
    return member - 2 * HIGHEST_BIT if member >= HIGHEST_BIT else member


def _unsigned(member: int) -> int:
    return member + 2 * HIGHEST_BIT if member < 0 else member
