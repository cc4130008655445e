"""Ids for held messages in the shapes of the providers, made from our own ids and back.

A ULID is 128 bits, and so are the 32 hexadecimal digits (or the UUID) of most providers: the id
that a caller was given leads back to the message without a table that could be lost.
"""

from __future__ import annotations

import re

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_HEX = re.compile("[0-9a-f]{32}")
_BITS = 128


def to_hex(transaction_id: str) -> str:
    """Return the 128 bits of an id as 32 lower-case hexadecimal digits.

    Raises ValueError when it is not one of our ids.
    """
    text = transaction_id.removeprefix("m_")
    if len(text) != 26 or text == transaction_id:  # noqa: PLR2004 - the length of a ULID
        raise ValueError(f"{transaction_id!r} is not a transaction id")
    value = 0
    for character in text:
        value = value << 5 | _CROCKFORD.index(character)
    if value >> _BITS:
        raise ValueError(f"{transaction_id!r} is not a transaction id")
    return f"{value:032x}"


def from_hex(digits: str) -> str:
    """Return the id whose bits these are. Raises ValueError for anything but 32 such digits."""
    if not _HEX.fullmatch(digits):
        raise ValueError(f"{digits!r} is not 32 hexadecimal digits")
    value = int(digits, 16)
    return "m_" + "".join(_CROCKFORD[(value >> shift) & 31] for shift in range(125, -5, -5))
