"""Which mark-up does an HTML template of any dialect stand for?

The source is brought into canonical form (filter/reading/canonical.py) with one character for each
hole and for each border of a branch; then those become slots and structures. Where a character
stands says whether its hole may be one: only in text and in values of attributes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from filter.dialects.nodes import Choice, DialectError, Hole, Loop, Node, Text
from filter.reading.canonical import (
    FIRST_MARK,
    LAST_MARK,
    MarkupError,
    Place,
    canonical_with_marks,
    marks_in,
)
from filter.templates.pattern import Either, Literal, Repeat, SlotUse, Token, normalised

_HOLES = frozenset({"text", "value", "comment"})
_LOOPS = _HOLES
_CHOICES = _HOLES | {"tag", "raw"}
MAX_MARKS = 5000
MAX_DEPTH = 8


def markup_tokens(nodes: Sequence[Node], *, file: str = "") -> tuple[Token, ...]:
    """Return the pattern over canonical mark-up that an HTML source renders to.

    ``file`` names the source in errors. Raises DialectError where a hole is no text and no part of
    a value, and where a branch or a round begins in one kind of place and ends in another.
    """
    flat = _Flat(file)
    flat.add(nodes, 0)
    try:
        form, places = canonical_with_marks("".join(flat.pieces))
    except MarkupError as error:
        line = flat.line_at(error.offset)
        raise DialectError(file, line, error.message, "write plain, closed tags") from error
    for group in flat.groups:
        _check(group, places, file)
    return normalised(_Builder(form, flat).tokens())


@dataclass(frozen=True, slots=True)
class _Group:
    """A hole, choice or loop with its marks: one, or those before, between and after branches."""

    node: Hole | Choice | Loop
    marks: tuple[str, ...]


@dataclass(slots=True)
class _Flat:
    """The source in one piece."""

    file: str
    pieces: list[str] = field(default_factory=list)
    groups: list[_Group] = field(default_factory=list)
    by_mark: dict[str, tuple[_Group, int]] = field(default_factory=dict)  # and which of its marks
    _lines: list[tuple[int, int]] = field(default_factory=list)  # offset and line of each text
    _length: int = 0
    _count: int = 0

    def add(self, nodes: Sequence[Node], depth: int) -> None:
        for node in nodes:
            match node:
                case Text(text, line):
                    self._text(text, line)
                case Hole(optional=True):
                    hole = Hole(node.name, node.expression, node.line, node.hint, node.values)
                    self._structure(Choice("", ((hole,), ()), node.line), depth)
                case Hole():
                    mark = self._mark(node.line)
                    self._put(mark)
                    self._note(_Group(node, (mark,)))
                case Choice() | Loop():
                    self._structure(node, depth)

    def line_at(self, offset: int) -> int:
        """Return the line of a character of the whole."""
        found = 0
        for start, line in self._lines:
            if start > offset:
                break
            before = "".join(self.pieces)[start:offset]
            found = line + before.count("\n") if line else 0
        return found

    def _structure(self, node: Choice | Loop, depth: int) -> None:
        if depth >= MAX_DEPTH:
            raise DialectError(
                self.file,
                node.line,
                f"conditions and loops more than {MAX_DEPTH} deep",
                "make several templates of it",
            )
        marks = [self._mark(node.line)]
        self._put(marks[0])
        branches = node.branches if isinstance(node, Choice) else (node.body,)
        for branch in branches:
            self.add(branch, depth + 1)
            marks.append(self._mark(node.line))
            self._put(marks[-1])
        self._note(_Group(node, tuple(marks)))

    def _note(self, group: _Group) -> None:
        self.groups.append(group)
        self.by_mark.update({mark: (group, place) for place, mark in enumerate(group.marks)})

    def _text(self, text: str, line: int) -> None:
        if next(marks_in(text), None) is not None:
            raise DialectError(
                self.file, line, "a private character (U+100000 and up)", "leave it out"
            )
        self._lines.append((self._length, line))
        self._put(text)

    def _put(self, text: str) -> None:
        self.pieces.append(text)
        self._length += len(text)

    def _mark(self, line: int) -> str:
        if self._count > min(MAX_MARKS, LAST_MARK - FIRST_MARK):
            raise DialectError(
                self.file,
                line,
                f"more than {MAX_MARKS} holes and branches",
                "make several templates of it",
            )
        self._count += 1
        return chr(FIRST_MARK + self._count - 1)


def _check(group: _Group, places: dict[str, Place], file: str) -> None:
    """Raise DialectError where something stands that a slot or a structure cannot stand for."""
    node = group.node
    found = [places.get(mark) for mark in group.marks]
    first = found[0]
    if isinstance(node, Hole):
        what, allowed = f"`{node.expression or node.name}`", _HOLES
    elif isinstance(node, Loop):
        what, allowed = "a loop", _LOOPS
    else:
        what, allowed = "a condition", _CHOICES
    if first is None or first.kind not in allowed:
        message, remedy = _refusal(first, is_hole=isinstance(node, Hole))
        raise DialectError(file, node.line, f"{what} {message}", remedy)
    if any(place != first for place in found):
        raise DialectError(
            file,
            node.line,
            f"{what} that begins in {_named(first)} and goes on elsewhere",
            "write it around whole tags, around whole attributes, or inside of one value",
        )


def _named(place: Place) -> str:
    match place.kind:
        case "value":
            return f"the value of {place.attribute}"
        case "tag":
            return f"the tag <{place.element}>"
        case "raw":
            return f"<{place.element}>"
        case "comment":
            return "a comment"
        case _:
            return f"<{place.element}>" if place.element else "text"


def _refusal(place: Place | None, *, is_hole: bool) -> tuple[str, str]:
    if place is None:
        return "stands in the document type or in a comment's borders", "write it out"
    if place.kind == "tag":
        remedy = "let it fill the value of an attribute, in quotes, or write the attribute out"
        return f"stands inside of the tag <{place.element}>", remedy
    if place.element == "style":
        remedy = (
            "write the style out, or set it in a style attribute" if is_hole else "write it out"
        )
        return "stands in a style sheet", remedy
    if place.element == "script":
        return "stands in a script", "mail has no scripts: leave it out"
    return "stands in a comment for Outlook that is no plain mark-up", "close its tags"


@dataclass(slots=True)
class _Builder:
    """Turns the canonical form back into tokens."""

    form: str
    flat: _Flat

    def tokens(self) -> list[Token]:
        stack: list[tuple[_Group, list[tuple[Token, ...]]]] = []
        levels: list[list[Token]] = [[]]
        position = 0
        for found in marks_in(self.form):
            if found.start() > position:
                levels[-1].append(Literal(self.form[position : found.start()]))
            position = found.end()
            group, place = self.flat.by_mark[found[0]]
            node = group.node
            if isinstance(node, Hole):
                levels[-1].append(SlotUse(node.name))
                continue
            if place == 0:
                stack.append((group, []))
                levels.append([])
                continue
            _, branches = stack[-1]
            branches.append(tuple(levels.pop()))
            if place < len(group.marks) - 1:
                levels.append([])
                continue
            stack.pop()
            levels[-1].append(_structure(node, tuple(branches)))
        if position < len(self.form):
            levels[-1].append(Literal(self.form[position:]))
        return levels[-1]


def _structure(node: Choice | Loop, branches: tuple[tuple[Token, ...], ...]) -> Token:
    if isinstance(node, Loop):
        return Repeat(node.name, node.least, node.most, branches[0])
    return Either(node.name, branches)
