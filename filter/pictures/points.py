"""How points of a picture are written down: as a block of bytes, see filter/pictures/blocks.py.

Known pictures keep two blocks for each frame in the rules, as base64; a picture in a message has
one for each frame that differs.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from filter.pictures.blocks import HEAD, PLACES, VERSION, read_head

SIZE_STEPS = 16  # of a size, for each doubling
SMALLEST = 2.0**-12  # a size in units of the longer side
DIRECTIONS = 256  # steps of a full turn
# Two places of one picture that look alike (letters, finder patterns of codes, bars of a chart)
# tell little: the same shapes stand in pictures of other people.
REPEATED_BITS = 56
_APART = 8 / 31  # of a point's size: nearer places are the same
# A known picture that has fewer telling ones keeps others, too, up to so many in all.
FEW_POINTS = 120
# So many that are told apart within one picture are enough to know parts of it again.
RICH_POINTS = 150
# So many has a photograph, and hardly a letter, a form or a chart.
PHOTOGRAPH_POINTS = 250


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Points of one picture; places and sizes are in units of its longer side.

    ``places`` (n, 2) x and y, ``sizes`` (n,), ``directions`` (n,) in radians, ``bits`` (n, 4);
    ``extent`` is the picture's width and height in the same unit.
    """

    places: npt.NDArray[np.float32]
    sizes: npt.NDArray[np.float32]
    directions: npt.NDArray[np.float32]
    bits: npt.NDArray[np.uint64]
    extent: tuple[float, float]

    def __len__(self) -> int:
        """Return the number of points."""
        return len(self.sizes)

    def chosen(self, which: npt.NDArray[np.bool_] | slice) -> Points:
        """Return some of the points."""
        return Points(
            self.places[which],
            self.sizes[which],
            self.directions[which],
            self.bits[which],
            self.extent,
        )


def telling(points: Points) -> npt.NDArray[np.bool_]:
    """Return which points look like no other place of the same picture."""
    return ~look_alike(points.places, points.sizes, points.bits, REPEATED_BITS)


def find_repeated(points: Points) -> npt.NDArray[np.bool_]:
    """Return which points of a known picture are kept although they look like others of it."""
    if len(points) > FEW_POINTS:  # then all are telling
        return np.zeros(len(points), np.bool_)
    return ~telling(points)


@lru_cache(maxsize=4_096)  # asked of each known picture that something looks like
def count_telling(block: bytes) -> int:
    """Return how many points of a block look like no other place of their picture."""
    return int(np.count_nonzero(telling(unpack(block))))


def most_telling(blocks: Iterable[bytes]) -> int:
    """Return how many telling points the richest of some blocks has, 0 of none."""
    return max(map(count_telling, blocks), default=0)


def told(points: Points) -> Points:
    """Return those points that look like no other place of the same picture."""
    return points.chosen(telling(points))


def look_alike(
    places: npt.NDArray[np.float32],
    sizes: npt.NDArray[np.float32],
    bits: npt.NDArray[np.uint64],
    most_bits: int,
) -> npt.NDArray[np.bool_]:
    """Return which points differ from one elsewhere in the picture in no more bits than that."""
    distance = np.zeros((len(bits), len(bits)), np.uint16)
    for word in range(bits.shape[1]):
        distance += np.bitwise_count(bits[:, None, word] ^ bits[None, :, word])
    apart = np.abs(places[:, None] - places[None, :]).max(axis=2)
    elsewhere = apart > _APART * sizes[:, None]
    alike: npt.NDArray[np.bool_] = ((distance <= most_bits) & elsewhere).any(axis=1)
    return alike


def pack(points: Points) -> bytes:
    """Return the block that unpack reads back, places and sizes rounded."""
    number = len(points)
    places = np.clip(np.rint(points.places * PLACES), 0, 2 * PLACES - 1).astype("<u2")
    sizes = np.clip(np.rint(np.log2(points.sizes / SMALLEST) * SIZE_STEPS), 0, 255)
    turns = np.rint(points.directions * (DIRECTIONS / (2 * np.pi))).astype(np.int64) % DIRECTIONS
    width, height = (min(round(side * PLACES), PLACES) for side in points.extent)
    return b"".join(
        (
            HEAD.pack(VERSION, number, width, height),
            places.tobytes(),
            sizes.astype(np.uint8).tobytes(),
            turns.astype(np.uint8).tobytes(),
            points.bits.astype("<u8").tobytes(),
        )
    )


def unpack(block: bytes) -> Points:
    """Return the points of a block. Raises ValueError when it is none."""
    number, width, height = read_head(block)
    start = HEAD.size
    places = np.frombuffer(block, "<u2", 2 * number, start).reshape(number, 2)
    start += 4 * number
    sizes = np.frombuffer(block, np.uint8, number, start)
    turns = np.frombuffer(block, np.uint8, number, start + number)
    bits = np.frombuffer(block, "<u8", 4 * number, start + 2 * number).reshape(number, 4)
    return Points(
        places=(places / PLACES).astype(np.float32),
        sizes=(np.exp2(sizes.astype(np.float32) / SIZE_STEPS) * SMALLEST).astype(np.float32),
        directions=turns.astype(np.float32) * np.float32(2 * np.pi / DIRECTIONS),
        bits=bits.astype(np.uint64),
        extent=(width / PLACES, height / PLACES),
    )
