"""What do the functions of PHP and Laravel come to, in mails?

Those that are not here stand for a value that only the application knows: a slot.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from filter.dialects import expressions as ex
from filter.ruleset import SlotType

HINTS: Mapping[str, SlotType] = {
    **dict.fromkeys(
        ("format", "isoFormat", "translatedFormat", "toDateString", "toFormattedDateString"),
        SlotType.DATE,
    ),
    **dict.fromkeys(("number_format", "round", "count"), SlotType.NUMBER),
    **dict.fromkeys(("url", "route", "asset", "secure_url", "action", "signedRoute"), SlotType.URL),
}
_KEY = re.compile(r"[a-z0-9_-]+(?:::[a-z0-9_-]+)?(?:[./][A-Za-z0-9_-]+)+")
_HOLDER = re.compile(r":([A-Za-z_]\w*)")
_RANGE = re.compile(r"\s*(?:\{\d+\}|[\[\]][^\[\]]*[\[\]])\s*")


def functions(catalogue: Mapping[str, str]) -> Mapping[str, ex.Function]:
    """Return the functions, those that translate with a catalogue."""

    def translated(args: tuple[ex.Expr, ...]) -> ex.Expr | None:
        return _translated(args, catalogue)

    def chosen(args: tuple[ex.Expr, ...]) -> ex.Expr | None:
        return _chosen(args, catalogue)

    names = ("__", "trans", "get", "Lang.get")
    return {
        **_KNOWN,
        **{name: translated for name in names if name != "get"},
        "trans_choice": chosen,
    }


def _said(value: ex.Expr, catalogue: Mapping[str, str]) -> str | None:
    """Return the text that a key stands for; None when only the application knows it."""
    match value:
        case ex.Const(str(key)) if key in catalogue:
            return catalogue[key]
        case ex.Const(str(key)) if not _KEY.fullmatch(key):
            return key  # Laravel writes a text without a translation as it is
        case _:
            return None


def _translated(args: tuple[ex.Expr, ...], catalogue: Mapping[str, str]) -> ex.Expr | None:
    text = _said(args[0], catalogue) if args else None
    if text is None:
        return None
    values = _pairs(args[1]) if len(args) > 1 else {}
    parts: list[ex.Expr] = []
    position = 0
    for found in _HOLDER.finditer(text):
        value = _filled(found[1], values)
        if value is not None:
            parts += [ex.Const(text[position : found.start()]), value]
            position = found.end()
    parts.append(ex.Const(text[position:]))
    return ex.joined(tuple(parts))


def _filled(name: str, values: Mapping[str, ex.Expr]) -> ex.Expr | None:
    """Laravel fills ``:name`` as it is, ``:Name`` and ``:NAME`` in large letters."""
    if name in values:
        return values[name]
    for key, value in values.items():
        if name == key.upper():
            return ex.Call("strtoupper", (value,))
        if name == key[:1].upper() + key[1:]:
            return ex.Call("ucfirst", (value,))
    return None


def _chosen(args: tuple[ex.Expr, ...], catalogue: Mapping[str, str]) -> ex.Expr | None:
    """``one apple|many apples`` is one of its texts, when none of them holds a value."""
    text = _said(args[0], catalogue) if args else None
    if text is None or "|" not in text or _HOLDER.search(text):
        return None
    forms = tuple(dict.fromkeys(_RANGE.sub("", form, count=1).strip() for form in text.split("|")))
    return ex.OneOf(ex.Call("trans_choice", args), forms)


def _pairs(value: ex.Expr) -> dict[str, ex.Expr]:
    found: dict[str, ex.Expr] = {}
    for pair in value.args if isinstance(value, ex.Call) and value.function == "list" else ():
        match pair:
            case ex.Operation("pair", (ex.Const(str(name)), given)):
                found[name] = given
            case _:
                pass
    return found


def _same(args: tuple[ex.Expr, ...]) -> ex.Expr | None:
    return args[0] if len(args) == 1 else None


def _state(what: str) -> ex.Function:
    def apply(args: tuple[ex.Expr, ...]) -> ex.Expr | None:
        match args:
            case (ex.Call("loop", (iterable,)),):
                return ex.Place(iterable, what)
            case _:
                return None

    return apply


_KNOWN: Mapping[str, ex.Function] = {
    "empty": lambda args: ex.Operation("not", args) if len(args) == 1 else None,
    "isset": lambda args: ex.Operation("exists", args) if len(args) == 1 else None,
    # They escape, or ask whether anything is there: the same value.
    **dict.fromkeys(("e", "htmlspecialchars", "htmlentities", "strval", "filled"), _same),
    "blank": lambda args: ex.Operation("not", args) if len(args) == 1 else None,
    ".first": _state("first"),
    ".last": _state("last"),
    ".index": _state("index"),
    ".iteration": _state("index1"),
}
