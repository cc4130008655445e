"""Is this unusual? Volume, spread, sequences and use rates: state in, state out, no clock, no disk.

The state of each is a tuple of whole numbers, which a store keeps as it is; () is where it begins.
filter/limits/interface.py says what is counted. Slices instead of an exact log bound the state: a
window is off by at most one slice (a tenth), which a watch can afford and a limit could not.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple, TypeAlias

from filter.limits.gcra import MICROS, micros
from filter.limits.interface import (
    CELLS,
    MOST_NUMBERS,
    NEIGHBOURHOOD,
    SLICES,
    Run,
    Spread,
    Use,
    Volume,
)
from filter.limits.slices import shifted, with_more, with_peak

State: TypeAlias = tuple[int, ...]
NO_SLICES = (0,) * SLICES
NO_CELLS = (0,) * (CELLS + 1)  # the open one and those before it


class Sight(NamedTuple):
    """What a watch sees, and its state when the message goes on and when it does not.

    ``expires`` (µs) is when the state says no more than () does.
    """

    is_met: bool
    seen: int
    usual: int
    if_admitted: State
    if_refused: State
    expires: int


def volume(watch: Volume, cost: int, state: State, now: int, *, is_learning: bool) -> Sight:
    """Look at one more message. State: slice, attempts, passed, cell, peaks."""
    slice_micros, cell_micros = slice_length(watch.seconds), cell_length(watch)
    open_slice, open_cell = now // slice_micros, now // cell_micros
    if state:
        attempts = shifted(state[1 : 1 + SLICES], state[0], open_slice)
        passed = shifted(state[1 + SLICES : 1 + 2 * SLICES], state[0], open_slice)
        peaks = shifted(state[2 + 2 * SLICES :], state[1 + 2 * SLICES], open_cell)
    else:
        attempts, passed, peaks = NO_SLICES, NO_SLICES, NO_CELLS
    attempts = with_more(attempts, cost)
    count, usual = sum(attempts), max(peaks[:-1])
    is_met = count >= watch.at_least and count > watch.times * usual
    refused = (open_slice, *attempts, *passed, open_cell, *peaks)
    admitted = refused
    if not is_met or is_learning:
        passed = with_more(passed, cost)
        peaks = with_peak(peaks, sum(passed))
        admitted = (open_slice, *attempts, *passed, open_cell, *peaks)
    expires = (open_cell + CELLS + 1) * cell_micros + micros(watch.seconds)
    return Sight(is_met, count, usual, admitted, refused, expires)


def spread(watch: Spread, count: int, state: State, now: int, *, is_learning: bool) -> Sight:
    """Look at ``count`` different members, those of this message included. State: cell, peaks."""
    cell_micros = cell_length(watch)
    open_cell = now // cell_micros
    peaks = shifted(state[1:], state[0], open_cell) if state else NO_CELLS
    usual = max(peaks[:-1])
    is_met = count >= watch.at_least and count > watch.times * usual
    refused = (open_cell, *peaks)
    admitted = refused
    if not is_met or is_learning:
        admitted = (open_cell, *with_peak(peaks, count))
    return Sight(is_met, count, usual, admitted, refused, (open_cell + CELLS + 1) * cell_micros)


def run(watch: Run, numbers: Iterable[int], state: State, now: int) -> Sight:
    """Look for neighbours. State: number, until when it counts, and so on, the latest last."""
    until = now + micros(watch.seconds)
    kept = {number: min(end, until) for number, end in _pairs(state) if end > now}
    for number in numbers:
        kept.pop(number, None)
        kept[number] = until
    latest = list(kept.items())[-MOST_NUMBERS:]
    count = neighbours([number for number, _ in latest])
    is_met = len(latest) >= watch.at_least and count * 100 >= watch.percent * len(latest)
    after = tuple(value for pair in latest for value in pair)
    return Sight(is_met, count, 0, after, after, until)


def neighbours(numbers: Sequence[int]) -> int:
    """Return how many of these different numbers have another one close by."""
    ordered = sorted(numbers)
    gaps = [math.inf, *(b - a for a, b in pairwise(ordered)), math.inf]
    return sum(min(before, after) <= NEIGHBOURHOOD for before, after in pairwise(gaps))


class UseSight(NamedTuple):
    """The share of codes used, and the state when one more is sent and when it is not."""

    is_met: bool
    sent: int
    used: int
    if_admitted: State
    if_refused: State
    expires: int


def use(floor: Use, cost: int, state: State, now: int) -> UseSight:
    """Look at a share of use. State: slice, sent, used, unrequested, and so on, the latest last."""
    length = slice_length(floor.seconds)
    kept = kept_slices(floor, state, now)
    settled = now - micros(floor.grace_seconds)
    counted = [one for one in kept if (one[0] + 1) * length <= settled]
    sent, used = sum(one[1] for one in counted), sum(one[2] for one in counted)
    is_met = sent >= floor.at_least and used * 100 < floor.percent * sent
    refused = flat(kept)
    admitted = flat(_with_sent(kept, now // length, cost))
    expires = now + length + micros(floor.seconds) + micros(floor.grace_seconds)
    return UseSight(is_met, sent, used, admitted, refused, expires)


def kept_slices(floor: Use, state: State, now: int) -> list[State]:
    """Return the slices that may still count: not too old, and none that is yet to come."""
    length = slice_length(floor.seconds)
    oldest = now - micros(floor.seconds) - micros(floor.grace_seconds)
    return [one for one in fours(state) if one[0] * length >= oldest and one[0] <= now // length]


def add_to_slice(state: State, number: int, *, sent: int, used: int, unrequested: int) -> State:
    """Return the state with one slice changed, if it is still kept; nothing sinks below 0."""
    more = (0, sent, used, unrequested)
    return flat(
        tuple(max(0, old + new) for old, new in zip(one, more, strict=True))
        if one[0] == number
        else one
        for one in fours(state)
    )


def _with_sent(kept: list[State], number: int, cost: int) -> list[State]:
    if kept and kept[-1][0] == number:
        _, sent, used, unrequested = kept[-1]
        return [*kept[:-1], (number, sent + cost, used, unrequested)]
    return [*kept, (number, cost, 0, 0)]


def slice_length(seconds: float) -> int:
    """Return the length of a slice of a window, in µs."""
    return math.ceil(seconds * MICROS / SLICES)


def cell_length(watch: Volume | Spread) -> int:
    """Return the length of a cell of the history, in µs."""
    return math.ceil(watch.history_seconds * MICROS / CELLS)


def fours(state: State) -> Iterator[State]:
    """Take the state of a Use apart: slice, sent, used, unrequested."""
    return (state[at : at + 4] for at in range(0, len(state), 4))


def flat(groups: Iterable[State]) -> State:
    """Put it together again."""
    return tuple(value for group in groups for value in group)


def _pairs(state: State) -> Iterator[tuple[int, int]]:
    return zip(state[::2], state[1::2], strict=True)
