"""What retention changes in the store: small transactions, each complete in itself.

Every step chooses what is due inside the transaction that does it, so several processes may sweep
at once, and a sweep that died is simply continued by the next one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, insert, or_, select, update

from filter.quarantine.item import Change, State
from filter.quarantine.rows import change_row, content_ids, outcome_row, to_micros
from filter.quarantine.tables import (
    AFTERWARDS,
    ALERTS,
    CHANGES,
    CONTENTS,
    DECISIONS,
    FACTS,
    FLOOD_ITEMS,
    HELD,
    PAUSES,
)
from filter.quarantine.trials import delete_trials

# Holds wait while a step has the write lock: so many rows and bytes to overwrite at a time.
MAX_ROWS = 500
MAX_BYTES = 16 * 1024 * 1024
# Bytes of released and discarded messages are kept this long, for who notices a mistake.
GRACE = timedelta(days=7)
# Outcomes are a little younger than their decisions and go with them.
MARGIN = timedelta(hours=1)
RETENTION = "retention"

_EXPIRABLE = tuple(state.value for state in (State.HELD, State.UNKNOWN, State.FAILED))
_CLOSED = tuple(state.value for state in (State.RELEASED, State.DISCARDED, State.EXPIRED))


def expire_items(connection: Connection, now: datetime) -> int:
    """Expire items whose date has come and delete their content; return how many."""
    due = connection.execute(
        select(HELD.c.id, HELD.c.state, HELD.c.size_bytes)
        .where(HELD.c.state.in_(_EXPIRABLE), HELD.c.expires_at <= to_micros(now))
        .order_by(HELD.c.expires_at)
        .limit(MAX_ROWS)
    ).all()
    chosen = due[: _affordable([row.size_bytes for row in due])]
    if not chosen:
        return 0
    ids = [row.id for row in chosen]
    connection.execute(
        update(HELD)
        .where(HELD.c.id.in_(ids))
        .values(
            state=State.EXPIRED.value,
            changed_at=to_micros(now),
            changed_by=RETENTION,
            note="its retention has ended",
            content_deleted=1,
        )
    )
    _delete_contents_of(connection, ids)
    steps = [(row.id, Change(now, RETENTION, State(row.state), State.EXPIRED)) for row in chosen]
    connection.execute(insert(CHANGES), [change_row(*step) for step in steps])
    connection.execute(insert(AFTERWARDS), [outcome_row(*step) for step in steps])
    return len(ids)


def delete_contents(connection: Connection, now: datetime) -> int:
    """Delete the bytes of messages that were released or discarded long enough ago."""
    due = connection.execute(
        select(HELD.c.id, HELD.c.size_bytes)
        .where(
            HELD.c.content_deleted == 0,
            HELD.c.changed_at <= to_micros(now - GRACE),
            HELD.c.state.in_(_CLOSED),
        )
        .limit(MAX_ROWS)
    ).all()
    ids = [row.id for row in due[: _affordable([row.size_bytes for row in due])]]
    connection.execute(update(HELD).where(HELD.c.id.in_(ids)).values(content_deleted=1))
    _delete_contents_of(connection, ids)
    return len(ids)


def _delete_contents_of(connection: Connection, ids: Sequence[str]) -> None:
    every = [content_id for id_ in ids for content_id in content_ids(id_)]
    connection.execute(delete(CONTENTS).where(CONTENTS.c.id.in_(every)))


def draw_line(connection: Connection, oldest: datetime) -> None:
    """Let the triggers allow deleting what is older than this; the line never moves back."""
    line = to_micros(oldest)
    connection.execute(
        update(FACTS)
        .where(FACTS.c.name == "deletable_before", FACTS.c.value < line)
        .values(value=line)
    )


def delete_items(connection: Connection, oldest: datetime) -> int:
    """Delete what is left of items that were closed before the line, with their history."""
    ids = connection.scalars(
        select(HELD.c.id)
        .where(
            HELD.c.content_deleted == 1,
            HELD.c.changed_at < to_micros(oldest - MARGIN),
            HELD.c.state.in_(_CLOSED),
        )
        .limit(MAX_ROWS)
    ).all()
    connection.execute(delete(FLOOD_ITEMS).where(FLOOD_ITEMS.c.id.in_(ids)))
    connection.execute(delete(CHANGES).where(CHANGES.c.id.in_(ids)))
    connection.execute(delete(HELD).where(HELD.c.id.in_(ids)))
    return len(ids)


def delete_decisions(connection: Connection, oldest: datetime) -> int:
    """Delete decisions from before the line, with what was added to them."""
    ids = connection.scalars(
        select(DECISIONS.c.id)
        .where(DECISIONS.c.at < to_micros(oldest - MARGIN))
        .order_by(DECISIONS.c.at)
        .limit(MAX_ROWS)
    ).all()
    line = to_micros(oldest)
    # A "told" that came days later would be refused by the trigger; it goes in a later round.
    connection.execute(delete(AFTERWARDS).where(AFTERWARDS.c.id.in_(ids), AFTERWARDS.c.at < line))
    delete_trials(connection, ids)
    connection.execute(delete(DECISIONS).where(DECISIONS.c.id.in_(ids)))
    return len(ids)


def delete_alerts(connection: Connection, oldest: datetime) -> int:
    """Delete alerts from before the line."""
    old = select(ALERTS.c.number).where(ALERTS.c.at < to_micros(oldest)).order_by(ALERTS.c.at)
    numbers = connection.scalars(old.limit(MAX_ROWS)).all()
    connection.execute(delete(ALERTS).where(ALERTS.c.number.in_(numbers)))
    return len(numbers)


def delete_pauses(connection: Connection, oldest: datetime) -> int:
    """Delete pauses that were resumed or ran out before the line."""
    line = to_micros(oldest)
    over = select(PAUSES.c.id).where(or_(PAUSES.c.ended_at < line, PAUSES.c.until < line))
    ids = connection.scalars(over.limit(MAX_ROWS)).all()
    connection.execute(delete(PAUSES).where(PAUSES.c.id.in_(ids)))
    return len(ids)


def count_expiring(connection: Connection, until: datetime) -> int:
    """Return how many held items have a date before this moment."""
    return int(
        connection.scalar(
            select(func.count())
            .select_from(HELD)
            .where(HELD.c.state == State.HELD.value, HELD.c.expires_at <= to_micros(until))
        )
        or 0
    )


def _affordable(sizes: Sequence[int]) -> int:
    """Return how many of these may be overwritten in one transaction; one is always due."""
    total = 0
    for number, size in enumerate(sizes):
        total += size
        if number and total > MAX_BYTES:
            return number
    return len(sizes)
