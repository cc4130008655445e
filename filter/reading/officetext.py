"""The words of Office paragraphs, and the elements that hide, change or fetch some of them.

Runs only in the child process. WordprocessingML and DrawingML (ECMA-376 part 1, sections 17, 21).
"""

from __future__ import annotations

import re

from lxml import etree  # type: ignore[import-untyped]  # has no stubs

from filter.reading.gathered import Gathered, Stop
from filter.reading.text import normalise

_MC = "http://schemas.openxmlformats.org/markup-compatibility/2006"
# What a namespace is called here; the second of each pair is that of strict files.
_SHORT = {
    "http://schemas.openxmlformats.org/wordprocessingml/2006/main": "w",
    "http://purl.oclc.org/ooxml/wordprocessingml/main": "w",
    "http://schemas.openxmlformats.org/drawingml/2006/main": "a",
    "http://purl.oclc.org/ooxml/drawingml/main": "a",
    "http://schemas.openxmlformats.org/presentationml/2006/main": "p",
    "http://purl.oclc.org/ooxml/presentationml/main": "p",
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main": "x",
    "http://purl.oclc.org/ooxml/spreadsheetml/main": "x",
    "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing": "wp",
    "http://purl.oclc.org/ooxml/drawingml/wordprocessingDrawing": "wp",
    "http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing": "xdr",
    "http://purl.oclc.org/ooxml/drawingml/spreadsheetDrawing": "xdr",
    "http://schemas.openxmlformats.org/drawingml/2006/picture": "pic",
    "http://purl.oclc.org/ooxml/drawingml/picture": "pic",
    "http://schemas.microsoft.com/office/word/2010/wordprocessingShape": "wps",
    "http://schemas.microsoft.com/office/word/2010/wordprocessingGroup": "wpg",
    "http://schemas.microsoft.com/office/word/2010/wordprocessingCanvas": "wpc",
    "urn:schemas-microsoft-com:vml": "v",
    "urn:schemas-microsoft-com:office:office": "o",
    "urn:schemas-microsoft-com:office:word": "w10",
    _MC: "mc",
}
_CHANGES = (
    "ins del moveFrom moveTo delText delInstrText cellIns cellDel cellMerge rPrChange pPrChange"
    " sectPrChange tblPrChange tblPrExChange tcPrChange trPrChange tblGridChange numberingChange"
    " commentReference commentRangeStart"
)
_ACTIVE = (
    "w:control p:control x:controls p:timing p:videoFile a:videoFile a:audioFile a:wavAudioFile"
)
_EMBEDDED = "w:altChunk w:subDoc w:object o:OLEObject p:oleObj x:oleObjects"
_EXTERNAL = (
    "w:attachedTemplate w:mailMerge w:frameset w:frame x:externalReferences x:ddeLink"
    " x:webPublishItems x:externalReference"
)
_OBJECTIONS: dict[str, tuple[str, str]] = {
    **{f"w:{n}": ("document.changes", "tracked changes or remarks") for n in _CHANGES.split()},
    **dict.fromkeys(_ACTIVE.split(), ("document.active", "something that moves or acts")),
    **dict.fromkeys(_EMBEDDED.split(), ("document.embedded", "another file")),
    **dict.fromkeys(_EXTERNAL.split(), ("document.external", "content from elsewhere")),
    "w:dataBinding": ("document.hidden", "text that is taken from another part"),
}
_UNTRUE = frozenset({"0", "false", "off"})
_INNER_JUMPS = ("ppaction://hlinksldjump", "ppaction://hlinkshowjump?", "ppaction://noaction")
_FIELDS = frozenset(
    ("PAGE", "NUMPAGES", "SECTIONPAGES", "SECTION", "DATE", "TIME", "CREATEDATE", "SAVEDATE")
) | frozenset(("PRINTDATE", "TOC", "PAGEREF", "REF", "SEQ", "STYLEREF"))
_HYPERLINK = re.compile(
    r'HYPERLINK(?:\s+(?:"([^"\\]*)"|([^\s"\\]+)))?(?:\s+\\[lotmnh](?:\s+"[^"\\]*")?)*',
    re.IGNORECASE,
)
# The pictures of dates and numbers draw other letters as they are.
_ARGUMENTS = re.compile(
    r"""(?:\s+(?:\\@\s+(?:"[dMyHhmsAaPp/:., -]*"|[dMyHhms./-]+)|\\[a-z*!]|"[^"\\:/]*"|[\w.-]+))*"""
)
_LETTERS = re.compile(r"[^\W\d_]{2,}")


