"""What rules in shadow would have done, in the store: rows, counts, how they age out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, select

from filter.quarantine.rows import from_micros, to_micros
from filter.quarantine.tables import TRIALS
from filter.verdict import Effect, TrialKind

# Newest messages that are named of each count.
MAX_NAMED = 3
_NOT_SENT = (Effect.HOLD, Effect.BLOCK, Effect.DEFER, Effect.REPEAT)


@dataclass(frozen=True, slots=True)
class TrialCount:
    """How many messages one rule in shadow met with one effect for one reason."""

    kind: TrialKind
    rule: str
    effect: Effect
    reason: str
    messages: int
    first_at: datetime
    last_at: datetime
    latest: tuple[str, ...]  # ids, newest first


def find_trials(
    connection: Connection, since: datetime | None, rule: str = ""
) -> Sequence[TrialCount]:
    """Return the counts, most messages first."""
    t = TRIALS.c
    keys = (t.kind, t.rule, t.effect, t.reason)
    count = func.count().label("messages")
    first, last = func.min(t.at).label("first_at"), func.max(t.at).label("last_at")
    statement = select(*keys, count, first, last).group_by(*keys).order_by(count.desc(), *keys)
    if since is not None:
        statement = statement.where(t.at >= to_micros(since))
    if rule:
        statement = statement.where(t.rule == rule)
    found = []
    for row in connection.execute(statement).all():
        same = select(t.id).where(
            t.at >= row.first_at,
            t.kind == row.kind,
            t.rule == row.rule,
            t.effect == row.effect,
            t.reason == row.reason,
        )
        ids = connection.scalars(same.order_by(t.at.desc(), t.id.desc()).limit(MAX_NAMED))
        found.append(
            TrialCount(
                TrialKind(row.kind),
                row.rule,
                Effect(row.effect),
                row.reason,
                row.messages,
                from_micros(row.first_at),
                from_micros(row.last_at),
                tuple(ids),
            )
        )
    return tuple(found)


def count_would_be(connection: Connection, since: datetime) -> tuple[int, int]:
    """Return how many messages would not have been sent as they were, and how many held ones would.

    Each message counts once, however many rules met it.
    """

    def messages(*effects: Effect) -> int:
        statement = select(func.count(TRIALS.c.id.distinct())).where(
            TRIALS.c.at >= to_micros(since), TRIALS.c.effect.in_([e.value for e in effects])
        )
        return int(connection.scalar(statement) or 0)

    return messages(*_NOT_SENT), messages(Effect.PASS)


def delete_trials(connection: Connection, ids: Sequence[str]) -> None:
    """Delete those of decisions that are deleted."""
    connection.execute(delete(TRIALS).where(TRIALS.c.id.in_(ids)))
