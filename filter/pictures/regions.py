"""Which rectangles of a page, a canvas or a collage could be pictures by themselves?

A page is cut where nothing is drawn: along rows, then along columns of what is left, and so on (the
recursive X-Y cut of G. Nagy and S. Seth, "Hierarchical representation of optically scanned
documents", ICPR 1984). What cannot be cut further and is no line of text may be a picture. Where
the page is of one colour, what has another is cut out in the same way; pieces with no line of text
between them may be one drawing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

MOST_REGIONS = 4
MOST_DRAWINGS = 9  # more, on a page of one colour
MOST_ASSEMBLED = 3  # more, each of several pieces
_STEP = 2  # grey levels between neighbours from which something is drawn
_QUIET_SHARE = 0.05  # of a line's pixels may be steps: where flat areas of different colours meet
_LEAST_SHARE = 1 / 12  # of the longer side: shorter is a line of text
_LEAST_GAP = 2  # quiet lines, in pixels
_DEPTH = 6
_LEAST_DRAWN = 0.25  # of a rectangle's pixels that are steps; a photograph has more, a panel less
SAME = 0.9  # of the larger of two rectangles is common to both: then they are one
_DENSE_SHARE = 0.5
_FULLEST = 0.85  # quantile of the lines
_INK = 6  # grey levels from the colour of the page
_LEAST_PAPER = 0.25  # of the pixels have the colour of the page
_LEAST_BORDER = 0.6  # or so many of those at the border


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
    if min(height, width) == 1:  # one line of a separator: nothing is beside it
        return ()
    across = np.zeros((height, width), np.uint8)
    down = np.zeros((height, width), np.uint8)
    across[:, 1:] = _at_least(cv2.absdiff(grey[:, 1:], grey[:, :-1]), _STEP)
    down[1:] = _at_least(cv2.absdiff(grey[1:], grey[:-1]), _STEP)
    least = least_side(grey)
    whole = Region(0, height, 0, width)
    drawn: Drawn = cv2.bitwise_or(across, down).astype(np.uint8, copy=False)
    leaves = sorted(set(_cut(across, down, whole, least, quiet=_QUIET_SHARE)), key=_largest_first)
    found: list[Region] = []
    for leaf in leaves[:MOST_REGIONS]:
        for box in (leaf, _dense(drawn, leaf, least)):
            part = drawn[box.top : box.bottom, box.left : box.right]
            if cv2.countNonZero(part) >= _LEAST_DRAWN * box.area:
                _keep(box, whole, found)
    del found[MOST_REGIONS:]
    for box in _drawings(grey, whole, least):
        _keep(box, whole, found)
    return tuple(found)


def least_side(grey: npt.NDArray[np.uint8]) -> int:
    """Return the shorter side in pixels that a rectangle has at least: less is a line of text."""
    longer: int = max(grey.shape)
    return max(16, round(longer * _LEAST_SHARE))


def is_same(box: Region, other: Region, share: float) -> bool:
    """Return whether so much of the larger rectangle is common to both."""
    rows = min(box.bottom, other.bottom) - max(box.top, other.top)
    columns = min(box.right, other.right) - max(box.left, other.left)
    return rows > 0 and columns > 0 and rows * columns >= share * max(box.area, other.area)


def _at_least(levels: cv2.typing.MatLike, least: int) -> Drawn:
    """Return 1 where it is as much: much faster than a comparison by numpy."""
    return cv2.threshold(levels, least - 1, 1, cv2.THRESH_BINARY)[1].astype(np.uint8, copy=False)


def _largest_first(box: Region) -> tuple[int, Region]:
    return (-box.area, box)


def _keep(box: Region, whole: Region, found: list[Region]) -> None:
    if not any(is_same(box, other, SAME) for other in (whole, *found)):
        found.append(box)


def _drawings(grey: npt.NDArray[np.uint8], whole: Region, least: int) -> list[Region]:
    """Return what stands on a page of one colour: single pieces first, then those assembled."""
    paper = _paper(grey)
    if paper is None:
        return []
    ink = _at_least(cv2.absdiff(grey, np.full_like(grey, paper)), _INK)
    every = set(_cut(ink, ink, whole, least, quiet=0.0, assembled=True)) - {whole}
    single = set(_cut(ink, ink, whole, least, quiet=0.0)) - {whole}
    return [
        *sorted(single, key=_largest_first)[:MOST_DRAWINGS],
        *sorted(every - single, key=_largest_first)[:MOST_ASSEMBLED],
    ]


def _paper(grey: npt.NDArray[np.uint8]) -> int | None:
    """Return the colour of the page: of most of the border, or of much of the picture."""
    border = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    for pixels, least in ((border, _LEAST_BORDER), (grey[::2, ::2].ravel(), _LEAST_PAPER)):
        levels = np.bincount(pixels, minlength=256)
        paper = int(levels.argmax())
        if levels[max(0, paper - 1) : paper + 2].sum() >= least * pixels.size:
            return paper
    return None


def _shares(part: Drawn, axis: int) -> npt.NDArray[np.float32]:
    """Return the share of each column (axis 0) or row (axis 1) that is drawn."""
    sums = cv2.reduce(np.ascontiguousarray(part), axis, cv2.REDUCE_SUM, dtype=cv2.CV_32S)
    shares: npt.NDArray[np.float32] = np.asarray(sums, np.float32).ravel() / part.shape[axis]
    return shares


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
    rank = round(_FULLEST * (len(share) - 1))
    full = share >= _DENSE_SHARE * np.partition(share, rank)[rank]
    runs = _runs(full, least, gap=max(2, len(share) // 30))
    return max(runs, key=lambda run: (run[1] - run[0], -run[0])) if runs else (0, len(share))


def _cut(
    across: Drawn,
    down: Drawn,
    box: Region,
    least: int,
    *,
    quiet: float,
    assembled: bool = False,
    depth: int = _DEPTH,
) -> Iterator[Region]:
    """Yield what cannot be cut further and is at least so large in both directions.

    ``quiet`` is the share of a line that may be drawn where it is cut. ``assembled``: also what is
    cut into pieces, but by no line of text.
    """
    part = np.s_[box.top : box.bottom, box.left : box.right]
    rows = _runs(_shares(across[part], 1) > quiet)
    columns = _runs(_shares(down[part], 0) > quiet)
    height, width = box.bottom - box.top, box.right - box.left
    if depth == 0 or (rows == [(0, height)] and columns == [(0, width)]):
        yield box
        return
    # first the direction that takes more away
    is_rows = _kept(rows, height, least) <= _kept(columns, width, least)
    groups = _grouped(rows if is_rows else columns, least)
    for group in groups:
        if assembled and len(group) > 1:
            yield _between(box, group[0][0], group[-1][1], is_rows)
        for start, end in group:
            piece = _between(box, start, end, is_rows)
            yield from _cut(
                across, down, piece, least, quiet=quiet, assembled=assembled, depth=depth - 1
            )


def _between(box: Region, start: int, end: int, is_rows: bool) -> Region:  # noqa: FBT001
    if is_rows:
        return box._replace(top=box.top + start, bottom=box.top + end)
    return box._replace(left=box.left + start, right=box.left + end)


def _grouped(runs: list[tuple[int, int]], least: int) -> list[list[tuple[int, int]]]:
    """Return the runs that are long enough, parted where shorter ones stand between them."""
    groups: list[list[tuple[int, int]]] = [[]]
    for start, end in runs:
        if end - start >= least:
            groups[-1].append((start, end))
        elif groups[-1]:
            groups.append([])
    return [group for group in groups if group]


def _kept(runs: list[tuple[int, int]], length: int, least: int) -> float:
    """Return the share that is left, less for each further piece."""
    runs = [(start, end) for start, end in runs if end - start >= least]
    return sum(end - start for start, end in runs) / length - 0.01 * (len(runs) > 1)


def _runs(
    busy: npt.NDArray[np.bool_], least: int = 1, gap: int = _LEAST_GAP
) -> list[tuple[int, int]]:
    """Return the runs of busy lines that are long enough; shorter gaps do not part them."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], busy.astype(np.int8), [0]])))
    runs: list[tuple[int, int]] = []
    for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        if runs and start - runs[-1][1] < gap:
            runs[-1] = (runs[-1][0], end)
        else:
            runs.append((start, end))
    return [(start, end) for start, end in runs if end - start >= least]
