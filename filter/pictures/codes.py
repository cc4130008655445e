"""What do the two-dimensional codes in a picture say, to any camera that is held before it?

Runs only in the child process. zxing-cpp has its door here. Cameras differ in what they read, so
every symbology that one of the common ones reads is looked for, upright and turned, dark on light
and light on dark, in each colour channel, and small codes scaled up.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import zxingcpp
from PIL import Image, ImageChops, ImageOps

MAX_CODES = 50  # of one picture or page; more are a finding of the caller
MAX_CHARACTERS = 8_000  # the largest QR code holds 7089 digits (ISO/IEC 18004 section 7.4)
LONGEST_SIDE = 3_000  # pixels; codes whose modules vanish below it are read by no camera either
_SMALL_SIDE = 1_000  # pixels; smaller pictures are scaled up as well
_FULL_SIDE = 1_600  # pixels at which the slow symbologies are looked for
_LEAST_SIDE = 11  # modules of the smallest code, a Micro QR code (ISO/IEC 18004 section 6.3.1)
_DARK = 128
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


def read_codes(image: Image.Image) -> tuple[str, ...]:
    """Return what the codes in a picture say, each text once. The picture must be opaque."""
    if min(image.size) < _LEAST_SIDE:
        return ()
    said: dict[str, None] = {}
    for view, formats in _views(image):
        for code in zxingcpp.read_barcodes(
            view, formats=formats, text_mode=zxingcpp.TextMode.Plain
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
    image: Image.Image,
) -> Iterator[tuple[Image.Image, zxingcpp.BarcodeFormats]]:
    if max(image.size) > LONGEST_SIDE:
        image = image.copy()
        image.thumbnail((LONGEST_SIDE, LONGEST_SIDE), reducing_gap=2.0)
    grey = image if image.mode == "L" else image.convert("L")
    yield from _scaled(grey)
    small = grey
    if max(grey.size) > _FULL_SIDE:
        small = grey.copy()
        small.thumbnail((_FULL_SIDE, _FULL_SIDE), reducing_gap=2.0)
    if not _is_flat(small):
        yield from ((framed, _OTHERS) for framed in _framed(small))
    if image.mode in _COLOURS:
        # Colours that are equally bright are told apart by a camera all the same.
        for channel in image.convert("RGB").split():
            if ImageChops.difference(channel, grey).getextrema() != (0, 0):
                yield from _scaled(channel)


def _scaled(grey: Image.Image) -> Iterator[tuple[Image.Image, zxingcpp.BarcodeFormats]]:
    if _is_flat(grey):
        return
    yield from ((framed, _QR) for framed in _framed(grey))
    low, high = _range(grey)
    if high - low < 128:  # noqa: PLR2004 - half of the range: pale on pale
        grey = ImageOps.autocontrast(grey)
        yield from ((framed, _QR) for framed in _framed(grey))
    if max(grey.size) <= _SMALL_SIDE:
        width, height = grey.size
        larger = grey.resize((width * 3, height * 3), Image.Resampling.BICUBIC)
        yield from ((framed, _QR) for framed in _framed(larger))


def _is_flat(grey: Image.Image) -> bool:
    low, high = _range(grey)
    return high - low < _FLAT


def _range(grey: Image.Image) -> tuple[int, int]:
    levels = [level for level, count in enumerate(grey.histogram()) if count]
    return levels[0], levels[-1]


def _framed(grey: Image.Image) -> Iterator[Image.Image]:
    """Yield the picture with the quiet zone that a light or a dark mail would give it."""
    border = max(4, min(grey.size) // 16)
    yield ImageOps.expand(grey, border, 255)
    if max(grey.size) <= _SMALL_SIDE or grey.crop((0, 0, 1, 1)).tobytes()[0] < _DARK:
        yield ImageOps.expand(grey, border, 0)