def short_name(element: etree._Element) -> str:
    """Return "w:t" for a text of Word, "?:name" where the namespace is none of ours, or ""."""
    if not isinstance(element.tag, str):
        return ""
    space, _, name = element.tag.rpartition("}")
    return f"{_SHORT.get(space[1:], '?')}:{name}"


def is_true(element: etree._Element, key: str) -> bool:
    """Return whether an attribute is there and does not say no."""
    value = element.get(key)
    return value is not None and value.lower() not in _UNTRUE


def check_elements(root: etree._Element, part: str, seen: Gathered) -> None:
    """Object to what hides, changes, fetches or acts, wherever it stands. Raises Stop."""
    for element in root.iter():
        name = short_name(element)
        if not name:
            if element.tag is etree.ProcessingInstruction:
                seen.object_to("document.unreadable", f"{part} has a processing instruction")
            continue
        if name in _OBJECTIONS:
            code, meaning = _OBJECTIONS[name]
            seen.object_to(code, f"{part} has {meaning}: {name}")
        elif name in ("w:vanish", "w:specVanish"):
            if not any(v.lower() in _UNTRUE for v in map(str, element.attrib.values())):
                seen.object_to("document.hidden", f"{part} has hidden text")
        elif name == "w:lvlText":
            shown = next(map(str, element.attrib.values()), "")
            if _LETTERS.search(shown):
                seen.add_text(shown)
        elif name == "p:sld" and element.get("show", "1").lower() in _UNTRUE:
            seen.object_to("document.hidden", f"{part} is a hidden slide")
        _check_attributes(element, name, part, seen)


def _check_attributes(element: etree._Element, name: str, part: str, seen: Gathered) -> None:
    for key, raw in element.attrib.items():
        value = str(raw)
        space, _, local = str(key).rpartition("}")
        if local == "href" and value and not value.startswith("#"):
            seen.add_link(value)
        elif local == "src" and value:
            seen.object_to("document.external", f"{part} loads {value[:80]!r}")
        elif local in ("MustUnderstand", "ProcessContent") and space[1:] == _MC and value:
            seen.object_to("document.hidden", f"{part} differs between programs")
        elif local == "action" and ":hlink" in name and value:
            if not value.startswith(_INNER_JUMPS):
                seen.object_to("document.active", f"{part} has the action {value[:80]!r}")
        elif local == "macro" and value:
            seen.object_to("document.active", f"{part} starts {value[:80]!r}")
        elif local == "hidden" and name.endswith(("cNvPr", "docPr")) and is_true(element, str(key)):
            seen.object_to("document.hidden", f"{part} has a hidden shape")
        elif local in ("descr", "title", "alt", "tooltip") and value:
            seen.add_text(value, is_shown=False)


def read_paragraphs(
    root: etree._Element, part: str, seen: Gathered, *, skip_placeholders: bool = False
) -> str:
    """Return the text of a part, a line for each paragraph. Raises Stop."""
    return _Paragraphs(part, seen, skip_placeholders=skip_placeholders).read(root)


