"""How a value is written into a rule file: plain where YAML reads it so, a block, or quotes.

Only what filter/strictyaml.py reads back to the same value is written.
"""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterable, Iterator

WIDTH = 100  # columns

# Plain words: nothing in them that YAML reads otherwise, in a flow collection either.
_WORD = re.compile(r"[A-Za-z/](?:[A-Za-z0-9/_.@*+-]*[A-Za-z0-9/_.*])?")
_PHRASE = re.compile(r"[A-Za-z](?:[A-Za-z0-9 /_.,@()'+-]*[A-Za-z0-9.)])?")
_NOT_TEXT = frozenset({"null", "Null", "NULL", "true", "True", "TRUE", "false", "False", "FALSE"})
# What must not stand in a file as it is (filter/strictyaml.py), and what changes its order.
_FORBIDDEN = "\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff"
_ESCAPED = re.compile(f"[{_FORBIDDEN}]")
_SURROGATE = re.compile("[\ud800-\udfff]")
# Where a folded text may go on in the next line: one blank, with something on both sides.
_FOLD = re.compile(r"(?<![ \t]) (?![ \t])")


def inline(text: str) -> str:
    """Return a text for a line or a flow collection. Raises ValueError for a lone surrogate."""
    if _WORD.fullmatch(text) and text not in _NOT_TEXT:
        return text
    if _SURROGATE.search(text):
        raise ValueError("a lone surrogate cannot be written into a file")
    quoted = json.dumps(text, ensure_ascii=False)
    return _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04X}", quoted)


def flow_list(values: Iterable[str]) -> str:
    """Return texts as ``[a, b]``, one as itself."""
    written = [inline(value) for value in values]
    return written[0] if len(written) == 1 else f"[{', '.join(written)}]"


def flow_mapping(pairs: Iterable[tuple[str, str]]) -> str:
    """Return keys with values that are written already as ``{a: 1, b: 2}``."""
    return "{" + ", ".join(f"{key}: {value}" for key, value in pairs) + "}"


def entry(lead: str, text: str, indent: int, before: int = 0) -> Iterator[str]:
    """Yield the lines of ``lead`` (``key:`` or ``-``) and its text.

    ``indent`` is where the lines of a block begin: to the right of where the key begins.
    ``before`` columns are to be put before each line; with them a line has WIDTH columns, as
    ``sallyport fmt`` has it.
    """
    width = WIDTH - before
    if _PHRASE.fullmatch(text) and text not in _NOT_TEXT and len(lead) + len(text) < width:
        yield f"{lead} {text}"
        return
    margin = " " * indent
    if not text or text[0] in " \t\n" or text[-1] in " \t" or not _may_stand(text):
        yield f"{lead} {inline(text)}"
    elif "\n" in text:
        lines = text.split("\n")
        mark = "-" if lines[-1] else ("+" if text.endswith("\n\n") else "")
        yield f"{lead} |{mark}"
        yield from (margin + line if line else "" for line in (lines if lines[-1] else lines[:-1]))
    elif len(lead) + len(text) + 3 <= width or not _FOLD.search(text):
        yield f"{lead} {inline(text)}"
    else:
        yield f"{lead} >-"
        yield from (margin + line for line in _folded(text, width - indent))


def _may_stand(text: str) -> bool:
    return _ESCAPED.search(text) is None and _SURROGATE.search(text) is None


def _folded(text: str, width: int) -> Iterator[str]:
    line = ""
    for piece in _FOLD.split(text):
        if line and len(line) + 1 + len(piece) > width:
            yield line
            line = piece
        else:
            line = f"{line} {piece}" if line else piece
    yield line


def comment(remark: str, indent: int) -> Iterator[str]:
    """Yield a remark as comment lines; no character in it can end a comment."""
    lead = " " * indent + "#"
    for paragraph in re.split(r"[\r\n]", remark):
        shown = _ESCAPED.sub(_named, _SURROGATE.sub("\ufffd", paragraph)).expandtabs(4)
        lines = textwrap.wrap(
            shown, WIDTH - indent - 2, break_long_words=False, break_on_hyphens=False
        )
        yield from (f"{lead} {line}" for line in lines) if lines else (lead,)


def _named(found: re.Match[str]) -> str:
    return f"U+{ord(found[0]):04X}"
