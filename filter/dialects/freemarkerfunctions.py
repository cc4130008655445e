"""What do FreeMarker's built-ins and Keycloak's functions come to?

Those that are not here stand for a value that only the application knows: a slot.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from filter.dialects import expressions as ex
from filter.dialects import properties
from filter.dialects.properties import Bundle
from filter.ruleset import SlotType

HINTS: Mapping[str, SlotType] = {
    **properties.HINTS,
    "?date": SlotType.DATE,
    "?time": SlotType.TIME,
    "?c": SlotType.NUMBER,
    "?size": SlotType.DIGITS,
    "?length": SlotType.DIGITS,
    "amountOf": SlotType.DIGITS,
}
_TAG_SIGNS = re.compile(r"(<a(?=[\s>])|>)", re.IGNORECASE)
_UNITS = "linkExpirationFormatter.timePeriodUnit."


def functions(bundle: Bundle | None) -> Mapping[str, ex.Function]:
    """Return the functions, those that translate with a bundle's messages."""
    known = dict(_BUILT_IN)
    if bundle is not None:
        known["msg"] = lambda args: _message(bundle, args)
        known["linkExpirationFormatter"] = lambda args: _expiration(bundle, args)
    return known


def _message(bundle: Bundle, args: tuple[ex.Expr, ...]) -> ex.Expr | None:
    match args:
        case (ex.Const(str(key)), *values) if key in bundle.messages:
            return properties.formatted(bundle.messages[key], tuple(values))
        case (ex.Joined((ex.Const(str(prefix)), _)) as key, *_) if bundle.starting(prefix):
            return ex.OneOf(ex.Call("msg", (key,)), bundle.starting(prefix))
        case _:
            return None


def _expiration(bundle: Bundle, args: tuple[ex.Expr, ...]) -> ex.Expr | None:
    """Keycloak writes a whole number, a blank and the unit that fits it."""
    units = [text for key, text in bundle.messages.items() if key.startswith(_UNITS)]
    if not units:
        return None
    texts = [properties.formatted(unit, (ex.Call("amountOf", args),)) for unit in units]
    values: dict[str, None] = {}
    for text in texts:
        match text:
            case ex.OneOf(_, forms):
                values.update(dict.fromkeys(forms))
            case ex.Const(str(form)):
                values[form] = None
            case _:
                return None
    unit = ex.OneOf(ex.Call("unitOf", args), tuple(values))
    return ex.joined((ex.Call("amountOf", args), ex.Const(" "), unit))


def _same(args: tuple[ex.Expr, ...]) -> ex.Expr | None:
    return args[0] if args else None


def _sanitized(args: tuple[ex.Expr, ...]) -> ex.Expr | None:
    """Keycloak's clean-up keeps what its own messages hold, and tells links not to be followed.

    KeycloakSanitizerPolicy: requireRelNofollowOnLinks.
    """
    if len(args) != 1:
        return None
    within = False  # the tag of a link
    parts: list[ex.Expr] = []
    for part in args[0].parts if isinstance(args[0], ex.Joined) else args:
        if not isinstance(part, ex.Const) or not isinstance(part.value, str):
            parts.append(part)
            continue
        written: list[str] = []
        for piece in _TAG_SIGNS.split(part.value):
            within = within or piece.lower() == "<a"
            if piece == ">" and within:
                written.append(' rel="nofollow"')
                within = False
            written.append(piece)
        parts.append(ex.Const("".join(written)))
    return ex.joined(tuple(parts))


def _string(args: tuple[ex.Expr, ...]) -> ex.Expr | None:
    match args:
        case (value,):
            return value
        case (value, yes, no):
            return ex.Operation("?:", (value, yes, no))
        case _:
            return None


def _place(what: str) -> ex.Function:
    def apply(args: tuple[ex.Expr, ...]) -> ex.Expr | None:
        if len(args) == 1 and isinstance(args[0], ex.Item):
            place = ex.Place(args[0].of, what.removeprefix("not "))
            return ex.Operation("not", (place,)) if what.startswith("not ") else place
        return None

    return apply


def _changed(change: str) -> ex.Function:
    def apply(args: tuple[ex.Expr, ...]) -> ex.Expr | None:
        match args:
            case (ex.Const(str(text)),):
                return ex.Const(text.upper() if change == "upper" else text.lower())
            case _:
                return None

    return apply


def _refused(name: str) -> ex.Function:
    def apply(_: tuple[ex.Expr, ...]) -> ex.Expr | None:
        raise ex.ExpressionError(
            f"?{name} runs a text as a template", "write the text as a template of its own"
        )

    return apply


def _default(args: tuple[ex.Expr, ...]) -> ex.Expr | None:
    return ex.Operation("default", args) if len(args) == 2 else None  # noqa: PLR2004 - both values


_BUILT_IN: Mapping[str, ex.Function] = {
    # They escape, or mark as escaped: the same value is seen.
    **dict.fromkeys(("?no_esc", "?esc", "?html", "?xhtml", "?xml", "?markup_string"), _same),
    "kcSanitize": _sanitized,
    "?string": _string,
    "?then": lambda args: ex.Operation("?:", args) if len(args) == 3 else None,  # noqa: PLR2004
    "?exists": lambda args: ex.Operation("exists", args),
    "?default": _default,
    "?has_content": lambda args: (
        ex.Const(bool(args[0].value)) if isinstance(args[0], ex.Const) else None
    ),
    "?upper_case": _changed("upper"),
    "?lower_case": _changed("lower"),
    "?is_first": _place("first"),
    "?is_last": _place("last"),
    "?has_next": _place("not last"),
    "?index": _place("index"),
    "?counter": _place("index1"),
    **{f"?{name}": _refused(name) for name in ("eval", "interpret", "new")},
}
