"""How a picture is made small and plain for people to look at. Runs only in the child process."""

from __future__ import annotations

import io
import warnings

import numpy as np
from PIL import Image

from filter.pictures import looking
from filter.pictures.containers import Container, UnfitError, examine
from filter.pictures.dct import SIDE
from filter.pictures.geometry import find_insets
from filter.pictures.rendition import Rendition, Wanted

_FLAT_MODES = frozenset({"F", "I", "LAB"})


def render(content: bytes, wanted: Wanted, max_pixels: int) -> Rendition:
    """Return one frame of a picture, within the limits of the look at it.

    Never raises for what the bytes are, but for a lack of memory, which ends this process.
    """
    side = wanted.longest_side
    try:
        container = examine(content)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # as in looking.py
            with (
                Image.open(io.BytesIO(content), formats=(container.format,)) as image,
                Image.open(io.BytesIO(content), formats=(container.format,)) as again,
            ):
                for one in (image, again):
                    _go_to(one, container, wanted.frame, max_pixels)
                if wanted.frame == 1:  # JPEG only: decode at a fraction of the size
                    image.draft("RGB", (side, side))
                    again.draft("L", (SIDE, SIDE))
                return render_image(image, wanted, again)
    except UnfitError as exc:
        return Rendition(trouble=str(exc))
    except Image.DecompressionBombError as exc:
        return Rendition(trouble=str(exc).partition(",")[0])
    except MemoryError:
        raise
    except Exception as exc:  # noqa: BLE001 - decoders raise anything
        return Rendition(trouble=f"the decoder gave up: {type(exc).__name__}")


def render_image(image: Image.Image, wanted: Wanted, looked_at: Image.Image) -> Rendition:
    """Return a picture that is already in memory; ``looked_at`` is it as the look had it."""
    share = wanted.longest_side / max(wanted.longest_side, *image.size)
    size = (max(1, round(image.width * share)), max(1, round(image.height * share)))
    pixels = _opaque(image, size, on_dark=wanted.on_dark).tobytes()
    insets = {}
    for mark, reduced in looking._grounds(looked_at):  # noqa: SLF001 - so that both find the same
        if bool(mark) == wanted.on_dark:
            insets = find_insets(np.asarray(reduced, dtype=np.float32))
    return Rendition(*size, pixels, insets)


def _go_to(image: Image.Image, container: Container, frame: int, max_pixels: int) -> None:
    """Turn to a frame, under the limits that filter/pictures/looking.py has for all of them."""
    _refuse_large(image, container, max_pixels)
    if frame == 1:
        return
    frames = int(getattr(image, "n_frames", 1))
    if frame > min(frames, looking.MAX_FRAMES):
        raise UnfitError("picture.limit", f"it has no frame {frame} that is looked at")
    if frame * image.size[0] * image.size[1] > looking.FRAME_SHARE * max_pixels:
        raise UnfitError("picture.limit", f"too many pixels before frame {frame}")
    image.seek(frame - 1)
    _refuse_large(image, container, max_pixels)


def _refuse_large(image: Image.Image, container: Container, max_pixels: int) -> None:
    width, height = image.size
    greedy = container.format in looking.GREEDY_FORMATS
    most = min(max_pixels, looking.GREEDY_MAX_PIXELS) if greedy else max_pixels
    too_many = width * height > most or max(width, height) > looking.MAX_SIDE
    if too_many or width * height * container.scans > looking.MAX_SCANNED_PIXELS:
        raise UnfitError("picture.limit", f"{width} x {height} pixels are too many")


def _opaque(image: Image.Image, size: tuple[int, int], *, on_dark: bool) -> Image.Image:
    """Return a copy of that size, in eight bits of red, green and blue."""
    if image.mode in _FLAT_MODES or image.mode.startswith("I;"):
        return _grey(image).resize(size, reducing_gap=2.0).convert("RGB")
    if not image.has_transparency_data:
        return image.convert("RGB").resize(size, reducing_gap=2.0)
    coloured = image.convert("RGBA").resize(size, Image.Resampling.HAMMING)
    level = 0 if on_dark else 255
    paper = Image.new("RGBA", size, (level, level, level, 255))
    return Image.alpha_composite(paper, coloured).convert("RGB")


def _grey(image: Image.Image) -> Image.Image:
    if image.mode == "LAB":
        return image.getchannel(0)
    deep = np.nan_to_num(np.asarray(image.convert("F"), dtype=np.float32), posinf=0, neginf=0)
    low, high = float(deep.min()), float(deep.max())
    scaled = (deep - low) * (255 / (high - low)) if high > low else np.zeros_like(deep)
    return Image.fromarray(scaled.astype(np.uint8))
