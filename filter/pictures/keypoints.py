"""Which points of a picture can be found again when it is cut, turned, tilted or pasted elsewhere?

Runs only in the child process: OpenCV has its door here. A point is an ORB feature (E. Rublee et
al., "ORB: an efficient alternative to SIFT or SURF", ICCV 2011): a corner with its place, size and
direction, and 256 bits that say what is around it. ORB does not know mirrors, so a known picture is
kept twice, as it is and mirrored. filter/pictures/points.py says how points are written down.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from filter.pictures.blocks import DESCRIPTOR_BYTES
from filter.pictures.points import FEW_POINTS, REPEATED_BITS, Points, look_alike, pack

# One child looks at one picture at a time, and may start no threads.
cv2.setNumThreads(1)

Pixels: TypeAlias = npt.NDArray[np.uint8]

MOST_SEEN = 360  # points of a picture in a message
MOST_INSIDE = 200  # more for each rectangle that may be a picture by itself
MOST_KNOWN = 300  # points of a known picture, and as many of its mirror image
KNOWN_SIDE = 300  # the longer side at which a known picture's points are found, in pixels
SEEN_SIDE = 320  # the same of a picture in a message, and of a rectangle in it
_LEAST_SIDE = 256  # a smaller picture is enlarged: a patch is 31 pixels wide
_QUARTERS = 2  # points are shared out over so many columns and rows
_KNOWN_PARTS = 4  # of a known picture over more: letters of a caption are not to take them all
_LEAST_CONTRAST = 20  # of a corner, in grey levels
_STEP = 1.3  # from one size to the next; six sizes reach from 1 to 3.7
_SIZES = 6
_PATCH = 31
_SAME_BITS = 24  # places that differ in no more are the same pattern


class _Found(NamedTuple):
    """Points in pixels: places (n, 2), sizes (n,), directions (n,) in radians, bits (n, 32)."""

    places: npt.NDArray[np.float32]
    sizes: npt.NDArray[np.float32]
    directions: npt.NDArray[np.float32]
    bits: npt.NDArray[np.uint8]


def find_points(grey: Pixels, inside: Sequence[tuple[int, int, int, int]] = ()) -> bytes:
    """Return the points of a picture in a message, as one block.

    ``grey`` has rows of grey levels; ``inside`` are rectangles (top, bottom, left, right) in its
    pixels that may be pictures by themselves: they are looked at once more, enlarged.
    """
    found = [_at_least(grey, MOST_SEEN)]
    for top, bottom, left, right in inside:
        part = _at_least(grey[top:bottom, left:right], MOST_INSIDE)
        found.append(part._replace(places=part.places + np.array([left, top], np.float32)))
    every = _Found(*(np.concatenate(column) for column in zip(*found, strict=True)))
    return _packed(every, grey)


def find_known_points(grey: Pixels) -> tuple[bytes, bytes]:
    """Return the points of a known picture: as it is, and of its mirror image."""
    sized, _ = _resized(grey, KNOWN_SIDE, cv2.INTER_AREA)
    mirrored = np.ascontiguousarray(sized[:, ::-1])
    return _known(sized), _known(mirrored)


def _known(grey: Pixels) -> bytes:
    return _packed(_telling_first(_find(grey, 3 * MOST_KNOWN, _KNOWN_PARTS), MOST_KNOWN), grey)


def _at_least(grey: Pixels, most: int) -> _Found:
    """Return the points in the pixels of ``grey``, found in an enlargement when it is small."""
    side = min(max(_LEAST_SIDE, *grey.shape), SEEN_SIDE)
    sized, share = _resized(grey, side, cv2.INTER_LINEAR)
    found = _find(sized, most, _QUARTERS)
    return found._replace(places=found.places / share, sizes=found.sizes / share)


def _resized(grey: Pixels, side: int, smaller: int) -> tuple[Pixels, float]:
    """``smaller`` is how pixels are joined where the picture becomes smaller."""
    height, width = grey.shape
    share = side / max(height, width)
    if share == 1:
        return np.ascontiguousarray(grey), 1.0
    size = (max(1, round(width * share)), max(1, round(height * share)))
    how = smaller if share < 1 else cv2.INTER_LINEAR
    return cv2.resize(grey, size, interpolation=how).astype(np.uint8), share


def _find(grey: Pixels, most: int, parts: int) -> _Found:
    """Return the strongest corners of each part of the picture, ``most`` in all."""
    if min(grey.shape) <= _PATCH:
        return _NOTHING
    orb = cv2.ORB.create(
        nfeatures=2 * most,
        scaleFactor=_STEP,
        nlevels=_SIZES,
        edgeThreshold=_PATCH // 2 + 1,
        patchSize=_PATCH,
        fastThreshold=_LEAST_CONTRAST,
    )
    corners = orb.detect(grey, None)
    if not corners:
        return _NOTHING
    # What is around a corner is described for those only that are kept.
    places = np.asarray(cv2.KeyPoint.convert(corners), np.float32)
    strength = np.array([corner.response for corner in corners], np.float32)
    strongest = _shared_out(places, strength, grey.shape, most, parts)
    kept = [corners[number] for number in strongest.tolist()]
    sizes = np.array([corner.size for corner in kept], np.float32)
    # OpenCV sorts by size what is not; the sort is stable in numpy, and it has nothing to do then.
    order = np.argsort(sizes, kind="stable")
    described, bits = orb.compute(grey, [kept[number] for number in order.tolist()])
    if len(described) != len(kept):
        raise RuntimeError("OpenCV left out a corner that it had found")
    by_strength = np.empty_like(bits)
    by_strength[order] = bits
    directions = np.array([corner.angle for corner in kept], np.float32)
    return _Found(places[strongest], sizes, np.deg2rad(directions), by_strength.astype(np.uint8))


_NOTHING = _Found(
    np.zeros((0, 2), np.float32),
    np.zeros(0, np.float32),
    np.zeros(0, np.float32),
    np.zeros((0, DESCRIPTOR_BYTES), np.uint8),
)


def _shared_out(
    places: npt.NDArray[np.float32],
    strength: npt.NDArray[np.float32],
    shape: tuple[int, ...],
    most: int,
    parts: int,
) -> npt.NDArray[np.int64]:
    """Return the strongest corners, but as many of each part: a page's letters are strong, too."""
    if parts == 1 or len(strength) <= most:
        return np.argsort(-strength, kind="stable")[:most]
    height, width = shape
    cells = (places * (parts / np.array([width, height]))).astype(np.int64)
    part = cells[:, 1] * parts + cells[:, 0]
    order = np.lexsort((-strength, part))
    rank = np.empty(len(strength), np.int64)
    rank[order] = np.arange(len(order)) - np.searchsorted(part[order], part[order], "left")
    return np.lexsort((-strength, rank))[:most]


def _telling_first(found: _Found, most: int) -> _Found:
    """Return the points that look like no other place of the picture.

    Where these are few, others that differ follow them.
    """
    words = np.ascontiguousarray(found.bits).view(np.uint64)
    told = ~look_alike(found.places, found.sizes, words, REPEATED_BITS)
    kept = np.flatnonzero(told)[:most]
    if len(kept) < FEW_POINTS:
        others = ~told & ~look_alike(found.places, found.sizes, words, _SAME_BITS)
        kept = np.concatenate([kept, np.flatnonzero(others)[: FEW_POINTS - len(kept)]])
    return _Found(found.places[kept], found.sizes[kept], found.directions[kept], found.bits[kept])


def _packed(found: _Found, grey: Pixels) -> bytes:
    height, width = grey.shape
    side = max(height, width)
    return pack(
        Points(
            places=found.places / side,
            sizes=found.sizes / side,
            directions=found.directions,
            bits=np.ascontiguousarray(found.bits).view("<u8").astype(np.uint64),
            extent=(width / side, height / side),
        )
    )
