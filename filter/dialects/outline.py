"""Which parts of an HTML template stand in text, and which inside of a tag, a style, a comment?

Branches of whole elements can stand one after the other in one document; others cannot, and
make it several documents.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from filter.dialects.nodes import Choice, DialectError, Hole, Loop, Node, Text
from filter.dialects.spots import Elements, Kind, Spot, after, after_value

_PRIVATE = "\0"  # begins the names of structures that the template gives none
_UNSHOWN = frozenset({"comment", "<title>"})  # what stands there is in no text that the gate reads


@dataclass(frozen=True, slots=True)
class Piece:
    """Mark-up as it stands."""

    text: str


@dataclass(frozen=True, slots=True)
class Value:
    """A hole, and where it stands (Spot.place); ``before`` is the mark-up right before it.

    ``is_bare``: it is a value of an attribute, without quotes.
    """

    hole: Hole
    place: str
    before: str = ""
    is_bare: bool = False


@dataclass(frozen=True, slots=True)
class Fork:
    """A choice. ``is_whole``: it stands in text, and its branches are whole elements and text."""

    name: str
    branches: tuple[Outline, ...]
    line: int
    is_whole: bool
    is_shown: bool = True


@dataclass(frozen=True, slots=True)
class Cycle:
    """A loop over whole elements and text; ``is_shown`` says whether any text is in it."""

    name: str
    body: Outline
    line: int
    least: int
    most: int
    is_shown: bool = True


Part: TypeAlias = Piece | Value | Fork | Cycle
Outline: TypeAlias = tuple[Part, ...]


class Straddles(Exception):  # noqa: N818 - it says what a choice does
    """A choice whose branches are no pieces that could stand side by side: it must be decided."""

    def __init__(self, name: str, line: int, *, in_loop: bool) -> None:
        super().__init__(name)
        self.name = name
        self.line = line
        self.in_loop = in_loop


def named(nodes: Sequence[Node]) -> tuple[Node, ...]:
    """Return the nodes with a name for each structure, and optional holes as choices."""
    return tuple(_named(nodes, iter(range(10**9))))


def public_name(name: str) -> str:
    """Return what a structure is called in a pattern; "" for one that has no name of its own."""
    return "" if name.startswith(_PRIVATE) else name


def _named(nodes: Sequence[Node], numbers: Iterator[int]) -> Iterator[Node]:
    for node in nodes:
        match node:
            case Hole(optional=True):
                name = f"{_PRIVATE}{next(numbers)}"
                yield Choice(name, ((replace(node, optional=False),), ()), node.line)
            case Choice(name, branches, line):
                name = name or f"{_PRIVATE}{next(numbers)}"
                yield Choice(name, tuple(tuple(_named(b, numbers)) for b in branches), line)
            case Loop(name, body):
                name = name or f"{_PRIVATE}{next(numbers)}"
                yield replace(node, name=name, body=tuple(_named(body, numbers)))
            case _:
                yield node


def decided(nodes: Sequence[Node], name: str, branch: int) -> tuple[Node, ...]:
    """Return the nodes as they are where the choices of this name go one way."""
    return tuple(_decided(nodes, name, branch))


def _decided(nodes: Sequence[Node], name: str, branch: int) -> Iterator[Node]:
    for node in nodes:
        match node:
            case Choice(own, branches) if own == name:
                yield from _decided(
                    branches[branch] if branch < len(branches) else (), name, branch
                )
            case Choice(own, branches, line):
                yield Choice(own, tuple(decided(b, name, branch) for b in branches), line)
            case Loop():
                yield replace(node, body=decided(node.body, name, branch))
            case _:
                yield node


def branches_of(nodes: Sequence[Node], name: str) -> int:
    """Return how many branches the choices of a name have."""
    most = 0
    for node in nodes:
        match node:
            case Choice(own, branches):
                most = max(most, len(branches) if own == name else 0)
                most = max([most, *(branches_of(branch, name) for branch in branches)])
            case Loop(_, body):
                most = max(most, branches_of(body, name))
            case _:
                pass
    return most


def outline_of(nodes: Sequence[Node], file: str) -> Outline:
    """Return the parts of a template whose structures are ``named``.

    Raises Straddles for the first choice that must be decided before, DialectError for a value or
    a loop where none can stand.
    """
    survey = _Survey(file)
    parts, spot = survey.go(nodes, Spot(), Elements())
    if spot.kind is not Kind.TEXT:
        raise DialectError(file, 0, f"the source ends in the middle of a {spot.kind}", "close it")
    return parts


def outline_of_text(nodes: Sequence[Node]) -> Outline:
    """Return the parts of a template of plain text, whose structures are ``named``."""
    return tuple(_plain(node) for node in nodes)


def _plain(node: Node) -> Part:
    match node:
        case Text(text):
            return Piece(text)
        case Hole():
            return Value(node, "text")
        case Choice(name, branches, line):
            return Fork(name, tuple(map(outline_of_text, branches)), line, is_whole=True)
        case Loop(name, body, line, least, most):
            return Cycle(name, outline_of_text(body), line, least, most)


def parts_of(outline: Outline) -> Iterator[Part]:
    """Yield every part, those inside of structures too."""
    for part in outline:
        yield part
        if isinstance(part, Fork):
            for branch in part.branches:
                yield from parts_of(branch)
        elif isinstance(part, Cycle):
            yield from parts_of(part.body)


class _Survey:
    """Walks through the nodes with the tokenizer beside."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._loops = 0

    def go(self, nodes: Sequence[Node], spot: Spot, elements: Elements) -> tuple[Outline, Spot]:
        parts: list[Part] = []
        before = ""
        for node in nodes:
            match node:
                case Text(text):
                    spot = after(spot, text, elements)
                    parts.append(Piece(text))
                    before = text[-80:]
                    continue
                case Hole():
                    spot = self._value(node, spot)
                    is_bare = spot.kind is Kind.VALUE and not spot.quote
                    parts.append(Value(node, spot.place, before, is_bare))
                case Choice():
                    fork, spot = self._fork(node, spot)
                    parts.append(fork)
                case Loop():
                    parts.append(self._cycle(node, spot))
            before = ""
        return tuple(parts), spot

    def _value(self, hole: Hole, spot: Spot) -> Spot:
        following = after_value(spot)
        if following is None:
            raise DialectError(
                self._file,
                hole.line,
                f"{hole.expression or hole.name} stands inside of a tag, where anything could be"
                " added to it",
                "let it fill the value of an attribute, in quotes, or write the attribute out",
            )
        if following.place == "<script>":
            raise DialectError(
                self._file, hole.line, "a value in a script", "mail has no scripts: leave it out"
            )
        return following

    def _fork(self, choice: Choice, spot: Spot) -> tuple[Fork, Spot]:
        branches: list[Outline] = []
        following = spot
        straddles = False
        for place, branch in enumerate(choice.branches):
            elements = Elements()
            parts, end = self.go(branch, spot, elements)
            branches.append(parts)
            if place == 0:
                following = end
            straddles = straddles or not end.is_same(following) or not elements.are_whole
        in_text = spot.kind is Kind.TEXT
        if (
            straddles
            or (in_text and following.kind is not Kind.TEXT)
            or (not in_text and not following.is_same(spot))
        ):
            raise Straddles(choice.name, choice.line, in_loop=bool(self._loops))
        is_shown = spot.place not in _UNSHOWN
        return Fork(choice.name, tuple(branches), choice.line, in_text, is_shown), following

    def _cycle(self, loop: Loop, spot: Spot) -> Cycle:
        elements = Elements()
        self._loops += 1
        body, end = self.go(loop.body, spot, elements)
        self._loops -= 1
        if not end.is_same(spot) or not elements.are_whole:
            raise DialectError(
                self._file,
                loop.line,
                "each round of the loop opens or closes tags of what is around it",
                "write the loop around whole elements",
            )
        is_shown = spot.place not in _UNSHOWN
        if is_shown and spot.kind is not Kind.TEXT:
            raise DialectError(
                self._file,
                loop.line,
                f"a loop inside of {spot.place or 'a tag'}",
                "let the application pass one finished value instead",
            )
        return Cycle(loop.name, body, loop.line, loop.least, loop.most, is_shown)
