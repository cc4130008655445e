"""What does a picture look like, under every hash that a known picture might be met by?

Runs only in the child process (filter/reading/child.py): decoders are where hostile bytes bite.
Pillow and imagehash have their door here.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

import imagehash
import numpy as np
from PIL import AvifImagePlugin, Image

from filter.message import UNSEEN, Appearance, PictureView
from filter.pictures import codealone, codes
from filter.pictures.bank import LEAST_QUALITY
from filter.pictures.containers import (
    MEDIA_TYPES,
    UNSPECIFIC_TYPES,
    Container,
    UnfitError,
    examine,
    trailing_bytes,
)
from filter.pictures.dct import ORIENTATIONS, SIDE, WHOLE, Grey, hash_boxes, quality_of
from filter.pictures.geometry import CROPS, TILES, find_insets

# One copy of the decoder's state for each thread would not fit the child's memory limit.
AvifImagePlugin.DEFAULT_MAX_THREADS = 1
# Ours is stricter and comes first; Pillow's, which refuses twice this, is for what ours overlooks.
Image.MAX_IMAGE_PIXELS = 100_000_000

# These decoders allocate 10 to 16 bytes a pixel at once (80 megapixels: 1.3 GB).
GREEDY_FORMATS = frozenset({"WEBP", "AVIF"})
GREEDY_MAX_PIXELS = 16_000_000
MAX_SIDE = 30_000
LEAST_SIDE = 16  # of a picture in which anything could be recognised
MAX_FRAMES = 1_000
MAX_LOOKS = 40  # frames that differ so much that each needs its own hashes
FRAME_SHARE = 8  # pixels of all frames together, in multiples of the limit for one picture
# Pixels times progressive scans, about 1.3 s a billion. Encoders write about 10 scans; a file of 64
# megapixels with 300 kept a decoder busy for 25 s.
MAX_SCANNED_PIXELS = 400_000_000
_REDUCED = (SIDE, SIDE)
# Of all frames that codes are looked for in; about 15 ns each.
MAX_CODE_PIXELS = 200_000_000
_SPOTS = (64, 64)
_SAME_SPOT_LEVELS = 6.0
_SAME_FRAME_LEVELS = 3.0  # mean difference in grey levels below which a frame shows nothing new
_UPRIGHT: Mapping[str, tuple[bool, bool, bool]] = {"": ORIENTATIONS[""]}
_TURNED: Mapping[str, tuple[bool, bool, bool]] = {k: v for k, v in ORIENTATIONS.items() if k}

# Pixels as a square, and the same as numbers.
_ViewsOf: TypeAlias = Callable[[Image.Image, Grey], Iterator[PictureView]]


@dataclass(frozen=True, slots=True)
class Sight:
    """What was seen of one picture; ``troubles`` are codes and details of findings."""

    width: int = 0
    height: int = 0
    appearance: Appearance = UNSEEN
    troubles: tuple[tuple[str, str], ...] = ()
    codes: tuple[str, ...] = ()  # what its QR codes say
    is_code: bool = False  # a QR code and nothing else, in every frame and on every ground


def look(content: bytes, media_type: str, max_pixels: int) -> Sight:
    """Return the hashes of every view of every frame, as a picture in a message is compared."""
    sight = _look(content, media_type, max_pixels, query_views)
    if sight.troubles:
        return sight  # it is held as it is, and may not be fit to be decoded again
    return _with_codes(sight, content)


def warm_up() -> None:
    """Load what loads lazily (the first phash takes 0.5 to 0.9 s: scipy); look at a megapixel."""
    Image.init()
    look_at_image(Image.new("RGB", (1000, 1000)))
    codes.read_codes(Image.linear_gradient("L"))


def look_for_bank(content: bytes, max_pixels: int) -> Sight:
    """Return the hashes of one known picture, as they are kept in the rules."""
    return _look(content, "", max_pixels, bank_views)


def look_at_image(image: Image.Image) -> Appearance:
    """Return the hashes of a picture that is already in memory (a page, a picture on it)."""
    views: dict[str, PictureView] = {}
    for mark, reduced in _grounds(image):
        for view in query_views(reduced, _array(reduced)):
            views.setdefault(
                view.name + mark, PictureView(view.name + mark, view.hash, view.quality)
            )
    return Appearance(tuple(views.values()))


def _look(
    content: bytes,
    media_type: str,
    max_pixels: int,
    views_of: _ViewsOf,
) -> Sight:
    troubles: list[tuple[str, str]] = []
    width = height = 0
    views: dict[tuple[str, bytes], PictureView] = {}
    try:
        container = examine(content)
        troubles += _contradictions(content, media_type, container)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of what it repairs; we judge pixels
            with Image.open(io.BytesIO(content), formats=(container.format,)) as image:
                width, height = image.size
                _refuse_large(image, container, max_pixels)
                for view in _views_of_frames(image, max_pixels, views_of):
                    views.setdefault((_class_key(view.name), view.hash), view)
    except UnfitError as exc:
        troubles.append((exc.code, str(exc)))
    except Image.DecompressionBombError as exc:
        troubles.append(("picture.limit", str(exc).partition(",")[0]))
    except MemoryError:
        raise  # the child gives up this process, see filter/reading/child.py
    except Exception as exc:  # noqa: BLE001 - decoders raise anything; each is "unreadable"
        troubles.append(("picture.unreadable", f"the decoder gave up: {type(exc).__name__}"))
    return Sight(width, height, Appearance(tuple(views.values())), tuple(troubles))


def _with_codes(sight: Sight, content: bytes) -> Sight:
    """Look once more, for codes: hashes are made of a picture that is too small to read one in."""
    said: dict[str, None] = {}
    alone: list[bool] = []
    troubles: list[tuple[str, str]] = []
    try:
        container = examine(content)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(content), formats=(container.format,)) as image:
                for frame in _frames_to_scan(image):
                    said.update(dict.fromkeys(codes.read_codes(frame)))
                    alone.append(bool(said) and codealone.is_code_alone(frame))
                    if len(said) > codes.MAX_CODES:
                        troubles.append(("picture.limit", f"more than {codes.MAX_CODES} codes"))
                        break
    except UnfitError as exc:
        troubles.append((exc.code, str(exc)))
    except MemoryError:
        raise
    except Exception as exc:  # noqa: BLE001 - as in _look
        troubles.append(("picture.unreadable", f"codes cannot be read: {type(exc).__name__}"))
    is_code = len(said) == 1 and all(alone) and not troubles
    return replace(sight, troubles=tuple(troubles), codes=tuple(said), is_code=is_code)


def _frames_to_scan(image: Image.Image) -> Iterator[Image.Image]:
    """Yield what is shown, frame by frame, on light and on dark ground, unless it was just shown.

    A code may be small against its picture, so frames are told apart by their most different spot,
    not by how they differ in all.
    """
    last: dict[int, Grey] = {}
    pixels = 0
    for number in range(int(getattr(image, "n_frames", 1))):
        if number:
            image.seek(number)
        else:
            image.draft("RGB", (codes.LONGEST_SIDE, codes.LONGEST_SIDE))
        for level, shown in _opaque(image):
            reduced = _array(_grey(shown).resize(_SPOTS, Image.Resampling.BOX))
            if level in last and float(np.abs(reduced - last[level]).max()) < _SAME_SPOT_LEVELS:
                continue
            last[level] = reduced
            pixels += min(shown.size[0] * shown.size[1], codes.LONGEST_SIDE**2)
            if pixels > MAX_CODE_PIXELS:
                raise UnfitError("picture.limit", "too many frames to look for codes in")
            yield shown


def _opaque(image: Image.Image) -> Iterator[tuple[int, Image.Image]]:
    if not image.has_transparency_data:
        # What Pillow does not turn into grey by itself is turned as it is for the hashes.
        deep = image.mode in {"F", "I", "LAB"} or image.mode.startswith("I;")
        yield 255, _grey(image) if deep else image
        return
    coloured = image.convert("RGBA")
    for level in (255, 0):
        paper = Image.new("RGBA", coloured.size, (level, level, level, 255))
        yield level, Image.alpha_composite(paper, coloured).convert("RGB")


def _class_key(name: str) -> str:
    """Return the name without its frame and ground, so that repeats of a hash are dropped."""
    return name.partition("@")[0]


def _contradictions(
    content: bytes, media_type: str, container: Container
) -> Iterator[tuple[str, str]]:
    declared = media_type.lower()
    if declared not in UNSPECIFIC_TYPES and declared not in MEDIA_TYPES[container.format]:
        yield (
            "picture.mismatch",
            f"the content is {container.format}, declared as {media_type[:60]}",
        )
    extra = trailing_bytes(content, container)
    if extra:
        yield "picture.trailing", f"{extra} bytes follow the end of the {container.format}"


def _refuse_large(image: Image.Image, container: Container, max_pixels: int) -> None:
    width, height = image.size
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


def _views_of_frames(
    image: Image.Image,
    max_pixels: int,
    views_of: _ViewsOf,
) -> Iterator[PictureView]:
    """Yield the views of every frame that shows something new.

    Every frame is decoded, because a prank in a skipped frame is still shown; what is too long
    to be decoded whole is a finding.
    """
    frames = int(getattr(image, "n_frames", 1))
    pixels = image.size[0] * image.size[1]
    if frames > MAX_FRAMES or frames * pixels > FRAME_SHARE * max_pixels:
        raise UnfitError(
            "picture.limit",
            f"{frames} frames of {image.size[0]} x {image.size[1]} pixels; the limits are "
            f"{MAX_FRAMES} frames and {FRAME_SHARE * max_pixels} pixels in all",
        )
    looked: list[Grey] = []
    for number in range(frames):
        if number:
            image.seek(number)
            _refuse_grown(image, max_pixels)
        else:
            image.draft("L", (SIDE, SIDE))  # JPEG only: decode at a fraction of the size
        suffix = f"@frame-{number + 1}" if number else ""
        for mark, reduced in _grounds(image):
            grey = _array(reduced)
            if any(float(np.abs(grey - seen).mean()) < _SAME_FRAME_LEVELS for seen in looked):
                continue
            looked.append(grey)
            if len(looked) > MAX_LOOKS:
                raise UnfitError("picture.limit", f"more than {MAX_LOOKS} frames that differ")
            for view in views_of(reduced, grey):
                yield PictureView(view.name + mark + suffix, view.hash, view.quality)


def _refuse_grown(image: Image.Image, max_pixels: int) -> None:
    """Pages of a TIFF have sizes of their own."""
    if image.size[0] * image.size[1] > max_pixels:
        raise UnfitError("picture.limit", f"a page of {image.size[0]} x {image.size[1]} pixels")


def _grounds(image: Image.Image) -> Iterator[tuple[str, Image.Image]]:
    """Yield the frame as people see it: with transparency, once on white and once on black."""
    if min(image.size) < LEAST_SIDE:
        return
    if image.has_transparency_data:
        coloured = image.convert("RGBA").resize(_REDUCED, Image.Resampling.HAMMING)
        yield "", _on_ground(coloured, 255)
        yield "@dark", _on_ground(coloured, 0)
    else:
        small = _grey(image).resize(_REDUCED, Image.Resampling.HAMMING, reducing_gap=2.0)
        yield "", small


def _on_ground(coloured: Image.Image, level: int) -> Image.Image:
    paper = Image.new("RGBA", coloured.size, (level, level, level, 255))
    return Image.alpha_composite(paper, coloured).convert("L")


def query_views(reduced: Image.Image, grey: Grey) -> Iterator[PictureView]:
    """Yield what a picture in a message is compared by, in all eight orientations.

    That covers the eight that EXIF knows, so EXIF needs no reading.
    """
    yield _whole(reduced, grey)
    yield from _detailed(hash_boxes(grey, {"whole": WHOLE}, _TURNED))
    yield from _detailed(hash_boxes(grey, {**find_insets(grey), **TILES}, ORIENTATIONS))


def bank_views(reduced: Image.Image, grey: Grey) -> Iterator[PictureView]:
    """Yield what a known picture is kept as: upright, whole and in the parts it may be cut to."""
    yield _whole(reduced, grey)
    insets = {k: v for k, v in find_insets(grey).items() if not k.startswith("region")}
    yield from _detailed(hash_boxes(grey, {**insets, **CROPS, **TILES}, _UPRIGHT))


def _whole(reduced: Image.Image, grey: Grey) -> PictureView:
    """Return the plain hash, by imagehash itself, so that lists of others can be compared."""
    bits = imagehash.phash(reduced, hash_size=16).hash
    return PictureView("whole", np.packbits(bits).tobytes(), quality_of(grey))


def _detailed(views: tuple[PictureView, ...]) -> Iterator[PictureView]:
    return (view for view in views if view.quality >= LEAST_QUALITY)


def _array(reduced: Image.Image) -> Grey:
    return np.asarray(reduced, dtype=np.float32)


def _grey(image: Image.Image) -> Image.Image:
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
