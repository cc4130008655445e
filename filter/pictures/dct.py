"""What are the 256-bit hashes of many rectangles of one picture, in all eight orientations?

The hash is imagehash's phash of size 16: 16 by 16 low cosine coefficients, each against their
median. imagehash computes one rectangle at a time (about 120 microseconds); here the transform is
a matrix product, so all rectangles of a picture share two products, and an orientation is a change
of signs. tests/pictures compares both.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from filter.message import PictureView

SIDE = 128  # every picture is reduced to this square: the hash does not depend on the aspect ratio
FREQUENCIES = 16
REFERENCE = 64  # imagehash reduces to 64 by 64: coefficients are scaled to what it would see
# A coefficient nearer to the median than this (grey levels of 255, orthonormal at 64 by 64) is
# decided by noise: JPEG at quality 30 and resampling move coefficients by 1 to 3.
_DECIDED = 3.0

Grey: TypeAlias = npt.NDArray[np.float32]  # SIDE by SIDE, 0 to 255

# name of the orientation -> transposed?, rows reversed?, columns reversed?
ORIENTATIONS: Mapping[str, tuple[bool, bool, bool]] = {
    "": (False, False, False),
    "mirrored": (False, False, True),
    "upside-down": (False, True, False),
    "turned-180": (False, True, True),
    "transposed": (True, False, False),
    "turned-90": (True, True, False),
    "turned-270": (True, False, True),
    "transverse": (True, True, True),
}


class Box(NamedTuple):
    """A rectangle of the reduced picture, in its pixels; ends are exclusive."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def area(self) -> int:
        """Number of pixels."""
        return (self.bottom - self.top) * (self.right - self.left)


WHOLE = Box(0, SIDE, 0, SIDE)


def hash_boxes(
    grey: Grey, boxes: Mapping[str, Box], orientations: Mapping[str, tuple[bool, bool, bool]]
) -> tuple[PictureView, ...]:
    """Return one view for each rectangle and orientation: ``name`` or ``name+orientation``."""
    if not boxes:
        return ()
    coefficients = _transform(grey, tuple(boxes.values()))
    turned = [_turn(coefficients, *how) for how in orientations.values()]
    hashes, qualities = _binarise(np.stack(turned))
    suffixes = [f"+{name}" if name else "" for name in orientations]
    return tuple(
        PictureView(name + suffix, hashes[o, b].tobytes(), int(qualities[o, b]))
        for b, name in enumerate(boxes)
        for o, suffix in enumerate(suffixes)
    )


def phash(pixels: npt.NDArray[np.uint8]) -> bytes:
    """Return what imagehash makes of a picture of 64 by 64 grey levels, for less: see there."""
    cosines = _reference_cosines()
    coefficients = cosines @ pixels.astype(np.float64) @ cosines.T
    return np.packbits(coefficients > np.median(coefficients)).tobytes()


@lru_cache(maxsize=1)
def _reference_cosines() -> npt.NDArray[np.float64]:
    angle = np.pi / REFERENCE * (np.arange(REFERENCE) + 0.5)
    cosines: npt.NDArray[np.float64] = np.cos(np.arange(FREQUENCIES)[:, None] * angle)
    return cosines


def quality_of(grey: Grey) -> int:
    """Return the quality, 0 to 100, of the whole reduced picture."""
    return int(_binarise(_transform(grey, (WHOLE,)))[1][0])


def _transform(grey: Grey, boxes: tuple[Box, ...]) -> npt.NDArray[np.float32]:
    """Return the low coefficients of each rectangle: (len(boxes), 16, 16)."""
    rows = list(dict.fromkeys((box.top, box.bottom) for box in boxes))
    columns = list(dict.fromkeys((box.left, box.right) for box in boxes))
    down = np.concatenate([_basis(*span) for span in rows])
    across = np.concatenate([_basis(*span) for span in columns])
    every = (down @ grey @ across.T).reshape(len(rows), FREQUENCIES, len(columns), FREQUENCIES)
    i = [rows.index((box.top, box.bottom)) for box in boxes]
    j = [columns.index((box.left, box.right)) for box in boxes]
    chosen: npt.NDArray[np.float32] = every[i, :, j, :]
    return chosen


@lru_cache(maxsize=1024)
def _basis(start: int, stop: int) -> npt.NDArray[np.float32]:
    """Return the cosines over one span of pixels, nothing outside it: (16, SIDE)."""
    length = stop - start
    angle = np.pi / length * (np.arange(length) + 0.5)
    basis = np.zeros((FREQUENCIES, SIDE), np.float32)
    basis[:, start:stop] = np.cos(np.arange(FREQUENCIES)[:, None] * angle[None, :])
    basis *= math.sqrt(2 * REFERENCE) / length
    basis.setflags(write=False)
    return basis


_ALTERNATE = np.where(np.arange(FREQUENCIES) % 2, -1, 1).astype(np.float32)


def _turn(
    coefficients: npt.NDArray[np.float32],
    transposed: bool,  # noqa: FBT001 - one row of ORIENTATIONS
    rows_reversed: bool,  # noqa: FBT001
    columns_reversed: bool,  # noqa: FBT001
) -> npt.NDArray[np.float32]:
    """Return the coefficients of the turned rectangles: reversing changes every other sign."""
    turned = coefficients.transpose(0, 2, 1) if transposed else coefficients
    if rows_reversed:
        turned = turned * _ALTERNATE[:, None]
    if columns_reversed:
        turned = turned * _ALTERNATE[None, :]
    return turned


def _binarise(
    coefficients: npt.NDArray[np.float32],
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.intp]]:
    """Return hashes (…, 32) and qualities (…): the percentage of bits that noise cannot turn."""
    flat = coefficients.reshape(*coefficients.shape[:-2], FREQUENCIES * FREQUENCIES)
    half = flat.shape[-1] // 2
    middle = np.partition(flat, (half - 1, half), axis=-1)[..., half - 1 : half + 1]
    distance = flat - middle.mean(axis=-1, keepdims=True)
    decided = np.count_nonzero(np.abs(distance) > _DECIDED, axis=-1)
    return np.packbits(distance > 0, axis=-1), decided * 100 // (FREQUENCIES * FREQUENCIES)
