"""What do the two-dimensional codes in a picture say, to any camera that is held before it?

Runs only in the child process. zxing-cpp has its door here. Cameras differ in what they read, so
every symbology that one of the common ones reads is looked for, upright and turned, dark on light
and light on dark, in each colour channel, and small codes scaled up. QR codes in grey are looked for
in every picture; what costs more, only where filter/pictures/texture.py finds what could be a code.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import zxingcpp
from PIL import Image, ImageOps

from filter.pictures.texture import find_texture

MAX_CODES = 50  # of one picture or page; more are a finding of the caller
MAX_CHARACTERS = 8_000  # the largest QR code holds 7089 digits (ISO/IEC 18004 section 7.4)
LONGEST_SIDE = 3_000  # pixels; codes whose modules vanish below it are read by no camera either
_SMALL_SIDE = 1_000  # pixels; smaller pictures are scaled up as well
_FULL_SIDE = 1_600  # pixels at which the slow symbologies are looked for
_LEAST_SIDE = 11  # modules of the smallest code, a Micro QR code (ISO/IEC 18004 section 6.3.1)
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
_LEAST_COLOUR_RANGE = 16


def read_codes(image: Image.Image) -> tuple[str, ...]:
    """Return what the codes in a picture say, each text once. The picture must be opaque."""
    if min(image.size) < _LEAST_SIDE:
        return ()
    said: dict[str, None] = {}
    for view, formats in _views(image):
        # Light on dark is the picture inverted, with a light frame like the other.
        for shown in (view, ImageOps.invert(view)):
            for code in zxingcpp.read_barcodes(
                _framed(shown),
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


def _views(
    image: Image.Image,
) -> Iterator[tuple[Image.Image, zxingcpp.BarcodeFormats]]:
    image = _within(image, LONGEST_SIDE)
    grey = image if image.mode == "L" else image.convert("L")
    small = _within(grey, _FULL_SIDE)
    is_fine, is_coarse = find_texture(np.asarray(small), _LEAST_RANGE)
    yield from _scaled(grey, is_fine=is_fine)
    if is_coarse:
        yield small, _OTHERS
    if image.mode in _COLOURS:
        yield from _coloured(image)


def _within(image: Image.Image, side: int) -> Image.Image:
    if max(image.size) <= side:
        return image
    reduced = image.copy()
    reduced.thumbnail((side, side), reducing_gap=2.0)
    return reduced


def _coloured(image: Image.Image) -> Iterator[tuple[Image.Image, zxingcpp.BarcodeFormats]]:
    """Colours that are equally bright are told apart by a camera all the same."""
    _, *colours = _within(image, _FULL_SIDE).convert("RGB").convert("YCbCr").split()
    glances = [find_texture(np.asarray(colour), _LEAST_COLOUR_RANGE) for colour in colours]
    if any(is_coarse for _, is_coarse in glances):
        is_fine = any(is_fine for is_fine, _ in glances)
        for channel in image.convert("RGB").split():
            yield from _scaled(channel, is_fine=is_fine)


def _scaled(
    grey: Image.Image, *, is_fine: bool
) -> Iterator[tuple[Image.Image, zxingcpp.BarcodeFormats]]:
    low, high = _range(grey)
    if high - low < _FLAT:
        return
    yield grey, _QR
    if high - low < 128:  # noqa: PLR2004 - half of the range: pale on pale
        grey = ImageOps.autocontrast(grey)
        yield grey, _QR
    if is_fine and max(grey.size) <= _SMALL_SIDE:
        width, height = grey.size
        yield grey.resize((width * 3, height * 3), Image.Resampling.BICUBIC), _QR


def _range(grey: Image.Image) -> tuple[int, int]:
    levels = [level for level, count in enumerate(grey.histogram()) if count]
    return levels[0], levels[-1]


def _framed(grey: Image.Image) -> Image.Image:
    """Return the picture with the quiet zone that a light mail would give it."""
    return ImageOps.expand(grey, max(4, min(grey.size) // 16), 255)
