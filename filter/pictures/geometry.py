"""Which rectangles of a picture could be another picture: without borders, bars, or canvas?

All of it on the reduced square of 128 by 128 grey levels, so a border is found to about one
percent of the side; the hash tolerates about twice that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from filter.pictures.dct import SIDE, WHOLE, Box, Grey

_EVEN = 12  # grey levels within which a line of pixels is of one colour
_LINE_SHARE = 0.96  # of a line that has to be even
_SHORTEST = SIDE // 6  # of a rectangle that is worth a look
_CELL = 4
_CELLS = SIDE // _CELL
_REGIONS = 4
_LEAST_REGION = SIDE * SIDE // 40
_TEXT_SHARE = 0.7  # of a caption bar's line that letters may cover
_LINES_OF_LETTERS = 7  # that may follow each other without any line between them


def _fraction(top: float, bottom: float, left: float, right: float) -> Box:
    return Box(*(round(SIDE * share) for share in (top, bottom, left, right)))


# What people cut off, as shares of the height and width. Steps of about a tenth, because a hash
# survives being off by a twentieth.
CROPS: Mapping[str, Box] = MappingProxyType(
    {
        **{
            f"centre-{keep}": _fraction(
                0.5 - keep / 200, 0.5 + keep / 200, 0.5 - keep / 200, 0.5 + keep / 200
            )
            for keep in (90, 80, 70, 60, 50)
        },
        "without-left-10": _fraction(0, 1, 0.1, 1),
        "without-right-10": _fraction(0, 1, 0, 0.9),
        "without-top-10": _fraction(0.1, 1, 0, 1),
        "without-bottom-10": _fraction(0, 0.9, 0, 1),
        "without-left-20": _fraction(0, 1, 0.2, 1),
        "without-right-20": _fraction(0, 1, 0, 0.8),
        "without-top-20": _fraction(0.2, 1, 0, 1),
        "without-bottom-20": _fraction(0, 0.8, 0, 1),
        "upper-left-80": _fraction(0, 0.8, 0, 0.8),
        "upper-right-80": _fraction(0, 0.8, 0.2, 1),
        "lower-left-80": _fraction(0.2, 1, 0, 0.8),
        "lower-right-80": _fraction(0.2, 1, 0.2, 1),
        "narrow-88": _fraction(0, 1, 0.06, 0.94),
        "narrow-75": _fraction(0, 1, 0.125, 0.875),
        "narrow-60": _fraction(0, 1, 0.2, 0.8),
        "flat-88": _fraction(0.06, 0.94, 0, 1),
        "flat-75": _fraction(0.125, 0.875, 0, 1),
        "flat-60": _fraction(0.2, 0.8, 0, 1),
    }
)

# What a collage shows, and what a sticker leaves over.
TILES: Mapping[str, Box] = MappingProxyType(
    {
        "quarter-upper-left": _fraction(0, 0.5, 0, 0.5),
        "quarter-upper-right": _fraction(0, 0.5, 0.5, 1),
        "quarter-lower-left": _fraction(0.5, 1, 0, 0.5),
        "quarter-lower-right": _fraction(0.5, 1, 0.5, 1),
        "half-left": _fraction(0, 1, 0, 0.5),
        "half-right": _fraction(0, 1, 0.5, 1),
        "half-upper": _fraction(0, 0.5, 0, 1),
        "half-lower": _fraction(0.5, 1, 0, 1),
    }
)


def find_insets(grey: Grey) -> dict[str, Box]:
    """Return the rectangles that look like a picture with something around it, by name."""
    candidates = {
        "trimmed": _trim(grey),
        **_without_bars(grey),
        **{f"region-{n}": region for n, region in enumerate(_regions(grey), start=1)},
    }
    boxes: dict[str, Box] = {}
    for name, box in candidates.items():
        if _is_new(box, boxes):
            boxes[name] = box
    return boxes


def _is_new(box: Box, boxes: Mapping[str, Box]) -> bool:
    height, width = box.bottom - box.top, box.right - box.left
    if height < _SHORTEST or width < _SHORTEST:
        return False
    return all(
        max(abs(a - b) for a, b in zip(box, other, strict=True)) > 1
        for other in (WHOLE, *boxes.values())
    )


def _trim(grey: Grey) -> Box:
    """Return what is left without lines of one colour at the edges."""
    top, bottom, left, right = WHOLE
    for _ in range(2):  # the columns of a letterbox show only once its rows are gone
        top, bottom = _ends(_even_lines(grey[:, left:right], 1), top, bottom)
        if bottom - top < _SHORTEST:
            return WHOLE
        left, right = _ends(_even_lines(grey[top:bottom], 0), left, right)
        if right - left < _SHORTEST:
            return WHOLE
    return Box(top, bottom, left, right)


def _even_lines(grey: Grey, axis: int) -> npt.NDArray[np.bool_]:
    """Return which lines are of one colour, but for one pixel in twenty-five."""
    middle = grey.mean(axis=axis, keepdims=True)
    even: npt.NDArray[np.bool_] = (np.abs(grey - middle) <= _EVEN / 2).mean(
        axis=axis
    ) >= _LINE_SHARE
    return even


def _ends(removable: npt.NDArray[np.bool_], start: int, stop: int) -> tuple[int, int]:
    """Return the span without the removable lines at its ends."""
    kept = np.flatnonzero(~removable[start:stop])
    if kept.size == 0:
        return start, start
    first, last = start + int(kept[0]), start + int(kept[-1]) + 1
    # the line next to a border is a mixture of both
    return first + (first > start), last - (last < stop)


def _without_bars(grey: Grey) -> dict[str, Box]:
    """Return what is left without bars that may hold a caption: even lines crossed by letters.

    Each side alone and both together, because an even sky looks like a bar.
    """
    top, bottom, left, right = _trim_or_whole(grey)
    inner = grey[top:bottom, left:right]
    above, below = top + _bar_depth(inner), bottom - _bar_depth(inner[::-1])
    return {
        "without-bars": Box(above, below, left, right),
        "without-bar-above": Box(above, bottom, left, right),
        "without-bar-below": Box(top, below, left, right),
    }


def _trim_or_whole(grey: Grey) -> Box:
    """Return the picture without even columns; rows are the caption's business."""
    left, right = _ends(_even_lines(grey, 0), 0, SIDE)
    return WHOLE if right - left < _SHORTEST else Box(0, SIDE, left, right)


