"""Do many points of a picture lie as the same points of a known picture do?

The second stage, for what hashes of rectangles leave: cut off-centre, tilted, seen from aside, with
a caption, pasted into a page. A point of the picture and a point of a known picture that look alike
are a pair; pairs agree when one affine map takes all places of the known picture to those of the
picture, with the sizes and directions that the map has. Every step is deterministic.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

from filter.pictures.points import Points

ALIKE_BITS = 54  # most bits of 256 in which two points that look alike differ
LEAST_AGREEING = 6  # places of the known picture that have to be found again
CONFIRMING = 4  # places that are enough where hashes are alike, too
_LEAST_PAIRS = 6
_SECTORS = 8  # of a full turn, in which pairs are counted
_MOST_SCALES = 64  # steps of size, either way; more than points can differ in
_MOST_PAIRS = 96  # of one known picture, the closest ones
_MOST_CANDIDATES = 64  # known pictures whose places are compared, those with most pairs
# Words of an order of the bits that is mixed, but always the same: neighbours in ORB tell alike.
_MIXED = np.arange(256).reshape(16, 16).T.ravel()
# Pairs with a word in common that are compared for one picture, in all and for each known point. A
# photograph has a few for each; only points that are all the same have more.
_MOST_LOOKED_AT = 8_000_000
_LOOKED_AT_EACH = 8
_MOST_BITS = 257  # distances there are
_FEW_POINTS = 3_000  # more are told apart by longer words
_SHORT, _LONG = 16, 20  # bits of a word
# A pair's own map is as exact as its size (steps of 1.2) and direction; the common map is better.
_FIRST_TOLERANCE = 0.06  # of the longer side of the known picture
_TOLERANCES = (0.04, 0.03, 0.03)
_SIZE_TOLERANCE = 0.45  # of the logarithm
_LEAST_COSINE = 0.85
_MOST_STRETCH = 1.8
_SMALLEST_SCALE = 0.02
_PLACES = 20  # a place is a cell of so many columns over the longer side
_LEAST_SPREAD = 0.004  # of the agreeing places: root of the determinant of their covariance
_MUCH_SPREAD = 0.5  # of that of all places of a known picture that is itself a word or a small sign
_MANY_PLACES = 12
_LINE = 0.15  # places so much less wide than long lie in a line

Corner: TypeAlias = tuple[float, float]
_Indexes: TypeAlias = npt.NDArray[np.int64]
_Number = TypeVar("_Number", np.uint64, np.float32)


class TooAlikeError(Exception):
    """A picture's points look so much alike that comparing them would take too long."""


@dataclass(frozen=True, slots=True)
class Accord:
    """One known picture's points found again: how many places, and where the picture lies.

    ``area`` are the corners of the known picture (clockwise from its upper left) in the picture
    that was looked at, as fractions of that picture's width and height.
    """

    row: int  # of the known points in the order in which they were given
    places: int
    area: tuple[Corner, ...]


