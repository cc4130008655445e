"""Of which type is a slot, by the values it had? The narrowest that holds them, with a margin.

Margins: numbers and amounts get bounds of the next round number (1, 2, 5, 10 …) beyond half of the
least and twice the greatest; lengths a quarter more and at least two characters; names one word
more, and never less than four words of 40 characters; words a quarter more. Digits and codes that
were always of one length stay so. The judge is ``templates.slots.accepts``: no type is chosen that
refuses a usual value.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from filter.learning.support import Stamp, is_rush, spare_of, usual
from filter.learning.words import CURRENCIES
from filter.ruleset import Slot, SlotType
from filter.templates.dates import DATE_FORMATS, TIME_FORMATS
from filter.templates.slots import NAME_WORDS, WORDS_WORDS, accepts

MOST_CHOICES = 12
_CHOICE_MESSAGES = 8  # for each value, before they are taken for all there are
_CHOICE_EACH = 3
_FORMATS = 3  # of a date that stand together in one slot
_MORE_DATE_FORMATS = (
    "%d/%m/%y", "%d.%m.%y", "%d %B", "%d. %B %Y", "%d. %b %Y", "%d de %B de %Y", "%Y/%m/%d",
    "%m/%d/%Y",
    "%A, %d. %B %Y", "%A %d %B %Y", "%B %d %Y", "%d/%m/%Y %H:%M", "%d.%m.%Y %H:%M",
    "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S%z", "%d %b", "%d-%b-%Y", "%d %b. %Y",
    "%d %B, %Y",
)  # fmt: skip
# Types that say so much of a value that nobody can write a sentence into them.
NARROW = frozenset(
    {
        SlotType.DIGITS, SlotType.NUMBER, SlotType.CODE, SlotType.MONEY, SlotType.DATE,
        SlotType.TIME, SlotType.UUID, SlotType.CHOICE, SlotType.EMAIL, SlotType.PHONE,
        SlotType.PATTERN,
    }
)  # fmt: skip

Builder = Callable[["Values"], Iterator[Slot]]


@dataclass(frozen=True, slots=True)
class Values:
    """The values of one slot: usual ones, how many messages have each, how many there are."""

    counts: Mapping[str, int]
    total: int

    def all_fit(self, pattern: re.Pattern[str]) -> bool:
        """Return whether each value fits a pattern."""
        return all(pattern.fullmatch(value) for value in self.counts)

    def lengths(self) -> tuple[int, int]:
        """Return the least and the greatest length."""
        lengths = [len(value) for value in self.counts]
        return min(lengths), max(lengths)

    def share_with_digits(self) -> float:
        """Return in which share of the messages the value has a digit."""
        having = sum(n for value, n in self.counts.items() if _HAS_DIGIT.search(value))
        return having / self.total

    def words(self) -> int:
        """Return the greatest number of words."""
        return max(value.count(" ") + 1 for value in self.counts)


@dataclass(frozen=True, slots=True)
class Typed:
    """A slot and the places of messages whose value it does not take (outliers)."""

    slot: Slot
    refused: tuple[int, ...] = ()


def type_values(
    values: Sequence[str | None], stamps: Sequence[Stamp], *, name: str = "slot"
) -> Typed | None:
    """Return the narrowest slot for values, one a message (None: it has none); None if none is.

    What is refused is a small share, or of one rush (see ``support``).
    """
    places: dict[str, list[int]] = {}
    for place, value in enumerate(values):
        if value is not None:
            places.setdefault(value, []).append(place)
    kept = usual(places, stamps)
    known = Values(
        {value: len(places[value]) for value in sorted(kept)},
        sum(len(places[value]) for value in kept),
    )
    every = [stamps[place] for rows in places.values() for place in rows]
    for build in _BUILDERS:
        for slot in build(known):
            refused = sorted(
                place
                for value, rows in places.items()
                if not accepts(slot, value)
                for place in rows
            )
            if not refused:
                return Typed(replace(slot, name=name))
            odd = [stamps[place] for place in refused]
            few = len(refused) <= spare_of(len(every)) or is_rush(odd, every)
            if few or _are_sentences([values[place] or "" for place in refused], len(every)):
                return Typed(replace(slot, name=name), tuple(refused))
    return None


def _are_sentences(refused: Sequence[str], total: int) -> bool:
    """Return whether a few values are sentences where all others are none: never usual."""
    few = len(refused) <= _SENTENCE_SHARE * total
    return few and all(value.count(" ") >= _SENTENCE_WORDS - 1 for value in refused)


# --- margins


def upper(value: float) -> float:
    """Return the next round number from twice the value on."""
    return _round_up(2 * value)


def lower(value: float) -> float:
    """Return the last round number up to half of the value."""
    if value <= 0:
        return -_round_up(-2 * value) if value < 0 else 0.0
    step = 10.0 ** math.floor(math.log10(value / 2))
    return max(factor * step for factor in (0.5, 1, 2, 5) if factor * step <= value / 2 + 1e-9)


def _round_up(value: float) -> float:
    if value <= 0:
        return 0.0
    step = 10.0 ** math.floor(math.log10(value))
    return min(factor * step for factor in (1, 2, 5, 10) if factor * step >= value - 1e-9)


def longer(length: int) -> int:
    """Return a length with its margin."""
    return length + max(2, math.ceil(length / 4))


# --- the types, narrowest first

_DIGITS = re.compile(r"[0-9]+")
_NUMBER = re.compile(r"-?[0-9][0-9.,' ]*")
_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_CODE = re.compile(r"[0-9A-Za-z]+(?:-[0-9A-Za-z]+)*")
_TOKEN = re.compile(r"[A-Za-z0-9_.~%=+/:#&?,;-]+")
_HAS_DIGIT = re.compile(r"[0-9]")
_HAS_LETTER = re.compile(r"[^\W\d_]")
_SHORT_NUMBER = 3  # digits; a longer one that is always as long is a row of digits
_LONG_NUMBER = 7
_FEW_THINGS = 10
_CODE_SHARE = 0.7  # of codes that have a digit
_PATTERN_SHARE = 0.9  # of other runs of signs that have one
_LONGEST_TOKEN = 600
_NAME_LENGTH, _FEW_WORDS = 40, 4  # what any slot for names takes
_SENTENCE_SHARE, _SENTENCE_WORDS = 0.15, 6
_TASTE = 20  # values that are tried first
_MACHINE = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}")


def _uuids(values: Values) -> Iterator[Slot]:
    if values.all_fit(_UUID):
        yield Slot("slot", SlotType.UUID)


def _digits(values: Values) -> Iterator[Slot]:
    if not values.all_fit(_DIGITS):
        return
    least, most = values.lengths()
    zero = any(value[0] == "0" and len(value) > 1 for value in values.counts)
    if least == most > _SHORT_NUMBER or (zero and least == most):
        yield Slot("slot", SlotType.DIGITS, min_length=least, max_length=least)
    elif zero or most > _LONG_NUMBER:
        yield Slot(
            "slot", SlotType.DIGITS, min_length=max(1, least - 1), max_length=min(64, most + 1)
        )


def _numbers(values: Values) -> Iterator[Slot]:
    if not values.all_fit(_NUMBER):
        return
    for decimals in range(5):
        slot = Slot("slot", SlotType.NUMBER, decimals=decimals)
        if not all(accepts(replace(slot, minimum=-1e15), value) for value in values.counts):
            continue
        readings = [float(_plain(value, decimals)) for value in values.counts]
        yield replace(
            slot,
            decimals=decimals or None,
            minimum=lower(min(readings)) if decimals else _whole(lower(min(readings))),
            maximum=upper(max(*readings, 1)),
        )
        return


def _whole(least: float) -> int:
    """Return a least whole number; what counts from a few may count from one."""
    return 1 if 1 <= least <= _FEW_THINGS else math.floor(least)


def _plain(value: str, decimals: int) -> str:
    """Return a number as Python reads it; a last separator before the decimals is the point."""
    digits = re.sub(r"[^0-9.,-]", "", value)
    point = max(digits.rfind("."), digits.rfind(","))
    behind = len(digits) - point - 1
    if point < 0 or behind > decimals or (decimals == 0):
        return re.sub(r"[.,]", "", digits)
    return f"{re.sub(r'[.,]', '', digits[:point])}.{digits[point + 1 :] or 0}"


def _money(values: Values) -> Iterator[Slot]:
    found = set()
    amounts = []
    for value in values.counts:
        unit = next(
            (one for one in CURRENCIES if value.startswith(one) or value.endswith(one)), None
        )
        if unit is None:
            return
        amount = value.removeprefix(unit).removesuffix(unit).strip()
        if not _NUMBER.fullmatch(amount):
            return
        found.add(unit)
        amounts.append(amount)
    decimals = 2 if any(re.search(r"[.,][0-9]{2}$", amount) for amount in amounts) else 0
    readings = [float(_plain(amount, decimals)) for amount in amounts]
    yield Slot(
        "slot",
        SlotType.MONEY,
        currency=tuple(sorted(found)),
        decimals=0 if not decimals else None,
        minimum=min(0.0, lower(min(readings))),
        maximum=upper(max(*readings, 1)),
    )


def _formats(
    values: Values, kind: SlotType, known: Sequence[str], most: int = _FORMATS
) -> Iterator[Slot]:
    if not all(_HAS_DIGIT.search(value) for value in values.counts):
        return
    left = set(values.counts)
    # A few values say nearly always that none is a date, and which formats are worth a try.
    few = sorted(left)[:: max(1, len(left) // _TASTE)]
    worth: dict[str, None] = {}
    for value in few:
        fits = [f for f in known if accepts(Slot("slot", kind, formats=(f,)), value)]
        if not fits:
            return
        worth |= dict.fromkeys(fits)
    known = [form for form in known if form in worth]
    chosen: list[str] = []
    taken = {
        form: {value for value in left if accepts(Slot("slot", kind, formats=(form,)), value)}
        for form in known
    }
    while left and len(chosen) < most:
        form = max(known, key=lambda one: len(taken[one] & left))
        if not taken[form] & left:
            return
        chosen.append(form)
        left -= taken[form]
    if not left:
        yield Slot("slot", kind, formats=tuple(sorted(chosen)))


def _dates(values: Values) -> Iterator[Slot]:
    yield from _formats(values, SlotType.DATE, (*DATE_FORMATS, *_MORE_DATE_FORMATS))


def _times(values: Values) -> Iterator[Slot]:
    yield from _formats(values, SlotType.TIME, TIME_FORMATS)


def _choices(values: Values) -> Iterator[Slot]:
    often = {
        value: count
        for value, count in values.counts.items()
        if count >= max(_CHOICE_EACH, values.total / 200)
    }
    worded = all(_HAS_LETTER.search(value) for value in often)
    enough = values.total >= _CHOICE_MESSAGES * len(often)
    if enough and 1 < len(often) <= MOST_CHOICES and worded:
        yield Slot("slot", SlotType.CHOICE, values=tuple(sorted(often)))


def _emails(values: Values) -> Iterator[Slot]:
    if all("@" in value for value in values.counts):
        yield Slot("slot", SlotType.EMAIL)


def _phones(values: Values) -> Iterator[Slot]:
    if all(value[:1] in {"+", "(", "0"} for value in values.counts):
        yield Slot("slot", SlotType.PHONE)


def _urls(values: Values) -> Iterator[Slot]:
    if all("://" in value for value in values.counts):
        yield Slot("slot", SlotType.URL, max_length=min(2048, max(64, longer(values.lengths()[1]))))


def _codes(values: Values) -> Iterator[Slot]:
    if not values.all_fit(_CODE):
        return
    with_digit = values.share_with_digits()
    least, most = values.lengths()
    capitals = all(value.isupper() for value in values.counts) and least == most
    if with_digit < _CODE_SHARE and not (capitals and most > _SHORT_NUMBER):
        return
    if least == most:
        yield Slot("slot", SlotType.CODE, min_length=least, max_length=least)
    else:
        yield Slot(
            "slot", SlotType.CODE, min_length=max(1, least - 1), max_length=min(128, longer(most))
        )


def _patterns(values: Values) -> Iterator[Slot]:
    """Yield a pattern for values of one word with digits: by their shape, else by alphabet."""
    with_digit = values.share_with_digits()
    if not values.all_fit(_TOKEN) or with_digit < _PATTERN_SHARE:
        return
    if any("://" in value or "@" in value for value in values.counts):
        return
    least, most = values.lengths()
    if most > _LONGEST_TOKEN:
        return
    if values.all_fit(_MACHINE):
        yield Slot("slot", SlotType.PATTERN, pattern=_MACHINE.pattern)
    shapes = {tuple(_runs(value, only_class=True)) for value in values.counts}
    if len(shapes) == 1:
        columns = zip(*(_runs(value) for value in values.counts), strict=True)
        pattern = "".join(_class_of(list(column)) for column in columns)
        yield Slot("slot", SlotType.PATTERN, pattern=pattern, max_length=longer(most))
    signs = sorted({c for value in values.counts for c in value if not c.isalnum()} - {"-"})
    alphabet = "A-Za-z0-9" + "".join(map(re.escape, signs)) + "-"
    bounds = f"{{{max(1, least - 1)},{longer(most)}}}"
    yield Slot("slot", SlotType.PATTERN, pattern=f"[{alphabet}]{bounds}", max_length=longer(most))


def _kind(character: str) -> str:
    if "0" <= character <= "9":
        return "0"
    return ("A" if character.isupper() else "a") if character.isalpha() else character


def _runs(value: str, *, only_class: bool = False) -> Iterator[str]:
    for kind, run in groupby(value, _kind):
        yield kind if only_class else "".join(run)


def _class_of(runs: list[str]) -> str:
    if len(set(runs)) == 1 and not runs[0].isdigit():
        return re.escape(runs[0])
    letters = {"0": "[0-9]", "A": "[A-Z]", "a": "[a-z]"}
    kind = _kind(runs[0][0])
    lengths = [len(run) for run in runs]
    least, most = min(lengths), max(lengths)
    times = f"{{{least}}}" if least == most else f"{{{max(1, least - 1)},{most + 1}}}"
    return letters.get(kind, re.escape(kind)) + times


def _names(values: Values) -> Iterator[Slot]:
    if any(_HAS_DIGIT.search(value) for value in values.counts):
        return
    small = sum(
        count for value, count in values.counts.items() if not value[:1].isupper() and _cased(value)
    )
    if small > values.total / 10:
        return
    yield Slot(
        "slot",
        SlotType.NAME,
        max_length=min(200, max(_NAME_LENGTH, longer(values.lengths()[1]))),
        max_words=min(NAME_WORDS, max(_FEW_WORDS, values.words() + 1)),
    )


def _cased(value: str) -> bool:
    return value[:1].lower() != value[:1].upper()


def _words(values: Values) -> Iterator[Slot]:
    most = values.words()
    yield Slot(
        "slot",
        SlotType.WORDS,
        max_length=min(500, longer(values.lengths()[1])),
        max_words=max(most + max(1, most // 4), 1) if most != WORDS_WORDS else None,
    )


def _text(values: Values) -> Iterator[Slot]:
    yield Slot("slot", SlotType.TEXT, max_length=min(5000, longer(values.lengths()[1])))


_BUILDERS: tuple[Builder, ...] = (
    _uuids, _digits, _numbers, _money, _dates, _times, _emails, _phones, _choices, _urls, _codes,
    _patterns, _names, _words, _text,
)  # fmt: skip
