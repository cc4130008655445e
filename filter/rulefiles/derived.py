"""The wordings of templates that name the source which the application renders.

Imported only where a rule has ``source:``, and so are the readers of the dialects.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import TypeAlias

from filter.dialects.all import DIALECTS, read
from filter.dialects.derive import text_tokens
from filter.dialects.lines import holes_of
from filter.dialects.markup import markup_tokens
from filter.dialects.names import Names
from filter.dialects.nodes import DialectError, Node, Source
from filter.dialects.page import Doubt, page_of
from filter.problems import Problem, Severity, did_you_mean, one_of
from filter.rulefiles.items import Item
from filter.rulefiles.model import TemplateRule
from filter.rulefiles.named import MAX_INCLUDED, RULE_SUFFIXES, is_inside
from filter.rulefiles.sourcemodel import SourceRule
from filter.templates.pattern import Token, slot_uses
from filter.templates.written import as_pattern

Wording: TypeAlias = tuple[Token, ...]

# Which fields of the template a part of the source stands for.
_STANDS_FOR = {
    "subject": ("subject",),
    "subject_file": ("subject",),
    "text": ("text",),
    "html": ("html", "markup", "preheader"),
}


def with_wordings(
    item: Item[TemplateRule], files: Mapping[str, bytes]
) -> tuple[Item[TemplateRule] | None, list[Problem]]:
    """Return the rule with the wordings of its sources, as if they were written in it.

    ``files`` are the contents of what rule files name, by path. None when a source cannot be used;
    the problems name the source's file and line.
    """
    rule = item.rule
    problems: list[Problem] = []
    alts: list[str] = []

    def derive(
        path: tuple[str | int, ...], source: SourceRule | None, language: str
    ) -> dict[str, object]:
        if source is None:
            return {}
        one = _Derivation(item, path, source, language, files)
        fields = one.derive()
        problems.extend(one.problems)
        alts.extend(one.alts)
        return fields

    changes = derive((), rule.source, rule.language or "")
    changes["variants"] = tuple(
        variant.model_copy(update=derive(("variants", index), variant.source, variant.language))
        for index, variant in enumerate(rule.variants)
    )
    if any(p.is_error for p in problems):
        return None, problems
    if alts and rule.pictures is not None:
        known = tuple(dict.fromkeys((*rule.pictures.alt, *alts)))
        changes["pictures"] = rule.pictures.model_copy(update={"alt": known})
    return replace(item, rule=rule.model_copy(update=changes)), problems


@dataclass(frozen=True, slots=True)
class _Part:
    """One file of the source, read."""

    file: str
    nodes: tuple[Node, ...]


@dataclass(slots=True)
class _Derivation:
    """The source of one wording: of a template, or of a variant."""

    item: Item[TemplateRule]
    path: tuple[str | int, ...]
    rule: SourceRule
    language: str
    files: Mapping[str, bytes]
    problems: list[Problem] = field(default_factory=list)
    names: Names = field(default_factory=Names)
    alts: tuple[str, ...] = ()

    def derive(self) -> dict[str, object]:
        """Return the fields that the source stands for, by their names in the model."""
        self.problems += self._faults()
        if self.problems:
            return {}
        parts = {
            "subject": self._subject(),
            "text": self._file("text"),
            "html": self._file("html"),
        }
        if self.problems:
            return {}
        tokens = {
            field: wordings
            for kind, part in parts.items()
            if part is not None
            for field, wordings in self._tokens(kind, part)
        }
        if any(problem.is_error for problem in self.problems):
            return {}
        used = {
            use.name for wordings in tokens.values() for one in wordings for use in slot_uses(one)
        }
        self.problems += self._undescribed([p for p in parts.values() if p is not None], used)
        patterns = {
            field: tuple(dict.fromkeys(as_pattern(one) for one in wordings))
            for field, wordings in tokens.items()
        }
        self.alts = patterns.pop("alt", ())
        return dict(patterns)

    def _tokens(self, kind: str, part: _Part) -> Iterator[tuple[str, list[Wording]]]:
        """Yield the wordings of each field that one part stands for."""
        try:
            if kind != "html":
                yield kind, [text_tokens(part.nodes, file=part.file)]
                return
            page = page_of(part.nodes, file=part.file)
            self.problems += [self._doubt(part.file, doubt) for doubt in page.doubts]
            yield "html", list(page.texts)
            yield "preheader", list(page.preheaders)
            yield "alt", list(page.alts)
            yield "markup", [markup_tokens(part.nodes, file=part.file)]
        except DialectError as error:
            self.problems.append(self._refusal(error))

    # --- reading

    def _subject(self) -> _Part | None:
        if self.rule.subject_file is not None:
            return self._file("subject_file")
        if self.rule.subject is None:
            return None
        return self._read(Source(self._inline, self.rule.subject), "")

    def _file(self, key: str) -> _Part | None:
        name = getattr(self.rule, key)
        if name is None:
            return None
        path = str(Path(self.item.folder, name))
        return self._read(Source(path, self.files[path].decode()), name)

    def _read(self, source: Source, name: str) -> _Part | None:
        language = self.rule.language or self.language
        folders = [one for one in (self.rule.includes, str(PurePosixPath(name).parent)) if one]
        suffix = PurePosixPath(name).suffix

        def load(asked: str) -> Source | None:
            for folder in folders:
                for ending in ("", suffix):
                    path = _inside(self.item.folder, folder, asked + ending)
                    if path in self.files:
                        return Source(path, self.files[path].decode())
            return None

        try:
            nodes = read(self.rule.dialect, source, load, language=language, names=self.names)
        except DialectError as error:
            self.problems.append(self._refusal(error))
            return None
        return _Part(source.name, nodes)

    @property
    def _inline(self) -> str:
        """What the subject in the rule file is called as a source."""
        return f"{self.item.source_of(*self.path, 'source', 'subject')} subject"

    # --- what is wrong

    def _faults(self) -> Iterator[Problem]:
        rule, path = self.rule, (*self.path, "source")
        if rule.dialect not in DIALECTS:
            help_ = did_you_mean(rule.dialect, DIALECTS) or one_of(DIALECTS)
            message = f"unknown dialect `{rule.dialect}`"
            yield self.item.report("E101", message, *path, "dialect", help=help_)
        if rule.text is None and rule.html is None:
            message = "a source without a text"
            yield self.item.report("E101", message, *path, help="add `text:` or `html:`")
        if rule.subject is not None and rule.subject_file is not None:
            message = "`subject` and `subject_file` both name the subject"
            yield self.item.report("E101", message, *path, "subject_file", help="remove one")
        for key, fields in _STANDS_FOR.items():
            name = getattr(rule, key)
            if name is None:
                continue
            yield from self._beside(key, fields)
            if key != "subject":
                yield from self._file_faults(key, name, path)
        yield from self._include_faults(path)

    def _beside(self, key: str, fields: Iterable[str]) -> Iterator[Problem]:
        own = self.item.rule if not self.path else self.item.rule.variants[int(self.path[1])]
        for field_ in fields:
            if getattr(own, field_):
                message = f"`{field_}` stands beside a source that says it, too"
                help_ = f"remove `{field_}:`, or `{key}:` under `source:`"
                yield self.item.report("E101", message, *self.path, field_, help=help_, at_key=True)

    def _file_faults(self, key: str, name: str, path: tuple[str | int, ...]) -> Iterator[Problem]:
        if not is_inside(name):
            message = f"`{name}` leaves the folder of this rule file"
            help_ = "paths begin at the folder of this rule file; put the source below it"
            yield self.item.report("E074", message, *path, key, help=help_)
        elif name.endswith(RULE_SUFFIXES):
            message = f"`{name}` has the name of a rule file"
            yield self.item.report("E101", message, *path, key, help="give it another ending")
        elif str(Path(self.item.folder, name)) not in self.files:
            message = f"there is no file `{name}`"
            help_ = "paths begin at the folder of this rule file, and stay below `rules`"
            yield self.item.report("E101", message, *path, key, help=help_)

    def _include_faults(self, path: tuple[str | int, ...]) -> Iterator[Problem]:
        name = self.rule.includes
        if name is None:
            return
        if not is_inside(name):
            message = f"`{name}` leaves the folder of this rule file"
            help_ = "paths begin at the folder of this rule file; put the sources below it"
            yield self.item.report("E074", message, *path, "includes", help=help_)
            return
        start = f"{Path(self.item.folder, name)}/"
        count = sum(file.startswith(start) for file in self.files)
        if not count:
            message = f"there is no folder `{name}` with files in it"
            help_ = "paths begin at the folder of this rule file"
            yield self.item.report("E101", message, *path, "includes", help=help_)
        if count > MAX_INCLUDED:
            message = f"more than {MAX_INCLUDED} files in `{name}`"
            help_ = "name a smaller folder"
            yield self.item.report("E101", message, *path, "includes", help=help_)

    def _refusal(self, error: DialectError) -> Problem:
        if error.file == self._inline:
            path = (*self.path, "source", "subject")
            return self.item.report("E102", error.message, *path, help=error.remedy)
        if error.file not in self.files:
            message = f"{error.file}: {error.message}" if error.file else error.message
            return self.item.report("E102", message, *self.path, "source", help=error.remedy)
        return self._at(error.file, error.line, "E102", error.message, error.remedy)

    def _doubt(self, file: str, doubt: Doubt) -> Problem:
        why = f"`{doubt.code}`: " if doubt.code else ""
        help_ = "change it in the source; `docs/reasons.md` says what is read"
        message = f"messages of this source are held for {why}{doubt.detail}"
        return replace(
            self._at(file, doubt.line, "W181", message, help_), severity=Severity.WARNING
        )

    def _at(self, file: str, line: int, code: str, message: str, help_: str) -> Problem:
        lines = self.files[file].decode().split("\n", line) if line else []
        shown = lines[line - 1].rstrip("\r") if 0 < line <= len(lines) else None
        return Problem(
            code,
            message,
            file,
            line=line if shown is not None else 0,
            column=1,
            caret_columns=max(1, len(shown or "")),
            source_line=shown,
            help=help_,
        )

    def _undescribed(self, parts: Iterable[_Part], used: Iterable[str]) -> Iterator[Problem]:
        """Report each hole that is a slot and is not described, where it stands in the source."""
        missing = set(used) - self.item.rule.slots.keys()
        for part in parts:
            for hole in holes_of(part.nodes):
                if hole.name not in missing:
                    continue
                missing.discard(hole.name)
                written = hole.expression or hole.name
                message = f"`{written}` is the slot `{hole.name}`, which is not described"
                close = did_you_mean(hole.name, self.item.rule.slots)
                kind = hole.hint.value if hole.hint is not None else "…"
                help_ = f"{close} " if close else ""
                help_ += f"write `{hole.name}: {{type: {kind}}}` under `slots:` of"
                help_ += f" `{self.item.rule.id}` ({self.item.source})"
                if part.file in self.files:
                    yield self._at(part.file, hole.line, "E103", message, help_)
                else:
                    path = (*self.path, "source", "subject")
                    yield self.item.report("E103", message, *path, help=help_)


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
