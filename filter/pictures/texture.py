"""Does any part of a picture look like the modules of a code: light and dark in quick turns?

Searching for codes costs many times what a glance costs, and most photographs have no such part.
Told apart are windows of 16 by 16 pixels by three measures, each a necessary mark of a code whose
modules are one to four pixels wide there (larger modules are met at a half, a quarter, …):

- range: light and dark differ at all;
- deviation by range: 1/2 where every pixel is light or dark, 0.29 where all greys are as frequent,
  0.31 and more in codes that were turned, blurred by 0.3 of a module and saved at JPEG quality 40;
- turns: how often a line of the window goes through that range, along rows and along columns. The
  edge of a thing has one turn, codes have two and more.

tests/pictures/test_texture.py draws codes of all kinds in such dresses, and compares what is found
with and without the glance.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt

_SIDE = 16  # pixels of a window; windows overlap by half
_BLOCK = _SIDE // 2
_LEVELS = 8  # of which each is half as large: modules of up to 256 pixels
_LEAST_DEVIATION = 0.295
_LEAST_TURNS = 2.0
_LEAST_WINDOWS = 2  # at one size; in photographs a lone one is common

Plane = npt.NDArray[np.uint8]


def may_hold_code(plane: Plane, least_range: int) -> bool:
    """Return whether there is a place that could be part of a code, of modules of any size.

    ``plane`` is a grey picture or one of its channels; ``least_range`` in levels of 255.
    """
    if min(plane.shape) < _SIDE:
        return True  # smaller than a window: nothing can be told
    for _ in range(_LEVELS):
        if _has_modules(plane, least_range):
            return True
        plane = _halved(plane)
        if min(plane.shape) < _SIDE:
            break
    return False


def _halved(plane: Plane) -> Plane:
    height, width = plane.shape
    size = (max(1, width // 2), max(1, height // 2))
    return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), np.uint8)


def _has_modules(plane: Plane, least_range: int) -> bool:
    """Cheapest measure first; of turns every other line and of deviation a quarter is enough."""
    plane = _whole_blocks(plane)
    blocks = plane.shape[0] // _BLOCK, plane.shape[1] // _BLOCK
    spread = (_extreme(plane, np.maximum) - _extreme(plane, np.minimum)).astype(np.float32)
    likely = spread >= least_range
    for steps in (_steps(plane[::2]), _steps(plane[:, ::2].T).T):
        if np.count_nonzero(likely) < _LEAST_WINDOWS:
            return False
        likely &= _means(steps, blocks) * _SIDE >= _LEAST_TURNS * spread
    if np.count_nonzero(likely) < _LEAST_WINDOWS:
        return False
    levels = plane[::2, ::2].astype(np.float32)
    mean = _means(levels, blocks)
    variance = _means(levels * levels, blocks) - mean * mean
    likely &= variance >= (_LEAST_DEVIATION * spread) ** 2
    return int(np.count_nonzero(likely)) >= _LEAST_WINDOWS


def _whole_blocks(plane: Plane) -> Plane:
    """Return the plane filled up to whole blocks by repeating its last lines."""
    height, width = plane.shape
    below, right = -height % _BLOCK, -width % _BLOCK
    if not (below or right):
        return plane
    return np.asarray(cv2.copyMakeBorder(plane, 0, below, 0, right, cv2.BORDER_REPLICATE), np.uint8)


def _steps(plane: Plane) -> npt.NDArray[np.float32]:
    """Return how far each pixel is from the one to the left of it."""
    plane = np.ascontiguousarray(plane)
    steps = np.zeros(plane.shape, np.float32)
    steps[:, 1:] = cv2.absdiff(plane[:, 1:], plane[:, :-1])
    return steps


_Ufunc = Callable[[npt.NDArray[np.uint8], npt.NDArray[np.uint8]], npt.NDArray[np.uint8]]


def _extreme(plane: Plane, of: _Ufunc) -> npt.NDArray[np.int16]:
    """Return the largest or the smallest level of every window."""
    found = plane
    for _ in range(_BLOCK.bit_length() - 1):
        found = of(found[::2], found[1::2])
    for _ in range(_BLOCK.bit_length() - 1):
        found = of(found[:, ::2], found[:, 1::2])
    found = of(found[:-1], found[1:])
    return of(found[:, :-1], found[:, 1:]).astype(np.int16)


def _means(plane: npt.NDArray[np.float32], blocks: tuple[int, int]) -> npt.NDArray[np.float32]:
    """Return the mean of every window of ``blocks`` (rows, columns) of the whole plane."""
    reduced = cv2.resize(np.ascontiguousarray(plane), blocks[::-1], interpolation=cv2.INTER_AREA)
    rows = reduced[:-1] + reduced[1:]
    return np.asarray((rows[:, :-1] + rows[:, 1:]) / 4, np.float32)
