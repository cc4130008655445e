"""What the embedded store keeps beside its pages: tracks, claims, and the lists that people read.

Every function works on a connection that has the write lock. Times are in µs since 1970.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence

from filter.limits import ledger
from filter.limits.gcra import micros
from filter.limits.interface import Charge, Claim, FloodMark, Signal, Track, Use, UseRate
from filter.limits.sqlbooks import SqlBooks
from filter.limits.watches import fours, slice_length

MOST_FLOODS = 100
MOST_RATES = 1000


def keep(connection: sqlite3.Connection, charge: Charge, now: int) -> None:
    """Let later reports find a message that goes on."""
    track = charge.track
    if track is None or not track.references:
        return
    uses = [
        (meter.key.hex(), now // slice_length(meter.measure.seconds), meter.cost)
        for meter in charge.meters
        if isinstance(meter.measure, Use)
    ]
    own, expires = track.references[0], now + micros(track.seconds)
    connection.execute(
        "INSERT OR REPLACE INTO tracks VALUES (?, ?, ?, ?, '', ?)",
        (own, now, expires, track.transaction_id, json.dumps(uses)),
    )
    connection.executemany(
        "INSERT INTO names (reference, track, expires) VALUES (?, ?, ?)",
        [(reference, own, expires) for reference in track.references],
    )


def forget(connection: sqlite3.Connection, books: SqlBooks, track: Track, at: int) -> None:
    """Let no report find the message that was charged at ``at``, and take back those there were."""
    if not track.references:
        return
    own = track.references[0]
    found = connection.execute(
        "SELECT reported, uses FROM tracks WHERE reference = ? AND at = ?", (own, at)
    ).fetchone()
    if found is None:
        return
    for signal in found[0].split():
        for key, number, cost in json.loads(found[1]):
            sent = ledger.Sent(bytes.fromhex(key), at, number, -cost)
            ledger.report(books, Signal(signal), sent)
    connection.execute("DELETE FROM tracks WHERE reference = ?", (own,))
    connection.executemany(
        "DELETE FROM names WHERE reference = ? AND track = ?",
        [(reference, own) for reference in track.references],
    )


def report(
    connection: sqlite3.Connection, books: SqlBooks, reference: bytes, signal: Signal
) -> bool:
    """Count a report. See LimitStore.report."""
    found = _find(connection, reference, books.now)
    if found is None:
        return False
    own, at, _, _, reported, uses = found
    if signal.value not in reported.split():
        connection.execute(
            "UPDATE tracks SET reported = ? WHERE reference = ?", (f"{reported} {signal}", own)
        )
        for key, number, cost in json.loads(uses):
            ledger.report(books, signal, ledger.Sent(bytes.fromhex(key), at, number, cost))
    return True


def id_of(connection: sqlite3.Connection, reference: bytes, now: int) -> str:
    """Return the id of the message that is found by a reference. See LimitStore.tracked."""
    found = _find(connection, reference, now)
    return "" if found is None else found[3]


def name(connection: sqlite3.Connection, reference: bytes, also: bytes, now: int) -> bool:
    """Let a message be found by one more reference. See LimitStore.track."""
    found = _find(connection, reference, now)
    if found is None:
        return False
    own, _, expires, *_ = found
    if also != own:
        connection.execute("DELETE FROM names WHERE reference = ?", (also,))
        connection.execute(
            "INSERT INTO names (reference, track, expires) VALUES (?, ?, ?)", (also, own, expires)
        )
    return True


def _find(
    connection: sqlite3.Connection, reference: bytes, now: int
) -> tuple[bytes, int, int, str, str, str] | None:
    # The latest is the one that was named last: the clock may have been set back.
    found: tuple[bytes, int, int, str, str, str] | None = connection.execute(
        "SELECT tracks.* FROM names JOIN tracks ON tracks.reference = names.track"
        " WHERE names.reference = ? AND tracks.expires > ? ORDER BY names.id DESC LIMIT 1",
        (reference, now),
    ).fetchone()
    return found


def claim(
    connection: sqlite3.Connection, key: bytes, transaction_id: str, seconds: float, now: int
) -> Claim:
    """Be the first, or learn who was. See LimitStore.claim."""
    found = connection.execute(
        "SELECT transaction_id, answer FROM claims WHERE key = ? AND at <= ? AND expires > ?",
        (key, now, now),
    ).fetchone()
    if found is None:
        connection.execute(
            "INSERT OR REPLACE INTO claims VALUES (?, ?, ?, ?, NULL)",
            (key, transaction_id, now, now + micros(seconds)),
        )
        return Claim(is_first=True)
    first, answer = found
    return Claim(first == transaction_id and answer is None, first, answer)


def settle(
    connection: sqlite3.Connection,
    key: bytes,
    transaction_id: str,
    answer: bytes | None,
    now: int,
) -> None:
    """Keep the answer of a claim, or let go of it. See LimitStore.settle_claim."""
    mine = "WHERE key = ? AND transaction_id = ? AND at <= ? AND expires > ?"
    values = (key, transaction_id, now, now)
    if answer is None:
        connection.execute(f"DELETE FROM claims {mine}", values)  # noqa: S608
    else:
        connection.execute(f"UPDATE claims SET answer = ? {mine}", (answer, *values))  # noqa: S608


def floods(connection: sqlite3.Connection, now: int) -> Sequence[FloodMark]:
    """Return the floods of the last hour. See LimitStore.floods."""
    found = connection.execute(
        "SELECT rule, label, since, last, attempts FROM floods WHERE last > ?"
        " ORDER BY last DESC, key LIMIT ?",
        (now - ledger.FLOOD_GAP, MOST_FLOODS),
    )
    return [FloodMark(*row) for row in found.fetchall()]


def use_rates(connection: sqlite3.Connection, books: SqlBooks) -> Sequence[UseRate]:
    """Return how many codes were used, by key. See LimitStore.use_rates."""
    found = connection.execute(
        "SELECT key, rule, label, length, memory FROM uses WHERE slice >= ? - memory"
        " ORDER BY slice DESC, key LIMIT ?",
        (books.now, MOST_RATES),
    )
    rates = []
    for key, rule, label, length, memory in found.fetchall():
        kept = [
            one
            for one in fours(books.page(key).state)
            if books.now - memory <= one[0] * length <= books.now
        ]
        if any(sent for _, sent, *_ in kept):
            _, sent, used, unrequested = map(sum, zip(*kept, strict=True))
            rates.append(UseRate(rule, label, sent, used, unrequested))
    return rates


def ping(connection: sqlite3.Connection, now: int) -> None:
    """Write something."""
    connection.execute("INSERT OR REPLACE INTO pings VALUES (1, ?)", (now,))
