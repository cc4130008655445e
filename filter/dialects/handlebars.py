"""Reads Handlebars, and Mustache as ``mustache.py`` asks for it.

Known by ``{{name}}``, ``{{#if}}``, ``{{#each}}``, ``{{> part}}``. A plain section ``{{#x}}…{{/x}}``
is a loop of 0 to 50 rounds over x, of which one round is a condition that holds. It is a condition
when nothing in it comes from a round: no value at all, or x itself, or a loop over ``.``.
A raw value ``{{{x}}}`` is the slot that ``{{x}}`` is: mark-up in it fits no slot and is held.
"""

from __future__ import annotations

from dataclasses import replace

from filter.dialects import expressions as ex
from filter.dialects.handlebarswords import FUNCTIONS, HINTS, Tag, path, tag
from filter.dialects.limits import check_nesting
from filter.dialects.mustaches import Piece, pieces
from filter.dialects.names import Names
from filter.dialects.nodes import Choice, DialectError, Loader, Loop, Node, Source, Text
from filter.dialects.statements import Action, Body, For, If, Print, Raw, Scope, Statement
from filter.dialects.walker import Walker

_LEVELS = ("..", "../..", "../../..", "../../../..")
_ENDINGS = ("", ".hbs", ".handlebars", ".mustache", ".html", ".txt")
# Block helpers that many applications have, SendGrid's among them, and that only choose.
_EQUAL = ("ifEquals", "ifEq", "if_eq", "ifeq", "ifEqual", "eq", "equal", "equals", "is")
_UNEQUAL = (
    "unlessEquals",
    "unlessEq",
    "unless_eq",
    "ifNotEquals",
    "notEquals",
    "ne",
    "neq",
    "isnt",
)
_CHOOSING = ("gt", "gte", "lt", "lte", "and", "or", "ifAny", "ifAll", "contains", "ifCond")
_CONDITIONS = {
    **dict.fromkeys(_EQUAL, "=="),
    **dict.fromkeys(_UNEQUAL, "!="),
    "greaterThan": ">",
    "lessThan": "<",
    **dict.fromkeys(_CHOOSING, ""),
}


def read(
    source: Source, load: Loader, *, language: str = "", names: Names | None = None
) -> tuple[Node, ...]:
    """Return what a Handlebars template writes; raises DialectError."""
    return read_as(source, load, language=language, names=names, mustache=False)


def read_as(
    source: Source, load: Loader, *, language: str, names: Names | None, mustache: bool
) -> tuple[Node, ...]:
    """Return what a template writes, by the rules of one of the two languages."""
    walker = _Walker(load, names, functions=FUNCTIONS, hints=HINTS, language=language)
    walker.frames[0]["."] = ex.Root()
    parts = _Partials(mustache=mustache)
    return walker.read(source, parts.parse)


class _Walker(Walker):
    """Finds ``./name``: what a partial was given under that name, else a field of the context."""

    def known(self, name: str) -> ex.Expr | None:
        if not name.startswith("./"):
            return super().known(name)
        for frame in reversed(self.frames):
            if name in frame:
                return frame[name]
            if "." in frame:
                return ex.Member(frame["."], name[2:])
        return None


class _Partials:
    """Partials that the template itself defines, and the blocks that layouts were given."""

    def __init__(self, *, mustache: bool) -> None:
        self._mustache = mustache
        self._inline: dict[str, Body] = {}
        self._blocks: list[Body] = []
        self._depth = 0

    def parse(self, source: Source) -> Body:
        return _Parser(source, self, mustache=self._mustache).file()

    def define(self, name: str, body: Body) -> None:
        self._inline[name] = body

    def write(self, walker: Walker, one: Tag, block: Body | None, piece: Piece) -> None:
        """Write a partial, indented as its tag is."""
        self._depth += 1
        check_nesting(self._depth, walker.source.name, piece.line)
        if one.name == "@partial-block":
            body, self._blocks = self._blocks[-1] if self._blocks else (), self._blocks[:-1]
            nodes = walker.written(body)
            self._blocks.append(body)
        else:
            if block is not None:
                self._blocks.append(block)
            nodes = self._nodes(walker, one, block, piece.line)
            if block is not None:
                self._blocks.pop()
        walker.put(_indented(nodes, piece.indent), piece.line)
        self._depth -= 1

    def _nodes(self, walker: Walker, one: Tag, block: Body | None, line: int) -> tuple[Node, ...]:
        bound = {f"./{name}": walker.resolve(value, line) for name, value in one.named}
        if one.args:
            bound["."] = walker.resolve(one.args[0], line)
        if one.name in self._inline:
            return walker.written(self._inline[one.name], bound)
        names = [one.name + ending for ending in _ENDINGS]
        found = next((name for name in names if walker.load(name) is not None), None)
        if found is None and block is not None:
            return walker.written(block, bound)
        with walker.opened(found or one.name, line) as source:
            return walker.written(self.parse(source), bound)


