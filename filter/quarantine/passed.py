"""Messages that passed and are kept for a while, so that changed rules can be tried on them.

Off unless the settings say for how long. What is kept is a sample: each message is in it or not by
its id alone, so that every worker and every restart choose alike, and nobody who sends can tell.
"""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlalchemy import Connection, delete, func, select

from filter.message import Channel, Transaction
from filter.quarantine.rows import content_ids, read_passed, to_micros
from filter.quarantine.tables import CONTENTS, DECISIONS, PASSED

# A larger one is not kept: rules are seldom about the size of a message.
MAX_MESSAGE_BYTES = 1024 * 1024
# Retention makes room down to this share of what may be kept.
_KEPT_SHARE = 0.9
# In one step of retention: holds wait for it.
MAX_ROWS = 200


def is_sampled(transaction_id: str, percent: float) -> bool:
    """Return whether a message is one of the ``percent`` that are kept."""
    digest = hashlib.sha256(transaction_id.encode()).digest()
    return int.from_bytes(digest[:4], "big") < percent / 100 * 2**32


def total_bytes(connection: Connection) -> int:
    """Return how many bytes of content are kept."""
    return int(connection.scalar(select(func.sum(PASSED.c.size_bytes))) or 0)


def find_passed(connection: Connection, transaction_id: str) -> Transaction | None:
    """Return a message that passed with its content; None when it is not kept."""
    statement = (
        select(PASSED, DECISIONS.c.channel)
        .join(DECISIONS, DECISIONS.c.id == PASSED.c.id)
        .where(PASSED.c.id == transaction_id)
    )
    row = connection.execute(statement).one_or_none()
    if row is None:
        return None
    ids = content_ids(transaction_id)
    kept = connection.execute(select(CONTENTS).where(CONTENTS.c.id.in_(ids)))
    contents = {one.id: one.content for one in kept}
    if transaction_id not in contents:
        return None
    return read_passed(row._asdict() | {"channel": Channel(row.channel)}, contents)


def delete_old(connection: Connection, oldest: datetime, most_bytes: int) -> int:
    """Delete what passed before a moment, and the oldest of what is too much; return how many."""
    line = PASSED.c.at < to_micros(oldest)
    ids = list(connection.scalars(select(PASSED.c.id).where(line).limit(MAX_ROWS)))
    excess = total_bytes(connection) - most_bytes
    if not ids and excess > 0:
        excess += int(most_bytes * (1 - _KEPT_SHARE))
        first = select(PASSED.c.id, PASSED.c.size_bytes).order_by(PASSED.c.at).limit(MAX_ROWS)
        for row in connection.execute(first):
            if excess <= 0:
                break
            ids.append(row.id)
            excess -= row.size_bytes
    every = [content_id for id_ in ids for content_id in content_ids(id_)]
    for start in range(0, len(every), MAX_ROWS):
        some = every[start : start + MAX_ROWS]
        connection.execute(delete(CONTENTS).where(CONTENTS.c.id.in_(some)))
    connection.execute(delete(PASSED).where(PASSED.c.id.in_(ids)))
    return len(ids)
