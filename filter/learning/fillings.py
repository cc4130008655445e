"""Values for a slot that are nobody's, and such as show how much a slot lets through."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from filter.ruleset import Slot, SlotType
from filter.templates.samples import samples_of
from filter.templates.slots import accepts, bounds_of

# What says nothing about a person by itself.
_HARMLESS = frozenset(
    {SlotType.DATE, SlotType.TIME, SlotType.MONEY, SlotType.NUMBER, SlotType.CHOICE, SlotType.URL}
)
_SENTENCE = "Call Us Now And Pay At Once To Keep Your Account Or Lose It All"
_HOSTILE = tuple(_SENTENCE.split(" "))
_DIGITS = "1234567890"
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"


def plain_value(slot: Slot, seen: Sequence[str]) -> str:
    """Return a value that the slot takes, not one of a real message where that says anything."""
    often = sorted(Counter(seen).items(), key=lambda one: (-one[1], len(one[0]), one[0]))
    known = [value for value, _ in often]
    if slot.type in _HARMLESS:
        return next(value for value in known if accepts(slot, value))
    made = [*samples_of(slot), *(_changed(value) for value in known[:5])]
    return next(value for value in (*made, *known) if accepts(slot, value))


def _changed(value: str) -> str:
    """Return a value of the same form with other letters and digits."""
    letters = []
    for place, character in enumerate(value):
        if character.isdigit():
            letters.append(_DIGITS[place % len(_DIGITS)])
        elif character.isascii() and character.isalpha():
            letter = _LETTERS[place % len(_LETTERS)]
            letters.append(letter if character.isupper() else letter.lower())
        else:
            letters.append(character)
    return "".join(letters)


def wide_value(slot: Slot, seen: Sequence[str]) -> str:
    """Return a value that shows what else may be written into the slot: as much as it takes."""
    if slot.type in (SlotType.NAME, SlotType.WORDS, SlotType.TEXT):
        for words in _hostile(slot):
            if accepts(slot, words):
                return words
    return max(
        (value for value in {*seen, plain_value(slot, seen)} if accepts(slot, value)),
        key=lambda value: (len(value), value),
    )


def _hostile(slot: Slot) -> Iterable[str]:
    longest = bounds_of(slot)[1]
    for count in range(len(_HOSTILE), 0, -1):
        words = " ".join(_HOSTILE[:count])
        if len(words) <= longest:
            yield words
    yield from (_HOSTILE[0][:longest], _HOSTILE[0][:longest].lower())


def shortened(slot: Slot, value: str) -> str:
    """Return a value as strangers may see it: enough to tell of what kind it is."""
    if slot.type in _HARMLESS - {SlotType.URL}:
        return value
    if slot.type is SlotType.EMAIL:
        local, _, domain = value.rpartition("@")
        return f"{local[:1]}…@{domain}"
    return " ".join(f"{word[:1]}…" if len(word) > 1 else word for word in value.split(" "))
