"""What are the texts and tags of a Handlebars or Mustache template, white space dropped?

Lines that hold nothing but one tag that writes nothing go whole, as both languages say:
https://github.com/mustache/spec, https://handlebarsjs.com/guide/expressions.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from filter.dialects.nodes import DialectError, Source

_TAG_KINDS = "#^/>&!=<$*"
_LINE_BEFORE = re.compile(r"(?:^|\n)[ \t]*\Z")
_LINE_AFTER = re.compile(r"[ \t]*(?:\r?\n|\Z)")


@dataclass(frozen=True, slots=True)
class Piece:
    """Text (kind ""), a value (``=`` plain, ``&`` as it is), or a tag by its sign.

    ``else`` has the kind ``else``. ``indent`` is what stood before a partial alone on its line.
    """

    kind: str
    text: str
    line: int
    indent: str = ""
    trim_left: bool = False
    trim_right: bool = False


def pieces(source: Source, *, mustache: bool) -> list[Piece]:
    """Return texts and tags in order; comments and changes of delimiters are carried out."""
    return _dropped(_Reader(source, mustache=mustache).read())


class _Reader:
    def __init__(self, source: Source, *, mustache: bool) -> None:
        self._source = source
        self._text = source.text
        self._mustache = mustache
        self._open, self._close = "{{", "}}"
        self._pieces: list[Piece] = []
        self._plain: list[str] = []
        self._line = 1

    def read(self) -> list[Piece]:
        position = 0
        while (start := self._text.find(self._open, position)) >= 0:
            escaped = self._backslashes(start) if not self._mustache else 0
            if escaped == 1:
                position = self._literal(position, start)
                continue
            end_of_text = start - 1 if escaped else start  # "\\{{" is a backslash and a value
            self._add_text(self._text[position:end_of_text])
            if not self._mustache and self._text.startswith("{{{{", start):
                position = self._raw_block(start)
            else:
                position = self._tag(start)
        self._add_text(self._text[position:])
        self._flush()
        return self._pieces

    def _backslashes(self, start: int) -> int:
        before = self._text[max(0, start - 2) : start]
        return 2 if before == "\\\\" else 1 if before.endswith("\\") else 0

    def _literal(self, position: int, start: int) -> int:
        """Read an escaped tag: it and what follows, to the next tag, is text."""
        self._add_text(self._text[position : start - 1])
        following = self._text.find("{{", start + 2)
        end = len(self._text) if following < 0 else following - self._backslashes(following)
        self._add_text(self._text[start:end])
        return end

    def _add_text(self, text: str) -> None:
        self._plain.append(text)
        self._line += text.count("\n")

    def _flush(self) -> None:
        text = "".join(self._plain)
        self._plain = []
        if text:
            self._pieces.append(Piece("", text, self._line - text.count("\n")))

    def _fail(self, message: str, remedy: str) -> DialectError:
        return DialectError(self._source.name, self._line, message, remedy)

    def _end(self, start: int, sign: str) -> int:
        end = self._text.find(sign, start)
        if end < 0:
            raise self._fail("a tag has no end", f'end it with "{sign}"')
        return end

    def _raw_block(self, start: int) -> int:
        head = self._end(start, "}}}}")
        name = self._text[start + 4 : head].strip().split(" ")[0]
        closing = "{{{{/" + name + "}}}}"
        end = self._end(head, closing)
        self._line += self._text.count("\n", start, head)
        self._add_text(self._text[head + 4 : end])
        return end + len(closing)

    def _tag(self, start: int) -> int:
        inner = start + len(self._open)
        left = not self._mustache and self._text.startswith("~", inner)
        inner += left
        if self._text.startswith("!--", inner) and not self._mustache:
            found = re.compile(r"--(~?)}}").search(self._text, inner + 3)
            if found is None:
                raise self._fail("a comment has no end", 'end it with "--}}"')
            self._push("!", "", start, found.end(), trims=(left, bool(found[1])))
            return found.end()
        triple = self._text.startswith("{", inner) and self._open == "{{"
        body, right, after = self._inside(inner, triple=triple)
        kind = "&" if triple else body[0] if body and body[0] in _TAG_KINDS else ""
        if not kind and re.match(r"else\b(?!\s*=)", body) and not self._mustache:
            kind = "else"
        text = body if triple or not kind else body.removeprefix(kind).strip()
        self._push(kind or "value", text, start, after, trims=(left, right))
        if kind == "=":
            self._delimiters(text)
        return after

    def _inside(self, inner: int, *, triple: bool) -> tuple[str, bool, int]:
        """Return what stands in a tag, whether it trims what follows, and where it ends."""
        if triple:
            found = re.compile(r"}(~?)}}").search(self._text, inner)
            if found is None:
                raise self._fail("a tag has no end", 'end it with "}}}"')
            return self._text[inner + 1 : found.start()].strip(), bool(found[1]), found.end()
        close = "=" + self._close if self._text.startswith("=", inner) else self._close
        end = self._end(inner + 1, close)
        body = self._text[inner:end]
        right = not self._mustache and body.endswith("~")
        return (body[:-1] if right else body).strip(), right, end + len(close)

    def _delimiters(self, text: str) -> None:
        parts = text.removesuffix("=").split()
        if not self._mustache or len(parts) != 2 or any("=" in part for part in parts):  # noqa: PLR2004
            raise self._fail("delimiters cannot be read", "write {{=<% %>=}}, in Mustache only")
        self._open, self._close = parts

    def _push(
        self, kind: str, text: str, start: int, end: int, *, trims: tuple[bool, bool]
    ) -> None:
        if not text and kind not in {"!", "else", "^", "="}:
            raise self._fail("a tag is empty", "remove it, or name the value")
        self._flush()
        self._pieces.append(Piece(kind, text, self._line, trim_left=trims[0], trim_right=trims[1]))
        self._line += self._text.count("\n", start, end)


def _dropped(pieces: list[Piece]) -> list[Piece]:  # noqa: C901 - two short passes
    """Return the pieces without the white space that the languages drop."""
    texts = [piece.text for piece in pieces]
    result = list(pieces)
    for at, piece in enumerate(pieces):
        if piece.kind in {"", "value", "&"}:
            continue
        before = pieces[at - 1] if at else None
        after = pieces[at + 1] if at + 1 < len(pieces) else None
        if before is not None and (before.kind or not _blank_line_before(before, first=at == 1)):
            continue
        if after is not None and (
            after.kind or not _blank_line_after(after, at + 2 == len(pieces))
        ):
            continue
        indent = ""
        if before is not None:
            kept = texts[at - 1].rstrip(" \t")
            indent = texts[at - 1][len(kept) :]
            texts[at - 1] = kept
        if after is not None:
            found = _LINE_AFTER.match(texts[at + 1])
            texts[at + 1] = texts[at + 1][found.end() if found else 0 :]
        if piece.kind == ">":
            result[at] = replace(piece, indent=indent)
    for at, piece in enumerate(pieces):
        if piece.trim_left and at and not pieces[at - 1].kind:
            texts[at - 1] = texts[at - 1].rstrip()
        if piece.trim_right and at + 1 < len(pieces) and not pieces[at + 1].kind:
            texts[at + 1] = texts[at + 1].lstrip()
    return [
        piece if piece.kind else replace(piece, text=text)
        for piece, text in zip(result, texts, strict=True)
        if (piece.kind or text) and piece.kind not in {"!", "="}
    ]


def _blank_line_before(piece: Piece, *, first: bool) -> bool:
    found = _LINE_BEFORE.search(piece.text)
    return found is not None and (first or "\n" in found.group())


def _blank_line_after(piece: Piece, last: bool) -> bool:  # noqa: FBT001 - where it stands
    found = _LINE_AFTER.match(piece.text)
    return found is not None and (last or "\n" in found.group())
