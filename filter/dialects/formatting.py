"""What do Python's two ways of formatting make of a constant text and the values put into it?"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from filter.dialects.values import MAX_TEXT, Branch, Builder, Joined, Known, Place, Unknown, Value
from filter.ruleset import SlotType

_PERCENT = re.compile(r"%(?:\(([^()%]{1,100})\))?([#0\- +]{0,5}\d{0,3}(?:\.\d{0,3})?)([a-zA-Z%])")
_BRACE = re.compile(r"\{\{|\}\}|\{([\w.\[\]]{0,100})(?:![rsa])?(?::([^{}]{0,50}))?\}")
_NUMERIC = frozenset("diufFeEgGxXo")


def percent_formatted(
    builder: Builder,
    text: Value,
    positional: tuple[Value, ...],
    named: Mapping[str, Value],
    at: Place,
) -> Value | None:
    """Return ``text % values``; None when the text is not constant or a value is missing."""
    match text:
        case Branch(when, yes, no):
            left = percent_formatted(builder, yes, positional, named, at)
            right = percent_formatted(builder, no, positional, named, at)
            return None if left is None or right is None else Branch(when, left, right)
        case Known(str() as pattern):
            remaining = iter(positional)

            def value_of(found: re.Match[str]) -> Value | None:
                if found[3] == "%":
                    return Known("%", text.safe)
                value = named.get(found[1]) if found[1] else next(remaining, None)
                return None if value is None else _converted(builder, value, found, at)

            return _pieces(pattern, _PERCENT, text, value_of)
    return None


def _converted(builder: Builder, value: Value, found: re.Match[str], at: Place) -> Value:
    if found[3] == "s" and not found[2]:
        return value
    hint = SlotType.NUMBER if found[3] in _NUMERIC else None
    if hint and isinstance(value, Unknown) and not found[2] and found[3] in "diu":
        return replace(value, hint=value.hint or hint)  # the number as it is
    return builder.derived(value, f"|format:%{found[2]}{found[3]}", at, hint)


def brace_formatted(
    builder: Builder,
    text: Known,
    positional: tuple[Value, ...],
    named: Mapping[str, Value],
    at: Place,
) -> Value | None:
    """Return ``text.format(…)``; None when a value is missing, or a field is more than a name."""
    if not isinstance(text.value, str):
        return None
    count = 0

    def value_of(found: re.Match[str]) -> Value | None:
        nonlocal count
        if found[0] in {"{{", "}}"}:
            return Known(found[0][0], text.safe)
        name = found[1]
        if not name:
            name, count = str(count), count + 1
        value: Value | None
        if name.isdigit():
            value = positional[int(name)] if len(name) < 4 and int(name) < len(positional) else None  # noqa: PLR2004
        else:
            value = named.get(name)
        if value is None or not found[2]:
            return value
        return builder.derived(value, f"|format:{found[2]}", at)

    return _pieces(text.value, _BRACE, text, value_of)


def _pieces(
    pattern: str,
    fields: re.Pattern[str],
    like: Known,
    value_of: Callable[[re.Match[str]], Value | None],
) -> Value | None:
    parts: list[Value] = []
    position = 0
    for found in fields.finditer(pattern):
        value = value_of(found)
        if value is None:
            return None
        parts += [Known(pattern[position : found.start()], like.safe), value]
        position = found.end()
    parts.append(Known(pattern[position:], like.safe))
    known = [str(part.value) for part in parts if isinstance(part, Known)]
    if len(known) == len(parts) and sum(map(len, known)) <= MAX_TEXT:
        return Known("".join(known), like.safe)
    return Joined(tuple(parts))
