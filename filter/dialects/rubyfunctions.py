"""What do the helpers of Ruby on Rails come to, in mails?

Those that are not here stand for a value that only the application knows: a slot.
"""

from __future__ import annotations

import html
from collections.abc import Mapping

from filter.dialects import expressions as ex
from filter.ruleset import SlotType

HINTS: Mapping[str, SlotType] = {
    **dict.fromkeys(("l", "localize", "strftime"), SlotType.DATE),
    **dict.fromkeys(("number_to_currency",), SlotType.MONEY),
    **dict.fromkeys(("number_with_delimiter", "number_with_precision"), SlotType.NUMBER),
}


def _options(args: tuple[ex.Expr, ...]) -> dict[str, ex.Expr]:
    found: dict[str, ex.Expr] = {}
    for arg in args:
        match arg:
            case ex.Operation("pair", (ex.Const(str(name)), value)):
                found[name] = value
            case ex.Call("map", pairs):
                found.update(_options(pairs))
            case _:
                pass
    return found


def _plain(args: tuple[ex.Expr, ...]) -> list[ex.Expr]:
    return [
        arg
        for arg in args
        if not (isinstance(arg, ex.Operation) and arg.sign == "pair")
        and not (isinstance(arg, ex.Call) and arg.function == "map")
    ]


def _anchor(label: ex.Expr, url: ex.Expr, options: Mapping[str, ex.Expr], scheme: str) -> ex.Expr:
    """Return the link that Rails writes: its options as attributes, href last."""
    parts: list[ex.Expr] = [ex.Const("<a")]
    for name, value in options.items():
        if name in {"data", "method", "remote", "subject", "body", "cc", "bcc"}:
            raise ex.ExpressionError(
                f'a link with the option "{name}" is written in a form of its own',
                "write the link as <a href=…>",
            )
        parts += [ex.Const(f' {name}="'), _escaped(value), ex.Const('"')]
    parts += [ex.Const(f' href="{scheme}'), _escaped(url), ex.Const('">')]
    return ex.joined((*parts, _escaped(label), ex.Const("</a>")))


def _escaped(value: ex.Expr) -> ex.Expr:
    match value:
        case ex.Const(str(text)):
            return ex.Const(html.escape(text).replace("&#x27;", "&#39;"))
        case _:
            return value


def _link_to(args: tuple[ex.Expr, ...]) -> ex.Expr | None:
    plain = _plain(args)
    if not plain:
        return None
    return _anchor(plain[0], plain[-1], _options(args), "")


def _mail_to(args: tuple[ex.Expr, ...]) -> ex.Expr | None:
    plain = _plain(args)
    if not plain:
        return None
    return _anchor(plain[-1], plain[0], _options(args), "mailto:")


def _translated(args: tuple[ex.Expr, ...]) -> ex.Expr | None:
    """A key stands for what a catalogue of the application says, or for its default."""
    default = _options(args).get("default")
    return default if isinstance(default, ex.Const) and isinstance(default.value, str) else None


def _same(args: tuple[ex.Expr, ...]) -> ex.Expr | None:
    return args[0] if len(args) == 1 else None


def _no(args: tuple[ex.Expr, ...]) -> ex.Expr | None:
    return ex.Operation("not", args) if len(args) == 1 else None


def _tried(args: tuple[ex.Expr, ...]) -> ex.Expr | None:
    match args:
        case (of, ex.Const(str(name))):
            return ex.Member(of, name)
        case _:
            return None


FUNCTIONS: Mapping[str, ex.Function] = {
    "link_to": _link_to,
    "mail_to": _mail_to,
    **dict.fromkeys(("t", "translate", "I18n.t"), _translated),
    # They escape, mark as safe or ask whether anything is there: the same value.
    **dict.fromkeys(
        ("h", "raw", "html_escape", ".html_safe", ".to_s", ".present?", ".any?", ".itself"), _same
    ),
    **dict.fromkeys((".blank?", ".empty?", ".nil?", ".none?"), _no),
    **dict.fromkeys(("try", "try!", "public_send"), _tried),
}
