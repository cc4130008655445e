"""How soon does a charge conform to a rate? The generic cell rate algorithm, in whole microseconds.

State is one number, the theoretical arrival time (TAT): when all that was charged will be free
again. Source: ITU-T Recommendation I.371 (2004), annex A, virtual scheduling; its limit tau is
``burst - 1`` intervals here. The module is pure: state in, state out.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from filter.limits.interface import Rate

MICROS = 10**6


def micros(seconds: float) -> int:
    """Return a length of time in whole microseconds, rounded up."""
    return math.ceil(seconds * MICROS)


def interval(rate: Rate) -> int:
    """Return the emission interval: what a cost of one takes, in µs, rounded up."""
    return math.ceil(rate.seconds * MICROS / rate.allowed)


class Conformance(NamedTuple):
    """Whether a charge conforms; ``wait`` in µs until it would, None when it never can.

    ``charged`` is what is not yet free, ``kept`` the TAT without and ``moved`` with it.
    """

    conforms: bool
    charged: int
    wait: int | None
    kept: int
    moved: int


def conform(rate: Rate, cost: int, arrival: int, now: int) -> Conformance:
    """Look at a charge of ``cost`` now; ``arrival`` is the TAT so far, 0 when nothing was charged."""
    step = interval(rate)
    room = rate.burst * step
    # Beyond this only a clock that was set back explains it: nobody waits longer than a burst.
    kept = min(arrival, now + room)
    moved = max(kept, now) + cost * step
    excess = moved - now - room
    charged = -((now - kept) // step) if kept > now else 0
    if excess <= 0:
        return Conformance(True, charged, 0, kept, moved)
    return Conformance(False, charged, None if cost > rate.burst else excess, kept, moved)


def give_back(rate: Rate, cost: int, until: int, arrival: int, now: int) -> int:
    """Return the TAT after a charge that had moved it to ``until`` is taken back.

    The charge took the ``cost`` intervals before ``until``. Those that have passed have become free
    by themselves; giving them back, too, would make room that was not there.
    """
    taken = cost * interval(rate)
    ahead = min(max(until - now, 0), taken)
    return max(arrival - ahead, min(arrival, now))
