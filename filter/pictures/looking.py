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
from PIL import AvifImagePlugin, Image, JpegImagePlugin

from filter.message import UNSEEN, Appearance, PictureView
from filter.pictures import codes, heif
from filter.pictures.bank import LEAST_QUALITY
from filter.pictures.colours import ProfileError, find_other_looks
from filter.pictures.containers import (
    MEDIA_TYPES,
    UNSPECIFIC_TYPES,
    Container,
    UnfitError,
    examine,
    trailing_bytes,
)
from filter.pictures.dct import ORIENTATIONS, SIDE, WHOLE, Grey, hash_boxes, quality_of
from filter.pictures.frames import GROUNDS, CodeScanner, on_ground
from filter.pictures.geometry import CROPS, TILES, find_insets
from filter.pictures.within import find_thumbnails

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
_REDUCED = (SIDE, SIDE)
_SAME_FRAME_LEVELS = 3.0  # mean difference in grey levels below which a frame shows nothing new
_UPRIGHT: Mapping[str, tuple[bool, bool, bool]] = {"": ORIENTATIONS[""]}
_TURNED: Mapping[str, tuple[bool, bool, bool]] = {k: v for k, v in ORIENTATIONS.items() if k}

# Pixels as a square, and the same as numbers.
_ViewsOf: TypeAlias = Callable[[Image.Image, Grey], Iterator[PictureView]]
_Scan: TypeAlias = Callable[[Image.Image], None]


@dataclass(frozen=True, slots=True)
class Sight:
    """What was seen of one picture; ``troubles`` are codes and details of findings."""

    width: int = 0
    height: int = 0
    appearance: Appearance = UNSEEN
    troubles: tuple[tuple[str, str], ...] = ()
    codes: tuple[str, ...] = ()  # what its QR codes say


def look(content: bytes, media_type: str, max_pixels: int) -> Sight:
    """Return the hashes of every view of every frame, as a picture in a message is compared."""
    scanner = CodeScanner(_grey)
    sight = _look(content, media_type, max_pixels, query_views, scanner.see)
    if sight.troubles:
        return sight  # it is held as it is
    troubles = (scanner.trouble,) if scanner.trouble else ()
    return replace(sight, troubles=troubles, codes=tuple(scanner.said))


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
    scan: _Scan | None = None,
) -> Sight:
    troubles: list[tuple[str, str]] = []
    width = height = 0
    views: dict[tuple[str, bytes], PictureView] = {}
    try:
        container = examine(content)
        troubles += _contradictions(content, media_type, container)
        if container.size is not None:
            _refuse_large(container.size, container, max_pixels)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of what it repairs; we judge pixels
            with _opened(content, container) as image:
                width, height = image.size
                _refuse_large(image.size, container, max_pixels)
                for view in _views_of_frames(image, max_pixels, views_of, scan):
                    views.setdefault((_class_key(view.name), view.hash), view)
            for view in _views_within(content, container, max_pixels, views_of, scan):
                views.setdefault((_class_key(view.name), view.hash), view)
    except UnfitError as exc:
        troubles.append((exc.code, str(exc)))
    except ProfileError as exc:
        troubles.append(("picture.unreadable", str(exc)))
    except Image.DecompressionBombError as exc:
        troubles.append(("picture.limit", str(exc).partition(",")[0]))
    except MemoryError:
        raise  # the child gives up this process, see filter/reading/child.py
    except Exception as exc:  # noqa: BLE001 - decoders raise anything; each is "unreadable"
        troubles.append(("picture.unreadable", f"the decoder gave up: {type(exc).__name__}"))
    return Sight(width, height, Appearance(tuple(views.values())), tuple(troubles))


def _opened(content: bytes, container: Container) -> Image.Image:
    if container.format == "HEIF" and not heif.IS_AVAILABLE:
        raise UnfitError("picture.format", heif.REMEDY)
    if container.format == "JPEG":
        # Not by Image.open: what follows the first picture is looked at on its own.
        return JpegImagePlugin.JpegImageFile(io.BytesIO(content))
    return Image.open(io.BytesIO(content), formats=(container.format,))


def _views_within(
    content: bytes,
    container: Container,
    max_pixels: int,
    views_of: _ViewsOf,
    scan: _Scan | None,
) -> Iterator[PictureView]:
    """Yield the views of the pictures that a JPEG carries in its head and behind itself."""
    if container.format != "JPEG":
        return
    more = [content[start:end] for start, end in container.followed_by]
    inner = [*find_thumbnails(content), *more, *(t for one in more for t in find_thumbnails(one))]
    for number, jpeg in enumerate(inner, start=1):
        examined = examine(jpeg)
        with _opened(jpeg, examined) as image:
            _refuse_large(image.size, examined, max_pixels)
            for view in _views_of_frames(image, max_pixels, views_of, scan):
                name = f"{view.name}@inside-{number}"
                yield PictureView(name, view.hash, view.quality)


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


def _refuse_large(size: tuple[int, int], container: Container, max_pixels: int) -> None:
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


def _views_of_frames(
    image: Image.Image,
    max_pixels: int,
    views_of: _ViewsOf,
    scan: _Scan | None,
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
        if frames > 1:
            image.seek(number)  # the first, too: a HEIC opens at the one it prefers
            _refuse_grown(image, max_pixels)
        elif scan is None:
            image.draft("L", (SIDE, SIDE))  # JPEG only: decode at a fraction of the size
        else:
            image.draft("RGB", (codes.LONGEST_SIDE, codes.LONGEST_SIDE))
        if scan is not None:
            scan(image)
        suffix = f"@frame-{number + 1}" if number else ""
        for mark, reduced in _looks(image):
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


def _looks(image: Image.Image) -> Iterator[tuple[str, Image.Image]]:
    """Yield the frame as it is stored, and as readers see it that obey its profile."""
    yield from _grounds(image)
    for mark, other in find_other_looks(image):
        yield from ((ground + mark, reduced) for ground, reduced in _grounds(other))


def _grounds(image: Image.Image) -> Iterator[tuple[str, Image.Image]]:
    """Yield the frame as people see it: with transparency, once on each ground."""
    if min(image.size) < LEAST_SIDE:
        return
    if image.has_transparency_data:
        coloured = image.convert("RGBA").resize(_REDUCED, Image.Resampling.HAMMING)
        for mark, level in GROUNDS.items():
            yield mark, on_ground(coloured, level).convert("L")
    else:
        small = _grey(image).resize(_REDUCED, Image.Resampling.HAMMING, reducing_gap=2.0)
        yield "", small


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
