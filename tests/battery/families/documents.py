# ruff: noqa: E501 - a table of samples, one a line
"""PDFs: what they say where a rule tells it, and what they do, carry and hide."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO

from tests.battery import good
from tests.battery.attaching import CERTIFICATE, file_part, with_file
from tests.battery.pdf import pdf, stream
from tests.battery.sample import Sample

FAMILY = "documents"
WORDS = f"Certificate {good.REFERENCE} of {good.NAME}"


def _action(what: bytes) -> bytes:
    return b"/Annots[<</Type/Annot/Subtype/Link/Rect[0 0 99 99]/A<<" + what + b">>>>]"


def _uri(url: bytes) -> bytes:
    return _action(b"/S/URI/URI(" + url + b")")


def _packed(inner: bytes) -> bytes:
    return stream(b"/Type/ObjStm/N 1/First 5/Filter/FlateDecode", zlib.compress(b"20 0 " + inner))


def _zip() -> bytes:
    target = BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("evil.js", "alert(1)")
    return target.getvalue()


def _updated(addition: bytes) -> bytes:
    """Return a document with an incremental update (ISO 32000-1 section 7.5.6)."""
    first = pdf(WORDS)
    body = first + b"1 0 obj\n<</Type/Catalog/Pages 2 0 R" + addition + b">>\nendobj\n"
    before = first.rpartition(b"startxref\n")[2].split()[0]
    place = len(first)
    table = b"xref\n1 1\n%010d 00000 n \ntrailer\n<</Size 6/Root 1 0 R/Prev %s>>\n" % (
        place,
        before,
    )
    return body + table + b"startxref\n%d\n%%%%EOF\n" % len(body)


JS = b"<</S/JavaScript/JS(app.alert(1))>>"
ACTIVE = {
    "JavaScript at opening": pdf(WORDS, catalogue=b"/OpenAction" + JS),
    "JavaScript with its name escaped": pdf(
        WORDS, catalogue=b"/OpenAction<</S/J#61vaScript/JS(1)>>"
    ),
    "JavaScript with its name wholly escaped": pdf(
        WORDS, catalogue=b"/OpenAction<</S/#4a#61#76#61#53#63#72#69#70#74/JS(1)>>"
    ),
    "JavaScript in the name tree": pdf(
        WORDS, JS, catalogue=b"/Names<</JavaScript<</Names[(a)10 0 R]>>>>"
    ),
    "JavaScript when the document closes": pdf(WORDS, catalogue=b"/AA<</WC" + JS + b">>"),
    "JavaScript when the page opens": pdf(WORDS, page=b"/AA<</O" + JS + b">>"),
    "JavaScript at a click": pdf(WORDS, page=_action(b"/S/JavaScript/JS(1)")),
    "JavaScript after another action": pdf(WORDS, page=_action(b"/S/GoTo/D[5 0 R/Fit]/Next" + JS)),
    "JavaScript in an outline": pdf(
        WORDS,
        b"<</First 11 0 R/Last 11 0 R>>",
        b"<</Title(x)/Parent 10 0 R/A" + JS + b">>",
        catalogue=b"/Outlines 10 0 R",
    ),
    "JavaScript in an object stream": pdf(WORDS, _packed(JS)),
    "JavaScript in an update": _updated(b"/OpenAction" + JS),
    "JavaScript in a stream": pdf(
        WORDS, stream(b"", b"alert(1)"), catalogue=b"/OpenAction<</S/JavaScript/JS 10 0 R>>"
    ),
    "a program": pdf(WORDS, catalogue=b"/OpenAction<</S/Launch/F(cmd.exe)>>"),
    "a program at a click": pdf(WORDS, page=_action(b"/S/Launch/F(cmd.exe)")),
    "a form that is sent": pdf(WORDS, page=_action(b"/S/SubmitForm/F(https://evil.example)")),
    "a form that is filled": pdf(WORDS, page=_action(b"/S/ImportData/F(x.fdf)")),
    "another file": pdf(WORDS, page=_action(b"/S/GoToR/F(evil.pdf)/D[0/Fit]")),
    "an embedded file that opens": pdf(WORDS, page=_action(b"/S/GoToE/D[0/Fit]")),
    "a film": pdf(WORDS, page=_action(b"/S/Rendition/OP 0")),
    "rich media": pdf(WORDS, page=b"/Annots[<</Type/Annot/Subtype/RichMedia/Rect[0 0 9 9]>>]"),
    "a solid": pdf(WORDS, page=b"/Annots[<</Type/Annot/Subtype/3D/Rect[0 0 9 9]>>]"),
    "an old film": pdf(WORDS, page=b"/Annots[<</Type/Annot/Subtype/Movie/Rect[0 0 9 9]>>]"),
    "a sound": pdf(WORDS, page=b"/Annots[<</Type/Annot/Subtype/Sound/Rect[0 0 9 9]>>]"),
    "a screen": pdf(WORDS, page=b"/Annots[<</Type/Annot/Subtype/Screen/Rect[0 0 9 9]>>]"),
    "a note": pdf(WORDS, page=b"/Annots[<</Type/Annot/Subtype/Text/Rect[0 0 9 9]/Contents(x)>>]"),
    "words over the page": pdf(
        WORDS,
        page=b"/Annots[<</Type/Annot/Subtype/FreeText/Rect[0 0 99 99]/Contents(x)/DA(/F 9 Tf)>>]",
    ),
    "a stamp": pdf(WORDS, page=b"/Annots[<</Type/Annot/Subtype/Stamp/Rect[0 0 9 9]>>]"),
    "a form": pdf(
        WORDS,
        b"<</FT/Tx/T(pin)/Subtype/Widget/Rect[0 0 9 9]>>",
        catalogue=b"/AcroForm<</Fields[10 0 R]>>",
    ),
    "an XFA form": pdf(
        WORDS, stream(b"", b"<xdp/>"), catalogue=b"/AcroForm<</Fields[]/XFA 10 0 R>>"
    ),
}
EMBEDDED = {
    "an embedded file": pdf(
        WORDS,
        b"<</Type/Filespec/F(a)/EF<</F 11 0 R>>>>",
        stream(b"/Type/EmbeddedFile", b"MZ"),
        catalogue=b"/Names<</EmbeddedFiles<</Names[(a)10 0 R]>>>>",
    ),
    "an associated file": pdf(
        WORDS,
        b"<</Type/Filespec/F(a)/EF<</F 11 0 R>>>>",
        stream(b"/Type/EmbeddedFile", b"MZ"),
        catalogue=b"/AF[10 0 R]",
    ),
    "a portfolio": pdf(
        WORDS,
        b"<</Type/Filespec/F(a)/EF<</F 11 0 R>>>>",
        stream(b"/Type/EmbeddedFile", b"MZ"),
        catalogue=b"/Collection<</View/D>>/Names<</EmbeddedFiles<</Names[(a)10 0 R]>>>>",
    ),
    "a file as a remark": pdf(
        WORDS,
        b"<</Type/Filespec/F(a)>>",
        page=b"/Annots[<</Type/Annot/Subtype/FileAttachment/Rect[0 0 9 9]/FS 10 0 R>>]",
    ),
    "an embedded file, its name escaped": pdf(WORDS, stream(b"/Type/Embedded#46ile", b"MZ")),
    "an embedded file in an object stream": pdf(WORDS, _packed(b"<</Type/Filespec/F(a)>>")),
}
LINKS = {
    "over the page": pdf(WORDS, page=_uri(b"https://evil.example/")),
    "in hexadecimal": pdf(
        WORDS, page=_action(b"/S/URI/URI<68747470733A2F2F6576696C2E6578616D706C652F>")
    ),
    "with escapes": pdf(WORDS, page=_uri(b"https://\\145vil.example/")),
    "in the text": pdf(WORDS, content=b"BT /F 9 Tf 20 100 Td (https://evil.example/) Tj ET"),
    "in the text, bare": pdf(WORDS, content=b"BT /F 9 Tf 20 100 Td (evil.example) Tj ET"),
    "in the text, in pieces": pdf(
        WORDS, content=b"BT /F 9 Tf 20 100 Td [(https://ev)-1(il.example/)] TJ ET"
    ),
    "in an outline": pdf(
        WORDS,
        b"<</First 11 0 R/Last 11 0 R>>",
        b"<</Title(x)/Parent 10 0 R/A<</S/URI/URI(https://evil.example/)>>>>",
        catalogue=b"/Outlines 10 0 R",
    ),
    "at opening": pdf(WORDS, catalogue=b"/OpenAction<</S/URI/URI(https://evil.example/)>>"),
    "when the page opens": pdf(WORDS, page=b"/AA<</O<</S/URI/URI(https://evil.example/)>>>>"),
    "after another link": pdf(
        WORDS,
        page=_action(
            b"/S/URI/URI(https://health.example/)/Next<</S/URI/URI(https://evil.example/)>>"
        ),
    ),
    "in an object stream": pdf(WORDS, _packed(b"<</S/URI/URI(https://evil.example/)>>")),
    "in an update": _updated(b"/OpenAction<</S/URI/URI(https://evil.example/)>>"),
    "of ours without a scheme, over the page": pdf(WORDS, page=_uri(b"health.example")),
    "that runs": pdf(WORDS, page=_uri(b"javascript:alert(1)")),
    "to a file": pdf(WORDS, page=_uri(b"file:///etc/passwd")),
}
OTHERS = {
    "words before it": (b"GARBAGE" + pdf(WORDS), ""),
    "a picture before it": (b"GIF89a" + pdf(WORDS), ""),
    "a page before it": (b"<html><script>alert(1)</script>" + pdf(WORDS), ""),
    "a byte order mark before it": (b"\xef\xbb\xbf" + pdf(WORDS), ""),
    "an archive after it": (pdf(WORDS) + _zip(), "document.trailing"),
    "a script after it": (pdf(WORDS) + b"<script>alert(1)</script>", "document.trailing"),
    "a program after it": (pdf(WORDS) + b"MZ" + bytes(90), "document.trailing"),
    "no end": (pdf(WORDS).replace(b"%%EOF", b""), "document.unreadable"),
    "half of it": (pdf(WORDS)[: len(pdf(WORDS)) // 2], "document.unreadable"),
    "nothing but a head": (b"%PDF-1.7\n%%EOF", "document.unreadable"),
    "a password": (pdf(WORDS, trailer=b"/ID[<00><00>]/Encrypt<</Filter/Standard/V 1/R 2/Length 40/P -4/O<" + b"11" * 32 + b">/U<" + b"22" * 32 + b">>>"), "document.encrypted"),
    "too many pages": (pdf(WORDS, pages=60), "document.limit"),
    "an object stream that swells": (pdf(WORDS, _packed(bytes(70_000_000))), "document.limit"),
    "an object stream in another encoding": (pdf(WORDS, stream(b"/Type/ObjStm/N 1/First 5/Filter/ASCIIHexDecode", b"3230>")), "document.unreadable"),
    "an archive by that name": (_zip(), ""),
    "a page by that name": (b"<html>You are infected</html>", ""),
    "a program by that name": (b"MZ" + bytes(90), ""),
    "a picture by that name": (b"\x89PNG\r\n\x1a\n" + bytes(60), ""),
}  # fmt: skip
SAYING = {
    "another text": "You are infected",
    "another name": f"Certificate {good.REFERENCE} of Dr Evil",
    "another reference": f"Certificate KA-004712 of {good.NAME}",
    "a word more": WORDS + " INFECTED",
    "a word before": "FAKE " + WORDS,
    "nothing": "",
}
LEGITIMATE = {
    "plain": pdf(WORDS),
    "opened at a page": pdf(WORDS, catalogue=b"/OpenAction[5 0 R/Fit]"),
    "a link of ours": pdf(WORDS, page=_uri(b"https://health.example/")),
    "our number": pdf(WORDS, page=_uri(b"tel:+60388810200")),
    "our link in the text": pdf(WORDS, content=b"BT /F 9 Tf 20 100 Td (https://health.example/) Tj ET"),
    "our host in the text": pdf(WORDS, content=b"BT /F 9 Tf 20 100 Td (See health.example) Tj ET"),
    "our address in the text": pdf(WORDS, content=b"BT /F 9 Tf 20 100 Td (help@health.example) Tj ET"),
    "an outline within": pdf(WORDS, b"<</First 11 0 R/Last 11 0 R>>", b"<</Title(Page 1)/Parent 10 0 R/Dest[5 0 R/Fit]>>", catalogue=b"/Outlines 10 0 R"),
    "objects in a stream": pdf(WORDS, _packed(b"<</Type/ExtGState/CA 1>>")),
    "an update": _updated(b"/PageMode/UseNone"),
    "line ends after it": pdf(WORDS) + b"\r\n\r\n",
    "several pages": pdf(WORDS, pages=5),
    "metadata with a namespace": pdf(WORDS, stream(b"/Type/Metadata/Subtype/XML", b"<x xmlns='http://ns.adobe.com/pdf/1.3/'/>"), catalogue=b"/Metadata 10 0 R"),
    "the word JavaScript": pdf(WORDS + " JavaScript"),
}  # fmt: skip


def _certificate(content: bytes) -> bytes:
    text = good.part(f"Dear {good.NAME}, please find your certificate {good.REFERENCE} attached.\n")
    file = file_part(content, "application/pdf", CERTIFICATE)
    header = {"Subject": f"Certificate {good.REFERENCE}"}
    return good.multipart(text, file, kind="mixed", header=header)


def samples() -> Iterator[Sample]:
    """Yield certificates with something in them, and certificates that say something."""
    for because, documents in {
        "document.active": ACTIVE,
        "document.embedded": EMBEDDED,
        "link": LINKS,
    }.items():
        for name, content in documents.items():
            mail = with_file(content, "application/pdf", CERTIFICATE)
            yield Sample(f"{FAMILY}/{because}", name, mail, because)
    for name, (content, because) in OTHERS.items():
        mail = with_file(content, "application/pdf", CERTIFICATE)
        yield Sample(f"{FAMILY}/file", name, mail, because or "mime.content")
    for name, words in SAYING.items():
        yield Sample(f"{FAMILY}/text", name, _certificate(pdf(words)), "attachment.text")
    second = pdf(WORDS, content=b"BT /F 12 Tf 20 100 Td (You are infected) Tj ET")
    yield Sample(f"{FAMILY}/text", "a second line", _certificate(second), "attachment.text")
    unseen = pdf(WORDS, content=b"BT 3 Tr /F 12 Tf 20 100 Td (You are infected) Tj ET")
    yield Sample(f"{FAMILY}/text", "an invisible line", _certificate(unseen), "attachment.text")
    for name, content in LEGITIMATE.items():
        yield Sample(FAMILY, name, with_file(content, "application/pdf", CERTIFICATE))
    yield Sample(FAMILY, "the text of the rule", _certificate(pdf(WORDS)))
    yield Sample(FAMILY, "the other text of the rule", _certificate(pdf(WORDS + ", copy")))
    broken = pdf(
        f"Certificate {good.REFERENCE}",
        content=f"BT /F 12 Tf 20 180 Td (of {good.NAME}) Tj ET".encode(),
    )
    yield Sample(FAMILY, "the text of the rule on two lines", _certificate(broken))
