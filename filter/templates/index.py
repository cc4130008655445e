"""Which few of many wordings could a text be?

Each wording is filed under the rarest word that every message in this wording must hold, so a
look-up costs one dictionary access a word, however many templates there are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import nsmallest

from filter.templates.pattern import Literal
from filter.templates.wording import Wording

_RARE_WORDS = 8  # of each wording, by which its neighbours are found


@dataclass(frozen=True, slots=True)
class Entry:
    """A wording and whose it is: the place of its template in the rule set."""

    template: int
    wording: Wording


class Index:
    """Finds wordings by whole text. Built once, never changed."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._entries = tuple(entries)
        self._fixed: dict[str, list[int]] = {}
        self._filed: dict[str, list[int]] = {}
        self._loose: list[int] = []
        self._rare: dict[str, list[int]] = {}
        self._file_all()

    @property
    def is_filled(self) -> bool:
        """Whether there is any wording in it."""
        return bool(self._entries)

    def candidates(self, text: str, words: frozenset[str]) -> Iterator[Entry]:
        """Yield the wordings whose ends and rarest word the text has.

        ``words`` are the text's words, each once.
        """
        for place in self._fixed.get(text, ()):
            yield self._entries[place]
        filed = self._filed
        # Whichever goes through fewer words.
        known = words.intersection(filed) if len(filed) < len(words) else filed.keys() & words
        for word in known:
            yield from self._that_could_fit(filed[word], text)
        yield from self._that_could_fit(self._loose, text)

    def neighbours(self, words: Iterable[str], most: int) -> list[Entry]:
        """Return wordings that share rare words with a text, those with the most of them first."""
        shared: Counter[int] = Counter()
        for word in words:
            places = self._rare.get(word, ())
            weight = 1 + 100 // (1 + len(places))
            for place in places[:most]:
                shared[place] += weight
        return [self._entries[place] for place, _ in shared.most_common(most)] or list(
            self._entries[:most]
        )

    def _that_could_fit(self, places: list[int], text: str) -> Iterator[Entry]:
        for place in places:
            entry = self._entries[place]
            if entry.wording.could_fit(text):
                yield entry

    def _file_all(self) -> None:
        # Twice over the words rather than once with all of them in memory.
        counts: Counter[str] = Counter()
        for entry in self._entries:
            counts.update(whole_words(entry.wording))
        for place, entry in enumerate(self._entries):
            # By the word itself where counts are equal: the order of a set is another each time.
            rarest = nsmallest(
                _RARE_WORDS, [(counts[word], word) for word in whole_words(entry.wording)]
            )
            for _, word in rarest:
                self._rare.setdefault(word, []).append(place)
            if entry.wording.is_fixed:
                self._fixed.setdefault(entry.wording.first, []).append(place)
            elif rarest:
                self._filed.setdefault(rarest[0][1], []).append(place)
            else:
                self._loose.append(place)


def whole_words(wording: Wording) -> set[str]:
    """Return the words that stand between blanks in every text of this wording.

    A word that touches a slot is not one of them: in "code:{code}." there is none.
    """
    words: set[str] = set()
    final = len(wording.tokens) - 1
    for place, token in enumerate(wording.tokens):
        if not isinstance(token, Literal):
            continue
        pieces = token.text.split(" ")
        start = 0 if place == 0 else 1
        stop = len(pieces) if place == final else len(pieces) - 1
        words.update(pieces[start:stop])
    words.discard("")
    return words
