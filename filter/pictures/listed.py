"""Under which hashes would a picture stand in other people's lists of known pictures?

Runs only in the child process. Pillow has a door here.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from PIL import Image

from filter.message import ListedHash
from filter.pictures.pdq import pdq_hashes
from filter.pictures.turns import orientations

PHASH64 = "phash64"
_REDUCED = 32  # imagehash.phash reduces to four times its size of 8
_FREQUENCIES = 8
# Pictures are reduced to this many pixels a side at least before anything is computed: on what is
# large already, that changes as few bits of PDQ as another encoder would.
_ENOUGH = 256
# As filter/pictures/dct.py: a coefficient nearer to the median than this is decided by noise; at 32
# by 32 pixels orthonormal coefficients are half as large as at 64 by 64.
_DECIDED = 1.5
_TURNS, _SIGNS = orientations(range(_FREQUENCIES))


def hashes_for_lists(shown: Image.Image, size: tuple[int, int]) -> tuple[ListedHash, ...]:
    """Return PDQ and phash64 of an opaque picture in eight orientations, upright first of each.

    ``size`` is that of the file; ``shown`` may have been decoded at a fraction of it.

    ``phash64`` is ``imagehash.phash(image)``. Its own inventors give it no quality; ours is the
    percentage of its bits that noise cannot turn, since flat pictures all look alike to it.
    """
    grey = _small(shown if shown.mode == "L" else shown.convert("L"))
    return (*pdq_hashes(np.asarray(grey), size), *_phashes(grey))


def _small(grey: Image.Image) -> Image.Image:
    across, down = (max(1, side // _ENOUGH) for side in grey.size)
    return grey if across == down == 1 else grey.reduce((across, down))


def _phashes(grey: Image.Image) -> tuple[ListedHash, ...]:
    reduced = grey.resize((_REDUCED, _REDUCED), Image.Resampling.LANCZOS, reducing_gap=3.0)
    cosines = _cosines()
    upright = cosines @ np.asarray(reduced, np.float64) @ cosines.T
    turned = (upright.ravel()[_TURNS] * _SIGNS).reshape(len(_TURNS), -1)
    half = turned.shape[1] // 2
    middle = np.partition(turned, (half - 1, half), axis=1)[:, half - 1 : half + 1]
    distance = turned - middle.mean(axis=1, keepdims=True)
    decided = np.count_nonzero(np.abs(distance) > _DECIDED, axis=1) * 100 // turned.shape[1]
    hashes: dict[bytes, ListedHash] = {}
    for bits, quality in zip(np.packbits(distance > 0, axis=1), decided.tolist(), strict=True):
        hashes.setdefault(bits.tobytes(), ListedHash(PHASH64, bits.tobytes(), quality))
    return tuple(hashes.values())


@lru_cache(maxsize=1)
def _cosines() -> npt.NDArray[np.float64]:
    frequency = np.arange(_FREQUENCIES)[:, None]
    basis: npt.NDArray[np.float64] = np.cos(
        math.pi / 2 / _REDUCED * frequency * (2 * np.arange(_REDUCED) + 1)[None, :]
    )
    basis *= math.sqrt(2 / _REDUCED)
    return basis
