"""The pictures that passed lately, in the store: rows, what is asked of them, how they age out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection, Table, delete, func, or_, select

from filter.message import PictureView
from filter.quarantine.looks import decode_look, hashes_in
from filter.quarantine.picturebook import Passed
from filter.quarantine.rows import Values, clean
from filter.quarantine.tables import PICTURE_DAYS, PICTURES

# About 4.5 kB each, so 45 MB at the most. Those that were there first stay.
MAX_PICTURES = 10_000


@dataclass(frozen=True, slots=True)
class RecentPicture:
    """A picture that passed: how often in messages of which templates, most often first."""

    digest: str
    width: int
    height: int
    first_day: str  # ISO dates
    last_day: str
    uses: tuple[tuple[str, int], ...]  # template, messages
    look: bytes = field(repr=False, default=b"")

    @property
    def views(self) -> tuple[PictureView, ...]:
        """What it looks like."""
        return decode_look(self.look)

    @property
    def hashes(self) -> bytes:
        """The hashes of the views, 32 bytes each."""
        return hashes_in(self.look)

    @property
    def messages(self) -> int:
        """In how many messages, all together."""
        return sum(messages for _, messages in self.uses)


def rows_of(passed: Passed) -> Iterator[tuple[Table, Values]]:
    """Yield the rows by which it is kept."""
    day = passed.day.isoformat()
    if passed.look:
        yield (
            PICTURES,
            {
                "digest": passed.digest,
                "first_day": day,
                "last_day": day,
                "width": passed.width,
                "height": passed.height,
                "look": passed.look,
            },
        )
    yield (
        PICTURE_DAYS,
        {
            "digest": passed.digest,
            "day": day,
            "template": clean(passed.template),
            "messages": passed.messages,
        },
    )


def first_day(now: datetime, days: int) -> str:
    """Return the first of the last days, today included."""
    return (now - timedelta(days=days - 1)).date().isoformat()


def find_recent(connection: Connection, oldest: str) -> Sequence[RecentPicture]:
    """Return what passed since a day, the latest first."""
    uses: dict[str, list[tuple[str, int]]] = {}
    counted = func.sum(PICTURE_DAYS.c.messages)
    statement = (
        select(PICTURE_DAYS.c.digest, PICTURE_DAYS.c.template, counted.label("messages"))
        .where(PICTURE_DAYS.c.day >= oldest)
        .group_by(PICTURE_DAYS.c.digest, PICTURE_DAYS.c.template)
        .order_by(counted.desc(), PICTURE_DAYS.c.template)
    )
    for row in connection.execute(statement):
        uses.setdefault(row.digest, []).append((row.template, row.messages))
    latest = (
        select(PICTURES)
        .where(PICTURES.c.last_day >= oldest)
        .order_by(PICTURES.c.last_day.desc(), PICTURES.c.first_day, PICTURES.c.digest)
        .limit(MAX_PICTURES)
    )
    return tuple(
        RecentPicture(
            row.digest,
            row.width,
            row.height,
            row.first_day,
            row.last_day,
            tuple(uses.get(row.digest, ())),
            row.look,
        )
        for row in connection.execute(latest)
    )


def delete_old(connection: Connection, oldest: str, most: int) -> int:
    """Delete pictures that last passed before a day, or that are too many; return how many rows."""
    old = PICTURES.c.last_day < oldest
    digests = list(connection.scalars(select(PICTURES.c.digest).where(old).limit(most)))
    if len(digests) < most:
        too_many = (
            select(PICTURES.c.digest)
            .order_by(PICTURES.c.last_day.desc(), PICTURES.c.first_day, PICTURES.c.digest)
            .offset(MAX_PICTURES)
            .limit(most - len(digests))
        )
        digests = list(dict.fromkeys([*digests, *connection.scalars(too_many)]))
    connection.execute(delete(PICTURES).where(PICTURES.c.digest.in_(digests)))
    rows = select(PICTURE_DAYS.c.digest, PICTURE_DAYS.c.day, PICTURE_DAYS.c.template)
    gone = or_(PICTURE_DAYS.c.day < oldest, PICTURE_DAYS.c.digest.in_(digests))
    days = connection.execute(rows.where(gone).limit(most)).all()
    for row in days:
        connection.execute(
            delete(PICTURE_DAYS).where(
                PICTURE_DAYS.c.digest == row.digest,
                PICTURE_DAYS.c.day == row.day,
                PICTURE_DAYS.c.template == row.template,
            )
        )
    return len(digests) + len(days)
