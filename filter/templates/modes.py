"""What does each matching mode ignore when a text is held against an approved one?

folded: how much white space stands between words, and any at the ends.
exact: nothing but line ends after the last line (and how they are written, CR LF or LF).
dlt: letter case, and punctuation and white space between words, as the operators' scrubbing of
India's DLT templates does not tell them apart either. Vowel signs and other marks belong to their
letters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache

from filter.templates.pattern import Either, Literal, Repeat, SlotUse, Token

# All that is neither letter nor digit, as Python sees it: vowel signs and other marks are in it.
_NOT_ALPHANUMERIC = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Plain:
    """A text that is compared as it stands. ``folds``: its white space is folded."""

    text: str
    folds: bool = True

    def value(self, start: int, stop: int) -> str:
        """Return the stretch."""
        return self.text[start:stop]

    def same(self, value: str) -> str:
        """Return the value."""
        return value


@dataclass(frozen=True, slots=True)
class Lenient:
    """A text in small letters with one blank between words; slots get what was written."""

    written: str
    text: str
    starts: tuple[int, ...] = field(repr=False)  # of each character of ``text`` in ``written``
    folds: bool = True

    def value(self, start: int, stop: int) -> str:
        """Return what was written there."""
        if stop <= start:
            return ""
        return self.written[self.starts[start] : self.starts[stop - 1] + 1]

    def same(self, value: str) -> str:
        """Return the value as ``text`` has it."""
        return lenient(value).text


@lru_cache(maxsize=64)  # the same text is held against several wordings
def lenient(written: str) -> Lenient:
    """Return a text as mode dlt compares it."""
    letters: list[str] = []
    starts: list[int] = []
    position = 0
    for start, stop in _gaps(written):
        _take(written, position, start, letters, starts)
        letters.append(" ")
        starts.append(start)
        position = stop
    _take(written, position, len(written), letters, starts)
    text = "".join(letters)
    cut = len(text) - len(text.lstrip(" "))
    text = text.strip(" ")
    return Lenient(written, text, tuple(starts[cut : cut + len(text)]))


def lenient_tokens(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    """Return a pattern with its literals as mode dlt compares them."""
    result: list[Token] = []
    for token in tokens:
        match token:
            case Literal(text):
                folded = lenient_words(text)
                if folded:
                    result.append(Literal(folded))
            case Either(_, options):
                result.append(replace(token, options=tuple(map(lenient_tokens, options))))
            case Repeat(_, _, _, body):
                result.append(replace(token, body=lenient_tokens(body)))
            case SlotUse():
                result.append(token)
    return tuple(result)


def lenient_words(words: str) -> str:
    """Return words as mode dlt compares them, blanks at their ends kept."""
    letters: list[str] = []
    position = 0
    for start, stop in _gaps(words):
        letters += (words[position:start].casefold(), " ")
        position = stop
    return "".join((*letters, words[position:].casefold()))


def _gaps(written: str) -> Iterator[tuple[int, int]]:
    """Yield where there is neither letter nor digit, nor a mark that belongs to one before it."""
    for gap in _NOT_ALPHANUMERIC.finditer(written):
        start, stop = gap.span()
        while start < stop and start and unicodedata.category(written[start])[0] == "M":
            start += 1
        if start < stop:
            yield start, stop


def _take(written: str, start: int, stop: int, letters: list[str], starts: list[int]) -> None:
    for place in range(start, stop):
        for letter in written[place].casefold():  # ß is two
            letters.append(letter)
            starts.append(place)
