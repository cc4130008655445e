"""What does a filter tell of a value, and what does it make of a constant?

The filters of Jinja2, Django (with humanize) and Liquid (with those of shops), which mean the same
under the same names. A filter that is not here makes a hole of its own, without a hint.

* Escaping (``e``, ``escape``, ``force_escape``) and ``safe`` leave the value what it is: the hole
  is the same as without. That ``safe`` lets a value bring mark-up is seen in the hole's
  expression only; the slot that it becomes takes text, so mark-up in the value is held.
* ``urlencode`` keeps the meaning but not the letters: another hole, without a hint.
* Upper and lower case, trimming: another hole (the value differs), of the same type.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from filter.dialects.nodes import Choice, DialectError, Hole, Loop, Node, Text
from filter.dialects.values import (
    MAX_TEXT,
    Branch,
    Builder,
    Joined,
    Known,
    Place,
    Unknown,
    Value,
    Written,
)
from filter.ruleset import SlotType


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_SAME = _words(
    "e escape force_escape forceescape safe safeseq raw escape_once string localize unlocalize"
    " localtime utc timezone nl2br linebreaksbr newline_to_br to_str as_str"
)
_ESCAPES = _words("e escape force_escape forceescape")
_KEEPS_TYPE = _words(
    "upper lower title capitalize capfirst upcase downcase trim strip lstrip rstrip striptags"
    " strip_html strip_newlines center ljust rjust first last random"
)
_HINTS: Mapping[str, SlotType] = {
    **dict.fromkeys(
        _words(
            "floatformat intcomma length count wordcount size plus minus times divided_by modulo"
            " round ceil floor abs int float sum add at_least at_most length_is get_digit"
            " number_with_delimiter format_number format_decimal numberformat"
        ),
        SlotType.NUMBER,
    ),
    **dict.fromkeys(
        _words(
            "money money_with_currency money_without_currency money_without_trailing_zeros currency"
            " format_currency to_currency price number_to_currency money_localize"
        ),
        SlotType.MONEY,
    ),
    **dict.fromkeys(_words("format_date dateformat date_format"), SlotType.DATE),
    **dict.fromkeys(_words("time time_tag format_time timeformat time_format"), SlotType.TIME),
    **dict.fromkeys(
        _words(
            "url absolute_url asset_url img_url image_url file_url static static_url media_url"
            " full_static_url shopify_asset_url product_img_url collection_img_url"
        ),
        SlotType.URL,
    ),
}
_BY_FORMAT = frozenset({"date", "strftime", "datetimeformat", "format_datetime", "date_to_string"})
# Django's letters and strftime's: those of a day and those of an hour.
_DJANGO_DAY, _DJANGO_HOUR = frozenset("dDjlmMnFNbyYzLowWcrUE"), frozenset("fgGhHiPscrU")
_STRFTIME_DAY, _STRFTIME_HOUR = frozenset("aAdebBmyYjxDFcGuUwWV"), frozenset("HIMSpPklXRTcrs")
_NAMED_FORMATS: Mapping[str, SlotType | None] = {
    "DATE_FORMAT": SlotType.DATE,
    "SHORT_DATE_FORMAT": SlotType.DATE,
    "TIME_FORMAT": SlotType.TIME,
    "DATETIME_FORMAT": None,
    "SHORT_DATETIME_FORMAT": None,
}


def hint_of_format(written: str) -> SlotType | None:
    """Return DATE, TIME, or None when a date format asks for both, or for part of neither."""
    if written in _NAMED_FORMATS:
        return _NAMED_FORMATS[written]
    if "%" in written:
        letters = set(re.findall(r"%[-#_^0]?([A-Za-z])", written))
        day, hour = letters & _STRFTIME_DAY, letters & _STRFTIME_HOUR
    else:
        letters = set(re.sub(r"\\.", "", written))
        day, hour = letters & _DJANGO_DAY, letters & _DJANGO_HOUR
    if letters == {"Y"}:
        return SlotType.DIGITS
    if day and not hour and len(day) > 1:
        return SlotType.DATE
    if hour and not day and len(hour) > 1:
        return SlotType.TIME
    return None


def _titled(text: str) -> str | None:
    words = text.split(" ")
    plain = all(word.isascii() and word.isalpha() for word in words)
    return " ".join(word.capitalize() for word in words) if plain else None


_FOLDS: Mapping[str, Callable[[str], str | None]] = {
    "upper": str.upper,
    "upcase": str.upper,
    "lower": str.lower,
    "downcase": str.lower,
    "capitalize": str.capitalize,
    "capfirst": lambda text: text[:1].upper() + text[1:],
    "trim": str.strip,
    "strip": str.strip,
    "title": _titled,
}
_OVER_NODES = frozenset({"upper", "upcase", "lower", "downcase"})


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter and its arguments; ``written`` as it stands in an expression (``|date:"d M"``)."""

    name: str
    arguments: tuple[Value, ...]
    written: str


