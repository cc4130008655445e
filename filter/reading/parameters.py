"""What do a Content-Type and a Content-Disposition say (RFC 2045 section 5.1, RFC 2231)?

The grammar, all of it:

    field      = value *( ";" [blanks] parameter ) [ ";" ] [blanks]
    value      = token [ "/" token ]
    parameter  = attribute "=" ( token / quoted-string )
    attribute  = name / name "*" / name "*" digits / name "*" digits "*"      (RFC 2231)

Comments are legal in RFC 822 and read by few: they are not in the grammar. An attribute that
occurs twice, sections with gaps or out of order, and a name said in two ways that differ are
refused, as is a backslash before anything but a quote or a backslash: some drop it, some keep it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from urllib.parse import unquote_to_bytes

from filter.reading.charsets import CharsetError, decode_strictly
from filter.reading.words import WordError, decode_words

_TOKEN = r"[!#$%&'*+.^_`{|}~0-9A-Za-z-]+"  # noqa: S105 - the token of RFC 2045
_VALUE = re.compile(rf"[ \t]*({_TOKEN}(?:/{_TOKEN})?)[ \t]*")
_PARAMETER = re.compile(rf';[ \t]*({_TOKEN})=(?:({_TOKEN})|"((?:[^"\\]|\\.)*)")[ \t]*', re.DOTALL)
_PAIR = re.compile(r"\\(.)", re.DOTALL)
_END = re.compile(r";?[ \t]*")
_SECTION = re.compile(r"([^*]+)(?:\*(0|[1-9][0-9]?))?(\*?)")
_EXTENDED = re.compile(r"([^']*)'([^']*)'(.*)", re.DOTALL)
_PERCENT = re.compile(r"(?:[^%]|%[0-9A-Fa-f]{2})*", re.DOTALL)


class ParameterError(ValueError):
    """A field that programs read differently; ``code`` is the reason."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


@dataclass(frozen=True, slots=True)
class Parameters:
    """A field's value in lower case and its parameters by lower-case name."""

    value: str
    parameters: Mapping[str, str]


@lru_cache(maxsize=1024)
def read_parameters(field: str) -> Parameters:
    """Return what the field says. Raises ParameterError when the grammar does not fit."""
    start = _VALUE.match(field)
    if start is None:
        raise ParameterError("mime.parameter_syntax", "it does not start with a word")
    pairs, position = _pairs(field, start.end())
    if not _END.fullmatch(field, position):
        raise ParameterError(
            "mime.parameter_syntax",
            f"it cannot be read from {field[position : position + 20]!a} on",
        )
    return Parameters(start.group(1).lower(), MappingProxyType(_join(pairs)))


def _pairs(field: str, position: int) -> tuple[list[tuple[str, str]], int]:
    pairs: list[tuple[str, str]] = []
    while (found := _PARAMETER.match(field, position)) is not None:
        name, token, quoted = found.groups()
        value = token if token is not None else _unquote(quoted)
        pairs.append((name.lower(), value))
        position = found.end()
    names = [name for name, _ in pairs]
    if len(names) != len(set(names)):
        raise ParameterError("mime.parameter_repeated", "a parameter stands in it twice")
    return pairs, position


def _unquote(quoted: str) -> str:
    if any(pair[1] not in '"\\' for pair in _PAIR.finditer(quoted)):
        raise ParameterError("mime.parameter_escape", "a backslash that some keep and some drop")
    return _PAIR.sub(r"\1", quoted)


def _join(pairs: list[tuple[str, str]]) -> dict[str, str]:
    """Return the parameters with RFC 2231 sections joined and decoded."""
    joined = {name: value for name, value in pairs if "*" not in name}
    for name, value in joined.items():
        joined[name] = _decode_name(value) if name in ("name", "filename") else value
    sections: dict[str, dict[int, tuple[bool, str]]] = {}
    for name, value in pairs:
        if "*" in name:
            _file(sections, name, value)
    for name, by_number in sections.items():
        if name not in ("name", "filename"):
            raise ParameterError(
                "mime.parameter_extended", f"{name} is written in the way of RFC 2231"
            )
        value = _decode_sections([by_number[n] for n in sorted(by_number)], list(by_number))
        if joined.setdefault(name, value) != value:
            raise ParameterError(
                "mime.parameter_differs", f"{name} is said in two ways that differ"
            )
    return joined


def _file(sections: dict[str, dict[int, tuple[bool, str]]], name: str, value: str) -> None:
    found = _SECTION.fullmatch(name)
    if found is None:
        raise ParameterError("mime.parameter_syntax", f"{name[:40]!a} is not a parameter name")
    base, number, star = found.groups()
    by_number = sections.setdefault(base, {})
    position = int(number or 0)
    if position in by_number:
        raise ParameterError("mime.parameter_repeated", f"a section of {base} stands in it twice")
    by_number[position] = (bool(star), value)


def _decode_sections(sections: list[tuple[bool, str]], numbers: list[int]) -> str:
    if numbers != list(range(len(numbers))):
        raise ParameterError(
            "mime.parameter_sections", "sections of a parameter that are not 0, 1, 2 … in order"
        )
    charset = ""
    content = b""
    for number, (extended, text) in enumerate(sections):
        value = text
        if extended and number == 0:
            found = _EXTENDED.fullmatch(text)
            if found is None:
                raise ParameterError(
                    "mime.parameter_encoding", "an extended parameter without its charset"
                )
            charset, _, value = found.groups()
        if extended and not _PERCENT.fullmatch(value):
            raise ParameterError("mime.parameter_encoding", "a stray % in an extended parameter")
        content += unquote_to_bytes(value) if extended else value.encode("utf-8", "replace")
    try:
        return decode_strictly(content, charset or "us-ascii")
    except CharsetError as exc:
        raise ParameterError("mime.parameter_encoding", str(exc)) from exc


def _decode_name(value: str) -> str:
    """Return a file name; the encoded words that many programs put there are decoded."""
    try:
        return decode_words(value)
    except WordError as exc:
        raise ParameterError("mime.name_encoded", f"a file name: {exc}") from exc
