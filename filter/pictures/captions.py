"""Is what two pictures have in common only a caption?

The same words in the same letters stand on pictures that have nothing else in common. Letters have
strong corners, so six places of a caption are found again soon; but they are in a line or two, and
nothing between is found. That is Kuiper's test (N. Kuiper, "Tests concerning random points on a
circle", 1960): are their heights spread as those of all places that should be found?
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

_MOST_APART = 0.55  # of two distributions, 1 where one is where the other has nothing
_FEW = 1.8  # divided by about the root of their number; by chance one in thirty is more apart

_Heights = npt.NDArray[np.float32]


def are_in_lines(found: _Heights, every: _Heights) -> bool:
    """Return whether places that are found are at few of the heights of those that should be."""
    root = np.sqrt(max(1, len(found)))
    least = _FEW / (root + 0.155 + 0.24 / root)  # Stephens' approximation for few
    return _apart(found, every) > max(_MOST_APART, float(least))


def _apart(found: _Heights, every: _Heights) -> float:
    """Return how differently they are distributed, 0 alike: Kuiper's statistic."""
    every = np.sort(every)
    share = np.searchsorted(np.sort(found), every, "right") / max(1, len(found))
    ahead = share - np.arange(1, len(every) + 1) / max(1, len(every))
    return float(ahead.max(initial=0) - ahead.min(initial=0))
