"""What may stand in a slot of each type, and what is wrong with a slot as it was written?

Slots are types, not wildcards: each has an alphabet, a length and often more to it (a real date,
a number within bounds). Only ASCII digits are digits, and nothing invisible ever fits.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from filter.reading.links import LinksUnreadable, find_links
from filter.reading.text import find_unseen, normalise
from filter.ruleset import Slot, SlotType
from filter.templates.amounts import is_money, is_number
from filter.templates.contacts import is_email, is_phone, is_url
from filter.templates.dates import is_date, is_time, problems_of_format
from filter.templates.pattern import PatternError
from filter.templates.regex import compile_pattern
from filter.templates.scripts import are_words, is_name_of_one_script, is_prose

Accepts: TypeAlias = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class SlotKind:
    """One slot type: what it is for, its bounds in characters, and the options it understands."""

    rule: str  # completes the sentence "the value is not …"
    build: Callable[[Slot], Accepts]
    min_length: int
    max_length: int  # unless the slot says otherwise
    most: int  # what a slot may say at most
    options: frozenset[str] = frozenset()


_LENGTHS = frozenset({"min_length", "max_length"})
_ALL_OPTIONS = (
    "min_length", "max_length", "minimum", "maximum", "decimals", "currency", "formats", "values",
    "max_words", "pattern",
)  # fmt: skip
# How rule files write them; the same but for the two that Python reserves nothing for.
_OPTION_WORDS = {"minimum": "min", "maximum": "max"}

NAME_WORDS = 7
WORDS_WORDS = 10
MONEY_DECIMALS = 2

_DIGITS = re.compile(r"[0-9]+")
_CODE = re.compile(r"[0-9A-Za-z]+(?:-[0-9A-Za-z]+)*")
_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_PLAIN_NAME = re.compile(r"[A-Za-z .,'@/()-]+")
_PLAIN_WORDS = re.compile(r"[0-9A-Za-z .,'\"()\[\]&/#:;+_!?%*=-]+")
# White space that normalised text never has; find_unseen leaves it to others.
_LINE_ENDS = re.compile("[\t-\r\x85\u2028\u2029]")
_LETTER = re.compile(r"[^\W\d_]")
# a/l, d/o, S/O: a slash in a name stands between two single letters, nowhere else. A letter may
# have a vowel sign behind it, as in Tamil.
_ONE = r"[^\W\d_][^\w\s.,'\u2019@/()-]{0,2}"
_NAME_SLASH = re.compile(rf"(?<![^\s(.]){_ONE}/{_ONE}(?![^\s).,])")
_LINK_SIGNS = re.compile(r"[.@/:\\\u3002\uff0e\uff61](?! |$)")


def accepts(slot: Slot, value: str) -> bool:
    """Return whether the value may stand in the slot."""
    return compile_slot(slot)(value)


@lru_cache(maxsize=65536)
def compile_slot(slot: Slot) -> Accepts:
    """Return a function that says whether a value may stand in the slot.

    A slot with problems (see problems_of) accepts nothing.
    """
    if problems_of(slot):
        return _nothing
    fits = KINDS[slot.type].build(slot)
    shortest, longest = bounds_of(slot)

    def accept(value: str) -> bool:
        return shortest <= len(value) <= longest and _is_clean(value) and fits(value)

    return accept


def why_not(slot: Slot, value: str) -> str:
    """Return why the value may not stand in the slot, as the end of a sentence; "" if it may."""
    if accepts(slot, value):
        return ""
    shortest, longest = bounds_of(slot)
    if not value:
        return "it is empty"
    if len(value) > longest:
        return f"it has {len(value)} characters, more than {longest}"
    if len(value) < shortest:
        return f"it has {len(value)} characters, fewer than {shortest}"
    if find_unseen(value):
        return f"it has an invisible character, U+{ord(find_unseen(value)):04X}"
    return f"it is not {describe(slot)}"


def describe(slot: Slot) -> str:
    """Return what the slot wants, for people: "digits 0 to 9"."""
    limits = []
    if slot.minimum is not None:
        limits.append(f"from {slot.minimum:g}")
    if slot.maximum is not None:
        limits.append(f"up to {slot.maximum:g}")
    if slot.values:
        limits.append("one of " + ", ".join(f'"{value}"' for value in slot.values[:8]))
    if slot.formats:
        limits.append("as " + " or ".join(slot.formats))
    if slot.currency:
        limits.append("in " + " or ".join(slot.currency))
    if slot.pattern:
        limits.append(slot.pattern)
    return ", ".join([KINDS[slot.type].rule, *limits])


def bounds_of(slot: Slot) -> tuple[int, int]:
    """Return the least and the greatest length of a value, in characters."""
    kind = KINDS[slot.type]
    if slot.type is SlotType.CHOICE and slot.values:
        lengths = [len(normalise(value)) for value in slot.values]
        return min(lengths), max(lengths)
    shortest = kind.min_length if slot.min_length is None else slot.min_length
    longest = kind.max_length if slot.max_length is None else slot.max_length
    return shortest, max(longest, shortest)


def problems_of(slot: Slot) -> list[str]:
    """Return everything that is wrong with a slot as written; [] when nothing is."""
    kind = KINDS[slot.type]
    return [
        *_foreign_options(slot, kind),
        *_length_problems(slot, kind),
        *_bound_problems(slot),
        *_PROBLEMS.get(slot.type, _no_problem)(slot),
    ]


def _is_clean(value: str) -> bool:
    if value[:1] == " " or value[-1:] == " ":
        return False
    if value.isascii():
        return value.isprintable()
    return _LINE_ENDS.search(value) is None and not find_unseen(value)


def _nothing(value: str) -> bool:  # noqa: ARG001 - the signature of every slot
    return False


def _no_problem(slot: Slot) -> list[str]:  # noqa: ARG001 - the signature of its kind
    return []


# --- the types


def _digits(slot: Slot) -> Accepts:  # noqa: ARG001
    return lambda value: _DIGITS.fullmatch(value) is not None


def _code(slot: Slot) -> Accepts:  # noqa: ARG001
    return lambda value: _CODE.fullmatch(value) is not None


def _uuid(slot: Slot) -> Accepts:  # noqa: ARG001
    return lambda value: _UUID.fullmatch(value) is not None


def _number(slot: Slot) -> Accepts:
    return lambda value: is_number(
        value, decimals=slot.decimals or 0, minimum=slot.minimum, maximum=slot.maximum
    )


def _money(slot: Slot) -> Accepts:
    decimals = MONEY_DECIMALS if slot.decimals is None else slot.decimals
    return lambda value: is_money(
        value,
        currency=slot.currency,
        decimals=decimals,
        minimum=slot.minimum,
        maximum=slot.maximum,
    )


def _date(slot: Slot) -> Accepts:
    return lambda value: is_date(value, slot.formats)


def _time(slot: Slot) -> Accepts:
    return lambda value: is_time(value, slot.formats)


def _name(slot: Slot) -> Accepts:
    words = slot.max_words or NAME_WORDS

    def accept(value: str) -> bool:
        if value.count(" ") >= words or _LETTER.search(value) is None:
            return False
        if _PLAIN_NAME.fullmatch(value) is None and not is_name_of_one_script(value):
            return False
        return value.count("/") == len(_NAME_SLASH.findall(value)) and not _holds_link(value)

    return accept


def _words(slot: Slot) -> Accepts:
    words = slot.max_words or WORDS_WORDS

    def accept(value: str) -> bool:
        if value.count(" ") >= words:
            return False
        if _PLAIN_WORDS.fullmatch(value) is None and not are_words(value):
            return False
        return not _holds_link(value)

    return accept


def _text(slot: Slot) -> Accepts:
    words = slot.max_words

    def accept(value: str) -> bool:
        if words is not None and value.count(" ") >= words:
            return False
        # Links are not asked for here: they are found and judged like any in the message.
        return value.isascii() or is_prose(value)

    return accept


def _choice(slot: Slot) -> Accepts:
    return frozenset(normalise(value) for value in slot.values).__contains__


def _url(slot: Slot) -> Accepts:  # noqa: ARG001
    return is_url


def _email(slot: Slot) -> Accepts:  # noqa: ARG001
    return is_email


def _phone(slot: Slot) -> Accepts:  # noqa: ARG001
    return is_phone


def _pattern(slot: Slot) -> Accepts:
    return compile_pattern(slot.pattern).matches


def _holds_link(value: str) -> bool:
    if _LINK_SIGNS.search(value) is None:
        return False
    try:
        return bool(find_links(value, "slot"))
    except LinksUnreadable:
        return True


# --- what can be wrong with a slot


def _foreign_options(slot: Slot, kind: SlotKind) -> list[str]:
    return [
        f'"{_OPTION_WORDS.get(option, option)}" does not belong to type {slot.type};'
        f" it is for {_types_with(option)}"
        for option in _ALL_OPTIONS
        if option not in kind.options and getattr(slot, option) not in (None, (), "")
    ]


def _types_with(option: str) -> str:
    return ", ".join(name for name, kind in KINDS.items() if option in kind.options)


def _length_problems(slot: Slot, kind: SlotKind) -> list[str]:
    problems = []
    shortest, longest = slot.min_length, slot.max_length
    if shortest is not None and shortest < 1:
        problems.append("min_length must be at least 1: a slot is never empty")
    if longest is not None and longest < 1:
        problems.append("max_length must be at least 1")
    if shortest is not None and shortest > (longest or kind.most):
        problems.append(f"min_length {shortest} is more than max_length {longest or kind.most}")
    if longest is not None and longest > kind.most:
        problems.append(
            f"max_length {longest} is more than the {kind.most} that type {slot.type} allows"
        )
    if slot.max_words is not None and slot.max_words < 1:
        problems.append("max_words must be at least 1")
    return problems


def _bound_problems(slot: Slot) -> list[str]:
    problems = []
    if slot.minimum is not None and slot.maximum is not None and slot.minimum > slot.maximum:
        problems.append(f"min {slot.minimum:g} is more than max {slot.maximum:g}")
    if slot.decimals is not None and not 0 <= slot.decimals <= 6:  # noqa: PLR2004
        problems.append("decimals must be from 0 to 6")
    return problems


def _text_problems(slot: Slot) -> list[str]:
    if slot.max_length is None:
        return [f'slot "{slot.name}" accepts free text without a limit; add max_length']
    return []


def _choice_problems(slot: Slot) -> list[str]:
    if not slot.values:
        return [f'slot "{slot.name}" has nothing to choose from; add values: [one, another]']
    problems = []
    folded = [normalise(value) for value in slot.values]
    if not all(folded):
        problems.append("a value of a choice must not be empty")
    problems += [
        f'the value "{value}" stands twice' for value in set(folded) if folded.count(value) > 1
    ]
    problems += [
        f'the value "{value}" has an invisible character' for value in folded if find_unseen(value)
    ]
    return problems


def _money_problems(slot: Slot) -> list[str]:
    if not slot.currency:
        return [f'slot "{slot.name}" does not say which currency; add currency: [RM]']
    return [
        f'"{unit}" is not a currency: it must not be empty, hold digits or blanks at its ends'
        for unit in slot.currency
        if not unit or unit != normalise(unit) or any(c.isdigit() for c in unit)
    ]


def _date_problems(slot: Slot) -> list[str]:
    return [p for form in slot.formats for p in problems_of_format(form, with_date=True)]


def _time_problems(slot: Slot) -> list[str]:
    return [p for form in slot.formats for p in problems_of_format(form, with_date=False)]


def _pattern_problems(slot: Slot) -> list[str]:
    if not slot.pattern:
        return [f'slot "{slot.name}" has no pattern; add pattern: "[A-Z]{{2}}[0-9]{{6}}"']
    try:
        compiled = compile_pattern(slot.pattern)
    except PatternError as error:
        return [f"pattern: {error.message}"]
    if compiled.matches(""):
        return ["the pattern fits an empty value; a slot is never empty"]
    return []


_PROBLEMS: Mapping[SlotType, Callable[[Slot], list[str]]] = {
    SlotType.TEXT: _text_problems,
    SlotType.CHOICE: _choice_problems,
    SlotType.MONEY: _money_problems,
    SlotType.DATE: _date_problems,
    SlotType.TIME: _time_problems,
    SlotType.PATTERN: _pattern_problems,
}

# Lengths are in characters. The defaults are wide enough for what people really have (a name of
# seven words, a signed link) and narrow enough that nobody can write a letter into them.
KINDS: Mapping[SlotType, SlotKind] = {
    SlotType.DIGITS: SlotKind("digits 0 to 9", _digits, 1, 20, 64, _LENGTHS),
    SlotType.NUMBER: SlotKind(
        "a number", _number, 1, 24, 40, _LENGTHS | {"minimum", "maximum", "decimals"}
    ),
    SlotType.CODE: SlotKind(
        "a code of letters A to Z, digits and hyphens", _code, 1, 32, 128, _LENGTHS
    ),
    SlotType.MONEY: SlotKind(
        "an amount of money",
        _money,
        1,
        32,
        64,
        _LENGTHS | {"minimum", "maximum", "decimals", "currency"},
    ),
    SlotType.DATE: SlotKind("a date", _date, 4, 48, 64, frozenset({"formats"})),
    SlotType.TIME: SlotKind("a time of day", _time, 2, 24, 48, frozenset({"formats"})),
    SlotType.NAME: SlotKind(
        "a name in letters of one script", _name, 1, 80, 200, _LENGTHS | {"max_words"}
    ),
    SlotType.WORDS: SlotKind(
        "words of letters, digits and everyday signs, without links",
        _words,
        1,
        100,
        500,
        _LENGTHS | {"max_words"},
    ),
    SlotType.TEXT: SlotKind("plain text", _text, 1, 1000, 5000, _LENGTHS | {"max_words"}),
    SlotType.CHOICE: SlotKind("an approved value", _choice, 1, 200, 500, frozenset({"values"})),
    SlotType.UUID: SlotKind("a UUID", _uuid, 36, 36, 36),
    SlotType.URL: SlotKind("an http or https address", _url, 8, 500, 2048, _LENGTHS),
    SlotType.EMAIL: SlotKind("an e-mail address", _email, 6, 254, 254, _LENGTHS),
    SlotType.PHONE: SlotKind("a telephone number", _phone, 3, 25, 32, _LENGTHS),
    SlotType.PATTERN: SlotKind(
        "a value that fits its pattern", _pattern, 1, 200, 1000, _LENGTHS | {"pattern"}
    ),
}
