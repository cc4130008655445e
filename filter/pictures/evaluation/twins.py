"""Which pictures are nearly the same, by another measure than the one that is evaluated?

Two copies of one picture in a folder would be counted as a false match of the one with the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image

SIDE = 32
SAME = 0.97  # correlation of grey levels; a picture and its thumbnail have 0.99 and more
Fingerprint: TypeAlias = npt.NDArray[np.float32]  # (grounds, SIDE, SIDE), each of length 1 or 0


def fingerprint(picture: Image.Image) -> Fingerprint:
    """Return grey levels without their mean, on light and on dark ground."""
    shown = [picture]
    if picture.has_transparency_data:
        coloured = picture.convert("RGBA")
        shown = [
            Image.alpha_composite(Image.new("RGBA", coloured.size, (g, g, g, 255)), coloured)
            for g in (255, 0)
        ]
    levels = np.stack(
        [
            np.asarray(p.convert("L").resize((SIDE, SIDE), Image.Resampling.BOX), np.float32)
            for p in shown
        ]
    )
    levels -= levels.mean(axis=(1, 2), keepdims=True)
    length = np.sqrt((levels**2).sum(axis=(1, 2), keepdims=True))
    return np.where(length > 1, levels / np.maximum(length, 1), 0).astype(np.float32)


def likest(one: Fingerprint, others: Sequence[Fingerprint]) -> tuple[int, float]:
    """Return which of the others is most alike, and how much, turned in any of eight ways.

    -1 and 0 when there is none. A negative is alike, too: the hashes see a logo on both grounds.
    """
    turned = [
        t.reshape(len(one), -1)
        for way in (one, one.transpose(0, 2, 1))
        for t in (way, way[:, ::-1], way[:, :, ::-1], way[:, ::-1, ::-1])
    ]
    every = np.concatenate(turned)
    best = (-1, 0.0)
    for number, other in enumerate(others):
        alike = float(np.abs(every @ other.reshape(len(other), -1).T).max())
        if alike > best[1]:
            best = (number, alike)
    return best
