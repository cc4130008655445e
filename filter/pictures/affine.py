"""In which one map do pairs of points agree: where does a known picture lie in another picture?

A pair is a point of a picture and a point of a known picture that look alike; it says by itself how
the picture is shifted, turned and scaled. Pairs agree when one affine map takes all places of the
known picture to those of the picture, with the sizes and directions that the map has.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from filter.pictures.bands import Numbers, ranges
from filter.pictures.captions import are_in_lines
from filter.pictures.pointindex import blocks_of
from filter.pictures.points import PHOTOGRAPH_POINTS, Points, telling

LEAST_AGREEING = 6  # places of the known picture that have to be found again
# A pair's own map is as exact as its size (steps of 1.2) and direction; the common map is better.
_FIRST_TOLERANCE = 0.06  # of the longer side of the known picture
_TOLERANCES = (0.04, 0.03, 0.03)
SIZE_TOLERANCE = 0.45  # of the logarithm
_LEAST_COSINE = 0.85
_MOST_STRETCH = 1.8
_SMALLEST_SCALE = 0.02
_PLACES = 20  # a place is a cell of so many columns over the longer side
_LEAST_SPREAD = 0.004  # of the agreeing places: root of the determinant of their covariance
_MUCH_SPREAD = 0.5  # of that of all places of a known picture that is itself a word or a small sign
_MANY_POINTS = 12
_LINE = 0.15  # places so much less wide than long lie in a line
# Points that look like others of their picture say something together: when they lie exactly as
# they should, are most of the pairs there are, and enough of the points that should be there.
_EXACT = 0.008  # median error, of the longer side of the known picture
_MOST_OF_PAIRS = 0.4
_ENOUGH_OF_POINTS = 0.15

_AT_ONCE = 1 << 16  # places that are mapped at once
_SLACK = 1e-6  # what is left out early is not left out by rounding

Corner: TypeAlias = tuple[float, float]
Extent: TypeAlias = tuple[float, float]  # width and height, in the unit of the places
_Floats: TypeAlias = npt.NDArray[np.float64]


class Moves(NamedTuple):
    """What pairs of points say: arrays of equal length, sorted by known picture."""

    row: Numbers  # of the known picture
    to: _Floats  # (n, 2) places in the picture
    of: _Floats  # (n, 2) places in the known picture
    scale: _Floats
    size: _Floats  # logarithm of the scale
    turn: _Floats  # radians
    point: Numbers  # of the known points
    cosine: _Floats  # of the turn
    sine: _Floats


def moves(seen: Points, own: Numbers, known: Points, other: Numbers, row: Numbers) -> Moves:
    """Return what the pairs of ``own`` and ``other`` points say."""
    scale = (seen.sizes[own] / known.sizes[other]).astype(np.float64)
    turn = (seen.directions[own] - known.directions[other]).astype(np.float64)
    return Moves(
        row,
        seen.places[own].astype(np.float64),
        known.places[other].astype(np.float64),
        scale,
        np.log(scale),
        turn,
        other,
        np.cos(turn),
        np.sin(turn),
    )


def count_maps(said: Moves) -> int:
    """Return how many places first_groups maps: pairs times pairs of the same known picture."""
    _, number = np.unique(said.row, return_counts=True)
    return int((number * number).sum())


def first_groups(said: Moves, least: int = LEAST_AGREEING) -> list[Numbers]:
    """Return for each known picture the most pairs that lie as one of them says.

    Without the known pictures of which fewer than ``least`` do, and those that their first common
    map stretches beyond recognition: nearly all that have nothing in common with the picture but
    that some points look alike. So it is done for all at once.
    """
    if not len(said.row):
        return []
    starts = np.flatnonzero(np.diff(said.row, prepend=-1))
    sizes = np.diff(starts, append=len(said.row))
    begin, count = np.repeat(starts, sizes), np.repeat(sizes, sizes)
    number = np.zeros(len(said.row), np.int64)
    for block in blocks_of(count, _AT_ONCE):
        by, _ = _lying_alike(said, np.arange(block.start, block.stop), begin[block], count[block])
        number += np.bincount(by, minlength=len(number))
    best = np.maximum.reduceat(number, starts)
    firsts = np.flatnonzero((number >= least) & (number == np.repeat(best, sizes)))
    _, first = np.unique(said.row[firsts], return_index=True)
    chosen = firsts[first]
    by, members = _lying_alike(said, chosen, begin[chosen], count[chosen])
    group = np.searchsorted(chosen, by)
    fit = _are_recognisable(said, members, group, len(chosen))
    bounds = np.searchsorted(group, np.arange(len(chosen) + 1)).tolist()
    return [members[bounds[n] : bounds[n + 1]] for n in np.flatnonzero(fit).tolist()]


def _lying_alike(
    said: Moves, chosen: Numbers, begin: Numbers, count: Numbers
) -> tuple[Numbers, Numbers]:
    """Return which pairs lie as the map of a chosen one says: the chosen, and the pair.

    ``begin`` and ``count`` say which pairs are of the same known picture.
    """
    by, pair = np.repeat(chosen, count), ranges(begin, count)
    alike = np.flatnonzero(np.abs(said.size[pair] - said.size[by]) < SIZE_TOLERANCE)
    by, pair = by[alike], pair[alike]
    cosine, sine = said.cosine[by], said.sine[by]
    alike = np.flatnonzero(cosine * said.cosine[pair] + sine * said.sine[pair] > _LEAST_COSINE)
    by, pair, cosine, sine = by[alike], pair[alike], cosine[alike], sine[alike]
    scale = said.scale[by]
    from_x, from_y = (said.of[pair] - said.of[by]).T * scale
    off_x, off_y = (said.to[pair] - said.to[by]).T
    off_x = off_x - (cosine * from_x - sine * from_y)
    off_y = off_y - (sine * from_x + cosine * from_y)
    alike = np.flatnonzero(off_x**2 + off_y**2 < (_FIRST_TOLERANCE * scale) ** 2)
    return by[alike], pair[alike]


def _are_recognisable(
    said: Moves, members: Numbers, group: Numbers, groups: int
) -> npt.NDArray[np.bool_]:
    """Return for each group whether the affine map that fits it best is one that agree() takes."""
    number = np.bincount(group, minlength=groups)

    def mean(values: _Floats) -> _Floats:
        return np.bincount(group, values, minlength=groups) / number

    x, y, u, v = (*said.of[members].T, *said.to[members].T)
    x, y, u, v = (values - mean(values)[group] for values in (x, y, u, v))
    xx, xy, yy = mean(x * x), mean(x * y), mean(y * y)
    xu, yu, xv, yv = mean(x * u), mean(y * u), mean(x * v), mean(y * v)
    with np.errstate(divide="ignore", invalid="ignore"):  # places on one line: no such map
        area = xx * yy - xy * xy
        is_line = area < (_LINE * ((xx + yy) / (1 + _LINE**2))) ** 2
        a, b = (yy * xu - xy * yu) / area, (xx * yu - xy * xu) / area
        c, d = (yy * xv - xy * yv) / area, (xx * yv - xy * xv) / area
        even, odd = np.hypot(a + d, c - b) / 2, np.hypot(a - d, b + c) / 2
        long, short = even + odd, even - odd
        fit: npt.NDArray[np.bool_] = (short > _SMALLEST_SCALE - _SLACK) & (
            long < _MOST_STRETCH * short + _SLACK
        )
    return fit | is_line


def agree(
    said: Moves,
    group: Numbers,
    known: Points,
    first: int,
    seen: Extent,
    *,
    least: int = LEAST_AGREEING,
) -> tuple[int, tuple[Corner, ...]] | None:
    """Return how many places agree in one map, and where the map takes the known picture.

    ``group`` are pairs of one known picture that agree, of first_groups; ``known`` its points, from
    the ``first`` of all on; ``seen`` the picture's extent. None when fewer than ``least`` do, when
    they lie too close together to tell anything, or when the map turns the picture inside out or
    stretches it beyond recognition.
    """
    start, stop = np.searchsorted(said.row, said.row[group[0]] + np.arange(2))
    to, of = said.to[start:stop], said.of[start:stop]
    scale, turn = said.scale[start:stop], said.turn[start:stop]
    agreeing = np.zeros(len(of), np.bool_)
    agreeing[group - start] = True
    affine = np.zeros((3, 2))
    from_one = np.hstack([of, np.ones((len(of), 1))])
    for tolerance in _TOLERANCES:
        if np.count_nonzero(agreeing) < least:
            return None
        affine = _fitted(from_one[agreeing], to[agreeing])
        spin, long, short = _decomposed(affine[:2])
        if short < _SMALLEST_SCALE or long > _MOST_STRETCH * short:
            return None
        size = np.sqrt(long * short)
        off = np.hypot(*(from_one @ affine - to).T)
        agreeing = (
            (off < tolerance * size)
            & (np.abs(np.log(scale / size)) < SIZE_TOLERANCE)
            & (np.cos(turn - spin) > _LEAST_COSINE)
        )
    if np.count_nonzero(agreeing) < least:
        return None
    found = _Found(
        of[agreeing], to[agreeing] / size, said.point[start:stop][agreeing] - first, known
    )
    told, shown = telling(known), found.shown(affine, seen)
    telling_ones = found.chosen(told[found.point])
    is_exact = np.median(off[agreeing]) <= _EXACT * size
    is_most = len(found.of) >= _MOST_OF_PAIRS * len(of)
    if not telling_ones.are_enough(least) and not (
        is_exact and is_most and found.are_enough_of(shown, least)
    ):
        return None
    if np.count_nonzero(told) >= PHOTOGRAPH_POINTS:  # fewer may be all words themselves
        heights = known.places[:, 1]
        if are_in_lines(heights[np.unique(telling_ones.point)], heights[shown & told]):
            return None
    return found.places(), _area(known.extent, affine, seen)


@dataclass(frozen=True, slots=True)
class _Found:
    """Places that agree: where they are in the known picture, and in the other in its unit."""

    of: _Floats
    to: _Floats
    point: Numbers  # of the known ones
    known: Points

    def places(self) -> int:
        return min(_cells(self.of), _cells(self.to))

    def shown(self, affine: _Floats, seen: Extent) -> npt.NDArray[np.bool_]:
        """Return which points of the known picture the other picture should show."""
        mapped = np.hstack([self.known.places, np.ones((len(self.known), 1))]) @ affine
        inside = (mapped >= 0) & (mapped <= np.array(seen))
        return np.asarray(inside.all(axis=1), np.bool_)

    def chosen(self, which: npt.NDArray[np.bool_]) -> _Found:
        """Return some of them."""
        return replace(self, of=self.of[which], to=self.to[which], point=self.point[which])

    def are_enough(self, least: int) -> bool:
        """Return whether they are enough by themselves."""
        return self.places() >= least and self.is_spread()

    def are_enough_of(self, shown: npt.NDArray[np.bool_], least: int) -> bool:
        """Return whether they are many of those that the other picture should show, too."""
        should = _ENOUGH_OF_POINTS * int(shown.sum())
        return len(np.unique(self.point)) >= should and self.are_enough(least)

    def is_spread(self) -> bool:
        """Return whether they are more than a word of it: far apart, or much of what there is."""
        spread = _spread(self.of)
        if max(spread, _spread(self.to)) >= _LEAST_SPREAD:
            return True
        many = len(np.unique(self.point)) >= _MANY_POINTS
        return many and bool(spread >= _MUCH_SPREAD * _spread(self.known.places))


def _fitted(of: _Floats, to: _Floats) -> _Floats:
    """Return the map (3, 2) that takes places (x, y, 1) to others best: affine, where they tell.

    Places in a line say nothing across it: then the map only turns, sizes and moves.
    """
    centred, moved = of[:, :2] - of[:, :2].mean(axis=0), to - to.mean(axis=0)
    long, short = np.linalg.svd(centred, compute_uv=False)
    if short >= _LINE * long:
        return np.linalg.lstsq(of, to, rcond=None)[0].astype(np.float64)
    size = (centred**2).sum() or 1.0
    along = (centred * moved).sum() / size
    across = (centred[:, 0] * moved[:, 1] - centred[:, 1] * moved[:, 0]).sum() / size
    linear = np.array([[along, across], [-across, along]])
    return np.vstack([linear, to.mean(axis=0) - of[:, :2].mean(axis=0) @ linear])


def _decomposed(linear: _Floats) -> tuple[float, float, float]:
    """Return how the map turns (radians), and how it stretches the most and the least."""
    (a, b), (c, d) = linear.T  # x' = a x + b y, y' = c x + d y
    spin = float(np.arctan2(c - b, a + d))
    even, odd = np.hypot(a + d, c - b) / 2, np.hypot(a - d, b + c) / 2
    return spin, float(even + odd), float(even - odd)  # negative: mirrored


def _cells(places: _Floats) -> int:
    return len(np.unique((places * _PLACES).astype(np.int64), axis=0))


def _spread(places: _Floats | npt.NDArray[np.float32]) -> float:
    if len(places) < 2:  # noqa: PLR2004 - one is nowhere but in its place
        return 0.0
    return float(np.sqrt(max(0.0, np.linalg.det(np.cov(places.T)))))


def _area(known: Extent, affine: _Floats, seen: Extent) -> tuple[Corner, ...]:
    width, height = known
    corners = np.array([[0, 0, 1], [width, 0, 1], [width, height, 1], [0, height, 1]])
    mapped = corners @ affine / np.array(seen)
    return tuple((round(float(x), 4), round(float(y), 4)) for x, y in mapped)
