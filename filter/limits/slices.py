"""Counts by slice of time: a short row of numbers whose last one belongs to the open slice."""

from __future__ import annotations


def shifted(row: tuple[int, ...], last: int, now: int) -> tuple[int, ...]:
    """Return the row whose last slice is number ``now``, from one whose last is ``last``.

    Slices that have left the row are forgotten, and so are those yet to come (the clock was set
    back).
    """
    by = now - last
    if by == 0:
        return row
    width = len(row)
    if not -width < by < width:
        return (0,) * width
    if by > 0:
        return row[by:] + (0,) * by
    return (0,) * -by + row[:by]


def with_more(row: tuple[int, ...], cost: int) -> tuple[int, ...]:
    """Return the row with ``cost`` added to the open slice."""
    return (*row[:-1], row[-1] + cost)


def with_peak(row: tuple[int, ...], peak: int) -> tuple[int, ...]:
    """Return the row with the open cell at least ``peak``."""
    return row if row[-1] >= peak else (*row[:-1], peak)
