"""What would a reader of this PDF see, and what could they follow or set off?

Runs only in the child process. pypdfium2 has its door here. PDFium shows what is on the pages; what
lies beside them (actions, embedded files) is looked for in the file's own words as well, because
PDFium has no list of all objects.
"""

from __future__ import annotations

import ctypes
import hashlib
import re
import zlib
from collections.abc import Iterator
from dataclasses import replace

import pypdfium2 as pdfium  # type: ignore[import-untyped]  # it has no stubs
import pypdfium2.raw as pdfium_c  # type: ignore[import-untyped]  # it has no stubs
from PIL import Image

from filter.pictures.codes import MAX_CODES, read_codes
from filter.pictures.looking import look_at_image
from filter.pictures.rendering import render_image
from filter.pictures.rendition import Rendition, Wanted
from filter.reading.gathered import MAX_LINKS, MAX_PICTURES, MAX_TEXT, Stop
from filter.reading.links import find_links
from filter.reading.wire import Reply, SeenCode, SeenLink, SeenPicture

MAX_PAGES = 50
MAX_OBJECT_STREAM_BYTES = 64 * 1024 * 1024  # of all object streams together, inflated
_RENDERED_PIXELS = 512  # longest side of a page when it is looked at as a picture
# A code of 2 cm with 40 modules a side has four pixels a module at 200 dots an inch.
_CODE_SCALE = 200 / 72
# Such a page takes half a second: with half as many dots codes are looked for in many pages, and
# where nothing is drawn but letters (a font may draw a code, too).
_MANY_PAGES = 20
_CODE_SCALE_OF_MANY = 100 / 72
_CODE_PIXELS = 3_000  # longest side of a page when codes are looked for
_MAX_URI_BYTES = 65_536
_Trouble = tuple[str, str]


def look_at(content: bytes, max_pixels: int) -> Reply:
    """Return the text, links and pictures of the document, and what speaks against it."""
    seen = _Seen(max_pixels)
    try:
        seen.troubles += _outside(content)
        seen.troubles += _forbidden(content, seen)
        document = _opened(content)
        try:
            seen.read(document)
        finally:
            document.close()
    except Stop as exc:
        seen.troubles.append((exc.code, str(exc)))
    except MemoryError:
        raise
    except Exception as exc:  # noqa: BLE001 - whatever PDFium raises, the document is unreadable
        seen.troubles.append(("document.unreadable", f"the reader gave up: {type(exc).__name__}"))
    return seen.reply()


def render(content: bytes, wanted: Wanted, max_pixels: int) -> Rendition | None:
    """Return the picture whose digest look_at gave, a page as a whole among them.

    When it is not found: the page where it was seen, or None when that is not known either.
    Raises Stop, and what PDFium raises.
    """
    document = _opened(content)
    try:
        pages = min(len(document), MAX_PAGES)
        is_known = 0 < wanted.place <= pages
        for number in (wanted.place,) if is_known else range(1, pages + 1):
            page = document.get_page(number - 1)
            try:
                found = _find_on_page(page, wanted, max_pixels)
                if found is None and is_known:
                    found = replace(_render_page(page, wanted), is_whole_page=True)
            finally:
                page.close()
            if found is not None:
                return found
    finally:
        document.close()
    return None


def _find_on_page(page: pdfium.PdfPage, wanted: Wanted, max_pixels: int) -> Rendition | None:
    for image in page.get_objects(filter=[pdfium_c.FPDF_PAGEOBJ_IMAGE]):
        width, height = image.get_px_size()
        if width * height > max_pixels or _digest_of(image) != wanted.digest:
            continue
        bitmap = image.get_bitmap()
        try:
            shown = bitmap.to_pil()
            return render_image(shown, wanted, shown)
        finally:
            bitmap.close()
    page_picture = _draw(page, _RENDERED_PIXELS, grayscale=True)
    if page_picture is not None and _digest_of_page(page_picture) == wanted.digest:
        return _render_page(page, wanted)
    return None


def _render_page(page: pdfium.PdfPage, wanted: Wanted) -> Rendition:
    shown = _draw(page, wanted.longest_side, grayscale=False)
    looked_at = _draw(page, _RENDERED_PIXELS, grayscale=True)
    if shown is None or looked_at is None:
        return Rendition(trouble="the page has no size")
    return render_image(shown, wanted, looked_at)


