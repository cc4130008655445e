"""What are the texts, values and tags of a FreeMarker template, its white space stripped?

https://freemarker.apache.org/docs/dgui_misc_whitespace.html: a line that holds nothing but
tags goes whole, its white space and its line end.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from filter.dialects.nodes import DialectError, Source

_START = re.compile(r"<#--|</?[#@]|[$#]\{|\[#ftl\b")
_NAME = re.compile(r"[\w.]*")
_TRIMS = frozenset({"t", "lt", "rt", "nt"})


@dataclass(frozen=True, slots=True)
class Piece:
    """Text (kind ""), a value (``$``), a comment, or a tag: ``#``, ``/#``, ``@``, ``/@``."""

    kind: str
    text: str  # of a value or text; of a tag what follows its name
    line: int
    name: str = ""
    closed: bool = False  # <… />


def pieces(source: Source) -> list[Piece]:
    """Return texts, values and tags in order, without what white-space stripping takes."""
    return _stripped(_read(source))


def _read(source: Source) -> list[Piece]:
    text = source.text
    result: list[Piece] = []
    position, line = 0, 1
    while (found := _START.search(text, position)) is not None:
        start = found.start()
        if found.group()[0] == "[":
            raise DialectError(
                source.name,
                line + text.count("\n", position, start),
                "tags in square brackets cannot be read",
                "write the tags in angle brackets",
            )
        result, position, line = _add(result, text, position, start, line)
        try:
            piece, end = _piece(text, found, line)
        except ValueError as exc:
            raise DialectError(source.name, line, str(exc), "end it") from exc
        if piece.kind == "#" and piece.name == "noparse":
            close = text.find("</#noparse>", end)
            stop = len(text) if close < 0 else close
            result.append(Piece("#", "", line, "noparse-begin"))
            result, _, line = _add(result, text, end, stop, line)
            result.append(Piece("#", "", line, "noparse-end"))
            position = stop + len("</#noparse>")
            continue
        result.append(piece)
        line += text.count("\n", position, end)
        position = end
    return _add(result, text, position, len(text), line)[0]


def _add(
    result: list[Piece], text: str, start: int, end: int, line: int
) -> tuple[list[Piece], int, int]:
    if end > start:
        if result and not result[-1].kind:
            result[-1] = replace(result[-1], text=result[-1].text + text[start:end])
        else:
            result.append(Piece("", text[start:end], line))
    return result, end, line + text.count("\n", start, end)


def _piece(text: str, found: re.Match[str], line: int) -> tuple[Piece, int]:
    sign, inner = found.group(), found.end()
    if sign == "<#--":
        end = text.find("-->", inner)
        if end < 0:
            raise ValueError("a comment has no end")
        return Piece("!", "", line), end + 3
    if sign in {"${", "#{"}:
        end = _until(text, inner, "}")
        return Piece("$", text[inner:end], line, sign[0]), end + 1
    name = _NAME.match(text, inner)
    after = name.end() if name else inner
    end = _until(text, after, ">")
    inside = text[after:end]
    closed = inside.endswith("/")
    kind = sign.removeprefix("<")
    word = name.group() if name else ""
    return Piece(kind, inside.removesuffix("/").strip(), line, word, closed), end + 1


def _until(text: str, start: int, close: str) -> int:
    """Return where a tag ends: its sign outside of texts and brackets."""
    position, open_brackets = start, 0
    while position < len(text):
        letter = text[position]
        if letter in "\"'":
            position = _after_text(text, position)
            continue
        if letter == close and not open_brackets:
            return position
        open_brackets += (letter in "([{") - (letter in ")]}")
        position += 1
    raise ValueError("a tag or value has no end")


def _after_text(text: str, start: int) -> int:
    position = start + 1
    while position < len(text) and text[position] != text[start]:
        position += 2 if text[position] == "\\" else 1
    return position + 1


@dataclass(slots=True)
class _Line:
    """A line of the template: which texts are on it, as (piece, from, to), and what else."""

    texts: list[tuple[int, int, int]]
    tags: int = 0
    other: bool = False
    trims: tuple[str, ...] = ()


def _stripped(pieces: list[Piece]) -> list[Piece]:
    lines = [_Line([])]
    for at, piece in enumerate(pieces):
        if piece.kind:
            lines[-1].tags += piece.kind != "$"
            lines[-1].other |= piece.kind == "$"
            if piece.kind == "#" and piece.name in _TRIMS:
                lines[-1].trims += (piece.name,)
            continue
        start = 0
        for end in [found.end() for found in re.finditer("\n", piece.text)]:
            lines[-1].texts.append((at, start, end))
            lines.append(_Line([]))
            start = end
        if start < len(piece.text):
            lines[-1].texts.append((at, start, len(piece.text)))
    kept: dict[int, list[str]] = {}
    for one in lines:
        blank = all(not pieces[at].text[start:end].strip() for at, start, end in one.texts)
        goes = bool(one.tags) and not one.other and blank and "nt" not in one.trims
        for place in one.texts:
            kept.setdefault(place[0], []).append("" if goes else _kept(one, pieces, place))
    result = [
        piece if piece.kind else replace(piece, text="".join(kept.get(at, [])))
        for at, piece in enumerate(pieces)
        if piece.kind != "!"
    ]
    header = next((at for at, piece in enumerate(result) if piece.kind), None)
    if header is not None and result[header].name == "ftl":
        result = result[header:]
    return [piece for piece in result if piece.kind or piece.text]


def _kept(line: _Line, pieces: list[Piece], place: tuple[int, int, int]) -> str:
    at, start, end = place
    text = pieces[at].text[start:end]
    if {"t", "lt"} & set(line.trims) and place == line.texts[0]:
        text = text.lstrip()
    if {"t", "rt"} & set(line.trims) and place == line.texts[-1]:
        text = text.rstrip()
    return text
