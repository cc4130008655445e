"""Which of very many 256-bit hashes lie within their limits of a few others? All of them, exactly.

A few thousand hashes are compared one by one, more are found by the tables of bands.py. Whenever
that would be more work than comparing all (wide limits, or a bank of pictures that are all alike),
all are compared. docs/pictures.md says what that takes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from filter.pictures.bands import (
    HASH_BITS,
    HASH_BYTES,
    MOST_QUERIES,
    NOTHING,
    WORDS,
    Gathered,
    Near,
    Numbers,
    Tables,
    Words,
    count_differences,
    plan,
    ranges,
)

Bytes: TypeAlias = npt.NDArray[np.uint8]  # (n, 32): hashes
Limits: TypeAlias = npt.NDArray[np.int16]  # (kinds of queries, groups of rows)

_ABOUT_ALIKE = 8  # bits; rows with limits that differ less share their tables
_LEAST_APART = 1_000  # rows; fewer are compared together, whatever their limits
_AT_ONCE = 1 << 14  # numbers in one block: they stay in the processor's cache
# A hash has its bits row by row of the transform: neighbours resemble each other, and some rows
# tell more than others. A stride that has no divisor in common with 256 mixes them.
_MIXED = np.arange(HASH_BITS) * 77 % HASH_BITS


class HashIndex:
    """Hashes to be found again by what lies near. Never changes; may be used by many threads."""

    def __init__(
        self,
        hashes: Bytes,
        groups: npt.NDArray[np.integer],
        limits: Limits,
        owners: npt.NDArray[np.integer] | None = None,
    ) -> None:
        """Index ``hashes`` (n, 32).

        ``limits[kind, group]`` is the most bits by which a query of that kind may differ from a
        row of that group, below 0 for never; ``groups`` (n,) names the group of each row, and
        ``owners`` (n,) whose it is: each its own when they are not given.
        """
        if hashes.shape != (len(groups), HASH_BYTES):
            raise ValueError(f"hashes of shape {hashes.shape} for {len(groups)} rows")
        self._limits = limits.astype(np.int16)
        self._groups = groups.astype(np.min_scalar_type(max(limits.shape[1], 1)))
        self._owners = None if owners is None else owners.astype(np.uint32)
        self._parts = tuple(self._divide(hashes)) if len(hashes) else ()

    @classmethod
    def with_row_limits(cls, hashes: Bytes, limits: Limits) -> HashIndex:
        """Index hashes (n, 32) of which each has limits of its own: ``limits[kind, row]``."""
        distinct, groups = np.unique(limits, axis=1, return_inverse=True)
        return cls(hashes, groups.reshape(-1), distinct)

    def __len__(self) -> int:
        return len(self._groups)

    @property
    def nbytes(self) -> int:
        """Bytes of memory in arrays."""
        owners = 0 if self._owners is None else self._owners.nbytes
        return self._groups.nbytes + owners + sum(part.nbytes for part in self._parts)

    def closest(self, queries: Bytes, kinds: npt.NDArray[np.integer] | int = 0) -> Near:
        """Return for each owner the closest query and row that are within their limit.

        Once for each kind of query and group of rows, since those have limits of their own; of
        equally close ones the first query, then the first row. Sorted by query, then row.
        ``queries`` (q, 32), ``kinds`` (q,).
        """
        kind_of = np.broadcast_to(np.asarray(kinds, np.int64), len(queries))
        if len(queries) > MOST_QUERIES:
            raise ValueError(f"{len(queries)} hashes are more than can be looked up at once")
        words = _mix(queries)
        found = [NOTHING]
        for kind in np.unique(kind_of).tolist():
            asked = np.flatnonzero(kind_of == kind)
            limits = self._limits[kind]
            for part in self._parts:
                radius = int(limits[part.groups].max())
                if radius >= 0:
                    query, row, distance = part.closest(words[asked], radius)
                    if not len(row):
                        continue
                    kept = distance <= limits[self._groups[row]]
                    near = Near(asked[query[kept]], row[kept], distance[kept])
                    found.append(self._by_owner(near))
        query, row, distance = (np.concatenate(arrays) for arrays in zip(*found, strict=True))
        order = np.lexsort((row, query))
        return Near(query[order], row[order], distance[order])

    def _by_owner(self, near: Near) -> Near:
        if self._owners is None:
            return near
        owner, group = self._owners[near.row], self._groups[near.row]
        order = np.lexsort((near.row, near.query, near.distance, group, owner))
        owner, group = owner[order], group[order]
        first = np.ones(len(order), np.bool_)
        first[1:] = (owner[1:] != owner[:-1]) | (group[1:] != group[:-1])
        order = order[first]
        return Near(near.query[order], near.row[order], near.distance[order])

    def distances(self, queries: Bytes) -> npt.NDArray[np.int16]:
        """Return the bits by which each query differs from each row: (q, n). For few rows."""
        distances = np.empty((len(queries), len(self)), np.int16)
        for part in self._parts:
            for distance, query in zip(distances, _mix(queries), strict=True):
                apart = count_differences(part.words, query[None, :])
                distance[part.rows] = np.repeat(apart, part.counts)
        return distances

    def _divide(self, hashes: Bytes) -> Iterator[_Part]:
        """Rows with about the same limits have tables of their own, few rows of any none."""
        tops = -(-self._limits // _ABOUT_ALIKE)
        _, part_of_group = np.unique(tops, axis=1, return_inverse=True)
        part_of_row = part_of_group.reshape(-1).astype(np.int16)[self._groups]
        sizes = np.bincount(part_of_row)
        part_of_row[np.isin(part_of_row, np.flatnonzero(sizes < _LEAST_APART))] = -1
        for number in np.unique(part_of_row).tolist():
            rows = np.flatnonzero(part_of_row == number).astype(np.uint32)
            groups = np.unique(self._groups[rows])
            radii = [int(kind[groups].max()) for kind in self._limits]
            yield _Part(_mix(hashes, rows), rows, groups, radii)


class _Part:
    """Rows that are looked up together: their hashes, each once, and tables if that saves work."""

    def __init__(
        self,
        words: Words,
        rows: npt.NDArray[np.uint32],
        groups: npt.NDArray[np.integer],
        radii: list[int],
    ) -> None:
        self.groups = groups
        order, begins = _equal_together(words)
        self.rows = rows[order]  # those of the first hash, of the second, ...
        self._begins = begins.astype(np.uint32)
        words = words[order[begins[:-1]]]
        bands = plan(len(words), radii)
        # With tables, hashes are fetched here and there; without, word after word of all.
        self.words = words if bands else np.asfortranarray(words)
        self._tables = Tables(words, bands) if bands else None

    @property
    def nbytes(self) -> int:
        tables = self._tables.nbytes if self._tables else 0
        return self.words.nbytes + self.rows.nbytes + self._begins.nbytes + tables

    @property
    def counts(self) -> Numbers:
        """How many rows have each of the hashes."""
        return np.diff(self._begins).astype(np.int64)

    def closest(self, queries: Words, radius: int) -> Near:
        """Return each row that is within the radius of a query, by its closest."""
        found, rest = Gathered(), np.arange(len(queries))
        if self._tables and self._tables.is_worth_it(radius):
            rest = self._tables.within(queries, radius, found)
        if len(rest):
            for near in self._compare(queries, rest, radius):
                found.add(near)
        query, one, distance = found.closest()
        if not len(one):
            return NOTHING
        count = (self._begins[one + 1] - self._begins[one]).astype(np.int64)
        rows = self.rows[ranges(self._begins[one], count)].astype(np.int64)
        return Near(np.repeat(query, count), rows, np.repeat(distance, count))

    def _compare(self, queries: Words, chosen: Numbers, radius: int) -> Iterator[Near]:
        """Compare the chosen queries with every row, block by block."""
        enough = _words_to_reject(radius)
        step = min(len(self.words), _AT_ONCE)
        many = max(1, _AT_ONCE // step)
        for start in range(0, len(self.words), step):
            columns = np.ascontiguousarray(self.words[start : start + step, :enough].T)
            for block in range(0, len(chosen), many):
                asked = chosen[block : block + many]
                words = queries[asked]
                bits = np.bitwise_count(columns[0] ^ words[:, :1])
                for word in range(1, enough):
                    bits += np.bitwise_count(columns[word] ^ words[:, word : word + 1])
                # 256 bits are counted as 0 here; what is kept is counted again.
                near = np.flatnonzero(bits <= min(radius, 255))
                query, row = np.divmod(near, columns.shape[1])
                row += start
                distance = count_differences(self.words[row], words[query])
                kept = distance <= radius
                yield Near(asked[query[kept]], row[kept], distance[kept])


def _words_to_reject(radius: int) -> int:
    """Return how many words are enough to tell nearly all unlike hashes by: four sigmas."""
    return next((n for n in range(1, WORDS) if radius < 32 * n - 16 * math.sqrt(n)), WORDS)


def _equal_together(words: Words) -> tuple[Numbers, Numbers]:
    """Return an order of hashes (n, 4) that puts equal ones together, and where each begins.

    The last of those numbers is where the last one ends.
    """
    order = np.argsort(words[:, 0], kind="stable")
    first = words[order, 0]
    new = np.ones(len(order) + 1, np.bool_)
    new[1:-1] = first[1:] != first[:-1]
    several = np.flatnonzero(~(new[1:] & new[:-1]))  # hardly any; they are sorted in full
    some = order[several]
    some = some[np.lexsort(words[some].T[::-1])]
    order[several] = some
    new[several[1:]] |= (words[some[1:]] != words[some[:-1]]).any(axis=1)
    return order, np.flatnonzero(new)


def _mix(hashes: Bytes, rows: npt.NDArray[np.integer] | None = None) -> Words:
    """Return hashes (n, 32), or those of some rows, with their bits mixed, as words (n, 4)."""
    size = len(hashes) if rows is None else len(rows)
    mixed = np.empty((size, HASH_BYTES), np.uint8)
    for start in range(0, size, _AT_ONCE):
        block = slice(start, start + _AT_ONCE)
        bits = np.unpackbits(hashes[block if rows is None else rows[block]], axis=1)
        mixed[block] = np.packbits(bits.take(_MIXED, axis=1), axis=1)
    return mixed.view(np.uint64)
