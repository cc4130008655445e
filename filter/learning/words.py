"""A text as words, with values that are written in several words kept whole."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from filter.templates.dates import month_names, weekday_names

# Before or after an amount. Longer ones first: "RM" before "R", "US$" before "$".
CURRENCIES: tuple[str, ...] = (
    "US$", "A$", "C$", "S$", "HK$", "NZ$", "R$", "MYR", "USD", "EUR", "GBP", "SGD", "IDR", "INR",
    "AUD", "CAD", "CHF", "JPY", "CNY", "THB", "PHP", "VND", "BRL", "ZAR", "AED", "SEK", "NOK",
    "DKK", "PLN", "CZK", "RM", "Rp", "Rs.", "Rs", "kr", "zł", "$", "€", "£", "¥", "₹", "฿", "₱",
    "₫", "₩",
)  # fmt: skip
_UNITS = frozenset(CURRENCIES)
_HALVES = frozenset({"am", "pm", "a.m.", "p.m.", "a.m", "p.m", "pagi", "petang", "malam"})
_BEFORE, _AFTER = "(\"'“‘«[", ",.;:)!?\"'”’»]"  # noqa: RUF001 - quotes as they are typeset
_DAY = re.compile(r"[0-9]{1,2}\.?")
_YEAR = re.compile(r"[0-9]{4}")
_HOUR = re.compile(r"[0-9]{1,2}(?:[:.][0-9]{2})?")
_AMOUNT = re.compile(r"[0-9](?:[0-9.,]*[0-9])?")
_COUNTRY = re.compile(r"\+[0-9]{1,4}(?:-[0-9]+)*")
_DIGITS = re.compile(r"\(?[0-9]+\)?(?:-[0-9]+)*")
_DIGIT = re.compile(r"[0-9]")
_ADDRESS = re.compile(r"[@/]|\w\.\w")
_OF = ("de",)  # 12 de mayo de 2026


@cache
def _months() -> frozenset[str]:
    return _with_short(month_names())


@cache
def _weekdays() -> frozenset[str]:
    return _with_short(weekday_names())


def _with_short(names: frozenset[str]) -> frozenset[str]:
    return names | {name[:3] for name in names} | {name[:4] for name in names}


def split(text: str) -> tuple[str, ...]:
    """Return the words of a text that is normalised; "12 May 2026" and "RM 5.00" are one each.

    Joined by blanks they are the text again.
    """
    words = text.split(" ") if text else []
    if len(words) < 2 or _DIGIT.search(text) is None:  # noqa: PLR2004 - nothing to join
        return tuple(words)
    joined: list[str] = []
    place = 0
    while place < len(words):
        width = _width(words, place)
        joined.append(" ".join(words[place : place + width]))
        place += width
    return tuple(joined)


def _width(words: Sequence[str], place: int) -> int:
    """Return how many words from here on are one value."""
    first = words[place].lstrip(_BEFORE)
    if not first or place + 1 == len(words):
        return 1
    if first in _UNITS and _AMOUNT.fullmatch(words[place + 1].rstrip(_AFTER)):
        return 2
    head = first.rstrip(".,").lower()
    if first[0].isdigit():
        return _from_digits(words, place, first)
    if first[0] == "+" and _COUNTRY.fullmatch(first):
        return _phone(words, place)
    if head in _weekdays() and (width := _date(words, place + 1)):
        return 1 + width
    return _date(words, place) or 1 if head in _months() else 1


def _from_digits(words: Sequence[str], place: int, first: str) -> int:
    following = words[place + 1].rstrip(",;:)!?").lower()
    if _HOUR.fullmatch(first) and following in _HALVES | {f"{half}." for half in _HALVES}:
        return 2
    if _AMOUNT.fullmatch(first) and words[place + 1].rstrip(_AFTER) in _UNITS:
        return 2
    return _date(words, place) or 1


def _date(words: Sequence[str], place: int) -> int:
    """Return how many words a date with the name of its month has here, 0 for none."""
    some = [word.lower() for word in words[place : place + 5]]
    kept = [(number, word) for number, word in enumerate(some) if word not in _OF]
    if len(kept) < 3:  # noqa: PLR2004 - day, month, year
        return 0
    (_, one), (_, two), (last, three) = kept[:3]
    if last > 2 and "de" not in some[:last]:  # noqa: PLR2004
        return 0
    one = one.lstrip(_BEFORE)
    year = _YEAR.fullmatch(three.rstrip(_AFTER)) is not None
    day_first = _DAY.fullmatch(one) is not None and two.rstrip(".,") in _months()
    month_first = one.rstrip(".") in _months() and _DAY.fullmatch(two.rstrip(",")) is not None
    return last + 1 if year and (day_first or month_first) else 0


def _phone(words: Sequence[str], place: int) -> int:
    width = 1
    while place + width < len(words):
        word = words[place + width]
        if not _DIGITS.fullmatch(word.rstrip(_AFTER) if word[-1:] != ")" else word):
            break
        width += 1
        if word[-1:] in _AFTER and word[-1:] != ")":
            break
    return width


def is_value(word: str) -> bool:
    """Return whether a word is likely to be another one in each message: digits, an address."""
    return _DIGIT.search(word) is not None or _ADDRESS.search(word) is not None