class _Parser:
    def __init__(self, source: Source, partials: _Partials, *, mustache: bool) -> None:
        self._source = source
        self._partials = partials
        self._mustache = mustache
        self._pieces = pieces(source, mustache=mustache)
        self._at = 0
        self._depth = 0
        self._inverted = {piece.text for piece in self._pieces if piece.kind == "^" and piece.text}

    def file(self) -> Body:
        body, end = self._body()
        if end is not None:
            raise self._fail(end.line, f'"{end.text or end.kind}" closes nothing', "remove it")
        return body

    def _fail(self, line: int, message: str, remedy: str = "") -> DialectError:
        return DialectError(self._source.name, line, message, remedy)

    def _tag(self, piece: Piece) -> Tag:
        try:
            return tag(piece.text)
        except ex.ExpressionError as exc:
            raise self._fail(piece.line, exc.message, exc.remedy) from exc

    def _body(self) -> tuple[Body, Piece | None]:
        """Read to the next ``else`` or closing tag, which is returned, or to the end."""
        self._depth += 1
        statements: list[Statement] = []
        end: Piece | None = None
        while self._at < len(self._pieces):
            piece = self._pieces[self._at]
            self._at += 1
            check_nesting(self._depth, self._source.name, piece.line)
            if piece.kind in {"/", "else"} or (piece.kind == "^" and not piece.text):
                end = piece
                break
            statements.extend(self._one(piece))
        self._depth -= 1
        return tuple(statements), end

    def _one(self, piece: Piece) -> Body:
        match piece.kind:
            case "":
                return (Raw(piece.text, piece.line),)
            case "value" | "&":
                return self._value(piece)
            case ">":
                return (self._partial(self._tag(piece), None, piece),)
            case "#" if piece.text.startswith(">"):
                return self._partial_block(piece)
            case "#" if piece.text.startswith("*"):
                return self._definition(piece)
            case "#" | "^":
                return self._block(piece, self._tag(piece), piece.text)
            case _:
                raise self._fail(
                    piece.line,
                    f'"{{{{{piece.kind}{piece.text}}}}}" cannot be read for certain',
                    "write the inherited template out, or use a partial {{> name}}",
                )

    def _value(self, piece: Piece) -> Body:
        if self._mustache:
            return (Print(path(piece.text), piece.line),)
        one = self._tag(piece)
        if one.name == "log":
            return ()
        return (Print(one.expression, piece.line),)

    def _partial(self, one: Tag, block: Body | None, piece: Piece) -> Statement:
        if not one.name:
            raise self._fail(
                piece.line,
                "which partial stands here is decided when the message is written",
                "name it: {{> name}}, behind {{#if}} where there are several",
            )
        return Action(lambda walker: self._partials.write(walker, one, block, piece), piece.line)

    def _partial_block(self, piece: Piece) -> Body:
        one = self._tag(replace(piece, text=piece.text[1:]))
        body, end = self._body()
        self._closed(piece, end, one.name)
        return (self._partial(one, body, replace(piece, indent="")),)

    def _definition(self, piece: Piece) -> Body:
        one = self._tag(replace(piece, text=piece.text[1:]))
        body, end = self._body()
        self._closed(piece, end, one.name)
        first = one.args[0] if one.args else None
        if one.name != "inline" or not isinstance(first, ex.Const):
            raise self._fail(
                piece.line, f'"{piece.text}" is not known', 'write {{#*inline "name"}}'
            )
        self._partials.define(str(first.value), body)
        return ()

    def _closed(self, piece: Piece, end: Piece | None, name: str) -> None:
        if end is None or end.kind != "/":
            raise self._fail(piece.line, f'"{piece.text}" is not closed', f"add {{{{/{name}}}}}")
        if end.text.strip("\"'") != name and end.text != piece.text:
            raise self._fail(end.line, f'"{end.text}" closes "{name}"', f"write {{{{/{name}}}}}")

    def _block(self, piece: Piece, one: Tag, written: str) -> Body:
        """Read a block to its end; ``written`` is how a Mustache section must be closed."""
        start = self._at
        body, end = self._body()
        otherwise: Body = ()
        if end is not None and end.kind in {"else", "^"}:
            if end.text:  # else if, else unless, else each
                chained = self._tag(end)
                self._depth += 1
                check_nesting(self._depth, self._source.name, end.line)
                otherwise = self._block(replace(piece, kind="#", line=end.line), chained, written)
                self._depth -= 1
                return self._statement(piece, one, (body, otherwise), start)
            otherwise, end = self._body()
        self._closed(piece, end, written.split(maxsplit=1)[0])
        return self._statement(piece, one, (body, otherwise), start)

    def _statement(  # noqa: PLR0911 - one line for each block
        self, piece: Piece, one: Tag, bodies: tuple[Body, Body], start: int
    ) -> Body:
        body, otherwise = bodies
        line = piece.line
        if piece.kind == "^":
            return (If(((one.expression, otherwise),), body, line),)
        first = one.args[0] if one.args else None
        match one.name:
            case "if" if first is not None:
                return (If(((first, body),), otherwise, line),)
            case "unless" if first is not None:
                return (If(((first, otherwise),), body, line),)
            case "each" if first is not None:
                return (self._each(first, one.params, bodies, line),)
            case "with" if first is not None:
                inside: Body = (_deeper(first, one.params, body, line),)
                return (If(((first, inside),), otherwise, line),)
            case name if one.args and name in _CONDITIONS:
                sign = _CONDITIONS[name]
                condition = ex.Operation(sign, one.args) if sign else one.expression
                return (If(((condition, body),), otherwise, line),)
        if one.args or one.named:
            raise self._fail(
                line,
                f'the block helper "{one.name}" may write anything',
                "write {{#if}} with a value that the application computed, or list it as a text",
            )
        return (self._section(piece, one, bodies, start),)

    def _section(self, piece: Piece, one: Tag, bodies: tuple[Body, Body], start: int) -> Statement:
        body, otherwise = bodies
        inside = self._pieces[start : self._at]
        used = {p.text.removeprefix("./") for p in inside if p.kind not in {"", "/", "else"}}
        line = piece.line
        if used & {"each .", "each this"}:
            scoped: Body = (_deeper(one.expression, (), body, line),)
            return If(((one.expression, scoped),), otherwise, line)
        own = one.name.split(".")[-1]
        if not used or any(name == own or name.startswith(f"{own}.") for name in used):
            return If(((one.expression, body),), otherwise, line)
        loop = self._each(one.expression, one.params, (body, otherwise), line)
        if otherwise or piece.text not in self._inverted:
            return loop
        return If(((one.expression, (loop,)),), (), line)

    def _each(
        self, iterable: ex.Expr, params: tuple[str, ...], bodies: tuple[Body, Body], line: int
    ) -> Statement:
        names = [
            (".", "item"),
            *((f"@{what}", what) for what in ("index", "key", "first", "last")),
            *zip((f"./{name}" for name in params), ("item", "index"), strict=False),
        ]
        loop = For(ex.Name("%list"), tuple(names), bodies[0], (), line)
        if bodies[1]:
            loop = replace(loop, otherwise=bodies[1])
        return Scope((("%list", iterable), *_levels()), (loop,), line)


