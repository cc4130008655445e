"""What stands between ``{{`` and ``}}`` of Go's text/template and html/template?

After the package's documentation: pipelines of commands, fields, variables, literals.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from filter.dialects import expressions as ex

_TOKEN = re.compile(
    r"""(?P<space>[ \t\r\n]+)
    | (?P<end>}})
    | (?P<string>"(?:\\.|[^"\\\n])*")
    | (?P<raw>`[^`]*`)
    | (?P<char>'(?:\\.[^']*|[^'\\\n])')
    | (?P<number>[-+]?(?:0[xX][0-9a-fA-F_]+|[0-9][0-9_]*(?:\.[0-9]*)?(?:[eE][-+]?[0-9]+)?))
    | (?P<field>\.[^\W\d]\w*)
    | (?P<dot>\.)
    | (?P<variable>\$\w*)
    | (?P<word>[^\W\d]\w*)
    | (?P<sign>:=|=|\||\(|\)|,)""",
    re.VERBOSE,
)
_ESCAPE = re.compile(
    r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|(.))", re.DOTALL
)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}
_WORDS: dict[str, ex.Expr] = {
    "true": ex.Const(value=True),
    "false": ex.Const(value=False),
    "nil": ex.Const(None),
}
_COMPARISONS = {"eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of an action; ``near`` when no blank stands before it."""

    kind: str
    text: str
    near: bool


def tokens_at(text: str, start: int) -> tuple[list[Token], int, bool]:
    """Return an action's tokens, where it ends, and whether what follows is trimmed."""
    tokens: list[Token] = []
    position, near = start, True
    while True:
        if text.startswith("-}}", position) and not near:
            return tokens, position + 3, True
        found = _TOKEN.match(text, position)
        if found is None:
            raise ex.ExpressionError(
                f'"{text[start : position + 20].strip()}" cannot be read as a Go action'
                if position < len(text)
                else "an action has no end",
                'end it with "}}" and check its quotes',
            )
        position = found.end()
        kind = found.lastgroup or ""
        if kind == "end":
            return tokens, position, False
        if kind != "space":
            tokens.append(Token(kind, found.group(), near))
        near = kind != "space"


class Pipelines:
    """Reads expressions from an action's tokens, from left to right."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0

    def peek(self, ahead: int = 0) -> Token:
        """Return a token that comes; one of kind "" past the last."""
        at = self._at + ahead
        return self._tokens[at] if at < len(self._tokens) else Token("", "", near=False)

    def take(self) -> Token:
        """Return the next token and go past it."""
        token = self.peek()
        self._at += 1
        return token

    def finish(self) -> None:
        """Raise when something is left."""
        if self.peek().kind:
            raise ex.ExpressionError(f'"{self.peek().text}" is not expected here')

    def pipeline(self) -> ex.Expr:
        """Read commands joined by "|": each gets the value before it as its last argument."""
        self._depth += 1
        if self._depth > ex.MAX_NESTING:
            raise ex.ExpressionError("a pipeline is nested too deeply", "use variables")
        value: ex.Expr | None = None
        while True:
            value = self._command(value)
            if self.peek().text != "|":
                break
            self.take()
        self._depth -= 1
        return value

    def _command(self, before: ex.Expr | None) -> ex.Expr:
        first = self.peek()
        function = first.text if first.kind == "word" and first.text not in _WORDS else ""
        head: ex.Expr | None = None
        if function:
            self.take()
        else:
            head = self._operand()
        args: list[ex.Expr] = []
        while self.peek().kind and self.peek().text not in {"|", ")", ":=", "=", ","}:
            args.append(self._operand())
        if before is not None:
            args.append(before)
        if head is None:
            return _called(function, tuple(args))
        if not args:
            return head
        if isinstance(head, ex.Member):
            return ex.Call(head.name, (head.of, *args), method=True)
        raise ex.ExpressionError(f'"{first.text}" is given arguments and is no function')

    def _operand(self) -> ex.Expr:  # noqa: C901, PLR0912 - one line for each kind
        token = self.take()
        value: ex.Expr
        match token.kind:
            case "string":
                value = ex.Const(unquoted(token.text))
            case "raw":
                value = ex.Const(token.text[1:-1].replace("\r", ""))
            case "char":
                value = ex.Const(ord(unquoted(token.text)))
            case "number":
                value = ex.Const(_number(token.text))
            case "field":
                value = ex.Member(ex.Name("."), token.text[1:])
            case "dot":
                value = ex.Name(".")
            case "variable":
                value = ex.Name(token.text)
            case "word" if token.text in _WORDS:
                value = _WORDS[token.text]
            case "word":
                value = _called(token.text, ())
            case _ if token.text == "(":
                value = self.pipeline()
                if self.take().text != ")":
                    raise ex.ExpressionError('a "(" without its ")"')
            case _:
                raise ex.ExpressionError(f'"{token.text}" is not expected here')
        while self.peek().kind == "field" and self.peek().near:
            value = ex.Member(value, self.take().text[1:])
        return value


def _called(function: str, args: tuple[ex.Expr, ...]) -> ex.Expr:
    """Return a call; comparisons and logic as the operators they are."""
    if function in _COMPARISONS and len(args) >= 2:  # noqa: PLR2004 - two sides
        sign = _COMPARISONS[function]
        pairs = [ex.Operation(sign, (args[0], other)) for other in args[1:]]
        return pairs[0] if len(pairs) == 1 else ex.Operation("or", tuple(pairs))
    if function == "not" and len(args) == 1:
        return ex.Operation("not", args)
    if function in {"and", "or"} and args:
        value = args[-1]
        for one in reversed(args[:-1]):
            value = ex.Operation(function, (one, value))
        return value
    return ex.Call(function, args)


def _number(text: str) -> int | float:
    try:
        return int(text.replace("_", ""), 0)
    except ValueError:
        return float(text.replace("_", ""))


def unquoted(text: str) -> str:
    """Return what a quoted Go string says."""

    def one(found: re.Match[str]) -> str:
        for group, base in ((1, 16), (2, 16), (3, 16), (4, 8)):
            if found[group]:
                code = int(found[group], base)
                return chr(code) if code <= 0x10FFFF else "\ufffd"  # noqa: PLR2004 - last of Unicode
        return _ESCAPED.get(found[5], found[5])

    return _ESCAPE.sub(one, text[1:-1])
