"""How is a Django template cut into text, values and tags, and how are its expressions written?

The grammar is that of django.template.base and .smartif; Django itself is not needed to read it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from filter.dialects.limits import check_nesting
from filter.dialects.nodes import DialectError, Source

_OPENS = re.compile(r"\{[%{#]")
_CLOSES = {"{%": "%}", "{{": "}}", "{#": "#}"}
_STRING = r"""(?:"[^"\\]*(?:\\.[^"\\]*)*"|'[^'\\]*(?:\\.[^'\\]*)*')"""
_BIT = re.compile(rf"(?:[^\s\"']|{_STRING})+|\S+")
_OPERAND = rf"(?:_\({_STRING}\)|{_STRING}|[-+.\w]+)"
_HEAD = re.compile(rf"\s*({_OPERAND})")
_FILTER = re.compile(rf"\s*\|\s*(\w+)(?::({_OPERAND}))?")

# What closes a block, and what divides it.
BLOCKS: dict[str, tuple[str, ...]] = {
    "if": ("elif", "else"),
    "for": ("empty",),
    "ifchanged": ("else",),
    "blocktrans": ("plural",),
    "blocktranslate": ("plural",),
    **dict.fromkeys(
        (
            "autoescape", "block", "cache", "comment", "filter", "language", "localize",
            "localtime", "spaceless", "timezone", "with",
        ),
        (),
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Plain:
    """Text that is written as it is."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Output:
    """``{{ … }}``, without the braces."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a block: the tag that opens it and what follows."""

    name: str
    rest: str
    line: int
    body: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Tag:
    """``{% … %}``; a block has parts, of which the first is the block's own."""

    name: str
    rest: str
    line: int
    parts: tuple[Part, ...] = ()


Item: TypeAlias = Plain | Output | Tag


@dataclass(frozen=True, slots=True)
class FilterUse:
    """One filter behind a value; the argument as it is written."""

    name: str
    argument: str | None


@dataclass(frozen=True, slots=True)
class Filtered:
    """A value and its filters. ``head`` is a name, a number, a string, or ``_("…")``."""

    head: str
    filters: tuple[FilterUse, ...]


@dataclass(slots=True)
class _Open:
    name: str
    rest: str
    line: int
    parts: list[Part]
    part: tuple[str, str, int]
    body: list[Item]


def parse(source: Source) -> tuple[Item, ...]:  # noqa: C901 - one row a kind of piece
    """Return the tree of a template; raises DialectError."""
    file = source.name
    line = 1
    verbatim = ""
    bottom = _Open("", "", 1, [], ("", "", 1), [])
    stack = [bottom]
    closers = set(re.findall(r"\{%\s*end(\w+)", source.text))
    for number, piece in enumerate(_pieces(source.text)):
        inside = piece[2:-2].strip() if number % 2 else ""
        if verbatim:
            if number % 2 and piece.startswith("{%") and inside == verbatim:
                verbatim = ""
            else:
                stack[-1].body.append(Plain(piece, line))
        elif number % 2 == 0:
            if piece:
                stack[-1].body.append(Plain(piece, line))
        elif piece.startswith("{{"):
            stack[-1].body.append(Output(inside, line))
        elif piece.startswith("{%"):
            name, _, rest = inside.replace("\t", " ").partition(" ")
            if name == "verbatim":
                verbatim = f"end{inside}"
            else:
                _take(stack, name, rest.strip(), (file, line), closers)
        line += piece.count("\n")
    if verbatim:
        raise DialectError(file, line, "a verbatim without its end", f"write {{% {verbatim} %}}")
    if len(stack) > 1:
        top = stack[-1]
        raise DialectError(
            file, top.line, f"a {top.name} without its end", f"write {{% end{top.name} %}}"
        )
    return tuple(bottom.body)


def _pieces(text: str) -> list[str]:
    """Return text and tags in turn, as ``re.split`` with Django's pattern does; linear in time.

    A tag begins and ends on one line.
    """
    pieces: list[str] = []
    position, line_end = 0, -1
    without: dict[str, int] = {}  # up to where there is no end of a kind of tag
    while found := _OPENS.search(text, max(position, without.get("from", 0))):
        start = found.start()
        if start > line_end:
            line_end = text.find("\n", start)
            line_end = len(text) if line_end < 0 else line_end
        sign = _CLOSES[found[0]]
        end = -1 if start < without.get(sign, 0) else text.find(sign, start + 2, line_end)
        if end < 0:
            without[sign] = line_end
            without["from"] = start + 1
            continue
        pieces += [text[position:start], text[start : end + 2]]
        position = end + 2
    pieces.append(text[position:])
    return pieces


def _take(
    stack: list[_Open], name: str, rest: str, place: tuple[str, int], closers: set[str]
) -> None:
    file, line = place
    top = stack[-1]
    if not name:
        raise DialectError(file, line, "an empty tag", "remove it")
    if top.name == "comment" and name != "endcomment":
        return
    if name in BLOCKS:
        check_nesting(len(stack), file, line)
        stack.append(_Open(name, rest, line, [], (name, rest, line), []))
    elif top.name and name == f"end{top.name}":
        stack.pop()
        parts = (*top.parts, Part(*top.part, tuple(top.body)))
        stack[-1].body.append(Tag(top.name, top.rest, top.line, parts))
    elif top.name and name in BLOCKS[top.name]:
        top.parts.append(Part(*top.part, tuple(top.body)))
        top.part, top.body = (name, rest, line), []
    elif name in {"else", "elif", "empty", "plural"} or name.startswith("end"):
        raise DialectError(
            file, line, f'"{name}" has nothing that it belongs to here', "look for a missing tag"
        )
    elif name in closers:
        raise DialectError(
            file,
            line,
            f'the block "{name}" is not Django\'s own: what it writes is not known',
            "write what it writes as text and {{ values }}",
        )
    else:
        top.body.append(Tag(name, rest, line))


def bits_of(rest: str) -> list[str]:
    """Return the words of a tag; a string is one word, blanks and all."""
    return [found.group() for found in _BIT.finditer(rest)]


def filtered_of(text: str, file: str, line: int) -> Filtered:
    """Return a value and its filters; raises DialectError when it is not one."""
    head = _HEAD.match(text)
    if head is None:
        raise _unreadable(text, file, line)
    position, filters = head.end(), []
    while found := _FILTER.match(text, position):
        filters.append(FilterUse(found[1], found[2]))
        position = found.end()
    if text[position:].strip():
        raise _unreadable(text, file, line)
    return Filtered(head[1], tuple(filters))


def _unreadable(text: str, file: str, line: int) -> DialectError:
    return DialectError(
        file,
        line,
        f'"{text[:60]}" is no value of a Django template',
        "write a name with dots, a string or a number, then |filters",
    )


def unquoted(text: str) -> str | None:
    """Return what a string literal says; None when it is none."""
    inner = text[2:-1] if text.startswith("_(") and text.endswith(")") else text
    if len(inner) < 2 or inner[0] != inner[-1] or inner[0] not in "\"'":  # noqa: PLR2004
        return None
    quote = inner[0]
    return inner[1:-1].replace(f"\\{quote}", quote).replace("\\\\", "\\")


# --- conditions


@dataclass(frozen=True, slots=True)
class Operation:
    """``not x``, ``x and y``, ``x == y`` …; a value stands as its text."""

    sign: str
    operands: tuple[Expression, ...]


Expression: TypeAlias = Operation | str

_STRENGTH = {"or": 6, "and": 7, "in": 9, "not in": 9, "is": 10, "is not": 10,
             "==": 10, "!=": 10, ">": 10, "<": 10, ">=": 10, "<=": 10}  # fmt: skip
_NOT_STRENGTH = 8


class Conditions:
    """Reads the expression of an ``if`` with Django's precedences."""

    def __init__(self, words: Sequence[str], file: str, line: int) -> None:
        self._words = words
        self._file = file
        self._line = line
        self._position = 0
        self._depth = 0

    def read(self) -> Expression:
        """Return the whole expression; raises DialectError when there is more, or less."""
        result = self._above(0)
        if self._position < len(self._words):
            raise self._trouble()
        return result

    def _above(self, strength: int) -> Expression:
        self._depth += 1
        check_nesting(self._depth, self._file, self._line)
        left: Expression
        word = self._next()
        if word == "not":
            left = Operation("not", (self._above(_NOT_STRENGTH),))
        elif word in _STRENGTH:
            raise self._trouble()
        else:
            left = word
        while (sign := self._sign()) and _STRENGTH[sign] > strength:
            self._position += len(sign.split())
            left = Operation(sign, (left, self._above(_STRENGTH[sign])))
        self._depth -= 1
        return left

    def _next(self) -> str:
        if self._position >= len(self._words):
            raise self._trouble()
        self._position += 1
        return self._words[self._position - 1]

    def _sign(self) -> str:
        for length in (2, 1):
            words = " ".join(self._words[self._position : self._position + length])
            if words in _STRENGTH:
                return words
        return ""

    def _trouble(self) -> DialectError:
        return DialectError(
            self._file,
            self._line,
            f'"{" ".join(self._words)[:60]}" is no condition of a Django template',
            "write values with and, or, not, in, is, ==, !=, <, >, <=, >= between them",
        )
