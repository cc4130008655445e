"""Which values does a slot have as a rule, and which only now and then, or in one rush?

A type is learnt from what is usual. What only a small share of messages has, or only one short
span of time, or one client of several, is left out of it and listed: whoever sends a few thousand
crafted messages must not widen a slot for everybody (poisoning).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

SMALL_SHARE = 0.02  # of the messages: what fewer have is left out
_ONE_SPARE = 20  # messages of which one may be odd
LARGE_SHARE = 0.5  # what one client sends is usual where it is more than this
LONG_DAYS = 7  # over how many days messages must spread before a rush can be told
SHORT_DAYS = 2  # what is seen on no more days than these, or one in a week, is a rush
_BUCKETS = (1, 3, 5, 8, 12)  # words
_REST = 10  # other messages, before a rush is told from them
_RUSH, _RUSH_EACH = 5, 3  # messages that make one, and on each of its days
_CLIENTS = 3  # so many must there be before what one of them sends is odd


@dataclass(frozen=True, slots=True)
class Stamp:
    """When, and by whom, a message was sent; what nobody knows is None and ""."""

    at: datetime | None = None
    client: str = ""

    @property
    def day(self) -> int | None:
        """The day as a number, None where nobody knows it."""
        return self.at.toordinal() if self.at else None


def spare_of(count: int) -> int:
    """Return how many of so many messages may be odd."""
    return max(int(SMALL_SHARE * count), int(count >= _ONE_SPARE))


def is_rush(some: Iterable[Stamp], every: Sequence[Stamp]) -> bool:
    """Return whether some messages are of one short span, or of one client, and others are not.

    However many they are: what the others say over many days is usual, not what two days said.
    """
    part = list(some)
    rest = len(every) - len(part)
    if not part or not rest:
        return False
    days = {one.day for one in part}
    if None not in days and rest >= _REST and len(part) >= max(_RUSH, _RUSH_EACH * len(days)):
        all_days = Counter(one.day for one in every)
        all_days.subtract(Counter(one.day for one in part))
        others = sum(count > 0 for count in all_days.values())
        if others >= LONG_DAYS and len(days) <= max(SHORT_DAYS, others // LONG_DAYS):
            return True
    all_clients = {one.client for one in every if one.client}
    clients = {one.client for one in part}
    few = len(part) <= LARGE_SHARE * len(every)
    return few and len(all_clients) >= _CLIENTS and len(clients) == 1 and "" not in clients


def shape_of(value: str) -> tuple[object, ...]:
    """Return what kind of value it is, coarsely: signs, script, how many words, how long."""
    words = value.count(" ") + 1
    bucket = next((place for place, most in enumerate(_BUCKETS) if words <= most), len(_BUCKETS))
    letters = [c for c in value if c.isalpha()]
    script = ord(letters[0]) >> 8 if letters and ord(letters[0]) > 0x24F else 0  # noqa: PLR2004 - Latin
    has_digit = any("0" <= c <= "9" for c in value)
    length = len(value).bit_length() if words == 1 and has_digit else 0
    links = "://" in value or "@" in value or "www." in value
    return bool(letters), has_digit, script, bucket, length, links


def usual(values: Mapping[str, Sequence[int]], stamps: Sequence[Stamp]) -> frozenset[str]:
    """Return the values whose kind is usual; all of them, where none is.

    ``values`` says for each in which messages it stands (places in ``stamps``).
    """
    rows: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for value, places in values.items():
        rows[shape_of(value)] += places
    total = sum(map(len, rows.values()))
    every = [stamps[place] for places in rows.values() for place in places]
    odd = {
        shape
        for shape, places in rows.items()
        if len(places) <= spare_of(total) or is_rush((stamps[place] for place in places), every)
    }
    kept = frozenset(value for value in values if shape_of(value) not in odd)
    left_out = sum(len(rows[shape]) for shape in odd)
    enough = left_out <= LARGE_SHARE * total or total - left_out >= _REST
    return kept if kept and enough else frozenset(values)
