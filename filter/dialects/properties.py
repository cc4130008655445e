"""What do Java's message bundles say, and what does MessageFormat make of it?

java.util.Properties, "load"; java.text.MessageFormat, "Patterns and Their Interpretation": two
apostrophes are one, a single one quotes up to the next.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from filter.dialects import expressions as ex
from filter.dialects.limits import MAX_CHARS
from filter.dialects.nodes import DialectError, Loader
from filter.ruleset import SlotType

_LINE = re.compile(r"(?:\\.|[^\\=:\s])*", re.DOTALL)
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "f": "\f"}
_ELEMENT = re.compile(r"\s*(\d{1,3})\s*(?:,\s*(\w+)\s*(?:,(.*))?)?", re.DOTALL)
_LIMIT = re.compile(r"[^#<\u2264|]*[#<\u2264]")
_HINTS = {"number": SlotType.NUMBER, "date": SlotType.DATE, "time": SlotType.TIME}
_FOLDERS = ("", "messages/", "../messages/", "../")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")


@dataclass(frozen=True, slots=True)
class Bundle:
    """The messages of one language, and of those it falls back on."""

    messages: Mapping[str, str]

    def starting(self, prefix: str) -> tuple[str, ...]:
        """Return the messages without a value whose keys begin so, in order of their keys."""
        found = sorted(key for key in self.messages if key.startswith(prefix))
        texts = (formatted(self.messages[key], ()) for key in found)
        return tuple(dict.fromkeys(str(one.value) for one in texts if isinstance(one, ex.Const)))


def find_bundle(load: Loader, near: str, language: str) -> Bundle | None:
    """Return ``messages_<language>.properties`` that lies near a template; None without one."""
    folder = near.rpartition("/")[0]
    places = [f"{folder}/{place}" for place in _FOLDERS] if folder else []
    found: dict[str, str] = {}
    # As a ResourceBundle is looked up: the whole language, its first part, then English.
    plain = language.replace("-", "_") if _LANGUAGE.fullmatch(language) else ""
    tags = list(dict.fromkeys(tag for tag in (plain, plain.split("_")[0], "en") if tag))
    for tag in (*tags, ""):
        name = f"messages_{tag}.properties" if tag else "messages.properties"
        for place in (*places, *_FOLDERS):
            source = load(place + name)
            if source is None:
                continue
            if len(source.text) > MAX_CHARS:
                raise DialectError(source.name, 1, "the bundle is too large", "split it")
            found = {**properties(source.text), **found}
            break
    return Bundle(found) if found else None


def properties(text: str) -> dict[str, str]:
    """Return the keys and values of a .properties file; of two the last stays, as in Java."""
    result: dict[str, str] = {}
    lines = iter(text.removeprefix("\ufeff").splitlines())
    for line in lines:
        whole = line.lstrip(" \t\f")
        if not whole or whole[0] in "#!":
            continue
        while (len(whole) - len(whole.rstrip("\\"))) % 2:
            whole = whole[:-1] + next(lines, "").lstrip(" \t\f")
        key = _LINE.match(whole)
        name = key.group() if key else ""
        value = re.sub(r"^[ \t\f]*[=:]?[ \t\f]*", "", whole[len(name) :], count=1)
        result[_unescaped(name)] = _unescaped(value)
    return result


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(
        lambda found: chr(int(found[1], 16)) if found[1] else _ESCAPED.get(found[2], found[2]), text
    )


def formatted(pattern: str, args: tuple[ex.Expr, ...]) -> ex.Expr:
    """Return what MessageFormat makes of a pattern and its values; raises ExpressionError."""
    parts: list[ex.Expr] = []
    plain: list[str] = []
    position, quoted = 0, False
    while position < len(pattern):
        letter = pattern[position]
        if letter == "'":
            doubled = pattern.startswith("''", position)
            if doubled:
                plain.append("'")
            quoted = quoted != (not doubled)
            position += 1 + doubled
        elif letter == "{" and not quoted:
            end = _closing(pattern, position)
            parts += [ex.Const("".join(plain)), _element(pattern[position + 1 : end], args)]
            plain, position = [], end + 1
        else:
            plain.append(letter)
            position += 1
    parts.append(ex.Const("".join(plain)))
    return ex.joined(tuple(parts))


def _closing(pattern: str, start: int) -> int:
    depth, quoted = 0, False
    for position in range(start, len(pattern)):
        letter = pattern[position]
        quoted = quoted != (letter == "'")
        if not quoted:
            depth += (letter == "{") - (letter == "}")
        if not depth:
            return position
    raise ex.ExpressionError(
        f'a message has a "{{" without its "}}": {pattern[:40]}', "write '{' for a brace"
    )


def _element(inside: str, args: tuple[ex.Expr, ...]) -> ex.Expr:
    found = _ELEMENT.fullmatch(inside)
    if found is None:
        raise ex.ExpressionError(f'a message asks for "{inside}"', "write {0}, {1}, …")
    number = int(found[1])
    if number >= len(args):
        return ex.Const(f"{{{inside}}}")  # MessageFormat writes it out when it has no value
    if found[2] == "choice":
        return ex.OneOf(
            ex.Call("choice", (args[number], ex.Const(found[3] or ""))), choices(found[3] or "")
        )
    if found[2]:
        return ex.Call(f"messageformat_{found[2]}", (args[number], ex.Const(found[3] or "")))
    return args[number]


HINTS: Mapping[str, SlotType] = {f"messageformat_{name}": hint for name, hint in _HINTS.items()}


def choices(pattern: str) -> tuple[str, ...]:
    """Return the texts of a ChoiceFormat: ``0#none|1#one|1<many``."""
    return tuple(dict.fromkeys(_LIMIT.sub("", one, count=1) for one in pattern.split("|")))
