"""Wherever a picture can stand in a message, the dressed prank is known there, or the place holds.

Each message is a good one but for one thing, and goes the whole way through the inspection.
"""

from __future__ import annotations

import base64
import io
import struct
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import docx
import openpyxl  # type: ignore[import-untyped]  # has no stubs
import pptx
import pytest
from openpyxl.drawing.image import Image as SheetPicture  # type: ignore[import-untyped]
from PIL import Image

from filter.inspection import inspect
from filter.message import Channel, Client, Envelope, Transaction
from filter.reading.sandbox import Sandbox
from filter.reasons import REASONS
from filter.ruleset import BankedImage, RuleSet
from filter.settings import Inspection
from filter.verdict import Disposition, Verdict
from tests.battery import good
from tests.battery.attaching import file_part, with_parts
from tests.battery.judge import battery_rules
from tests.battery.officefiles import saved
from tests.battery.pdf import pdf, stream
from tests.pictures.draw import draw_prank, encoded
from tests.pictures.dresses import GEOMETRIC

DRESSED = GEOMETRIC["mirrored, cut, jpeg"](draw_prank())
JPEG, PNG = encoded(DRESSED, "JPEG", quality=70), encoded(DRESSED.quantize(64), "PNG")
URI = f"data:image/jpeg;base64,{base64.b64encode(JPEG).decode()}"
KNOWN = "image.known"
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
    f'width="400" height="300"><image width="400" height="300" xlink:href="{URI}"/></svg>'
)
SVG_URI = f"data:image/svg+xml;base64,{base64.b64encode(SVG.encode()).decode()}"


@pytest.fixture(scope="module")
def rules(known: tuple[BankedImage, ...]) -> RuleSet:
    return replace(battery_rules(), images=known)


def _judge(content: bytes, rules: RuleSet, sandbox: Sandbox) -> Verdict:
    envelope = Envelope("no-reply@health.example", ("anna@dest.example",))
    transaction = Transaction(
        "places",
        Channel.EMAIL,
        datetime(2026, 1, 1, tzinfo=UTC),
        Client(name="battery"),
        envelope,
        content,
    )
    return inspect(transaction, rules, sandbox, Inspection())


def _assert_held(verdict: Verdict, code: str) -> None:
    codes = {finding.code for finding in verdict.findings}
    assert verdict.disposition is Disposition.QUARANTINE
    assert code in codes
    assert codes <= set(REASONS)
    assert all(REASONS[one].remedy for one in codes)


def _html(body: str, head: str = "") -> bytes:
    return good.body_html(f"{good.APPOINTMENT_BODY}{body}", head)


def _related(picture: str) -> bytes:
    html = good.APPOINTMENT_HTML.replace("</body>", '<img src="cid:p@x" alt="">\n</body>')
    return good.multipart(good.part(html, "text/html; charset=utf-8"), picture, kind="related")


def _inline(content: bytes, media_type: str) -> str:
    encoded_lines = base64.encodebytes(content).decode()
    return (
        f"Content-Type: {media_type}\nContent-Transfer-Encoding: base64\n"
        f"Content-ID: <p@x>\nContent-Disposition: inline\n\n{encoded_lines}"
    )


