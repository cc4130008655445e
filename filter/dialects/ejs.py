"""Reads EJS, JavaScript in ``<% … %>``.

Known by ``<%= user.name %>``, ``<% if (x) { %>…<% } %>``, ``<% xs.forEach(function (x) { %>``.
https://ejs.co
"""

from __future__ import annotations

import re

from filter.dialects import expressions as ex
from filter.dialects.blocks import Step, build
from filter.dialects.codetags import steps_of
from filter.dialects.infix import JAVASCRIPT, expression
from filter.dialects.names import Names
from filter.dialects.nodes import Loader, Node, Source
from filter.dialects.statements import Action, Body, Let
from filter.dialects.walker import Walker
from filter.ruleset import SlotType

_FOREACH = re.compile(
    r"(.+?)\.(?:forEach|map)\(\s*(?:function\s*\(([^)]*)\)|\(([^)]*)\)\s*=>|(\w+)\s*=>)\s*\{",
    re.DOTALL,
)
_OF = re.compile(r"for\s*\(\s*(?:const|let|var)\s+(\w+)\s+(of|in)\s+(.+)\)\s*\{", re.DOTALL)
_COUNT = re.compile(
    r"for\s*\(\s*(?:let|var)\s+(\w+)\s*=\s*0\s*;\s*\1\s*<\s*(.+?)\.length\s*;\s*(?:\1\+\+|\+\+\1|\1\s*\+=\s*1)"
    r"\s*\)\s*\{",
    re.DOTALL,
)
_IF = re.compile(r"if\s*\((.+)\)\s*\{", re.DOTALL)
_ELSE_IF = re.compile(r"\}\s*else\s+if\s*\((.+)\)\s*\{", re.DOTALL)
_ELSE = re.compile(r"\}\s*else\s*\{")
_END = re.compile(r"\}\s*\)?\s*;?")
_LET = re.compile(r"(?:(const|let|var)\s+)?([\w$]+)\s*=(?!=)\s*([^;]+);?", re.DOTALL)
_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_ENDINGS = ("{}", "{}.ejs", "{}.html.ejs")


def _same(args: tuple[ex.Expr, ...]) -> ex.Expr | None:
    return args[0] if len(args) == 1 else None


_FUNCTIONS: dict[str, ex.Function] = {"String": _same, "toString": _same, "escapeXML": _same}
_HINTS = {
    **dict.fromkeys(("toLocaleDateString", "formatDate"), SlotType.DATE),
    **dict.fromkeys(("toFixed", "toLocaleString"), SlotType.NUMBER),
}


def read(
    source: Source, load: Loader, *, language: str = "", names: Names | None = None
) -> tuple[Node, ...]:
    """Return what an EJS template writes; raises DialectError."""
    walker = Walker(load, names, functions=_FUNCTIONS, hints=_HINTS, language=language)
    return walker.read(source, _parse)


def _parse(source: Source) -> Body:
    return build(steps_of(source, _steps, ejs=True), source.name)


def _steps(kind: str, text: str, line: int) -> list[Step]:
    if not kind:
        return [Step("text", line, text=text)]
    if kind == "=":
        value = expression(text.strip().removesuffix(";"), JAVASCRIPT)
        match value:
            case ex.Call("include", (ex.Const(str(name)), *given)):
                return [Step("statement", line, statement=_included(name, given, line))]
            case ex.Call("include"):
                raise ex.ExpressionError(
                    "which file stands here is decided when the message is written",
                    "name it in quotes, behind if where there are several",
                )
            case _:
                return [Step("print", line, value=value)]
    code = _COMMENT.sub(" ", text).strip()
    if not code:
        return []
    statements = [one.strip() for one in code.split("\n") if one.strip()]
    if len(statements) > 1 and all(_LET.fullmatch(one) for one in statements):
        return [_code(one, line) for one in statements]
    return [_code(code, line)]


def _code(code: str, line: int) -> Step:  # noqa: PLR0911 - one line for each form
    if found := _ELSE_IF.fullmatch(code):
        return Step("elsif", line, "else if", expression(found[1], JAVASCRIPT))
    if _ELSE.fullmatch(code):
        return Step("else", line, "else")
    if _END.fullmatch(code):
        return Step("end", line, "}")
    if found := _IF.fullmatch(code):
        return Step("if", line, "if", expression(found[1], JAVASCRIPT))
    if found := _FOREACH.fullmatch(code):
        names = [one.strip() for one in (found[2] or found[3] or found[4] or "").split(",")]
        bound = tuple(zip(names, ("item", "index"), strict=False))
        return Step("for", line, "forEach", expression(found[1], JAVASCRIPT), names=bound)
    if found := _OF.fullmatch(code):
        what = "item" if found[2] == "of" else "key"
        return Step("for", line, "for", expression(found[3], JAVASCRIPT), names=((found[1], what),))
    if found := _COUNT.fullmatch(code):
        of = expression(found[2], JAVASCRIPT)
        return Step("for", line, "for", of, names=((found[1], "index"),))
    if found := _LET.fullmatch(code):
        value = expression(found[3], JAVASCRIPT)
        let = Let(found[2], value, line, new=found[1] is not None)
        return Step("statement", line, statement=let)
    raise ex.ExpressionError(
        f'what "{code[:40]}" does to the message cannot be told',
        "compute it before; templates may have if, forEach, for … of and assignments",
    )


def _included(name: str, given: list[ex.Expr], line: int) -> Action:
    def run(walker: Walker) -> None:
        bound: dict[str, ex.Expr] = {}
        for arg in given:
            match arg:
                case ex.Call("map", pairs):
                    for pair in pairs:
                        match pair:
                            case ex.Operation("pair", (ex.Const(str(key)), value)):
                                bound[key] = walker.resolve(value, line)
                            case _:
                                pass
                case _:
                    pass
        folder = walker.source.name.rpartition("/")[0]
        stems = (f"{folder}/{name}", name) if folder else (name,)
        forms = [form.format(stem) for stem in stems for form in _ENDINGS]
        found = next((form for form in forms if walker.load(form) is not None), name)
        with walker.opened(found, line) as source:
            walker.put(walker.written(_parse(source), bound), line)

    return Action(run, line)
