"""How alike are two lists of words, and which of them stand in both in the same order?

A door of rapidfuzz: words become characters, because it compares strings in whole machine words.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rapidfuzz.distance import Indel

_SURROGATES = 0xD800, 0x800
_FIRST, _LAST = 0x20, 0x10FFFF


class Lexicon:
    """Numbers words, each by one character; the same in one run, whatever was asked before."""

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def encode(self, words: Iterable[str]) -> str:
        """Return the words, one character each."""
        known = self._known
        letters = []
        for word in words:
            letter = known.get(word)
            if letter is None:
                number = _FIRST + len(known)
                if number >= _SURROGATES[0]:
                    number += _SURROGATES[1]
                if number >= _LAST:  # a million words: what is not told apart is alike by chance
                    letters.append(chr(_LAST))
                    continue
                letter = known[word] = chr(number)
            letters.append(letter)
        return "".join(letters)


def likeness(one: str, other: str, least: float = 0.0) -> float:
    """Return from 0 to 1 how much of both is equal; 0 for less than ``least``."""
    if not one and not other:
        return 1.0
    return float(Indel.normalized_similarity(one, other, score_cutoff=least))


def matches(one: Sequence[str], other: Sequence[str]) -> list[tuple[int, int]]:
    """Return pairs of places whose words are equal, rising on both sides, as many as there are."""
    return [
        (block.a + step, block.b + step)
        for block in Indel.opcodes(one, other).as_matching_blocks()
        for step in range(block.size)
    ]
