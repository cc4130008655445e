"""Entries of rule files as they are written: where each stands, and a file without some of them.

Entries are found by what is written, not by what it means: one that is broken, or of an algorithm
that is gone, is what people want to remove.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from filter.rulefiles.sources import SourceFile
from filter.strictyaml import Document, Node, Plain, read_yaml

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")
_BEFORE_ITEM = re.compile(r" *- +")
_LONE_HYPHEN = re.compile(r" *-[ \t]*(?:#.*)?")
_BOM = b"\xef\xbb\xbf"

Fields: TypeAlias = "dict[str, Plain]"


@dataclass(frozen=True, slots=True)
class Entry:
    """An item of a section, by its position there."""

    section: str
    index: int
    file: SourceFile
    line: int
    fields: Fields

    @property
    def id(self) -> str:
        """What it calls itself, "" when it has no name."""
        return self.text("id")

    @property
    def place(self) -> str:
        """File and line, for people."""
        return f"{self.file.shown}:{self.line}"

    def text(self, key: str) -> str:
        """Return the text of a field, "" when there is none."""
        value = self.fields.get(key)
        return value if isinstance(value, str) else ""

    def path(self, key: str) -> Path | None:
        """Return the file that a field names, which begins at the folder of the rule file."""
        name = self.text(key)
        return self.file.path.parent / name if name else None


def entries_of(file: SourceFile, document: Document) -> Iterator[Entry]:
    """Yield all entries of all sections of a file that could be read."""
    root = document.value
    for section, items in root.items() if isinstance(root, dict) else ():
        for index, item in enumerate(items if isinstance(items, list) else ()):
            if isinstance(item, dict):
                line = document.place_of((section, index)).line
                yield Entry(section, index, file, line, item)


def without_entries(file: SourceFile, removed: Iterable[Entry]) -> str:
    """Return the text of a rule file without some entries, and all else as it was.

    Comments inside of an entry go with it, those before and behind it stay. Raises ValueError, with
    a message for people, when the entries are written so that they cannot be taken out by lines.
    """
    document, _ = read_yaml(file.content, file.shown)
    gone = list(removed)
    lines = _LINE.findall(file.content.removeprefix(_BOM).decode())
    for entry in gone:
        first, last = _lines_of(document, entry, lines)
        lines[first : last + 1] = [""] * (last + 1 - first)
    text = "".join(lines)
    if _values(read_yaml(text.encode(), file.shown)[0].value) != _without(document.value, gone):
        raise ValueError("removing the lines of an entry would change others")
    return ("\ufeff" if file.content.startswith(_BOM) else "") + text


def _lines_of(document: Document, entry: Entry, lines: list[str]) -> tuple[int, int]:
    """Return the first and the last line of an entry, from 0."""
    section = document.node_at((entry.section,))
    node = document.node_at((entry.section, entry.index))
    if section is None or node is None or is_flow(section, lines):
        raise ValueError(f"its `{entry.section}:` is not a list of lines that begin with a hyphen")
    first = node.place.line - 1
    before = lines[first][: node.place.column - 1]
    if not _BEFORE_ITEM.fullmatch(before):
        if before.strip():
            raise ValueError(f"line {node.place.line} holds more than the entry")
        first -= 1
        while first > 0 and not _LONE_HYPHEN.fullmatch(lines[first].rstrip("\r\n")):
            first -= 1
    last = last_line_of(node, lines)
    while last > first and not lines[last].strip():
        last -= 1
    return first, last


def last_line_of(node: Node, lines: list[str]) -> int:
    """Return the last line that belongs to a value, from 0.

    A block collection ends for libyaml where the next thing begins, behind any comments.
    """
    place = node.place
    if not node.children or is_flow(node, lines):
        return place.end_line - (2 if place.end_column == 1 else 1)
    ends = [last_line_of(child, lines) for child in node.children.values()]
    return max([*ends, *(key.place.line - 1 for key in node.keys.values())])


def is_flow(node: Node, lines: list[str]) -> bool:
    """Return whether a collection is written in brackets."""
    line, column = node.place.line, node.place.column
    return line <= len(lines) and lines[line - 1][column - 1 : column] in {"[", "{"}


def _values(root: Plain) -> dict[str, Plain]:
    """Return what a file says; a section without entries is as good as one that is left empty."""
    return {key: value or None for key, value in root.items()} if isinstance(root, dict) else {}


def _without(root: Plain, gone: Iterable[Entry]) -> dict[str, Plain]:
    kept = _values(root)
    for section in {entry.section for entry in gone}:
        items = kept[section]
        indexes = {entry.index for entry in gone if entry.section == section}
        assert isinstance(items, list)  # noqa: S101 - there are entries in it
        kept[section] = [one for index, one in enumerate(items) if index not in indexes] or None
    return kept
