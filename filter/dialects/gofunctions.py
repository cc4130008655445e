"""What do the functions of Go's templates, and of sprig, come to?

Those that are not here stand for a value that only the application knows: a slot.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from filter.dialects import expressions as ex
from filter.ruleset import SlotType

HINTS: Mapping[str, SlotType] = {
    "len": SlotType.DIGITS,
    "date": SlotType.DATE,
    "htmlDate": SlotType.DATE,
    "dateInZone": SlotType.DATE,
    "date_in_zone": SlotType.DATE,
    "uuidv4": SlotType.UUID,
    **dict.fromkeys(
        ("add", "add1", "sub", "mul", "div", "mod", "round", "floor", "ceil", "int", "int64"),
        SlotType.NUMBER,
    ),
}
_VERB = re.compile(r"%([-+# 0]*[0-9]*(?:\.[0-9]+)?)([a-zA-Z%])")


def _letterwise(name: str, change: Callable[[str], str]) -> ex.Function:
    """Return a function that goes through a text letter by letter."""

    def apply(args: tuple[ex.Expr, ...]) -> ex.Expr | None:
        if len(args) != 1:
            return None
        match args[0]:
            case ex.Const(str(text)):
                return ex.Const(change(text))
            case ex.Joined(parts):
                return ex.joined(tuple(apply((part,)) or ex.Call(name, (part,)) for part in parts))
            case _:
                return None

    return apply


def _same(args: tuple[ex.Expr, ...]) -> ex.Expr | None:
    return args[0] if len(args) == 1 else None


def _printf(args: tuple[ex.Expr, ...]) -> ex.Expr | None:
    if not args or not isinstance(args[0], ex.Const) or not isinstance(args[0].value, str):
        return None
    parts: list[ex.Expr] = []
    waiting, position, text = list(args[1:]), 0, args[0].value
    for verb in _VERB.finditer(text):
        parts.append(ex.Const(text[position : verb.start()]))
        position = verb.end()
        if verb[2] == "%":
            parts.append(ex.Const("%"))
        elif not waiting:
            raise ex.ExpressionError("printf has fewer values than its format", "add them")
        elif not verb[1] and verb[2] in "svd":
            parts.append(waiting.pop(0))
        else:
            parts.append(ex.Call("printf", (ex.Const(verb[0]), waiting.pop(0))))
    if waiting:
        raise ex.ExpressionError("printf has more values than its format", "remove them")
    parts.append(ex.Const(text[position:]))
    return ex.joined(tuple(parts))


def _default(args: tuple[ex.Expr, ...]) -> ex.Expr | None:
    if len(args) != 2:  # noqa: PLR2004 - the default and the value
        return None
    return ex.Operation("or", (args[1], args[0]))


def _coalesce(args: tuple[ex.Expr, ...]) -> ex.Expr | None:
    value: ex.Expr = ex.Const(None)
    for one in reversed(args):
        value = one if value == ex.Const(None) else ex.Operation("or", (one, value))
    return value


def _ternary(args: tuple[ex.Expr, ...]) -> ex.Expr | None:
    if len(args) != 3:  # noqa: PLR2004 - both values and the condition
        return None
    return ex.Operation("?:", (args[2], args[0], args[1]))


def _index(args: tuple[ex.Expr, ...]) -> ex.Expr | None:
    value = args[0]
    for key in args[1:]:
        match key:
            case ex.Const(str(name)) if name.isidentifier():
                value = ex.Member(value, name)
            case _:
                value = ex.Operation("[]", (value, key))
    return value


def _cat(args: tuple[ex.Expr, ...]) -> ex.Expr | None:
    parts = [part for one in args for part in (ex.Const(" "), one)]
    return ex.joined(tuple(parts[1:]))


def _quoted(sign: str) -> ex.Function:
    return lambda args: ex.joined((ex.Const(sign), *args, ex.Const(sign))) if args else None


def _print(args: tuple[ex.Expr, ...]) -> ex.Expr | None:
    # A blank stands between two values of which neither is a text: known of constants only.
    if all(isinstance(one, ex.Const) and isinstance(one.value, str) for one in args):
        return ex.joined(args)
    return args[0] if len(args) == 1 else None


FUNCTIONS: Mapping[str, ex.Function] = {
    "printf": _printf,
    "print": _print,
    "index": _index,
    "get": _index,
    "default": _default,
    "coalesce": _coalesce,
    "ternary": _ternary,
    "cat": _cat,
    "quote": _quoted('"'),
    "squote": _quoted("'"),
    "nospace": _letterwise("nospace", lambda text: "".join(text.split())),
    "upper": _letterwise("upper", str.upper),
    "lower": _letterwise("lower", str.lower),
    "empty": lambda args: ex.Operation("not", args) if len(args) == 1 else None,
    # They escape what is read as HTML again, or say that it is safe: the same value is seen.
    **dict.fromkeys(
        ("html", "safe", "safeHTML", "safeURL", "safeHTMLAttr", "toString", "htmlSafe"), _same
    ),
}
