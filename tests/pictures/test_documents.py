"""What a PDF shows is seen; what it could set off, hide or carry is a finding."""

from __future__ import annotations

import io
import zlib

import pytest
from PIL import Image

from filter.message import LinkKind
from filter.pictures.likeness import find_known
from filter.reading.look import DocumentLook
from filter.reading.sandbox import Sandbox
from filter.reasons import REASONS
from filter.ruleset import BankedImage
from tests.pictures.draw import draw_clinic, encoded
from tests.pictures.dresses import GEOMETRIC

Known = tuple[BankedImage, ...]


def _pdf(*objects: bytes, pages: int = 1, page: bytes = b"", content: bytes = b"") -> bytes:
    """Return a PDF: catalogue, pages, one content stream, a font, and objects from 10 on."""
    kids = b" ".join(b"%d 0 R" % (100 + n) for n in range(pages))
    parts = {
        1: b"<</Type/Catalog/Pages 2 0 R %CATALOG%>>",
        2: b"<</Type/Pages/Kids[" + kids + b"]/Count %d>>" % pages,
        3: b"<</Length %d>>stream\n" % len(content) + content + b"\nendstream",
        4: b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    }
    catalogue = b""
    for number, item in enumerate(objects, start=10):
        if item.startswith(b"CATALOG"):
            catalogue += item.removeprefix(b"CATALOG")
        else:
            parts[number] = item
    parts[1] = parts[1].replace(b"%CATALOG%", catalogue)
    for n in range(pages):
        parts[100 + n] = (
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 400 300]/Contents 3 0 R"
            b"/Resources<</Font<</F 4 0 R>>>>" + page + b">>"
        )
    return _assembled(parts)


def _assembled(parts: dict[int, bytes]) -> bytes:
    body, places = b"%PDF-1.7\n", {}
    for number, part in parts.items():
        places[number] = len(body)
        body += b"%d 0 obj\n" % number + part + b"\nendobj\n"
    table = b"xref\n0 1\n0000000000 65535 f \n"
    for number, place in sorted(places.items()):
        table += b"%d 1\n%010d 00000 n \n" % (number, place)
    size = max(parts) + 1
    end = b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (size, len(body))
    return body + table + end


def _text(words: bytes) -> bytes:
    return b"BT /F 18 Tf 20 200 Td (" + words + b") Tj ET"


def _look(sandbox: Sandbox, content: bytes) -> DocumentLook:
    return sandbox.look_at_document(content, "application/pdf", "part 4")


def _codes(look: DocumentLook) -> set[str]:
    assert all(finding.code in REASONS for finding in look.troubles)
    return {finding.code for finding in look.troubles}


def test_text_and_the_links_in_it_are_seen(sandbox: Sandbox) -> None:
    look = _look(
        sandbox, _pdf(content=_text(b"Result at https://health.example/r/1 or evil.example"))
    )

    assert look.troubles == ()
    assert "Result at https://health.example/r/1" in look.text
    assert [(link.url, link.kind, link.where) for link in look.links] == [
        ("https://health.example/r/1", LinkKind.DOCUMENT_TEXT, "part 4, page 1"),
        ("evil.example", LinkKind.DOCUMENT_TEXT, "part 4, page 1"),
    ]


def test_a_link_laid_over_the_page_is_seen(sandbox: Sandbox) -> None:
    action = b"<</S/URI/URI(https://evil.example/x\\)y)>>"
    annotation = b"/Annots[<</Type/Annot/Subtype/Link/Rect[0 0 99 99]/A " + action + b">>]"

    look = _look(sandbox, _pdf(page=annotation))

    assert look.troubles == ()
    assert {link.url for link in look.links} == {"https://evil.example/x)y"}


def test_a_link_behind_another_action_is_seen(sandbox: Sandbox) -> None:
    """PDFium shows the first action; a reader follows the next one as well."""
    action = b"<</S/URI/URI(https://health.example/)/Next<</S/URI/URI<68747470733A2F2F6576696C2E6578616D706C652F>>>>>"
    annotation = b"/Annots[<</Type/Annot/Subtype/Link/Rect[0 0 99 99]/A " + action + b">>]"

    look = _look(sandbox, _pdf(page=annotation))

    assert {link.url for link in look.links} == {"https://health.example/", "https://evil.example/"}


