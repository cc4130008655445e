"""Messages that passed and are kept for a while, so that changed rules can be tried on them.

Off unless the settings say for how long. What is kept is a sample: each message is in it or not by
its id alone, so that every worker and every restart choose alike, and nobody who sends can tell.
"""

from __future__ import annotations

import hashlib
from collections.abc import Container, Iterator, Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, func, select

from filter.message import Transaction
from filter.quarantine.item import Record
from filter.quarantine.rows import content_ids, read_passed, to_micros
from filter.quarantine.tables import CONTENTS, DECISIONS, HELD, PASSED

# A larger one is not kept: rules are seldom about the size of a message.
MAX_MESSAGE_BYTES = 1024 * 1024
# Retention makes room down to this share of what may be kept.
_KEPT_SHARE = 0.9
# Read at once: so many, and so many bytes but for a single message.
MAX_AT_ONCE = 40
MAX_BYTES_AT_ONCE = 16 * 1024 * 1024
# In one step of retention: holds wait for it.
MAX_ROWS = 200


def is_sampled(transaction_id: str, percent: float) -> bool:
    """Return whether a message is one of the ``percent`` that are kept."""
    digest = hashlib.sha256(transaction_id.encode()).digest()
    return int.from_bytes(digest[:4], "big") < percent / 100 * 2**32


def total_bytes(connection: Connection) -> int:
    """Return how many bytes of content are kept."""
    return int(connection.scalar(select(func.sum(PASSED.c.size_bytes))) or 0)


def which_are_kept(connection: Connection, ids: Sequence[str]) -> frozenset[str]:
    """Return of which of these messages there are bytes."""
    return frozenset(connection.scalars(select(CONTENTS.c.id).where(CONTENTS.c.id.in_(ids))))


def in_portions(records: Sequence[Record], kept: Container[str]) -> Iterator[list[Record]]:
    """Yield the records in portions of which the messages fit into memory together."""
    portion: list[Record] = []
    size = number = 0
    for record in records:
        is_kept = record.decision.id in kept
        weight = record.decision.size_bytes if is_kept else 0
        if number + is_kept > MAX_AT_ONCE or (number and size + weight > MAX_BYTES_AT_ONCE):
            yield portion
            portion, size, number = [], 0, 0
        portion.append(record)
        size, number = size + weight, number + is_kept
    if portion:
        yield portion


def find_contents(connection: Connection, ids: Sequence[str]) -> dict[str, Transaction]:
    """Return the messages of which the bytes are kept, held or passed, by their ids."""
    if not ids:
        return {}
    every = [content_id for id_ in ids for content_id in content_ids(id_)]
    kept = connection.execute(select(CONTENTS).where(CONTENTS.c.id.in_(every)))
    contents = {row.id: row.content for row in kept}
    held = select(HELD.c.id, HELD.c.channel, HELD.c.transaction_json)
    others = select(PASSED.c.id, DECISIONS.c.channel, PASSED.c.transaction_json)
    others = others.join(DECISIONS, DECISIONS.c.id == PASSED.c.id)
    rows = [
        *connection.execute(held.where(HELD.c.id.in_(ids), HELD.c.content_deleted == 0)),
        *connection.execute(others.where(PASSED.c.id.in_(ids))),
    ]
    return {row.id: read_passed(row._asdict(), contents) for row in rows if row.id in contents}


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
