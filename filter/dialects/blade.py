"""Reads Blade, the templates of Laravel.

Known by ``{{ $name }}``, ``@if``, ``@foreach``, ``@lang('…')``. Components (``<x-…>``) and PHP code
are refused: they may write anything.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import partial

from filter.dialects import expressions as ex
from filter.dialects.bladesyntax import Piece, pieces
from filter.dialects.blocks import Step, build
from filter.dialects.infix import PHP, Reader, expression
from filter.dialects.limits import MAX_CHARS
from filter.dialects.names import Names
from filter.dialects.nodes import DialectError, Loader, Node, Source
from filter.dialects.phpfunctions import HINTS, functions
from filter.dialects.statements import Action, Body, If, Let, Print, Statement
from filter.dialects.walker import Walker

_EACH = re.compile(r"(.+)\s+as\s+(?:(\$\w+)\s*=>\s*)?(\$\w+)", re.DOTALL)
_ASSIGN = re.compile(r"(\$\w+)\s*=(?![=>])\s*([^;]+);?", re.DOTALL)
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")
_PLACES = ("lang/{}.json", "resources/lang/{}.json", "{}.json")
_ENDS = frozenset(
    ("endif", "endunless", "endisset", "endempty", "endforeach", "endforelse", "endswitch")
) | frozenset(("endauth", "endguest", "endenv", "endproduction", "endonce", "endcan"))
_SECTION_ENDS = frozenset(("endsection", "stop", "show"))
_CONDITIONS = frozenset(("auth", "guest", "env", "production", "can", "hasSection"))
_REFUSED = frozenset(
    (
        "parent",
        "component",
        "slot",
        "props",
        "each",
        "for",
        "while",
        "includeFirst",
        "stack",
        "push",
    )
) | frozenset(("inject", "continue", "json", "class", "style"))


def read(
    source: Source, load: Loader, *, language: str = "", names: Names | None = None
) -> tuple[Node, ...]:
    """Return what a Blade template writes; raises DialectError."""
    catalogue = _catalogue(load, language)
    walker = Walker(load, names, functions=functions(catalogue), hints=HINTS, language=language)
    page = _Page()

    def parse(main: Source) -> Body:
        return (*page.parse(main), Action(page.layout, 1))

    return walker.read(source, parse)


def _catalogue(load: Loader, language: str) -> Mapping[str, str]:
    """Return the translations of a language, as Laravel keeps them in JSON."""
    for place in _PLACES if _LANGUAGE.fullmatch(language) else ():
        source = load(place.format(language))
        if source is None:
            continue
        if len(source.text) > MAX_CHARS:
            raise DialectError(source.name, 1, "the translations are too large", "split them")
        try:
            found = json.loads(source.text)
        except ValueError as exc:
            raise DialectError(source.name, 1, "this is not JSON", "correct it") from exc
        if isinstance(found, dict):
            return {key: text for key, text in found.items() if isinstance(text, str)}
    return {}


class _Page:
    """The sections of a message, and the layout around them."""

    def __init__(self) -> None:
        self._layouts: list[tuple[str, int, Source]] = []
        self._open: list[str] = []  # the sections that are being read

    def parse(self, source: Source) -> Body:
        """Return the statements of a file."""
        steps: list[Step] = []
        last = ""
        for piece in pieces(source, _DIRECTIVES):
            try:
                steps += self._steps(piece, source, last)
            except ex.ExpressionError as exc:
                raise DialectError(source.name, piece.line, exc.message, exc.remedy) from exc
            last = piece.name if piece.kind else last
        return build(steps, source.name)

    def layout(self, walker: Walker) -> None:
        """Write the layout that was named, with the sections that it asks for."""
        if not self._layouts:
            return
        name, line, source = self._layouts.pop()
        # What stands outside of sections is written before the layout.
        with walker.within(source):
            self._include(walker, name, {}, line, optional=False, after=True)

    def _include(
        self,
        walker: Walker,
        name: str,
        bound: Mapping[str, ex.Expr],
        line: int,
        *,
        optional: bool,
        after: bool = False,
    ) -> None:
        path = name.replace(".", "/")
        forms = (f"{path}.blade.php", f"views/{path}.blade.php", name, path)
        found = next((form for form in forms if walker.load(form) is not None), None)
        if found is None and optional:
            return
        with walker.opened(found or name, line) as source:
            body = self.parse(source)
            if after:
                walker.run(body)
                self.layout(walker)
            else:
                walker.put(walker.written(body, bound), line)

    def _steps(  # noqa: C901, PLR0911, PLR0912 - one line for each directive
        self, piece: Piece, source: Source, last: str
    ) -> list[Step]:
        if not piece.kind:
            return [Step("text", piece.line, text=piece.text)]
        if piece.kind == "=":
            return [Step("print", piece.line, value=expression(piece.text, PHP))]
        name, line, args = piece.name, piece.line, piece.text
        match name:
            case "else":
                return [Step("else", line, "@else")]
            case "empty" if not piece.has_args:
                return [Step("else", line, "@empty")]
            case "break" | "continue":
                if last in {"case", "default", ""} or name == "break":
                    return []
            case "default":
                return [Step("else", line, "@default")]
            case "php":
                return self._php(piece)
            case "extends":
                self._layouts.append((_text(args), line, source))
                return []
            case "section" | "yield":
                return self._section(piece)
            case "once":
                return [Step("keep", line, "@once")]
            case _ if name in _SECTION_ENDS:
                return self._section_end(piece)
            case _ if name in _ENDS:
                return [Step("end", line, f"@{name}")]
            case _ if name in _OPENING:
                return [_OPENING[name](args, line, f"@{name}")]
            case _ if name in _CONDITIONS:
                return [Step("if", line, f"@{name}", ex.Name(f"{name}({args})"))]
            case _ if name.startswith("include") and name != "includeFirst":
                return [Step("statement", line, statement=self._included(piece))]
        raise ex.ExpressionError(
            f'what "@{name}" writes cannot be told',
            "write it out, with @if, @foreach and @include",
        )

    def _php(self, piece: Piece) -> list[Step]:
        found = _ASSIGN.fullmatch(piece.text) if piece.has_args else None
        if found is None:
            raise ex.ExpressionError("PHP code may write anything", "compute it before")
        let = Let(found[1], expression(found[2], PHP), piece.line)
        return [Step("statement", piece.line, statement=let)]

    def _section(self, piece: Piece) -> list[Step]:
        args = _arguments(piece.text)
        key = f"section {_constant(args[0])}" if args else ""
        if piece.name == "yield":
            other = args[1] if len(args) > 1 else ex.Const("")
            return [Step("statement", piece.line, statement=_yielded(key, other, piece.line))]
        if len(args) > 1:
            let = Action(lambda walker: _keep(walker, key, walker.resolve(args[1], piece.line)), 0)
            return [Step("statement", piece.line, statement=let)]
        self._open.append(key)
        return [Step("keep", piece.line, "@section", name="%section")]

    def _section_end(self, piece: Piece) -> list[Step]:
        end = Step("end", piece.line, f"@{piece.name}")
        if not self._open:
            return [end]
        key, line = self._open.pop(), piece.line
        keep = Action(
            lambda walker: _keep(walker, key, walker.resolve(ex.Name("%section"), line)), 0
        )
        steps = [end, Step("statement", line, statement=keep)]
        if piece.name == "show":
            steps.append(Step("statement", line, statement=_yielded(key, ex.Const(""), line)))
        return steps

    def _included(self, piece: Piece) -> Statement:
        args = _arguments(piece.text)
        condition = None
        if piece.name in {"includeWhen", "includeUnless"}:
            condition, args = args[0], args[1:]
        name = _constant(args[0])
        given = args[1] if len(args) > 1 else None
        optional = piece.name == "includeIf"

        def run(walker: Walker) -> None:
            bound: dict[str, ex.Expr] = {}
            match given:
                case ex.Call("list", pairs):
                    for pair in pairs:
                        match pair:
                            case ex.Operation("pair", (ex.Const(str(key)), value)):
                                bound[f"${key}"] = walker.resolve(value, piece.line)
                            case _:
                                pass
                case _:
                    pass
            self._include(walker, name, bound, piece.line, optional=optional)

        action = Action(run, piece.line)
        if condition is None:
            return action
        if piece.name == "includeUnless":
            condition = ex.Operation("not", (condition,))
        return If(((condition, (action,)),), (), piece.line)


def _keep(walker: Walker, key: str, value: ex.Expr) -> None:
    if walker.known(key) is None:  # what the page said stays, whatever its layout says
        walker.frames[0][key] = value


def _yielded(key: str, other: ex.Expr, line: int) -> Statement:
    def run(walker: Walker) -> None:
        found = walker.known(key)
        walker.print(other if found is None else found, line)

    return Action(run, line)


def _arguments(text: str) -> list[ex.Expr]:
    reader = Reader(text, PHP)
    args: list[ex.Expr] = []
    while reader.peek().kind:
        args.append(reader.expression())
        if not reader.eat(","):
            reader.finish()
    return args


def _constant(value: ex.Expr) -> str:
    if isinstance(value, ex.Const) and isinstance(value.value, str):
        return value.value
    raise ex.ExpressionError(
        "which file or section stands here is decided when the message is written",
        "name it in quotes, behind @if where there are several",
    )


def _text(args: str) -> str:
    return _constant(expression(args, PHP))


def _if(args: str, line: int, word: str, *, negated: bool = False, kind: str = "if") -> Step:
    value = expression(args, PHP)
    return Step(kind, line, word, ex.Operation("not", (value,)) if negated else value)


def _isset(args: str, line: int, word: str) -> Step:
    each = [ex.Operation("exists", (one,)) for one in _arguments(args)]
    return Step("if", line, word, each[0] if len(each) == 1 else ex.Operation("and", tuple(each)))


def _foreach(args: str, line: int, word: str) -> Step:
    found = _EACH.fullmatch(args)
    if found is None:
        raise ex.ExpressionError(f'"{word}({args})" cannot be read', "write @foreach ($xs as $x)")
    key = ((found[2], "key"),) if found[2] else ()
    names = ((found[3], "item"), *key, ("$loop", "state"))
    return Step("for", line, word, expression(found[1], PHP), names=names)


_OPENING: Mapping[str, Callable[[str, int, str], Step]] = {
    "if": _if,
    "elseif": partial(_if, kind="elsif"),
    "unless": partial(_if, negated=True),
    "empty": partial(_if, negated=True),
    "isset": _isset,
    "foreach": _foreach,
    "forelse": _foreach,
    "switch": partial(_if, kind="case"),
    "case": lambda args, line, word: Step("when", line, word, values=(expression(args, PHP),)),
    "lang": lambda args, line, _: Step(
        "statement", line, statement=Print(ex.Call("__", tuple(_arguments(args))), line)
    ),
    "choice": lambda args, line, _: Step(
        "statement", line, statement=Print(ex.Call("trans_choice", tuple(_arguments(args))), line)
    ),
}

_DIRECTIVES = (
    frozenset(("else", "empty", "break", "default", "php", "extends", "section", "yield", "once"))
    | frozenset(("include", "includeIf", "includeWhen", "includeUnless"))
    | frozenset(_OPENING)
    | _ENDS
    | _SECTION_ENDS
    | _CONDITIONS
    | _REFUSED
)
