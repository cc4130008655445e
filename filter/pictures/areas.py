"""Where in a picture is what a view shows: the corners of its rectangle, as fractions of the sides?

A picture is compared in eight orientations, so the corners are named in the order in which the
known picture has them: clockwise from its upper left. In a mirrored copy they go the other way
round, in one that is turned they begin at another corner.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import TypeAlias

from filter.pictures.dct import ORIENTATIONS, SIDE, WHOLE, Box
from filter.pictures.geometry import CROPS, TILES

# Four points (x, y), each 0 to 1 from the upper left of the picture; empty where nobody knows.
Area: TypeAlias = tuple[tuple[float, float], ...]

_FIXED: Mapping[str, Box] = {"whole": WHOLE, **CROPS, **TILES}
_NO_INSETS: Mapping[str, Box] = MappingProxyType({})
_CORNERS = ((0, 0), (1, 0), (1, 1), (0, 1))
_FRAME = re.compile(r"(?:\A|@)frame-([0-9]{1,6})(?![0-9])")


def area_of(view_name: str, insets: Mapping[str, Box] = _NO_INSETS) -> Area:
    """Return the corners of the view ``name+orientation@dark@frame-N``, () when it is not known.

    ``insets`` are the rectangles that were found in the picture itself, by name
    (filter/pictures/geometry.py): borders, bars and regions are elsewhere in every picture.
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


def is_on_dark(view_name: str) -> bool:
    """Return whether the view is of a transparent picture on dark ground."""
    return "dark" in view_name.split("@")[1:]


@lru_cache(maxsize=4096)  # asked for every pair of views that are alike
def _fixed_area(view_name: str) -> Area:
    base, orientation = _parts(view_name)
    box = _FIXED.get(base)
    return () if box is None else _turned(box, orientation)


def _parts(view_name: str) -> tuple[str, str]:
    base, _, orientation = view_name.partition("@")[0].partition("+")
    return base, orientation


def _turned(box: Box, orientation: str) -> Area:
    """Return where the corners of the turned rectangle stand in the picture as it is."""
    how = ORIENTATIONS.get(orientation)
    if how is None:
        return ()
    transposed, rows_reversed, columns_reversed = how
    corners = []
    for column, row in _CORNERS:
        across = 1 - column if columns_reversed else column
        down = 1 - row if rows_reversed else row
        if transposed:
            across, down = down, across
        x = box.right if across else box.left
        y = box.bottom if down else box.top
        corners.append((x / SIDE, y / SIDE))
    return tuple(corners)
