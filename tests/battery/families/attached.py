# ruff: noqa: E501 - a table of samples, one a line
"""Files whose type, name and content disagree, or that go on after their end."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from collections.abc import Iterator

from PIL import Image

from tests.battery.attaching import CERTIFICATE, file_part, saved, with_file, with_parts
from tests.battery.pdf import pdf
from tests.battery.sample import Sample

FAMILY = "attached"
PDF = pdf("Certificate")
_DRAWN = Image.linear_gradient("L").convert("RGB")
PNG, JPEG, GIF = saved(_DRAWN), saved(_DRAWN, "JPEG"), saved(_DRAWN.convert("P"), "GIF")
WEBP, BMP, TIFF = saved(_DRAWN, "WEBP"), saved(_DRAWN, "BMP"), saved(_DRAWN, "TIFF")
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
EXE = b"MZ\x90\0" + bytes(124)
RTF = b"{\\rtf1\\ansi You are infected}"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!DOCTYPE html><html><body>You are infected</body></html>"
EML = b"From: a@evil.example\r\nSubject: x\r\n\r\nYou are infected\r\n"
CSV = b"date;time\r\n14 June 2021;09:30\r\n"


def _zip(name: str = "a.txt", content: bytes = b"x") -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(name, content)
    return target.getvalue()


def _tar() -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("a.txt"))
    return target.getvalue()


_OFFICE = "application/vnd.openxmlformats-officedocument."
# Kinds that nothing here opens: type, ending, content.
UNREAD = {
    "an archive": ("application/zip", "zip", _zip()),
    "an archive of 7-Zip": ("application/x-7z-compressed", "7z", b"7z\xbc\xaf\x27\x1c" + bytes(60)),
    "an archive of RAR": ("application/vnd.rar", "rar", b"Rar!\x1a\x07\0" + bytes(60)),
    "gzip": ("application/gzip", "gz", gzip.compress(b"x")),
    "tar": ("application/x-tar", "tar", _tar()),
    "an image of a disc": ("application/x-iso9660-image", "iso", bytes(40_000)),
    "a document of Word": (f"{_OFFICE}wordprocessingml.document", "docx", _zip("word/document.xml")),
    "a sheet of Excel": (f"{_OFFICE}spreadsheetml.sheet", "xlsx", _zip("xl/workbook.xml")),
    "slides of PowerPoint": (f"{_OFFICE}presentationml.presentation", "pptx", _zip("ppt/p.xml")),
    "a document with macros": ("application/vnd.ms-word.document.macroEnabled.12", "docm", _zip("word/vbaProject.bin")),
    "an old document of Word": ("application/msword", "doc", OLE),
    "an old sheet of Excel": ("application/vnd.ms-excel", "xls", OLE),
    "a text with formats": ("application/rtf", "rtf", RTF),
    "a program": ("application/x-msdownload", "exe", EXE),
    "a script": ("application/x-sh", "sh", b"#!/bin/sh\nrm -rf /\n"),
    "a card for phones": ("application/vnd.apple.pkpass", "pkpass", _zip("pass.json")),
    "a book": ("application/epub+zip", "epub", _zip("mimetype")),
    "a short cut": ("application/x-ms-shortcut", "lnk", b"L\0\0\0" + bytes(60)),
    "a note of OneNote": ("application/onenote", "one", bytes(60)),
    "a film": ("video/mp4", "mp4", b"\0\0\0\x18ftypmp42" + bytes(60)),
    "a sound": ("audio/mpeg", "mp3", b"ID3" + bytes(60)),
    "a data base": ("application/x-sqlite3", "db", b"SQLite format 3\0" + bytes(60)),
    "a key": ("application/pgp-keys", "asc", b"-----BEGIN PGP PUBLIC KEY BLOCK-----"),
    "JSON": ("application/json", "json", b"{}"),
    "XML": ("application/xml", "xml", b"<a/>"),
    "a script of browsers": ("text/javascript", "js", b"alert(1)"),
    "a drawing": ("image/svg+xml", "svg", SVG),
    "a page": ("application/xhtml+xml", "xhtml", HTML),
    "a message": ("message/rfc822", "eml", EML),
    "a message of Outlook": ("application/vnd.ms-outlook", "msg", OLE),
    "nothing known": ("application/octet-stream", "bin", bytes(60)),
    "an invented type": ("application/x-evil", "evil", bytes(60)),
}  # fmt: skip
# Labels that the content contradicts: label, name, content.
MASKED = {
    "a page as PDF": ("application/pdf", CERTIFICATE, HTML),
    "a program as PDF": ("application/pdf", CERTIFICATE, EXE),
    "an archive as PDF": ("application/pdf", CERTIFICATE, _zip()),
    "a picture as PDF": ("application/pdf", CERTIFICATE, PNG),
    "words as PDF": ("application/pdf", CERTIFICATE, b"You are infected"),
    "nothing as PDF": ("application/pdf", CERTIFICATE, b""),
    "a drawing as PNG": ("image/png", "map.png", SVG),
    "JPEG as PNG": ("image/png", "map.png", JPEG),
    "GIF as JPEG": ("image/jpeg", "map.jpg", GIF),
    "WebP as PNG": ("image/png", "map.png", WEBP),
    "BMP as PNG": ("image/png", "map.png", BMP),
    "TIFF as JPEG": ("image/jpeg", "map.jpg", TIFF),
    "PDF as PNG": ("image/png", "map.png", PDF),
    "a page as PNG": ("image/png", "map.png", HTML),
    "a page as a list": ("text/csv", "list.csv", HTML),
    "a page as words": ("text/plain", "read me.txt", HTML),
    "a drawing as words": ("text/plain", "read me.txt", SVG),
    "RTF as words": ("text/plain", "read me.txt", RTF),
    "PDF as words": ("text/plain", "read me.txt", PDF),
    "an archive as a list": ("text/csv", "list.csv", _zip()),
    "a script as words": ("text/plain", "read me.txt", b"#!/bin/sh\nrm -rf /\n"),
    "NULs in words": ("text/plain", "read me.txt", b"words\0words"),
    "a card as a list": ("text/csv", "list.csv", b"BEGIN:VCARD\r\nEND:VCARD\r\n"),
}
TRAILING = {
    "an archive after PNG": ("image/png", "map.png", PNG + _zip()),
    "PHP after PNG": ("image/png", "map.png", PNG + b"<?php system($_GET['c']); ?>"),
    "a page after PNG": ("image/png", "map.png", PNG + HTML),
    "JPEG after JPEG": ("image/jpeg", "map.jpg", JPEG + JPEG),
    "an archive after JPEG": ("image/jpeg", "map.jpg", JPEG + _zip()),
    "a script after GIF": ("image/gif", "map.gif", GIF + b"*/=1;alert(1)//"),
    "an archive after GIF": ("image/gif", "map.gif", GIF + _zip("A.class")),
    "GIF after GIF": ("image/gif", "map.gif", GIF + GIF),
    "PDF after PNG": ("image/png", "map.png", PNG + PDF),
    "a program after PNG": ("image/png", "map.png", PNG + EXE),
    "many zeros after PNG": ("image/png", "map.png", PNG + bytes(100_000)),
}
DAMAGED = {
    "half a PNG": ("image/png", "map.png", PNG[: len(PNG) // 2]),
    "half a JPEG": ("image/jpeg", "map.jpg", JPEG[: len(JPEG) // 2]),
    "half a GIF": ("image/gif", "map.gif", GIF[: len(GIF) // 2]),
    "a PNG of a head": ("image/png", "map.png", PNG[:8] + bytes(30)),
}
NAMES = {
    "two endings": "certificate-KA-004711.pdf.exe",
    "two endings, the last one ours": "certificate-KA-004711.exe.pdf",
    "another ending": "certificate-KA-004711.html",
    "no ending": "certificate-KA-004711",
    "another reference": "certificate-KA-004712.pdf",
    "a word more": "certificate-KA-004711 INFECTED.pdf",
    "a folder": "../certificate-KA-004711.pdf",
    "a folder of Windows": "C:\\\\certificate-KA-004711.pdf",
    "a stream of Windows": "certificate-KA-004711.pdf:evil.exe",
    "a dot at the end": "certificate-KA-004711.pdf.",
    "blanks before the ending": "certificate-KA-004711.pdf          .exe",
    "a device": "CON.pdf",
    "a hidden file": ".pdf",
    "no name": "",
    "a star": "certificate-*.pdf",
    "a command": "certificate-KA-004711.pdf|calc",
    "a short cut": "certificate-KA-004711.pdf.lnk",
    "a class id": "certificate-KA-004711.{3050f4d8-98B5-11CF-BB82-00AA00BDCE0B}",
    "very long": "certificate-" + "A" * 300 + ".pdf",
}
# Names that need RFC 2231: the text in them.
ENCODED_NAMES = {
    "turned around": "certificate-KA-004711\u202efdp.exe",
    "zero width": "certificate-KA-\u200b004711.pdf",
    "a NUL": "certificate-KA-004711.pdf\0.exe",
    "a line end": "certificate-KA-004711.pdf\r\n.exe",
    "look-alike letters": "\u0441ertificate-KA-004711.pdf",
    "full-width letters": "certificate-KA-004711\uff0epdf",
    "an isolate": "certificate-\u2067KA-004711\u2069.pdf",
    "a soft hyphen": "certificate-KA-\u00ad004711.pdf",
}


def _encoded(name: str) -> bytes:
    spelled = "".join(f"%{byte:02X}" for byte in name.encode())
    mail = with_file(PDF, "application/pdf", "NAME")
    return mail.replace(b'filename="NAME"', f"filename*=UTF-8''{spelled}".encode())


def samples() -> Iterator[Sample]:
    """Yield files that are not what they say, and everyday ones."""
    for name, (media_type, ending, content) in UNREAD.items():
        mail = with_file(content, media_type, f"list.{ending}")
        yield Sample(f"{FAMILY}/unread", name, mail, _reason(media_type))
    for kind, table in {"masked": MASKED, "trailing": TRAILING, "damaged": DAMAGED}.items():
        for name, (media_type, file_name, content) in table.items():
            mail = with_file(content, media_type, file_name)
            yield Sample(f"{FAMILY}/{kind}", name, mail, REASONS.get(name, DEFAULTS[kind]))
    for name, file_name in NAMES.items():
        mail = with_file(PDF, "application/pdf", file_name)
        yield Sample(f"{FAMILY}/names", name, mail, "attachment.name")
    for name, file_name in ENCODED_NAMES.items():
        yield Sample(
            f"{FAMILY}/names", name, _encoded(file_name), REASONS.get(name, "attachment.name")
        )
    yield Sample(f"{FAMILY}/list", "twice the same file", _twice(), "attachment.")
    for name, (media_type, file_name, content) in LEGITIMATE.items():
        yield Sample(FAMILY, name, with_file(content, media_type, file_name))
    for name, file_name in GOOD_NAMES.items():
        yield Sample(FAMILY, name, _encoded(file_name))


GOOD_NAMES = {
    "a name by RFC 2231": CERTIFICATE,
    "umlauts and blanks in a name": "Ergebnis für KA-004711.pdf",
    "umlauts in two characters each": "Ergebnis fu\u0308r KA-004711.pdf",
    "Chinese and round brackets in a name": "预约 KA-004711 (1).pdf",
    "square brackets in a name": "[MyHealth] KA-004711.pdf",
    "dots in a name": "v1.2 KA-004711.pdf",
}


def _twice() -> bytes:
    one = file_part(PDF, "application/pdf", CERTIFICATE)
    return with_parts(one, one)


def _reason(media_type: str) -> str:
    refused = ("message/", "application/xhtml", "text/javascript", "image/svg", "application/pgp")
    return "mime.type" if media_type.startswith(refused) else "document.unread"


DEFAULTS = {
    "masked": "mime.content",
    "trailing": "picture.trailing",
    "damaged": "picture.unreadable",
}
_AS_TEXT = (
    "a page as a list", "a page as words", "a drawing as words", "RTF as words",
    "a script as words", "NULs in words", "a card as a list",
)  # fmt: skip
REASONS: dict[str, str] = {
    **dict.fromkeys(_AS_TEXT, "attachment.type"),
    "zero width": "text.invisible",
}
LEGITIMATE = {
    "a certificate": ("application/pdf", CERTIFICATE, PDF),
    "a certificate without a type": ("application/octet-stream", CERTIFICATE, PDF),
    "PNG": ("image/png", "map.png", PNG),
    "JPEG": ("image/jpeg", "map.jpg", JPEG),
    "GIF": ("image/gif", "map.gif", GIF),
    "a PNG with zeros after it": ("image/png", "map.png", PNG + bytes(3)),
    "a JPEG with thumbnail data": ("image/jpeg", "map.jpg", saved(_DRAWN, "JPEG", comment=b"made by hand")),
    "a JPEG in steps": ("image/jpeg", "map.jpg", saved(_DRAWN, "JPEG", progressive=True)),
    "a list": ("text/csv", "list.csv", CSV),
    "words": ("text/plain", "read me.txt", b"Bring your card.\r\n"),
    "words that begin like a bitmap": ("text/plain", "read me.txt", b"BMI and weight are measured.\r\n"),
    "words in other letters": ("text/plain", "read me.txt", "您的预约\r\n".encode()),
    "a name in capitals": ("application/pdf", CERTIFICATE, PDF.replace(b"1.7", b"1.4")),
}  # fmt: skip
