"""What do the cosine coefficients of a picture become when it is mirrored or turned?"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt


def orientations(
    frequencies: Iterable[int],
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.float32]]:
    """Return which coefficient comes where, and its sign, in each of eight orientations.

    Both are (8, n, n) for n frequencies a side, the first orientation upright; places are those in
    the flattened coefficients. Reversing pixels changes the sign of the odd frequencies.
    """
    odd = np.array([-1 if frequency % 2 else 1 for frequency in frequencies], np.float32)
    places = np.arange(odd.size**2).reshape(odd.size, odd.size)
    unchanged = np.ones_like(places, np.float32)
    signs = [unchanged, unchanged * odd[:, None], unchanged * odd, odd[:, None] * odd]
    return np.stack([places] * 4 + [places.T] * 4), np.stack(signs * 2)
