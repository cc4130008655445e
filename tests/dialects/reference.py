"""The plainest reading of nodes there is: a regular expression, holes as ``(.*?)``.

What a real engine wrote must be in its language to the last blank, and what was changed must not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from filter.dialects.nodes import Choice, Hole, Loop, Node, Source, Text


def expression(nodes: Iterable[Node]) -> str:
    return "".join(_one(node) for node in nodes)


def _one(node: Node) -> str:
    match node:
        case Text(text):
            return re.escape(text)
        case Hole(values=values) if values:
            return "(?:" + "|".join(re.escape(value) for value in values) + ")"
        case Hole():
            return "(?:.*?)"
        case Choice(_, branches):
            return "(?:" + "|".join(expression(branch) for branch in branches) + ")"
        case Loop(_, body, least=least, most=most):
            return f"(?:{expression(body)}){{{least},{most}}}"


def fits(nodes: Iterable[Node], rendered: str, *, folded: bool = False) -> bool:
    """``folded``: white space counts as the gate's usual matching counts it."""
    pattern = expression(nodes)
    if folded:  # re.escape writes a blank and a line end with a backslash before them
        pattern = re.sub(r"(?:\\\s)+", r"\\s*", pattern)
        pattern, rendered = rf"\s*{pattern}\s*", " ".join(rendered.split())
    return re.fullmatch(pattern, rendered, re.DOTALL) is not None


def shown(nodes: Iterable[Node]) -> str:
    """Nodes on one line: ``Hi [name]``, ``(if_x: a | b)``, ``{each_x: a}*``."""
    return "".join(_shown(node) for node in nodes)


def _shown(node: Node) -> str:
    match node:
        case Text(text):
            return text
        case Hole(name, values=values, optional=optional):
            return f"[{name}{'=' + '/'.join(values) if values else ''}{'?' if optional else ''}]"
        case Choice(name, branches):
            return f"({name}: {' | '.join(shown(branch) for branch in branches)})"
        case Loop(name, body, least=least):
            return f"{{{name}: {shown(body)}}}{'+' if least else '*'}"


def no_files(name: str) -> Source | None:
    return None


class Folder:
    """Finds the files that a test wrote down."""

    def __init__(self, **files: str) -> None:
        self._files = files

    def __call__(self, name: str) -> Source | None:
        text = self._files.get(name)
        return None if text is None else Source(name, text)
