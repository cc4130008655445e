"""Which rectangles of a page, a canvas or a collage could be pictures by themselves?

A page is cut where nothing is drawn: along rows, then along columns of what is left, and so on (the
recursive X-Y cut of G. Nagy and S. Seth, "Hierarchical representation of optically scanned
documents", ICPR 1984). What cannot be cut further and is no line of text may be a picture.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

MOST_REGIONS = 4
_STEP = 2  # grey levels between neighbours from which something is drawn
_QUIET_SHARE = 0.05  # of a line's pixels may be steps: where flat areas of different colours meet
_LEAST_SHARE = 1 / 12  # of the longer side: shorter is a line of text
_LEAST_GAP = 2  # quiet lines, in pixels
_DEPTH = 6
_LEAST_DRAWN = 0.25  # of a rectangle's pixels that are steps; a photograph has more, a panel less
_SAME = 0.9  # of the larger of two rectangles is common to both: then they are one
_DENSE_SHARE = 0.5
_FULLEST = 0.85  # quantile of the lines


Drawn: TypeAlias = npt.NDArray[np.uint8]  # 1 where something is drawn


class Region(NamedTuple):
    """A rectangle in pixels; ends are exclusive."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def area(self) -> int:
        """Number of pixels."""
        return (self.bottom - self.top) * (self.right - self.left)


def find_regions(grey: npt.NDArray[np.uint8]) -> tuple[Region, ...]:
    """Return the largest rectangles that may be pictures by themselves, largest first.

    ``grey`` has rows of grey levels. The whole is none of them.
    """
    height, width = grey.shape
    across = np.zeros((height, width), np.uint8)
    down = np.zeros((height, width), np.uint8)
    across[:, 1:] = cv2.absdiff(grey[:, 1:], grey[:, :-1]) >= _STEP
    down[1:] = cv2.absdiff(grey[1:], grey[:-1]) >= _STEP
    least = max(16, round(max(height, width) * _LEAST_SHARE))
    whole = Region(0, height, 0, width)
    drawn = across | down
    leaves = list(_cut(across, down, whole, least, _DEPTH))
    leaves.sort(key=lambda box: (-box.area, box))
    found: list[Region] = []
    for leaf in leaves[:MOST_REGIONS]:
        for box in (leaf, _dense(drawn, leaf, least)):
            if drawn[box.top : box.bottom, box.left : box.right].mean() >= _LEAST_DRAWN and not any(
                _same(box, other) for other in (whole, *found)
            ):
                found.append(box)
    return tuple(found[:MOST_REGIONS])


def _shares(part: Drawn, axis: int) -> npt.NDArray[np.float32]:
    """Return the share of each column (axis 0) or row (axis 1) that is drawn."""
    sums = cv2.reduce(np.ascontiguousarray(part), axis, cv2.REDUCE_SUM, dtype=cv2.CV_32S)
    shares: npt.NDArray[np.float32] = np.asarray(sums, np.float32).ravel() / part.shape[axis]
    return shares


def _same(box: Region, other: Region) -> bool:
    rows = min(box.bottom, other.bottom) - max(box.top, other.top)
    columns = min(box.right, other.right) - max(box.left, other.left)
    return rows > 0 and columns > 0 and rows * columns >= _SAME * max(box.area, other.area)


def _dense(drawn: Drawn, box: Region, least: int) -> Region:
    """Return the part of a rectangle in which most is drawn: a photograph beside lines of text."""
    for _ in range(2):  # rows show only once the columns of text are gone, and the other way round
        part = drawn[box.top : box.bottom, box.left : box.right]
        left, right = _dense_span(_shares(part, 0), least)
        box = box._replace(left=box.left + left, right=box.left + right)
        part = drawn[box.top : box.bottom, box.left : box.right]
        top, bottom = _dense_span(_shares(part, 1), least)
        box = box._replace(top=box.top + top, bottom=box.top + bottom)
    return box


def _dense_span(share: npt.NDArray[np.float32], least: int) -> tuple[int, int]:
    """Return the longest run of lines in which at least half as much is drawn as in the fullest."""
    full = share >= _DENSE_SHARE * np.quantile(share, _FULLEST)
    runs = _runs(full, least, gap=max(2, len(share) // 30))
    return max(runs, key=lambda run: (run[1] - run[0], -run[0])) if runs else (0, len(share))


def _cut(
    across: Drawn,
    down: Drawn,
    box: Region,
    least: int,
    depth: int,
) -> Iterator[Region]:
    """Yield what cannot be cut further and is at least so large in both directions."""
    part = np.s_[box.top : box.bottom, box.left : box.right]
    rows = _runs(_shares(across[part], 1) > _QUIET_SHARE, least)
    columns = _runs(_shares(down[part], 0) > _QUIET_SHARE, least)
    height, width = box.bottom - box.top, box.right - box.left
    if depth == 0 or (rows == [(0, height)] and columns == [(0, width)]):
        yield box
        return
    # first the direction that takes more away
    if _kept(rows, height) <= _kept(columns, width):
        pieces = [Region(box.top + a, box.top + b, box.left, box.right) for a, b in rows]
    else:
        pieces = [Region(box.top, box.bottom, box.left + a, box.left + b) for a, b in columns]
    for piece in pieces:
        yield from _cut(across, down, piece, least, depth - 1)


def _kept(runs: list[tuple[int, int]], length: int) -> float:
    """Return the share that is left, less for each further piece."""
    return sum(end - start for start, end in runs) / length - 0.01 * (len(runs) > 1)


def _runs(busy: npt.NDArray[np.bool_], least: int, gap: int = _LEAST_GAP) -> list[tuple[int, int]]:
    """Return the runs of busy lines that are long enough; shorter gaps do not part them."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], busy.astype(np.int8), [0]])))
    runs: list[tuple[int, int]] = []
    for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        if runs and start - runs[-1][1] < gap:
            runs[-1] = (runs[-1][0], end)
        else:
            runs.append((start, end))
    return [(start, end) for start, end in runs if end - start >= least]
