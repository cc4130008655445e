"""What are the texts and pieces of code of an ERB or EJS template, its white space trimmed?"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from filter.dialects.blocks import Step
from filter.dialects.expressions import ExpressionError
from filter.dialects.nodes import DialectError, Source

_OPEN = re.compile(r"<%%|%%>|<%(?:==|=|-|_|#)?")
_CLOSE = re.compile(r"(?<!%)([-_]?)%>")


MAX_CODE = 4_000  # characters of one tag


@dataclass(frozen=True, slots=True)
class Piece:
    """Text (kind ""), a value (``=``), or code (``%``)."""

    kind: str
    text: str
    line: int


def pieces(source: Source, *, ejs: bool) -> list[Piece]:
    """Return texts, values and code in order. EJS writes ``<%-`` as it is, ERB trims by it."""
    text = source.text
    result: list[Piece] = []
    plain: list[str] = []
    position, line, begun = 0, 1, 1

    def flush() -> None:
        if any(plain):
            result.append(Piece("", "".join(plain), begun))
        plain.clear()

    while (found := _OPEN.search(text, position)) is not None:
        plain.append(text[position : found.start()])
        line += text.count("\n", position, found.start())
        position = found.end()
        sign = found.group()
        if sign in {"<%%", "%%>"}:
            plain.append(sign.replace("%%", "%") if ejs or sign == "<%%" else sign)
            continue
        end = _CLOSE.search(text, position)
        if end is None:
            raise DialectError(source.name, line, "a tag has no end", 'end it with "%>"')
        if sign == ("<%_" if ejs else "<%-"):
            kept = "".join(plain)
            bare = kept.rstrip(" \t")
            plain[:] = [bare if not bare or bare.endswith("\n") or ejs else kept]
        flush()
        code = text[position : end.start()]
        if len(code) > MAX_CODE:
            raise DialectError(
                source.name,
                line,
                f"a tag has more than {MAX_CODE} characters",
                "compute the value in the application",
            )
        is_value = sign in {"<%=", "<%=="} or (ejs and sign == "<%-")
        if sign != "<%#":
            result.append(Piece("=" if is_value else "%", code, line))
        line += text.count("\n", position, end.end())
        position = end.end()
        trimmed = _after(end[1], ejs=ejs).match(text, position)
        if trimmed is not None:
            line += trimmed.group().count("\n")
            position = trimmed.end()
        begun = line
    plain.append(text[position:])
    flush()
    return result


def _after(sign: str, *, ejs: bool) -> re.Pattern[str]:
    """Return what a closing tag takes of the text behind it."""
    if sign == "-":
        return re.compile(r"\r\n|\n|\r") if ejs else re.compile(r"\r?\n")
    return re.compile(r"[ \t]*(?:\r\n|\n|\r)?") if sign == "_" else re.compile("")


def steps_of(
    source: Source, read: Callable[[str, str, int], list[Step]], *, ejs: bool
) -> list[Step]:
    """Return the steps of a template, in order; ``read`` makes them of a piece and its line.

    Raises DialectError, with the line of the piece.
    """
    steps: list[Step] = []
    for piece in pieces(source, ejs=ejs):
        try:
            steps += read(piece.kind, piece.text, piece.line)
        except ExpressionError as exc:
            raise DialectError(source.name, piece.line, exc.message, exc.remedy) from exc
    return steps
