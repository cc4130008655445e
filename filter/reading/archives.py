"""What would somebody who unpacks this archive see? Runs only in the child process.

Opened are files that the gate reads by themselves: PDF, pictures and texts. Everything else, other
archives and Office files included, is held.
"""

from __future__ import annotations

import re

from filter.reading.documents import look_at as look_at_pdf
from filter.reading.gathered import Gathered, Stop, gather
from filter.reading.sniff import BEGIN_LIKE_WORDS, FAMILIAR_ENDINGS, sniff_file
from filter.reading.wire import Reply
from filter.reading.zipfiles import Entry, read_entries

_TEXT = "text/plain"
_KINDS = {
    "pdf": "application/pdf",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "txt": _TEXT,
    "csv": _TEXT,
}
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_MARKUP = re.compile(r"\s*<(?:!doctype|html|head|body|script|svg|\?xml)", re.IGNORECASE)


def look_at(content: bytes, max_pixels: int) -> Reply:
    """Return the names, texts, links and pictures of all files in it, and what speaks against it.

    The text is, for each file, a line with its path and then what it says.
    """

    def read(seen: Gathered) -> None:
        for place, entry in enumerate(read_entries(content), start=1):
            _look_at_entry(entry, place, seen)

    return gather("archive", max_pixels, read, unreadable="archive.structure")


def _look_at_entry(entry: Entry, place: int, seen: Gathered) -> None:
    name = entry.name.rpartition("/")[2]
    stem, _, ending = name.rpartition(".")
    kind = _KINDS.get(ending.lower())
    seen.add_text(entry.name, place)
    if not name:
        return  # a folder
    if kind is None or not stem:
        raise Stop("archive.member", f"{name[:80]!r} is of a kind that is not opened in an archive")
    inner = stem.rpartition(".")[2].strip().lower()
    if "." in stem and inner in FAMILIAR_ENDINGS:
        raise Stop("archive.name", f"{name[:80]!r} has two endings")
    found = sniff_file(entry.content)
    if kind == _TEXT:
        if found and found not in BEGIN_LIKE_WORDS:
            raise Stop("archive.mismatch", f"{name[:80]!r} is {found}")
        seen.add_text(_text_of(entry.content, name), place)
    elif found != kind:
        raise Stop("archive.mismatch", f"{name[:80]!r} is {found or 'something else'}")
    elif kind == "application/pdf":
        seen.add_document(look_at_pdf(entry.content, seen.max_pixels), place)
    else:
        seen.add_picture(entry.content, kind, place)


def _text_of(content: bytes, name: str) -> str:
    try:
        text = content.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
    except UnicodeDecodeError:
        raise Stop("archive.text", f"{name[:80]!r} is not UTF-8") from None
    if _CONTROLS.search(text):
        raise Stop("archive.text", f"{name[:80]!r} has control characters")
    if _MARKUP.match(text):
        raise Stop("archive.mismatch", f"{name[:80]!r} is markup")
    return text
