"""What do the expressions of FreeMarker, Ruby, JavaScript and PHP mean?

The part of these languages that templates use: names, fields, calls, operators, texts with values
in them. What is more than that is an error.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from filter.dialects import expressions as ex

_NUMBER = r"\d[\d_]*(?:\.\d+)?"
_SYMBOLS = (
    r"\?->|->|=>|<=>|===|!==|==|!=|<=|>=|&&|\|\||\?\?|\?\.|\?:|&\.|::|\.\."
    r"|[-+*/%<>=!?:.,()\[\]{}|&]"
)


@dataclass(frozen=True, slots=True)
class Style:
    """How one language spells what all have. ``fields`` are the signs before a field's name."""

    name: str
    words: str  # pattern of names
    fields: tuple[str, ...]
    operators: Mapping[str, tuple[int, str]]  # sign to how tightly it binds, and its meaning
    inside: Mapping[str, tuple[str, ...]]  # quote to what begins a value in such a text
    quotes: str = "\"'"
    constants: Mapping[str, ex.Expr] | None = None


_COMMON: dict[str, tuple[int, str]] = {
    "||": (3, "or"), "&&": (4, "and"), "==": (5, "=="), "!=": (5, "!="), "<": (6, "<"),
    ">": (6, ">"), "<=": (6, "<="), ">=": (6, ">="), "+": (7, "+"), "-": (7, "-"),
    "*": (8, "*"), "/": (8, "/"), "%": (8, "%"),
}  # fmt: skip
_TRIPLE = {"===": (5, "=="), "!==": (5, "!="), "??": (2, "default")}
_WORDY = {"and": (1, "and"), "or": (1, "or")}
_CONSTANTS: dict[str, ex.Expr] = {
    "true": ex.Const(value=True),
    "false": ex.Const(value=False),
    "null": ex.Const(None),
}
FREEMARKER = Style(
    "FreeMarker",
    r"[^\W\d]\w*|(?<![\w)\]])\.[^\W\d]\w*",
    (".",),
    {
        **_COMMON, "=": (5, "=="), "gt": (6, ">"), "gte": (6, ">="), "lt": (6, "<"),
        "lte": (6, "<="), "..": (7, ".."),
    },
    {'"': ("${",), "'": ("${",)},
    constants={"true": ex.Const(value=True), "false": ex.Const(value=False)},
)  # fmt: skip
RUBY = Style(
    "Ruby",
    r"@{0,2}[^\W\d]\w*[?!]?(?!=)|@{0,2}[^\W\d]\w*",
    (".", "&.", "::"),
    {**_COMMON, **_WORDY},
    {'"': ("#{",)},
    constants={**_CONSTANTS, "nil": ex.Const(None)},
)
JAVASCRIPT = Style(
    "JavaScript",
    r"[^\W\d][\w$]*",
    (".", "?."),
    {**_COMMON, **_TRIPLE},
    {"`": ("${",)},
    quotes="\"'`",
    constants={**_CONSTANTS, "undefined": ex.Const(None)},
)
PHP = Style(
    "PHP",
    r"\$?\\?[^\W\d][\w\\]*",
    ("->", "?->", "::"),
    {**_COMMON, **_TRIPLE, **_WORDY, ".": (7, "+"), "?:": (2, "or")},
    {'"': ("{$",)},
    constants={**_CONSTANTS, "TRUE": ex.Const(value=True), "FALSE": ex.Const(value=False)},
)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "l": "<", "g": ">", "a": "&"}


_RUBY_SYMBOL = re.compile(r":([^\W\d]\w*[?!]?)(?!:)")


