"""A text as words, with values that are written in several words kept whole."""

from __future__ import annotations

import re
from functools import cache

from filter.templates.dates import month_names, weekday_names

# Before or after an amount. Longer ones first: "RM" before "R", "US$" before "$".
CURRENCIES: tuple[str, ...] = (
    "US$", "A$", "C$", "S$", "HK$", "NZ$", "R$", "MYR", "USD", "EUR", "GBP", "SGD", "IDR", "INR",
    "AUD", "CAD", "CHF", "JPY", "CNY", "THB", "PHP", "VND", "BRL", "ZAR", "AED", "SEK", "NOK",
    "DKK", "PLN", "CZK", "RM", "Rp", "Rs.", "Rs", "kr", "zł", "$", "€", "£", "¥", "₹", "฿", "₱",
    "₫", "₩",
)  # fmt: skip
_AMOUNT = r"[0-9][0-9.,]*[0-9]|[0-9]"


@cache
def _joined() -> re.Pattern[str]:
    months = "|".join(sorted(map(re.escape, _with_short(month_names())), key=_longest))
    days = "|".join(sorted(map(re.escape, _with_short(weekday_names())), key=_longest))
    units = "|".join(re.escape(unit) for unit in CURRENCIES)
    return re.compile(
        rf"(?<![^\W_])(?:(?:(?:{days})\.?,? )?[0-9]{{1,2}}\.?(?: de)? (?:{months})\.?,?(?: de)?"
        rf" [0-9]{{4}}"
        rf"|(?:(?:{days})\.?,? )?(?:{months})\.? [0-9]{{1,2}},? [0-9]{{4}}"
        r"|[0-9]{1,2}(?:[:.][0-9]{2})? (?:[AaPp]\.?[Mm]\b\.?|pagi|petang|malam|tengah hari)"
        rf"|(?:{units}) (?:{_AMOUNT})|(?:{_AMOUNT}) (?:{units})"
        r"|\+[0-9]{1,3}(?:[ -]?[0-9(][0-9)]*)+)(?![^\W_])",
        re.IGNORECASE,
    )


def _with_short(names: frozenset[str]) -> frozenset[str]:
    return names | {name[:3] for name in names} | {name[:4] for name in names}


def _longest(name: str) -> int:
    return -len(name)


def split(text: str) -> tuple[str, ...]:
    """Return the words of a text that is normalised; "12 May 2026" and "RM 5.00" are one each.

    Joined by blanks they are the text again.
    """
    if not text:
        return ()
    words: list[str] = []
    current = ""
    position = 0
    for found in _joined().finditer(text):
        before = text[position : found.start()].split(" ")
        if len(before) > 1:
            words += [current + before[0], *before[1:-1]]
            current = before[-1]
        else:
            current += before[0]
        current += found[0]
        position = found.end()
    first, *rest = text[position:].split(" ")
    words.append(current + first)
    return (*words, *rest)


_DIGIT = re.compile(r"[0-9]")
_ADDRESS = re.compile(r"[@/]|\w\.\w")


def is_value(word: str) -> bool:
    """Return whether a word is likely to be another one in each message: digits, an address."""
    return _DIGIT.search(word) is not None or _ADDRESS.search(word) is not None
