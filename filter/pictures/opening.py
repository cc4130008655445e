"""How a picture is opened, within which limits, and what is seen of each of its frames.

Runs only in the child process (filter/reading/child.py): decoders are where hostile bytes bite.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from itertools import chain
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import AvifImagePlugin, Image, JpegImagePlugin

from filter.pictures import codes, heif
from filter.pictures.colours import find_other_looks
from filter.pictures.containers import Container, UnfitError
from filter.pictures.frames import GROUNDS, on_ground
from filter.pictures.shrinking import shrunk

# One copy of the decoder's state for each thread would not fit the child's memory limit.
AvifImagePlugin.DEFAULT_MAX_THREADS = 1
# Ours is stricter and comes first; Pillow's, which refuses twice this, is for what ours overlooks.
Image.MAX_IMAGE_PIXELS = 100_000_000

# These decoders allocate 10 to 16 bytes a pixel at once (80 megapixels: 1.3 GB).
GREEDY_FORMATS = frozenset({"WEBP", "AVIF", "HEIF"})
GREEDY_MAX_PIXELS = 16_000_000
MAX_SIDE = 30_000
LEAST_SIDE = 16  # of a picture in which anything could be recognised
MAX_FRAMES = 1_000
MAX_LOOKS = 80  # frames that differ so much that each needs its own hashes
FRAME_SHARE = 8  # pixels of all frames together, in multiples of the limit for one picture
# Pixels times progressive scans, about 1.3 s a billion. Encoders write about 10 scans; a file of 64
# megapixels with 300 kept a decoder busy for 25 s.
MAX_SCANNED_PIXELS = 400_000_000
# Longer side, in pixels, at which points and regions are found; JPEG decodes at a fraction.
DETAIL = 400
_SAME_FRAME_LEVELS = 3.0  # mean difference in grey levels below which a frame shows nothing new
_COARSE = (64, 64)

# Given a frame, and of an opaque one its grey at full size and in detail.
Scan: TypeAlias = Callable[[Image.Image, Image.Image | None, Image.Image | None], None]
_Coarse: TypeAlias = npt.NDArray[np.float32]


def opened(content: bytes, container: Container) -> Image.Image:
    """Return the picture, its pixels not yet decoded. Raises UnfitError and what decoders raise."""
    if container.format == "HEIF" and not heif.IS_AVAILABLE:
        raise UnfitError("picture.format", heif.REMEDY)
    if container.format == "JPEG":
        # Not by Image.open: what follows the first picture is looked at on its own.
        return JpegImagePlugin.JpegImageFile(io.BytesIO(content))
    return Image.open(io.BytesIO(content), formats=(container.format,))


def refuse_large(size: tuple[int, int], container: Container, max_pixels: int) -> None:
    """Raise UnfitError when the picture asks for more than ``max_pixels`` or a decoder allows."""
    width, height = size
    pixels = width * height
    greedy = container.format in GREEDY_FORMATS
    most = min(max_pixels, GREEDY_MAX_PIXELS) if greedy else max_pixels
    if pixels > most or max(width, height) > MAX_SIDE:
        raise UnfitError(
            "picture.limit",
            f"{width} x {height} pixels; the limit for {container.format} is {most} pixels "
            f"and {MAX_SIDE} a side",
        )
    if pixels * container.scans > MAX_SCANNED_PIXELS:
        raise UnfitError("picture.limit", f"{container.scans} scans of {width} x {height} pixels")


def frames_of(
    image: Image.Image, max_pixels: int, scan: Scan | None
) -> Iterator[tuple[str, Image.Image]]:
    """Yield each frame and ground that shows something new, in detail; and what to call it.

    The name is what the names of its views end with (``@dark@frame-2``). Every frame is decoded,
    because a prank in a skipped frame is still shown; what is too long to be decoded whole is a
    finding. ``scan`` is given every frame at full size.
    """
    frames = int(getattr(image, "n_frames", 1))
    pixels = image.size[0] * image.size[1]
    if frames > MAX_FRAMES or frames * pixels > FRAME_SHARE * max_pixels:
        raise UnfitError(
            "picture.limit",
            f"{frames} frames of {image.size[0]} x {image.size[1]} pixels; the limits are "
            f"{MAX_FRAMES} frames and {FRAME_SHARE * max_pixels} pixels in all",
        )
    looked = _Looked()
    for number in range(frames):
        if frames > 1:
            image.seek(number)  # the first, too: a HEIC opens at the one it prefers
            _refuse_grown(image, max_pixels)
        elif scan is None:
            image.draft("L", (DETAIL, DETAIL))  # JPEG only: decode at a fraction of the size
        else:
            image.draft("RGB", (codes.LONGEST_SIDE, codes.LONGEST_SIDE))
        grey = None if image.has_transparency_data else as_grey(image)
        shown = list(grounds(image, grey))
        if scan is not None:
            scan(image, grey, shown[0][1] if grey is not None and shown else None)
        suffix = f"@frame-{number + 1}" if number else ""
        for mark, detail in chain(shown, _other_looks(image)):
            if looked.is_new(detail):
                yield mark + suffix, detail


class _Looked:
    """What was looked at so far. Most pictures have one look, which is compared with nothing."""

    def __init__(self) -> None:
        self._first: Image.Image | None = None
        self._seen: list[_Coarse] = []

    def is_new(self, detail: Image.Image) -> bool:
        """Return whether no look before was much like this one. Raises UnfitError."""
        if self._first is None:
            self._first = detail
            return True
        self._seen = self._seen or [_coarse(self._first)]
        coarse = _coarse(detail)
        if any(float(np.abs(coarse - seen).mean()) < _SAME_FRAME_LEVELS for seen in self._seen):
            return False
        self._seen.append(coarse)
        if len(self._seen) > MAX_LOOKS:
            raise UnfitError("picture.limit", f"more than {MAX_LOOKS} frames that differ")
        return True


def _coarse(detail: Image.Image) -> _Coarse:
    return np.asarray(detail.resize(_COARSE, Image.Resampling.BOX), np.float32)


def _refuse_grown(image: Image.Image, max_pixels: int) -> None:
    """Pages of a TIFF have sizes of their own."""
    if image.size[0] * image.size[1] > max_pixels:
        raise UnfitError("picture.limit", f"a page of {image.size[0]} x {image.size[1]} pixels")


def _other_looks(image: Image.Image) -> Iterator[tuple[str, Image.Image]]:
    """Yield the frame as readers see it that obey its profile."""
    for mark, other in find_other_looks(image):
        yield from ((ground + mark, detail) for ground, detail in grounds(other))


def grounds(
    image: Image.Image, grey: Image.Image | None = None
) -> Iterator[tuple[str, Image.Image]]:
    """Yield a picture in grey and in detail: with transparency, once on each ground.

    ``grey`` is what as_grey makes of an opaque picture, where somebody has it already.
    """
    if min(image.size) < LEAST_SIDE:
        return
    if image.has_transparency_data:
        coloured = _shrunk(image.convert("RGBA"))
        for mark, level in GROUNDS.items():
            yield mark, on_ground(coloured, level).convert("L")
    else:
        grey = as_grey(image) if grey is None else grey
        yield "", Image.fromarray(shrunk(np.asarray(grey), DETAIL))


def _shrunk(image: Image.Image) -> Image.Image:
    """Return the image with its longer side no longer than DETAIL."""
    width, height = image.size
    share = DETAIL / max(width, height)
    if share >= 1:
        return image
    size = (max(1, round(width * share)), max(1, round(height * share)))
    return image.resize(size, Image.Resampling.HAMMING, reducing_gap=2.0)


def as_grey(image: Image.Image) -> Image.Image:
    """Return any mode as eight bits of grey."""
    if image.mode == "L":
        image.load()
        return image
    if image.mode in {"F", "I"} or image.mode.startswith("I;"):
        return _stretched(image)
    if image.mode == "LAB":
        return image.getchannel(0)
    return image.convert("L")


def _stretched(image: Image.Image) -> Image.Image:
    """Return deep grey (16 or 32 bits, floating point) over its own range."""
    deep = np.asarray(image.convert("F"), dtype=np.float32)
    deep = np.nan_to_num(deep, posinf=0, neginf=0)
    low, high = float(deep.min()), float(deep.max())
    scaled = (deep - low) * (255 / (high - low)) if high > low else np.zeros_like(deep)
    return Image.fromarray(scaled.astype(np.uint8))