IN_HTML: dict[str, tuple[bytes, str]] = {
    "data in src": (_html(f'<img src="{URI}" alt="">'), KNOWN),
    "data in srcset": (_html(f'<img src="{URI[:30]}" srcset="{URI} 2x" alt="">'), ""),
    "data in a background": (_html(f'<table background="{URI}"><tr><td></td></tr></table>'), KNOWN),
    "data in a cell's background": (
        _html(f'<table><tr><td background="{URI}">&nbsp;</td></tr></table>'),
        KNOWN,
    ),
    "data in the body's background": (
        good.appointment(good.APPOINTMENT_HTML.replace("<body>", f'<body background="{URI}">')),
        KNOWN,
    ),
    "a style attribute": (_html(f'<div style="background-image:url({URI})">&nbsp;</div>'), ""),
    "a quoted address in a style": (_html(f"<div style=\"background:url('{URI}')\"></div>"), ""),
    "a style sheet": (_html("", f"<style>p{{background:url({URI})}}</style>"), KNOWN),
    "a style sheet's quoted address": (
        _html("", f'<style>p{{background-image:url("{URI}")}}</style>'),
        KNOWN,
    ),
    "a style sheet's media rule": (
        _html("", f"<style>@media screen{{p{{background:url({URI})}}}}</style>"),
        KNOWN,
    ),
    "image-set": (_html("", f'<style>p{{background:image-set("{URI}" 1x)}}</style>'), ""),
    "content": (_html("", f"<style>p::before{{content:url({URI})}}</style>"), ""),
    "list-style-image": (_html("", f"<style>p{{list-style-image:url({URI})}}</style>"), ""),
    "list-style": (_html("", f"<style>p{{list-style:url({URI})}}</style>"), ""),
    "cursor": (_html("", f"<style>p{{cursor:url({URI}),auto}}</style>"), ""),
    "border-image": (_html("", f"<style>p{{border-image:url({URI}) 30}}</style>"), ""),
    "mask": (_html("", f"<style>p{{mask-image:url({URI})}}</style>"), ""),
    "a poster": (_html(f'<video poster="{URI}"></video>'), "html.element"),
    "an input": (_html(f'<input type="image" src="{URI}">'), "html.element"),
    "an object": (_html(f'<object data="{URI}"></object>'), "html.element"),
    "an embed": (_html(f'<embed src="{URI}">'), "html.element"),
    "a frame": (_html(f'<iframe src="{URI}"></iframe>'), "html.element"),
    "a source": (_html(f'<picture><source srcset="{URI}"><img alt=""></picture>'), "html.element"),
    "an icon": (_html("", f'<link rel="icon" href="{URI}">'), "html.element"),
    "a shortcut icon": (_html("", f'<link rel="shortcut icon" href="{URI}">'), "html.element"),
    "a drawing": (_html(SVG), "html.malformed"),
    "a small drawing": (_html("<svg><path d='M0 0h9'></path></svg>"), "html.element"),
    "a drawing's address": (_html(f'<img src="{SVG_URI}" alt="">'), "picture.format"),
    "a drawing in a style": (
        _html("", f"<style>p{{background:url({SVG_URI})}}</style>"),
        "picture.format",
    ),
    "MathML": (_html(f'<math><mglyph src="{URI}"/></math>'), "html.element"),
    "VML": (_html(f'<!--[if mso]><v:fill src="{URI}" type="frame"/><![endif]-->'), ""),
    "VML's imagedata": (
        _html(f'<!--[if mso]><v:shape><v:imagedata src="{URI}"/></v:shape><![endif]-->'),
        "",
    ),
    "for Outlook": (_html(f'<!--[if mso]><img src="{URI}" alt=""><![endif]-->'), ""),
    "not for Outlook": (_html(f'<!--[if !mso]><!--><img src="{URI}" alt=""><!--<![endif]-->'), ""),
    "data in percent": (
        _html(f'<img src="data:image/jpeg,{"".join(f"%{b:02x}" for b in JPEG[:3000])}" alt="">'),
        "html.data_uri",
    ),
    "data of no type": (
        _html(f'<img src="{URI.replace("image/jpeg", "")}" alt="">'),
        "html.data_uri",
    ),
    "data of another type": (
        _html(f'<img src="{URI.replace("image/jpeg", "text/plain")}" alt="">'),
        "html.data_uri",
    ),
}


@pytest.mark.parametrize(("content", "code"), IN_HTML.values(), ids=IN_HTML)
def test_the_prank_in_html_is_known_or_its_place_holds(
    content: bytes, code: str, rules: RuleSet, sandbox: Sandbox
) -> None:
    verdict = _judge(content, rules, sandbox)

    assert verdict.disposition is Disposition.QUARANTINE
    codes = {finding.code for finding in verdict.findings}
    if code:
        assert code in codes
    else:  # the place alone holds, or the look does: a reader may show it
        assert codes & {KNOWN, "html.css", "html.element", "html.data_uri", "html.conditional"}


def _file(content: bytes, media_type: str, name: str) -> bytes:
    return with_parts(file_part(content, media_type, name))