def _levels() -> tuple[tuple[str, ex.Expr], ...]:
    return tuple(
        (outer, ex.Name(inner)) for inner, outer in zip((".", *_LEVELS), _LEVELS, strict=False)
    )


def _deeper(value: ex.Expr, params: tuple[str, ...], body: Body, line: int) -> Statement:
    """Return a body whose context is a value."""
    named = tuple((f"./{name}", value) for name in params[:1])
    return Scope(((".", value), *_levels(), *named), body, line)


def _indented(nodes: tuple[Node, ...], indent: str) -> tuple[Node, ...]:
    """Return nodes with white space before each line, as a partial alone on its line has it."""
    if not indent or not nodes:
        return nodes
    return _lines((Text(indent, 0), *nodes), indent, last=True)


def _lines(nodes: tuple[Node, ...], indent: str, *, last: bool) -> tuple[Node, ...]:
    result: list[Node] = []
    for at, node in enumerate(nodes):
        ends = last and at == len(nodes) - 1
        match node:
            case Text(text) if ends and text.endswith("\n"):
                result.append(replace(node, text=text[:-1].replace("\n", f"\n{indent}") + "\n"))
            case Text(text):
                result.append(replace(node, text=text.replace("\n", f"\n{indent}")))
            case Choice(_, branches):
                inner = tuple(_lines(branch, indent, last=ends) for branch in branches)
                result.append(replace(node, branches=inner))
            case Loop(_, body):
                result.append(replace(node, body=_lines(body, indent, last=False)))
            case _:
                result.append(node)
    return tuple(result)