def _draw(page: pdfium.PdfPage, longest_side: int, *, grayscale: bool) -> Image.Image | None:
    longest = max(page.get_size())
    if longest <= 0:
        return None
    bitmap = page.render(scale=longest_side / longest, grayscale=grayscale)
    try:
        drawn: Image.Image = bitmap.to_pil().copy()  # the bitmap's memory is about to go
    finally:
        bitmap.close()
    return drawn


def _digest_of(image: pdfium.PdfImage) -> str:
    return hashlib.sha256(bytes(image.get_data())).hexdigest()


def _digest_of_page(image: Image.Image) -> str:
    return hashlib.sha256(image.tobytes()).hexdigest()


def _outside(content: bytes) -> Iterator[_Trouble]:
    """Judge what stands before and after the document (ISO 32000-1 7.5.2 and 7.5.5)."""
    if not content.startswith(b"%PDF-"):
        raise Stop("document.format", "it does not begin as a PDF")
    body, marker, rest = content.rpartition(b"%%EOF")
    if not marker or not body:
        raise Stop("document.unreadable", "the PDF has no end marker")
    if rest.strip(b"\0\r\n\t "):
        yield "document.trailing", f"{len(rest)} bytes follow the end of the PDF"


# Names of actions and contents that do something when the document is opened or clicked on.
# /OpenAction itself is everyday: it says at which page to open.
_FORBIDDEN = {
    b"JavaScript": ("document.active", "JavaScript"),
    b"Launch": ("document.active", "an action that starts a program"),
    b"SubmitForm": ("document.active", "an action that sends a form"),
    b"ImportData": ("document.active", "an action that imports data"),
    b"GoToR": ("document.active", "an action that opens another file"),
    b"GoToE": ("document.active", "an action that opens an embedded file"),
    b"Rendition": ("document.active", "media that play"),
    b"RichMedia": ("document.active", "media that play"),
    b"XFA": ("document.active", "an XFA form"),
    b"EmbeddedFile": ("document.embedded", "an embedded file"),
    b"EmbeddedFiles": ("document.embedded", "embedded files"),
    b"Filespec": ("document.embedded", "a reference to another file"),
}
_NAME = re.compile(rb"/(" + rb"|".join(_FORBIDDEN) + rb")(?![A-Za-z0-9_.-])")
_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
_URI = re.compile(rb"/URI\s*(\((?:\\.|[^\\()])*\)|<[0-9A-Fa-f\s]*>)", re.DOTALL)


def _forbidden(content: bytes, seen: _Seen) -> Iterator[_Trouble]:
    """Yield what the file names outside and inside of its object streams, and note its links."""
    found: dict[_Trouble, None] = {}
    for part in (content, *_object_streams(content)):
        plain = _ESCAPE.sub(lambda match: bytes.fromhex(match[1].decode()), part)
        for match in _NAME.finditer(plain):
            found[_FORBIDDEN[match[1]]] = None
        for match in _URI.finditer(part):
            seen.add_link(_string(match[1]), 0)
    return iter([(code, f"the PDF holds {what}") for code, what in found])


_OBJECT_STREAM = re.compile(
    rb"<<(?P<dictionary>(?:[^<>]|<[^<>]*>|<<(?:[^<>]|<[^<>]*>)*>>)*?/ObjStm(?:[^<>]|<[^<>]*>"
    rb"|<<(?:[^<>]|<[^<>]*>)*>>)*)>>\s*stream\r?\n"
)


def _object_streams(content: bytes) -> Iterator[bytes]:
    """Yield the inflated object streams: dictionaries may hide in them from a plain search."""
    left = MAX_OBJECT_STREAM_BYTES
    streams = list(_OBJECT_STREAM.finditer(content))
    if len(streams) != len(re.findall(rb"/ObjStm(?![A-Za-z])", content)):
        raise Stop("document.unreadable", "an object stream cannot be found")
    for match in streams:
        dictionary = match["dictionary"]
        filters = re.search(rb"/Filter\s*(/\w+|\[[^\]]*\])", dictionary)
        body = content[match.end() :]
        if filters is None:
            yield body[: max(body.find(b"endstream"), 0)]
            continue
        if filters[1].strip(b"[] \r\n\t") != b"/FlateDecode" or b"/Predictor" in dictionary:
            raise Stop("document.unreadable", "an object stream has an unusual encoding")
        inflater = zlib.decompressobj()
        try:
            inflated = inflater.decompress(body, left)
        except zlib.error:
            raise Stop("document.unreadable", "an object stream cannot be inflated") from None
        left -= len(inflated)
        if left <= 0 or inflater.unconsumed_tail:
            raise Stop("document.limit", "object streams inflate to more than 64 MiB")
        yield inflated


