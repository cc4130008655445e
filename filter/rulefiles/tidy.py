"""Rule files as they should look, and never with another meaning."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from filter.problems import Invalid
from filter.rulefiles import roundtrip
from filter.rulefiles.keyorder import in_order, order_of
from filter.ruleset import RuleSet
from filter.strictyaml import Document, Node, Plain, SourcedFloat, SourcedInt, read_yaml

_BOM = b"\xef\xbb\xbf"
_MOST_PASSES = 4
_WIDTH = 100  # characters of a line
_FAR_COMMENT = re.compile(r"(?<=\S) {3,}(?=#)")


class Untidied(Exception):  # noqa: N818 - a fact about the file
    """A file is left as it is: what would be written does not say the same. For people."""


class Unreadable(Invalid):
    """A file is not YAML as rule files are; ``problems`` say where."""


def tidied(content: bytes, shown: str) -> bytes:
    """Return a rule file in order: keys as documented, indentation, lines of 100 characters.

    Comments, quotes, blocks and empty lines stay. What comes out says the same as what went in, to
    the character, and comes out of another run unchanged. Raises Unreadable for what is not YAML,
    Untidied for what cannot be kept.
    """
    document, problems = read_yaml(content, shown)
    errors = [problem for problem in problems if problem.is_error]
    if errors:
        raise Unreadable(errors)
    if document.root is None:
        return content
    text = _text_of(content)
    done = _pass(document, text)
    if done == text:
        return content
    for _ in range(_MOST_PASSES):
        again = _pass(_read(done, shown), done)
        if again == done:
            break
        done = again
    else:
        raise Untidied(f"{shown}: each time it would be written otherwise")
    if not text.endswith("\n"):
        # A block that ends the file has no line end either: adding one would change its value.
        unended = done.removesuffix("\n")
        done = unended if is_same(document.value, _read(unended, shown).value) else done
    after = _read(done, shown)
    if not is_same(document.value, after.value):
        raise Untidied(f"{shown}: written anew it would say something else")
    if Counter(comments_of(document)) != Counter(comments_of(after)):
        raise Untidied(f"{shown}: written anew it would lose a comment")
    line_end = "\r\n" if b"\r\n" in content else "\n"
    mark = _BOM if content.startswith(_BOM) else b""
    return mark + done.replace("\n", line_end).encode()


def is_same(one: Plain, other: Plain) -> bool:
    """Return whether two values mean the same, numbers as they are written; keys in any order."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(is_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(is_same, one, other))
    if isinstance(one, (SourcedInt, SourcedFloat)):
        return type(one) is type(other) and one.source == getattr(other, "source", None)
    return type(one) is type(other) and one == other


def comments_of(document: Document) -> Iterator[str]:
    """Yield the comments of a file: what stands behind a ``#`` outside of keys and values."""
    for line in _bare_lines(document):
        found = re.search(r"(?:^|(?<=\s))#.*", line)
        if found:
            yield found[0].rstrip()


def _bare_lines(document: Document) -> list[str]:
    """Return the lines of a file with its keys and values blotted out."""
    lines = list(document.lines)
    for node in _scalars(document.root):
        place = node.place
        for number in range(place.line, min(place.end_line, len(lines)) + 1):
            line = lines[number - 1]
            begin = place.column - 1 if number == place.line else 0
            end = place.end_column - 1 if number == place.end_line else len(line)
            lines[number - 1] = line[:begin] + "\0" * (end - begin) + line[end:]
    return lines


def _in_line(before: Document, after: Document) -> str:
    """Return the text of ``after`` with each comment that stood above something in line with it.

    It is ``before``, written anew: the library keeps the column of a comment whatever becomes of
    what it is about.
    """
    stood, stands = _lone_comments(before), _lone_comments(after)
    lines = list(after.lines)
    if len(stood) == len(stands):
        for (_, column, below), (number, _, wanted) in zip(stood, stands, strict=True):
            if column == below:
                lines[number] = " " * wanted + lines[number].lstrip()
    for number, line in enumerate(_bare_lines(after)):
        far = _FAR_COMMENT.search(line) if len(line) > _WIDTH else None
        if far:
            lines[number] = f"{lines[number][: far.start()]}  {lines[number][far.end() :]}"
    return "\n".join(lines)


def _lone_comments(document: Document) -> list[tuple[int, int, int]]:
    """Return of each line that is a comment number, column, and column of what comes below."""
    bare = _bare_lines(document)
    found: list[tuple[int, int, int]] = []
    below = 0
    for number in range(len(bare) - 1, -1, -1):
        line = bare[number]
        column = len(line) - len(line.lstrip(" "))
        if line.lstrip(" ").startswith("#"):
            found.append((number, column, below))
        elif line.strip(" "):
            below = column
    return found[::-1]


def meaning_of(rules: RuleSet) -> object:
    """Return what rules say apart from where it stands, for a comparison."""
    return _meaning(rules)


_PLACES = frozenset({"source", "sources", "revision", "matcher"})


def _meaning(value: Any) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return (
            type(value).__name__,
            [
                (field.name, _meaning(getattr(value, field.name)))
                for field in fields(value)
                if field.name not in _PLACES
            ],
        )
    if isinstance(value, (tuple, list)):
        return [_meaning(one) for one in value]
    if isinstance(value, (frozenset, set)):
        return sorted(map(repr, value))
    if hasattr(value, "items"):
        return sorted((repr(key), repr(_meaning(one))) for key, one in value.items())
    return value


def _text_of(content: bytes) -> str:
    text = content.removeprefix(_BOM).decode()
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _read(text: str, shown: str) -> Document:
    document, problems = read_yaml(text.encode(), shown)
    if any(problem.is_error for problem in problems):
        raise Untidied(f"{shown}: written anew it would not be a rule file")
    return document


def _pass(document: Document, text: str) -> str:
    ordered = in_order(document, text)
    try:
        tree = roundtrip.load(ordered)
    except roundtrip.RoundTripError as exc:
        raise Untidied(f"{document.file}: it cannot be written anew: {exc}") from exc
    roundtrip.order_in_brackets(tree, order_of)
    done = roundtrip.dump(tree)
    return _in_line(_read(ordered, document.file), _read(done, document.file))


def _scalars(node: Node | None) -> Iterator[Node]:
    if node is None:
        return
    if not isinstance(node.value, (dict, list)):
        yield node
    yield from node.keys.values()
    for child in node.children.values():
        yield from _scalars(child)