def filtered(builder: Builder, value: Value, by: Filter, at: Place) -> Value:  # noqa: PLR0911 - one a kind
    """Return what a filter makes of a value.

    Raises DialectError when it goes over captured text in a way that cannot be followed.
    """
    name = by.name
    match value:
        case Branch(when, yes, no):
            # Each of the two is filtered: the condition is decided before.
            left, right = (filtered(builder, one, by, at) for one in (yes, no))
            builder.files.spend(at.file, at.line)
            return Branch(when, left, right)
        case Known(str() as text) if name in _FOLDS:
            folded = _FOLDS[name](text)
            if folded is not None:
                return Known(folded[:MAX_TEXT], value.safe)
        case Known(constant) if name in _SAME:
            if name in _ESCAPES and not value.safe and isinstance(constant, str):
                return Known(builder.escape(constant), safe=True)
            return Known(constant, safe=True)
        case Written(nodes):
            return _over_text(builder, nodes, by, at)
        case Joined(parts) if name in _OVER_NODES or name in _SAME:
            return Joined(tuple(filtered(builder, one, by, at) for one in parts))
    if name in _SAME and isinstance(value, Unknown):
        label = (value.label + by.written)[:MAX_TEXT]
        return replace(value, label=label, named=value.named or value.label)
    if name == "linebreaks":
        return Joined((Known("<p>", safe=True), value, Known("</p>", safe=True)))
    return builder.derived(value, by.written, at, _hint(value, by))


def _hint(value: Value, by: Filter) -> SlotType | None:
    name, arguments = by.name, by.arguments
    if name in _BY_FORMAT:
        match arguments:
            case (Known(str() as written), *_):
                return hint_of_format(written)
            case ():
                return SlotType.DATE
        return None
    if name == "time" and arguments:
        return SlotType.TIME
    if name in _KEEPS_TYPE:
        return value.hint if isinstance(value, Unknown) else None
    return _HINTS.get(name)


def _over_text(builder: Builder, nodes: tuple[Node, ...], by: Filter, at: Place) -> Value:
    name = by.name
    if name in _SAME and name not in _ESCAPES:
        return Written(nodes)
    if name in {"trim", "strip"}:
        return Written(_stripped(nodes))
    if name in _OVER_NODES:
        builder.files.spend(at.file, at.line, len(nodes))
        return Written(_mapped(builder, nodes, by))
    raise DialectError(
        at.file,
        at.line,
        f'the filter "{name}" changes a whole text in a way that cannot be followed',
        "apply it to the value, or write the text as the filter makes it",
    )


def _stripped(nodes: tuple[Node, ...]) -> tuple[Node, ...]:
    result = list(nodes)
    if result and isinstance(result[0], Text):
        result[0] = replace(result[0], text=result[0].text.lstrip())
    if result and isinstance(result[-1], Text):
        result[-1] = replace(result[-1], text=result[-1].text.rstrip())
    return tuple(node for node in result if node != Text("", node.line))


def _mapped(builder: Builder, nodes: tuple[Node, ...], by: Filter) -> tuple[Node, ...]:
    result: list[Node] = []
    for node in nodes:
        match node:
            case Text(text):
                result.append(replace(node, text=_FOLDS[by.name](text) or ""))
            case Hole():
                key = f"<{node.name}>{by.written}"  # the value is another one in capitals
                label = node.expression + by.written
                result.append(replace(node, name=builder.names.slot(key, label), expression=label))
            case Choice(branches=branches):
                mapped = tuple(_mapped(builder, one, by) for one in branches)
                result.append(replace(node, branches=mapped))
            case Loop(body=body):
                result.append(replace(node, body=_mapped(builder, body, by)))
    return tuple(result)
