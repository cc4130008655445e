"""A pattern as people write it: the inverse of filter.templates.pattern.parse_pattern."""

from __future__ import annotations

from collections.abc import Iterable

from filter.templates.pattern import Either, Literal, Repeat, SlotUse, Token


def as_pattern(tokens: Iterable[Token]) -> str:
    """Return the pattern that is read as these tokens."""
    return "".join(_one(token) for token in tokens)


def as_literal(text: str) -> str:
    """Return a text as a pattern that says it and nothing else."""
    return text.replace("{", "{{").replace("}", "}}")


def _one(token: Token) -> str:
    match token:
        case Literal(text):
            return as_literal(text)
        case SlotUse(name):
            return f"{{{name}}}"
        case Repeat(name, least, most, body):
            return f"{{#repeat{_named(name)} {least}-{most}}}{as_pattern(body)}{{#end}}"
        case Either(name, (only, ())):
            return f"{{#maybe{_named(name)}}}{as_pattern(only)}{{#end}}"
        case Either(name, options):
            return f"{{#either{_named(name)}}}{'{#or}'.join(map(as_pattern, options))}{{#end}}"


def _named(name: str) -> str:
    return f" {name}" if name else ""
