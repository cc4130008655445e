"""Is this a block of points? Answered without numpy, so that checking rules stays quick.

A block is a head (version, number of points, width and height of the picture in units of its longer
side) and then, array by array: places (x, y), sizes, directions, and 256 bits for each point.
"""

from __future__ import annotations

import struct

VERSION = 1
DESCRIPTOR_BYTES = 32
PLACES = 1 << 15  # steps of a place, over the longer side
MOST_POINTS = 4_000
HEAD = struct.Struct("<BHHH")
_POINT_BYTES = 2 + 2 + 1 + 1 + DESCRIPTOR_BYTES


def read_head(block: bytes) -> tuple[int, int, int]:
    """Return number of points, width and height. Raises ValueError when it is no block."""
    if len(block) < HEAD.size:
        raise ValueError("a block of points is cut off")
    version, number, width, height = HEAD.unpack_from(block)
    if version != VERSION:
        raise ValueError(f"points of version {version}; this program reads version {VERSION}")
    if number > MOST_POINTS or len(block) != HEAD.size + number * _POINT_BYTES:
        raise ValueError(f"a block of {number} points has {len(block)} bytes")
    if not (0 < width <= PLACES and 0 < height <= PLACES):
        raise ValueError("a block of points has no extent")
    return number, width, height
