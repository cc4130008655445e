"""How soon does a charge conform to a rate? The generic cell rate algorithm, in whole microseconds.

The theoretical arrival time (TAT) is when all that was charged will be free again. Source: ITU-T
Recommendation I.371 (2004), annex A, virtual scheduling; its limit tau is ``burst - 1`` intervals
here. The module is pure: state in, state out.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from filter.limits.interface import Rate

MICROS = 10**6


class Line(NamedTuple):
    """What is charged at one key, as a line that one µs leaves every µs.

    ``arrival`` is the TAT, ``begun`` when the line last began to be, ``returned`` how much was
    given back since then. All in µs.
    """

    arrival: int = 0
    begun: int = 0
    returned: int = 0


class Conformance(NamedTuple):
    """Whether a charge conforms; ``wait`` in µs until it would, None when it never can.

    ``charged`` is what is not yet free. ``kept`` is the line without, ``moved`` with this charge.
    """

    conforms: bool
    charged: int
    wait: int | None
    kept: Line
    moved: Line


def micros(seconds: float) -> int:
    """Return a length of time in whole microseconds, rounded up."""
    return math.ceil(seconds * MICROS)


def interval(rate: Rate) -> int:
    """Return the emission interval: what a cost of one takes, in µs, rounded up."""
    return math.ceil(rate.seconds * MICROS / rate.allowed)


def conform(rate: Rate, cost: int, line: Line, now: int) -> Conformance:
    """Look at a charge of ``cost`` now."""
    step = interval(rate)
    room = rate.burst * step
    arrival, begun, returned = line
    if arrival <= now:
        charged, kept = 0, line
        moved = Line(now + cost * step, now, 0)
    else:
        # Beyond this only a clock that was set back explains it: nobody waits longer than a burst.
        kept = line if arrival <= now + room else Line(now + room, begun, returned)
        charged = -((now - kept.arrival) // step)
        moved = Line(kept.arrival + cost * step, begun, returned)
    excess = moved.arrival - now - room
    if excess <= 0:
        return Conformance(True, charged, 0, kept, moved)
    return Conformance(False, charged, None if cost > rate.burst else excess, kept, moved)


def give_back(rate: Rate, cost: int, line: Line, now: int, *, charged: Line, at: int) -> Line:
    """Return the line without a charge that had made it ``charged`` at ``at``.

    The charge took the last ``cost`` intervals before ``charged.arrival``. Those that have passed
    have become free by themselves: giving them back, too, would make room that was not there. What
    was given back since may have stood before it; then it has passed so much earlier. But no more
    of it than the time since ``at`` can have passed.
    """
    if line.arrival <= now or at < line.begun:
        return line
    taken = cost * interval(rate)
    arrival = min(line.arrival, now + rate.burst * interval(rate))
    ahead = charged.arrival - (line.returned - charged.returned) - now
    left = min(taken, max(ahead, taken - (now - at), 0), arrival - now)
    return Line(arrival - left, line.begun, line.returned + left)
