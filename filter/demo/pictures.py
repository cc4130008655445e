"""The prank picture as pranksters send it: re-encoded, cropped, captioned."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont, ImageOps

SMALL = (480, 360)


def reencoded(original: Path) -> bytes:
    """Return the picture, smaller and saved again at a low quality."""
    return _jpeg(_open(original).resize(SMALL), quality=45)


def cropped(original: Path) -> bytes:
    """Return the picture with a tenth of its width and height cut off."""
    picture = _open(original)
    width, height = picture.size
    box = (width // 20, height // 20, width - width // 20, height - height // 20)
    return _jpeg(picture.crop(box), quality=80)


def captioned(original: Path, caption: str) -> bytes:
    """Return the picture with a bar of text below it."""
    picture = _open(original)
    bar = picture.height // 8
    framed = ImageOps.expand(picture, (0, 0, 0, bar), fill="white")
    font = ImageFont.load_default(bar * 0.6)
    place = (framed.width // 2, picture.height + bar // 2)
    ImageDraw.Draw(framed).text(place, caption, fill="black", font=font, anchor="mm")
    return _jpeg(framed, quality=80)


def _open(path: Path) -> Image.Image:
    with Image.open(path) as picture:
        return picture.convert("RGB")


def _jpeg(picture: Image.Image, *, quality: int) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=quality)
    return stream.getvalue()
