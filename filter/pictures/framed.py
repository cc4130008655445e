"""Which rectangles of a picture have straight edges all around: what was pasted into it?

A picture in a window, on another picture or in a collage ends in straight edges, whatever is in it
and around it. An edge is where neighbours differ more than those beside them do, for a stretch of
pixels in one line; chance gives that to one pixel in three, so half of a side is much.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from filter.pictures.regions import Region, is_same, least_side

MOST_FRAMED = 4
_STEP = 3  # grey levels between neighbours from which there may be an edge
_BESIDE = 2  # pixels on each side among which it is the strongest
_EACH = 2  # rows of which one is looked at
_BLOCK = 12  # pixels; a line is tried where two blocks of it are so full of edge
_FULL = 0.65
_LINES = 10  # of each direction that are tried, those with most such blocks
_LEAST_EDGE = 0.5  # of each side
_LEAST_EDGES = 0.8  # of all sides together
_MOST_BORDERS = 2  # sides that are borders of the picture; those are no edges
_BORDER_COST = 0.1
_SIZE_GAIN = 0.1  # exponent: of rectangles with much the same edges the larger one
_ALIKE = 0.8  # of the larger of two rectangles is common to both: one is enough
_MOST_RANKED = 40

_Numbers = npt.NDArray[np.int64]
_Shares = npt.NDArray[np.float32]


class _Lines(NamedTuple):
    """Where columns begin that are edges, the borders first and last, and how much each is one.

    ``edge`` (height + 1, lines): the pixels of each line above a row that are an edge.
    """

    at: _Numbers
    edge: _Shares


def find_framed(grey: npt.NDArray[np.uint8]) -> tuple[Region, ...]:
    """Return the rectangles with straight edges all around, those with most edge first.

    ``grey`` has rows of grey levels. The whole is none of them.
    """
    height, width = grey.shape
    least = least_side(grey)
    if min(height, width) < max(least, 2 * _BLOCK + 2):
        return ()
    columns = _lines(grey[::_EACH], height)
    rows = _lines(np.ascontiguousarray(grey[:, ::_EACH].T), width)
    left, right = np.nonzero(columns.at[None, :] - columns.at[:, None] >= least)
    top, bottom = np.nonzero(rows.at[None, :] - rows.at[:, None] >= least)
    high = (rows.at[bottom] - rows.at[top]).astype(np.float32)[:, None]
    wide = (columns.at[right] - columns.at[left]).astype(np.float32)[None, :]
    # of each pair of rows and each pair of columns
    beside = (columns.edge[rows.at[bottom]] - columns.edge[rows.at[top]]) / high
    along = (rows.edge[columns.at[right]] - rows.edge[columns.at[left]]).T / wide
    sides = np.stack([beside[:, left], beside[:, right], along[top], along[bottom]])
    borders = _borders(top, bottom, rows)[:, None] + _borders(left, right, columns)[None, :]
    edges = (sides.sum(axis=0) - borders) / np.maximum(1, 4 - borders)
    down, across = np.nonzero(
        (edges >= _LEAST_EDGES) & (sides.min(axis=0) >= _LEAST_EDGE) & (borders <= _MOST_BORDERS)
    )
    area = (high[down, 0] * wide[0, across]).astype(np.float64)
    worth = (edges - _BORDER_COST * borders)[down, across] * area**_SIZE_GAIN
    best = np.argsort(-worth, kind="stable")[:_MOST_RANKED]
    down, across = down[best], across[best]
    found = np.stack(
        [
            rows.at[top[down]],
            rows.at[bottom[down]],
            columns.at[left[across]],
            columns.at[right[across]],
        ],
        axis=1,
    )
    return _different(Region(*box) for box in found.tolist())


def _different(boxes: Iterable[Region]) -> tuple[Region, ...]:
    """Return the first rectangles that are not much the same as one before."""
    found: list[Region] = []
    for box in boxes:
        if not any(is_same(box, other, _ALIKE) for other in found):
            found.append(box)
    return tuple(found[:MOST_FRAMED])


def _borders(first: _Numbers, last: _Numbers, lines: _Lines) -> _Numbers:
    """Return how many of the two are borders of the picture."""
    number: _Numbers = (first == 0).astype(np.int64) + (last == len(lines.at) - 1)
    return number


def _lines(grey: npt.NDArray[np.uint8], length: int) -> _Lines:
    """Return the columns that are an edge for a stretch, and the two borders.

    ``grey`` has each other row of ``length``: an edge is as clear in those.
    """
    height, width = grey.shape
    step = cv2.absdiff(grey[:, 1:], grey[:, :-1])
    strongest = cv2.dilate(step, np.ones((1, 2 * _BESIDE + 1), np.uint8))
    is_step = cv2.threshold(step, _STEP - 1, 255, cv2.THRESH_BINARY)[1]
    is_edge = cv2.bitwise_and(cv2.compare(step, strongest, cv2.CMP_EQ), is_step)
    # reducing puts an edge between two pixels now to the one, now to the other
    is_edge = cv2.dilate(is_edge, np.ones((1, 2), np.uint8))
    block = _BLOCK // _EACH
    number = height // block
    full = cv2.resize(
        is_edge[: number * block], (width - 1, number), interpolation=cv2.INTER_AREA
    ).astype(np.int16)
    stretches = np.count_nonzero(full[1:] + full[:-1] >= 2 * 255 * _FULL, axis=0)
    chosen: list[int] = []
    while len(chosen) < _LINES:
        column = int(stretches.argmax())
        if not stretches[column]:
            break
        chosen.append(column)
        stretches[max(0, column - _BESIDE) : column + _BESIDE + 1] = 0
    above = np.cumsum(is_edge[:, chosen] > 0, axis=0) * np.float32(_EACH)
    edge = np.zeros((length + 1, len(chosen) + 2), np.float32)
    edge[1:, 1:-1] = np.repeat(above, _EACH, axis=0)[:length]
    edge[:, 0] = edge[:, -1] = np.arange(length + 1)
    return _Lines(np.array([0, *(column + 1 for column in chosen), width], np.int64), edge)
