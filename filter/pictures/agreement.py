"""Do many points of a picture lie as the same points of a known picture do?

The second stage, for what hashes of rectangles leave: cut off-centre, tilted, seen from aside, with
a caption, pasted into a page. Points that look alike are found by an index, known pictures of which
too few pairs have about one size and direction, or lie as any one of them says, are left out, and
of the others one common map is asked for. Every step is deterministic, and its work is counted:
what is too much to be compared is an error, never a pass.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from filter.pictures.affine import (
    LEAST_AGREEING,
    SIZE_TOLERANCE,
    Corner,
    agree,
    count_maps,
    first_groups,
    moves,
)
from filter.pictures.bands import Numbers
from filter.pictures.pointindex import (
    ALIKE_BITS,
    Budget,
    PointIndex,
    TooAlikeError,
)
from filter.pictures.points import Points, find_repeated

CONFIRMING = 4  # places that are enough where hashes are alike, too
_LEAST_PAIRS = 6
_SECTORS = 8  # of a full turn, in which pairs are counted
_MOST_SCALES = 64  # steps of size, either way; more than points can differ in
_MOST_PAIRS = 96  # of one known picture, the closest ones
_MOST_BITS = 257  # distances there are
# Work, as Budget counts it: a second or two at the most. A photograph among a thousand known ones
# takes a hundredth of it, a drawing among three hundred drawings a third. The frames of a film, up
# to eighty, share theirs.
_MOST_WORK, _WORK_EACH = 16_000_000, 8.0
_FRAME_WORK, _FRAME_WORK_EACH = 100_000, 0.25
_SETTLED = 6_000  # the price of a common map; that of a place that is mapped is 1
_CONFIRMING_WORK = 15_000_000
_AT_THE_PRICE_OF_ONE = 8  # pairs that are compared in order, not one here and one there

__all__ = [
    "CONFIRMING",
    "LEAST_AGREEING",
    "Accord",
    "KnownPoints",
    "TooAlikeError",
    "confirming_budget",
    "confirms",
]


@dataclass(frozen=True, slots=True)
class Accord:
    """One known picture's points found again: how many places, and where the picture lies.

    ``area`` are the corners of the known picture (clockwise from its upper left) in the picture
    that was looked at, as fractions of that picture's width and height.
    """

    row: int  # of the known points in the order in which they were given
    places: int
    area: tuple[Corner, ...]


class _Pairs(NamedTuple):
    """Points that look alike: four arrays of equal length."""

    row: Numbers  # of the known picture
    own: Numbers
    other: Numbers  # known point, of all
    distance: Numbers

    def chosen(self, which: npt.NDArray[np.bool_] | Numbers) -> _Pairs:
        return _Pairs(*(array[which] for array in self))


class KnownPoints:
    """The points of all known pictures, ordered so that those that look alike are found quickly."""

    def __init__(self, known: Sequence[Points]) -> None:
        """``known`` is one for each known picture and its mirror image, in any order."""
        self._extents = [points.extent for points in known]
        lengths = [len(points) for points in known]
        self._owners = np.repeat(np.arange(len(known)), lengths)
        self._starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        self._points = _joined(known)
        repeated = [np.zeros(0, np.bool_), *map(find_repeated, known)]
        self._index = PointIndex(self._points.bits, np.concatenate(repeated))

    def accords(self, seen: Points) -> tuple[Accord, ...]:
        """Return the known pictures that the points show, in their order.

        Raises TooAlikeError when that is more work than is done for one picture.
        """
        return tuple(accord for _, accord in self.accords_of([seen]))

    def accords_of(self, frames: Sequence[Points]) -> Iterator[tuple[int, Accord]]:
        """Yield, with the number of the frame, the known pictures that each frame shows.

        Raises TooAlikeError as ``accords`` does; the frames of one picture share its work.
        """
        known = len(self._index)
        more = max(_FRAME_WORK, _FRAME_WORK_EACH * known) * (len(frames) - 1)
        budget = Budget(int(max(_MOST_WORK, _WORK_EACH * known) + more))
        for number, seen in enumerate(frames):
            if len(seen) and known:
                for accord in self._agreeing(seen, budget):
                    yield number, accord

    def _agreeing(self, seen: Points, budget: Budget) -> Iterator[Accord]:
        pairs = self._of_one_size_and_direction(seen, self._pairs(seen, budget))
        said = moves(seen, pairs.own, self._points, pairs.other, pairs.row)
        budget.spend(count_maps(said))
        for group in first_groups(said):
            budget.spend(_SETTLED)
            row = int(pairs.row[group[0]])
            first, end = int(self._starts[row]), int(self._starts[row + 1])
            known = replace(self._points.chosen(slice(first, end)), extent=self._extents[row])
            found = agree(said, group, known, first, seen.extent)
            if found is not None:
                yield Accord(row, *found)

    def _pairs(self, seen: Points, budget: Budget) -> _Pairs:
        """Return the pairs that look alike, of pictures that have enough of them.

        Each once, and of what looks like several places of one picture the closest; of equally
        close ones the first.
        """
        own, other, distance = self._index.alike(seen.bits, budget)
        row = self._owners[other]
        enough = np.bincount(row, minlength=len(self._extents)) >= _LEAST_PAIRS
        kept = enough[row]
        own, other, distance, row = own[kept], other[kept], distance[kept], row[kept]
        most = int(np.diff(self._starts).max())
        pair = own * len(self._extents) + row
        ranked = np.sort((pair * _MOST_BITS + distance) * most + (other - self._starts[row]))
        pair, rest = np.divmod(ranked, _MOST_BITS * most)
        first = np.ones(len(pair), np.bool_)
        first[1:] = pair[1:] != pair[:-1]
        own, row = np.divmod(pair[first], len(self._extents))
        distance, local = np.divmod(rest[first], most)
        return _Pairs(row, own, self._starts[row] + local, distance)

    def _of_one_size_and_direction(self, seen: Points, pairs: _Pairs) -> _Pairs:
        """Return the pairs of known pictures of which enough have about one size and direction.

        Sorted by picture, the closest first and no more than are needed.
        """
        said = moves(seen, pairs.own, self._points, pairs.other, pairs.row)
        steps = said.size / (2 * SIZE_TOLERANCE)
        sectors = said.turn * (_SECTORS / (2 * np.pi))
        enough = np.zeros(len(self._extents), np.bool_)
        for half in (0.0, 0.5):  # what one grid parts the other keeps together
            for other_half in (0.0, 0.5):
                cell = np.floor(steps + half).astype(np.int64) + _MOST_SCALES
                sector = np.floor(sectors + other_half).astype(np.int64) % _SECTORS
                key = np.sort((pairs.row * 2 * _MOST_SCALES + cell) * _SECTORS + sector)
                same = key[_LEAST_PAIRS - 1 :] == key[: 1 - _LEAST_PAIRS]
                enough[key[: len(same)][same] // (2 * _MOST_SCALES * _SECTORS)] = True
        pairs = pairs.chosen(enough[pairs.row])
        rank = np.argsort(
            (pairs.row * _MOST_BITS + pairs.distance) * len(seen) + pairs.own, kind="stable"
        )
        pairs = pairs.chosen(rank)
        begin = np.searchsorted(pairs.row, pairs.row)
        return pairs.chosen(np.arange(len(begin)) - begin < _MOST_PAIRS)


def confirming_budget() -> Budget:
    """Return the work that confirms may do for one picture: about a second and a half."""
    return Budget(_CONFIRMING_WORK)


def confirms(seen: Points, known: Points, budget: Budget) -> bool:
    """Return whether some places agree: enough beside hashes that are alike, not by themselves.

    ``known`` are the points of a known picture that look like no other of it (points.told). Raises
    TooAlikeError when the work of one picture is done.
    """
    if not len(seen) or not len(known):
        return False
    budget.spend(len(seen) * len(known) // _AT_THE_PRICE_OF_ONE + _MOST_PAIRS**2 + _SETTLED)
    distance = np.zeros((len(seen), len(known)), np.uint16)
    for word in range(4):
        distance += np.bitwise_count(seen.bits[:, None, word] ^ known.bits[None, :, word])
    other = distance.argmin(axis=1)
    nearest = distance[np.arange(len(seen)), other]
    own = np.flatnonzero(nearest <= ALIKE_BITS)
    own = own[np.argsort(nearest[own], kind="stable")[:_MOST_PAIRS]]
    said = moves(seen, own, known, other[own], np.zeros(len(own), np.int64))
    groups = first_groups(said, CONFIRMING)
    return any(
        agree(said, group, known, 0, seen.extent, least=CONFIRMING) is not None for group in groups
    )


def _joined(known: Sequence[Points]) -> Points:
    """Return the points of all known pictures as those of one, in a unit for each."""
    none = Points(
        places=np.zeros((0, 2), np.float32),
        sizes=np.zeros(0, np.float32),
        directions=np.zeros(0, np.float32),
        bits=np.zeros((0, 4), np.uint64),
        extent=(1.0, 1.0),
    )
    every = [none, *known]
    return Points(
        places=np.concatenate([points.places for points in every]),
        sizes=np.concatenate([points.sizes for points in every]),
        directions=np.concatenate([points.directions for points in every]),
        bits=np.concatenate([points.bits for points in every]),
        extent=none.extent,
    )
