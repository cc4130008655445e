"""Which picture of this document was it? Found again by its digest, for people to look at.

Runs only in the child process.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace

from filter.pictures.rendering import render as render_picture
from filter.pictures.rendition import Rendition, Wanted
from filter.reading.documents import render as render_in_pdf
from filter.reading.gathered import Stop
from filter.reading.sniff import PACKED_FILES, sniff_file
from filter.reading.zipfiles import read_entries

_PDF = "application/pdf"
_GONE = Rendition(trouble="the picture was not found in the document")


def render(content: bytes, media_type: str, wanted: Wanted, max_pixels: int) -> Rendition:
    """Return the picture whose digest is wanted; if it is on a page and not found, the page.

    Never raises for what the bytes are, but for a lack of memory, which ends this process.
    """
    try:
        if media_type not in PACKED_FILES:
            return render_in_pdf(content, wanted, max_pixels) or _GONE
        return _render_in_package(content, wanted, max_pixels)
    except Stop as exc:
        return Rendition(trouble=str(exc))
    except MemoryError:
        raise
    except Exception as exc:  # noqa: BLE001 - whatever a reader raises, there is nothing to show
        return Rendition(trouble=f"the reader gave up: {type(exc).__name__}")


def _render_in_package(content: bytes, wanted: Wanted, max_pixels: int) -> Rendition:
    """Archives and Office files are both ZIP files; the former may hold PDF files."""
    entries = read_entries(content)
    for entry in entries:
        if hashlib.sha256(entry.content).hexdigest() == wanted.digest:
            return render_picture(entry.content, replace(wanted, digest=""), max_pixels)
    anywhere = replace(wanted, place=0)  # the place was that of the file, not of a page in it
    for entry in entries:
        if sniff_file(entry.content) == _PDF:
            found = render_in_pdf(entry.content, anywhere, max_pixels)
            if found is not None:
                return found
    return _GONE
