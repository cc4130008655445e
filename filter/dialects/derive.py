"""Which approved wordings does a template of any dialect stand for?

Text stays, holes become slots, choices become alternatives and loops become repeats. What an HTML
source shows is in page.py; both make the same tokens.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from filter.dialects.nodes import Choice, DialectError, Hole, Loop, Node, Text
from filter.dialects.tidy import Tokens, tidied
from filter.templates.pattern import MAX_DEPTH, Either, Literal, Repeat, SlotUse, Token
from filter.templates.wording import MAX_SLOTS

MAX_STRUCTURES = 200  # choices and loops in one wording


def text_tokens(nodes: Sequence[Node], *, file: str = "", keep_lines: bool = False) -> Tokens:
    """Return the wording that the nodes render to as plain text: a subject, an SMS, a text part.

    ``keep_lines`` leaves the line ends of the source in the literals, for people: the gate folds
    them. Raises DialectError for what is more than one wording may hold.
    """
    check_limits(nodes, file)
    return tidied(tuple(_tokens(nodes)), keep_lines=keep_lines)


def _tokens(nodes: Sequence[Node]) -> Iterator[Token]:
    for node in nodes:
        match node:
            case Text(text):
                yield Literal(text)
            case Hole(name, optional=True):
                yield Either("", ((SlotUse(name),), ()))
            case Hole(name):
                yield SlotUse(name)
            case Choice(name, branches):
                yield Either(name, tuple(tuple(_tokens(branch)) for branch in branches))
            case Loop(name, body, _, least, most):
                yield Repeat(name, least, most, tuple(_tokens(body)))


def check_limits(nodes: Sequence[Node], file: str) -> None:
    """Raise DialectError when the nodes hold more slots or structures than a wording may."""
    slots = structures = 0
    for node, depth in _walk(nodes):
        if isinstance(node, Hole):
            slots += 1
        if isinstance(node, Choice | Loop) or (isinstance(node, Hole) and node.optional):
            structures += 1
        problem = (
            f"more than {MAX_SLOTS} values in one text" if slots > MAX_SLOTS
            else f"more than {MAX_STRUCTURES} conditions and loops in one text"
            if structures > MAX_STRUCTURES
            else f"conditions and loops more than {MAX_DEPTH} deep" if depth > MAX_DEPTH
            else ""
        )  # fmt: skip
        if problem:
            line = 0 if isinstance(node, Text) else node.line
            raise DialectError(file, line, problem, "make several templates of it")


def _walk(nodes: Sequence[Node]) -> Iterator[tuple[Node, int]]:
    """Yield every node with the number of structures around and including it; no recursion."""
    stack = [(node, 0) for node in reversed(nodes)]
    while stack:
        node, depth = stack.pop()
        match node:
            case Choice(_, branches):
                yield node, depth + 1
                stack += [(n, depth + 1) for branch in branches[::-1] for n in reversed(branch)]
            case Loop(_, body):
                yield node, depth + 1
                stack += [(n, depth + 1) for n in reversed(body)]
            case _:
                yield node, depth
