"""Which picture format are these bytes, where does the file end, and how much work does it ask for?

Answered from the bytes alone, before any decoder sees them. Pillow stops at the end marker and
never says that something follows it, and it decodes as many progressive scans as it is given.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from dataclasses import dataclass

from filter.pictures.within import MAX_WITHIN, says_more_follow

SMALLEST_BYTES = 16
MAX_BLOCKS = 200_000  # of a PNG, GIF or AVIF
_MAX_PADDING_BYTES = 65_536


class UnfitError(Exception):
    """The picture cannot be looked at; ``code`` is the finding's, the text its detail."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


@dataclass(frozen=True, slots=True)
class Container:
    """What the bytes are; ``end`` is where the file ends by its own account (None: no account)."""

    format: str  # Pillow's name
    end: int | None
    scans: int = 1
    size: tuple[int, int] | None = None  # where a decoder would allocate before it says how much
    followed_by: tuple[tuple[int, int], ...] = ()  # pictures behind the first of a JPEG: start, end


MEDIA_TYPES: dict[str, frozenset[str]] = {
    "PNG": frozenset({"image/png", "image/x-png", "image/apng"}),
    "JPEG": frozenset({"image/jpeg", "image/jpg", "image/pjpeg"}),
    "GIF": frozenset({"image/gif"}),
    "WEBP": frozenset({"image/webp"}),
    "BMP": frozenset({"image/bmp", "image/x-ms-bmp", "image/x-bmp"}),
    "TIFF": frozenset({"image/tiff", "image/tif", "image/x-tiff"}),
    "AVIF": frozenset({"image/avif", "image/avif-sequence"}),
    "HEIF": frozenset({"image/heic", "image/heif"}),
}
# Labels that say nothing; programs give them to any file (Python's MIMEApplication by default).
UNSPECIFIC_TYPES = frozenset({"", "application/octet-stream", "binary/octet-stream"})


def examine(content: bytes) -> Container:
    """Return what the bytes are by their own account. Raises UnfitError."""
    kind = sniff(content)
    if kind is None:
        raise UnfitError("picture.format", "this is none of the formats that are looked at")
    find_end = _ENDS.get(kind)
    if find_end is None:
        return Container(kind, None)  # TIFF is read by offsets and has no end
    try:
        end, scans = find_end(content)
    except (IndexError, struct.error):
        raise UnfitError("picture.unreadable", "the file ends in the middle") from None
    if kind == "JPEG" and end is not None and says_more_follow(content[:end]):
        more = _jpegs_behind(content, end)
        return Container(kind, more[-1][1] if more else end, scans, followed_by=more)
    return Container(kind, end, scans, _size_of_webp(content) if kind == "WEBP" else None)


def _jpegs_behind(content: bytes, end: int) -> tuple[tuple[int, int], ...]:
    """Return start and end of each JPEG that follows, with no more than padding between."""
    found: list[tuple[int, int]] = []
    while True:
        start = content.find(b"\xff\xd8\xff", end, end + _MAX_PADDING_BYTES)
        if start < 0 or content[end:start].strip(b"\0"):
            return tuple(found)
        if len(found) >= MAX_WITHIN:
            raise UnfitError("picture.limit", f"more than {MAX_WITHIN} pictures in one JPEG")
        inner, _ = _end_of_jpeg(content[start:])
        end = start + (inner or 0)
        found.append((start, end))


def sniff(content: bytes) -> str | None:
    """Return the format by its first bytes, None when it is not one that is looked at."""
    for kind, pattern in _MAGIC.items():
        if pattern.match(content):
            return kind
    return None


def trailing_bytes(content: bytes, container: Container) -> int:
    """Return how many bytes follow the end; zeros and line ends that fill a block do not count."""
    if container.end is None:
        return 0
    rest = content[container.end :]
    if len(rest) <= _MAX_PADDING_BYTES and not rest.strip(b"\0\r\n\t "):
        return 0
    return len(rest)


_MAGIC = {
    "PNG": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "JPEG": re.compile(rb"\xff\xd8\xff"),
    "GIF": re.compile(rb"GIF8[79]a"),
    "WEBP": re.compile(rb"RIFF....WEBP", re.DOTALL),
    "BMP": re.compile(rb"BM.{12}[\x0c-\x7c]\0\0\0", re.DOTALL),
    "TIFF": re.compile(rb"II\*\0|MM\0\*"),
    "AVIF": re.compile(rb"....ftypavi[fs]", re.DOTALL),
    "HEIF": re.compile(rb"....ftyp(?:he[iv][cmsx]|m[is]f1)", re.DOTALL),
}


def _end_of_png(content: bytes) -> tuple[int | None, int]:
    """PNG 1.2 section 3.2: length, type, data, CRC; IEND is the last chunk."""
    position = 8
    for _ in range(MAX_BLOCKS):
        length = int(struct.unpack_from(">I", content, position)[0])
        kind = content[position + 4 : position + 8]
        position += 12 + length
        if position > len(content):
            raise UnfitError("picture.unreadable", "the file ends in the middle")
        if kind == b"IEND":
            return position, 1
    raise UnfitError("picture.limit", f"the PNG has more than {MAX_BLOCKS} chunks")


