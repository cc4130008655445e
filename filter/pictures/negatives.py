"""What is the hash of a picture's negative? Light and dark change sides, as an editor inverts them.

Of 255 less each level all cosine coefficients but the first have the other sign, so all bits but
the first are others: no pixels are needed for it, and what is compared stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterator

from filter.message import PictureView
from filter.pictures.bank import LEAST_PART_QUALITY

MARK = "@negative"
_FIRST_BIT = 0x80
_WHOLE = ("whole", "trimmed")  # a negative is sent whole; each view more is a row of the index


def with_negatives(views: tuple[PictureView, ...]) -> Iterator[PictureView]:
    """Yield the views of a known picture, and of the whole of it the negatives, by that mark.

    Of one that shows much: the negative of a few clouds is like many a small part.
    """
    for view in views:
        yield view
        if view.name.partition("@")[0] in _WHOLE and view.quality >= LEAST_PART_QUALITY:
            yield PictureView(view.name + MARK, negative(view.hash), view.quality)


def negative(bits: bytes) -> bytes:
    """Return the hash of the negative; the median may move by one bit."""
    return bytes([bits[0] ^ 0xFF ^ _FIRST_BIT, *(byte ^ 0xFF for byte in bits[1:])])
