"""Under which hashes and by which points is a frame met, and under which is a known picture kept?

Runs only in the child process. imagehash has its door here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

import cv2
import imagehash
import numpy as np
import numpy.typing as npt
from PIL import Image

from filter.message import PictureView
from filter.pictures.areas import Rectangle
from filter.pictures.bank import LEAST_QUALITY, tells
from filter.pictures.codealone import is_code_alone
from filter.pictures.codes import Place, locate_code
from filter.pictures.dct import ORIENTATIONS, SIDE, WHOLE, Grey, hash_boxes
from filter.pictures.framed import find_framed
from filter.pictures.geometry import CROPS, MORE_CROPS, TILES, find_insets, shows_little
from filter.pictures.keypoints import find_known_points, find_points
from filter.pictures.points import RICH_POINTS, count_telling
from filter.pictures.regions import SAME, Region, find_regions, is_same

_REDUCED = (SIDE, SIDE)
_UPRIGHT: Mapping[str, tuple[bool, bool, bool]] = {"": ORIENTATIONS[""]}
_TURNED: Mapping[str, tuple[bool, bool, bool]] = {k: v for k, v in ORIENTATIONS.items() if k}
_POINTED = 7  # regions that are searched for points once more, each some 1.5 ms
_LIGHT_PERCENT = 80  # about half of a code's modules are light

Detail: TypeAlias = npt.NDArray[np.uint8]  # rows of grey levels


# How a frame is looked at, in grey and in detail: to the views of it, and blocks of its points. One
# function gives both, since both need the rectangles that may be pictures by themselves.
Way: TypeAlias = Callable[[Image.Image], tuple[tuple[PictureView, ...], tuple[bytes, ...]]]


def _met(detail: Image.Image) -> tuple[tuple[PictureView, ...], tuple[bytes, ...]]:
    """Return what a picture in a message is compared by, in all eight orientations.

    That covers the eight that EXIF knows, so EXIF needs no reading.
    """
    pixels = np.asarray(detail, dtype=np.uint8)
    regions = find_regions(pixels)
    views = tuple(_met_views(pixels, _with_framed(pixels, regions)))
    return views, (find_points(pixels, regions[:_POINTED]),)


def _with_framed(pixels: Detail, regions: tuple[Region, ...]) -> tuple[Region, ...]:
    """Return the rectangles that may be pictures, and those with edges all around."""
    framed = find_framed(pixels)
    return (
        *regions,
        *(box for box in framed if not any(is_same(box, other, SAME) for other in regions)),
    )


def _met_views(pixels: Detail, regions: tuple[Region, ...]) -> Iterator[PictureView]:
    reduced = _reduced(pixels)
    grey = _array(reduced)
    whole, *turned = hash_boxes(grey, {"whole": WHOLE}, ORIENTATIONS)
    yield _whole(reduced, whole.quality)
    yield from _detailed(turned)
    yield from _detailed(hash_boxes(grey, find_insets(grey), ORIENTATIONS))
    yield from _detailed(hash_boxes(grey, TILES, _UPRIGHT))
    for number, region in enumerate(regions, start=1):
        part = _reduced(pixels[region.top : region.bottom, region.left : region.right])
        yield from _detailed(hash_boxes(_array(part), {f"region-{number}": WHOLE}, ORIENTATIONS))


def _kept(detail: Image.Image) -> tuple[tuple[PictureView, ...], tuple[bytes, ...]]:
    """Return what a known picture is kept as: upright, whole and in the parts it may be cut to.

    Codes that begin with the same words share whole blocks of modules, so a code is kept as a whole
    only, and a poster without the points of its code.
    """
    pixels = np.asarray(detail, dtype=np.uint8)
    reduced = _reduced(pixels)
    grey = _array(reduced)
    (whole,) = hash_boxes(grey, {"whole": WHOLE}, _UPRIGHT)
    code = locate_code(detail)
    if code is not None and is_code_alone(detail):
        return (_whole(reduced, whole.quality),), ()
    points = find_known_points(pixels if code is None else _painted_over(pixels, code))
    is_rich = count_telling(points[0]) >= RICH_POINTS
    insets = find_insets(grey)
    told = {
        name: box
        for name, box in {**insets, **CROPS, **({} if is_rich else MORE_CROPS)}.items()
        if name == "trimmed" or not shows_little(grey, box)
    }
    parts = hash_boxes(grey, told, _UPRIGHT)
    return (_whole(reduced, whole.quality), *filter(tells, parts)), points


def find_rectangles(detail: Image.Image) -> dict[str, Rectangle]:
    """Return where the views of a picture in a message are that are found in the picture itself."""
    pixels = np.asarray(detail, dtype=np.uint8)
    height, width = pixels.shape
    insets = find_insets(_array(_reduced(pixels)))
    regions = _with_framed(pixels, find_regions(pixels))
    return {
        **{name: Rectangle(*(side / SIDE for side in box)) for name, box in insets.items()},
        **{
            f"region-{number}": Rectangle(
                region.top / height, region.bottom / height,
                region.left / width, region.right / width,
            )
            for number, region in enumerate(regions, start=1)
        },
    }  # fmt: skip


def _painted_over(pixels: Detail, code: Place) -> Detail:
    """Return the picture with the ground around a code in its place: no corner is left of it."""
    margin = max(1, round((code.right - code.left) / code.modules))
    top, left = max(0, code.top - margin), max(0, code.left - margin)
    place = np.s_[top : code.bottom + margin, left : code.right + margin]
    painted = pixels.copy()
    painted[place] = np.percentile(pixels[place], _LIGHT_PERCENT)
    return painted


MET: Way = _met
KEPT: Way = _kept


def _whole(reduced: Detail, quality: int) -> PictureView:
    """Return the plain hash, by imagehash itself, so that lists of others can be compared."""
    bits = imagehash.phash(Image.fromarray(reduced), hash_size=16).hash
    return PictureView("whole", np.packbits(bits).tobytes(), quality)


def _detailed(views: tuple[PictureView, ...] | list[PictureView]) -> Iterator[PictureView]:
    return (view for view in views if view.quality >= LEAST_QUALITY)


def _reduced(pixels: Detail) -> Detail:
    if min(pixels.shape) >= SIDE:
        return np.asarray(cv2.resize(pixels, _REDUCED, interpolation=cv2.INTER_AREA), np.uint8)
    # OpenCV has nothing that reduces one side and enlarges the other.
    small = Image.fromarray(pixels).resize(_REDUCED, Image.Resampling.HAMMING, reducing_gap=2.0)
    return np.asarray(small, np.uint8)


def _array(reduced: Detail) -> Grey:
    return reduced.astype(np.float32)
