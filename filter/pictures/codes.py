"""What do the two-dimensional codes in a picture say, to any camera that is held before it?

Runs only in the child process. zxing-cpp has its door here. Cameras differ in what they read, so
every symbology that one of the common ones reads is looked for, upright and turned, dark on light
and light on dark, in each colour channel, and small codes scaled up. QR codes in grey are looked
for in every picture; what costs more, only where filter/pictures/texture.py sees a likely place.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import cv2
import numpy as np
import zxingcpp
from PIL import Image, ImageOps

from filter.pictures.shrinking import Plane, halved
from filter.pictures.texture import finest_modules

MAX_CODES = 50  # of one picture or page; more are a finding of the caller
MAX_CHARACTERS = 8_000  # the largest QR code holds 7089 digits (ISO/IEC 18004 section 7.4)
LONGEST_SIDE = 3_000  # pixels; codes whose modules vanish below it are read by no camera either
_SMALL_SIDE = 1_000  # pixels; smaller pictures are scaled up as well
_FULL_SIDE = 1_600  # pixels at which the slow symbologies are looked for
_LEAST_SIDE = 11  # modules of the smallest code, a Micro QR code (ISO/IEC 18004 section 6.3.1)
_PALE = 128  # half of the range
_MOST_SKEW = 2  # pixels
_FLAT = 16  # grey levels; below it there is no light and no dark

_QR = zxingcpp.BarcodeFormats(
    [
        zxingcpp.BarcodeFormat.QRCode,
        zxingcpp.BarcodeFormat.MicroQRCode,
        zxingcpp.BarcodeFormat.RMQRCode,
    ]
)
# Ten times slower together than QR codes alone: looked for once, in a picture of limited size.
_OTHERS = zxingcpp.BarcodeFormats(
    [
        zxingcpp.BarcodeFormat.Aztec,
        zxingcpp.BarcodeFormat.DataMatrix,
        zxingcpp.BarcodeFormat.PDF417,
    ]
)
_COLOURS = frozenset({"RGB", "RGBA", "RGBX", "CMYK", "YCbCr", "P"})
_LEAST_RANGE = 24  # grey levels between the modules of a code that a camera reads
# Of the difference between a colour and grey. Another camera's grey is another mixture of the same
# colours: differences of less stay below 10 levels in any of them.
_COLOUR_RANGE = 16
_COLOUR_SIDE = 800  # pixels; JPEG has half as many for colours, so codes are larger in them
_SMALL_COLOUR_SIDE = 480  # pixels; colours of larger pictures are halved at least
_GLANCE_SIDE = 400  # pixels at which QR codes are looked for although no place looks like one
_FINE_LEVEL = 1  # see finest_modules; larger modules need no enlargement


def read_codes(
    image: Image.Image, grey: Image.Image | None = None, small: Image.Image | None = None
) -> tuple[str, ...]:
    """Return what the codes in a picture say, each text once. The picture must be opaque.

    ``grey`` is the same picture in grey, ``small`` the same in grey with a longer side of 400
    pixels or its own: whoever has them already spares making them again.
    """
    if min(image.size) < _LEAST_SIDE:
        return ()
    said: dict[str, None] = {}
    for plane, formats in _views(image, grey, small):
        # Light on dark is the picture inverted, with a light frame like the other.
        for shown in (plane, cv2.bitwise_not(plane)):
            for code in zxingcpp.read_barcodes(
                _framed(np.asarray(shown, np.uint8)),
                formats=formats,
                text_mode=zxingcpp.TextMode.Plain,
                try_invert=False,
            ):
                text = code.text or code.bytes.hex()
                if text:
                    said[text[:MAX_CHARACTERS]] = None
        if len(said) > MAX_CODES:
            break
    return tuple(said)


class Place(NamedTuple):
    """Where an upright QR code is in a picture, in its pixels, and modules along a side."""

    left: int
    top: int
    right: int
    bottom: int
    modules: int


def locate_code(image: Image.Image) -> Place | None:
    """Return the place of the only QR code of a picture, None when it is not one upright code."""
    if min(image.size) < _LEAST_SIDE or max(image.size) > LONGEST_SIDE:
        return None
    border = max(4, min(image.size) // 16)
    framed = ImageOps.expand(image.convert("L"), border, 255)
    found = zxingcpp.read_barcodes(framed, formats=_QR)
    if len(found) != 1 or found[0].format != zxingcpp.BarcodeFormat.QRCode:
        return None
    extra = found[0].extra
    version = str(extra.get("Version", "")) if isinstance(extra, dict) else ""
    corners = found[0].position
    left, right = corners.top_left.x, corners.bottom_right.x
    top, bottom = corners.top_left.y, corners.bottom_right.y
    skew = abs(corners.top_right.y - top) + abs(corners.bottom_left.x - left)
    if not version.isdigit() or skew > _MOST_SKEW or right <= left or bottom <= top:
        return None
    modules = 17 + 4 * int(version)  # ISO/IEC 18004 section 6.3.1
    return Place(left - border, top - border, right - border, bottom - border, modules)


def _views(
    image: Image.Image, grey: Image.Image | None, small: Image.Image | None
) -> Iterator[tuple[Plane, zxingcpp.BarcodeFormats]]:
    if grey is None:
        grey = image if image.mode == "L" else image.convert("L")
    plane = np.asarray(_within(grey, LONGEST_SIDE))
    level = finest_modules(plane, _LEAST_RANGE)
    if level is None and small is not None:
        yield from _scaled(np.asarray(small), level)
    else:
        yield from _scaled(plane, level)
    if level is not None:
        yield _limited(_at_level(plane, level), _FULL_SIDE), _OTHERS
    if image.mode in _COLOURS:
        yield from _coloured(image)


def _within(image: Image.Image, side: int) -> Image.Image:
    if max(image.size) <= side:
        return image
    reduced = image.copy()  # thumbnail works in place
    reduced.thumbnail((side, side), reducing_gap=2.0)
    return reduced


def _limited(plane: Plane, side: int) -> Plane:
    """Return the plane with its longer side no longer than ``side``."""
    share = side / max(plane.shape)
    if share >= 1:
        return plane
    size = (max(1, round(plane.shape[1] * share)), max(1, round(plane.shape[0] * share)))
    return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), np.uint8)


def _at_level(plane: Plane, level: int) -> Plane:
    """Return the plane halved until modules are four pixels wide or more, see finest_modules."""
    for _ in range(level - 2):
        plane = halved(plane)
    return plane


def _coloured(image: Image.Image) -> Iterator[tuple[Plane, zxingcpp.BarcodeFormats]]:
    """Colours that are equally bright are told apart by a camera all the same."""
    coloured = image if image.mode == "RGB" else image.convert("RGB")
    side = max(coloured.size)
    factor = 1 if side <= _SMALL_COLOUR_SIDE else max(2, -(-side // _COLOUR_SIDE))
    reduced = np.asarray(coloured.reduce(factor) if factor > 1 else coloured)
    apart = cv2.cvtColor(reduced, cv2.COLOR_RGB2YCrCb)
    # Both at once, one above the other: where they meet is one edge, and a code has more.
    both = np.concatenate([apart[:, :, 1], apart[:, :, 2]]).astype(np.uint8, copy=False)
    if finest_modules(both, _COLOUR_RANGE) is not None:
        for channel in _within(coloured, LONGEST_SIDE).split():
            # Channels are as sharp as grey; colours were reduced before the glance.
            yield from _scaled(np.asarray(channel), 0)


def _scaled(plane: Plane, level: int | None) -> Iterator[tuple[Plane, zxingcpp.BarcodeFormats]]:
    """Yield what QR codes are looked for in; ``level`` is what finest_modules said."""
    low, high = int(plane.min()), int(plane.max())
    if high - low < _FLAT:
        return
    if level is None:
        plane = _limited(plane, _GLANCE_SIDE)
    yield plane, _QR
    if high - low < _PALE:
        stretched = (plane.astype(np.float32) - low) * (255 / (high - low))
        plane = np.clip(np.rint(stretched), 0, 255).astype(np.uint8)
        yield plane, _QR
    if level is not None and level <= _FINE_LEVEL and max(plane.shape) <= _SMALL_SIDE:
        larger = cv2.resize(plane, None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC)
        yield np.asarray(larger, np.uint8), _QR


def _framed(plane: Plane) -> Plane:
    """Return the picture with the quiet zone that a light mail would give it."""
    border = max(4, min(plane.shape) // 16)
    framed = cv2.copyMakeBorder(
        plane, border, border, border, border, cv2.BORDER_CONSTANT, value=(255,)
    )
    return np.asarray(framed, np.uint8)
