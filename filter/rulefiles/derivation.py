"""What a named source stands for: patterns, its holes, and what cannot be read of it.

Remembered for as long as no file that was looked at changes: rules are read anew at each change of
any file, and a hundred sources take seconds.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TypeAlias

from filter.dialects.all import read
from filter.dialects.derive import text_tokens
from filter.dialects.lines import holes_of
from filter.dialects.markup import markup_tokens
from filter.dialects.names import Names
from filter.dialects.nodes import DialectError, Hole, Node, Source
from filter.dialects.page import Doubt, page_of
from filter.rulefiles.sourcemodel import SourceRule
from filter.templates.pattern import Token, slot_uses
from filter.templates.written import as_pattern

MAX_REMEMBERED = 5000
INLINE = "subject"  # the name of a source that stands in the rule file itself

_Wording: TypeAlias = tuple[Token, ...]


@dataclass(frozen=True, slots=True)
class Derived:
    """What a source stands for.

    ``patterns`` are those of the fields ``subject``, ``text``, ``html``, ``preheader``,
    ``markup`` and ``alt`` that it has; ``used`` the slots in them; ``holes`` where each slot
    stands first. Errors, and doubts of the reader, come with their file.
    """

    patterns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    used: frozenset[str] = frozenset()
    holes: tuple[tuple[str, Hole], ...] = ()
    doubts: tuple[tuple[str, Doubt], ...] = ()
    errors: tuple[DialectError, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a source is named: the folder of the rule file, and what language is wanted there."""

    folder: str
    language: str


def derive(rule: SourceRule, place: Place, files: Mapping[str, bytes]) -> Derived:
    """Return what a source stands for. The files that it names must be among ``files``."""
    key = (rule.model_dump_json(), place)
    with _lock:
        known = _known.get(key)
    if known is not None and all(_digest(files.get(path)) == seen for path, seen in known.seen):
        return known.derived
    derivation = _Derivation(rule, place, files)
    derived = derivation.derive()
    if not derived.errors:
        with _lock:
            if len(_known) >= MAX_REMEMBERED:
                _known.clear()
            _known[key] = _Known(tuple(derivation.seen.items()), derived)
    return derived


@dataclass(frozen=True, slots=True)
class _Known:
    """Something derived, and the digests of what was looked at; None of what was not there."""

    seen: tuple[tuple[str, bytes | None], ...]
    derived: Derived


_known: dict[tuple[str, Place], _Known] = {}
_lock = threading.Lock()


def _digest(content: bytes | None) -> bytes | None:
    return None if content is None else hashlib.sha256(content).digest()


@dataclass(slots=True)
class _Derivation:
    rule: SourceRule
    place: Place
    files: Mapping[str, bytes]
    seen: dict[str, bytes | None] = field(default_factory=dict)
    errors: list[DialectError] = field(default_factory=list)
    doubts: list[tuple[str, Doubt]] = field(default_factory=list)
    names: Names = field(default_factory=Names)

    def derive(self) -> Derived:
        """Return everything; of each part the first error."""
        parts = {"subject": self._subject(), "text": self._file("text"), "html": self._file("html")}
        read_ = {kind: part for kind, part in parts.items() if part is not None}
        wordings = {
            field_: found
            for kind, (file, nodes) in read_.items()
            if not self.errors
            for field_, found in self._wordings(kind, file, nodes)
        }
        if self.errors:
            return Derived(errors=tuple(self.errors))
        uses = (use for found in wordings.values() for one in found for use in slot_uses(one))
        holes: dict[str, tuple[str, Hole]] = {}
        for file, nodes in read_.values():
            for hole in holes_of(nodes):
                holes.setdefault(hole.name, (file, hole))
        return Derived(
            patterns={
                field_: tuple(dict.fromkeys(as_pattern(one) for one in found))
                for field_, found in wordings.items()
            },
            used=frozenset(use.name for use in uses),
            holes=tuple(holes.values()),
            doubts=tuple(self.doubts),
        )

    def _wordings(
        self, kind: str, file: str, nodes: tuple[Node, ...]
    ) -> Iterator[tuple[str, list[_Wording]]]:
        """Yield the wordings of each field that one part stands for."""
        try:
            if kind != "html":
                yield kind, [text_tokens(nodes, file=file)]
                return
            page = page_of(nodes, file=file)
            self.doubts += [(file, doubt) for doubt in page.doubts]
            yield "html", list(page.texts)
            yield "preheader", list(page.preheaders)
            yield "alt", list(page.alts)
            yield "markup", [markup_tokens(nodes, file=file)]
        except DialectError as error:
            self.errors.append(error)

    def _subject(self) -> tuple[str, tuple[Node, ...]] | None:
        if self.rule.subject is None:
            return self._file("subject_file")
        return self._read(Source(INLINE, self.rule.subject), "")

    def _file(self, key: str) -> tuple[str, tuple[Node, ...]] | None:
        name = getattr(self.rule, key)
        if name is None:
            return None
        source = self._source(str(Path(self.place.folder, name)))
        return None if source is None else self._read(source, name)

    def _read(self, source: Source, name: str) -> tuple[str, tuple[Node, ...]] | None:
        folders = [one for one in (self.rule.includes, str(PurePosixPath(name).parent)) if one]
        endings = dict.fromkeys(("", PurePosixPath(name).suffix))

        def load(asked: str) -> Source | None:
            for folder in folders:
                for ending in endings:
                    found = self._source(_inside(self.place.folder, folder, asked + ending))
                    if found is not None:
                        return found
            return None

        language = self.rule.language or self.place.language
        try:
            nodes = read(self.rule.dialect, source, load, language=language, names=self.names)
        except DialectError as error:
            self.errors.append(error)
            return None
        return source.name, nodes

    def _source(self, path: str) -> Source | None:
        content = self.files.get(path) if path else None
        self.seen[path] = _digest(content)
        return None if content is None else Source(path, content.decode())


def _inside(folder: str, *names: str) -> str:
    """Return the path of a name below folders; "" when it leaves the first."""
    parts: list[str] = []
    for part in PurePosixPath(*[name.lstrip("/") for name in names]).parts:
        if part == "..":
            if not parts:
                return ""
            parts.pop()
        elif part != ".":
            parts.append(part)
    return str(Path(folder, *parts))
