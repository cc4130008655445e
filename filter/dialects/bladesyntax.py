"""What are the texts, values and directives of a Blade template?

PHP takes the line end behind its closing tag, so a directive takes the one behind it; what writes a
value with braces keeps it. https://laravel.com/docs/blade
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from filter.dialects.nodes import DialectError, Source

_START = re.compile(
    r"\{\{--|@\{\{|@\{!!|\{\{|\{!!|@@\w+|(?<!\w)@\w+|<\?(?:php|=)|</?x[-:][\w.:-]+|<x-slot"
)
_LINE_END = re.compile(r"\r?\n")
# What begins with @ in style sheets.
_STYLES = frozenset(
    (
        "media",
        "import",
        "supports",
        "page",
        "keyframes",
        "charset",
        "container",
        "layer",
        "property",
    )
)


MAX_CODE = 4_000  # characters in the brackets of one directive


@dataclass(frozen=True, slots=True)
class Piece:
    """Text (kind ""), a value (``=``), or a directive (``@``) with what stands in its brackets."""

    kind: str
    text: str
    line: int
    name: str = ""
    has_args: bool = False


def pieces(source: Source, known: frozenset[str]) -> list[Piece]:
    """Return texts, values and directives in order. Only ``known`` names are directives."""
    text = source.text
    result: list[Piece] = []
    plain: list[str] = []
    position, line = 0, 1
    while (found := _START.search(text, position)) is not None:
        start, sign = found.start(), found.group()
        plain.append(text[position:start])
        piece, end, shown = _one(source, found, line + text.count("\n", position, start), known)
        line += text.count("\n", position, end)
        plain.append(shown)
        if piece is not None:
            if any(plain):
                result.append(Piece("", "".join(plain), piece.line))
            plain = []
            result.append(piece)
        position = end
        if sign == "{{--" or piece is None or piece.kind != "@":
            continue
        after = _LINE_END.match(text, position)
        if after is not None:
            position, line = after.end(), line + 1
    plain.append(text[position:])
    if any(plain):
        result.append(Piece("", "".join(plain), line))
    return result


def _one(
    source: Source, found: re.Match[str], line: int, known: frozenset[str]
) -> tuple[Piece | None, int, str]:
    """Return the piece that begins here, where it ends, and text that stands there instead."""
    text, sign, end = source.text, found.group(), found.end()
    if sign == "{{--":
        return None, _after(source, "--}}", end, line), ""
    if sign in {"@{{", "@{!!"}:
        close = _after(source, "}}" if sign == "@{{" else "!!}", end, line)
        return None, close, text[found.start() + 1 : close]
    if sign in {"{{", "{!!"}:
        close = _after(source, "}}" if sign == "{{" else "!!}", end, line)
        inner = text[end : close - (2 if sign == "{{" else 3)]
        return Piece("=", inner.strip(), line), close, ""
    if sign.startswith("@@"):
        return None, end, sign[1:]
    if sign.startswith("@"):
        return _directive(source, found, line, known)
    if sign.startswith("<?"):
        raise DialectError(
            source.name, line, "PHP code may write anything", "compute it before, pass the value"
        )
    raise DialectError(
        source.name,
        line,
        f'the component "{sign.lstrip("</")}" is written by a class or another file',
        "write its mark-up out, or import a rendered message as HTML",
    )


def _directive(
    source: Source, found: re.Match[str], line: int, known: frozenset[str]
) -> tuple[Piece | None, int, str]:
    text, end, name = source.text, found.end(), found.group()[1:]
    bracket = re.compile(r"[ \t]*\(").match(text, end)
    if name == "verbatim":
        close = _after(source, "@endverbatim", end, line)
        return None, close, text[end : close - len("@endverbatim")]
    if name not in known:
        if bracket is None or name in _STYLES:
            return None, end, found.group()
        raise DialectError(
            source.name,
            line,
            f'what the directive "@{name}" writes cannot be told',
            "write a value {{ $x }}, or @if, @foreach and @include; a plain @ is written @@",
        )
    if bracket is None:
        return Piece("@", "", line, name), end, ""
    close = _closing(text, bracket.end() - 1)
    if close < 0:
        raise DialectError(source.name, line, f'"@{name}(" has no end', 'end it with ")"')
    if close - end > MAX_CODE:
        raise DialectError(source.name, line, f'"@{name}(…)" is too long', "compute it before")
    return Piece("@", text[bracket.end() : close].strip(), line, name, has_args=True), close + 1, ""


def _after(source: Source, sign: str, start: int, line: int) -> int:
    end = source.text.find(sign, start)
    if end < 0:
        raise DialectError(source.name, line, "a tag has no end", f'end it with "{sign}"')
    return end + len(sign)


def _closing(text: str, start: int) -> int:
    """Return where the bracket that opens at ``start`` closes, outside of texts; -1 if nowhere."""
    depth, position = 0, start
    while position < len(text):
        letter = text[position]
        if letter in "\"'":
            position += 1
            while position < len(text) and text[position] != letter:
                position += 2 if text[position] == "\\" else 1
        depth += (letter == "(") - (letter == ")")
        if not depth:
            return position
        position += 1
    return -1
