# ruff: noqa: E501 - a table of samples, one a line
"""ZIP archives: how they are built, what is in them, and what that says."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator

from PIL import Image

from tests.battery import good
from tests.battery.attaching import saved, with_file
from tests.battery.packing import WORDS, File, letter, packed, papers
from tests.battery.pdf import pdf
from tests.battery.sample import Sample
from tests.pictures.codes import draw_code

FAMILY = "archives"
CARD = b"Bring your card.\r\n"
TXT = File(b"read me.txt")
PNG = saved(Image.linear_gradient("L"))
_EVIL = b"https://evil.example/\r\n"


def _deflated(content: bytes) -> bytes:
    deflater = zlib.compressobj(wbits=-15)
    return deflater.compress(content) + deflater.flush()


def _extra(kind: int, value: bytes) -> bytes:
    return struct.pack("<2H", kind, len(value)) + value


def _zipped(*files: tuple[str, bytes], **how: int) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, **how) as archive:  # type: ignore[call-overload]
        for name, content in files:
            archive.writestr(name, content)
    return target.getvalue()


def _streamed() -> bytes:
    """Return what a program writes that cannot go back: sizes after the data."""

    class Pipe(io.RawIOBase):
        def __init__(self) -> None:
            self.written = bytearray()

        def writable(self) -> bool:
            return True

        def write(self, block: object) -> int:
            self.written += bytes(block)  # type: ignore[call-overload]
            return len(bytes(block))  # type: ignore[call-overload]

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("read me.txt", CARD)
    return bytes(pipe.written)


_UNICODE_PATH = _extra(0x7075, b"\1" + struct.pack("<I", zlib.crc32(b"read me.txt")) + b"evil.exe")
STRUCTURE = {
    "something before it": packed(TXT, ahead=b"MZ" + bytes(40)),
    "something before it that it counts": b"PK\3\4" + packed(TXT),
    "something between two entries": packed(TXT, File(b"b.txt", before=b"evil")),
    "an entry that no directory lists": packed(TXT, between=packed(File(b"evil.txt"))[:50]),
    "something before the directory": packed(TXT, between=b"evil"),
    "something after the directory": packed(TXT, size=70),
    "another name in the directory": packed(File(b"evil.exe.txt", listed={"name": b"good.exe.txt"})),
    "another name in the entry": packed(File(b"a.txt", local={"name": b"b.exe"})),
    "another method in the directory": packed(File(b"a.txt", method=0, listed={"method": 8})),
    "another size in the directory": packed(File(b"a.txt", method=0, listed={"size": 4})),
    "another packed size in the entry": packed(File(b"a.txt", local={"packed": 3})),
    "another sum in the entry": packed(File(b"a.txt", local={"crc": 1})),
    "another sum in both": packed(File(b"a.txt", local={"crc": 1}, listed={"crc": 1})),
    "other flags in the entry": packed(File(b"a.txt", local={"flags": 2})),
    "a size that is too small in both": packed(File(b"a.txt", local={"size": 4}, listed={"size": 4})),
    "a size that is too large in both": packed(File(b"a.txt", local={"size": 99}, listed={"size": 99})),
    "data after the deflated data": packed(File(b"a.txt", data=_deflated(CARD) + b"evil")),
    "deflated data without an end": packed(File(b"a.txt", data=_deflated(CARD)[:-2])),
    "damaged data": packed(File(b"a.txt", data=b"\xff" * 20)),
    "an offset to another entry": packed(TXT, File(b"b.txt", listed={"offset": 0})),
    "two names of one entry": packed(TXT, File(b"b.txt", data=b"", listed={"offset": 0})),
    "a comment": packed(TXT, comment=4) + b"evil",
    "a comment that is not there": packed(TXT, comment=4),
    "a comment of an entry": packed(File(b"a.txt", listed={"comment": b"https://evil.example/"})),
    "more entries than it has": packed(TXT, count=2, here=2),
    "fewer entries than it has": packed(TXT, File(b"evil.txt"), count=1, here=1),
    "two counts": packed(TXT, here=2),
    "a second archive after it": packed(TXT) + packed(File(b"evil.txt")),
    "no entries": b"PK\3\4" + packed(),
    "the marks of Zip64": packed(TXT, start=0xFFFFFFFF),
    "an extra field of Zip64": packed(File(b"a.txt", listed={"extra": _extra(1, bytes(16))})),
    "an extra field with another name": packed(File(b"read me.txt", listed={"extra": _UNICODE_PATH})),
    "an extra field with words": packed(File(b"a.txt", listed={"extra": _extra(0x5455, b"evil" * 99)})),
    "an extra field that is cut off": packed(File(b"a.txt", listed={"extra": b"\x55\x54\xff"})),
    "a descriptor that differs": packed(File(b"a.txt", flags=8, descriptor=struct.pack("<4s3I", b"PK\7\x08", 1, 2, 3))),
    "no descriptor": packed(File(b"a.txt", flags=8, descriptor=b"")),
    "a stored entry that does not say its end": packed(File(b"a.txt", method=0, flags=8)),
    "the method of bzip2": packed(File(b"a.txt", method=12, data=b"BZh")),
    "the method of zstandard": packed(File(b"a.txt", method=93, data=b"x")),
    "a patch": packed(File(b"a.txt", flags=0x20)),
    "a link to a file": packed(File(b"a.txt", b"/etc/passwd", listed={"attributes": 0xA1FF0000})),
    "a device": packed(File(b"a.txt", listed={"attributes": 0x21FF0000})),
    "a hidden file": packed(File(b"a.txt", listed={"attributes": 0x02})),
    "a label of a disk": packed(File(b"a.txt", listed={"attributes": 0x08})),
    "another volume": packed(File(b"a.txt", listed={"disk": 1})),
    "half of it": packed(TXT)[:60],
}  # fmt: skip
NAMES = {
    "that climbs": b"../a.txt", "that climbs in the middle": b"a/../../a.txt",
    "from the root": b"/a.txt", "of a drive": b"C:a.txt", "with a backslash": b"..\\a.txt",
    "with an empty folder": b"a//b.txt", "of this folder": b"./a.txt",
    "of a device": b"con.txt", "with a NUL": b"a.exe\0.txt", "with a line end": b"a\n.txt",
    "with a blank at its end": b"a.txt ", "with a dot at its end": b"a.txt.",
    "with two endings": b"a.exe.txt", "with a colon": b"a.txt:evil", "in another charset": b"\x81.txt",
    "that is very deep": b"a/" * 20 + b"a.txt", "that is very long": b"a" * 300 + b".txt",
}  # fmt: skip
OTHERS = {
    "the same name twice": (packed(TXT, File(b"read me.txt", b"other")), "archive.name"),
    "names that differ in capitals": (packed(TXT, File(b"READ ME.txt", b"other")), "archive.name"),
    "a file that is a folder": (packed(TXT, File(b"read me.txt/a.txt")), "archive.name"),
    "a name in wrong UTF-8": (packed(File(b"\xff.txt", flags=0x800)), "archive.name"),
    "a name that runs backwards": (packed(File("a\u202etxt.txt".encode(), flags=0x800)), "archive.name"),
    "a name with nothing in it": (packed(File("a\u200b.txt".encode(), flags=0x800)), "archive.name"),
    "a password": (packed(File(b"a.txt", flags=1)), "archive.encrypted"),
    "a strong password": (packed(File(b"a.txt", flags=0x41)), "archive.encrypted"),
    "a password of AES": (packed(File(b"a.txt", method=99, flags=1, data=b"x")), "archive.encrypted"),
    "a masked directory": (packed(File(b"a.txt", flags=0x2000)), "archive.encrypted"),
    "a bomb": (_zipped(("a.txt", bytes(70_000_000))), "archive.limit"),
    "a bomb that lies": (packed(File(b"a.txt", local={"size": 9}, listed={"size": 9}, data=_deflated(bytes(9_000_000)))), "archive.structure"),
    "a small bomb": (_zipped(("a.txt", b" " * 5_000_000)), "archive.limit"),
    "a thousand entries": (_zipped(*((f"{n}.txt", b"x") for n in range(1000))), "archive.limit"),
    "a program": (_zipped(("a.exe", b"MZ")), "archive.member"),
    "a script": (_zipped(("a.js", b"alert(1)")), "archive.member"),
    "a page": (_zipped(("a.html", b"<p>You are infected")), "archive.member"),
    "a shortcut": (_zipped(("a.lnk", b"L")), "archive.member"),
    "a drawing": (_zipped(("a.svg", b"<svg/>")), "archive.member"),
    "an archive": (_zipped(("a.zip", _zipped(("a.txt", b"x")))), "archive.member"),
    "a document": (_zipped(("a.docx", _zipped(("a.txt", b"x")))), "archive.member"),
    "an invitation": (_zipped(("a.ics", b"BEGIN:VCALENDAR\r\n")), "archive.member"),
    "a message": (_zipped(("a.eml", b"From: a@evil.example\r\n\r\nYou are infected")), "archive.member"),
    "a file without an ending": (_zipped(("README", CARD)), "archive.member"),
    "nothing but an ending": (_zipped((".txt", CARD)), "archive.member"),
    "a program after a text": (_zipped(("a.txt", CARD), ("b.scr", b"MZ")), "archive.member"),
    "a PDF as a text": (_zipped(("a.txt", pdf(WORDS))), "archive.mismatch"),
    "a text as a PDF": (_zipped(("a.pdf", CARD)), "archive.mismatch"),
    "a page as a text": (_zipped(("a.txt", b"<html>You are infected")), "archive.mismatch"),
    "a program as a picture": (_zipped(("a.png", b"MZ" + bytes(90))), "archive.mismatch"),
    "a picture of another kind": (_zipped(("a.jpg", PNG)), "archive.mismatch"),
    "a picture with something after it": (_zipped(("a.png", PNG + b"evil")), "picture.trailing"),
    "a picture that is damaged": (_zipped(("a.png", PNG[:-20])), "picture.unreadable"),
    "a text in another charset": (_zipped(("a.txt", "Für".encode("latin-1"))), "archive.text"),
    "a text in UTF-16": (_zipped(("a.txt", "You".encode("utf-16"))), "archive.text"),
    "a text with an escape": (_zipped(("a.txt", b"\x1b[2J")), "archive.text"),
    "a text with nothing in it": (_zipped(("a.txt", "Bring\u200b it".encode())), "archive.text"),
    "a link in a text": (_zipped(("a.txt", _EVIL)), "link"),
    "a bare link in a text": (_zipped(("a.txt", b"Go to evil.example now")), "link"),
    "a link in a list": (_zipped(("a.csv", b"a;b\r\n1;" + _EVIL)), "link"),
    "a link in a PDF": (_zipped(("a.pdf", pdf(WORDS, content=b"BT /F 9 Tf 20 100 Td (https://evil.example/) Tj ET"))), "link"),
    "a link in a name": (_zipped(("evil.example now.txt", CARD)), "link"),
    "a link in a code": (_zipped(("a.png", saved(draw_code("https://evil.example/")))), "link"),
    "words in a code": (_zipped(("a.png", saved(draw_code("You are infected")))), "picture.code"),
    "a PDF that acts": (_zipped(("a.pdf", pdf(WORDS, catalogue=b"/OpenAction<</S/JavaScript/JS(1)>>"))), "document.active"),
    "a PDF with another file": (_zipped(("a.pdf", pdf(WORDS, b"<</Type/Filespec/F(a)>>"))), "document.embedded"),
}  # fmt: skip
SAYING = {
    "another text": (("letter.txt", b"You are infected"),),
    "another reference": (("letter.txt", WORDS.replace("1", "2").encode()),),
    "another name of the file": (("You are infected.txt", WORDS.encode()),),
    "one more file": (("letter.txt", WORDS.encode()), ("a.txt", b"You are infected")),
    "one more empty file": (("letter.txt", WORDS.encode()), ("You are infected.txt", b"")),
    "an empty folder with a name": (("letter.txt", WORDS.encode()), ("You are infected/", b"")),
    "a folder with a name": (("You are infected/letter.txt", WORDS.encode()),),
}
_TIMES = _extra(0x5455, b"\3" + bytes(8)) + _extra(0x7875, b"\1\4" + bytes(4) + b"\4" + bytes(4))
LEGITIMATE = {
    "a text": _zipped(("read me.txt", CARD)),
    "a text that is stored": packed(File(b"read me.txt", method=0)),
    "a list": _zipped(("list.csv", b"\xef\xbb\xbfname;date\r\nAisha;14 June 2021\r\n")),
    "a certificate": _zipped((f"certificate-{good.REFERENCE}.pdf", pdf(WORDS))),
    "pictures": _zipped(("map.png", PNG), ("map.jpg", saved(Image.linear_gradient("L"), "JPEG"))),
    "files in folders": _zipped(("2021/", b""), ("2021/read me.txt", CARD), ("2021/map.png", PNG)),
    "names in other letters": _zipped(("预约.txt", "您的预约".encode()), ("Für dich.txt", b"x")),
    "sizes after the data": _streamed(),
    "sizes after the data, without a mark": packed(File(b"a.txt", flags=8, descriptor=struct.pack("<3I", zlib.crc32(CARD), len(_deflated(CARD)), len(CARD)))),
    "times and owners": packed(File(b"a.txt", local={"extra": _TIMES}, listed={"extra": _TIMES, "attributes": 0x81A40000})),
    "an archive of Windows": packed(File(b"a.txt", listed={"attributes": 0x20})),
    "an archive of Java": packed(File(b"a.txt", local={"extra": _extra(0xCAFE, b"")}, listed={"extra": _extra(0xCAFE, b"")})),
    "an empty text": _zipped(("a.txt", b"")),
    "a link of ours": _zipped(("a.txt", b"https://health.example/ or health.example")),
    "a directory in another order": packed(File(b"b.txt"), File(b"a.txt")),
    "many short texts": _zipped(*((f"{n}.txt", b"x") for n in range(300))),
    "a code with our link": _zipped(("a.png", saved(draw_code("https://health.example/")))),
}  # fmt: skip


def samples() -> Iterator[Sample]:
    """Yield archives that a program could read differently, that hold too much, or say too much."""
    for name, content in STRUCTURE.items():
        because = "mime.content" if not content.startswith(b"PK\3\4") else "archive.structure"
        yield Sample(f"{FAMILY}/structure", name, papers(content, "zip"), because)
    for name, raw in NAMES.items():
        content = packed(File(raw))
        yield Sample(f"{FAMILY}/name", f"a name {name}", papers(content, "zip"), "archive.name")
    for name, (content, because) in OTHERS.items():
        yield Sample(f"{FAMILY}/inside", name, papers(content, "zip"), because)
    for name, files in SAYING.items():
        yield Sample(f"{FAMILY}/text", name, letter(_zipped(*files), "zip"), "attachment.text")
    for name, content in LEGITIMATE.items():
        yield Sample(FAMILY, name, papers(content, "zip"))
    yield Sample(
        FAMILY, "the text of the rule", letter(_zipped(("letter.txt", WORDS.encode())), "zip")
    )
    good_one = LEGITIMATE["a text"]
    yield Sample(
        FAMILY,
        "the type that Windows writes",
        papers(good_one, "zip", "application/x-zip-compressed"),
    )
    yield Sample(
        FAMILY, "a type that says nothing", papers(good_one, "zip", "application/octet-stream")
    )
    unlisted = with_file(good_one, "application/zip", "read me.zip")
    yield Sample(f"{FAMILY}/unlisted", "where no rule allows it", unlisted, "document.unread")
