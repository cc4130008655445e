"""Which rectangles of a picture could be another picture: without borders, bars, or canvas?

All of it on the reduced square of 128 by 128 grey levels, so a border is found to about one
percent of the side; the hash tolerates about twice that.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from filter.pictures.dct import SIDE, WHOLE, Box, Grey

_EVEN = 12  # grey levels within which a line of pixels is of one colour
_LINE_SHARE = 0.96  # of a line that has to be even
_PLAIN = 0.9  # of a part's pixels that are of one colour: it shows too little to be kept
_PLAIN_INSIDE = 0.97  # the same without an eighth of each side: an outline
_SHORTEST = SIDE // 6  # of a rectangle that is worth a look
_TEXT_SHARE = 0.7  # of a caption bar's line that letters may cover
_LINES_OF_LETTERS = 7  # that may follow each other without any line between them


def _fraction(top: float, bottom: float, left: float, right: float) -> Box:
    return Box(*(round(SIDE * share) for share in (top, bottom, left, right)))


def _grid(down: int, across: int) -> dict[str, Box]:
    """Return the pieces of a collage of so many rows and columns, "part-1-of-2x3" to the last."""
    return {
        f"part-{row * across + column + 1}-of-{down}x{across}": _fraction(
            row / down, (row + 1) / down, column / across, (column + 1) / across
        )
        for row in range(down)
        for column in range(across)
    }


# What people cut off, as shares of the height and width: a few, because each is looked up among all
# known pictures. Other cuts are found by points; these are for pictures that have few.
CROPS: Mapping[str, Box] = MappingProxyType(
    {
        "centre-80": _fraction(0.1, 0.9, 0.1, 0.9),
        "centre-60": _fraction(0.2, 0.8, 0.2, 0.8),
        "centre-50": _fraction(0.25, 0.75, 0.25, 0.75),
        "narrow-75": _fraction(0, 1, 0.125, 0.875),
        "flat-75": _fraction(0.125, 0.875, 0, 1),
    }
)

# More of them, for a known picture that has few points: steps of about a tenth, because a hash
# survives being off by a twentieth.
MORE_CROPS: Mapping[str, Box] = MappingProxyType(
    {
        **{
            f"centre-{keep}": _fraction(
                0.5 - keep / 200, 0.5 + keep / 200, 0.5 - keep / 200, 0.5 + keep / 200
            )
            for keep in (90, 70)
        },
        **{
            f"without-{side}-{off}": _fraction(
                off / 100 if side == "top" else 0,
                1 - off / 100 if side == "bottom" else 1,
                off / 100 if side == "left" else 0,
                1 - off / 100 if side == "right" else 1,
            )
            for off in (10, 20)
            for side in ("left", "right", "top", "bottom")
        },
        "upper-left-80": _fraction(0, 0.8, 0, 0.8),
        "upper-right-80": _fraction(0, 0.8, 0.2, 1),
        "lower-left-80": _fraction(0.2, 1, 0, 0.8),
        "lower-right-80": _fraction(0.2, 1, 0.2, 1),
        "narrow-88": _fraction(0, 1, 0.06, 0.94),
        "narrow-60": _fraction(0, 1, 0.2, 0.8),
        "flat-88": _fraction(0.06, 0.94, 0, 1),
        "flat-60": _fraction(0.2, 0.8, 0, 1),
    }
)

# What a collage shows.
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
        **_grid(3, 3),
        **_grid(2, 3),
        **_grid(3, 2),
    }
)


def shows_little(grey: Grey, box: Box) -> bool:
    """Return whether a part is of one colour but for a line or an outline: others have the same."""
    part = grey[box.top : box.bottom, box.left : box.right].astype(np.uint8)
    margins = tuple(side // 8 for side in part.shape)
    inner = part[margins[0] : -margins[0] or None, margins[1] : -margins[1] or None]
    return _plain_share(part) >= _PLAIN or _plain_share(inner) >= _PLAIN_INSIDE


def _plain_share(part: npt.NDArray[np.uint8]) -> float:
    levels = np.bincount(part.ravel(), minlength=256)
    colour = int(levels.argmax())
    alike = int(levels[max(0, colour - _EVEN // 2) : colour + _EVEN // 2 + 1].sum())
    return alike / part.size


def find_insets(grey: Grey) -> dict[str, Box]:
    """Return the rectangles that look like a picture with something around it, by name."""
    candidates = {
        "trimmed": _trim(grey),
        **_without_bars(grey),
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
