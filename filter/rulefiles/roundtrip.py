"""Reads a rule file and writes it again with its comments, quotes and blocks: the door of ruamel.

For commands that change files of people; the gate never imports it. What it writes means the same:
no plain word is taken for anything else (``0123`` and ``no`` stay as they are), and what does not
show on a screen is written as an escape, wherever double quotes allow it.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.emitter import RoundTripEmitter
from ruamel.yaml.error import YAMLError
from ruamel.yaml.resolver import VersionedResolver
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, LiteralScalarString

Path: TypeAlias = tuple[str | int, ...]

WIDTH = 100

_NULL = [("tag:yaml.org,2002:null", re.compile(r"(?:~|null|Null|NULL|)\Z"))]
_ONLY_NULL = dict.fromkeys(("~", "n", "N", ""), _NULL)
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
# Words that mean something else to this or to another reader of YAML.
_TAKEN = frozenset({"true", "false", "null", "yes", "no", "on", "off"})
_FOREIGN = re.compile(r"[\u0370-\u052f]")  # Greek and Cyrillic
_MIXED = re.compile(r"[A-Za-z][\u0370-\u052f]|[\u0370-\u052f][A-Za-z]")
_PLAIN_WORD = re.compile(r"\A\w")


class _Resolver(VersionedResolver):
    """Every plain word but null is a text, so that it is written as it was read."""

    @property
    def versioned_resolver(self) -> Any:
        """Return what plain scalars may be, by their first character."""
        return _ONLY_NULL


class _Emitter(RoundTripEmitter):
    """Breaks long texts before the width, not after it, and at single blanks only."""

    def write_double_quoted(self, text: Any, split: Any = True) -> None:  # noqa: FBT002 - ruamel's
        words = [_escaped_word(word) for word in str(text).split(" ")]
        self.write_indicator('"', True)
        self._put_words(words, split=bool(split))
        self.write_indicator('"', False)

    def write_single_quoted(self, text: Any, split: Any = True) -> None:  # noqa: FBT002 - ruamel's
        if "\n" in text:
            super().write_single_quoted(text, split)
            return
        self.write_indicator("'", True)
        self._put_words(str(text).replace("'", "''").split(" "), split=bool(split))
        self.write_indicator("'", False)

    def write_plain(self, text: Any, split: Any = True) -> None:  # noqa: FBT002 - ruamel's
        if self.root_context or not text or "\n" in text:
            super().write_plain(text, split)
            return
        if not self.whitespace:
            self._put(" ")
        self._put_words(str(text).split(" "), split=bool(split), plain=True)

    def _put_words(self, words: Sequence[str], *, split: bool, plain: bool = False) -> None:
        """Write words with a blank between them, or a line end where the line would be too long.

        A blank beside another one, or at an end of the text, must not become a line end; nor may a
        line of a plain text begin with a sign. Nothing in brackets or braces is broken.
        """
        stretches: list[str] = []
        split = split and not self.flow_level  # {pattern: "…"} is hard enough to read in one piece
        for index, word in enumerate(words):
            may_begin = split and bool(word) and bool(words[index - 1])
            if not index or (may_begin and (not plain or _PLAIN_WORD.match(word))):
                stretches.append(word)
            else:
                stretches[-1] += f" {word}"
        last = len(stretches) - 1
        for index, stretch in enumerate(stretches):
            if index:
                needed = self.column + 1 + len(stretch) + (index == last and not plain)
                if needed > self.best_width:
                    self.write_indent()
                else:
                    self._put(" ")
            self._put(stretch)

    def _put(self, data: str) -> None:
        if data:
            self.whitespace = False
            self.indention = False
            self.column += len(data)
            self.stream.write(data)


class RoundTripError(ValueError):
    """A text that our own reader takes cannot be read here."""


def load(text: str) -> Any:
    """Return a rule file as a tree that keeps how it is written; it was read as YAML before.

    Raises RoundTripError where the two libraries do not agree.
    """
    try:
        return _yaml().load(text)
    except (YAMLError, ValueError, RecursionError) as exc:
        raise RoundTripError(str(exc).splitlines()[0] if str(exc) else "unreadable") from exc


def dump(tree: Any, *, width: int = WIDTH) -> str:
    """Return the text of a tree, indented as docs/rules.md shows."""
    stream = io.StringIO()
    yaml = _yaml()
    yaml.width = width
    yaml.dump(tree, stream)
    return stream.getvalue()


def block_lines(brackets: str, column: int) -> list[str]:
    """Return the lines of a list that is written in brackets, one item a line."""
    tree = load(f"x: {brackets}")
    tree["x"].fa.set_block_style()
    return _shifted(dump(tree, width=max(WIDTH - column + 2, 40)), column)


def list_lines(items: Sequence[dict[str, str]], column: int) -> list[str]:
    """Return the lines of a list of mappings of texts whose hyphens stand in a column, from 0."""
    tree = {"x": [entry(item) for item in items]}
    return _shifted(dump(tree, width=max(WIDTH - column + 2, 40)), column)


def _shifted(text: str, column: int) -> list[str]:
    """Return the lines of a list below the key ``x`` with its hyphens in another column."""
    shift = column - 2
    lines = text.split("\n")[1:-1]
    return [(" " * shift + line if shift >= 0 else line[-shift:]) if line else "" for line in lines]


def order_in_brackets(
    tree: Any, order_of: Callable[[tuple[str | int, ...]], Sequence[str]], path: Path = ()
) -> None:
    """Put the keys of mappings in brackets in order; those with comments in them stay."""
    if isinstance(tree, CommentedSeq):
        for index, item in enumerate(tree):
            order_in_brackets(item, order_of, (*path, index))
    elif isinstance(tree, CommentedMap):
        for key, item in tree.items():
            order_in_brackets(item, order_of, (*path, str(key)))
        known = {key: index for index, key in enumerate(order_of(path))}
        if known and tree.fa.flow_style() and not tree.ca.items:
            for key in sorted(tree, key=lambda one: known.get(one, len(known))):
                tree.move_to_end(key)


def entry(fields: dict[str, str]) -> CommentedMap:
    """Return a mapping of texts to be added to a tree, several lines of text as a block."""
    return CommentedMap({key: _text(value) for key, value in fields.items()})


def _text(value: str) -> str:
    value = str(value)  # an enumeration's name is a text, too
    lines = value.split("\n")
    # A block cannot show what is invisible, nor blanks at the ends of lines, nor empty lines at its
    # own ends.
    inner = lines[:-1] if lines[-1] == "" else lines
    ends = bool(inner[:1] and inner[0] and inner[-1])
    if len(lines) > 1 and ends and all(_is_plain_line(line) for line in lines):
        block: str = LiteralScalarString(value)
        return block
    if re.fullmatch(r"[a-z][a-z0-9 ._-]*[a-z0-9]", value) and value not in _TAKEN:
        return value
    quoted: str = DoubleQuotedScalarString(value)
    return quoted


def _is_plain_line(line: str) -> bool:
    return line.isprintable() and line == line.rstrip() and line[:1] != " "


def _escaped_word(word: str) -> str:
    """Return a word with escapes for what a reviewer cannot see: a Cyrillic a in a Latin word."""
    mixed = _MIXED.search(word) is not None
    return "".join(f"\\u{ord(c):04X}" if mixed and _FOREIGN.match(c) else _escaped(c) for c in word)


def _escaped(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if character.isprintable():
        return character
    number = ord(character)
    return f"\\u{number:04X}" if number <= 0xFFFF else f"\\U{number:08X}"  # noqa: PLR2004


def _yaml() -> YAML:
    yaml = YAML(typ="rt", pure=True)
    yaml.preserve_quotes = True
    yaml.width = WIDTH
    yaml.allow_unicode = True
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.Resolver = _Resolver
    yaml.Emitter = _Emitter
    return yaml
