"""One rendering of a template that was read: with these values, these branches, these rounds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from filter.dialects.nodes import Choice, Hole, Loop, Node, Text

MAX_CHARS = 2_000_000  # of one rendering; loops in loops grow quickly


class TooLongError(ValueError):
    """A rendering would be longer than MAX_CHARS."""


@dataclass(frozen=True, slots=True)
class Picks:
    """What is filled in. All parts of a message are rendered with the same picks.

    ``value`` gets a hole and the number of the round, from 0, in which it stands (0 outside of
    loops); ``branch`` a choice, ``rounds`` a loop. ``is_empty`` says whether an optional hole is
    left out.
    """

    value: Callable[[Hole, int], str]
    branch: Callable[[Choice], int]
    rounds: Callable[[Loop], int]
    is_empty: bool = False


def render(
    nodes: Sequence[Node], picks: Picks, *, escape: Callable[[str], str] | None = None
) -> str:
    """Return what an engine would write. ``escape`` is applied to values, as in HTML.

    Raises TooLongError.
    """
    pieces: list[str] = []
    length = 0
    for piece in _pieces(nodes, picks, escape, 0):
        length += len(piece)
        if length > MAX_CHARS:
            raise TooLongError(f"a rendering of more than {MAX_CHARS} characters")
        pieces.append(piece)
    return "".join(pieces)


def _pieces(
    nodes: Sequence[Node], picks: Picks, escape: Callable[[str], str] | None, number: int
) -> Iterator[str]:
    for node in nodes:
        match node:
            case Text(text):
                yield text
            case Hole(optional=True) if picks.is_empty:
                pass
            case Hole():
                value = picks.value(node, number)
                yield escape(value) if escape else value
            case Choice(_, branches):
                yield from _pieces(branches[picks.branch(node)], picks, escape, number)
            case Loop(_, body):
                for turn in range(picks.rounds(node)):
                    yield from _pieces(body, picks, escape, number + turn)


def most_branches(nodes: Sequence[Node]) -> int:
    """Return the greatest number of branches of a choice; 1 when there is none."""
    most = 1
    for node in nodes:
        match node:
            case Choice(_, branches):
                most = max(most, len(branches), *(most_branches(branch) for branch in branches))
            case Loop(_, body):
                most = max(most, most_branches(body), 2)
            case Hole(optional=True):
                most = max(most, 2)
    return most
