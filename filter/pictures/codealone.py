"""Is a picture a QR code and nothing else?

Codes for one person are another file in each message, so they can only be approved as what they
are. Error correction leaves room for drawing: up to 30 % of a code may be covered and cameras still
read it (ISO/IEC 18004 section 7.5.1). So every module has to be plain, of one of two colours, and
what is around the code has to be plain, too. Runs only in the child process.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image

from filter.pictures.codes import Place, locate_code

_CELL = 8  # pixels that a module is scaled to
_CORE = slice(2, 6)  # of them, those that neither resampling nor JPEG blends with neighbours
_MOST_LEVELS = 64  # within a module, and between modules of one colour
_MOST_AROUND = 40  # in the quiet zone and beyond it
# Edges that do not fall on a pixel, a speck: of 841 modules of version 3, 8.
_MOST_ODD_SHARE = 0.01

_Levels = npt.NDArray[np.float32]


def is_code_alone(image: Image.Image) -> bool:
    """Return whether an opaque picture shows one upright QR code on plain ground, no more."""
    grey = image.convert("L")
    found = locate_code(grey)
    place = None if found is None else _snapped(grey, found)
    if place is None:
        return False
    channels = image.convert("RGB").split()
    dark = _modules(grey, place)[1]
    is_dark = dark < (float(dark.min()) + float(dark.max())) / 2
    return all(_is_plain(channel, place, is_dark) for channel in channels)


def _snapped(grey: Image.Image, place: Place) -> Place | None:
    """Return the place to the pixel: three corners are dark, so the dark fills the code's box."""
    margin = max(1, round((place.right - place.left) / place.modules / 2))
    left, top = max(0, place.left - margin), max(0, place.top - margin)
    window = grey.crop(
        (left, top, min(grey.width, place.right + margin), min(grey.height, place.bottom + margin))
    )
    levels = np.asarray(window, np.float32)
    middle = (float(levels.min()) + float(levels.max())) / 2
    box = Image.fromarray(np.where(levels < middle, 255, 0).astype(np.uint8)).getbbox()
    if box is None:
        return None
    return Place(left + box[0], top + box[1], left + box[2], top + box[3], place.modules)


def _is_plain(channel: Image.Image, place: Place, is_dark: npt.NDArray[np.bool_]) -> bool:
    spread, level = _modules(channel, place)
    odd = spread > _MOST_LEVELS
    for which in (is_dark, ~is_dark):
        if which.any():
            odd |= which & (np.abs(level - np.median(level[which])) > _MOST_LEVELS)
    return float(odd.mean()) <= _MOST_ODD_SHARE and _is_plain_around(channel, place)


def _modules(channel: Image.Image, place: Place) -> tuple[_Levels, _Levels]:
    """Return how far the levels within each module are apart, and their mean: (n, n) each."""
    side = place.modules * _CELL
    box = (place.left, place.top, place.right, place.bottom)
    code = channel.resize((side, side), Image.Resampling.BILINEAR, box=box)
    cells = np.asarray(code, np.float32).reshape(place.modules, _CELL, place.modules, _CELL)
    core = cells[:, _CORE, :, _CORE]
    return core.max(axis=(1, 3)) - core.min(axis=(1, 3)), core.mean(axis=(1, 3))


def _is_plain_around(channel: Image.Image, place: Place) -> bool:
    levels = np.asarray(channel, np.float32)
    margin = max(1, round((place.right - place.left) / place.modules / 2))
    outside = np.ones(levels.shape, np.bool_)
    top, left = max(0, place.top - margin), max(0, place.left - margin)
    outside[top : place.bottom + margin, left : place.right + margin] = False
    around = levels[outside]
    return not around.size or float(around.max() - around.min()) <= _MOST_AROUND
