"""What does each matching mode ignore when a text is held against an approved one?

folded: how much white space stands between words, and any at the ends.
exact: nothing but line ends after the last line (and how they are written, CR LF or LF).
dlt: letter case, and punctuation and white space between words, as the operators' scrubbing of
India's DLT templates does not tell them apart either.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import lru_cache

from filter.templates.pattern import Either, Literal, Repeat, SlotUse, Token

# All that is neither letter, mark nor digit; combining marks belong to their letters.
_BETWEEN = re.compile(r"[\W_]+")


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
    for gap in _BETWEEN.finditer(written):
        _take(written, position, gap.start(), letters, starts)
        letters.append(" ")
        starts.append(gap.start())
        position = gap.end()
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
                folded = _BETWEEN.sub(" ", text.casefold())
                if folded:
                    result.append(Literal(folded))
            case Either(_, options):
                result.append(replace(token, options=tuple(map(lenient_tokens, options))))
            case Repeat(_, _, _, body):
                result.append(replace(token, body=lenient_tokens(body)))
            case SlotUse():
                result.append(token)
    return tuple(result)


def _take(written: str, start: int, stop: int, letters: list[str], starts: list[int]) -> None:
    for place in range(start, stop):
        for letter in written[place].casefold():  # ß is two
            letters.append(letter)
            starts.append(place)
