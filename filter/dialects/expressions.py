"""What does a template's expression mean, whatever language it was written in?

The readers of Go, Handlebars, FreeMarker, ERB, EJS and Blade parse into these; ``meaning`` puts in
what local names stand for, and ``spelled`` writes the result down: the same for the same value.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from filter.dialects.nodes import Node

MAX_SIZE = 500  # pieces of one expression, with what its names stand for
MAX_NESTING = 40  # of expressions within expressions, as written
MAX_DEPTH = 100  # the same, with what names stand for


class ExpressionError(ValueError):
    """An expression cannot be read. Says what is in the way, and what to write instead."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Const:
    """A value that stands in the template."""

    value: str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Name:
    """A name as written: a local one, or a value that the application hands over."""

    name: str


@dataclass(frozen=True, slots=True)
class Root:
    """All that the application hands over, where a language has a word for it."""


@dataclass(frozen=True, slots=True)
class Item:
    """The member of a list whose round it is."""

    of: Expr


@dataclass(frozen=True, slots=True)
class Place:
    """Where a loop is: its ``index``, ``key``, or whether it is the ``first`` or ``last`` round."""

    of: Expr
    what: str


@dataclass(frozen=True, slots=True)
class Member:
    """A field of something."""

    of: Expr
    name: str


@dataclass(frozen=True, slots=True)
class Call:
    """A function with its arguments; of a method the first is whose it is."""

    function: str
    args: tuple[Expr, ...] = ()
    method: bool = False


@dataclass(frozen=True, slots=True)
class Operation:
    """An operator. ``?:`` has a condition and both values; ``default``, ``exists`` are others."""

    sign: str
    operands: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Joined:
    """Texts and values written one after the other."""

    parts: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class OneOf:
    """A value that is one of those given."""

    of: Expr
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Captured:
    """What a part of the template writes, kept for later under a name."""

    nodes: tuple[Node, ...]
    name: str


Expr: TypeAlias = (
    Const | Name | Root | Item | Place | Member | Call | Operation | Joined | OneOf | Captured
)
# What a function comes to; None where that is known to the application only.
Function: TypeAlias = Callable[[tuple[Expr, ...]], Expr | None]


def parts_of(expression: Expr) -> tuple[Expr, ...]:
    """Return the expressions of which one is made."""
    match expression:
        case Item(of) | Place(of, _) | Member(of, _) | OneOf(of, _):
            return (of,)
        case Call(_, parts, _) | Operation(_, parts) | Joined(parts):
            return parts
        case _:
            return ()


def with_parts(expression: Expr, parts: tuple[Expr, ...]) -> Expr:
    """Return the expression, made of other parts."""
    match expression:
        case Item() | Place() | Member() | OneOf():
            return replace(expression, of=parts[0])
        case Call():
            return replace(expression, args=parts)
        case Operation():
            return replace(expression, operands=parts)
        case Joined():
            return Joined(parts)
        case _:
            return expression


def walked(expression: Expr) -> Iterator[Expr]:
    """Yield an expression and all that it is made of; raises ExpressionError if too long."""
    waiting, count = [(expression, 0)], 0
    while waiting:
        one, depth = waiting.pop()
        count += 1
        if count > MAX_SIZE or depth > MAX_DEPTH:
            raise ExpressionError(
                "an expression with what its names stand for is too long",
                "compute the value in the application",
            )
        yield one
        waiting.extend((part, depth + 1) for part in parts_of(one))


def check_size(expression: Expr) -> Expr:
    """Return the expression; raises ExpressionError when it is too long to work with."""
    for _ in walked(expression):
        pass
    return expression


def meaning(
    expression: Expr,
    known: Callable[[str], Expr | None],
    functions: Mapping[str, Function],
    depth: int = 0,
) -> Expr:
    """Return an expression with local names and functions replaced by what they stand for."""
    if depth > MAX_NESTING:
        raise ExpressionError(
            "an expression is nested too deeply", "compute the value in the application"
        )
    if isinstance(expression, Name):
        bound = known(expression.name)
        return expression if bound is None else bound
    parts = tuple(meaning(one, known, functions, depth + 1) for one in parts_of(expression))
    whole = check_size(with_parts(expression, parts))
    # A method without arguments is written like a field: its function has a dot before its name.
    name = f".{whole.name}" if isinstance(whole, Member) else ""
    name = whole.function if isinstance(whole, Call) else name
    if name in functions:
        found = functions[name](parts)
        return whole if found is None else check_size(found)
    return _simpler(whole)