def test_a_link_in_an_object_stream_is_seen(sandbox: Sandbox) -> None:
    inner = b"20 0 <</S/URI/URI(https://evil.example/deep)>>"
    packed = zlib.compress(inner)
    stream = b"<</Type/ObjStm/N 1/First 5/Filter/FlateDecode/Length %d>>stream\n" % len(packed)

    look = _look(sandbox, _pdf(stream + packed + b"\nendstream"))

    assert {link.url for link in look.links} == {"https://evil.example/deep"}


def _with_picture(picture: Image.Image) -> bytes:
    target = io.BytesIO()
    picture.save(target, "PDF", resolution=72)
    return target.getvalue()


def test_the_prank_on_a_page_is_known(prank: Image.Image, sandbox: Sandbox, known: Known) -> None:
    look = _look(sandbox, _with_picture(prank))

    assert look.troubles == ()
    assert any(find_known(picture.appearance, known) for picture in look.pictures)
    assert all(picture.where == "part 4, page 1" for picture in look.pictures)


def test_the_prank_cut_into_strips_is_known_on_the_page(
    prank: Image.Image, sandbox: Sandbox, known: Known
) -> None:
    strips = {}
    drawing = b""
    for number in range(24):
        strip = prank.crop((0, number * 20, 640, number * 20 + 20))
        data = encoded(strip, "JPEG", quality=85)
        strips[10 + number] = (
            (
                b"<</Type/XObject/Subtype/Image/Width 640/Height 20/ColorSpace/DeviceRGB"
                b"/BitsPerComponent 8/Filter/DCTDecode/Length %d>>stream\n" % len(data)
            )
            + data
            + b"\nendstream"
        )
        drawing += b"q 640 0 0 20 0 %d cm /S%d Do Q\n" % (460 - number * 20, number)
    names = b"".join(b"/S%d %d 0 R" % (n, 10 + n) for n in range(24))
    parts = {
        1: b"<</Type/Catalog/Pages 2 0 R>>",
        2: b"<</Type/Pages/Kids[4 0 R]/Count 1>>",
        3: b"<</Length %d>>stream\n" % len(drawing) + drawing + b"endstream",
        4: b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 640 480]/Contents 3 0 R/Resources<</XObject<<"
        + names
        + b">>>>>>",
        **strips,
    }

    look = _look(sandbox, _assembled(parts))

    assert look.troubles == ()
    assert any(find_known(picture.appearance, known) for picture in look.pictures)


def test_an_innocent_document_is_not_known(sandbox: Sandbox, known: Known) -> None:
    for content in (
        _with_picture(draw_clinic()),
        _pdf(content=_text(b"Certificate of vaccination")),
    ):
        look = _look(sandbox, content)

        assert look.troubles == ()
        assert not any(find_known(picture.appearance, known) for picture in look.pictures)


def test_the_prank_inside_a_captioned_picture_on_a_page_is_known(
    prank: Image.Image, sandbox: Sandbox, known: Known
) -> None:
    look = _look(sandbox, _with_picture(GEOMETRIC["caption below"](prank)))

    assert any(find_known(picture.appearance, known) for picture in look.pictures)


def _object_stream(inner: bytes, how: bytes = b"/Filter/FlateDecode") -> bytes:
    packed = zlib.compress(inner) if b"Flate" in how else inner
    head = b"<</Type/ObjStm/N 1/First 5" + how + b"/Length %d>>stream\n" % len(packed)
    return head + packed + b"\nendstream"


