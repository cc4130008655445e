"""What a picture looks like, in few bytes: the names of its views packed, their hashes as they are.

A look is read back by the version of Sallyport that knows its first byte; others see nothing in it.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence

from filter.message import PictureView
from filter.verdict import HashedView

# Of dct256-v1, the algorithm of filter/pictures/bank.py. A new algorithm takes a new number.
VERSION = 1
HASH_BYTES = 32
# 34 bytes each; a still picture has 80 to 130, one with transparency 240, a film any number.
MAX_VIEWS = 128
_HEAD = struct.Struct("!BHH")  # version, number of views, bytes of the packed names
_MAX_NAMES = 1 << 16


def encode_look(views: Sequence[HashedView]) -> bytes:
    """Return the views as bytes: the upright ones first, then others, as many as are kept."""
    kept = sorted(views, key=lambda view: "+" in view.name)[:MAX_VIEWS]
    names = zlib.compress("\n".join(view.name for view in kept).encode(), 9)
    qualities = bytes(min(view.quality, 100) for view in kept)
    hashes = b"".join(view.hash for view in kept)
    return _HEAD.pack(VERSION, len(kept), len(names)) + names + qualities + hashes


def hashes_in(look: bytes) -> bytes:
    """Return the hashes of all views, 32 bytes each, without their names; b"" as decode_look ()."""
    if not look or look[0] != VERSION:
        return b""
    _, count, length = _HEAD.unpack_from(look)
    return look[_HEAD.size + length + count :]


def decode_look(look: bytes) -> tuple[PictureView, ...]:
    """Return the views; none when another version wrote them. Raises ValueError for junk."""
    if not look or look[0] != VERSION:
        return ()
    try:
        _, count, length = _HEAD.unpack_from(look)
        start = _HEAD.size + length
        unpacker = zlib.decompressobj()
        names = unpacker.decompress(look[_HEAD.size : start], _MAX_NAMES).decode().split("\n")
    except (struct.error, zlib.error) as exc:
        raise ValueError("not what a picture looks like") from exc
    hashes = look[start + count :]
    if not count:
        return ()
    if len(names) != count or len(hashes) != count * HASH_BYTES:
        raise ValueError("not what a picture looks like")
    return tuple(
        PictureView(name, hashes[n * HASH_BYTES : (n + 1) * HASH_BYTES], look[start + n])
        for n, name in enumerate(names)
    )
