"""Reads ERB, as Ruby on Rails' mailers use it.

Known by ``<%= @user.name %>``, ``<% if … %>…<% end %>``, ``<% xs.each do |x| %>``. The links that
``link_to`` and ``mail_to`` of Rails write are mark-up with slots in it.
"""

from __future__ import annotations

import re

from filter.dialects import expressions as ex
from filter.dialects.blocks import Step, build
from filter.dialects.codetags import steps_of
from filter.dialects.infix import RUBY, Reader, expression
from filter.dialects.names import Names
from filter.dialects.nodes import Loader, Node, Source
from filter.dialects.rubyfunctions import FUNCTIONS, HINTS
from filter.dialects.statements import Action, Body, If, Let, Print
from filter.dialects.walker import Walker

_EACH = re.compile(
    r"(.+?)\.(each|each_with_index|map|find_each)\s*(?:do|\{)\s*\|([^|]*)\|", re.DOTALL
)
_FOR = re.compile(r"for\s+(\w+)\s+in\s+(.+?)(?:\s+do)?", re.DOTALL)
_LET = re.compile(r"(@{0,2}[a-z_]\w*)\s*(\|\|)?=(?![=~])\s*(.+)", re.DOTALL)
_BLOCK = re.compile(r"\sdo(?:\s*\|[^|]*\|)?\Z")
_WORDS = re.compile(r"(if|unless|elsif|else|end|case|when)\b\s*(.*)", re.DOTALL)
_ENDINGS = ("{}", "{}.html.erb", "{}.text.erb", "{}.erb")


def read(
    source: Source, load: Loader, *, language: str = "", names: Names | None = None
) -> tuple[Node, ...]:
    """Return what an ERB template writes; raises DialectError."""
    walker = Walker(load, names, functions=FUNCTIONS, hints=HINTS, language=language)
    return walker.read(source, _parse)


def _parse(source: Source) -> Body:
    return build(steps_of(source, _steps, ejs=False), source.name)


def _steps(kind: str, text: str, line: int) -> list[Step]:
    if not kind:
        return [Step("text", line, text=text)]
    if kind == "=":
        return [_value(text.strip(), line)]
    lines = [one.strip() for one in text.split("\n")]
    code = [one for one in lines if one and not one.startswith("#")]
    whole = " ".join(code)
    # Several lines are several statements, when each is one.
    if len(code) > 1 and all(_LET.fullmatch(one) or _WORDS.fullmatch(one) for one in code):
        return [_code(one, line) for one in code]
    return [_code(whole.rstrip(";"), line)] if whole else []


def _value(text: str, line: int) -> Step:
    block = _BLOCK.search(text)
    if block:
        return _linked(text[: block.start()], line)
    reader = Reader(text, RUBY)
    value = reader.expression()
    written = Print(value, line)
    word = reader.peek().text
    rendered = _rendered(value, line)
    if word in {"if", "unless"}:
        reader.take()
        condition = reader.expression()
        reader.finish()
        condition = condition if word == "if" else ex.Operation("not", (condition,))
        statement = If(((condition, (rendered or written,)),), (), line)
        return Step("statement", line, statement=statement)
    reader.finish()
    return Step("statement", line, statement=rendered or written)


def _linked(text: str, line: int) -> Step:
    """``link_to url do`` writes a link around what stands in the block."""
    match expression(text, RUBY):
        case ex.Call("link_to", (url, *_)):
            before = (Print(ex.joined((ex.Const('<a href="'), url, ex.Const('">'))), line),)
            after = (Print(ex.Const("</a>"), line),)
            return Step("keep", line, "do", before=before, after=after)
        case _:
            raise ex.ExpressionError(
                f'what "{text[:40]}" writes around its block cannot be told',
                "write the mark-up itself",
            )


def _rendered(value: ex.Expr, line: int) -> Action | None:
    """Return the partial that a value writes; None when it is another value."""
    if not isinstance(value, ex.Call) or value.function != "render" or value.method:
        return None
    name, given = "", dict[str, ex.Expr]()
    for arg in value.args:
        match arg:
            case ex.Const(str(text)):
                name = text
            case ex.Operation("pair", (ex.Const("partial"), ex.Const(str(text)))):
                name = text
            case ex.Operation("pair", (ex.Const("locals"), ex.Call("map", pairs))):
                given.update(_pairs(pairs))
            case ex.Operation("pair", _):
                given.update(_pairs((arg,)))
            case _:
                name = ""
                break
    if not name:
        raise ex.ExpressionError(
            "which partial stands here is decided when the message is written",
            "name it in quotes, behind if where there are several",
        )

    def run(walker: Walker) -> None:
        bound = {key: walker.resolve(one, line) for key, one in given.items()}
        folder, _, last = name.rpartition("/")
        near = walker.source.name.rpartition("/")[0]
        partial = f"{folder}/_{last}" if folder else f"_{last}"
        forms = [
            form.format(stem) for stem in (f"{near}/{partial}", partial, name) for form in _ENDINGS
        ]
        found = next((form for form in forms if walker.load(form) is not None), partial)
        with walker.opened(found, line) as source:
            walker.put(walker.written(_parse(source), bound), line)

    return Action(run, line)


def _pairs(pairs: tuple[ex.Expr, ...]) -> dict[str, ex.Expr]:
    found: dict[str, ex.Expr] = {}
    for pair in pairs:
        match pair:
            case ex.Operation("pair", (ex.Const(str(name)), value)):
                found[name] = value
            case _:
                pass
    return found


def _code(text: str, line: int) -> Step:
    words = _WORDS.fullmatch(text)
    if words:
        return _word(words[1], words[2].strip(), line)
    each = _EACH.fullmatch(text)
    if each:
        return _each(each, line)
    loop = _FOR.fullmatch(text)
    if loop:
        return Step("for", line, "for", expression(loop[2], RUBY), names=((loop[1], "item"),))
    let = _LET.fullmatch(text)
    if let:
        value = expression(let[3], RUBY)
        if let[2]:
            value = ex.Operation("or", (ex.Name(let[1]), value))
        return Step("statement", line, statement=Let(let[1], value, line))
    if text == "}":
        return Step("end", line, "}")
    raise ex.ExpressionError(
        f'what "{text[:40]}" does to the message cannot be told',
        "compute it in the mailer; templates may have if, unless, case, each and assignments",
    )


def _word(word: str, rest: str, line: int) -> Step:
    rest = rest.removesuffix(" then").strip()
    if word in {"else", "end"}:
        if rest:
            raise ex.ExpressionError(f'"{rest}" is not expected behind "{word}"', "remove it")
        return Step(word, line, word)
    if word == "when":
        reader = Reader(rest, RUBY)
        values = [reader.expression()]
        while reader.eat(","):
            values.append(reader.expression())
        reader.finish()
        return Step("when", line, word, values=tuple(values))
    value = expression(rest, RUBY)
    if word == "unless":
        return Step("if", line, word, ex.Operation("not", (value,)))
    return Step(word, line, word, value)


def _each(each: re.Match[str], line: int) -> Step:
    names = [name.strip(" ()") for name in each[3].split(",")]
    bound: tuple[tuple[str, str], ...] = ((names[0], "item"),)
    if len(names) > 1:
        counted = each[2] == "each_with_index"
        bound = (
            ((names[0], "item"), (names[1], "index"))
            if counted
            else ((names[0], "key"), (names[1], "item"))
        )
    return Step("for", line, each[2], expression(each[1], RUBY), names=bound)
