"""Does any part of a picture look like the modules of a code: light and dark in quick turns?

Searching for codes costs many times what a glance costs, and most photographs have no such part.
Told apart are windows of 16 by 16 pixels by three measures, each a necessary mark of a code whose
modules are one to four pixels wide there (larger modules are met at a half, a quarter, …):

- range: light and dark differ at all;
- turns: how often a line of the window goes through that range, along rows and along columns. The
  edge of a thing has one turn, codes have two and more;
- deviation by range: 1/2 where every pixel is light or dark, 0.29 where all greys are as frequent.

In photographs such windows are scattered, in codes they are neighbours: of three by three windows,
which are 32 by 32 pixels, five have the marks. Of 423 codes drawn into photographs (turned, tilted,
blurred by a third of a module, pale, coloured, at JPEG quality 35) those read in grey have them.

tests/pictures/test_texture.py draws codes of all kinds in such dresses, and compares what is found
with and without the glance.
"""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from filter.pictures.shrinking import Plane, halved

_SIDE = 16  # pixels of a window; windows overlap by half
_BLOCK = _SIDE // 2
_LEVELS = 8  # of which each is half as large: modules of up to 256 pixels
_LEAST_DEVIATION = 0.25
_LEAST_TURNS = 1.9
_NEIGHBOURS = 3
_LEAST_WINDOWS = 5  # of as many squared
# Beyond a level's windows nothing is likely, even where the sheet goes on.
_ALONE = cv2.BORDER_CONSTANT | cv2.BORDER_ISOLATED
_LARGE = 150_000  # pixels; levels of fewer are measured together
_LEAST_PLANE = 48  # pixels; a smaller picture has not so many windows, and is searched quickly


def finest_modules(plane: Plane, least_range: int) -> int | None:
    """Return how many times to halve a picture until a part of it looks like a code, None if never.

    Modules of that part are one to four pixels wide then. ``plane`` is a grey picture or one of its
    channels; ``least_range`` in levels of 255.
    """
    if min(plane.shape) < _LEAST_PLANE:
        return 0  # nothing can be told
    level = 0
    while plane.size > _LARGE and min(plane.shape) >= 2 * _SIDE and level < _LEVELS - 1:
        if _first_with_modules(*_sheet([plane]), least_range) is not None:
            return level
        plane = halved(plane)
        level += 1
    smaller = [plane]
    while level + len(smaller) < _LEVELS:
        plane = halved(plane)
        if min(plane.shape) < _SIDE:
            break
        smaller.append(plane)
    met = _first_with_modules(*_sheet(smaller), least_range)
    return None if met is None else level + met


def _first_with_modules(sheet: Plane, places: list[_Place], least_range: int) -> int | None:
    """Cheapest measure first; of turns along rows and of deviation every other line is enough."""
    spread = _spread(sheet)
    likely = spread >= least_range
    met = _first_with_neighbours(likely, places)
    for measure, least in (
        (_turns_along_rows, _LEAST_TURNS),
        (_turns_along_columns, _LEAST_TURNS),
        (_deviation, _LEAST_DEVIATION),
    ):
        if met is None:
            return None
        likely &= measure(sheet, places) >= least * spread
        met = _first_with_neighbours(likely, places)
    return met


class _Place(NamedTuple):
    """Where a level is in the sheet, in blocks."""

    top: int
    left: int
    height: int
    width: int