def _string(written: bytes) -> str:
    """Return a PDF string (ISO 32000-1 7.3.4) as text."""
    if written.startswith(b"<"):
        digits = bytes(c for c in written if c in b"0123456789ABCDEFabcdef")
        return bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode()).decode("latin-1")
    plain = re.sub(rb"\\([0-7]{1,3}|\r?\n|.)", _unescaped, written[1:-1], flags=re.DOTALL)
    return plain.decode("latin-1")


def _unescaped(match: re.Match[bytes]) -> bytes:
    what = match[1]
    if what[:1].isdigit():
        return bytes([int(what, 8) & 0xFF])
    return {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"\n": b"", b"\r\n": b""}.get(what, what)


def _opened(content: bytes) -> pdfium.PdfDocument:
    try:
        document = pdfium.PdfDocument(content)
    except pdfium.PdfiumError as exc:
        if "assword" in str(exc):
            raise Stop("document.encrypted", "the PDF opens only with a password") from None
        raise Stop("document.unreadable", "PDFium cannot open it") from None
    if pdfium_c.FPDF_GetSecurityHandlerRevision(document) != -1:
        document.close()
        raise Stop("document.encrypted", "the PDF is encrypted")
    return document


class _Seen:
    """What has been seen so far; every list has its limit."""

    def __init__(self, max_pixels: int) -> None:
        self.troubles: list[_Trouble] = []
        self._max_pixels = max_pixels
        self._texts: list[str] = []
        self._links: dict[SeenLink, None] = {}
        self._pictures: list[SeenPicture] = []
        self._codes: dict[SeenCode, None] = {}

    def reply(self) -> Reply:
        troubles = dict.fromkeys(self.troubles)
        text = "\n".join(self._texts)
        return Reply(
            troubles=tuple(troubles),
            pictures=tuple(self._pictures),
            text=text,
            links=tuple(self._links),
            codes=tuple(self._codes),
        )

    def read(self, document: pdfium.PdfDocument) -> None:
        """Look at every page."""
        if document.count_attachments():
            self.troubles.append(("document.embedded", "the PDF holds embedded files"))
        if document.get_formtype() != pdfium_c.FORMTYPE_NONE:
            self.troubles.append(("document.active", "the PDF holds a form"))
        if pdfium_c.FPDFDoc_GetJavaScriptActionCount(document):
            self.troubles.append(("document.active", "the PDF holds JavaScript"))
        pages = len(document)
        if not 0 < pages <= MAX_PAGES:
            raise Stop("document.limit", f"{pages} pages; the limit is {MAX_PAGES}")
        for number in range(1, pages + 1):
            page = document.get_page(number - 1)
            try:
                self._read_page(document, page, number, pages)
            finally:
                page.close()

    def add_link(self, url: str, page: int, *, is_bare: bool = False) -> None:
        """Note a link once; ``is_bare``: found in the text. Raises Stop past the limit."""
        if any(link.url == url and link.is_bare == is_bare for link in self._links):
            return
        if len(self._links) >= MAX_LINKS or len(url) > _MAX_URI_BYTES:
            raise Stop("document.limit", f"more than {MAX_LINKS} links")
        self._links[SeenLink(url, page, is_bare)] = None

    def _read_page(
        self, document: pdfium.PdfDocument, page: pdfium.PdfPage, number: int, pages: int
    ) -> None:
        self._read_text(page, number)
        for uri in _link_annotations(document, page):
            self.add_link(uri, number)
        self.troubles += _other_annotations(page, number)
        for image in page.get_objects(filter=[pdfium_c.FPDF_PAGEOBJ_IMAGE]):
            if isinstance(image, pdfium.PdfImage):
                self._read_picture(image, number)
        self._render(page, number, _code_scale(page, pages))

    def _read_text(self, page: pdfium.PdfPage, number: int) -> None:
        text_page = page.get_textpage()
        try:
            text = str(text_page.get_text_range())
        finally:
            text_page.close()
        self._texts.append(text)
        if sum(map(len, self._texts)) > MAX_TEXT:
            raise Stop("document.limit", f"more than {MAX_TEXT} characters of text")
        for link in find_links(text, ""):
            self.add_link(link.url, number, is_bare=True)

    def _read_picture(self, image: pdfium.PdfImage, number: int) -> None:
        width, height = image.get_px_size()
        if width * height > self._max_pixels:
            raise Stop("document.limit", f"page {number} holds {width} x {height} pixels")
        digest = _digest_of(image)
        if any(picture.digest == digest for picture in self._pictures):
            return
        bitmap = image.get_bitmap()
        try:
            shown = bitmap.to_pil()
            views = look_at_image(shown)
            self._add_codes(_opaque(shown), number)
        finally:
            bitmap.close()
        self._add_picture(SeenPicture(width, height, views, number, digest, "image/unknown"))

    def _render(self, page: pdfium.PdfPage, number: int, code_scale: float) -> None:
        """Look at the page as a whole: drawings, strips, and pictures that only together show."""
        longest = max(page.get_size())
        if longest <= 0:
            return
        bitmap = page.render(scale=_RENDERED_PIXELS / longest, grayscale=True)
        try:
            image = bitmap.to_pil()
            views = look_at_image(image)
            digest = _digest_of_page(image)
        finally:
            bitmap.close()
        scale = min(code_scale, _CODE_PIXELS / longest)
        larger = page.render(scale=scale)
        try:
            self._add_codes(larger.to_pil(), number)
        finally:
            larger.close()
        width, height = (round(side) for side in page.get_size())
        self._add_picture(SeenPicture(width, height, views, number, digest, "image/page"))

    def _add_codes(self, image: Image.Image, number: int) -> None:
        for text in read_codes(image):
            self._codes[SeenCode(text, number)] = None
        if len(self._codes) > MAX_CODES:
            raise Stop("document.limit", f"more than {MAX_CODES} codes")

    def _add_picture(self, picture: SeenPicture) -> None:
        if len(self._pictures) >= MAX_PICTURES:
            raise Stop("document.limit", f"more than {MAX_PICTURES} pictures")
        self._pictures.append(picture)


