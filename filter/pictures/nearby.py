"""Can any of many hashes be near one of a known picture's? A quick no, before any comparison."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from filter.pictures.bank import HASH_BYTES, LEAST_QUALITY
from filter.ruleset import BankedImage

Words = npt.NDArray[np.uint64]  # (n, 4): 256 bits in words of 64


def words_of(known: BankedImage) -> Words:
    """Return the hashes of the views that are compared."""
    usable = (view.hash for view in known.appearance.views if view.quality >= LEAST_QUALITY)
    return _words(b"".join(usable))


def is_any_within(hashes: bytes, known: Words, limit_bits: int) -> bool:
    """Return whether one of the hashes, 32 bytes each, is so near one of the known ones."""
    seen = _words(hashes)
    if not len(seen) or not len(known):
        return False
    distances = np.zeros((len(seen), len(known)), np.uint16)
    for word in range(HASH_BYTES // 8):
        distances += np.bitwise_count(seen[:, word, None] ^ known[None, :, word])
    return bool(distances.min() <= limit_bits)


def _words(hashes: bytes) -> Words:
    return np.frombuffer(hashes, np.uint64).reshape(-1, HASH_BYTES // 8)