@lru_cache
def _token_pattern(words: str) -> re.Pattern[str]:
    return re.compile(
        rf"(?P<space>\s+)|(?P<number>{_NUMBER})|(?P<word>{words})|(?P<sign>{_SYMBOLS})"
    )


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of an expression. ``spaced`` when white space stands before it."""

    kind: str  # word, number, text, symbol (of Ruby), sign; "" at the end
    text: str
    spaced: bool
    value: ex.Expr | None = None


def expression(text: str, style: Style) -> ex.Expr:
    """Return what a whole text means; raises ExpressionError."""
    reader = Reader(text, style)
    value = reader.expression()
    reader.finish()
    return value


class Reader:
    """Reads expressions from a text, from left to right."""

    def __init__(self, text: str, style: Style, depth: int = 0) -> None:
        self._text = text
        self._style = style
        self._depth = depth
        self._tokens = self._read(text)
        self._at = 0

    def peek(self, ahead: int = 0) -> Token:
        """Return a token that comes; one of kind "" past the last."""
        at = self._at + ahead
        return self._tokens[at] if at < len(self._tokens) else Token("", "", spaced=False)

    def take(self) -> Token:
        """Return the next token and go past it."""
        self._at += 1
        return self.peek(-1)

    def eat(self, text: str) -> bool:
        """Go past a sign or word if it comes; say whether it did."""
        found = self.peek().text == text and self.peek().kind in {"sign", "word"}
        self._at += found
        return found

    def expect(self, text: str) -> None:
        """Go past a sign; raises ExpressionError when another comes."""
        if not self.eat(text):
            raise ex.ExpressionError(
                f'"{text}" is missing in "{self._text.strip()[:60]}"', "correct the expression"
            )

    def finish(self) -> None:
        """Raise when something is left."""
        if self.peek().kind:
            raise ex.ExpressionError(
                f'"{self._text.strip()[:60]}" cannot be read from "{self.peek().text}" on',
                "compute the value in the application and write its name",
            )

    # Tokens.

    def _read(self, text: str) -> list[Token]:
        pattern = _token_pattern(self._style.words)
        tokens: list[Token] = []
        position, spaced = 0, False
        while position < len(text):
            raw = text.startswith(("r'", 'r"'), position) and self._style is FREEMARKER
            if text[position + raw] in self._style.quotes:
                value, end = self._quoted(text, position + raw, raw=raw)
                tokens.append(Token("text", text[position:end], spaced, value))
                position, spaced = end, False
                continue
            found = None if raw else pattern.match(text, position)
            symbol = _RUBY_SYMBOL.match(text, position)
            if (
                symbol
                and self._style is RUBY
                and not text.startswith(":", position - 1 if position else 0)
            ):
                after_word = bool(tokens) and tokens[-1].kind in {"word", "text"} and not spaced
                if not after_word:
                    tokens.append(Token("text", symbol.group(), spaced, ex.Const(symbol[1])))
                    position, spaced = symbol.end(), False
                    continue
            if found is None:
                raise ex.ExpressionError(
                    f'"{text[position : position + 20]}" cannot be read as {self._style.name}',
                    "compute the value in the application and write its name",
                )
            position = found.end()
            if found.lastgroup != "space":
                tokens.append(Token(found.lastgroup or "", found.group(), spaced))
            spaced = found.lastgroup == "space"
        return tokens

    def _quoted(self, text: str, start: int, *, raw: bool) -> tuple[ex.Expr, int]:
        """Read a text in quotes, with the values in it; return where it ends."""
        quote = text[start]
        begins = () if raw else self._style.inside.get(quote, ())
        parts: list[ex.Expr] = []
        plain: list[str] = []
        position = start + 1
        while position < len(text):
            if text[position] == quote:
                parts.append(ex.Const("".join(plain)))
                return ex.joined(tuple(parts)), position + 1
            if text[position] == "\\" and not raw and position + 1 < len(text):
                plain.append(self._escaped(text[position + 1], quote))
                position += 2
            elif any(text.startswith(begin, position) for begin in begins):
                end = _closing(text, text.index("{", position))
                inner = text[text.index("{", position) + 1 : end]
                parts += [ex.Const("".join(plain)), self._inner(inner)]
                plain, position = [], end + 1
            else:
                plain.append(text[position])
                position += 1
        raise ex.ExpressionError("a text has no end", f"end it with {quote}")

    def _inner(self, text: str) -> ex.Expr:
        self._nest()
        reader = Reader(text, self._style, self._depth)
        value = reader.expression()
        reader.finish()
        self._depth -= 1
        return value

    def _escaped(self, letter: str, quote: str) -> str:
        if quote == "'" and self._style in (PHP, RUBY):
            return letter if letter in "'\\" else f"\\{letter}"
        if letter in "lga" and self._style is not FREEMARKER:
            return letter
        return _ESCAPES.get(letter, letter)

    # Expressions.

    def _nest(self) -> None:
        self._depth += 1
        if self._depth > ex.MAX_NESTING:
            raise ex.ExpressionError(
                "an expression is nested too deeply", "compute the value in the application"
            )

    def expression(self, least: int = 0) -> ex.Expr:
        """Read an expression whose operators bind at least so tightly."""
        self._nest()
        left = self._unary()
        while True:
            sign = self.peek()
            if sign.kind not in {"sign", "word"} or sign.text not in self._style.operators:
                break
            binds, meant = self._style.operators[sign.text]
            if binds < least or (sign.text == "." and not self._concatenates()):
                break
            self.take()
            if meant == ".." and self.peek().text in {"", "]", ">"}:
                left = ex.Operation("..", (left,))
                continue
            left = ex.Operation(meant, (left, self.expression(binds + (meant != "default"))))
        if least <= 1 and self._style is not FREEMARKER and self.peek().text == "?":
            self.take()
            first = self.expression(2)
            self.expect(":")
            left = ex.Operation("?:", (left, first, self.expression(1)))
        self._depth -= 1
        return left

    def _concatenates(self) -> bool:
        return self._style is PHP

    def _unary(self) -> ex.Expr:
        if self.peek().kind == "sign" and self.peek().text in {"!", "-"}:
            sign = self.take().text
            self._nest()
            inner = self._unary()
            self._depth -= 1
            return ex.Operation("not" if sign == "!" else "-", (inner,))
        if self._style is RUBY and self.eat("not"):
            return ex.Operation("not", (self.expression(2),))
        return self._postfix(self._primary())

    def _primary(self) -> ex.Expr:
        token = self.take()
        if token.kind == "text" and token.value is not None:
            return token.value
        if token.kind == "number":
            plain = token.text.replace("_", "")
            return ex.Const(float(plain) if "." in plain else int(plain))
        if token.kind == "word":
            constant = (self._style.constants or {}).get(token.text)
            return constant if constant is not None else self._named(token)
        if token.text == "(":
            value = self.expression()
            self.expect(")")
            return value
        if token.text == "[":
            return ex.Call("list", self._listed("]"))
        if token.text == "{":
            return ex.Call("map", self._listed("}"))
        raise ex.ExpressionError(
            f'"{self._text.strip()[:60]}" cannot be read as {self._style.name}',
            "compute the value in the application and write its name",
        )

    def _named(self, token: Token) -> ex.Expr:
        if self._style is RUBY and self._is_command():
            return ex.Call(token.text, self._command())
        return ex.Name(token.text)

    def _is_command(self) -> bool:
        """Say whether arguments without brackets follow a Ruby name."""
        after = self.peek()
        if not after.spaced or after.kind not in {"word", "text", "number"}:
            return False
        return after.text not in {"and", "or", "not", "if", "unless", "do", "in", "then"}

    def _command(self) -> tuple[ex.Expr, ...]:
        args = [self._argument()]
        while self.eat(","):
            args.append(self._argument())
        return tuple(args)

    def _argument(self) -> ex.Expr:
        """Read an argument; ``key: value``, ``key => value`` and ``key = value`` are pairs."""
        token, after = self.peek(), self.peek(1)
        if token.kind in {"word", "text"} and after.text == ":" and self._style is not FREEMARKER:
            self.take()
            self.take()
            name = token.value if token.value is not None else ex.Const(token.text)
            return ex.Operation("pair", (name, self.expression()))
        value = self.expression()
        if self.eat("=>") or (self._style is FREEMARKER and self.eat(":")):
            return ex.Operation("pair", (value, self.expression()))
        return value

    def _listed(self, end: str) -> tuple[ex.Expr, ...]:
        args: list[ex.Expr] = []
        while not self.eat(end):
            if self._style is JAVASCRIPT and end == "}" and self.peek(1).text in {",", "}"}:
                name = self.take().text
                args.append(ex.Operation("pair", (ex.Const(name), ex.Name(name))))
            else:
                args.append(self._argument())
            if not self.eat(","):
                self.expect(end)
                break
        return tuple(args)

    def _postfix(self, value: ex.Expr) -> ex.Expr:
        while True:
            token = self.peek()
            if token.kind != "sign":
                return value
            if token.text in self._style.fields and self.peek(1).kind in {"word", "text"}:
                if self._style is PHP and token.text == ".":
                    return value
                self.take()
                value = self._field(value)
            elif token.text == "(" and isinstance(value, (ex.Name, ex.Member)):
                self.take()
                value = _called(value, self._listed(")"))
            elif token.text == "[" and not (token.spaced and self._style is RUBY):
                self.take()
                index = self.expression()
                self.expect("]")
                value = _indexed(value, index)
            elif self._style is FREEMARKER and token.text in {"?", "??", "!"}:
                value = self._freemarker(value)
            else:
                return value

    def _field(self, value: ex.Expr) -> ex.Expr:
        name = self.take()
        member = ex.Member(value, name.text)
        if self._style is RUBY and self._is_command() and not isinstance(value, ex.Const):
            return _called(member, self._command())
        return member

    def _freemarker(self, value: ex.Expr) -> ex.Expr:
        sign = self.take().text
        if sign == "??":
            return ex.Operation("exists", (value,))
        if sign == "?":
            name = self.take()
            if name.kind != "word":
                raise ex.ExpressionError('a "?" without the name of a built-in', "name it")
            args = self._listed(")") if self.eat("(") else ()
            return ex.Call(f"?{name.text}", (value, *args))
        if self._ends_default():
            return ex.Operation("default", (value, ex.Const("")))
        return ex.Operation("default", (value, self.expression()))

    def _ends_default(self) -> bool:
        token = self.peek()
        return not token.kind or (token.kind == "sign" and token.text not in {"(", "[", "{", "-"})


def _called(value: ex.Expr, args: tuple[ex.Expr, ...]) -> ex.Expr:
    if isinstance(value, ex.Member):
        return ex.Call(value.name, (value.of, *args), method=True)
    return ex.Call(value.name if isinstance(value, ex.Name) else "", args)


def _indexed(value: ex.Expr, index: ex.Expr) -> ex.Expr:
    match index:
        case ex.Const(str(name)) if name.isidentifier():
            return ex.Member(value, name)
        case _:
            return ex.Operation("[]", (value, index))


def _closing(text: str, start: int) -> int:
    """Return where the brace that opens at ``start`` closes."""
    depth = 0
    for position in range(start, len(text)):
        depth += (text[position] == "{") - (text[position] == "}")
        if not depth:
            return position
    raise ex.ExpressionError("a value in a text has no end", 'end it with "}"')
