"""The keys of each rule in the order in which docs/rules.md lists them, comments with their keys.

Done by moving lines: a comment stands above the key that it is about, and a YAML library that
keeps comments ties it to the key before.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeAlias

from filter.rulefiles.entries import is_flow, last_line_of
from filter.rulefiles.model import RuleFile
from filter.schemaproblems import fields_at
from filter.strictyaml import Document, Node

_Path: TypeAlias = tuple[str | int, ...]
_BEFORE_FIRST = re.compile(r" *(?:- +)*")


def in_order(document: Document, text: str) -> str:
    """Return the text with the keys of its rules in order; its sections stay where they are.

    ``document`` is the text, read. Mappings in brackets are left alone.
    """
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    if document.root is not None:
        _order(document.root, (), lines)
    return "".join(lines)


def order_of(path: _Path) -> tuple[str, ...]:
    """Return the documented order of the keys at a place of a rule file; () where there is none.

    A field that holds one thing or a list of things is looked at as the thing.
    """
    return tuple(fields_at(RuleFile, path)) if path else ()


def _order(node: Node, path: _Path, lines: list[str]) -> None:
    if not node.children or is_flow(node, lines):
        return
    for step, child in node.children.items():
        _order(child, (*path, step), lines)
    if not node.keys:
        return
    known = order_of(path)
    keys = list(node.keys)
    wanted = sorted(keys, key=lambda key: known.index(key) if key in known else len(known))
    if known and wanted != keys:
        _move(node, wanted, lines)


def _move(node: Node, wanted: Sequence[str], lines: list[str]) -> None:
    """Put the lines of each key, with the comments above it, in another order."""
    keys = list(node.keys)
    starts = [_start(node.keys[key], lines, is_first=not index) for index, key in enumerate(keys)]
    end = last_line_of(node, lines) + 1
    while end > starts[-1] + 1 and not lines[end - 1].strip():
        end -= 1
    first = node.keys[keys[0]].place
    prefix = lines[starts[0]][: first.column - 1]
    if not _BEFORE_FIRST.fullmatch(prefix):
        return
    lines[starts[0]] = " " * len(prefix) + lines[starts[0]][len(prefix) :]
    segments = {
        key: lines[start:stop]
        for key, start, stop in zip(keys, starts, [*starts[1:], end], strict=True)
    }
    moved = [line for key in wanted for line in segments[key]]
    at = next(index for index, line in enumerate(moved) if not line.lstrip().startswith("#"))
    moved[at] = prefix + moved[at][len(prefix) :]
    # A comment above the first key stands above the hyphen, too.
    dash = prefix.find("-")
    if dash >= 0:
        moved[:at] = [" " * dash + line.lstrip() for line in moved[:at]]
    lines[starts[0] : end] = moved


def _start(key: Node, lines: Sequence[str], *, is_first: bool) -> int:
    """Return the first line of a key, from 0: that of the comments right above it."""
    start = key.place.line - 1
    above = " " * (key.place.column - 1) + "#"
    while not is_first and start > 0 and lines[start - 1].startswith(above):
        start -= 1
    return start