def _enclosed(inner: bytes) -> bytes:
    text = inner.decode("latin-1").replace("\r\n", "\n")
    return with_parts(f"Content-Type: message/rfc822\nContent-Disposition: attachment\n\n{text}")


AS_PARTS: dict[str, tuple[bytes, str]] = {
    "inline": (_related(_inline(JPEG, "image/jpeg")), KNOWN),
    "inline, of the wrong type": (_related(_inline(JPEG, "image/png")), KNOWN),
    "inline drawing": (_related(_inline(SVG.encode(), "image/svg+xml")), "mime.type_active"),
    "inline, of no type": (_related(_inline(JPEG, "application/octet-stream")), "html.cid"),
    "attached": (_file(JPEG, "image/jpeg", "map.jpg"), KNOWN),
    "attached PNG": (_file(PNG, "image/png", "map.png"), KNOWN),
    "attached, unspecific": (_file(JPEG, "application/octet-stream", "map.jpg"), KNOWN),
    "attached, unspecific, another name": (
        _file(JPEG, "application/octet-stream", "map.dat"),
        "document.unread",
    ),
    "attached as a text": (_file(JPEG, "text/plain", "map.txt"), "mime.content"),
    "attached as a PDF": (_file(JPEG, "application/pdf", "map.pdf"), "mime.content"),
    "attached as a drawing": (_file(SVG.encode(), "image/svg+xml", "map.svg"), "mime.type_active"),
    "a drawing as PNG": (_file(SVG.encode(), "image/png", "map.png"), "picture.format"),
    "a drawing as a text": (_file(SVG.encode(), "text/plain", "map.txt"), "attachment.type"),
    "a drawing, unspecific": (
        _file(SVG.encode(), "application/octet-stream", "map.svg"),
        "document.unread",
    ),
    "an icon": (
        _file(
            b"\0\0\1\0\1\0" + struct.pack("<BBBBHHII", 0, 0, 0, 0, 1, 32, len(PNG), 22) + PNG,
            "image/x-icon",
            "favicon.ico",
        ),
        "picture.format",
    ),
    "JPEG 2000": (_file(encoded(DRESSED, "JPEG2000"), "image/jp2", "map.jp2"), "picture.format"),
    "in an attached message": (_enclosed(_related(_inline(JPEG, "image/jpeg"))), KNOWN),
    "in HTML of an attached message": (_enclosed(_html(f'<img src="{URI}" alt="">')), KNOWN),
}


@pytest.mark.parametrize(("content", "code"), AS_PARTS.values(), ids=AS_PARTS)
def test_the_prank_as_a_part_is_known_or_held(
    content: bytes, code: str, rules: RuleSet, sandbox: Sandbox
) -> None:
    _assert_held(_judge(content, rules, sandbox), code)


HEADERS = {
    "Face": base64.b64encode(encoded(DRESSED.resize((48, 48)), "PNG")).decode()[:900],
    "X-Face": "#!",
    "X-Image-Url": "https://evil.example/x.png",
    "BIMI-Location": "v=BIMI1; l=https://evil.example/x.svg",
    "BIMI-Indicator": base64.b64encode(SVG.encode()).decode()[:900],
    "List-Archive": "<https://evil.example/x.png>",
    "List-Owner": "<https://evil.example/x.png>",
}


@pytest.mark.parametrize(("name", "value"), HEADERS.items(), ids=HEADERS)
def test_a_header_that_brings_a_picture_holds(
    name: str, value: str, rules: RuleSet, sandbox: Sandbox
) -> None:
    content = good.appointment(header={name: value})

    assert _judge(content, rules, sandbox).disposition is Disposition.QUARANTINE


# --- pictures in documents


def _page(draw: bytes, resources: bytes = b"", *objects: bytes) -> bytes:
    page = b"/Resources<</Font<</F 4 0 R>>" + resources + b">>" if resources else b""
    return pdf("Your certificate", *objects, content=draw, page=page)


def _pdf_of(picture: Image.Image) -> bytes:
    target = io.BytesIO()
    picture.save(target, "PDF")
    return target.getvalue()


