"""Which few of many wordings could a text be, and which come near it?

A wording needs certain words: those that every message in it holds. Wordings are filed in a tree
by these, the rarest first, and a text follows only branches whose words it has. So a look-up
depends on the words of the text and hardly on how many templates there are.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, chain

from filter.templates.pattern import Literal
from filter.templates.wording import Wording

_LEAF = 8  # wordings that are rather asked one by one than filed further
_DEPTH = 24  # words by which a wording is filed at most
MAX_SHARED = 8_000  # pairs of a word and a wording that a search for the nearest looks at


@dataclass(frozen=True, slots=True)
class Entry:
    """A wording and whose it is: the place of its template in the rule set."""

    template: int
    wording: Wording


@dataclass(slots=True)
class _Node:
    """Wordings that are filed no further, and branches by the next word that others need."""

    here: list[int] = field(default_factory=list)
    branches: dict[str, _Node] = field(default_factory=dict)


class Index:
    """Finds wordings by whole text. Built once, never changed."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._entries = tuple(entries)
        self._fixed: dict[str, list[int]] = {}
        needed = [sorted(whole_words(entry.wording)) for entry in self._entries]
        self._words = _Words(needed)
        filed: list[tuple[int, list[str]]] = []
        for place, entry in enumerate(self._entries):
            if entry.wording.is_fixed:
                self._fixed.setdefault(entry.wording.first, []).append(place)
            else:
                filed.append((place, self._words.rarest_first(needed[place])[:_DEPTH]))
        self._root = _file(filed, 0)

    @property
    def is_filled(self) -> bool:
        """Whether there is any wording in it."""
        return bool(self._entries)

    def candidates(self, text: str, words: frozenset[str]) -> Iterator[Entry]:
        """Yield the wordings whose ends and needed words the text has.

        ``words`` are the text's words, each once.
        """
        for place in self._fixed.get(text, ()):
            yield self._entries[place]
        waiting = [self._root]
        while waiting:
            node = waiting.pop()
            for place in node.here:
                entry = self._entries[place]
                if entry.wording.could_fit(text):
                    yield entry
            branches = node.branches
            # Goes through the smaller of the two.
            waiting += [branches[word] for word in branches.keys() & words]

    def neighbours(self, words: Iterable[str], most: int) -> list[Entry]:
        """Return wordings that share words with a text, those that share most first."""
        found = self._words.nearest(words, most)
        return [self._entries[place] for place in found] or list(self._entries[:most])


class _Words:
    """How many wordings need each word, and which."""

    def __init__(self, needed: Sequence[Sequence[str]]) -> None:
        counts = Counter(chain.from_iterable(needed))
        self._counts = counts
        starts = accumulate(counts.values(), initial=0)
        self._starts = dict(zip(counts, starts, strict=False))
        # All wordings of one word, then of the next: four bytes each.
        self._places = array("I", bytes(4 * counts.total()))
        filled = dict(self._starts)
        for place, words in enumerate(needed):
            for word in words:
                self._places[filled[word]] = place
                filled[word] += 1

    def rarest_first(self, words: Iterable[str]) -> list[str]:
        """Return the words, those that the fewest wordings need first."""
        # By the word itself where counts are equal: the order of a set is another each time.
        return sorted(words, key=lambda word: (self._counts[word], word))

    def nearest(self, words: Iterable[str], most: int) -> list[int]:
        """Return the places of wordings that share the most of these words.

        Words that very many wordings need are asked last, and no further than MAX_SHARED.
        """
        shared: Counter[int] = Counter()
        left = MAX_SHARED
        for word in self.rarest_first(set(words) & self._counts.keys()):
            start = self._starts[word]
            shared.update(self._places[start : start + min(self._counts[word], left)])
            left -= self._counts[word]
            if left <= 0:
                break
        return [place for place, _ in shared.most_common(most)]


def _file(entries: Sequence[tuple[int, list[str]]], depth: int) -> _Node:
    """Return the tree of wordings by their needed words from this depth on."""
    node = _Node()
    if len(entries) <= _LEAF and depth:
        node.here = [place for place, _ in entries]
        return node
    further: dict[str, list[tuple[int, list[str]]]] = {}
    for place, words in entries:
        if depth < len(words):
            further.setdefault(words[depth], []).append((place, words))
        else:
            node.here.append(place)
    node.branches = {word: _file(group, depth + 1) for word, group in further.items()}
    return node


def whole_words(wording: Wording) -> set[str]:
    """Return the words that stand between blanks in every text of this wording.

    A word that touches a slot or a structure is not one of them: in "code:{code}." there is none.
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
