"""Are the rules of a folder valid, and what do they say?"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from filter.problems import Invalid, Problem
from filter.rulefiles.compile import compile_rules
from filter.rulefiles.sources import SourceFile, read_sources, revision_of
from filter.ruleset import RuleSet
from filter.strictyaml import Document, read_yaml


class RulesInvalid(Invalid):
    """The rules cannot be used; ``problems`` are all of them, in the order of files and lines."""


@dataclass(frozen=True, slots=True)
class CheckedRules:
    """A folder of rules, read: the set when it is valid, every problem, the number of files."""

    rules: RuleSet | None
    problems: tuple[Problem, ...]
    file_count: int
    revision: str


def load_rules(folder: Path) -> RuleSet:
    """Return all rules below a folder, compiled. Raises RulesInvalid, and nothing else."""
    checked = check_rules(folder)
    if checked.rules is None:
        raise RulesInvalid(checked.problems)
    return checked.rules


def check_rules(folder: Path) -> CheckedRules:
    """Return all rules below a folder and everything that is wrong or doubtful. Never raises."""
    files, problems = read_sources(folder)
    return check_sources(files, problems)


def check_sources(files: list[SourceFile], problems: list[Problem] | None = None) -> CheckedRules:
    """Return the rules of files that have been read already."""
    found = list(problems or ())
    documents: list[Document] = []
    rule_files = [file for file in files if not file.is_named]
    for file in rule_files:
        document, troubles = read_yaml(file.content, file.shown)
        found += troubles
        if not any(p.is_error for p in troubles):
            documents.append(document)
    revision = revision_of(files)
    readable = len(documents) == len(rule_files)
    lists = {file.shown: file.content for file in files if file.is_named}
    rules, troubles = compile_rules(documents, revision, complete=readable, lists=lists)
    found += troubles
    if any(p.is_error for p in found):
        rules = None
    return CheckedRules(rules, tuple(_sorted(found)), len(rule_files), revision)


def _sorted(problems: list[Problem]) -> list[Problem]:
    return sorted(problems, key=lambda p: (p.file, p.line, p.column, p.code))
