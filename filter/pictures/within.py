"""Which other pictures travel inside a JPEG: thumbnails, and what follows it by its own account?

File managers and lists of attachments show the thumbnail of EXIF (CIPA DC-008 section 4.5.8, JFXX
of JFIF 1.02); phones write a second view, a depth map or a gain map for bright screens behind the
first (CIPA DC-007, Multi-Picture Format, on which Ultra HDR stands). Each is looked at as well.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

MAX_WITHIN = 16
_SOI = b"\xff\xd8\xff"
_APP0, _APP1, _APP2 = 0xE0, 0xE1, 0xE2
_SOS = 0xDA
_MAX_ENTRIES = 1_000  # of a directory


def says_more_follow(jpeg: bytes) -> bool:
    """Return whether an index in the JPEG's head says that more pictures follow it."""
    return any(m == _APP2 and body.startswith(b"MPF\0") for m, body in _segments(jpeg))


def find_thumbnails(jpeg: bytes) -> tuple[bytes, ...]:
    """Return the JPEGs in the head of a JPEG. What is no JPEG is none that anybody shows."""
    found = []
    for marker, body in _segments(jpeg):
        if marker == _APP0 and body.startswith(b"JFXX\0\x10"):
            found.append(body[6:])
        elif marker == _APP1 and body.startswith(b"Exif\0"):
            found.append(_thumbnail_of(body[6:]))
    return tuple(one for one in found if one.startswith(_SOI))[:MAX_WITHIN]


def _segments(jpeg: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield marker and content of what stands before the first scan (ITU T.81 B.1.1.3)."""
    position = 2
    while position + 4 <= len(jpeg) and jpeg[position] == 0xFF:  # noqa: PLR2004 - a marker
        marker = jpeg[position + 1]
        if marker == 0xFF:  # noqa: PLR2004 - a marker may be preceded by any number of these
            position += 1
            continue
        if marker == _SOS:
            return
        (length,) = struct.unpack_from(">H", jpeg, position + 2)
        yield marker, jpeg[position + 4 : position + 2 + length]
        position += 2 + length


def _thumbnail_of(tiff: bytes) -> bytes:
    """Return what the second directory of an EXIF block points at, b"" when there is none."""
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return b""
    try:
        (first,) = struct.unpack_from(f"{order}I", tiff, 4)
        (entries,) = struct.unpack_from(f"{order}H", tiff, first)
        (second,) = struct.unpack_from(f"{order}I", tiff, first + 2 + 12 * entries)
        if not second:
            return b""
        (entries,) = struct.unpack_from(f"{order}H", tiff, second)
        where = {}
        for number in range(min(entries, _MAX_ENTRIES)):
            tag, kind, _, value = struct.unpack_from(f"{order}HHII", tiff, second + 2 + 12 * number)
            if kind == 3:  # noqa: PLR2004 - two bytes, at the start of the field
                (value,) = struct.unpack_from(f"{order}H", tiff, second + 10 + 12 * number)
            where[tag] = value
    except struct.error:
        return b""
    start = where.get(0x0201, 0)
    return tiff[start : start + where.get(0x0202, 0)] if start else b""
