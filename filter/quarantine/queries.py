"""Questions of people and of retention as SQL, one text for every database."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, Table, exists, func, or_, select

from filter.quarantine.interface import DecisionQuery, ItemQuery
from filter.quarantine.rows import to_micros
from filter.quarantine.tables import DECISIONS, FLOOD_ITEMS, HELD, TRIALS


def select_items(query: ItemQuery) -> Select[tuple[object, ...]]:
    """Return the statement that lists held items, newest first."""
    statement = _newest(HELD, HELD.c.held_at, query.since, query.before, query.limit)
    if query.state is not None:
        statement = statement.where(HELD.c.state == query.state.value)
    if query.channel is not None:
        statement = statement.where(HELD.c.channel == query.channel.value)
    if query.reason:
        statement = statement.where(_has_code(HELD, query.reason))
    if query.case:
        of_case = select(FLOOD_ITEMS.c.id).where(FLOOD_ITEMS.c.flood == query.case)
        statement = statement.where(HELD.c.id.in_(of_case))
    if query.is_single:
        statement = statement.where(~exists().where(FLOOD_ITEMS.c.id == HELD.c.id))
    return _between(statement, HELD, query.sender, query.recipients)


def select_decisions(query: DecisionQuery) -> Select[tuple[object, ...]]:
    """Return the statement that lists decisions, newest first."""
    table = DECISIONS
    statement = _newest(table, table.c.at, query.since, query.before, query.limit)
    for column, wanted in (
        (table.c.disposition, query.disposition.value if query.disposition else ""),
        (table.c.channel, query.channel.value if query.channel else ""),
        (table.c.template, query.template),
        (table.c.client, query.client),
        (table.c.envelope_digest, query.envelope_digest),
    ):
        if wanted:
            statement = statement.where(column == wanted)
    if query.reason:
        statement = statement.where(_has_code(table, query.reason))
    if query.trial:
        statement = statement.where(_was_tried(query.trial))
    if query.would_be or query.tried:
        met = select(TRIALS.c.id)
        if query.would_be:
            met = met.where(TRIALS.c.effect.in_([effect.value for effect in query.would_be]))
        if query.tried:
            met = met.where(TRIALS.c.rule == query.tried)
        if query.since is not None:
            met = met.where(TRIALS.c.at >= to_micros(query.since))
        statement = statement.where(table.c.id.in_(met))
    return _between(statement, table, query.sender, query.recipients)


def _newest(
    table: Table,
    moment: ColumnElement[int],
    since: datetime | None,
    before: str | None,
    limit: int,
) -> Select[tuple[object, ...]]:
    # Ids are ULIDs, so they sort by time; whoever is older than `since` is out by the index on it.
    statement = select(table).order_by(table.c.id.desc()).limit(limit)
    if since is not None:
        statement = statement.where(moment >= to_micros(since))
    if before is not None:
        statement = statement.where(table.c.id < before)
    return statement


def _has_code(table: Table, reason: str) -> ColumnElement[bool]:
    """A whole code ("link.lookalike"), or all codes of an area ("link")."""
    codes = table.c.codes
    return or_(
        codes.contains(f" {reason} ", autoescape=True),
        codes.contains(f" {reason}.", autoescape=True),
    )


def _was_tried(code: str) -> ColumnElement[bool]:
    """The same among findings that were only on trial, which stand after "shadow" in the JSON.

    A text that somebody sent cannot look like this: its quotes are escaped there.
    """
    begin = "%" + _escaped('"shadow":[') + "%"
    whole, area = (_escaped(f'"code":{json.dumps(code)[:-1]}{end}') for end in ('"', "."))
    verdict = DECISIONS.c.verdict
    return or_(
        verdict.like(f"{begin}{whole}%", escape="/"), verdict.like(f"{begin}{area}%", escape="/")
    )


def _escaped(text: str) -> str:
    return text.replace("/", "//").replace("%", "/%").replace("_", "/_")


def _between(
    statement: Select[tuple[object, ...]], table: Table, sender: str, recipients: Sequence[str]
) -> Select[tuple[object, ...]]:
    if sender:
        statement = statement.where(func.lower(table.c.sender) == sender.lower())
    if recipients:
        among = func.lower(table.c.recipients)
        wanted = (json.dumps(recipient.lower()) for recipient in recipients)
        statement = statement.where(or_(*(among.contains(w, autoescape=True) for w in wanted)))
    return statement