def _bar_depth(grey: Grey) -> int:
    """Return how many lines from the top belong to a bar of the top line's colour."""
    ground = float(np.median(grey[:2]))
    like_ground = np.abs(grey - ground) <= _EVEN
    margin = max(2, grey.shape[1] // 25)
    in_bar = (
        (like_ground.mean(axis=1) >= 1 - _TEXT_SHARE)
        & (like_ground[:, :margin].mean(axis=1) > 0.5)  # noqa: PLR2004 - most of it
        & (like_ground[:, -margin:].mean(axis=1) > 0.5)  # noqa: PLR2004
    )
    # One line of large letters may be fuller than the share; a picture is so for good.
    for first in np.flatnonzero(~in_bar).tolist():
        if in_bar[first : first + _LINES_OF_LETTERS].sum() <= 1:
            return first + 1 if first else 0
    return 0


def _regions(grey: Grey) -> Iterator[Box]:
    """Yield rectangles without the canvas' colour in them, largest first."""
    edge = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    ground = float(np.median(edge))
    if (np.abs(edge - ground) <= _EVEN).mean() < 0.5:  # noqa: PLR2004 - no canvas to speak of
        return
    drawn = np.abs(grey - ground) > _EVEN
    cells = drawn.reshape(_CELLS, _CELL, _CELLS, _CELL).mean(axis=(1, 3)) >= 0.5  # noqa: PLR2004
    cells = _closed(cells)
    for _ in range(_REGIONS):
        top, bottom, left, right = _largest_rectangle(cells)
        box = Box(top * _CELL, bottom * _CELL, left * _CELL, right * _CELL)
        if box.area < _LEAST_REGION:
            return
        cells[max(0, top - 1) : bottom + 1, max(0, left - 1) : right + 1] = False
        yield _refined(drawn, box)


def _closed(cells: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Return the cells with holes of one cell filled."""
    padded = np.pad(cells, 1)
    sides = (
        padded[:-2, 1:-1].astype(np.int8) + padded[2:, 1:-1] + padded[1:-1, :-2] + padded[1:-1, 2:]
    )
    return cells | (sides >= 3)  # noqa: PLR2004 - three of four neighbours


# Every span of lines, by its ends; all of them are tried at once.
_TOPS, _ENDS = np.triu_indices(_CELLS)
_BOTTOMS = _ENDS + 1


def _largest_rectangle(cells: npt.NDArray[np.bool_]) -> Box:
    """Return the largest rectangle of true cells."""
    sums = np.zeros((_CELLS + 1, _CELLS), np.int16)
    np.cumsum(cells, axis=0, out=sums[1:])
    heights = _BOTTOMS - _TOPS
    full = (sums[_BOTTOMS] - sums[_TOPS]) == heights[:, None]
    run = np.zeros(len(heights), np.int32)
    longest, right = run.copy(), run.copy()
    for column in range(_CELLS):
        run = (run + 1) * full[:, column]
        right[run > longest] = column + 1
        np.maximum(longest, run, out=longest)
    best = int(np.argmax(longest * heights))
    return Box(
        int(_TOPS[best]),
        int(_BOTTOMS[best]),
        int(right[best] - longest[best]),
        int(right[best]),
    )


def _refined(drawn: npt.NDArray[np.bool_], box: Box) -> Box:
    """Return the rectangle grown or shrunk by up to a cell to where the drawing ends."""
    top, bottom = _snap(drawn[:, box.left : box.right].mean(axis=1), box.top, box.bottom)
    left, right = _snap(drawn[top:bottom].mean(axis=0), box.left, box.right)
    return Box(top, bottom, left, right)


def _snap(share: npt.NDArray[np.float64], start: int, stop: int) -> tuple[int, int]:
    full = share >= 0.5  # noqa: PLR2004 - a line belongs to the picture when half of it is drawn
    while start > 0 and full[start - 1] and start > stop - SIDE:
        start -= 1
    while stop < SIDE and full[stop]:
        stop += 1
    while start < stop - _SHORTEST and not full[start]:
        start += 1
    while stop > start + _SHORTEST and not full[stop - 1]:
        stop -= 1
    return start, stop