_SIZE = (
    b"/Width %d/Height %d/ColorSpace/DeviceRGB/BitsPerComponent 8/Filter/DCTDecode" % DRESSED.size
)
_OBJECT = stream(b"/Type/XObject/Subtype/Image" + _SIZE, JPEG)
_INLINE = b"BI /W %d /H %d /CS /RGB /BPC 8 /F /DCT ID " % DRESSED.size + JPEG + b"\nEI"
_IMAGES = b"/XObject<</I 10 0 R>>"
_COVER = b" 1 g 0 0 400 300 re f"
_FORM = stream(
    b"/Type/XObject/Subtype/Form/BBox[0 0 400 300]/Resources<</XObject<</I 10 0 R>>>>",
    b"q 320 0 0 240 0 0 cm /I Do Q",
)
_PATTERN = stream(
    b"/Type/Pattern/PatternType 1/PaintType 1/TilingType 1/BBox[0 0 400 300]/XStep 400/YStep 300"
    b"/Resources<</XObject<</I 10 0 R>>>>",
    b"q 400 0 0 300 0 0 cm /I Do Q",
)
_SHOW = b"q 320 0 0 240 40 10 cm /I Do Q"


def _two_pages() -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (400, 300), "white").save(
        target, "PDF", save_all=True, append_images=[DRESSED]
    )
    return target.getvalue()


def _strips() -> bytes:
    """Eight strips that only together are a picture."""
    step = DRESSED.height // 8
    drawn, objects, names = b"", [], b""
    for number in range(8):
        strip = DRESSED.crop((0, number * step, DRESSED.width, number * step + step))
        size = b"/Width %d/Height %d" % strip.size
        rest = b"/ColorSpace/DeviceRGB/BitsPerComponent 8/Filter/DCTDecode"
        objects.append(stream(b"/Type/XObject/Subtype/Image" + size + rest, encoded(strip, "JPEG")))
        names += b"/I%d %d 0 R" % (number, 10 + number)
        drawn += b"q 400 0 0 37.5 0 %f cm /I%d Do Q " % (300 - 37.5 * (number + 1), number)
    return _page(drawn, b"/XObject<<" + names + b">>", *objects)


PDFS: dict[str, Callable[[], bytes]] = {
    "a page": lambda: _pdf_of(DRESSED),
    "a later page": _two_pages,
    "an object": lambda: _page(_SHOW, _IMAGES, _OBJECT),
    "an object under a white box": lambda: _page(_SHOW + _COVER, _IMAGES, _OBJECT),
    "an object off the page": lambda: _page(_SHOW.replace(b"40 10", b"900 900"), _IMAGES, _OBJECT),
    "an inline picture": lambda: _page(b"q 320 0 0 240 40 10 cm " + _INLINE + b" Q"),
    "an inline picture under a white box": lambda: _page(
        b"q 320 0 0 240 40 10 cm " + _INLINE + b" Q" + _COVER
    ),
    "a form": lambda: _page(b"/X Do", b"/XObject<</X 11 0 R>>", _OBJECT, _FORM),
    "a form under a white box": lambda: _page(
        b"/X Do" + _COVER, b"/XObject<</X 11 0 R>>", _OBJECT, _FORM
    ),
    "a pattern": lambda: _page(
        b"/Pattern cs /P scn 0 0 400 300 re f", b"/Pattern<</P 11 0 R>>", _OBJECT, _PATTERN
    ),
    "strips": _strips,
}


@pytest.mark.parametrize("make", PDFS.values(), ids=PDFS)
def test_the_prank_in_a_pdf_is_known(
    make: Callable[[], bytes], rules: RuleSet, sandbox: Sandbox
) -> None:
    content = _file(make(), "application/pdf", "certificate-KA-004711.pdf")

    _assert_held(_judge(content, rules, sandbox), KNOWN)


def test_the_prank_in_an_annotation_holds_as_an_annotation(
    rules: RuleSet, sandbox: Sandbox
) -> None:
    stamp = b"<</Type/Annot/Subtype/Stamp/Rect[0 0 400 300]/AP<</N 11 0 R>>>>"
    page = b"/Annots[12 0 R]"
    content = pdf("Your certificate", _OBJECT, _FORM, stamp, page=page)

    verdict = _judge(_file(content, "application/pdf", "map.pdf"), rules, sandbox)

    _assert_held(verdict, "document.active")