def _code_scale(page: pdfium.PdfPage, pages: int) -> float:
    """Return how large a page is drawn when codes are looked for."""
    kinds = (
        pdfium_c.FPDFPageObj_GetType(pdfium_c.FPDFPage_GetObject(page, index))
        for index in range(pdfium_c.FPDFPage_CountObjects(page))
    )
    if pages > _MANY_PAGES or all(kind == pdfium_c.FPDF_PAGEOBJ_TEXT for kind in kinds):
        return _CODE_SCALE_OF_MANY
    return _CODE_SCALE


def _opaque(image: Image.Image) -> Image.Image:
    """A picture on a page may be transparent; on what ground it stands the rendered page shows."""
    return image.convert("RGB") if image.has_transparency_data else image


def _link_annotations(document: pdfium.PdfDocument, page: pdfium.PdfPage) -> Iterator[str]:
    position = ctypes.c_int(0)
    link = pdfium_c.FPDF_LINK()
    while pdfium_c.FPDFLink_Enumerate(page, position, link):
        action = pdfium_c.FPDFLink_GetAction(link)
        if not action:
            continue
        kind = pdfium_c.FPDFAction_GetType(action)
        if kind == pdfium_c.PDFACTION_URI:
            yield _uri_of(document, action)
        elif kind != pdfium_c.PDFACTION_GOTO:
            raise Stop("document.active", "a link does something else than open a page")


def _uri_of(document: pdfium.PdfDocument, action: object) -> str:
    size = pdfium_c.FPDFAction_GetURIPath(document, action, None, 0)
    if size > _MAX_URI_BYTES:
        raise Stop("document.limit", "a link is too long")
    uri = ctypes.create_string_buffer(size)
    pdfium_c.FPDFAction_GetURIPath(document, action, uri, size)
    return uri.raw[: max(size - 1, 0)].decode("utf-8", "replace")


def _other_annotations(page: pdfium.PdfPage, number: int) -> Iterator[_Trouble]:
    """Yield what is laid over the page and is not a link: its text is not in the page's text."""
    for index in range(pdfium_c.FPDFPage_GetAnnotCount(page)):
        annotation = pdfium_c.FPDFPage_GetAnnot(page, index)
        kind = pdfium_c.FPDFAnnot_GetSubtype(annotation)
        pdfium_c.FPDFPage_CloseAnnot(annotation)
        if kind != pdfium_c.FPDF_ANNOT_LINK:
            yield "document.active", f"page {number} holds an annotation of kind {kind}"
