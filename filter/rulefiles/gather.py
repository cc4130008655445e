"""All rules of all files, fitted to their models, before anybody asks what they mean together."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from filter.problems import Problem, did_you_mean
from filter.rulefiles.items import Item, Names
from filter.rulefiles.model import SECTIONS, TemplateRule
from filter.schemaproblems import UNKNOWN_KEY, WRONG_TYPE, describe, fit
from filter.strictyaml import Document, Plain

KINDS = {
    "templates": "template",
    "links": "link entry",
    "senders": "sender",
    "footers": "footer",
    "images": "picture",
    "image_lists": "list of pictures",
    "approved_pictures": "approved picture",
    "limits": "limit",
    "watches": "watch",
    "floors": "floor",
    "repeats": "repeats rule",
    "safe_lists": "safe list",
}
# Counters and lists know these by their ids alone, so they share them.
_COUNTING = ("limits", "watches", "floors", "repeats")


@dataclass(slots=True)
class Gathered:
    """All rules of all files that fit their models, the ids of all, and the problems so far."""

    items: dict[str, list[Item[Any]]] = field(
        default_factory=lambda: {section: [] for section in SECTIONS}
    )
    names: dict[str, Names] = field(
        default_factory=lambda: {section: Names(kind) for section, kind in KINDS.items()}
    )
    problems: list[Problem] = field(default_factory=list)
    unfit: set[str] = field(default_factory=set)  # sections with a rule that does not fit
    _seen: dict[tuple[str, str], str] = field(default_factory=dict)

    def add(self, document: Document, only: Container[str] = SECTIONS) -> None:
        """Add the rules of one file; of the sections that are known, ``only`` these."""
        value: Plain = {} if document.value is None else document.value
        if not isinstance(value, dict):
            message = f"a rule file holds sections, not {describe(value)}"
            help_ = "begin with `templates:`, `links:`, `senders:`, `footers:` or `images:`"
            self.problems.append(document.report(WRONG_TYPE, message, (), help=help_))
            return
        for key, items in value.items():
            if key in SECTIONS and key not in only:
                continue
            if key in SECTIONS:
                self._add_section(document, key, items)
            else:
                self._unknown_section(document, key)

    def _unknown_section(self, document: Document, key: str) -> None:
        help_ = did_you_mean(key, SECTIONS)
        if not help_ and key in TemplateRule.model_fields:
            help_ = "rules stand in lists: write `templates:` and `- ` before the first key"
        help_ = help_ or f"known keys: {', '.join(SECTIONS)}"
        message = f"unknown key `{key}`"
        problem = document.report(UNKNOWN_KEY, message, (key,), help=help_, at_key=True)
        self.problems.append(problem)

    def _add_section(self, document: Document, section: str, items: Plain) -> None:
        if items is None:
            return
        if not isinstance(items, list):
            message = f"`{section}` must be a list, not {describe(items)}"
            help_ = "begin each entry with `- `"
            self.problems.append(document.report(WRONG_TYPE, message, (section,), help=help_))
            return
        folder = str(Path(document.file).parent)
        for index, value in enumerate(items):
            path = (section, index)
            rule, problems = fit(SECTIONS[section], value, document, path)
            self.problems += problems
            broken = rule is None
            if broken:
                self.unfit.add(section)
            if isinstance(value, dict) and isinstance(value.get("id"), str):
                broken |= self._is_taken(document, section, str(value["id"]), path)
                names = self.names[section]
                (names.broken if broken else names.known).add(str(value["id"]))
            if rule is not None:
                self.items[section].append(Item(rule, document, path, folder))

    def _is_taken(
        self, document: Document, section: str, name: str, path: tuple[str | int, ...]
    ) -> bool:
        here = f"{document.file}:{document.place_of((*path, 'id')).line}"
        space = "" if section in _COUNTING else section
        first = self._seen.setdefault((space, name), here)
        if first == here:
            return False
        message = f"a second {KINDS[section]} `{name}`"
        unique = "ids are unique over all files"
        if section in _COUNTING:
            unique = "limits, watches, floors and repeats share their ids"
        help_ = f"the first one is {first}; {unique}"
        self.problems.append(document.report("E015", message, (*path, "id"), help=help_))
        return True
