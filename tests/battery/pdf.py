"""Writes small PDFs by hand: what is hostile in them must be the only thing that differs."""

from __future__ import annotations


def pdf(
    words: str = "",
    *objects: bytes,
    catalogue: bytes = b"",
    page: bytes = b"",
    content: bytes = b"",
    trailer: bytes = b"",
    pages: int = 1,
) -> bytes:
    """Return a document of one line of text; ``objects`` are numbered from 10 on."""
    shown = b"BT /F 12 Tf 20 200 Td (" + words.encode("latin-1") + b") Tj ET " + content
    parts = {
        1: b"<</Type/Catalog/Pages 2 0 R" + catalogue + b">>",
        2: b"<</Type/Pages/Kids[" + b"5 0 R " * pages + b"]/Count %d>>" % pages,
        3: b"<</Length %d>>stream\n" % len(shown) + shown + b"\nendstream",
        4: b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        5: b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 400 300]/Contents 3 0 R"
        b"/Resources<</Font<</F 4 0 R>>>>" + page + b">>",
        **dict(enumerate(objects, start=10)),
    }
    body, places = b"%PDF-1.7\n", {}
    for number, part in parts.items():
        places[number] = len(body)
        body += b"%d 0 obj\n" % number + part + b"\nendobj\n"
    table = b"xref\n0 1\n0000000000 65535 f \n"
    for number, place in sorted(places.items()):
        table += b"%d 1\n%010d 00000 n \n" % (number, place)
    end = b"trailer\n<</Size %d/Root 1 0 R" % (max(parts) + 1) + trailer + b">>\n"
    return body + table + end + b"startxref\n%d\n%%%%EOF\n" % len(body)


def stream(dictionary: bytes, content: bytes) -> bytes:
    """Return a stream object."""
    return b"<<" + dictionary + b"/Length %d>>stream\n" % len(content) + content + b"\nendstream"