class _Paragraphs:
    def __init__(self, part: str, seen: Gathered, *, skip_placeholders: bool) -> None:
        self._part = part
        self._seen = seen
        self._skip_placeholders = skip_placeholders
        self._fields: list[str | None] = []  # codes of open fields; None: its result has begun

    def read(self, root: etree._Element) -> str:
        words: list[str] = []
        walk = etree.iterwalk(root, events=("start", "end"))
        for event, element in walk:
            name = short_name(element)
            if event == "end":
                if name in ("w:p", "a:p", "w:tc"):
                    words.append("\n")
                continue
            if name == "mc:AlternateContent":
                words.append(self._alternatives(element))
                walk.skip_subtree()
            elif name.startswith("?:"):
                self._refuse_text_in(element)
                walk.skip_subtree()
            elif self._skip_placeholders and name == "p:sp" and _is_placeholder(element):
                walk.skip_subtree()
            else:
                words.append(self._said(name, element))
        if self._fields:
            raise Stop("document.field", f"{self._part} has a field that does not end")
        return "".join(words)

    def _said(self, name: str, element: etree._Element) -> str:
        if name in ("w:t", "a:t"):
            return str(element.text or "")
        if name in ("w:tab", "w:br", "w:cr", "a:br", "w:ptab"):
            return " "
        if name == "w:noBreakHyphen":
            return "\u2011"
        if name == "w:sym":
            return _symbol(element)
        if name == "v:textpath":
            return f"{element.get('string', '')}\n"
        if name == "w:instrText":
            self._continue_field(element.text or "")
        elif name == "w:fldChar":
            self._mark_field(_value(element, "fldCharType"))
        elif name == "w:fldSimple":
            self._check_field(_value(element, "instr"))
        elif name == "a:fld" and not element.get("type", "").startswith(("slidenum", "datetime")):
            self._object_to_field(element.get("type", ""))
        return ""

    def _alternatives(self, element: etree._Element) -> str:
        """Return what all branches say: which of them is shown depends on the program."""
        texts = [
            _Paragraphs(self._part, self._seen, skip_placeholders=self._skip_placeholders).read(
                branch
            )
            for branch in element
            if short_name(branch) in ("mc:Choice", "mc:Fallback")
        ]
        if len({normalise(text) for text in texts}) > 1:
            self._seen.object_to("document.hidden", f"{self._part} differs between programs")
        return texts[0] if texts else ""

    def _refuse_text_in(self, element: etree._Element) -> None:
        if any(short_name(inner)[1:] in (":t", ":instrText") for inner in element.iter()):
            raise Stop("document.hidden", f"{self._part} has text that some programs skip")

    def _continue_field(self, code: str) -> None:
        if not self._fields or self._fields[-1] is None:
            raise Stop("document.field", f"{self._part} has the code of a field outside of one")
        self._fields[-1] += code

    def _mark_field(self, kind: str) -> None:
        if kind == "begin":
            if self._fields and self._fields[-1] is not None:
                raise Stop("document.field", f"{self._part} has a field in the code of another")
            self._fields.append("")
            return
        if not self._fields or kind not in ("separate", "end"):
            raise Stop("document.field", f"{self._part} has a field that does not begin")
        code = self._fields[-1]
        if code is not None:
            self._check_field(code)
            self._fields[-1] = None
        elif kind == "separate":
            raise Stop("document.field", f"{self._part} has a field of two results")
        if kind == "end":
            self._fields.pop()

    def _check_field(self, code: str) -> None:
        code = code.strip()
        kind, _, arguments = code.partition(" ")
        if kind.upper() == "HYPERLINK":
            found = _HYPERLINK.fullmatch(code)
            if found is None:
                self._object_to_field(code)
            elif found[1] or found[2]:
                self._seen.add_link(found[1] or found[2])
        elif kind.upper() not in _FIELDS or not _ARGUMENTS.fullmatch(f" {arguments}".rstrip()):
            self._object_to_field(code)

    def _object_to_field(self, code: str) -> None:
        self._seen.object_to("document.field", f"{self._part} has the field {code[:80]!r}")


def _is_placeholder(shape: etree._Element) -> bool:
    return any(short_name(inner) == "p:ph" for inner in shape.iter())


def _value(element: etree._Element, local: str) -> str:
    for key, value in element.attrib.items():
        if str(key).rpartition("}")[2] == local:
            return str(value)
    return ""


def _symbol(element: etree._Element) -> str:
    try:
        return chr(int(_value(element, "char"), 16))
    except (ValueError, OverflowError):
        return "\N{REPLACEMENT CHARACTER}"
