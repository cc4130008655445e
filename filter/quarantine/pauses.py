"""Which pauses are in force, and which were: rows that stay, in the store's own file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Self

from sqlalchemy import ColumnElement, Connection, func, insert, or_, select, update

from filter.limits.pause import MAX_REASON, MOST_PAUSES, Pause, PauseRecord, refuse_too_many
from filter.quarantine.database import Database
from filter.quarantine.item import NoSuchItem, State
from filter.quarantine.lease import is_gone
from filter.quarantine.rows import Row, Values, clean, from_micros, to_micros
from filter.quarantine.tables import HELD, PAUSES
from filter.subject import Dimension, Scope


class StoredPauses:
    """Implements PauseShelf (filter/limits/pause.py) beside the Store, on connections of its own.

    So a board that looks five times a second never waits for a message, nor a message for it. The
    store has to be there already: a pause in the wrong folder would stop nothing.
    """

    def __init__(self, folder: Path) -> None:
        self._database = Database(folder, create=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file; the next use opens it again."""
        self._database.close()

    def pauses(self, now: datetime) -> Sequence[Pause]:
        """Return the pauses in force, oldest first."""
        statement = (
            select(*_OF_A_PAUSE).where(*_in_force(now)).order_by(PAUSES.c.since, PAUSES.c.id)
        )
        with self._database.reading("read the pauses") as connection:
            return tuple(_pause_of(*row) for row in connection.execute(statement))

    def pause(self, pause: Pause) -> None:
        """Put a pause in force; on return it is on disk.

        Raises ValueError without a reason, and TooManyPauses.
        """
        if not pause.reason.strip():
            raise ValueError("a pause needs a reason: who comes next has to know why")
        row = _pause_row(pause)
        others = select(func.count()).select_from(PAUSES).where(*_in_force(datetime.now(UTC)))
        with self._database.writing(f"keep the pause {pause.id}") as connection:
            refuse_too_many(pause.scope, connection.scalar(others) or 0)
            connection.execute(insert(PAUSES), [row])

    def resume(self, pause_id: str, *, by: str, note: str = "") -> Pause:
        """End a pause and return it. Raises NoSuchItem when none with this id is in force."""
        now = datetime.now(UTC)
        ended = {
            "ended_at": to_micros(now),
            "ended_by": clean(by),
            "note": clean(note[:MAX_REASON]),
        }
        with self._database.writing(f"end the pause {pause_id}") as connection:
            record = _find_record(connection, pause_id)
            if record is None or record.ended_at is not None or record.pause.is_over(now):
                raise NoSuchItem(_why_not(pause_id, record))
            connection.execute(update(PAUSES).where(PAUSES.c.id == pause_id).values(ended))
        return record.pause

    def releasing(self) -> frozenset[str]:
        """Return the ids of held messages that a living process is sending on just now."""
        columns = (HELD.c.id, HELD.c.releaser, HELD.c.changed_at)
        releasing = select(*columns).where(HELD.c.state == State.RELEASING.value)
        now = datetime.now(UTC)
        with self._database.reading("read what is being released") as connection:
            return frozenset(
                row.id
                for row in connection.execute(releasing)
                if not is_gone(row.releaser, from_micros(row.changed_at), now)
            )

    def records(self, limit: int = 100) -> Sequence[PauseRecord]:
        """Return pauses that are and that were, newest first."""
        newest = select(PAUSES).order_by(PAUSES.c.since.desc(), PAUSES.c.id.desc()).limit(limit)
        with self._database.reading("read the pauses") as connection:
            return tuple(_read_record(row._asdict()) for row in connection.execute(newest))

    def find_record(self, pause_id: str) -> PauseRecord | None:
        """Return what is known of one pause."""
        with self._database.reading(f"read the pause {pause_id}") as connection:
            return _find_record(connection, pause_id)


def _find_record(connection: Connection, pause_id: str) -> PauseRecord | None:
    row = connection.execute(select(PAUSES).where(PAUSES.c.id == pause_id)).one_or_none()
    return None if row is None else _read_record(row._asdict())


def _why_not(pause_id: str, record: PauseRecord | None) -> str:
    if record is None:
        return f"there is no pause {pause_id}"
    if record.ended_at is not None:
        return (
            f"{pause_id} was resumed by {record.ended_by} at {record.ended_at:%Y-%m-%d %H:%M} UTC"
        )
    return f"{pause_id} expired at {record.pause.until:%Y-%m-%d %H:%M} UTC"


def _pause_row(pause: Pause) -> Values:
    scope = {dimension.value: sorted(wanted) for dimension, wanted in pause.scope.values.items()}
    return {
        "id": pause.id,
        "scope": json.dumps(scope),
        "reason": clean(pause.reason.strip()[:MAX_REASON]),
        "by": clean(pause.by),
        "since": to_micros(pause.since),
        "until": None if pause.until is None else to_micros(pause.until),
        "drops": int(pause.drops),
        "ended_at": None,
        "ended_by": "",
        "note": "",
    }


def _in_force(now: datetime) -> tuple[ColumnElement[bool], ...]:
    is_not_over = or_(PAUSES.c.until.is_(None), PAUSES.c.until > to_micros(now))
    return PAUSES.c.ended_at.is_(None), is_not_over


_OF_A_PAUSE = tuple(
    PAUSES.c[name] for name in ("id", "scope", "reason", "by", "since", "until", "drops")
)


@lru_cache(maxsize=4 * MOST_PAUSES)  # the same rows are read five times a second
def _pause_of(  # noqa: PLR0917 - columns
    id_: str, scope: str, reason: str, by: str, since: int, until: int | None, drops: int, /
) -> Pause:
    """Return the pause of its row. Raises ValueError for a scope of a later version.

    To pass over what we do not know would widen the scope, or lose the pause: both are worse than
    trouble that is seen.
    """
    values = {Dimension(name): frozenset(wanted) for name, wanted in json.loads(scope).items()}
    return Pause(
        id=id_,
        scope=Scope(values),
        reason=reason,
        by=by,
        since=from_micros(since),
        until=None if until is None else from_micros(until),
        drops=bool(drops),
    )


def _read_record(row: Row) -> PauseRecord:
    pause = _pause_of(*(row[column.name] for column in _OF_A_PAUSE))
    record = PauseRecord(pause, ended_by=row["ended_by"], note=row["note"])
    if row["ended_at"] is None:
        return record
    return replace(record, ended_at=from_micros(row["ended_at"]))
