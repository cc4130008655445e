"""Transaction ids: sortable by time, unguessable, safe in replies, file names and shells."""

from __future__ import annotations

import secrets
import time

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH = 26
_PAIRS = tuple(first + second for first in _CROCKFORD for second in _CROCKFORD)


def new_transaction_id(now_seconds: float | None = None) -> str:
    """Return ``m_`` and a ULID: 48 bits of milliseconds, 80 random bits, Crockford base 32.

    Layout: https://github.com/ulid/spec (a time prefix makes ids sort by arrival).
    """
    return "m_" + _new_ulid(now_seconds)


def new_pause_id() -> str:
    """Return ``p_`` and a ULID."""
    return "p_" + _new_ulid()


def _new_ulid(now_seconds: float | None = None) -> str:
    seconds = time.time() if now_seconds is None else now_seconds
    value = (int(seconds * 1000) << 80) | secrets.randbits(80)
    return "".join([_PAIRS[(value >> shift) & 1023] for shift in range(120, -10, -10)])


def seconds_of(transaction_id: str) -> float:
    """Return the Unix time in seconds that an id was made at.

    Raises ValueError when the text is not such an id.
    """
    text = transaction_id.removeprefix("m_")
    if len(text) != _LENGTH or not transaction_id.startswith("m_"):
        raise ValueError(f"{transaction_id!r} is not a transaction id (m_ and 26 characters)")
    value = 0
    for character in text:
        value = value << 5 | _CROCKFORD.index(character)
    return (value >> 80) / 1000
