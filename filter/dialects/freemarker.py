"""Reads FreeMarker, with Keycloak's functions and Java's message bundles.

Known by ``${x}``, ``<#if>``, ``<#list>``, ``<#import>``, ``${msg("key")}``; the account mails of
Keycloak are written in it. https://freemarker.apache.org/docs/ref.html
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

from filter.dialects import expressions as ex
from filter.dialects import freemarkerfunctions as fm
from filter.dialects.freemarkersyntax import Piece, pieces
from filter.dialects.infix import FREEMARKER, Reader, expression
from filter.dialects.limits import check_nesting
from filter.dialects.names import Names
from filter.dialects.nodes import DialectError, Loader, Node, Source
from filter.dialects.properties import find_bundle
from filter.dialects.statements import (
    Action,
    Body,
    Capture,
    For,
    If,
    Let,
    Print,
    Raw,
    Statement,
)
from filter.dialects.walker import Walker

_THROUGH = frozenset(
    {"outputformat", "autoesc", "noautoesc", "noescape", "escape", "compress", "noparse"}
)
_SILENT = frozenset(
    {"ftl", "setting", "flush", "t", "lt", "rt", "nt", "noparse-begin", "noparse-end"}
)
_VOID = frozenset({"include", "import", "nested", "break", "stop", "return", "visit", "recurse"})


def read(
    source: Source, load: Loader, *, language: str = "", names: Names | None = None
) -> tuple[Node, ...]:
    """Return what a FreeMarker template writes; raises DialectError."""
    bundle = find_bundle(load, source.name, language)
    walker = Walker(load, names, functions=fm.functions(bundle), hints=fm.HINTS, language=language)
    return walker.read(source, partial(_parse, macros=_Macros()))


@dataclass(frozen=True, slots=True)
class _Macro:
    params: tuple[tuple[str, ex.Expr | None], ...]
    body: Body
    source: Source
    space: str


@dataclass(frozen=True, slots=True)
class _Nested:
    """What stands between the tags of a macro's call, and where its names live."""

    body: Body
    frames: list[dict[str, ex.Expr]]
    source: Source
    names: tuple[str, ...]


@dataclass(slots=True)
class _Macros:
    """The macros of all files so far, by namespace, and the calls under way."""

    known: dict[str, _Macro] = field(default_factory=dict)
    nested: list[_Nested] = field(default_factory=list)

    def call(self, walker: Walker, name: str, call: _Call, space: str, line: int) -> None:
        """Write a macro with its parameters and what is nested in it."""
        macro = self.known.get(f"{space}.{name}" if space and "." not in name else name)
        if macro is None:
            raise walker.fail(
                line,
                f'there is no macro "{name}"',
                "import the file that defines it, or write out what a directive of Java writes",
            )
        named = dict(call.named)
        params: dict[str, ex.Expr] = {}
        for at, (param, default) in enumerate(macro.params):
            given = named.get(param) or (call.args[at] if at < len(call.args) else default)
            if given is not None:
                params[param] = walker.resolve(given, line)
        self.nested.append(_Nested(call.body, walker.frames, walker.source, call.names))
        frames, walker.frames = walker.frames, [walker.frames[0], params]
        with walker.within(macro.source):
            walker.run(macro.body)
        walker.frames = frames
        self.nested.pop()

    def write_nested(self, walker: Walker, values: tuple[ex.Expr, ...], line: int) -> None:
        """Write what stands in the call of the macro that is under way."""
        if not self.nested:
            return
        one = self.nested.pop()
        meant = [walker.resolve(value, line) for value in values]
        frames, walker.frames = (
            walker.frames,
            [*one.frames, dict(zip(one.names, meant, strict=False))],
        )
        with walker.within(one.source):
            walker.run(one.body)
        walker.frames = frames
        self.nested.append(one)


@dataclass(frozen=True, slots=True)
class _Call:
    args: tuple[ex.Expr, ...]
    named: tuple[tuple[str, ex.Expr], ...]
    names: tuple[str, ...]
    body: Body


def _near(walker: Walker, name: str) -> str:
    """Return how the loader knows a file that is named beside this one."""
    folder = walker.source.name.rpartition("/")[0]
    beside = f"{folder}/{name}" if folder else name
    return beside if walker.load(beside) is not None else name.lstrip("/")


def _parse(source: Source, macros: _Macros, space: str = "") -> Body:
    return _Parser(source, macros, space).file()


