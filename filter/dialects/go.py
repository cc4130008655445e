"""Reads Go's text/template and html/template, with the functions of sprig.

Known by ``{{ .Name }}``, ``{{ if }}…{{ else }}…{{ end }}``, ``{{ range }}``; Ory Kratos's texts
are written in it. https://pkg.go.dev/text/template
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial

from filter.dialects import expressions as ex
from filter.dialects import gofunctions
from filter.dialects.gosyntax import Pipelines, Token, tokens_at, unquoted
from filter.dialects.limits import check_nesting
from filter.dialects.names import Names
from filter.dialects.nodes import DialectError, Loader, Node, Source
from filter.dialects.statements import Action, Body, For, If, Let, Print, Raw, Scope, Statement
from filter.dialects.walker import Walker

_BLANKS = " \t\r\n"
_CONDITIONAL = re.compile(r"<!--\[if|<!\[endif\]", re.IGNORECASE)
_COMMENTS_STAY = ex.Name("html comments are kept")


def read(
    source: Source, load: Loader, *, language: str = "", names: Names | None = None
) -> tuple[Node, ...]:
    """Return what a Go template writes; raises DialectError."""
    walker = Walker(
        load, names, functions=gofunctions.FUNCTIONS, hints=gofunctions.HINTS, language=language
    )
    walker.frames[0].update({".": ex.Root(), "$": ex.Root()})
    templates = _Templates()
    return walker.read(source, partial(_parse, templates=templates))


class _Templates:
    """What ``define`` and ``block`` named, in all files so far; what came first stays."""

    def __init__(self) -> None:
        self._bodies: dict[str, tuple[Body, Source]] = {}
        self._open: list[str] = []

    def define(self, name: str, body: Body, source: Source) -> None:
        self._bodies.setdefault(name, (body, source))

    def write(self, walker: Walker, name: str, value: ex.Expr, line: int) -> None:
        """Write a template with another dot, without the variables of this one."""
        if name in self._open:
            raise walker.fail(
                line, f'the template "{name}" calls itself', "write the repetition as a range"
            )
        dot = walker.resolve(value, line)
        frames, walker.frames = walker.frames, [{".": dot, "$": dot}]
        self._open.append(name)
        if name in self._bodies:
            body, source = self._bodies[name]
            with walker.within(source):
                walker.run(body)
        else:
            with walker.opened(name, line) as source:
                body = _parse(source, self)
                # A file may hold nothing but the definition of what it is named after.
                walker.run(self._bodies[name][0] if name in self._bodies else body)
        self._open.pop()
        walker.frames = frames


@dataclass(frozen=True, slots=True)
class _Piece:
    """Text, or an action's tokens."""

    line: int
    text: str = ""
    tokens: tuple[Token, ...] | None = None


def _pieces(source: Source) -> list[_Piece]:
    """Return texts and actions in order, trimmed as the trim markers say."""
    text, position, trim, line = source.text, 0, False, 1
    pieces: list[_Piece] = []
    while True:
        start = text.find("{{", position)
        raw = text[position:] if start < 0 else text[position:start]
        inner = start + 2
        trim_before = (
            start >= 0 and text[inner : inner + 1] == "-" and text[inner + 1 : inner + 2] in _BLANKS
        )
        shown = raw.lstrip(_BLANKS) if trim else raw
        shown = shown.rstrip(_BLANKS) if trim_before else shown
        if shown:
            pieces.append(
                _Piece(
                    line + raw[: len(raw) - len(raw.lstrip(_BLANKS))].count("\n") if trim else line,
                    shown,
                )
            )
        if start < 0:
            return pieces
        line += raw.count("\n")
        inner += 2 if trim_before else 0
        try:
            tokens, position, trim = _action(text, inner)
        except ex.ExpressionError as exc:
            raise DialectError(source.name, line, exc.message, exc.remedy) from exc
        if tokens:
            pieces.append(_Piece(line, tokens=tuple(tokens)))
        line += text.count("\n", start, position)


def _action(text: str, start: int) -> tuple[list[Token], int, bool]:
    if not text.startswith("/*", start):
        tokens, end, trim = tokens_at(text, start)
        if not tokens:
            raise ex.ExpressionError("an action is empty", "remove it")
        return tokens, end, trim
    close = text.find("*/", start)
    found = re.compile(r"(?:[ \t\r\n]+-)?}}").match(text, close + 2) if close >= 0 else None
    if found is None:
        raise ex.ExpressionError("a comment has no end", 'end it with "*/}}"')
    return [], found.end(), "-" in found.group()


def _parse(source: Source, templates: _Templates) -> Body:
    """Return a file's statements; what it defines goes to the templates."""
    return _Parser(source, templates).file()


