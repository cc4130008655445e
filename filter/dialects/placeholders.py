"""What does a text with placeholders say: ``{{1}}``, ``{#var#}``, ``{name}``, ``%name%`` …?

One dialect for each way of writing them, so that nothing is taken for a placeholder that is none.

* ``twilio``: Twilio Content and WhatsApp, ``{{1}}`` and ``{{name}}``
  (https://www.twilio.com/docs/content/using-variables-with-content-api).
* ``dlt``: India's DLT portals, ``{#var#}`` and the typed tags of TRAI's direction of 18 November
  2025 (numeric, alphanumeric, url, urlott, cbn, email). Each ``{#var#}`` is another value; several
  without anything between are one (that is how values over 40 characters are registered).
* ``braces`` ``{name}``, ``percent`` ``%name%`` ``%%name%%``, ``brackets`` ``[[name]]``, ``dollar``
  ``${name}``, ``dashes`` ``-name-``. Mailchimp's are in filter/dialects/mailchimp.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from filter.dialects.filters import hint_of_format
from filter.dialects.limits import Files
from filter.dialects.lines import merged
from filter.dialects.names import Names
from filter.dialects.nodes import DialectError, Hole, Loader, Node, Source, Text
from filter.ruleset import SlotType

_TWILIO = re.compile(r"\{\{\s*([A-Za-z0-9_]{1,64})\s*\}\}")
_DLT = re.compile(r"((?:\{#\s*var\s*#\})+)|\{#\s*(\w{1,40})\s*#\}", re.IGNORECASE)
_BRACES = re.compile(
    r"(\{\{)|(\}\})|\{([A-Za-z_][\w.-]{0,60}|[0-9]{0,2})(?:![rsa])?"
    r"(?::([<>=^+\- #0-9,._]{0,10}[bcdeEfFgGnosxX%]?|[^{}]{0,20}%[^{}]{0,20}))?\}"
)
_PERCENT = re.compile(r"%%([A-Za-z][\w.-]{0,60})%%|%([A-Za-z][\w.-]{0,60})%")
_BRACKETS = re.compile(r"\[\[\s*([A-Za-z_][\w. -]{0,60}?)\s*\]\]")
_DOLLAR = re.compile(r"\$\{\s*([A-Za-z_][\w.-]{0,60})\s*\}")
_DASHES = re.compile(r"(?<![\w-])-([A-Za-z][A-Za-z0-9_]{0,40})-(?![\w-])")
_HEXADECIMAL = re.compile(r"[0-9A-Fa-f]{2}")
_PLURAL = re.compile(r"\{\s*\w{1,40}\s*,\s*(?:plural|select|selectordinal)\s*,")
_DLT_TYPES = {
    "numeric": SlotType.DIGITS,
    "number": SlotType.DIGITS,
    "alphanumeric": SlotType.WORDS,
    "url": SlotType.URL,
    "urlott": SlotType.URL,
    "cbn": SlotType.PHONE,
    "email": SlotType.EMAIL,
}


@dataclass(frozen=True, slots=True)
class _Placeholder:
    """What was found: its key (the same value where it is the same), and what is known of it."""

    key: str
    hint: SlotType | None = None
    plain: str = ""  # it is no placeholder after all: the text that stands there


class _Meaning(Protocol):
    def __call__(self, found: re.Match[str], number: int) -> _Placeholder | None:
        """Return what was found, None for text; ``number`` counts what was found before."""
        ...


def _nodes(
    source: Source, load: Loader, names: Names | None, signs: re.Pattern[str], meaning: _Meaning
) -> tuple[Node, ...]:
    """Return text and holes of a source."""
    files = Files(load)
    given = names or Names()
    with files.root(source):
        return merged(_pieces(source, files, given, signs, meaning))


def _pieces(
    source: Source, files: Files, names: Names, signs: re.Pattern[str], meaning: _Meaning
) -> Iterator[Node]:
    position, line = 0, 1
    for number, found in enumerate(signs.finditer(source.text)):
        placeholder = meaning(found, number)
        if placeholder is None:
            continue
        files.spend(source.name, line)
        before = source.text[position : found.start()]
        yield Text(before, line)
        line += before.count("\n")
        if placeholder.plain:
            yield Text(placeholder.plain, line)
        else:
            name = names.slot(placeholder.key)
            yield Hole(name, found[0], line, placeholder.hint)
        line += found[0].count("\n")
        position = found.end()
    yield Text(source.text[position:], line)


def _line(source: Source, offset: int) -> int:
    return source.text.count("\n", 0, offset) + 1


def _refuse(source: Source, signs: re.Pattern[str], stray: str, remedy: str) -> None:
    """Raise when what opens a placeholder stands there and is none."""
    end = 0
    for found in (*signs.finditer(source.text), None):
        start = len(source.text) if found is None else found.start()
        position = source.text.find(stray, end, start)
        if position >= 0:
            written = source.text[position : position + 30].partition("\n")[0]
            raise DialectError(
                source.name, _line(source, position), f'"{written}" is no placeholder', remedy
            )
        end = end if found is None else found.end()


def _named(found: re.Match[str], number: int) -> _Placeholder:  # noqa: ARG001 - not by its place
    return _Placeholder(next(group for group in found.groups() if group is not None))


def read_twilio(
    source: Source,
    load: Loader,
    *,
    language: str = "",  # noqa: ARG001 - a template is in one language
    names: Names | None = None,
) -> tuple[Node, ...]:
    """Return what a template of Twilio Content or WhatsApp says; raises DialectError."""
    _refuse(
        source, _TWILIO, "{{", "write {{1}} or {{name}}: letters, digits and underscores, no blanks"
    )
    return _nodes(source, load, names, _TWILIO, _named)


def read_dlt(
    source: Source,
    load: Loader,
    *,
    language: str = "",  # noqa: ARG001
    names: Names | None = None,
) -> tuple[Node, ...]:
    """Return what a template of a DLT portal says; raises DialectError."""
    _refuse(source, _DLT, "{#", f"write {{#var#}} or one of {', '.join(sorted(_DLT_TYPES))}")

    def meaning(found: re.Match[str], number: int) -> _Placeholder:
        kind = "var" if found[1] else found[2].lower()
        if kind != "var" and kind not in _DLT_TYPES:
            raise DialectError(
                source.name,
                _line(source, found.start()),
                f'"{found[0]}" is no tag of DLT',
                f"write {{#var#}} or one of {', '.join(sorted(_DLT_TYPES))}",
            )
        return _Placeholder(f"{kind} {number + 1}", _DLT_TYPES.get(kind))

    return _nodes(source, load, names, _DLT, meaning)


def read_braces(
    source: Source,
    load: Loader,
    *,
    language: str = "",  # noqa: ARG001
    names: Names | None = None,
) -> tuple[Node, ...]:
    """Return what a text with ``{name}`` says; raises DialectError.

    Where every brace is one of a placeholder or doubled, ``{{`` is a brace, as in Python's format.
    Where other braces stand (a style sheet), the placeholders are replaced and the rest is text;
    both together cannot be told apart.
    """
    plural = _PLURAL.search(source.text)
    if plural is not None:
        raise DialectError(
            source.name,
            _line(source, plural.start()),
            "a plural or a select of ICU",
            "write one template for each of its texts",
        )
    rest = _BRACES.sub("", source.text)
    stray = "{" in rest or "}" in rest or "<style" in source.text
    doubled = next((found for found in _BRACES.finditer(source.text) if found[1] or found[2]), None)
    if stray and doubled is not None:
        raise DialectError(
            source.name,
            _line(source, doubled.start()),
            "single and doubled braces that are no placeholders",
            "double all of them, or none",
        )
    count = 0

    def meaning(found: re.Match[str], number: int) -> _Placeholder | None:  # noqa: ARG001
        nonlocal count
        if found[1] or found[2]:
            return _Placeholder("", plain=found[0][0])
        name, shape = found[3], found[4] or ""
        if stray and (not name or shape):
            return None  # "{}" and "{margin:0}" of a style sheet
        if not name:
            name, count = str(count), count + 1
        hint = SlotType.NUMBER if shape[-1:] in {"d", "f", "n", "g"} else None
        if "%" in shape and shape[-1:] != "%":
            hint = hint_of_format(shape)
        return _Placeholder(f"{name}|{shape}" if shape else name, hint)

    return _nodes(source, load, names, _BRACES, meaning)


def _percent(found: re.Match[str], number: int) -> _Placeholder | None:
    # Two hexadecimal digits between per cent signs are an encoded letter of a link: %C3%A9.
    if found[2] and _HEXADECIMAL.fullmatch(found[2]):
        return None
    return _named(found, number)


def _reader(signs: re.Pattern[str], meaning: _Meaning) -> Callable[..., tuple[Node, ...]]:
    def read(
        source: Source,
        load: Loader,
        *,
        language: str = "",  # noqa: ARG001
        names: Names | None = None,
    ) -> tuple[Node, ...]:
        return _nodes(source, load, names, signs, meaning)

    return read


read_percent = _reader(_PERCENT, _percent)
read_brackets = _reader(_BRACKETS, _named)
read_dashes = _reader(_DASHES, _named)


def read_dollar(
    source: Source,
    load: Loader,
    *,
    language: str = "",  # noqa: ARG001
    names: Names | None = None,
) -> tuple[Node, ...]:
    """Return what a text with ``${name}`` says; raises DialectError for more than a name."""
    _refuse(source, _DOLLAR, "${", "write a name, or name the dialect that works this out")
    return _nodes(source, load, names, _DOLLAR, _named)
