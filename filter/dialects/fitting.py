"""Does a pattern take this text, where every value is a word that stands for its slot?

A rendering with such words needs no slot types, so the answer is exact. It follows all ways of
going through the pattern at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from filter.templates.pattern import Either, Literal, Repeat, SlotUse, Token


def fits(tokens: Sequence[Token], text: str, words: Mapping[str, str]) -> bool:
    """Return whether the whole text is one reading of the pattern.

    ``text`` is folded as ``normalise`` does it; ``words`` has the word of each slot. Names of
    structures are not heeded: each goes any way.
    """
    ends = _Fitting(text, words).after(tokens, frozenset({0}))
    return len(text) in ends


class _Fitting:
    def __init__(self, text: str, words: Mapping[str, str]) -> None:
        self._text = text
        self._words = words

    def after(self, tokens: Sequence[Token], places: frozenset[int]) -> frozenset[int]:
        """Return where the text may stand after the tokens, when it stood at one of ``places``."""
        for token in tokens:
            if not places:
                return places
            places = self._after_one(token, places)
        return places

    def _after_one(self, token: Token, places: frozenset[int]) -> frozenset[int]:
        match token:
            case Literal(text):
                return self._after_text(text, places)
            case SlotUse(name):
                word = self._words[name]
                return frozenset(p + len(word) for p in places if self._text.startswith(word, p))
            case Either(_, options):
                return frozenset().union(*(self.after(option, places) for option in options))
            case Repeat(_, least, most, body):
                return self._after_rounds(body, least, most, places)

    def _after_text(self, text: str, places: frozenset[int]) -> frozenset[int]:
        # A blank at the border of structures may have been taken by what stands before it.
        for number, word in enumerate(text.split(" ")):
            if number:
                places = frozenset(p for place in places for p in self._after_blank(place))
            places = frozenset(p + len(word) for p in places if self._text.startswith(word, p))
        return places

    def _after_blank(self, place: int) -> tuple[int, ...]:
        if self._text.startswith(" ", place):
            return (place + 1,)
        if place in (0, len(self._text)) or self._text[place - 1] == " ":
            return (place,)
        return ()

    def _after_rounds(
        self, body: Sequence[Token], least: int, most: int, places: frozenset[int]
    ) -> frozenset[int]:
        reached = places if least == 0 else frozenset[int]()
        seen: set[frozenset[int]] = set()
        for done in range(1, most + 1):
            places = self.after(body, places)
            if done >= least:
                reached |= places
            if not places or places in seen:
                break
            seen.add(places)
        return reached
