"""What is in this ZIP file, for every program that could unpack it (PKWARE APPNOTE 6.3.10)?

Programs find entries in two ways: by the directory at the end, or by going through the file. Here
both have to find the same, without a byte between them. Only zlib is asked, within limits.
"""

from __future__ import annotations

import re
import struct
import unicodedata
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from filter.reading.gathered import Stop
from filter.reading.text import find_unseen

MAX_ENTRIES = 500
MAX_ENTRY_BYTES = 32 * 1024 * 1024
MAX_TOTAL_BYTES = 64 * 1024 * 1024
# Deflate makes at most 1,032 bytes of one; sheets of equal rows come to some 200.
MAX_RATIO = 400
_RATIO_FROM = 1024 * 1024  # bytes of an entry; what is smaller may shrink as it likes
_MAX_NAME_BYTES = 255
_MAX_DEPTH = 8

_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_STORED, _DEFLATED = 0, 8
_ENCRYPTED = 0x2041  # with a password, strongly, and with a masked directory
_DESCRIPTOR, _UTF_8 = 0x0008, 0x0800
_SPEED = 0x0006  # how hard the deflater tried; Office sets both
_SYMLINKS_AND_DEVICES = frozenset({0, 0x8000, 0x4000})  # neither: a file or a folder
_DOS_HIDDEN, _DOS_FOLDER = 0x0E, 0x10
# Times and owners; 0xCAFE begins a Java archive, 0xA220 is Office's room to grow.
_EXTRA = frozenset({0x5455, 0x7875, 0x7855, 0x5855, 0x000A, 0xCAFE})
_GROWTH = 0xA220
_MAX_EXTRA_BYTES = 40
_CONTROL_OR_SIGN = re.compile(r'[\\:*?"<>|\x00-\x1f\x7f-\x9f\u2028\u2029]')
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Entry:
    """One file in an archive, inflated; a folder's name ends in a slash."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class _Listed:
    """What the directory says of an entry."""

    name: str
    raw_name: bytes
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    offset: int

    @property
    def is_folder(self) -> bool:
        return self.name.endswith("/")


def read_entries(content: bytes) -> tuple[Entry, ...]:
    """Return all files and folders of the archive, in the order of its directory. Raises Stop."""
    start, listed = _directory(content)
    _check_names(listed)
    place = 0
    unpacked: dict[int, bytes] = {}
    total = 0
    for one in sorted(listed, key=lambda entry: entry.offset):
        if one.offset != place:
            raise _fault(f"something stands before {_shown(one)}, or entries overlap")
        place, data = _local(content, one, start)
        total += one.size
        if one.size > MAX_ENTRY_BYTES or total > MAX_TOTAL_BYTES:
            raise Stop("archive.limit", f"{_shown(one)} swells to more than is read")
        if one.size > _RATIO_FROM and one.size > MAX_RATIO * one.packed:
            raise Stop("archive.limit", f"{_shown(one)} swells more than {MAX_RATIO} times")
        unpacked[one.offset] = _inflated(one, data)
    if place != start:
        raise _fault("something stands between the entries and the directory")
    return tuple(Entry(one.name, unpacked[one.offset]) for one in listed)


def _directory(content: bytes) -> tuple[int, tuple[_Listed, ...]]:
    """Return where the directory begins, and its entries (sections 4.3.12 and 4.3.16)."""
    at = len(content) - _END.size
    if at < 0 or content[at : at + 4] != b"PK\x05\x06":
        raise _fault("it does not end with a directory, or has a comment after it")
    _, disk, first_disk, here, count, size, start, comment = _END.unpack_from(content, at)
    if disk or first_disk or comment or here != count:
        raise _fault("its end speaks of other volumes or of a comment")
    if count > MAX_ENTRIES:
        raise Stop("archive.limit", f"{count} entries; the limit is {MAX_ENTRIES}")
    if not count or start + size != at:
        raise _fault("its directory is not where its end says")
    listed = []
    place = start
    for _ in range(count):
        if place + _CENTRAL.size > at:
            raise _fault("its directory is cut off")
        one, place = _listed(content, place)
        listed.append(one)
    if place != at:
        raise _fault("something follows its directory")
    return start, tuple(listed)


def _listed(content: bytes, at: int) -> tuple[_Listed, int]:
    (mark, _, needed, flags, method, _, _, crc, packed, size,
     name_bytes, extra_bytes, comment, disk, _, attributes, offset) = _CENTRAL.unpack_from(
        content, at
    )  # fmt: skip
    if mark != b"PK\x01\x02":
        raise _fault("its directory has something else than entries")
    at += _CENTRAL.size
    raw_name = content[at : at + name_bytes]
    _check_extra(content[at + name_bytes : at + name_bytes + extra_bytes])
    if comment or disk or (needed & 0xFF) > 45:  # noqa: PLR2004 - version 4.5, with Zip64
        raise _fault("an entry has a comment, another volume, or needs a newer program")
    if flags & _ENCRYPTED or method == 99:  # noqa: PLR2004 - AES, section 4.4.5
        raise Stop("archive.encrypted", "an entry opens only with a password")
    if flags & ~(_DESCRIPTOR | _UTF_8 | _SPEED) or method not in (_STORED, _DEFLATED):
        raise _fault(f"an entry has the flags {flags:#06x} and the method {method}")
    if flags & _DESCRIPTOR and method == _STORED and packed:
        raise _fault("an entry does not say where it ends")
    name = _decoded(raw_name, flags)
    is_folder = name.endswith("/")
    if attributes >> 16 & 0xF000 not in _SYMLINKS_AND_DEVICES:
        raise _fault(f"{name!r} is a link or a device")
    if attributes & _DOS_HIDDEN or (attributes & _DOS_FOLDER and not is_folder):
        raise _fault(f"{name!r} is hidden, or a folder and a file")
    if (is_folder and size) or (method == _STORED and packed != size):
        raise _fault(f"{name!r} has contradicting sizes")
    end = at + name_bytes + extra_bytes
    return _Listed(name, raw_name, flags, method, crc, packed, size, offset), end


def _local(content: bytes, one: _Listed, start: int) -> tuple[int, bytes]:
    """Return where the entry ends, and its data, if it says what the directory says."""
    if one.offset + _LOCAL.size > start:
        raise _fault(f"{_shown(one)} is not in the file")
    (mark, _, flags, method, _, _, crc, packed, size, name_bytes, extra_bytes) = _LOCAL.unpack_from(
        content, one.offset
    )
    at = one.offset + _LOCAL.size
    name = content[at : at + name_bytes]
    if mark != b"PK\x03\x04" or (name, flags, method) != (one.raw_name, one.flags, one.method):
        raise _fault(f"{_shown(one)} is described differently in two places")
    _check_extra(content[at + name_bytes : at + name_bytes + extra_bytes])
    known = (one.crc, one.packed, one.size)
    is_late = bool(flags & _DESCRIPTOR)
    if (crc, packed, size) != known and not (is_late and (crc, packed, size) == (0, 0, 0)):
        raise _fault(f"{_shown(one)} has two sizes or sums")
    at += name_bytes + extra_bytes
    end = at + one.packed
    data = content[at:end]
    if is_late:
        descriptor = struct.pack("<3I", *known)
        for form in (b"PK\x07\x08" + descriptor, descriptor):
            if content.startswith(form, end):
                return end + len(form), data
        raise _fault(f"{_shown(one)} has no end that fits")
    return end, data


def _inflated(one: _Listed, data: bytes) -> bytes:
    if one.method == _STORED:
        plain = data
    else:
        inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            plain = inflater.decompress(data, one.size + 1)
        except zlib.error:
            raise _fault(f"{_shown(one)} cannot be inflated") from None
        if not inflater.eof or inflater.unused_data:
            raise _fault(f"{_shown(one)} does not end where it should")
    if len(plain) != one.size or zlib.crc32(plain) != one.crc:
        raise _fault(f"{_shown(one)} is damaged")
    return plain


def _check_extra(field: bytes) -> None:
    """Let times and owners stand beside an entry; other fields give it other names and sizes."""
    at = 0
    while at < len(field):
        kind = int.from_bytes(field[at : at + 2], "little")
        size = int.from_bytes(field[at + 2 : at + 4], "little")
        value = field[at + 4 : at + 4 + size]
        if at + 4 + size > len(field):
            raise _fault("an extra field is cut off")
        is_room = kind == _GROWTH and not value[4:].strip(b"\0")
        if not is_room and (kind not in _EXTRA or size > _MAX_EXTRA_BYTES):
            raise _fault(f"an entry has the extra field {kind:#06x}")
        at += 4 + size


def _decoded(raw: bytes, flags: int) -> str:
    try:
        name = raw.decode("utf-8" if flags & _UTF_8 else "ascii")
    except UnicodeDecodeError:
        raise Stop("archive.name", "a name is in an unknown charset") from None
    trouble = next(_name_troubles(name, raw), "")
    if trouble:
        raise Stop("archive.name", f"{name[:80]!r} {trouble}")
    return name


def _name_troubles(name: str, raw: bytes) -> Iterator[str]:
    pieces = name.removesuffix("/").split("/")
    if _CONTROL_OR_SIGN.search(name) or find_unseen(name):
        yield "has characters that paths or shells act on, or that nobody sees"
    if any(not piece or piece != piece.lstrip(" ").rstrip(" .") for piece in pieces):
        yield "has a piece that is empty, or a blank or dot where none is shown"
    if any(_RESERVED.fullmatch(piece) for piece in pieces):
        yield "is that of a device"
    if len(raw) > _MAX_NAME_BYTES or len(pieces) > _MAX_DEPTH:
        yield "is too long or too deep"


def _check_names(listed: tuple[_Listed, ...]) -> None:
    """No two entries may become one file, on any system."""
    seen: set[str] = set()
    files: set[str] = set()
    for one in listed:
        key = unicodedata.normalize("NFKC", one.name.removesuffix("/")).casefold()
        if key in seen:
            raise Stop("archive.name", f"{_shown(one)} is there twice")
        seen.add(key)
        if not one.is_folder:
            files.add(key)
    for key in seen:
        pieces = key.split("/")
        if any("/".join(pieces[:depth]) in files for depth in range(1, len(pieces))):
            raise Stop("archive.name", f"{key[:80]!r} lies in a file")


def _shown(one: _Listed) -> str:
    return repr(one.name[:80])


def _fault(detail: str) -> Stop:
    return Stop("archive.structure", detail)
