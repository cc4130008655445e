"""Which words of an approved text are fixed, and where are its slots?

An approved text is written as it is read: ``Your code is {code}.`` Anything but a slot is literal;
``{{`` and ``}}`` stand for braces.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from filter.reading.text import normalise

# Also the grammar of RE2's group names, so that a slot can be a group of its own name.
_SLOT_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
_SPECIAL = re.compile(r"\{\{|\}\}|\{|\}")
# A private-use character composes with nothing and is not white space: it keeps the blanks at the
# ends of a literal, which stand beside a slot, from being trimmed.
_FENCE = "\ue000"


class PatternError(ValueError):
    """A pattern is not well-formed. ``offset`` counts characters from 0 to where it goes wrong."""

    def __init__(self, message: str, offset: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


@dataclass(frozen=True, slots=True)
class Literal:
    """Text that must stand exactly so: NFC, white space folded to single blanks."""

    text: str


@dataclass(frozen=True, slots=True)
class SlotUse:
    """A place where a slot's value stands. ``offset`` counts characters into the source."""

    name: str
    offset: int = 0


Token: TypeAlias = Literal | SlotUse


@lru_cache(maxsize=8192)  # rules ask for the same text when they are checked and compiled
def parse_pattern(text: str) -> tuple[Token, ...]:
    """Return the literals and slots of an approved text, in order; neighbours are never literals.

    Raises PatternError when a brace is neither doubled nor part of a slot.
    """
    merged: list[Token] = []
    for token in _raw_tokens(text):
        last = merged[-1] if merged else None
        if isinstance(token, Literal) and isinstance(last, Literal):
            merged[-1] = Literal(last.text + token.text)
        else:
            merged.append(token)
    return _normalised(merged)


def _raw_tokens(text: str) -> Iterator[Token]:
    position = 0
    while special := _SPECIAL.search(text, position):
        if special.start() > position:
            yield Literal(text[position : special.start()])
        position = special.end()
        match special.group():
            case "{{":
                yield Literal("{")
            case "}}":
                yield Literal("}")
            case "{":
                slot = _slot_at(text, special.start())
                yield slot
                position = special.start() + len(slot.name) + 2
            case _:
                raise PatternError('a "}" without its "{"; write "}}" for a brace', special.start())
    if position < len(text):
        yield Literal(text[position:])


def _slot_at(text: str, start: int) -> SlotUse:
    end = text.find("}", start)
    inside = text[start + 1 : end] if end >= 0 else text[start + 1 :]
    if end < 0:
        raise PatternError('a "{" without its "}"; write "{{" for a brace', start)
    if not inside.strip():
        raise PatternError('an empty slot; name it, as in "{code}", or write "{{}}"', start)
    if _SLOT_NAME.fullmatch(inside) is None:
        raise PatternError(
            f'"{{{inside[:40]}}}" is not a slot: a name is a letter, then letters, digits and'
            ' underscores; write "{{" for a brace',
            start,
        )
    return SlotUse(inside, start)


def _normalised(tokens: list[Token]) -> tuple[Token, ...]:
    """Normalise the literals so that the blanks beside slots stay and those at the ends go."""
    final = len(tokens) - 1
    result: list[Token] = []
    for index, token in enumerate(tokens):
        if isinstance(token, SlotUse):
            result.append(token)
            continue
        folded = normalise(f"{_FENCE}{token.text}{_FENCE}").removeprefix(_FENCE)
        folded = folded.removesuffix(_FENCE)
        folded = folded.lstrip(" ") if index == 0 else folded
        folded = folded.rstrip(" ") if index == final else folded
        if folded:
            result.append(Literal(folded))
    return tuple(result)
