"""Which of the pictures on other people's lists does a picture show?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from filter.message import Appearance, ListedHash
from filter.mode import Mode
from filter.pictures.algorithms import HASH_BYTES
from filter.pictures.compared import Compared
from filter.ruleset import HashList, ImageList

_Words: TypeAlias = npt.NDArray[np.uint64]
_BLOCK = 1 << 15  # hashes compared at once: words and counts stay in the processor's cache


@dataclass(frozen=True, slots=True)
class Listed:
    """The entry of a list that a picture comes closest to, within the list's limit."""

    known: ImageList
    line: int  # of the list's file
    label: str
    hash: ListedHash  # the picture's
    distance_bits: int

    @property
    def limit_bits(self) -> int:
        """The list's limit."""
        return self.known.max_distance_bits


def find_listed(seen: Appearance, lists: tuple[ImageList, ...]) -> tuple[Listed, ...]:
    """Return the lists that a picture is on, each by its closest entry."""
    if not lists or not seen.listed:
        return ()
    found = _compared.recall(seen, lists)
    if found is None:
        found = tuple(one for known in lists if (one := _closest(seen, known)) is not None)
        _compared.keep(seen, lists, found)
    return found


_compared: Compared[tuple[ImageList, ...], tuple[Listed, ...]] = Compared()


def explain_listed(listed: Listed) -> str:
    """Return a sentence for whoever reviews the message."""
    known = listed.known
    named = f' "{listed.label}"' if listed.label else ""
    return (
        f'is on the list "{known.label}" ({known.id}): {known.file} line {listed.line}{named}, '
        f"{explain_listed_measure(listed)}"
    )


def explain_listed_measure(listed: Listed) -> str:
    """Return how much alike the hashes are, and how much it takes, in words."""
    algorithm = listed.known.hashes.algorithm
    return (
        f"{algorithm} at distance {listed.distance_bits} of {8 * HASH_BYTES[algorithm]} bits, "
        f"limit {listed.limit_bits}"
    )


def label_of(hashes: HashList, row: int) -> str:
    """Return what the list says of one entry, on one line."""
    ends = np.frombuffer(hashes.label_ends, "<u4")
    start = int(ends[row - 1]) if row else 0
    label = hashes.labels[start : int(ends[row])].decode("utf-8", "replace")
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in label)


def line_of(hashes: HashList, row: int) -> int:
    """Return the line of the list's file that an entry stands in."""
    return int(np.frombuffer(hashes.lines, "<u4")[row])


def _closest(seen: Appearance, known: ImageList) -> Listed | None:
    hashes = known.hashes
    if known.mode is Mode.OFF or not hashes.count:
        return None
    asked = [
        one
        for one in seen.listed
        if one.algorithm == hashes.algorithm and one.quality >= known.min_quality
    ]
    if not asked:
        return None
    found = _within(_words_of(hashes), [one.hash for one in asked], known.max_distance_bits)
    if not found:
        return None
    distance, row, which = min(found)
    return Listed(known, line_of(hashes, row), label_of(hashes, row), asked[which], distance)


def _within(words: _Words, asked: list[bytes], limit_bits: int) -> list[tuple[int, int, int]]:
    """Return (distance, row of the list, number of what was asked) of what is close enough.

    Of each block of the list only the first that is closest. Exact. Everything is compared with
    everything: about 4 ms for each hash that is asked, in a million.
    """
    found: list[tuple[int, int, int]] = []
    for which, one in enumerate(asked):
        query = np.frombuffer(one, np.uint64)
        for start in range(0, words.shape[1], _BLOCK):
            block = words[:, start : start + _BLOCK]
            distance = np.zeros(block.shape[1], np.uint16)
            for word, known in zip(query, block, strict=True):
                distance += np.bitwise_count(known ^ word)
            row = int(distance.argmin())
            if distance[row] <= limit_bits:
                found.append((int(distance[row]), start + row, which))
    return found


# The lists of all rule sets that are still there, word by word.
_indexed: WeakKeyDictionary[HashList, _Words] = WeakKeyDictionary()


def _words_of(hashes: HashList) -> _Words:
    """Return the hashes as (words of 64 bits, number of hashes)."""
    words = _indexed.get(hashes)
    if words is None:
        width = HASH_BYTES[hashes.algorithm] // 8
        rows = np.frombuffer(hashes.hashes, np.uint64).reshape(hashes.count, width)
        words = _indexed[hashes] = np.ascontiguousarray(rows.T)
    return words
