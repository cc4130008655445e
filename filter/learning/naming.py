"""What is a slot called? By the word before it where that says it, else by its type."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from filter.learning.anatomy import Block, Fixed, Hole, Piece
from filter.ruleset import Slot, SlotType

_BY_TYPE: Mapping[SlotType, str] = {
    SlotType.DIGITS: "code", SlotType.CODE: "reference", SlotType.PATTERN: "token",
    SlotType.MONEY: "amount", SlotType.CHOICE: "option", SlotType.TEXT: "free_text",
    SlotType.WORDS: "words",
}  # fmt: skip
# Where the word before says more than the type: "order 1234", "code 493021".
_BY_WORD = frozenset({SlotType.DIGITS, SlotType.CODE, SlotType.PATTERN, SlotType.NUMBER})
_LAST_WORD = re.compile(r"([A-Za-z]{3,16})[ :#.(-]*$")
_SMALL = frozenset(
    (
        "the", "and", "for", "your", "you", "are", "was", "has", "have", "been", "with", "from",
        "this", "that", "code", "is", "una", "der", "die", "das", "les", "des", "see", "visit",
        "call", "number", "anda", "telah", "ialah", "adalah", "ist", "sind", "est", "pour",
        "within", "about",
    )
)  # fmt: skip
BLOCK = "part"


class HasPieces(Protocol):
    """A text taken apart."""

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """The pieces."""
        ...


def name_columns(wordings: Sequence[HasPieces], slots: Mapping[int, Slot]) -> dict[int, str]:
    """Return a name of its own for each column that the texts use.

    A column that is neither a block nor a slot (no message that fits has a value) gets none.
    """
    names: dict[int, str] = {}
    used: set[str] = set()
    for wording in wordings:
        for column, before, is_block in _uses(wording.pieces, ""):
            if column in names or not (is_block or column in slots):
                continue
            wanted = BLOCK if is_block else _wanted(slots[column], before)
            name, number = wanted, 2
            while name in used:
                name, number = f"{wanted}_{number}", number + 1
            used.add(name)
            names[column] = name
    return names


def _uses(pieces: Sequence[Piece], before: str) -> Iterator[tuple[int, str, bool]]:
    for piece in pieces:
        match piece:
            case Fixed(text):
                before = text
            case Hole(column):
                yield column, before, False
                before = ""
            case Block(column, body):
                yield column, before, True
                yield from _uses(body, before)
                before = ""


def _wanted(slot: Slot, before: str) -> str:
    plain = _BY_TYPE.get(slot.type, slot.type.value)
    if slot.type not in _BY_WORD:
        return plain
    found = _LAST_WORD.search(before)
    word = found[1].lower() if found else ""
    return plain if not word or word in _SMALL else word