class KnownPoints:
    """The points of all known pictures, ordered so that those that look alike are found quickly.

    A pair differs in at most ALIKE_BITS of 256 bits; it is found when one word of its bits is the
    same in both (sixteen words of 16 bits; twelve of 20 where there are many points). Of pairs that
    differ in 30 bits that is so for 90 % and 65 %; a picture has many.
    """

    def __init__(self, known: Sequence[Points]) -> None:
        """``known`` is one for each known picture and its mirror image, in any order."""
        self._known = known
        lengths = [len(points) for points in known]
        self._owners = np.repeat(np.arange(len(known)), lengths)
        self._starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        self._bits = _joined([points.bits for points in known], (0, 4), np.uint64)
        self._sizes = _joined([points.sizes for points in known], (0,), np.float32)
        self._directions = _joined([points.directions for points in known], (0,), np.float32)
        self._word_bits = _SHORT if len(self._bits) <= _FEW_POINTS else _LONG
        words = _words(self._bits, self._word_bits)
        self._orders = [np.argsort(word, kind="stable").astype(np.int32) for word in words]
        self._sorted = [word[order] for word, order in zip(words, self._orders, strict=True)]

    def accords(self, seen: Points) -> tuple[Accord, ...]:
        """Return the known pictures that the points show, in their order."""
        if not len(seen) or not len(self._bits):
            return ()
        return tuple(self._agreeing(seen, *self._pairs(seen)))

    def _pairs(self, seen: Points) -> tuple[_Indexes, _Indexes, _Indexes]:
        """Return the pairs that look alike: own point, known point, distance in bits."""
        mine: list[_Indexes] = []
        theirs: list[_Indexes] = []
        apart: list[_Indexes] = []
        left = max(_MOST_LOOKED_AT, _LOOKED_AT_EACH * len(self._bits))
        words = _words(seen.bits, self._word_bits)
        for word, order, known in zip(words, self._orders, self._sorted, strict=True):
            start = np.searchsorted(known, word, "left")
            number = np.searchsorted(known, word, "right") - start
            left -= int(number.sum())
            if left < 0:
                raise TooAlikeError("too many points look alike to be compared")
            owner = np.repeat(np.arange(len(word)), number)
            offset = np.arange(len(owner)) - np.repeat(np.cumsum(number) - number, number)
            found = self._close(seen, owner, order[np.repeat(start, number) + offset])
            for array, some in zip((mine, theirs, apart), self._closest(*found), strict=True):
                array.append(some)
        return self._closest(np.concatenate(mine), np.concatenate(theirs), np.concatenate(apart))

    def _close(
        self, seen: Points, own: _Indexes, other: npt.NDArray[np.int32]
    ) -> tuple[_Indexes, _Indexes, _Indexes]:
        distance = np.zeros(len(own), np.int64)
        for word in range(4):  # most are off by too much in the first words
            distance += np.bitwise_count(seen.bits[own, word] ^ self._bits[other, word])
            close = distance <= ALIKE_BITS
            own, other, distance = own[close], other[close], distance[close]
        return own, other.astype(np.int64), distance

    def _closest(
        self, own: _Indexes, other: _Indexes, distance: _Indexes
    ) -> tuple[_Indexes, _Indexes, _Indexes]:
        """Return each pair once, and of what looks like several places of one picture the closest.

        Of equally close ones it is the first that was found.
        """
        pair = own * len(self._known) + self._owners[other]
        rank = np.argsort(pair * _MOST_BITS + distance, kind="stable")
        pair, own, other, distance = pair[rank], own[rank], other[rank], distance[rank]
        first = np.ones(len(pair), np.bool_)
        first[1:] = pair[1:] != pair[:-1]
        return own[first], other[first], distance[first]

    def _agreeing(
        self, seen: Points, own: _Indexes, other: _Indexes, distance: _Indexes
    ) -> Iterator[Accord]:
        for row in self._candidates(seen, own, other):
            pairs = np.flatnonzero(self._owners[other] == row)
            pairs = pairs[np.argsort(distance[pairs], kind="stable")[:_MOST_PAIRS]]
            found = agree(seen, own[pairs], self._known[row], other[pairs] - self._starts[row])
            if found is not None:
                yield Accord(row, *found)

    def _candidates(self, seen: Points, own: _Indexes, other: _Indexes) -> list[int]:
        """Return the known pictures of which enough pairs have about one size and one direction."""
        scale = np.log(seen.sizes[own] / self._sizes[other]) / (2 * _SIZE_TOLERANCE)
        turn = (seen.directions[own] - self._directions[other]) * (_SECTORS / (2 * np.pi))
        most = np.zeros(len(self._known), np.int64)
        for half in (0.0, 0.5):  # what one grid parts the other keeps together
            for other_half in (0.0, 0.5):
                cell = np.floor(scale + half).astype(np.int64) + _MOST_SCALES
                sector = np.floor(turn + other_half).astype(np.int64) % _SECTORS
                key = (self._owners[other] * 2 * _MOST_SCALES + cell) * _SECTORS + sector
                keys, number = np.unique(key, return_counts=True)
                np.maximum.at(most, keys // (2 * _MOST_SCALES * _SECTORS), number)
        rows = np.argsort(-most, kind="stable")[:_MOST_CANDIDATES]
        return sorted(int(row) for row in rows if most[row] >= _LEAST_PAIRS)


def confirms(seen: Points, known: Points) -> bool:
    """Return whether some places agree: enough beside hashes that are alike, not by themselves."""
    if not len(seen) or not len(known):
        return False
    distance = np.zeros((len(seen), len(known)), np.uint16)
    for word in range(4):
        distance += np.bitwise_count(seen.bits[:, None, word] ^ known.bits[None, :, word])
    other = distance.argmin(axis=1)
    nearest = distance[np.arange(len(seen)), other]
    own = np.flatnonzero(nearest <= ALIKE_BITS)
    own = own[np.argsort(nearest[own], kind="stable")[:_MOST_PAIRS]]
    return agree(seen, own, known, other[own], CONFIRMING) is not None


def _joined(
    arrays: list[npt.NDArray[_Number]], shape: tuple[int, ...], kind: type[_Number]
) -> npt.NDArray[_Number]:
    return np.concatenate([np.zeros(shape, kind), *arrays])


def _words(bits: npt.NDArray[np.uint64], length: int) -> npt.NDArray[np.int32]:
    """Return the words of so many bits, word by word: (256 // length, number of points)."""
    single = np.unpackbits(np.ascontiguousarray(bits).view(np.uint8), axis=1)[:, _MIXED]
    number = 256 // length
    parts = single[:, : number * length].reshape(len(bits), number, length)
    return np.ascontiguousarray((parts @ (1 << np.arange(length, dtype=np.int32))).T)


def agree(
    seen: Points,
    own: npt.NDArray[np.int64],
    known: Points,
    other: npt.NDArray[np.int64],
    least: int = LEAST_AGREEING,
) -> tuple[int, tuple[Corner, ...]] | None:
    """Return how many places agree in one map, and where the map takes the known picture.

    None when fewer than ``least`` do, when they lie too close together to tell anything, or
    when the map turns the picture inside out or stretches it beyond recognition.
    """
    if len(own) < least:
        return None
    to, of = seen.places[own].astype(np.float64), known.places[other].astype(np.float64)
    scale = (seen.sizes[own] / known.sizes[other]).astype(np.float64)
    turn = (seen.directions[own] - known.directions[other]).astype(np.float64)
    agreeing = _largest_group(to, of, scale, turn)
    affine = np.zeros((3, 2))
    padded = np.hstack([of, np.ones((len(of), 1))])
    for tolerance in _TOLERANCES:
        if np.count_nonzero(agreeing) < least:
            return None
        affine = _fitted(padded[agreeing], to[agreeing])
        spin, long, short = _decomposed(affine[:2])
        if short < _SMALLEST_SCALE or long > _MOST_STRETCH * short:
            return None
        size = np.sqrt(long * short)
        off = np.hypot(*(padded @ affine - to).T)
        agreeing = (
            (off < tolerance * size)
            & (np.abs(np.log(scale / size)) < _SIZE_TOLERANCE)
            & (np.cos(turn - spin) > _LEAST_COSINE)
        )
    if np.count_nonzero(agreeing) < least:
        return None
    places = min(_cells(of[agreeing]), _cells(to[agreeing] / size))
    if places < least or not _is_spread(of[agreeing], to[agreeing], known):
        return None
    return places, _area(known, affine, seen)


def _fitted(of: npt.NDArray[np.float64], to: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
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


def _largest_group(
    to: npt.NDArray[np.float64],
    of: npt.NDArray[np.float64],
    scale: npt.NDArray[np.float64],
    turn: npt.NDArray[np.float64],
) -> npt.NDArray[np.bool_]:
    """Return the pairs that lie as the map of one pair says, for the pair with most of them."""
    cosine, sine = scale * np.cos(turn), scale * np.sin(turn)
    from_x = of[None, :, 0] - of[:, None, 0]
    from_y = of[None, :, 1] - of[:, None, 1]
    off_x = cosine[:, None] * from_x - sine[:, None] * from_y - (to[None, :, 0] - to[:, None, 0])
    off_y = sine[:, None] * from_x + cosine[:, None] * from_y - (to[None, :, 1] - to[:, None, 1])
    groups = (
        (np.hypot(off_x, off_y) < _FIRST_TOLERANCE * scale[:, None])
        & (np.abs(np.log(scale[None, :] / scale[:, None])) < _SIZE_TOLERANCE)
        & (np.cos(turn[None, :] - turn[:, None]) > _LEAST_COSINE)
    )
    largest: npt.NDArray[np.bool_] = groups[int(groups.sum(axis=1).argmax())]
    return largest


def _decomposed(linear: npt.NDArray[np.float64]) -> tuple[float, float, float]:
    """Return how the map turns (radians), and how it stretches the most and the least."""
    (a, b), (c, d) = linear.T  # x' = a x + b y, y' = c x + d y
    spin = float(np.arctan2(c - b, a + d))
    even, odd = np.hypot(a + d, c - b) / 2, np.hypot(a - d, b + c) / 2
    return spin, float(even + odd), float(even - odd)  # negative: mirrored


def _cells(places: npt.NDArray[np.float64]) -> int:
    return len(np.unique((places * _PLACES).astype(np.int64), axis=0))


def _is_spread(of: npt.NDArray[np.float64], to: npt.NDArray[np.float64], known: Points) -> bool:
    """Return whether places are more than a word: far apart, or much of what the picture has."""
    spread = _spread(of)
    if max(spread, _spread(to)) >= _LEAST_SPREAD:
        return True
    many = len(np.unique(of, axis=0)) >= _MANY_PLACES
    return many and spread >= _MUCH_SPREAD * _spread(known.places)


def _spread(places: npt.NDArray[np.float64] | npt.NDArray[np.float32]) -> float:
    return float(np.sqrt(max(0.0, np.linalg.det(np.cov(places.T)))))


def _area(known: Points, affine: npt.NDArray[np.float64], seen: Points) -> tuple[Corner, ...]:
    width, height = known.extent
    corners = np.array([[0, 0, 1], [width, 0, 1], [width, height, 1], [0, height, 1]])
    mapped = corners @ affine / np.array(seen.extent)
    return tuple((round(float(x), 4), round(float(y), 4)) for x, y in mapped)
