"""What would a reader of this Office file see, and what could they follow or set off?

Word, Excel and PowerPoint files of the Open XML kind (ECMA-376). Runs only in the child process.
A file is a ZIP archive of parts, each with a content type and relationships; both are held to
lists, because there are too many kinds of parts that act, load or hide to name them all.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass

from lxml import etree  # type: ignore[import-untyped]  # has no stubs

from filter.reading.gathered import Gathered, Stop, gather
from filter.reading.officesheets import read_workbook
from filter.reading.officetext import check_elements, read_paragraphs
from filter.reading.sniff import SHEETS, SLIDES, WORD
from filter.reading.wire import Reply
from filter.reading.zipfiles import read_entries

_OD = "application/vnd.openxmlformats-officedocument."
_PACKAGE = "application/vnd.openxmlformats-package."
_RELATIONS = f"{_PACKAGE}relationships+xml"
_TYPES = "{http://schemas.openxmlformats.org/package/2006/content-types}"
_LINKS = "{http://schemas.openxmlformats.org/package/2006/relationships}"
MAIN = {
    WORD: f"{_OD}wordprocessingml.document.main+xml",
    SHEETS: f"{_OD}spreadsheetml.sheet.main+xml",
    SLIDES: f"{_OD}presentationml.presentation.main+xml",
}
# Parts with paragraphs that readers see, in the order in which they are read.
_PARAGRAPHS = tuple(
    f"{_OD}{name}+xml"
    for name in (
        "wordprocessingml.document.main", "wordprocessingml.header", "wordprocessingml.footer",
        "wordprocessingml.footnotes", "wordprocessingml.endnotes", "presentationml.slide",
        "drawing", "presentationml.notesSlide",
    )
)  # fmt: skip
# Their placeholders say what to type where; only their other shapes are shown.
_PATTERNS = tuple(
    f"{_OD}presentationml.{name}+xml"
    for name in ("slideMaster", "slideLayout", "notesMaster", "handoutMaster")
)
_SILENT = frozenset(
    f"{_OD}{name}"
    for name in (
        "extended-properties+xml", "custom-properties+xml", "theme+xml",
        "customXmlProperties+xml", "wordprocessingml.styles+xml",
        "wordprocessingml.settings+xml", "wordprocessingml.webSettings+xml",
        "wordprocessingml.fontTable+xml", "wordprocessingml.numbering+xml",
        "spreadsheetml.worksheet+xml", "spreadsheetml.styles+xml",
        "spreadsheetml.sharedStrings+xml", "spreadsheetml.calcChain+xml",
        "spreadsheetml.table+xml", "presentationml.presProps+xml",
        "presentationml.viewProps+xml", "presentationml.tableStyles+xml",
    )
) | frozenset({
    f"{_PACKAGE}core-properties+xml", _RELATIONS, *MAIN.values(),
    "application/vnd.ms-word.stylesWithEffects+xml",
    "application/vnd.ms-office.classificationlabels+xml",
})  # fmt: skip
_PRINTER = re.compile(
    re.escape(_OD) + r"(?:spreadsheet|presentation|wordprocessing)ml.printerSettings"
)
_MAX_PRINTER_BYTES = 64 * 1024
_PICTURES = re.compile(r"image/[a-z0-9.+-]+")

_RELATION = re.compile(
    r"http://(?:schemas\.openxmlformats\.org/(?:officeDocument|package)"
    r"|purl\.oclc\.org/ooxml/officeDocument|schemas\.microsoft\.com/office)"
    r"/[a-z0-9/-]*?relationships/(?:metadata/)?([A-Za-z-]+(?:/[A-Za-z]+)?)"
)
_KNOWN_RELATIONS = frozenset({
    "officeDocument", "core-properties", "extended-properties", "extendedProperties",
    "custom-properties", "customProperties", "thumbnail", "styles", "stylesWithEffects",
    "settings", "webSettings", "fontTable", "numbering", "theme", "header", "footer", "footnotes",
    "endnotes", "image", "hyperlink", "customXml", "customXmlProps", "worksheet", "sharedStrings",
    "calcChain", "drawing", "table", "printerSettings", "slide", "slideLayout", "slideMaster",
    "notesSlide", "notesMaster", "handoutMaster", "presProps", "viewProps", "tableStyles",
    "classificationlabels",
})  # fmt: skip
# Why others are refused: a word in the content type or relationship, its code, what it is.
_REFUSED = (
    (("vba", "macro", "activex", "control", "ctrlprop", "extensibility", "keymap", "toolbar",
      "ribbon", "intl", "webextension", "audio", "video", "media"),
     "document.active", "a macro, a control or media"),
    (("oleobject", "package", "afchunk", "subdocument", "embed", "font"),
     "document.embedded", "another file inside"),
    (("template", "external", "connections", "querytable", "frame", "mailmerge", "linked", "model",
      "recipientdata"),
     "document.external", "content from elsewhere"),
    (("comment", "people", "person", "revision", "userNames"),
     "document.changes", "remarks or changes"),
)  # fmt: skip
_PARSER_OPTIONS = {
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "huge_tree": False,
    "recover": False,
}


@dataclass(frozen=True, slots=True)
class _Relation:
    kind: str
    target: str  # the name of a part; "" for a link to elsewhere


def look_at(content: bytes, media_type: str, max_pixels: int) -> Reply:
    """Return text, links and pictures of an Office file, and what speaks against it."""
    return gather(
        "document",
        max_pixels,
        lambda seen: _Package(content, seen).read(media_type),
        unreadable="document.unreadable",
    )


class _Package:
    """The parts of one file, by name without the first slash."""

    def __init__(self, content: bytes, seen: Gathered) -> None:
        self._seen = seen
        self._parts = {
            entry.name: entry.content
            for entry in read_entries(content)
            if not entry.name.endswith("/")
        }
        self._trees: dict[str, etree._Element] = {}
        self._types = self._read_types()
        self._relations = {
            name: self._read_relations(name)
            for name, kind in self._types.items()
            if kind == _RELATIONS
        }

    def read(self, media_type: str) -> None:
        """Look at every part, whether another one refers to it or not. Raises Stop."""
        for name, kind in self._types.items():
            self._check_type(name, kind)
        main = [one.target for one in self._relations.get("_rels/.rels", {}).values()
                if one.kind == "officeDocument"]  # fmt: skip
        if len(main) != 1 or self._types.get(main[0]) != MAIN[media_type]:
            raise Stop("document.format", f"its main part is none of {media_type}")
        if list(self._types.values()).count(MAIN[media_type]) != 1:
            raise Stop("document.unreadable", "it has two main parts")
        for name, kind in self._types.items():
            if kind.endswith("xml") and kind != _RELATIONS and not name.startswith("customXml/"):
                check_elements(self._tree(name), name, self._seen)
        self._read_texts(main[0], media_type)
        for name, kind in self._types.items():
            if _PICTURES.fullmatch(kind):
                self._seen.add_picture(self._parts[name], kind)

    def _read_texts(self, main: str, media_type: str) -> None:
        if media_type == SHEETS:
            read_workbook(
                self._tree(main),
                {key: one.target for key, one in self._relations_of(main).items()},
                {name: self._tree(name) for name, kind in self._types.items()
                 if kind.startswith(f"{_OD}spreadsheetml.")
                 and kind.endswith("+xml")},
                self._seen,
            )  # fmt: skip
        for kind in (*_PARAGRAPHS, *_PATTERNS):
            names = [name for name, its in self._types.items() if its == kind]
            for name in sorted(names, key=_natural):
                text = read_paragraphs(
                    self._tree(name), name, self._seen, skip_placeholders=kind in _PATTERNS
                )
                if text.strip():
                    self._seen.add_text(text)

    def _read_types(self) -> dict[str, str]:
        """Return the content type of every part (ECMA-376 part 2, section 10.1.2)."""
        if "[Content_Types].xml" not in self._parts:
            raise Stop("document.format", "it is an archive, but no Office file")
        by_ending: dict[str, str] = {}
        by_name: dict[str, str] = {}
        for one in self._tree("[Content_Types].xml"):
            if one.tag == f"{_TYPES}Default":
                table, key = by_ending, one.get("Extension", "").lower()
            elif one.tag == f"{_TYPES}Override":
                table, key = by_name, one.get("PartName", "").lower()
            else:
                raise Stop("document.unreadable", "its list of types has something else")
            if not key or key in table:
                raise Stop("document.unreadable", f"{key[:80]!r} has two types, or none")
            table[key] = one.get("ContentType", "")
        types = {}
        for name in self._parts:
            if name == "[Content_Types].xml":
                continue
            ending = name.rpartition(".")[2].lower()
            kind = by_name.get(f"/{name}".lower()) or by_ending.get(ending, "")
            if not kind:
                raise Stop("document.part", f"{name[:80]!r} has no type")
            if (ending == "rels") != (kind == _RELATIONS):
                raise Stop("document.unreadable", f"{name[:80]!r} is of type {kind[:80]}")
            types[name] = kind
        return types

    def _check_type(self, name: str, kind: str) -> None:
        if kind in _SILENT or kind in _PARAGRAPHS or kind in _PATTERNS:
            return
        if _PICTURES.fullmatch(kind):
            return
        if kind in ("application/xml", "text/xml") and name.startswith("customXml/"):
            self._tree(name)
            return
        if _PRINTER.fullmatch(kind) and len(self._parts[name]) <= _MAX_PRINTER_BYTES:
            return
        raise _refusal(kind, f"{name[:80]!r}")

    def _read_relations(self, name: str) -> dict[str, _Relation]:
        """Return the relationships of one part by id (ECMA-376 part 2, section 9.3)."""
        found: dict[str, _Relation] = {}
        folder = name.rpartition("_rels/")[0]
        for one in self._tree(name):
            key, target = one.get("Id", ""), one.get("Target", "")
            kind = _RELATION.fullmatch(one.get("Type", ""))
            if one.tag != f"{_LINKS}Relationship" or not key or key in found:
                raise Stop("document.unreadable", f"{name[:80]!r} has two of one id")
            if kind is None or kind[1] not in _KNOWN_RELATIONS:
                raise _refusal(one.get("Type", ""), f"a relationship in {name[:80]!r}")
            mode = one.get("TargetMode", "Internal")
            if mode == "External":
                if kind[1] != "hyperlink":
                    raise Stop("document.external", f"{kind[1]} is loaded from {target[:80]!r}")
                self._seen.add_link(target)
                found[key] = _Relation(kind[1], "")
                continue
            if kind[1] == "hyperlink" and target.startswith("#"):
                found[key] = _Relation(kind[1], "")
                continue
            path = posixpath.normpath(posixpath.join("/" + folder, target)).lstrip("/")
            if mode != "Internal" or path not in self._parts:
                raise Stop("document.unreadable", f"{target[:80]!r} is not in the file")
            found[key] = _Relation(kind[1], path)
        return found

    def _relations_of(self, name: str) -> dict[str, _Relation]:
        folder, _, last = name.rpartition("/")
        prefix = f"{folder}/" if folder else ""
        return self._relations.get(f"{prefix}_rels/{last}.rels", {})

    def _tree(self, name: str) -> etree._Element:
        if name not in self._trees:
            self._trees[name] = _parsed(self._parts[name], name)
        return self._trees[name]


def _parsed(content: bytes, name: str) -> etree._Element:
    """Return a part as a tree: UTF-8, without a document type, entities or instructions."""
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise Stop("document.unreadable", f"{name[:80]!r} declares a document type")
    try:
        content.decode("utf-8")
        parser = etree.XMLParser(**_PARSER_OPTIONS)
        tree = etree.fromstring(content, parser).getroottree()
    except (etree.XMLSyntaxError, ValueError):
        raise Stop("document.unreadable", f"{name[:80]!r} is no XML in UTF-8") from None
    if (tree.docinfo.encoding or "UTF-8").upper() not in ("UTF-8", "US-ASCII"):
        raise Stop("document.unreadable", f"{name[:80]!r} says that it is not UTF-8")
    return tree.getroot()


def _refusal(kind: str, what: str) -> Stop:
    """Return why a part or relationship of some type is refused."""
    small = kind.rpartition("relationships/")[2].lower().removeprefix(_PACKAGE).removeprefix(_OD)
    for words, code, meaning in _REFUSED:
        if any(word in small for word in words):
            return Stop(code, f"{what} is {meaning}")
    return Stop("document.part", f"{what} is of a kind that is not read: {kind[-80:]}")


def _natural(name: str) -> tuple[int, str]:
    """Sort slide10 after slide9."""
    digits = re.sub(r"[^0-9]", "", name)[-9:]
    return int(digits or "0"), name
