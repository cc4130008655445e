"""The language of nodes, as a regular expression: what a template may say, for tests only."""

import re
from collections.abc import Iterator, Mapping

from filter.dialects.nodes import Choice, Hole, Loop, Node, Source, Text


def expression(nodes: tuple[Node, ...]) -> str:
    """Return the regular expression of what the nodes say; white space counts as one blank."""
    return "".join(map(_one, nodes))


def _one(node: Node) -> str:
    match node:
        case Text(text):
            return "".join(r"\s+" if part.isspace() else re.escape(part) for part in _runs(text))
        case Hole():
            return "(?:.*?)"
        case Choice(branches=branches):
            return "(?:" + "|".join(map(expression, branches)) + ")"
        case Loop(body=body, least=least, most=most):
            return f"(?:{expression(body)}){{{least},{most}}}"


def _runs(text: str) -> list[str]:
    return [part for part in re.split(r"(\s+)", text) if part]


def says(nodes: tuple[Node, ...], text: str) -> bool:
    """Return whether the nodes say the text, letter for letter."""
    pattern = expression(nodes)
    # White space that ends a piece and begins the next is one run in the text.
    pattern = re.sub(r"(?:\\s\+)+", r"\\s*", pattern)
    return re.fullmatch(pattern, text, re.DOTALL) is not None


def exactly(nodes: tuple[Node, ...], text: str) -> bool:
    """Return whether the nodes say the text, white space and all."""
    return re.fullmatch(_exact(nodes), text, re.DOTALL) is not None


def _exact(nodes: tuple[Node, ...]) -> str:
    parts = []
    for node in nodes:
        match node:
            case Text(text):
                parts.append(re.escape(text))
            case Hole():
                parts.append("(?:.*?)")
            case Choice(branches=branches):
                parts.append("(?:" + "|".join(map(_exact, branches)) + ")")
            case Loop(body=body, least=least, most=most):
                parts.append(f"(?:{_exact(body)}){{{least},{most}}}")
    return "".join(parts)


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
