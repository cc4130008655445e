"""The small copy of a known picture that is kept with the rules, for people to look at.

Made of pixels that were decoded elsewhere: no metadata and no byte of the original is in it.
"""

from __future__ import annotations

import io

from PIL import Image

from filter.pictures.rendition import Rendition

LONGEST_SIDE = 320  # pixels
MAX_BYTES = 256 * 1024
MEDIA_TYPE = "image/webp"
_QUALITIES = (80, 60, 40, 20)


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