def _simpler(whole: Expr) -> Expr:  # noqa: PLR0911 - one line for each form
    match whole:
        case Operation("?:", (condition, first, second)):
            decided = decision(condition)
            return whole if decided is None else (first if decided else second)
        case Operation("default", (Const(value), second)):
            return second if value is None else Const(value)
        case Operation("+", (left, right)) if is_text(left) or is_text(right):
            return joined((left, right))
        case Operation("[]", (of, Place(gone_through, "index"))) if of == gone_through:
            return Item(of)
        case Operation("-", (Const(int(value)),)):
            return Const(-value)
        case Joined(parts):
            return joined(parts)
        case _:
            return whole


def joined(parts: tuple[Expr, ...]) -> Expr:
    """Return texts written one after the other, as few as possible."""
    flat: list[Expr] = []
    for part in parts:
        for one in part.parts if isinstance(part, Joined) else (part,):
            last = flat[-1] if flat else None
            text = printed_constant(one)
            if text is None:
                flat.append(one)
            elif isinstance(last, Const):
                flat[-1] = Const(f"{last.value}{text}")
            elif text:
                flat.append(Const(text))
    if not flat:
        return Const("")
    return flat[0] if len(flat) == 1 else Joined(tuple(flat))


def is_text(expression: Expr) -> bool:
    """Say whether a value is text for certain: plus joins it then."""
    match expression:
        case Const(str()) | Joined() | Captured() | OneOf():
            return True
        case Operation("?:", (_, first, second)):
            return is_text(first) or is_text(second)
        case _:
            return False


def printed_constant(expression: Expr) -> str | None:
    """Return what a constant is written as; None when it is none."""
    match expression:
        case Const(bool(value)):
            return "true" if value else "false"
        case Const(str() | int() as value):
            return str(value)
        case _:
            return None


def decision(condition: Expr) -> bool | None:  # noqa: PLR0911 - one line for each form
    """Return how a condition goes in every message; None when messages differ."""
    match condition:
        case Const(value):
            return bool(value)
        case Operation("not", (inner,)):
            decided = decision(inner)
            return None if decided is None else not decided
        case Operation("==" | "!=" as sign, (Const(left), Const(right))):
            return (left == right) == (sign == "==")
        case Operation("exists", (Const() | Joined() | Captured(),)):
            return True
        case Operation("and" | "or" as sign, operands):
            decisions = [decision(one) for one in operands]
            ends = sign == "or"
            if ends in decisions:
                return ends
            return None if None in decisions else not ends
        case Joined():
            return True if any(isinstance(one, Const) for one in condition.parts) else None
        case _:
            return None


_OPPOSITE = {"!=": "==", ">=": "<", "<=": ">"}


def plain_condition(condition: Expr) -> tuple[str, bool]:
    """Return what a condition is called, and whether it stands negated."""
    negated = False
    while True:
        match condition:
            case Operation("not", (inner,)):
                condition, negated = inner, not negated
            case Operation("!=" | ">=" | "<=" as sign, operands):
                condition, negated = Operation(_OPPOSITE[sign], operands), not negated
            case _:
                return spelled(condition), negated


def spelled(expression: Expr) -> str:  # noqa: C901, PLR0911, PLR0912 - one line for each form
    """Return an expression as it is written in comments; the same for the same value only."""
    match expression:
        case Const(value):
            return json.dumps(value, ensure_ascii=False)
        case Name(name):
            return name
        case Root():
            return "data"
        case Item(of):
            return f"{spelled(of)}[]"
        case Place(of, what):
            return f"{spelled(of)}[].@{what}"
        case Member(Root(), name):
            return name
        case Member(of, name):
            return f"{_operand(of)}.{name}"
        case Call(function, (first, *others), method) if method:
            return f"{_operand(first)}.{function}({_listed(others)})"
        case Call(function, args, _):
            return f"{function}({_listed(args)})"
        case Operation("?:", (condition, first, second)):
            return f"{_operand(condition)} ? {_operand(first)} : {_operand(second)}"
        case Operation("[]", (of, index)):
            return f"{_operand(of)}[{spelled(index)}]"
        case Operation("pair", (Const(str(name)), value)):
            return f"{name}: {spelled(value)}"
        case Operation(sign, (single,)):
            return f"{sign} {_operand(single)}"
        case Operation(sign, operands):
            return f" {sign} ".join(_operand(one) for one in operands)
        case Joined(parts):
            return " ~ ".join(_operand(one) for one in parts)
        case OneOf(of, _):
            return spelled(of)
        case Captured(_, name):
            return name


def _operand(expression: Expr) -> str:
    text = spelled(expression)
    return f"({text})" if isinstance(expression, (Operation, Joined)) else text


def _listed(expressions: tuple[Expr, ...] | list[Expr]) -> str:
    return ", ".join(spelled(one) for one in expressions)