# ITU T.81 B.1.1.2: FF00 is a stuffed byte, FFD0 to FFD7 restart within a scan; of repeated FFs the
# last counts (a pattern of several would take quadratic time over a run of them).
_NEXT_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_EOI, _SOS = 0xD9, 0xDA
_BARE_MARKERS = frozenset({0x01, 0xD8})


def _end_of_jpeg(content: bytes) -> tuple[int | None, int]:
    """Return where the first image ends, and the number of its scans."""
    position, scans = 2, 0
    while True:
        found = _NEXT_MARKER.search(content, position)
        if found is None:
            raise UnfitError("picture.unreadable", "the JPEG ends before its end marker")
        marker, position = content[found.end() - 1], found.end()
        if marker == _EOI:
            return position, scans
        if marker in _BARE_MARKERS:
            continue
        if marker == _SOS:
            scans += 1
        (length,) = struct.unpack_from(">H", content, position)
        position += length


def _end_of_gif(content: bytes) -> tuple[int | None, int]:
    """GIF89a: header, screen, then images (2C), extensions (21) and the trailer (3B)."""
    position = 13 + _colour_table_bytes(content[10])
    for _ in range(MAX_BLOCKS):
        introducer = content[position]
        if introducer == 0x3B:  # noqa: PLR2004 - the trailer
            return position + 1, 1
        if introducer == 0x2C:  # noqa: PLR2004 - an image
            position += 11 + _colour_table_bytes(content[position + 9])
        elif introducer == 0x21:  # noqa: PLR2004 - an extension
            position += 2
        else:
            raise UnfitError("picture.unreadable", "the GIF has a block of unknown kind")
        position = _after_sub_blocks(content, position)
    raise UnfitError("picture.limit", f"the GIF has more than {MAX_BLOCKS} blocks")


def _colour_table_bytes(flags: int) -> int:
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _after_sub_blocks(content: bytes, position: int) -> int:
    while content[position]:
        position += 1 + content[position]
    return position + 1


def _end_of_webp(content: bytes) -> tuple[int | None, int]:
    """RIFF: the size counts from its own end; an odd size is padded."""
    (size,) = struct.unpack_from("<I", content, 4)
    end = 8 + int(size) + (int(size) & 1)
    if 8 + size > len(content):
        raise UnfitError("picture.unreadable", "the file ends in the middle")
    return min(end, len(content)), 1


def _size_of_webp(content: bytes) -> tuple[int, int] | None:
    """Return the canvas (RFC 9649 section 2.7; VP8L 3.4; VP8 is RFC 6386 section 9.1)."""
    match content[12:16]:
        case b"VP8X":
            sides = content[24:27], content[27:30]
            width, height = (int.from_bytes(side, "little") + 1 for side in sides)
        case b"VP8L":
            bits = int.from_bytes(content[21:25], "little")
            width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8 ":
            width, height = (v & 0x3FFF for v in struct.unpack_from("<HH", content, 26))
        case _:
            return None
    return width, height


def _end_of_bmp(content: bytes) -> tuple[int | None, int]:
    """The header's size field, unless the writer left it empty."""
    (size,) = struct.unpack_from("<I", content, 2)
    if size > len(content):
        raise UnfitError("picture.unreadable", "the file ends in the middle")
    return int(size) or None, 1


# ISO/IEC 14496-12: what an AVIF or HEIF file is made of at its top level.
_BOXES = frozenset({b"ftyp", b"meta", b"mdat", b"moov", b"free", b"skip", b"idat"})


def _end_of_boxes(content: bytes) -> tuple[int | None, int]:
    position = 0
    while position + 8 <= len(content):
        (size,) = struct.unpack_from(">I", content, position)
        if content[position + 4 : position + 8] not in _BOXES:
            break
        if size == 1:
            (size,) = struct.unpack_from(">Q", content, position + 8)
        if size == 0:  # to the end of the file
            return len(content), 1
        if size < 8 or position + size > len(content):  # noqa: PLR2004 - the box header
            raise UnfitError("picture.unreadable", "the file ends in the middle")
        position += int(size)
    return position, 1


def _end_of_heif(content: bytes) -> tuple[int | None, int]:
    """As above, unless a film stands beside the pictures: nothing here shows it."""
    if b"moov" in _kinds(content):
        raise UnfitError("picture.format", "a film, of which only single pictures are looked at")
    return _end_of_boxes(content)


def _kinds(content: bytes) -> frozenset[bytes]:
    """Return the kinds of the boxes at the top level."""
    kinds: set[bytes] = set()
    position = 0
    while position + 8 <= len(content) and len(kinds) < MAX_BLOCKS:
        (size,) = struct.unpack_from(">I", content, position)
        kinds.add(content[position + 4 : position + 8])
        if size == 1:
            (size,) = struct.unpack_from(">Q", content, position + 8)
        if size < 8:  # noqa: PLR2004 - the box header
            break
        position += int(size)
    return frozenset(kinds)


# Each returns where the file ends (None: it does not say) and the number of its scans.
_ENDS: dict[str, Callable[[bytes], tuple[int | None, int]]] = {
    "PNG": _end_of_png,
    "JPEG": _end_of_jpeg,
    "GIF": _end_of_gif,
    "WEBP": _end_of_webp,
    "BMP": _end_of_bmp,
    "AVIF": _end_of_boxes,
    "HEIF": _end_of_heif,
}
