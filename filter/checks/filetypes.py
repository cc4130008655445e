"""What is this file really: by its first bytes, by its name, by its end?

Enough to catch a file that is not what it says it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from filter.reading.sniff import (
    BEGIN_LIKE_WORDS,
    FAMILIAR_ENDINGS,
    SNIFFED_FILES,
    sniff_file,
)
from filter.reading.text import find_unseen

PDF = "application/pdf"
ZIP = "application/zip"
_OFFICE = "application/vnd.openxmlformats-officedocument."

# Types that are another type inside.
_CONTAINERS = {
    f"{_OFFICE}wordprocessingml.document": ZIP,
    f"{_OFFICE}spreadsheetml.sheet": ZIP,
    f"{_OFFICE}presentationml.presentation": ZIP,
    "application/vnd.oasis.opendocument.text": ZIP,
    "application/vnd.apple.pkpass": ZIP,
    "application/x-zip-compressed": ZIP,
    "application/msword": "application/x-ole-storage",
    "application/vnd.ms-excel": "application/x-ole-storage",
    "application/ics": "text/calendar",
    "text/x-vcalendar": "text/calendar",
    "text/x-vcard": "text/vcard",
    "text/directory": "text/vcard",
    "image/jpg": "image/jpeg",
    "image/pjpeg": "image/jpeg",
    "application/x-pdf": PDF,
    "application/x-gzip": "application/gzip",
}
_EXTENSIONS = {
    PDF: ("pdf",),
    ZIP: ("zip",),
    "application/x-zip-compressed": ("zip",),
    "image/png": ("png",),
    "image/jpeg": ("jpg", "jpeg", "jpe", "jfif"),
    "image/gif": ("gif",),
    "image/webp": ("webp",),
    "text/calendar": ("ics", "ifb", "vcs"),
    "text/vcard": ("vcf", "vcard"),
    "text/plain": ("txt", "text", "log", "asc", "csv", "md"),
    "text/csv": ("csv", "txt"),
    "text/html": ("html", "htm"),
    "message/rfc822": ("eml",),
    f"{_OFFICE}wordprocessingml.document": ("docx",),
    f"{_OFFICE}spreadsheetml.sheet": ("xlsx",),
    f"{_OFFICE}presentationml.presentation": ("pptx",),
    "application/vnd.apple.pkpass": ("pkpass",),
    "application/msword": ("doc",),
    "application/vnd.ms-excel": ("xls",),
}
_PICTURES = frozenset({"jpg", "jpeg", "png", "gif", "webp", "bmp", "tif", "tiff"})
_FORBIDDEN = re.compile(r'[/\\:*?"<>|\x00-\x1f\x7f-\x9f\u2028\u2029]')
MAX_NAME_BYTES = 255


def sniff(content: bytes) -> str:
    """Return the media type that the first bytes tell, "" when they tell none."""
    kind = sniff_file(content)
    if kind:
        return kind
    head = content[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith((b"<!doctype html", b"<html", b"<head", b"<body", b"<script")):
        return "text/html"
    if head.startswith((b"<svg", b"<?xml")) and b"<svg" in head:
        return "image/svg+xml"
    return ""


def why_not_of_type(content: bytes, media_type: str) -> str:
    """Return how the content contradicts its type, "" if it does not."""
    declared = media_type.lower()
    inner = _CONTAINERS.get(declared, declared)
    seen = sniff(content)
    if inner in SNIFFED_FILES:
        return "" if seen == inner else f"it says {declared} but is {seen or 'something else'}"
    if declared.startswith("text/"):
        if b"\0" in content:
            return f"it says {declared} but has NUL bytes"
        seen = "" if seen in BEGIN_LIKE_WORDS else seen
    return f"it says {declared} but is {seen}" if seen and seen != inner else ""


def why_not_whole(content: bytes, media_type: str) -> str:
    """Return what follows the end of a PDF or ZIP file, "" when nothing does."""
    inner = _CONTAINERS.get(media_type.lower(), media_type.lower())
    if inner == PDF and not content.rstrip(b"\r\n \t\0").endswith(b"%%EOF"):
        return "something follows the end of the PDF, or its end is missing"
    if inner == ZIP:
        end = content.rfind(b"PK\x05\x06")
        # PKWARE APPNOTE section 4.3.16: 22 bytes and a comment, whose length the last two tell.
        comment = int.from_bytes(content[end + 20 : end + 22], "little")
        if end < 0 or end + 22 + comment != len(content):
            return "something follows the end of the ZIP archive, or its end is missing"
    return ""


def why_not_named(name: str, media_type: str) -> str:
    """Return what is wrong with a file's name whatever a template says, "" if nothing is."""
    return next(_name_troubles(name, media_type), "")


def why_not_in_name(name: str, media_type: str) -> str:
    """Return what is wrong with the name of a picture in the text; many of them have no ending."""
    pieces = [piece.strip().lower() for piece in name.split(".")]
    if find_unseen(name):
        return f"its name has the invisible character U+{ord(find_unseen(name)):04X}"
    if len(name) > MAX_NAME_BYTES:
        return f"its name is longer than {MAX_NAME_BYTES} characters"
    endings = _EXTENSIONS.get(media_type.lower())
    if endings and len(pieces) > 1 and pieces[-1] in FAMILIAR_ENDINGS - _PICTURES:
        return f"its name ends like another file, in .{pieces[-1]}"
    return ""


def _name_troubles(name: str, media_type: str) -> Iterator[str]:
    if not name.strip(" ."):
        yield "it has no name"
        return
    unseen = find_unseen(name)
    if unseen:
        yield f"its name has the invisible character U+{ord(unseen):04X}"
    if _FORBIDDEN.search(name):
        yield "its name has a character that paths or shells act on"
    if name != name.strip(" ."):
        yield "its name begins or ends with a dot or a blank"
    if len(name.encode(errors="replace")) > MAX_NAME_BYTES:
        yield f"its name is longer than {MAX_NAME_BYTES} bytes"
    pieces = [piece.strip().lower() for piece in name.split(".")]
    if len(pieces) > 2 and {pieces[-1], pieces[-2]} <= FAMILIAR_ENDINGS:  # noqa: PLR2004 - two endings
        yield f"its name has two endings, .{pieces[-2]}.{pieces[-1]}"
    endings = _EXTENSIONS.get(media_type.lower())
    if endings and pieces[-1] not in endings:
        yield f"its name does not end like {media_type}, in .{endings[0]}"
