# ruff: noqa: RUF001 - awkward characters are what some samples are for
"""Values that a slot takes, and texts that a pattern says: for examples, near misses and trials.

The same every time. What is made up is recognisably so: example.org, +1 555 01xx, Jane Doe.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime
from functools import lru_cache

from filter.ruleset import Slot, SlotType
from filter.templates.graph import in_round
from filter.templates.pattern import Either, Literal, Repeat, SlotUse, Token
from filter.templates.slots import accepts, bounds_of
from filter.templates.wording import outside_repeats

_DIGITS = "493021758604911728305566"
_CODE = "K7Q2M9X4T8B3W6R5"
_DAYS = tuple(
    datetime(*day, tzinfo=UTC)
    for day in ((2026, 11, 29, 9, 5), (2027, 1, 3, 23, 59), (2026, 5, 31, 12, 30))
)
# The usual forms, for slots that take them all.
_DATES = ("%d %B %Y", "%Y-%m-%d", "%d/%m/%Y", "%B %d, %Y", "%A, %d %B %Y", "%d %b %Y")
_TIMES = ("%H:%M", "%I:%M %p", "%H:%M:%S")

_PLAIN: Mapping[SlotType, tuple[str, ...]] = {
    SlotType.NAME: (
        "Jane Doe", "Jo", "Siobhán O’Brien-Müller", "O'Brien", "Nurul Ain binti Abdul Rahman",
        "李小龍", "Анна Петрова", "J. R. Smith Jr.", "A",
    ),
    SlotType.WORDS: (
        "the blue one", "one", "Room 12, Block B", "Größe 40", "a, b & c (new)", "Klinik Ampang",
        "x",
    ),
    SlotType.TEXT: (
        "Thank you for your order.", "ok", "Größe 40, “blue” – as agreed & paid!", "Please call.",
        "y",
    ),
    SlotType.UUID: (
        "6f1c9a52-3b7e-4d0a-9c21-5e8f7a6b4c3d", "00000000-0000-4000-8000-000000000000",
    ),
    SlotType.URL: (
        "https://www.example.org/a/b2c3", "https://example.org/", "https://www.example.org/?a=b",
    ),
    SlotType.EMAIL: ("jane.doe@example.org", "j@example.org", "jane+news@mail.example.org"),
    SlotType.PHONE: ("+1 202 555 0100", "+12025550143", "112", "15550100"),
}  # fmt: skip


@lru_cache(maxsize=4096)
def samples_of(slot: Slot) -> tuple[str, ...]:
    """Return values that the slot takes: a plain one first, then short, long and awkward ones.

    Empty only where none can be thought of: a pattern of the rules' author.
    """
    return tuple(dict.fromkeys(v for v in _candidates(slot) if accepts(slot, v)))


def fill(
    tokens: Sequence[Token],
    slots: Mapping[str, Slot],
    number: int = 0,
    values: Mapping[str, str] | None = None,
) -> str:
    """Return one text that the pattern says: with the number-th sample of each slot.

    ``values`` are used where they have the slot (``item``, or ``item#2`` for round 2) or the
    structure (``#plan``: the branch, from 0; ``#items``: the rounds). Otherwise number 0 takes
    first branches and one round (or the least), higher numbers take others in turn. Raises KeyError
    for a slot that is not described or that has no sample.
    """
    filling = _Filling(slots, number, values or {}, outside_repeats(tokens))
    return " ".join("".join(filling.parts(tokens, ())).split())


class _Filling:
    def __init__(
        self,
        slots: Mapping[str, Slot],
        number: int,
        values: Mapping[str, str],
        common: AbstractSet[str],
    ) -> None:
        self._slots = slots
        self._common = common
        self._number = number
        self._values = dict(values)

    def parts(self, tokens: Iterable[Token], rounds: tuple[int, ...]) -> Iterator[str]:
        for token in tokens:
            match token:
                case Literal(text):
                    yield text
                case SlotUse(name):
                    yield self._value(name, rounds)
                case Either(name, options):
                    branch = self._structure(name, rounds, self._number % len(options))
                    yield from self.parts(options[branch], rounds)
                case Repeat(name, least, most, body):
                    usual = max(least, min(most, 1 + self._number % 3))
                    for turn in range(1, self._structure(name, rounds, usual) + 1):
                        yield from self.parts(body, (*rounds, turn))

    def _structure(self, name: str, rounds: tuple[int, ...], usual: int) -> int:
        key = f"#{name}" if f"#{name}" in self._common else in_round(f"#{name}", rounds)
        return int(self._values.get(key, usual)) if name else usual

    def _value(self, name: str, rounds: tuple[int, ...]) -> str:
        for key in (name, in_round(name, rounds)):
            if key in self._values:
                return self._values[key]
        samples = samples_of(self._slots[name])
        if not samples:
            raise KeyError(name)
        turn = rounds[-1] - 1 if rounds and name not in self._common else 0
        place = self._number + turn
        return samples[place % len(samples)]


def _candidates(slot: Slot) -> Iterator[str]:  # noqa: C901 - one line a type
    match slot.type:
        case SlotType.DIGITS:
            yield from _of_lengths(slot, _DIGITS, usual=6)
        case SlotType.CODE:
            yield from _of_lengths(slot, _CODE, usual=8)
            yield from ("AB-1234-CD", "a1b2c3")
        case SlotType.CHOICE:
            yield from slot.values
        case SlotType.NUMBER:
            yield from _numbers(slot)
        case SlotType.MONEY:
            for unit in slot.currency:
                for amount in _numbers(slot):
                    yield from (f"{unit}{amount}", f"{unit} {amount}", f"{amount} {unit}")
        case SlotType.DATE | SlotType.TIME:
            usual = _DATES if slot.type is SlotType.DATE else _TIMES
            for day in _DAYS:
                yield from (day.strftime(form) for form in slot.formats or usual)
        case SlotType.PATTERN:
            yield from _guesses(slot)
        case _:
            yield from _PLAIN[slot.type]
            yield from _stretched(slot)


def _of_lengths(slot: Slot, signs: str, usual: int) -> Iterator[str]:
    shortest, longest = bounds_of(slot)
    for length in (min(max(usual, shortest), longest), shortest, longest):
        yield (signs * (length // len(signs) + 1))[:length]


def _numbers(slot: Slot) -> Iterator[str]:
    low = 0.0 if slot.minimum is None else slot.minimum
    high = max(low, 10_000.0) if slot.maximum is None else slot.maximum
    usual = 10.0 if low <= 10.0 <= high else low  # noqa: PLR2004 - a plain number
    decimals = slot.decimals
    if decimals is None:
        decimals = 2 if slot.type is SlotType.MONEY else 0
    for value in (usual, low, high, (low + high) // 2):
        yield f"{value:.{decimals}f}"
        yield f"{value:.0f}"


def _stretched(slot: Slot) -> Iterator[str]:
    """Yield a value of the least and one of the greatest length, of made-up words."""
    shortest, longest = bounds_of(slot)
    lead = "https://www.example.org/" if slot.type is SlotType.URL else ""
    for length in (shortest, min(longest, 60)):
        words = "Lorem ipsum dolor sit amet consectetur adipiscing elit " * 2
        if lead:
            yield (lead + words.replace(" ", "-").lower())[: max(length, len(lead))].rstrip("-")
            continue
        limited = " ".join(words.split()[: slot.max_words or 5])
        yield limited[:length].strip().ljust(length, "a")


def _guesses(slot: Slot) -> Iterator[str]:
    """Yield values that often fit a pattern of letters and digits."""
    shortest, longest = bounds_of(slot)
    for length in range(shortest, min(longest, 24) + 1):
        yield (_DIGITS * 2)[:length]
        yield (_CODE * 2)[:length]
        yield "ABCDEFGHIJKLMNOPQRSTUVWX"[:length]
        yield "abcdefghijklmnopqrstuvwx"[:length]
    for letters in range(1, 5):
        for digits in range(1, 11):
            for mark in ("", "-", "/", " "):
                yield "ABCD"[:letters] + mark + _DIGITS[:digits]