BAD: dict[str, tuple[bytes, str]] = {
    "not a PDF": (b"GIF89a", "document.format"),
    "something before it": (b"\xef\xbb\xbf" + _pdf(), "document.format"),
    "nothing": (b"", "document.format"),
    "without an end": (_pdf().replace(b"%%EOF", b""), "document.unreadable"),
    "something after it": (_pdf() + b"PK\3\4 and an archive", "document.trailing"),
    "nothing but a head": (b"%PDF-1.7\n%%EOF", "document.unreadable"),
    "JavaScript at opening": (
        _pdf(b"CATALOG/OpenAction<</S/JavaScript/JS(app.alert(1))>>"),
        "document.active",
    ),
    "JavaScript, its name escaped": (
        _pdf(b"CATALOG/OpenAction<</S/J#61vaScript/JS(app.alert(1))>>"),
        "document.active",
    ),
    "JavaScript in an object stream": (
        _pdf(_object_stream(b"20 0 <</S/JavaScript/JS(app.alert(1))>>")),
        "document.active",
    ),
    "JavaScript in an object stream, plain": (
        _pdf(_object_stream(b"20 0 <</S/JavaScript/JS(app.alert(1))>>", b"")),
        "document.active",
    ),
    "an object stream in another encoding": (
        _pdf(_object_stream(b"32302030203c3c3e3e>", b"/Filter/ASCIIHexDecode")),
        "document.unreadable",
    ),
    "an object stream in two encodings": (
        _pdf(_object_stream(b"20 0 <<>>", b"/Filter[/ASCII85Decode/FlateDecode]")),
        "document.unreadable",
    ),
    "an object stream that swells": (
        _pdf(_object_stream(b"20 0 " + bytes(70_000_000))),
        "document.limit",
    ),
    "a program start": (_pdf(b"CATALOG/OpenAction<</S/Launch/F(cmd.exe)>>"), "document.active"),
    "a form that is sent": (_pdf(b"<</S/SubmitForm/F(https://evil.example)>>"), "document.active"),
    "a form": (
        _pdf(b"CATALOG/AcroForm<</Fields[11 0 R]>>", b"<</FT/Tx/T(pin)/Subtype/Widget>>"),
        "document.active",
    ),
    "a note on the page": (
        _pdf(page=b"/Annots[<</Type/Annot/Subtype/FreeText/Rect[0 0 99 99]/Contents(call me)>>]"),
        "document.active",
    ),
    "an embedded file": (
        _pdf(b"CATALOG/Names<</EmbeddedFiles<</Names[(a)11 0 R]>>>>", b"<</Type/Filespec/F(a)>>"),
        "document.embedded",
    ),
    "too many pages": (_pdf(pages=51), "document.limit"),
    "no pages": (_pdf(pages=0), "document.unreadable"),
}


@pytest.mark.parametrize(("content", "code"), BAD.values(), ids=BAD.keys())
def test_a_document_that_acts_or_hides_is_a_finding(
    content: bytes, code: str, sandbox: Sandbox
) -> None:
    look = _look(sandbox, content)

    assert code in _codes(look)
    assert all(finding.where == "part 4" for finding in look.troubles)


def test_opening_at_a_page_is_everyday(sandbox: Sandbox) -> None:
    look = _look(sandbox, _pdf(b"CATALOG/OpenAction[100 0 R/Fit]/PageMode/UseNone"))

    assert look.troubles == ()


def test_an_encrypted_document_is_a_finding(sandbox: Sandbox) -> None:
    content = _pdf(content=_text(b"secret")).replace(
        b"/Root 1 0 R",
        b"/Root 1 0 R/ID[<00><00>]/Encrypt<</Filter/Standard/V 1/R 2/Length 40/P -4/O<"
        + b"11" * 32
        + b">/U<"
        + b"22" * 32
        + b">>>",
    )

    assert _codes(_look(sandbox, content)) == {"document.encrypted"}


def test_damaged_documents_never_crash_the_look(sandbox: Sandbox) -> None:
    import random  # noqa: PLC0415 - only here

    source = _with_picture(draw_clinic().resize((160, 120)))
    for seed in range(60):
        rng = random.Random(seed)
        content = bytearray(source)
        for _ in range(rng.randint(1, 20)):
            place = rng.randrange(10, len(content))
            content[place : place + rng.randrange(0, 8)] = rng.randbytes(rng.randrange(0, 8))

        assert "document.crashed" not in _codes(_look(sandbox, bytes(content)))
