"""How a picture is made small and plain for people to look at. Runs only in the child process."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

from PIL import Image

from filter.pictures import codes, opening
from filter.pictures.areas import Rectangle
from filter.pictures.colours import ProfileError, find_other_looks
from filter.pictures.containers import Container, UnfitError, examine
from filter.pictures.frames import GROUNDS, on_ground
from filter.pictures.looking import pictures_inside
from filter.pictures.rendition import Rendition, Wanted
from filter.pictures.views import find_rectangles


def render(content: bytes, wanted: Wanted, max_pixels: int) -> Rendition:
    """Return one frame of a picture, within the limits of the look at it.

    Never raises for what the bytes are, but for a lack of memory, which ends this process.
    """
    try:
        container = examine(content)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # as in looking.py
            if container.size is not None:
                opening.refuse_large(container.size, container, max_pixels)
            if wanted.inside:
                content = _inside(content, container, wanted.inside)
                container = examine(content)
            with opening.opened(content, container) as image:
                _go_to(image, container, wanted.frame, max_pixels)
                return render_image(image, wanted)
    except (UnfitError, ProfileError) as exc:
        return Rendition(trouble=str(exc))
    except Image.DecompressionBombError as exc:
        return Rendition(trouble=str(exc).partition(",")[0])
    except MemoryError:
        raise
    except Exception as exc:  # noqa: BLE001 - decoders raise anything
        return Rendition(trouble=f"the decoder gave up: {type(exc).__name__}")


def render_image(
    image: Image.Image, wanted: Wanted, looked_at: Image.Image | None = None
) -> Rendition:
    """Return a picture that is already in memory, as its look had it.

    ``looked_at`` is what the look had, where that was another rendering of the same page.
    """
    ground, shown = _look_that_is_wanted(image, wanted.look)
    share = wanted.longest_side / max(wanted.longest_side, *shown.size)
    size = (max(1, round(shown.width * share)), max(1, round(shown.height * share)))
    pixels = _opaque(shown, size, GROUNDS[ground]).tobytes()
    rectangles: dict[str, Rectangle] = {}
    for mark, detail in opening.grounds(looked_at or shown):
        if mark == ground:
            rectangles = find_rectangles(detail)
    return Rendition(*size, pixels, rectangles)


def _inside(content: bytes, container: Container, number: int) -> bytes:
    inside = pictures_inside(content, container)
    if number > len(inside):
        raise UnfitError("picture.limit", f"it has no picture {number} inside it")
    return inside[number - 1]


def _go_to(image: Image.Image, container: Container, frame: int, max_pixels: int) -> None:
    """Turn to a frame, under the limits that filter/pictures/opening.py has for all of them."""
    opening.refuse_large(image.size, container, max_pixels)
    frames = int(getattr(image, "n_frames", 1))
    if frame > min(frames, opening.MAX_FRAMES):
        raise UnfitError("picture.limit", f"it has no frame {frame} that is looked at")
    if frames == 1:
        image.draft("RGB", (codes.LONGEST_SIDE, codes.LONGEST_SIDE))  # as the look does
        return
    if frame * image.size[0] * image.size[1] > opening.FRAME_SHARE * max_pixels:
        raise UnfitError("picture.limit", f"too many pixels before frame {frame}")
    image.seek(frame - 1)
    opening.refuse_large(image.size, container, max_pixels)


def _look_that_is_wanted(image: Image.Image, look: str) -> tuple[str, Image.Image]:
    """Return the mark of the ground, and the picture in the colours that it was seen in."""
    for ground in sorted(GROUNDS, key=len, reverse=True):
        if look.startswith(ground):
            colours = look.removeprefix(ground)
            for mark, shown in _looks(image, others=bool(colours)):
                if mark == colours:
                    return ground, shown
            break
    raise UnfitError("picture.limit", "it cannot be shown in the colours that it was seen in")


def _looks(image: Image.Image, *, others: bool) -> Iterator[tuple[str, Image.Image]]:
    yield "", image
    if others:
        yield from find_other_looks(image)


def _opaque(image: Image.Image, size: tuple[int, int], level: int) -> Image.Image:
    """Return a copy of that size, in eight bits of red, green and blue."""
    if image.has_transparency_data:
        return on_ground(image.convert("RGBA").resize(size, Image.Resampling.HAMMING), level)
    if image.mode in {"F", "I", "LAB"} or image.mode.startswith("I;"):
        image = opening.as_grey(image)
    return image.convert("RGB").resize(size, reducing_gap=2.0)
