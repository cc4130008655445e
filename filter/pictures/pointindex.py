"""Which points of known pictures look like those of a picture? Tables from some bits to points.

Two points look alike when they differ in few of their 256 bits; then some three bytes (for few
points: two bytes) are most likely the same in both. Each byte is in as many words as a word has
bytes, and no two words have more than one byte in common, so words find what others miss. Of pairs
that lie as a known picture's do, in photographs that were dressed, three bytes find 77 %. Bytes as
ORB writes them: its authors sorted the bits so that neighbours depend little on each other.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from filter.pictures.bands import Numbers, Words, count_differences, ranges
from filter.pictures.blocks import DESCRIPTOR_BYTES

ALIKE_BITS = 54  # most bits of 256 in which two points that look alike differ
_FEW_POINTS = 16_000  # more are told apart by longer words
_SHORT, _LONG = (0, 1), (0, 1, 3)  # bytes of a word, counted from its first
_MIXER = np.uint32(0x9E3779B1)  # an odd number near 2**32 over the golden ratio: spreads all bits
_MOST_REPEATED = 32  # points that look like others of their picture, with one word
_AT_ONCE = 1 << 15  # pairs that are compared at once: they stay in the processor's cache


class TooAlikeError(Exception):
    """A picture's points look so much alike that comparing them would take too long."""


class Budget:
    """The work that may be done for one picture, all its frames together.

    Counted in pairs of points that are compared bit by bit, some 100 ns each.
    """

    def __init__(self, pairs: int) -> None:
        self._left = pairs

    def spend(self, pairs: int) -> None:
        """Take so much; raises TooAlikeError when there is not as much left."""
        self._left -= pairs
        if self._left < 0:
            raise TooAlikeError("too many points look alike to be compared")


class Alike(NamedTuple):
    """Pairs that look alike, some of them several times: three arrays of equal length."""

    own: Numbers
    other: Numbers  # known point
    distance: Numbers


class PointIndex:
    """The bits of known points, ordered by words of them. Never changes."""

    def __init__(self, bits: Words, repeated: npt.NDArray[np.bool_]) -> None:
        """``bits`` (n, 4) are those of all known points; ``repeated`` (n,) that look alike.

        Those that look like others of their picture look like others of all drawings, too: by
        words that many of them have they are not found.
        """
        self._bits = bits
        self._word = _SHORT if len(bits) <= _FEW_POINTS else _LONG
        self._width = min(8 * len(self._word), len(bits).bit_length())
        keys = self._keys(bits)
        self._begins = np.zeros((DESCRIPTOR_BYTES << self._width) + 1, np.uint32)
        self._rows = np.empty(DESCRIPTOR_BYTES * len(bits), np.uint32)
        numbers = np.arange(len(bits), dtype=np.uint64)
        start = 0
        for word in range(DESCRIPTOR_BYTES):
            first = word << self._width
            values = keys[:, word] - first
            of_word = np.bincount(values[repeated], minlength=1 << self._width)
            kept = ~(repeated & (of_word > _MOST_REPEATED)[values])
            values = values[kept]
            ends = np.cumsum(np.bincount(values, minlength=1 << self._width)) + start
            self._begins[first + 1 : first + (1 << self._width) + 1] = ends
            ordered = values.astype(np.uint64) << np.uint64(32) | numbers[kept]
            ordered.sort()
            self._rows[start : start + len(ordered)] = ordered  # the lower half
            start += len(ordered)

    def __len__(self) -> int:
        return len(self._bits)

    @property
    def nbytes(self) -> int:
        """Bytes of memory in arrays."""
        return self._bits.nbytes + self._begins.nbytes + self._rows.nbytes

    def alike(self, bits: Words, budget: Budget) -> Alike:
        """Return the pairs of points, ``bits`` (q, 4) and known, that look alike."""
        keys = self._keys(bits)
        begin = self._begins.take(keys).ravel()
        keys += 1
        count = self._begins.take(keys).ravel() - begin
        budget.spend(int(count.sum(dtype=np.int64)))
        asked = np.flatnonzero(count)
        found = []
        for alike in self._compare(bits, asked, begin[asked], count[asked].astype(np.int64)):
            budget.spend(len(alike.own))  # each is looked at again
            found.append(alike)
        none = Alike(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.int64))
        return Alike(*(np.concatenate(arrays) for arrays in zip(none, *found, strict=True)))

    def _compare(
        self, bits: Words, asked: Numbers, begin: npt.NDArray[np.uint32], count: Numbers
    ) -> Iterator[Alike]:
        """Compare what was asked (point times word) with ``count`` rows from ``begin``, each."""
        for block in blocks_of(count, _AT_ONCE):
            row = self._rows.take(ranges(begin[block], count[block]))
            own = np.repeat(asked[block] // DESCRIPTOR_BYTES, count[block])
            distance = count_differences(self._bits.take(row, axis=0), bits.take(own, axis=0))
            near = np.flatnonzero(distance <= ALIKE_BITS)
            yield Alike(own[near], row[near].astype(np.int64), distance[near].astype(np.int64))

    def _keys(self, bits: Words) -> Numbers:
        """Return where in the table each word of each point is: (n, words)."""
        content = np.ascontiguousarray(bits, "<u8").view(np.uint8).astype(np.uint32)
        words = np.zeros_like(content)
        for number, byte in enumerate(self._word):
            words |= np.roll(content, -byte, axis=1) << np.uint32(8 * number)
        words *= _MIXER
        words >>= np.uint32(32 - self._width)
        return words.astype(np.int64) + (np.arange(DESCRIPTOR_BYTES) << self._width)


def blocks_of(counts: Numbers, size: int) -> Iterator[slice]:
    """Yield what to take of the counts so that each block has about that size, or one count."""
    ends = np.cumsum(counts)
    last = int(ends[-1]) if len(ends) else 0
    stops = np.searchsorted(ends, np.arange(size, last + size, size)) + 1
    start = 0
    for stop in np.unique(np.minimum(stops, len(counts))).tolist():
        yield slice(start, stop)
        start = stop
