"""Which rows share some bits with a hash? Tables from bands of the bits to rows.

Two hashes that differ in at most r bits differ in at most floor(r / m) bits of one of m bands, and
when r = a m + b, in at most a bits of one of b + 1 chosen bands or in at most a - 1 bits of one of
the others (Norouzi, Punjani, Fleet: Fast Exact Search in Hamming Space with Multi-Index Hashing,
2014, section 3). So nothing is missed; what is found is compared in full. Bands of about twenty
bits, as many as rows need to be told apart, cost a fraction of the usual sixteen.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Collection
from functools import lru_cache
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

HASH_BYTES = 32
HASH_BITS = 8 * HASH_BYTES
WORDS = HASH_BITS // 64

Words: TypeAlias = npt.NDArray[np.uint64]  # (n, 4): hashes
Numbers: TypeAlias = npt.NDArray[np.int64]

# What a step costs in nanoseconds, by measurement; only the proportions matter.
_KEY_COST = 25.0  # to look into one place of a table
_CANDIDATE_COST = 60.0  # to compare one row that was found there
_ROW_COST = 6.0  # to compare one row of all
# Hashes of photographs share the bits of a band so much more often than random ones.
_SKEW = 1.5
LEAST_TABLED = 5_000  # rows; below, comparing all is as fast and needs no memory
_MOST_KEYS = 120_000  # places of the tables that one hash is looked for in
_BANDS = range(11, 23)
_MOST_TABLE = 8  # places for each row of all
_MOST_BAND_BITS = 24
_KEYS_AT_ONCE = 1 << 14  # so that what is at work on stays in the processor's cache
_CANDIDATES_AT_ONCE = 1 << 18
_MOST_GATHERED = 1 << 19
_QUERY_BITS = 22  # of the number of a query, in one number with a row and a distance
MOST_QUERIES = 1 << _QUERY_BITS


class Near(NamedTuple):
    """Pairs that lie near each other: three arrays of equal length."""

    query: Numbers
    row: Numbers
    distance: npt.NDArray[np.int16]


NOTHING = Near(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.int16))


class Gathered:
    """What was found so far.

    Many queries may lie near many rows. Of each row's queries only the closest matters in the end,
    so no more is kept than twice what that takes.
    """

    def __init__(self) -> None:
        self._found = [NOTHING]
        self._number = 0
        self._most = _MOST_GATHERED

    def add(self, near: Near) -> None:
        """Add pairs, which may be there already."""
        self._found.append(near)
        self._number += len(near.row)
        if self._number > self._most:
            self._found = [self.closest()]
            self._number = len(self._found[0].row)
            self._most = max(_MOST_GATHERED, 2 * self._number)

    def closest(self) -> Near:
        """Return each row once, by its closest query; of equally close ones the first."""
        if not self._number:
            return NOTHING
        query, row, distance = (np.concatenate(arrays) for arrays in zip(*self._found, strict=True))
        ranked = np.sort(((row << 9 | distance) << _QUERY_BITS) | query)
        row = ranked >> (9 + _QUERY_BITS)
        first = np.diff(row, prepend=-1) != 0
        ranked, row = ranked[first], row[first]
        distance = (ranked >> _QUERY_BITS & 511).astype(np.int16)
        return Near(ranked & ((1 << _QUERY_BITS) - 1), row, distance)


class Tables:
    """For each band, the rows sorted by its bits, and where the rows of each value begin.

    A key is a band and a value of its bits, as one number: the place in ``_begins``.
    """

    def __init__(self, words: Words, bands: int) -> None:
        self._words = words
        self._bands = bands
        self._size = len(words)
        self._first_keys, self._weights = _layout(bands)
        widths = _widths(bands)
        self._begins = np.zeros(sum(1 << width for width in widths) + 1, np.uint32)
        self._rows = np.empty(bands * len(words), np.uint32)
        numbers = np.arange(len(words), dtype=np.uint64)
        start = 0
        for band, width in enumerate(widths):
            values = _bits(words, start, start + width)
            start += width
            first = int(self._first_keys[band])
            ends = np.cumsum(np.bincount(values.view(np.int64), minlength=1 << width))
            self._begins[first + 1 : first + (1 << width) + 1] = ends + band * len(words)
            values <<= np.uint64(32)
            values |= numbers
            values.sort()
            self._rows[band * len(words) : (band + 1) * len(words)] = values  # the lower half

    @property
    def nbytes(self) -> int:
        """Bytes of memory in arrays, without those of the hashes."""
        return self._begins.nbytes + self._rows.nbytes

    def is_worth_it(self, radius: int) -> bool:
        """Whether looking a hash up is less work than comparing it with all."""
        return _cost(self._bands, self._size, radius) < _ROW_COST * self._size

    def within(self, queries: Words, radius: int, found: Gathered) -> Numbers:
        """Add what lies near, and return which queries are less work without tables.

        Those, by their numbers, have not been looked up.
        """
        bands, flips = _probes(self._bands, radius)
        bits = np.unpackbits(queries.view(np.uint8), axis=1)
        values = (bits @ self._weights).astype(np.int64) + self._first_keys
        heavy = [np.empty(0, np.int64)]
        step = max(1, _KEYS_AT_ONCE // len(bands))
        waiting = np.split(np.arange(len(queries)), range(step, len(queries), step))
        while waiting:
            asked = waiting.pop()
            keys = values[asked].take(bands, axis=1)
            keys ^= flips
            begin = self._begins.take(keys)
            keys += 1
            count = self._begins.take(keys)
            count -= begin
            total = int(count.sum(dtype=np.int64))
            if total > _CANDIDATES_AT_ONCE and len(asked) > 1:
                waiting += np.array_split(asked, 2)
            elif total * _CANDIDATE_COST > _ROW_COST * self._size * len(asked):
                heavy.append(asked)
            else:
                found.add(self._compare(queries, asked, begin, count, radius))
        return np.concatenate(heavy)

    def _compare(
        self,
        queries: Words,
        asked: Numbers,
        begin: npt.NDArray[np.uint32],
        count: npt.NDArray[np.uint32],
        radius: int,
    ) -> Near:
        """Compare each query with what its places of the tables hold: ``count`` from ``begin``."""
        keys = begin.shape[1]
        hit = np.flatnonzero(count != 0)
        many = count.ravel().take(hit).astype(np.int64)
        row = self._rows.take(ranges(begin.ravel().take(hit), many))
        if len(asked) == 1:
            query = np.broadcast_to(np.int64(0), len(row))
            distance = count_differences(self._words.take(row, axis=0), queries[asked])
        else:
            query = np.repeat(hit // keys, many)
            distance = count_differences(
                self._words.take(row, axis=0), queries[asked].take(query, axis=0)
            )
        near = np.flatnonzero(distance <= radius)
        return Near(asked[query[near]], row[near].astype(np.int64), distance[near])


def _bits(words: Words, start: int, stop: int) -> Words:
    """Return some bits, most significant first, of each hash (n, 4) as a number."""
    content = words.view(np.uint8)
    values = np.zeros(len(content), np.uint64)
    last = (stop + 7) // 8
    for byte in range(start // 8, last):
        values <<= np.uint64(8)
        values |= content[:, byte]
    values >>= np.uint64(8 * last - stop)
    values &= np.uint64((1 << (stop - start)) - 1)
    return values


def _widths(bands: int) -> list[int]:
    """Return the bits of each band, wide ones first: so every first key is a multiple of 2**width.

    Then flipping bits of a key never leaves its band.
    """
    width, wider = divmod(HASH_BITS, bands)
    return [width + 1] * wider + [width] * (bands - wider)


@lru_cache(maxsize=8)
def _layout(bands: int) -> tuple[Numbers, npt.NDArray[np.float64]]:
    """Return the first key of each band, and what each bit of a hash counts in each band."""
    widths = _widths(bands)
    first_keys = np.cumsum([0, *(1 << width for width in widths[:-1])])
    weights = np.zeros((HASH_BITS, bands))
    start = 0
    for band, width in enumerate(widths):
        weights[start : start + width, band] = 2.0 ** np.arange(width - 1, -1, -1)
        start += width
    return first_keys.astype(np.int64), weights


def _radii(bands: int, radius: int) -> list[int]:
    """Return how many bits may be flipped in each band so that nothing is missed."""
    least, rest = divmod(radius, bands)
    return [least - 1] * (bands - rest - 1) + [least] * (rest + 1)


@lru_cache(maxsize=256)
def _keys_of(bands: int, radius: int) -> int:
    return sum(
        math.comb(width, flips)
        for width, most in zip(_widths(bands), _radii(bands, radius), strict=True)
        for flips in range(most + 1)
    )


def _cost(bands: int, rows: int, radius: int) -> float:
    """Return about how many nanoseconds one look-up takes."""
    keys = _keys_of(bands, radius)
    if keys > _MOST_KEYS:
        return math.inf
    found = _SKEW * rows / 2 ** (HASH_BITS / bands)
    return keys * (_KEY_COST + _CANDIDATE_COST * found)


def plan(rows: int, radii: Collection[int]) -> int:
    """Return the number of bands with which look-ups cost least; 0 for no tables."""
    wanted = [radius for radius in radii if radius >= 0]
    if rows < LEAST_TABLED or not wanted:
        return 0
    most = _ROW_COST * rows
    costs = {0: most * len(wanted)}
    for bands in _BANDS:
        if max(_widths(bands)) <= min(_MOST_BAND_BITS, (_MOST_TABLE * rows).bit_length() - 1):
            costs[bands] = sum(min(_cost(bands, rows, radius), most) for radius in wanted)
    return min(costs, key=costs.__getitem__)


@lru_cache(maxsize=64)
def _probes(bands: int, radius: int) -> tuple[Numbers, Numbers]:
    """Return where a hash is looked for: in which band, with which bits flipped."""
    flips = [
        _flips(width, most)
        for width, most in zip(_widths(bands), _radii(bands, radius), strict=True)
    ]
    numbers = np.repeat(np.arange(bands), [len(of_band) for of_band in flips])
    return numbers, np.concatenate(flips)


@lru_cache(maxsize=64)
def _flips(width: int, most: int) -> Numbers:
    """Return every number of ``width`` bits with at most ``most`` of them set."""
    flips = [np.zeros(int(most >= 0), np.int64)]
    for number in range(1, most + 1):
        places = np.array(list(itertools.combinations(range(width), number)), np.int64)
        flips.append((1 << places).sum(axis=1))
    return np.concatenate(flips)


def count_differences(some: Words, others: Words) -> npt.NDArray[np.int16]:
    """Return the bits by which the hashes of two arrays (n, 4) differ, row by row."""
    total = np.zeros(len(some), np.int16)
    for word in range(WORDS):
        total += np.bitwise_count(some[:, word] ^ others[:, word])
    return total


def ranges(begins: npt.NDArray[np.integer], counts: Numbers) -> Numbers:
    """Return the numbers from each begin on, as many as it counts, one after the other."""
    numbers = np.repeat(begins - (np.cumsum(counts) - counts), counts)
    numbers += np.arange(len(numbers))
    return numbers