class _Parser:
    def __init__(self, source: Source, templates: _Templates) -> None:
        self._source = source
        self._templates = templates
        self._pieces = _pieces(source)
        self._at = 0
        self._depth = 0

    def file(self) -> Body:
        body, end, line = self._body()
        if end is not None:
            raise self._fail(line, f'"{end.peek().text}" closes nothing', "remove it")
        return body

    def _fail(self, line: int, message: str, remedy: str = "") -> DialectError:
        return DialectError(self._source.name, line, message, remedy)

    def _body(self) -> tuple[Body, Pipelines | None, int]:
        """Read to the next ``else`` or ``end``, which is returned, or to the end of the file."""
        self._depth += 1
        statements: list[Statement] = []
        while self._at < len(self._pieces):
            piece = self._pieces[self._at]
            self._at += 1
            check_nesting(self._depth, self._source.name, piece.line)
            if piece.tokens is None:
                statements.extend(_raw(piece))
                continue
            tokens = Pipelines(list(piece.tokens))
            if tokens.peek().text in {"else", "end"} and tokens.peek().kind == "word":
                self._depth -= 1
                return tuple(statements), tokens, piece.line
            try:
                statements.extend(self._action(tokens, piece.line))
            except ex.ExpressionError as exc:
                raise self._fail(piece.line, exc.message, exc.remedy) from exc
        self._depth -= 1
        return tuple(statements), None, 0

    def _action(self, tokens: Pipelines, line: int) -> Body:
        first = tokens.peek()
        match first.text if first.kind == "word" else "":
            case "if" | "with" | "range":
                return self._branching(tokens, line)
            case "define" | "block":
                return self._definition(tokens, line)
            case "template":
                tokens.take()
                name, value = self._name(tokens), _value(tokens)
                tokens.finish()
                return (self._use(name, value, line),)
            case "break" | "continue":
                raise self._fail(
                    line,
                    f'"{first.text}" ends a round early: what is written then cannot be told',
                    "select the items in the application, or put the rest into an if",
                )
            case _:
                return (self._pipeline(tokens, line),)

    def _pipeline(self, tokens: Pipelines, line: int) -> Statement:
        target = tokens.peek()
        if target.kind == "variable" and tokens.peek(1).text in {":=", "="}:
            tokens.take()
            new = tokens.take().text == ":="
            value = tokens.pipeline()
            tokens.finish()
            return Let(target.text, value, line, new)
        value = tokens.pipeline()
        tokens.finish()
        return Print(value, line)

    def _branching(self, tokens: Pipelines, line: int) -> Body:
        """Read an if, with or range to its end."""
        word = tokens.take().text
        variables = self._variables(tokens)
        value = tokens.pipeline()
        tokens.finish()
        body, otherwise = self._body_and_else(word, line)
        if word == "range":
            names = [(".", "item")]
            if variables:
                names.append((variables[-1], "item"))
            if len(variables) > 1:
                names.append((variables[0], "index"))
            return (For(value, tuple(names), body, otherwise, line),)
        bindings = tuple((name, value) for name in variables)
        if word == "with":
            bindings = (*bindings, (".", value))
        if not bindings:
            return (If(((value, body),), otherwise, line),)
        scoped: Body = (Scope(bindings, body, line),)
        whole: Statement = If(((value, scoped),), otherwise, line)
        if variables:  # they are known behind else too
            whole = Scope(bindings[: len(variables)], (whole,), line)
        return (whole,)

    def _body_and_else(self, word: str, line: int) -> tuple[Body, Body]:
        body, end, at = self._body()
        if end is None:
            raise self._fail(line, f'a "{word}" without its "end"', "add {{ end }}")
        if end.take().text == "end":
            end.finish()
            return body, ()
        if end.peek().text in {"if", "with"}:
            self._depth += 1
            check_nesting(self._depth, self._source.name, at)
            rest = self._branching(end, at)
            self._depth -= 1
            return body, rest
        end.finish()
        otherwise, end, at = self._body()
        if end is None or end.take().text != "end":
            raise self._fail(at or line, f'a "{word}" without its "end"', "add {{ end }}")
        end.finish()
        return body, otherwise

    def _variables(self, tokens: Pipelines) -> list[str]:
        names: list[str] = []
        if tokens.peek().kind == "variable" and tokens.peek(1).text in {":=", "=", ","}:
            while tokens.peek().kind == "variable":
                names.append(tokens.take().text)
                if tokens.take().text in {":=", "="}:
                    break
        return names

    def _name(self, tokens: Pipelines) -> str:
        token = tokens.take()
        if token.kind == "string":
            return unquoted(token.text)
        if token.kind == "raw":
            return token.text[1:-1]
        raise ex.ExpressionError(
            "a template's name must be a text", 'write {{ template "name" . }}'
        )

    def _definition(self, tokens: Pipelines, line: int) -> Body:
        word = tokens.take().text
        name = self._name(tokens)
        value = _value(tokens)
        tokens.finish()
        body, end, at = self._body()
        if end is None or end.take().text != "end":
            raise self._fail(at or line, f'a "{word}" without its "end"', "add {{ end }}")
        self._templates.define(name, body, self._source)
        return (self._use(name, value, line),) if word == "block" else ()

    def _use(self, name: str, value: ex.Expr, line: int) -> Statement:
        return Action(lambda walker: self._templates.write(walker, name, value, line), line)


def _value(tokens: Pipelines) -> ex.Expr:
    return tokens.pipeline() if tokens.peek().kind else ex.Const(None)


def _raw(piece: _Piece) -> Body:
    """Return text; conditional comments may be missing, because html/template drops comments."""
    if not _CONDITIONAL.search(piece.text):
        return (Raw(piece.text, piece.line),)
    statements: list[Statement] = []
    position = 0
    while (start := piece.text.find("<!--", position)) >= 0:
        end = piece.text.find("-->", start)
        if end < 0:
            break
        statements.append(Raw(piece.text[position:start], piece.line))
        kept: Body = (Raw(piece.text[start : end + 3], piece.line),)
        statements.append(If(((_COMMENTS_STAY, kept),), (), piece.line))
        position = end + 3
    statements.append(Raw(piece.text[position:], piece.line))
    return tuple(statements)
