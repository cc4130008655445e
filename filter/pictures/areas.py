"""Where in a picture is what a view shows: the corners of its rectangle, as fractions of the sides?

A picture is compared in eight orientations, so the corners are named in the order in which the
known picture has them: clockwise from its upper left. In a mirrored copy they go the other way
round, in one that is turned they begin at another corner.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

from filter.pictures.dct import ORIENTATIONS, SIDE, WHOLE
from filter.pictures.geometry import CROPS, MORE_CROPS, TILES

# Four points (x, y), fractions from the upper left of the picture, beyond 0 and 1 where a known
# picture reaches out of the one that was seen; empty where nobody knows.
Area: TypeAlias = tuple[tuple[float, float], ...]


class Rectangle(NamedTuple):
    """An upright rectangle, in fractions of the picture's height and width."""

    top: float
    bottom: float
    left: float
    right: float


WHOLE_AREA: Area = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
_FIXED: Mapping[str, Rectangle] = {
    name: Rectangle(*(side / SIDE for side in box))
    for name, box in {"whole": WHOLE, **CROPS, **MORE_CROPS, **TILES}.items()
}
_NO_INSETS: Mapping[str, Rectangle] = MappingProxyType({})
_FRAME = re.compile(r"(?:\A|@)frame-([0-9]{1,6})(?![0-9])")
_INSIDE = re.compile(r"@inside-([0-9]{1,6})(?![0-9])")
_FARTHEST = 1e6  # sides; what is further out is no further


def area_of(view_name: str, insets: Mapping[str, Rectangle] = _NO_INSETS) -> Area:
    """Return the corners of the view ``name+orientation@dark@frame-N``, () when it is not known.

    ``insets`` are the rectangles that were found in the picture itself, by name
    (filter/pictures/views.py): borders, bars and regions are elsewhere in every picture.
    """
    if not insets:
        return _fixed_area(view_name)
    base, orientation = _parts(view_name)
    box = insets.get(base)
    return _fixed_area(view_name) if box is None else _turned(box, orientation)


def frame_of(view_name: str) -> int:
    """Return which frame the view is of, from 1."""
    found = _FRAME.search(view_name)
    return int(found[1]) if found else 1


def inside_of(view_name: str) -> int:
    """Return which picture inside the file the view is of, from 1; 0 is the file's own."""
    found = _INSIDE.search(view_name)
    return int(found[1]) if found else 0


def look_of(view_name: str) -> str:
    """Return the marks of the ground and the colours that the view was seen in: ``@dark@gamma``."""
    marks = view_name.split("@")[1:]
    return "".join(f"@{mark}" for mark in marks if not mark.startswith(("frame-", "inside-")))


def clip(area: Area) -> Area:
    """Return the corners of what of an area is inside the picture; () when nothing is.

    By the half-planes of the four sides, one after the other (I. Sutherland and G. Hodgman,
    "Reentrant polygon clipping", CACM 1974).
    """
    points = [tuple(min(max(share, -_FARTHEST), _FARTHEST) for share in point) for point in area]
    if not all(math.isfinite(share) for point in points for share in point):
        return ()
    for axis, sign, edge in ((0, 1, 0.0), (0, -1, -1.0), (1, 1, 0.0), (1, -1, -1.0)):
        kept: list[tuple[float, ...]] = []
        for before, point in zip(points[-1:] + points[:-1], points, strict=True):
            here, there = sign * point[axis] - edge, sign * before[axis] - edge
            if (here >= 0) != (there >= 0):
                share = there / (there - here)
                kept.append(tuple(a + share * (b - a) for a, b in zip(before, point, strict=True)))
            if here >= 0:
                kept.append(point)
        points = kept
    return tuple((point[0], point[1]) for point in points)


def part_seen(area: Area) -> tuple[Area, Area]:
    """Return the part of a known picture that is inside another one: there, and in the known one.

    ``area`` is where the whole known picture is, as one affine map takes it there. Corners are in
    the same order in both, from the upper left of the known one on; (), () when nothing is inside,
    or the picture is a line.
    """
    inside = clip(area)
    (x, y), (right_x, right_y), _, (down_x, down_y) = area
    right_x, right_y, down_x, down_y = right_x - x, right_y - y, down_x - x, down_y - y
    turn = right_x * down_y - right_y * down_x
    if not inside or not turn:
        return (), ()
    known = [
        (
            ((to_x - x) * down_y - (to_y - y) * down_x) / turn,
            ((to_y - y) * right_x - (to_x - x) * right_y) / turn,
        )
        for to_x, to_y in inside
    ]
    first = min(range(len(known)), key=lambda number: sum(known[number]))
    return (*inside[first:], *inside[:first]), (*known[first:], *known[:first])


@lru_cache(maxsize=4096)  # asked for every pair of views that are alike
def _fixed_area(view_name: str) -> Area:
    base, orientation = _parts(view_name)
    box = _FIXED.get(base)
    return () if box is None else _turned(box, orientation)


def _parts(view_name: str) -> tuple[str, str]:
    base, _, orientation = view_name.partition("@")[0].partition("+")
    return base, orientation


def _turned(box: Rectangle, orientation: str) -> Area:
    """Return where the corners of the turned rectangle stand in the picture as it is."""
    how = ORIENTATIONS.get(orientation)
    if how is None:
        return ()
    transposed, rows_reversed, columns_reversed = how
    corners = []
    for column, row in WHOLE_AREA:
        across = 1 - column if columns_reversed else column
        down = 1 - row if rows_reversed else row
        if transposed:
            across, down = down, across
        corners.append((box.right if across else box.left, box.bottom if down else box.top))
    return tuple(corners)
