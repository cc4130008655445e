"""Which telephone numbers would a handset make tappable in a value that an application filled in?

Handsets read numbers by the numbering plan of their owner's country, which nobody here knows. So
numbers are told by their form: international ones by the plan of their country, national ones by
the trunk prefix 0 and its length, by the forms of toll-free and North American numbers, and
whatever has a word like "call" before it. Dates, amounts, references and plain runs of digits are
none of these.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from filter.reading.text import compatible, without_format_characters
from filter.templates.contacts import read_number, written_at_home

_LEAST_DIGITS = 7  # of a number that a word announces; shorter ones are codes and ages
_TRUNK_DIGITS = range(9, 12)  # of a national number with its 0
_GROUPED_TRUNK_DIGITS = range(9, 13)  # the longest ones are German; nobody writes them in one run
_MOST_DIGITS = 15  # ITU-T E.164 section 6.2.1

_HYPHENS = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"))
# A run of digits and the signs that people put between them.
_RUN = re.compile(
    r"(?<![0-9A-Za-z_])(?<![^\s(][#@/])(?<![0-9][.,:])(?:\(?\+ ?)?\(?[0-9](?:[ ./()-]{0,2}[0-9])*"
)
_SERVICE_CODE = re.compile(r"(?<![0-9*#])[*#]{1,2}[0-9]{2,}(?:[*#][0-9]*)*#")  # 3GPP TS 22.030
_DATE = re.compile(
    r"(?<![0-9+])(?:0?[1-9]|[12][0-9]|3[01])([./-])(?:0?[1-9]|[12][0-9]|3[01])\1"
    r"(?:(?:19|20)[0-9]{2}|[0-9]{2})(?![0-9])"
)
_IDENTITY = re.compile(r"[0-9]{6}-[0-9]{2}-[0-9]{4}")  # a Malaysian identity card
_DECIMAL = re.compile(r"0+[.,][0-9]+")
# AB-0123456789, and with a word for what it is: "order no. 0123456789".
_REFERENCE = re.compile(
    r"(?:[A-Z0-9]-|[A-Za-z]{2,}/"
    r"|\b(?:ref|reference|order|invoice|ticket|case|id|mrn|batch|lot|account|acc|acct|policy|member"
    r"|booking|receipt|tracking|rujukan|akaun|pesanan|resit|no|nr|number|nombor)\b[^0-9A-Za-z]{0,3})$",
    re.IGNORECASE,
)
_NORTH_AMERICAN = re.compile(
    r"(?:1[ .-]?)?(?:\([2-9][0-9]{2}\)[ .-]?|[2-9][0-9]{2}[ .-])[2-9][0-9]{2}[ .-][0-9]{4}"
)
_TOLL_FREE = re.compile(r"1[ -]?[389]00[ -][0-9]{2,3}[ -][0-9]{3,4}")
# What stands before a number that is to be called, in the languages of the templates.
_CALL = re.compile(
    r"(?:\b(?:call|dial|ring (?:us|me|him|her|them|the|our|this|now)|phone|telephone|telefono"
    r"|telefon|telefoon|tel|mobile|hotline|whatsapp|fax"
    r"|hubungi|panggil|talian|anruf|anrufen|appelez|llame|llama|ligue|chiami|chiama|bel"
    r"|звоните|позвоните|тел)\b|拨打|致电|电话|電話|โทร|전화)[^0-9+]{0,16}$",
    re.IGNORECASE,
)
_NOT_DIGITS = re.compile(r"[^0-9+]")


def find_numbers(value: str) -> tuple[str, ...]:
    """Return the telephone numbers, without separators, and service codes in a slot's value."""
    if not any(character.isdigit() for character in value):
        return ()
    text = compatible(without_format_characters(value)).translate(_HYPHENS)
    text = " ".join(text.split())
    found = [match.group() for match in _SERVICE_CODE.finditer(text)]
    for match in _RUN.finditer(text):
        for run, start in _without_dates(match.group(), match.start()):
            if _is_number(run, text[max(0, start - 32) : start]):
                found.append(_NOT_DIGITS.sub("", run))
    return tuple(dict.fromkeys(found))


def number_forms(number: str) -> frozenset[str]:
    """Return the ways to dial an E.164 number: as it is, from abroad, at home; digits alone."""
    if not number.startswith("+"):
        return frozenset({number})
    forms = {number, number[1:], "00" + number[1:]}
    if read_number(number) is not None:
        forms.add(_NOT_DIGITS.sub("", written_at_home(number)))
    return frozenset(forms)


def _without_dates(run: str, start: int) -> Iterator[tuple[str, int]]:
    """Yield what is left of a run beside the dates in it, and where it stands."""
    position = 0
    for date in _DATE.finditer(run):
        if date.start() > position:
            yield run[position : date.start()], start + position
        position = date.end()
    if position < len(run):
        yield run[position:], start + position


def _is_number(run: str, before: str) -> bool:
    digits = _NOT_DIGITS.sub("", run)
    count = len(digits.lstrip("+"))
    if "+" in run or count > _MOST_DIGITS + 2:  # 00 before it
        return _is_international(digits)
    if _CALL.search(before):
        return count >= _LEAST_DIGITS
    if before.endswith("#") and run.isdigit():  # order #0123456789
        return False
    reference = run.isdigit() and _REFERENCE.search(before)
    if reference or _DECIMAL.fullmatch(run) or _IDENTITY.search(run):
        return False
    return _is_national(run, digits)


def _is_national(run: str, digits: str) -> bool:
    if digits.startswith("00"):
        return _is_international("+" + digits[2:])
    if digits.startswith("0"):
        return len(digits) in (_TRUNK_DIGITS if run.isdigit() else _GROUPED_TRUNK_DIGITS)
    if _TOLL_FREE.fullmatch(run):
        return True
    return _NORTH_AMERICAN.fullmatch(run) is not None and _is_planned("+1" + digits[-10:])


def _is_international(number: str) -> bool:
    if len(number) > _MOST_DIGITS + 1:
        return False
    read = read_number(number)
    return read is not None and read.is_possible


def _is_planned(number: str) -> bool:
    read = read_number(number)
    return read is not None and read.is_valid