def _sheet(planes: list[Plane]) -> tuple[Plane, list[_Place]]:
    """Return levels as one picture, so that small ones are measured without calls of their own.

    The largest is above, the others are side by side below it, each of whole blocks.
    """
    levels = [_whole_blocks(plane) for plane in planes]
    sizes = [(level.shape[0] // _BLOCK, level.shape[1] // _BLOCK) for level in levels]
    height, width = sizes[0]
    places = [_Place(0, 0, height, width)]
    if len(levels) == 1:
        return levels[0], places
    left = 0
    for size in sizes[1:]:
        places.append(_Place(height, left, *size))
        left += size[1]
    shape = ((height + sizes[1][0]) * _BLOCK, max(width, left) * _BLOCK)
    sheet = np.zeros(shape, np.uint8)
    for level, place in zip(levels, places, strict=True):
        top, left = place.top * _BLOCK, place.left * _BLOCK
        sheet[top : top + level.shape[0], left : left + level.shape[1]] = level
    return sheet, places


def _first_with_neighbours(likely: npt.NDArray[np.bool_], places: list[_Place]) -> int | None:
    """Return the first level that has neighbours among its own windows."""
    for level, (top, left, height, width) in enumerate(places):
        if _are_neighbours(likely[top : top + height - 1, left : left + width - 1]):
            return level
    return None


def _are_neighbours(likely: npt.NDArray[np.bool_]) -> bool:
    if np.count_nonzero(likely) < _LEAST_WINDOWS:
        return False
    around = (_NEIGHBOURS, _NEIGHBOURS)
    counts = cv2.boxFilter(likely.view(np.uint8), -1, around, normalize=False, borderType=_ALONE)
    return int(counts.max()) >= _LEAST_WINDOWS


def _whole_blocks(plane: Plane) -> Plane:
    """Return the plane filled up to whole blocks by repeating its last lines."""
    height, width = plane.shape
    below, right = -height % _BLOCK, -width % _BLOCK
    if not (below or right):
        return np.ascontiguousarray(plane)
    return np.asarray(cv2.copyMakeBorder(plane, 0, below, 0, right, cv2.BORDER_REPLICATE), np.uint8)


_Levels: TypeAlias = npt.NDArray[np.float32]


def _spread(plane: Plane) -> _Levels:
    """Return how far the levels of each window are apart."""
    return (_extreme(plane, np.maximum) - _extreme(plane, np.minimum)).astype(np.float32)


def _extreme(plane: Plane, of: np.ufunc) -> npt.NDArray[np.int16]:
    """Return the largest or the smallest level of every window."""
    height, width = plane.shape
    bands = of.reduce(plane.reshape(height // _BLOCK, _BLOCK, width), axis=1)
    lines = np.ascontiguousarray(bands.T).reshape(width // _BLOCK, _BLOCK, height // _BLOCK)
    blocks = of.reduce(lines, axis=1).T.astype(np.int16)
    rows = of(blocks[:-1], blocks[1:])
    return np.asarray(of(rows[:, :-1], rows[:, 1:]), np.int16)


def _turns_along_rows(sheet: Plane, places: list[_Place]) -> _Levels:
    """Return how many levels a row of each window goes up and down in all."""
    steps = np.zeros((sheet.shape[0] // 2, sheet.shape[1]), np.uint8)
    steps[:, 1:] = cv2.absdiff(sheet[::2, 1:], sheet[::2, :-1])
    for place in places[1:]:
        top, left = place.top * _BLOCK // 2, place.left * _BLOCK
        steps[top:, left] = 0  # from one level to its neighbour
    return _mean_steps(steps, _BLOCK // 2) * np.float32(_SIDE)


def _turns_along_columns(sheet: Plane, places: list[_Place]) -> _Levels:
    steps = np.zeros(sheet.shape, np.uint8)
    steps[1:] = cv2.absdiff(sheet[1:], sheet[:-1])
    for place in places[1:]:
        steps[place.top * _BLOCK] = 0
    return _mean_steps(steps, _BLOCK) * np.float32(_SIDE)


def _mean_steps(steps: Plane, lines: int) -> _Levels:
    """Return the mean of every window, of which a block has so many lines."""
    total = steps[::lines].astype(np.uint16)
    for line in range(1, lines):
        total += steps[line::lines]
    blocks = (steps.shape[1] // _BLOCK, len(total))
    bands = cv2.resize(total.astype(np.float32), blocks, interpolation=cv2.INTER_AREA)
    return _of_windows(bands / np.float32(lines))


def _deviation(sheet: Plane, _: list[_Place]) -> _Levels:
    levels = sheet[::2, ::2].astype(np.float32)
    blocks = sheet.shape[1] // _BLOCK, sheet.shape[0] // _BLOCK
    mean, square = (
        _of_windows(cv2.resize(of, blocks, interpolation=cv2.INTER_AREA))
        for of in (levels, levels * levels)
    )
    return np.asarray(np.sqrt(np.maximum(square - mean * mean, 0)), np.float32)


def _of_windows(blocks: npt.NDArray[Any]) -> _Levels:
    """Return the mean of every two by two blocks."""
    rows = blocks[:-1] + blocks[1:]
    return np.asarray((rows[:, :-1] + rows[:, 1:]) / 4, np.float32)
