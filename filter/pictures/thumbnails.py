"""The small copy of a known picture that is kept with the rules, for people to look at.

Made of pixels that were decoded elsewhere: no metadata and no byte of the original is in it.
"""

from __future__ import annotations

import io
import re
from pathlib import PurePosixPath

from PIL import Image

from filter.pictures.rendition import Rendition

LONGEST_SIDE = 320  # pixels
MAX_BYTES = 256 * 1024
MEDIA_TYPE = "image/webp"
FOLDER = PurePosixPath("files", "pictures")  # below the folder of the rules
_ENDING = ".webp"
_QUALITIES = (80, 60, 40, 20)
_SAFE = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,119}")
_MAX_DEPTH = 8


def thumbnail_name(image_id: str) -> str:
    """Return what `thumbnail:` of the entry says: a path below the folder of the rules."""
    if not _SAFE.fullmatch(image_id):
        raise ValueError(f"{image_id!r} cannot be the name of a file")
    return str(FOLDER / f"{image_id}{_ENDING}")


def parts_of(thumbnail: str) -> tuple[str, ...]:
    """Return the folders and the name that `thumbnail:` says.

    Raises ValueError, with a message for whoever wrote the rule, when it could lead elsewhere.
    """
    parts = tuple(thumbnail.split("/"))
    if len(parts) > _MAX_DEPTH or not all(_SAFE.fullmatch(part) for part in parts):
        raise ValueError(
            f"`{thumbnail[:80]}` is not a path below the folder of the rules, such as "
            f"{FOLDER}/prank{_ENDING}"
        )
    return parts


def encode_thumbnail(rendition: Rendition) -> bytes:
    """Return the file's bytes, at most MAX_BYTES. Raises ValueError when there are no pixels."""
    if not rendition.pixels:
        raise ValueError(rendition.trouble or "there is nothing to see")
    size = rendition.width, rendition.height
    picture = Image.frombytes("RGB", size, rendition.pixels)
    for quality in _QUALITIES:
        target = io.BytesIO()
        picture.save(target, "WEBP", quality=quality, method=4)
        if target.tell() <= MAX_BYTES:
            return target.getvalue()
    raise ValueError(f"the small copy takes more than {MAX_BYTES} bytes")
