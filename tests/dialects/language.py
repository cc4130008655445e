"""The language of nodes, as a regular expression: what a template may say, for tests only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import re2  # type: ignore[import-untyped] # it has no stubs

from filter.dialects.nodes import Choice, Hole, Loop, Node, Source, Text

ANYTHING = "(?s:.)*"
DIGITS = "[0-9]*"
MOST = 5  # rounds of a loop: no test has more, and RE2 limits nested repetition


def says(nodes: tuple[Node, ...], text: str, hole: str = ANYTHING) -> bool:
    """Return whether the nodes say the text, letter for letter, white space and all."""
    return re2.fullmatch(_expression(nodes, hole), text) is not None


def _expression(nodes: tuple[Node, ...], hole: str) -> str:
    return "".join(_one(node, hole) for node in nodes)


def _one(node: Node, hole: str) -> str:
    match node:
        case Text(text):
            return str(re2.escape(text))
        case Hole():
            return f"(?:{hole})"
        case Choice(branches=branches):
            return "(?:" + "|".join(_expression(branch, hole) for branch in branches) + ")"
        case Loop(body=body, least=least, most=most):
            return f"(?:{_expression(body, hole)}){{{least},{min(most, MOST)}}}"


def all_of(nodes: tuple[Node, ...]) -> Iterator[Node]:
    """Yield every node, nested ones too."""
    for node in nodes:
        yield node
        match node:
            case Choice(branches=branches):
                for branch in branches:
                    yield from all_of(branch)
            case Loop(body=body):
                yield from all_of(body)
            case _:
                pass


class Folder:
    """Finds templates in a dictionary, as a loader finds them in a folder."""

    def __init__(self, files: Mapping[str, str] | None = None) -> None:
        self.files = dict(files or {})

    def __call__(self, name: str) -> Source | None:
        text = self.files.get(name)
        return None if text is None else Source(name, text)
