"""Flood cases and alerts as SQL: every list is bounded and reads no more rows than it returns.

A row of CASES has the counts, kept in step by triggers (counters.py), and two indexes give the open
cases and all cases by their last message.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, Select, func, insert, not_, select, update

from filter.quarantine.interface import AlertQuery, CaseQuery, Overview
from filter.quarantine.item import FLOOD_AREAS, Alert, Case, CaseItem, Change, NoSuchItem, State
from filter.quarantine.rows import Row, change_row, clean, from_micros, outcome_row, to_micros
from filter.quarantine.tables import (
    AFTERWARDS,
    ALERTS,
    CASES,
    CHANGES,
    DECISIONS,
    FLOOD_ITEMS,
    HELD,
    IS_OPEN,
)
from filter.verdict import Disposition

HOUR = timedelta(hours=1)


def find_cases(connection: Connection, query: CaseQuery) -> tuple[Case, ...]:
    """Return cases: open ones first, of these the one with the latest message first."""
    found: list[Case] = []
    for is_open in (True, False):
        if query.is_open in (None, is_open) and len(found) < query.limit:
            statement = _select_cases(query, is_open=is_open).limit(query.limit - len(found))
            found += [_read_case(row._asdict()) for row in connection.execute(statement)]
    return tuple(found)


def _select_cases(query: CaseQuery, *, is_open: bool) -> Select[tuple[object, ...]]:
    statement = select(CASES).where(IS_OPEN if is_open else not_(IS_OPEN))
    if query.rule:
        statement = statement.where(CASES.c.rule == query.rule)
    if query.since is not None:
        statement = statement.where(CASES.c.last_at >= to_micros(query.since))
    return statement.order_by(CASES.c.last_at.desc())


def get_case(connection: Connection, case_id: str) -> Case:
    """Return one case. Raises NoSuchItem."""
    row = connection.execute(select(CASES).where(CASES.c.flood == case_id)).one_or_none()
    if row is None:
        raise NoSuchItem(f"there is no case {case_id}")
    return _read_case(row._asdict())


def _read_case(row: Row) -> Case:
    return Case(
        id=row["flood"],
        rule=row["rule"],
        key=row["key"],
        since=from_micros(row["since"]),
        first_at=from_micros(row["first_at"]),
        last_at=from_micros(row["last_at"]),
        counts={state: row[state.value] for state in State},
    )


def case_items(
    connection: Connection, case_id: str, state: State | None, after: str, limit: int
) -> tuple[CaseItem, ...]:
    """Return items of a case with ids above ``after``, oldest first."""
    columns = (FLOOD_ITEMS.c.id, FLOOD_ITEMS.c.received_at, FLOOD_ITEMS.c.template)
    statement = (
        select(*columns, HELD.c.state, HELD.c.recipients, HELD.c.codes)
        .add_columns(DECISIONS.c.client, DECISIONS.c.disposition)
        .join_from(FLOOD_ITEMS, HELD, FLOOD_ITEMS.c.id == HELD.c.id)
        .outerjoin(DECISIONS, DECISIONS.c.id == HELD.c.id)
        .where(FLOOD_ITEMS.c.flood == case_id, FLOOD_ITEMS.c.id > after)
        .order_by(FLOOD_ITEMS.c.id)
        .limit(limit)
    )
    if state is not None:
        statement = statement.where(HELD.c.state == state.value)
    return tuple(_read_case_item(row._asdict()) for row in connection.execute(statement))


def _read_case_item(row: Row) -> CaseItem:
    return CaseItem(
        id=row["id"],
        state=State(row["state"]),
        received_at=from_micros(row["received_at"]),
        template=row["template"] or "",
        recipients=tuple(json.loads(row["recipients"])),
        content_codes=tuple(c for c in row["codes"].split() if c.split(".")[0] not in FLOOD_AREAS),
        client=row["client"] or "",
        was_refused=row["disposition"] == Disposition.BLOCK.value,
    )


def discard(
    connection: Connection, ids: Sequence[str], now: datetime, by: str, note: str
) -> Mapping[str, str]:
    """Discard those of a few items that are held; return why not, for the others."""
    found = connection.execute(select(HELD.c.id, HELD.c.state).where(HELD.c.id.in_(ids)))
    states = {row.id: row.state for row in found}
    held = [one for one in ids if states.get(one) == State.HELD.value]
    if held:
        values = {
            "state": State.DISCARDED.value,
            "changed_at": to_micros(now),
            "changed_by": clean(by),
            "note": clean(note),
        }
        connection.execute(update(HELD).where(HELD.c.id.in_(held)).values(values))
        step = Change(now, by, State.HELD, State.DISCARDED, note)
        connection.execute(insert(CHANGES), [change_row(one, step) for one in held])
        connection.execute(insert(AFTERWARDS), [outcome_row(one, step) for one in held])
    return {
        one: f"{one} is {states[one]}, not held" if one in states else f"there is no message {one}"
        for one in ids
        if states.get(one) != State.HELD.value
    }


def find_alerts(connection: Connection, query: AlertQuery) -> tuple[Alert, ...]:
    """Return alerts, newest first."""
    statement = select(ALERTS).order_by(ALERTS.c.at.desc(), ALERTS.c.number.desc())
    if query.since is not None:
        statement = statement.where(ALERTS.c.at >= to_micros(query.since))
    if query.rule:
        statement = statement.where(ALERTS.c.rule == query.rule)
    if query.case:
        statement = statement.where(ALERTS.c.flood == query.case)
    return tuple(
        Alert(from_micros(row.at), row.rule, row.key, row.text, row.flood)
        for row in connection.execute(statement.limit(query.limit))
    )


def overview(connection: Connection, now: datetime) -> Overview:
    """Return what waits for people."""
    cases = select(func.count(), func.coalesce(func.sum(CASES.c.held), 0)).where(IS_OPEN)
    open_cases, held = connection.execute(cases).one()
    recent = ALERTS.c.at > to_micros(now - HOUR)
    alerts = connection.scalar(select(func.count()).select_from(ALERTS).where(recent))
    return Overview(open_cases, held, alerts or 0)