def _docx(picture: bytes) -> bytes:
    document = docx.Document()
    document.add_paragraph("Your certificate")
    document.add_picture(io.BytesIO(picture))
    return saved(document)


def _xlsx(picture: bytes) -> bytes:
    book = openpyxl.Workbook()
    book.active["A1"] = "Your certificate"
    book.active.add_image(SheetPicture(io.BytesIO(picture)), "B2")
    return saved(book)


def _pptx(picture: bytes) -> bytes:
    slides = pptx.Presentation()
    slide = slides.slides.add_slide(slides.slide_layouts[5])
    slide.shapes.add_picture(io.BytesIO(picture), 0, 0)
    return saved(slides)


def _with_part(office: bytes, name: str, content: bytes, ending: str, kind: str) -> bytes:
    """Put a file beside the others, whether anything shows it or not."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(office)) as source, zipfile.ZipFile(target, "w") as changed:
        for entry in source.namelist():
            part = source.read(entry)
            if entry == "[Content_Types].xml":
                new = f'<Default Extension="{ending}" ContentType="{kind}"/></Types>'.encode()
                part = part.replace(b"</Types>", new)
            changed.writestr(entry, part)
        changed.writestr(name, content)
    return target.getvalue()


_OFFICE = "application/vnd.openxmlformats-officedocument."
_DOCX = f"{_OFFICE}wordprocessingml.document"
OFFICE: dict[str, tuple[Callable[[], bytes], str, str, str]] = {
    "Word": (lambda: _docx(JPEG), _DOCX, "a.docx", KNOWN),
    "Excel": (lambda: _xlsx(JPEG), f"{_OFFICE}spreadsheetml.sheet", "a.xlsx", KNOWN),
    "PowerPoint": (lambda: _pptx(PNG), f"{_OFFICE}presentationml.presentation", "a.pptx", KNOWN),
    "Word, shown by nothing": (
        lambda: _with_part(_docx(encoded(Image.new("L", (40, 40)), "PNG")), "word/media/x.jpg",
                           JPEG, "jpg", "image/jpeg"),
        _DOCX, "a.docx", KNOWN,
    ),
    "Word, a metafile": (
        lambda: _with_part(_docx(JPEG), "word/media/x.emf",
                           b"\1\0\0\0" + bytes(40) + b" EMF" + bytes(60), "emf", "image/x-emf"),
        _DOCX, "a.docx", "picture.format",
    ),
    "Word, a drawing": (
        lambda: _with_part(_docx(JPEG), "word/media/x.svg", SVG.encode(), "svg", "image/svg+xml"),
        _DOCX, "a.docx", "picture.format",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("make", "kind", "name", "code"), OFFICE.values(), ids=OFFICE)
def test_the_prank_in_an_office_file_is_known_or_held(  # noqa: PLR0917 - the table's columns
    make: Callable[[], bytes], kind: str, name: str, code: str, rules: RuleSet, sandbox: Sandbox
) -> None:
    _assert_held(_judge(_file(make(), kind, name), rules, sandbox), code)


def _zipped(**files: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in files.items():
            archive.writestr(name.replace("_", "."), content)
    return target.getvalue()


ARCHIVES: dict[str, tuple[Callable[[], bytes], str]] = {
    "a picture": (lambda: _zipped(map_jpg=JPEG), KNOWN),
    "a picture in a PDF": (lambda: _zipped(map_pdf=_pdf_of(DRESSED)), KNOWN),
    "a drawing": (lambda: _zipped(map_svg=SVG.encode()), "archive.member"),
    "an archive": (lambda: _zipped(map_zip=_zipped(map_jpg=JPEG)), "archive.member"),
}


@pytest.mark.parametrize(("make", "code"), ARCHIVES.values(), ids=ARCHIVES)
def test_the_prank_in_an_archive_is_known_or_held(
    make: Callable[[], bytes], code: str, rules: RuleSet, sandbox: Sandbox
) -> None:
    _assert_held(_judge(_file(make(), "application/zip", "files.zip"), rules, sandbox), code)
