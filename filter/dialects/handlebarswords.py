"""What stands in a Handlebars tag: a name or path, arguments, named arguments, block parameters."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from filter.dialects import expressions as ex
from filter.ruleset import SlotType

_TOKEN = re.compile(
    r"""(?P<space>\s+)
    | (?P<string>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')
    | (?P<params>as\s+\|[^|]*\|)
    | (?P<named>[^\s"'=(){}\[\]|]+=)
    | (?P<sign>[()])
    | (?P<word>(?:\[[^\]]*\]|[^\s"'()=|\[\]])+)""",
    re.VERBOSE,
)
_STEP = re.compile(r"\[[^\]]*\]|[^./\[\]]+")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_WORDS: dict[str, ex.Expr] = {
    "true": ex.Const(value=True),
    "false": ex.Const(value=False),
    "null": ex.Const(None),
    "undefined": ex.Const(None),
}
_OPERATORS = {
    **dict.fromkeys(("eq", "is", "equal", "equals"), "=="),
    **dict.fromkeys(("ne", "neq", "isnt", "notEquals"), "!="), "greaterThan": ">", "lessThan": "<",
    "lt": "<", "gt": ">", "lte": "<=", "gte": ">=", "and": "and", "or": "or", "not": "not",
}  # fmt: skip

HINTS: Mapping[str, SlotType] = {
    **dict.fromkeys(("formatDate", "dateFormat", "date", "moment", "format_date"), SlotType.DATE),
    **dict.fromkeys(("formatTime", "time"), SlotType.TIME),
    **dict.fromkeys(
        ("currency", "formatCurrency", "money", "formatPrice", "price", "toCurrency"),
        SlotType.MONEY,
    ),
    **dict.fromkeys(("number", "formatNumber", "toFixed", "length", "count"), SlotType.NUMBER),
}


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag's words. ``name`` is "" when it is computed; ``expression`` is what it writes."""

    name: str
    args: tuple[ex.Expr, ...]
    named: tuple[tuple[str, ex.Expr], ...]
    params: tuple[str, ...]
    expression: ex.Expr


def _lookup(args: tuple[ex.Expr, ...]) -> ex.Expr | None:
    match args:
        case (of, ex.Const(str(name))):
            return ex.Member(of, name)
        case (of, key):
            return ex.Operation("[]", (of, key))
        case _:
            return None


def _insert(args: tuple[ex.Expr, ...]) -> ex.Expr | None:
    """SendGrid's ``{{insert name "default=friend"}}``."""
    match args:
        case (value, ex.Const(str(text))) if text.startswith("default="):
            return ex.Operation("or", (value, ex.Const(text.removeprefix("default="))))
        case _:
            return None


FUNCTIONS: Mapping[str, ex.Function] = {
    "insert": _insert,
    "lookup": _lookup,
    "concat": lambda args: ex.joined(args) if args else None,
}


def path(text: str) -> ex.Expr:
    """Return what a path means: ``a.b``, ``../a``, ``this``, ``@index``, ``@root.a``."""
    text = text.strip()
    if text in {".", "this", "./", "this."}:
        return ex.Name(".")
    if text.startswith("@root"):
        return _members(ex.Root(), text[5:])
    if text.startswith("@"):
        return ex.Name(text)
    levels = 0
    while text == ".." or text.startswith("../"):
        levels, text = levels + 1, text[3:]
    if levels:
        return _members(ex.Name("/".join([".."] * levels)), text)
    for prefix in ("./", "this/", "this."):
        if text.startswith(prefix):
            return _members(ex.Name("."), text[len(prefix) :])
    first = _STEP.match(text)
    if first is None:
        raise ex.ExpressionError(f'"{text}" is not a path', "write names with dots: {{user.name}}")
    return _members(ex.Name(f"./{first.group().strip('[]')}"), text[first.end() :])


def _members(start: ex.Expr, text: str) -> ex.Expr:
    value = start
    for step in _STEP.findall(text):
        if step != "this":
            value = ex.Member(value, step.strip("[]"))
    return value


def tag(text: str) -> Tag:
    """Return what a tag says; raises ExpressionError."""
    return _Reader(text).tag()


class _Reader:
    def __init__(self, text: str) -> None:
        self._tokens: list[tuple[str, str]] = []
        position = 0
        while position < len(text):
            found = _TOKEN.match(text, position)
            if found is None:
                raise ex.ExpressionError(f'"{text}" cannot be read', "check quotes and brackets")
            position = found.end()
            if found.lastgroup != "space":
                self._tokens.append((found.lastgroup or "", found.group()))
        self._at = 0
        self._depth = 0

    def tag(self) -> Tag:
        one = self._call()
        if self._at < len(self._tokens):
            raise ex.ExpressionError(f'"{self._tokens[self._at][1]}" is not expected here')
        return one

    def _call(self) -> Tag:
        self._depth += 1
        if self._depth > ex.MAX_NESTING:
            raise ex.ExpressionError("helpers are nested too deeply", "compute it before")
        kind, word = self._next()
        head = self._value(kind, word)
        args: list[ex.Expr] = []
        named: list[tuple[str, ex.Expr]] = []
        params: tuple[str, ...] = ()
        while self._at < len(self._tokens) and self._tokens[self._at][1] != ")":
            kind, text = self._next()
            if kind == "params":
                params = tuple(text[text.index("|") + 1 : -1].split())
            elif kind == "named":
                named.append((text[:-1], self._value(*self._next())))
            else:
                args.append(self._value(kind, text))
        self._depth -= 1
        name = word.strip("\"'") if kind_is_name(word) else ""
        expression = _expression(name, tuple(args), tuple(named)) if args or named else head
        return Tag(name, tuple(args), tuple(named), params, expression)

    def _next(self) -> tuple[str, str]:
        if self._at >= len(self._tokens):
            raise ex.ExpressionError("a tag ends too early", "complete or remove it")
        self._at += 1
        return self._tokens[self._at - 1]

    def _value(self, kind: str, text: str) -> ex.Expr:
        if kind == "string":
            return ex.Const(re.sub(r"\\(.)", r"\1", text[1:-1]))
        if text == "(":
            inner = self._call().expression
            if self._next()[1] != ")":
                raise ex.ExpressionError('a "(" without its ")"')
            return inner
        if kind != "word":
            raise ex.ExpressionError(f'"{text}" is not expected here')
        if text in _WORDS:
            return _WORDS[text]
        if _NUMBER.fullmatch(text):
            return ex.Const(float(text) if "." in text else int(text))
        return path(text)


def kind_is_name(word: str) -> bool:
    """Say whether a tag's first word names something, and is not computed."""
    return word != "("


def _expression(
    name: str, args: tuple[ex.Expr, ...], named: tuple[tuple[str, ex.Expr], ...]
) -> ex.Expr:
    sign = _OPERATORS.get(name)
    if sign == "not" and len(args) == 1:
        return ex.Operation("not", args)
    if sign and sign != "not" and len(args) == 2 and not named:  # noqa: PLR2004 - two sides
        return ex.Operation(sign, args)
    words = [part for key, value in named for part in (ex.Const(f"{key}="), value)]
    return ex.Call(name, (*args, *words))
