"""What is the PDQ hash of a picture, in all eight orientations, as lists of others write it?

The algorithm is that of "PDQ & TMK + PDQF" (Facebook, 2019) and of the reference implementation in
the repository facebook/ThreatExchange: two box filters in each direction (Jarosz, Fast Image
Convolutions), 64 by 64 of the filtered pixels, their cosine coefficients 1 to 16 in each direction
against the median of these 256, and a quality from the differences of neighbouring pixels.

The filters and the choice of pixels are linear and separable: one matrix for the rows, one for the
columns. tests/pictures compares the outcome with what the reference implementation prints.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from filter.message import ListedHash
from filter.pictures.turns import orientations

ALGORITHM = "pdq"
SIDE = 64
FREQUENCIES = 16
_WINDOWS = 128  # of a box filter along a side; twice as many as pixels that are kept
_STEEP = 90  # differences in percent, summed up, that make one point of quality
_BEST_QUALITY = 100
_MOST_EXACT = 1_024  # pixels along a side; above it the tent is as good and needs no large matrix

_Floats = npt.NDArray[np.float32]
_TURNS, _SIGNS = orientations(range(1, FREQUENCIES + 1))


def pdq_hashes(
    grey: npt.NDArray[np.uint8] | _Floats, size: tuple[int, int] | None = None
) -> tuple[ListedHash, ...]:
    """Return the hashes of a grey picture (rows, columns; 0 to 255), upright first, then turned.

    ``size`` is width and height of the picture that ``grey`` was reduced from, since the filters
    are as wide as whole pixels of that. All hashes have the quality of the picture, 0 to 100;
    published lists leave out what is below 50.
    """
    small = reduce_to_blocks(grey, size)
    quality = _quality(small)
    cosines = _cosines()
    upright = (cosines @ small @ cosines.T).astype(np.float32, copy=False)
    hashes = dict.fromkeys(bits.tobytes() for bits in _bits(upright.ravel()[_TURNS] * _SIGNS))
    return tuple(ListedHash(ALGORITHM, one, quality) for one in hashes)


def reduce_to_blocks(
    grey: npt.NDArray[np.uint8] | _Floats, size: tuple[int, int] | None = None
) -> _Floats:
    """Return the filtered picture at the 64 by 64 places that PDQ looks at."""
    height, width = grey.shape
    rows = _weights(height, size[1] if size else height)
    columns = _weights(width, size[0] if size else width)
    small: _Floats = rows @ grey.astype(np.float32) @ columns.T
    return small


@lru_cache(maxsize=256)
def _weights(length: int, original: int) -> _Floats:
    """Return how much each of ``length`` pixels counts for each of the 64 places along a side.

    Two box filters of the same width are a tent; where it stands over the edge they take the mean
    of what is there.
    """
    window = (original + _WINDOWS - 1) // _WINDOWS
    ahead = (window + 2) // 2  # a window reaches less far back than ahead when it is even
    back = window - ahead
    places = ((2 * np.arange(SIDE) + 1) * original) // (2 * SIDE)
    if length == original and length <= _MOST_EXACT:
        weights = _means(length, back, ahead)[places] @ _means(length, back, ahead)
    else:
        weights = _tents(length, original, places + ahead - back - 0.5, window)
    weights.setflags(write=False)
    return weights


def _means(length: int, back: int, ahead: int) -> _Floats:
    """Return a box filter as a matrix: each row takes the mean of the pixels of its window."""
    distance = np.arange(length)[None, :] - np.arange(length)[:, None]
    inside = ((distance >= -back) & (distance < ahead)).astype(np.float32)
    means: _Floats = inside / inside.sum(axis=1, keepdims=True)
    return means


def _tents(length: int, original: int, centres: npt.NDArray[np.floating], window: int) -> _Floats:
    """Return the part of each tent that lies over each pixel of the reduced picture."""
    edges = np.arange(length + 1) * (original / length)
    x = np.clip((edges[None, :] - centres[:, None]) / window, -1, 1)
    below = np.where(x < 0, (1 + x) ** 2 / 2, 1 - (1 - x) ** 2 / 2)
    parts = np.diff(below, axis=1)
    tents: _Floats = (parts / parts.sum(axis=1, keepdims=True)).astype(np.float32)
    return tents


@lru_cache(maxsize=1)
def _cosines() -> _Floats:
    frequency = np.arange(1, FREQUENCIES + 1)[:, None]
    angle = math.pi / 2 / SIDE * frequency * (2 * np.arange(SIDE) + 1)[None, :]
    cosines: _Floats = (math.sqrt(2 / SIDE) * np.cos(angle)).astype(np.float32)
    return cosines


def _quality(small: _Floats) -> int:
    """Count steep places only: differences are cut to whole percents before they are summed."""
    steps = sum(
        float(np.abs(np.trunc(np.diff(small, axis=axis) * 100 / 255)).sum()) for axis in (0, 1)
    )
    return min(_BEST_QUALITY, int(steps / _STEEP))


def _bits(coefficients: npt.NDArray[np.floating]) -> npt.NDArray[np.uint8]:
    """Return (…, 32) bytes; the coefficient of the lowest frequencies is the last bit."""
    flat = coefficients.reshape(len(coefficients), -1)
    lower = flat.shape[1] // 2 - 1  # of the two values in the middle
    median = np.partition(flat, lower, axis=1)[:, lower, None]
    return np.packbits((flat > median)[:, ::-1], axis=1)
