# ruff: noqa: RUF001 - people separate thousands with typographic signs, too
"""Is this a number, or an amount of money, as people write it, and within its bounds?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

# Groups of three by one and the same separator, then perhaps the other sign and a fraction.
_GROUPED = re.compile(r"([1-9][0-9]{0,2}(?:([,.'’ ])[0-9]{3})(?:\2[0-9]{3})*)(?:([.,])([0-9]+))?")
# Lakhs and crores: 12,34,567.89
_INDIAN = re.compile(r"([1-9][0-9]?(?:,[0-9]{2})+,[0-9]{3})(?:(\.)([0-9]+))?")
_PLAIN = re.compile(r"([0-9]+)(?:[.,]([0-9]+))?")
_SEPARATORS = str.maketrans("", "", ",.'’ ")


def is_number(text: str, *, decimals: int, minimum: float | None, maximum: float | None) -> bool:
    """Return whether the text is a number with at most so many decimals, within its bounds.

    "1,234" may be read in two ways; every reading that the decimals allow must be within bounds.
    A sign is read only where the minimum lies below zero.
    """
    allowed = range(decimals + 1)
    return _is_within(text, allowed, minimum, maximum)


def is_money(
    text: str,
    *,
    currency: tuple[str, ...],
    decimals: int,
    minimum: float | None,
    maximum: float | None,
) -> bool:
    """Return whether the text is an amount in one of the currencies, written before or after it.

    There are either no decimals at all or exactly so many.
    """
    sign, rest = _split_sign(text)
    return any(
        _is_within(sign + amount, (0, decimals), minimum, maximum)
        for amount in _without_currency(rest, currency)
    )


def _without_currency(text: str, currency: tuple[str, ...]) -> Iterator[str]:
    for unit in currency:
        if text.startswith(unit):
            yield text[len(unit) :].removeprefix(" ")
        if text.endswith(unit):
            yield text[: -len(unit)].removesuffix(" ")


def _is_within(
    text: str,
    decimals: range | tuple[int, ...],
    minimum: float | None,
    maximum: float | None,
) -> bool:
    sign, digits = _split_sign(text)
    if sign and (minimum is None or minimum >= 0):
        return False
    readings = [value for value, count in _readings(digits) if count in decimals]
    values = [-value for value in readings] if sign else readings
    return bool(values) and all(
        (minimum is None or value >= minimum) and (maximum is None or value <= maximum)
        for value in values
    )


def _split_sign(text: str) -> tuple[str, str]:
    # U+2212 is the sign that typesetters use; both are seen as a minus.
    return ("-", text[1:]) if text[:1] in {"-", "\u2212"} else ("", text)


def _readings(text: str) -> Iterator[tuple[Decimal, int]]:
    """Yield each value the digits can be read as, with the number of its decimals."""
    plain = _PLAIN.fullmatch(text)
    if plain is not None:
        whole, fraction = plain.group(1), plain.group(2) or ""
        yield Decimal(f"{whole}.{fraction or 0}"), len(fraction)
    grouped = _GROUPED.fullmatch(text)
    if grouped is not None and grouped.group(2) != grouped.group(3):
        whole, fraction = grouped.group(1).translate(_SEPARATORS), grouped.group(4) or ""
        yield Decimal(f"{whole}.{fraction or 0}"), len(fraction)
    indian = _INDIAN.fullmatch(text)
    if indian is not None:
        whole, fraction = indian.group(1).translate(_SEPARATORS), indian.group(3) or ""
        yield Decimal(f"{whole}.{fraction or 0}"), len(fraction)
