"""Office files as real programs write them, and one change in them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping
from functools import cache

import docx
import openpyxl  # type: ignore[import-untyped]  # has no stubs
import pptx

from tests.battery.packing import WORDS

RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
MAIN = {
    "docx": "word/document.xml",
    "xlsx": "xl/worksheets/sheet1.xml",
    "pptx": "ppt/slides/slide1.xml",
}


def saved(document: object) -> bytes:
    """Return what a document of python-docx, openpyxl or python-pptx is as a file."""
    target = io.BytesIO()
    document.save(target)  # type: ignore[attr-defined]
    return target.getvalue()


@cache
def plain(ending: str) -> bytes:
    """Return a file of one line."""
    if ending == "docx":
        document = docx.Document()
        document.add_paragraph(WORDS)
        return saved(document)
    if ending == "xlsx":
        book = openpyxl.Workbook()
        book.active["A1"] = WORDS
        return saved(book)
    slides = pptx.Presentation()
    slides.slides.add_slide(slides.slide_layouts[5]).shapes.title.text = WORDS
    return saved(slides)


def changed(
    content: bytes,
    changes: Mapping[str, Callable[[bytes], bytes]] | None = None,
    more: Mapping[str, bytes] | None = None,
    types: Mapping[str, str] | None = None,
) -> bytes:
    """Return a file with parts changed or added, and content types for what was added."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source:
        parts = {name: source.read(name) for name in source.namelist()}
    for name, change in (changes or {}).items():
        before = parts.get(name, EMPTY_RELATIONS)
        parts[name] = change(before)
        if parts[name] == before:
            raise ValueError(f"nothing changed in {name}")
    parts.update(more or {})
    overrides = "".join(
        f'<Override PartName="/{name}" ContentType="{kind}"/>'
        for name, kind in (types or {}).items()
    ).encode()
    key = "[Content_Types].xml"
    parts[key] = parts[key].replace(b"</Types>", overrides + b"</Types>")
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return target.getvalue()


EMPTY_RELATIONS = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n<Relationships'
    b' xmlns="http://schemas.openxmlformats.org/package/2006/relationships"></Relationships>'
)


def before(mark: str, addition: str) -> Callable[[bytes], bytes]:
    """Return a change that writes something before the last place of a mark."""

    def change(content: bytes) -> bytes:
        head, found, tail = content.rpartition(mark.encode())
        if not found:
            raise ValueError(f"no {mark} there")
        return head + addition.encode() + found + tail

    return change


def instead(old: str, new: str) -> Callable[[bytes], bytes]:
    """Return a change of one place."""
    return lambda content: content.replace(old.encode(), new.encode(), 1)


def related(kind: str, target: str, *, is_external: bool = False) -> Callable[[bytes], bytes]:
    """Return a change that adds a relationship rId99."""
    kind = kind if kind.startswith("http") else RELATION + kind
    mode = ' TargetMode="External"' if is_external else ""
    one = f'<Relationship Id="rId99" Type="{kind}" Target="{target}"{mode}/>'
    return before("</Relationships>", one)