class _Parser:
    def __init__(self, source: Source, macros: _Macros, space: str) -> None:
        self._source = source
        self._macros = macros
        self._space = space
        self._pieces = pieces(source)
        self._at = 0
        self._depth = 0
        self._lists: list[ex.Expr] = []

    def file(self) -> Body:
        body, end = self._body()
        if end is not None:
            raise self._fail(end, f'"{_tag(end)}" closes nothing', "remove it")
        return body

    def _fail(self, piece: Piece, message: str, remedy: str = "") -> DialectError:
        return DialectError(self._source.name, piece.line, message, remedy)

    def _value(self, piece: Piece, text: str) -> ex.Expr:
        try:
            return expression(text, FREEMARKER)
        except ex.ExpressionError as exc:
            raise self._fail(piece, exc.message, exc.remedy) from exc

    def _body(self, *stops: str) -> tuple[Body, Piece | None]:
        """Read to the next closing tag or one of the stops, which is returned, or to the end."""
        self._depth += 1
        statements: list[Statement] = []
        end: Piece | None = None
        while self._at < len(self._pieces):
            piece = self._pieces[self._at]
            self._at += 1
            check_nesting(self._depth, self._source.name, piece.line)
            if piece.kind in {"/#", "/@"} or (piece.kind == "#" and piece.name in stops):
                end = piece
                break
            try:
                statements.extend(self._one(piece))
            except ex.ExpressionError as exc:
                raise self._fail(piece, exc.message, exc.remedy) from exc
        self._depth -= 1
        return tuple(statements), end

    def _closed(self, piece: Piece, end: Piece | None) -> None:
        if end is None or end.kind != f"/{piece.kind}":
            raise self._fail(piece, f'"{_tag(piece)}" is not closed', f"add {_tag(piece, '/')}")
        if end.name != piece.name and (piece.kind == "#" or end.name):
            raise self._fail(end, f'"{_tag(end)}" closes "{_tag(piece)}"', "nest them")

    def _one(self, piece: Piece) -> Body:
        if not piece.kind:
            return (Raw(piece.text, piece.line),)
        if piece.kind == "$":
            text = (
                piece.text.rpartition(";")[0]
                if piece.name == "#" and ";" in piece.text
                else piece.text
            )
            return (Print(self._value(piece, text), piece.line),)
        if piece.kind == "@":
            return self._macro_call(piece)
        return self._directive(piece)

    def _directive(self, piece: Piece) -> Body:  # noqa: C901, PLR0911 - one line for each
        match piece.name:
            case name if name in _SILENT:
                return ()
            case name if name in _THROUGH:
                body, end = self._body()
                self._closed(piece, end)
                return body
            case "if":
                return (self._if(piece),)
            case "list" | "foreach":
                return (self._list(piece),)
            case "items":
                return (self._items(piece),)
            case "sep":
                return self._sep(piece)
            case "assign" | "local" | "global":
                return self._assign(piece)
            case "macro":
                return self._macro(piece)
            case "include" | "import":
                return (self._file(piece),)
            case "nested":
                values = self._arguments(piece.text)[0]
                return (
                    Action(
                        lambda walker: self._macros.write_nested(walker, values, piece.line),
                        piece.line,
                    ),
                )
            case "switch":
                return (self._switch(piece),)
            case _:
                raise self._fail(
                    piece,
                    f'what "{_tag(piece)}" writes cannot be told',
                    "compute it in the application, or write it as text, <#if> and <#list>",
                )

    def _if(self, piece: Piece) -> Statement:
        branches: list[tuple[ex.Expr, Body]] = []
        condition = self._value(piece, piece.text)
        otherwise: Body = ()
        while True:
            body, end = self._body("elseif", "elseIf", "else")
            branches.append((condition, body))
            if end is None or end.kind != "#":
                break
            if end.name == "else":
                otherwise, end = self._body()
                break
            condition = self._value(end, end.text)
        self._closed(piece, end)
        return If(tuple(branches), otherwise, piece.line)

    def _list(self, piece: Piece) -> Statement:
        if piece.name == "foreach":
            names, _, of = piece.text.partition(" in ")
        else:
            of, _, names = piece.text.rpartition(" as ")
        iterable = self._value(piece, of or names)
        self._lists.append(iterable)
        body, end = self._body("else")
        otherwise: Body = ()
        if end is not None and end.kind == "#":
            otherwise, end = self._body()
        self._closed(piece, end)
        self._lists.pop()
        if not of:  # <#list x>…<#items as y>
            return If(((ex.Call("?has_content", (iterable,)), body),), otherwise, piece.line)
        return For(iterable, _item_names(names), body, otherwise, piece.line)

    def _items(self, piece: Piece) -> Statement:
        if not self._lists:
            raise self._fail(piece, "<#items> outside of a <#list>", "write it inside of one")
        body, end = self._body()
        self._closed(piece, end)
        names = piece.text.removeprefix("as ").strip()
        return For(self._lists[-1], _item_names(names), body, (), piece.line)

    def _sep(self, piece: Piece) -> Body:
        """Read what stands between two rounds: to its end tag, or to the end of the round."""
        if not self._lists:
            raise self._fail(piece, "<#sep> outside of a <#list>", "write it inside of one")
        body, end = self._body("else")
        if end is None or (end.kind, end.name) != ("/#", "sep"):
            self._at -= end is not None  # it closes the list
        return (If(((ex.Name("%more"), body),), (), piece.line),)

    def _assign(self, piece: Piece) -> Body:
        reader = Reader(piece.text, FREEMARKER)
        lets: list[Statement] = []
        new = piece.name == "local"
        while reader.peek().kind:
            name = reader.take().text
            name = str(getattr(reader.peek(-1).value, "value", name))
            if not reader.eat("="):
                if reader.peek().kind and reader.peek().text != "in":
                    break
                body, end = self._body()
                self._closed(piece, end)
                return (Capture(name, body, piece.line),)
            lets.append(Let(name, reader.expression(), piece.line, new))
            reader.eat(",")
        if not lets:
            raise self._fail(piece, f'"{_tag(piece)}" cannot be read', "write <#assign x = value>")
        return tuple(lets)

    def _macro(self, piece: Piece) -> Body:
        name, _, rest = piece.text.partition(" ")
        reader = Reader(rest.strip().removeprefix("(").removesuffix(")"), FREEMARKER)
        params: list[tuple[str, ex.Expr | None]] = []
        while reader.peek().kind:
            param = reader.take().text
            default = reader.expression() if reader.eat("=") else None
            params.append((param, default))
            reader.eat(",")
        body, end = self._body()
        self._closed(piece, end)
        full = f"{self._space}.{name}" if self._space else name
        self._macros.known[full] = _Macro(tuple(params), body, self._source, self._space)
        return ()

    def _macro_call(self, piece: Piece) -> Body:
        text, _, names = piece.text.partition(";")
        args, named = self._arguments(text)
        body: Body = ()
        if not piece.closed:
            body, end = self._body()
            self._closed(piece, end)
        loop_names = tuple(name.strip() for name in names.split(",") if name.strip())
        call = _Call(args, named, loop_names, body)
        space = self._space
        return (
            Action(
                lambda walker: self._macros.call(walker, piece.name, call, space, piece.line),
                piece.line,
            ),
        )

    def _arguments(self, text: str) -> tuple[tuple[ex.Expr, ...], tuple[tuple[str, ex.Expr], ...]]:
        reader = Reader(text, FREEMARKER)
        args: list[ex.Expr] = []
        named: list[tuple[str, ex.Expr]] = []
        while reader.peek().kind:
            if reader.peek().kind == "word" and reader.peek(1).text == "=":
                name = reader.take().text
                reader.take()
                named.append((name, reader.expression(9)))
            else:
                args.append(reader.expression(9))
            reader.eat(",")
        return tuple(args), tuple(named)

    def _file(self, piece: Piece) -> Statement:
        reader = Reader(piece.text, FREEMARKER)
        value = reader.take().value
        if not isinstance(value, ex.Const) or not isinstance(value.value, str):
            raise self._fail(
                piece,
                "which file stands here is decided when the message is written",
                "name it in quotes, behind <#if> where there are several",
            )
        name = value.value
        if piece.name == "include":
            parse = partial(_parse, macros=self._macros, space=self._space)
            return Action(
                lambda walker: walker.include(_near(walker, name), piece.line, parse), piece.line
            )
        reader.eat("as")
        space = reader.take().text

        def run(walker: Walker) -> None:
            with walker.opened(_near(walker, name), piece.line) as source:
                walker.written(_parse(source, self._macros, space))

        return Action(run, piece.line)

    def _switch(self, piece: Piece) -> Statement:
        value = self._value(piece, piece.text)
        branches: list[tuple[ex.Expr, Body]] = []
        otherwise: Body = ()
        _, end = self._body("case", "default")
        while end is not None and end.kind == "#":
            case = end
            body, end = self._body("case", "default", "break")
            broken = end is not None and end.name == "break"
            if broken:
                _, end = self._body("case", "default")
            if not broken and end is not None and end.kind == "#":
                raise self._fail(case, "a <#case> runs into the next", "end it with <#break>")
            if case.name == "default":
                otherwise = body
            else:
                same = ex.Operation("==", (value, self._value(case, case.text)))
                branches.append((same, body))
        self._closed(piece, end)
        return If(tuple(branches), otherwise, piece.line)


def _item_names(names: str) -> tuple[tuple[str, str], ...]:
    listed = [name.strip() for name in names.split(",")]
    item = listed[-1]
    keys = ((listed[0], "key"),) if len(listed) > 1 else ()
    return (
        (item, "item"),
        *keys,
        (f"{item}_has_next", "more"),
        (f"{item}_index", "index"),
        ("%more", "more"),
    )


def _tag(piece: Piece, slash: str = "") -> str:
    kind = piece.kind.removeprefix("/")
    return f"<{slash or ('/' if piece.kind.startswith('/') else '')}{kind}{piece.name}>"
