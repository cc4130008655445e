"""The wordings of templates that name the source which the application renders.

Imported only where a rule has ``source:``, and so are the readers of the dialects.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from filter.dialects.all import DIALECTS
from filter.dialects.nodes import DialectError
from filter.dialects.page import Doubt
from filter.problems import Problem, Severity, did_you_mean, one_of
from filter.rulefiles.derivation import INLINE, Derived, Place, derive
from filter.rulefiles.items import Item
from filter.rulefiles.model import TemplateRule
from filter.rulefiles.named import MAX_INCLUDED, RULE_SUFFIXES, is_inside
from filter.rulefiles.sourcemodel import SourceRule

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

    def fields_of(
        path: tuple[str | int, ...], source: SourceRule | None, language: str
    ) -> dict[str, object]:
        if source is None:
            return {}
        one = _Derivation(item, path, source, language, files)
        fields = one.derive()
        problems.extend(one.problems)
        alts.extend(one.alts)
        return fields

    changes = fields_of((), rule.source, rule.language or "")
    changes["variants"] = tuple(
        variant.model_copy(update=fields_of(("variants", index), variant.source, variant.language))
        for index, variant in enumerate(rule.variants)
    )
    if any(p.is_error for p in problems):
        return None, problems
    if alts and rule.pictures is not None:
        known = tuple(dict.fromkeys((*rule.pictures.alt, *alts)))
        changes["pictures"] = rule.pictures.model_copy(update={"alt": known})
    return replace(item, rule=rule.model_copy(update=changes)), problems


@dataclass(slots=True)
class _Derivation:
    """The source of one wording: of a template, or of a variant."""

    item: Item[TemplateRule]
    path: tuple[str | int, ...]
    rule: SourceRule
    language: str
    files: Mapping[str, bytes]
    problems: list[Problem] = field(default_factory=list)
    alts: tuple[str, ...] = ()

    def derive(self) -> dict[str, object]:
        """Return the fields that the source stands for, by their names in the model."""
        self.problems += self._faults()
        if self.problems:
            return {}
        derived = derive(self.rule, Place(self.item.folder, self.language), self.files)
        self.problems += [self._refusal(error) for error in derived.errors]
        self.problems += [self._doubt(file, doubt) for file, doubt in derived.doubts]
        self.problems += self._undescribed(derived)
        patterns = dict(derived.patterns)
        self.alts = patterns.pop("alt", ())
        return dict(patterns)

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
        if error.file == INLINE:
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

    def _undescribed(self, derived: Derived) -> Iterator[Problem]:
        """Report each hole that is a slot and is not described, where it stands in the source."""
        described = self.item.rule.slots
        for file, hole in derived.holes:
            if hole.name in described or hole.name not in derived.used:
                continue
            written = hole.expression or hole.name
            message = f"`{written}` is the slot `{hole.name}`, which is not described"
            close = did_you_mean(hole.name, described)
            kind = hole.hint.value if hole.hint is not None else "…"
            help_ = f"{close} " if close else ""
            help_ += f"write `{hole.name}: {{type: {kind}}}` under `slots:` of"
            help_ += f" `{self.item.rule.id}` ({self.item.source})"
            if file in self.files:
                yield self._at(file, hole.line, "E103", message, help_)
            else:
                yield self.item.report("E103", message, *self.path, "source", "subject", help=help_)
