"""What does a picture look like, under everything that a known picture might be met by?

Runs only in the child process (filter/reading/child.py).
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field, replace

from PIL import Image

from filter.message import UNSEEN, Appearance, ListedHash, PictureView
from filter.pictures import codes
from filter.pictures.colours import ProfileError
from filter.pictures.containers import (
    MEDIA_TYPES,
    UNSPECIFIC_TYPES,
    Container,
    UnfitError,
    examine,
    trailing_bytes,
)
from filter.pictures.frames import CodeScanner
from filter.pictures.listed import hashes_for_lists
from filter.pictures.opening import Scan, as_grey, frames_of, grounds, opened, refuse_large
from filter.pictures.views import KEPT, MET, Way
from filter.pictures.within import find_thumbnails


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
    """Return what a picture in a message is compared by, of every frame."""
    scanner = CodeScanner(as_grey)
    sight = _look(content, media_type, max_pixels, MET, scanner.see)
    if sight.troubles:
        return sight  # it is held as it is
    troubles = (scanner.trouble,) if scanner.trouble else ()
    return replace(
        sight, troubles=troubles, codes=tuple(scanner.said), is_code=scanner.is_code_alone
    )


def warm_up() -> None:
    """Load what loads lazily (the first phash takes 0.5 to 0.9 s: scipy); look at a megapixel."""
    Image.init()
    look_at_image(Image.new("RGB", (1000, 1000)))
    codes.read_codes(Image.linear_gradient("L"))


def look_for_bank(content: bytes, max_pixels: int) -> Sight:
    """Return what one known picture is kept as in the rules."""
    return _look(content, "", max_pixels, KEPT, None)


def look_at_image(image: Image.Image) -> Appearance:
    """Return what a picture looks like that is already in memory (a page, a picture on it)."""
    seen = _Seen(MET, 0)
    for name, detail in grounds(image):
        seen.add(name, detail, image.size)
    return seen.appearance()


@dataclass(slots=True)
class _Seen:
    """What was seen so far; a hash that was seen in another frame or ground is kept once."""

    way: Way
    max_pixels: int
    scan: Scan | None = None
    views: dict[tuple[str, bytes], PictureView] = field(default_factory=dict)
    points: dict[tuple[bytes, ...], str] = field(default_factory=dict)  # of a frame or ground
    listed: dict[ListedHash, None] = field(default_factory=dict)

    def see(self, content: bytes, container: Container, where: str = "") -> tuple[int, int]:
        """Add every frame of a file; return the file's width and height."""
        with opened(content, container) as image:
            size = image.size
            refuse_large(size, container, self.max_pixels)
            for name, detail in frames_of(image, self.max_pixels, self.scan):
                self.add(name + where, detail, size)
        return size

    def add(self, name: str, detail: Image.Image, size: tuple[int, int]) -> None:
        """``size`` is that of the file, of which ``detail`` is a reduction."""
        views, points = self.way(detail)
        for view in views:
            named = PictureView(view.name + name, view.hash, view.quality)
            self.views.setdefault((view.name, view.hash), named)
        if points:
            self.points.setdefault(points, name)
        self.listed.update(dict.fromkeys(hashes_for_lists(detail, size)))

    def appearance(self) -> Appearance:
        return Appearance(
            tuple(self.views.values()),
            tuple(block for blocks in self.points for block in blocks),
            tuple(self.listed),
            tuple(self.points.values()) if self.way is MET else (),
        )


def _look(content: bytes, media_type: str, max_pixels: int, way: Way, scan: Scan | None) -> Sight:
    troubles: list[tuple[str, str]] = []
    width = height = 0
    seen = _Seen(way, max_pixels, scan)
    try:
        container = examine(content)
        troubles += _contradictions(content, media_type, container)
        if container.size is not None:
            refuse_large(container.size, container, max_pixels)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of what it repairs; we judge pixels
            width, height = seen.see(content, container)
            for number, inner in enumerate(pictures_inside(content, container), start=1):
                seen.see(inner, examine(inner), f"@inside-{number}")
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
    return Sight(width, height, seen.appearance(), tuple(troubles))


def pictures_inside(content: bytes, container: Container) -> list[bytes]:
    """Return the pictures that a JPEG carries in its head and behind itself: ``@inside-N``."""
    if container.format != "JPEG":
        return []
    more = [content[start:end] for start, end in container.followed_by]
    return [*find_thumbnails(content), *more, *(t for one in more for t in find_thumbnails(one))]


def _contradictions(content: bytes, media_type: str, container: Container) -> list[tuple[str, str]]:
    found = []
    declared = media_type.lower()
    if declared not in UNSPECIFIC_TYPES and declared not in MEDIA_TYPES[container.format]:
        said = f"the content is {container.format}, declared as {media_type[:60]}"
        found.append(("picture.mismatch", said))
    extra = trailing_bytes(content, container)
    if extra:
        said = f"{extra} bytes follow the end of the {container.format}"
        found.append(("picture.trailing", said))
    return found
