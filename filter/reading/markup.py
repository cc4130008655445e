"""Is the HTML written so plainly that every reader takes it apart in the same way?

Two HTML5 parsers agree about much that mail clients and their sanitisers do not, so the spelling is
matched against a grammar first: comments, raw-text elements, tags with quoted or plain attributes,
each attribute once. It also keeps hostile sizes away from the parsers.
"""

from __future__ import annotations

import re
from functools import lru_cache

from filter.reading.troubles import Troubles, quote

MAX_ATTRIBUTES = 64  # parsers take quadratic time over them
MAX_TAGS = 50_000

_OPAQUE = re.compile(
    r"<!--(?P<comment>.*?)-->|<(?P<raw>style|title|script|textarea)(?P<tag>[\s/][^<>]*)?>"
    r"(?P<inside>.*?)</(?P=raw)\s*>",
    re.IGNORECASE | re.DOTALL,
)
_NAME = r"[A-Za-z_][A-Za-z0-9_:.-]*"
_VALUE = r"(?:\"[^\"<]*\"|'[^'<]*'|[^\s\"'=<>`]+)"
_TAG = re.compile(rf"[A-Za-z][A-Za-z0-9]*(?::[A-Za-z]+)?((?:\s+{_NAME}(?:\s*=\s*{_VALUE})?)*)\s*/?")
_END_TAG = re.compile(r"/[A-Za-z][A-Za-z0-9]*(?::[A-Za-z]+)?\s*")
_ATTRIBUTE = re.compile(rf"\s({_NAME})(?:\s*=\s*{_VALUE})?")
_DOCTYPE = re.compile(
    r"!doctype\s+html(?:\s+(?:public|system)(?:\s*(?:\"[^\"]*\"|'[^']*'))*)?\s*", re.IGNORECASE
)
_REVEALED = re.compile(r"!\[(?:if [^\[\]<>]*|endif)\]", re.IGNORECASE)  # <![if !mso]>
_REVEALING = re.compile(r"\[if [^\[\]<>]*\]><!--\s*", re.IGNORECASE)  # <!--[if !mso]><!-- -->


def check_markup(html: str, where: str, troubles: Troubles) -> bool:
    """Note what is not spelled plainly; return whether it is safe to hand on to a parser."""
    plain = True

    def skip(found: re.Match[str]) -> str:
        nonlocal plain
        problem = _problem_of_opaque(found)
        if problem:
            plain = False
            troubles.add("html.malformed", problem, where)
        return "" if found["raw"] is None else f"<{found['raw']}{found['tag'] or ''}>"

    tags = _OPAQUE.sub(skip, html).split("<")
    if len(tags) > MAX_TAGS:
        troubles.add("html.size", f"more than {MAX_TAGS} tags", where)
        return False
    for tag in {piece.partition(">")[0] for piece in tags[1:]}:
        if not _is_plain(tag):
            problem = _problem_of_quoted(tag, tags)
            if problem:
                plain = False
                troubles.add("html.malformed", problem, where)
    return plain


def _problem_of_opaque(found: re.Match[str]) -> str:
    comment = found["comment"]
    if comment is None:
        inside = found["inside"]
        return f"a < inside of {found['raw']}" if "<" in inside else ""
    if comment.startswith((">", "->")) or "--!>" in comment:
        return "a comment that some readers end earlier"
    if "<!--" in comment and not _REVEALING.fullmatch(comment):
        return "a comment inside of a comment"
    return ""


def _problem_of_quoted(tag: str, pieces: list[str]) -> str:
    """Look again at tags that hold a ">" in quotes, which the quick cut ended too early."""
    for piece in pieces[1:]:
        if piece.partition(">")[0] != tag:
            continue
        whole = _TAG.match(piece)
        if whole is None or piece[whole.end() : whole.end() + 1] != ">" or not _is_plain(whole[0]):
            return f"<{quote(tag, 40)} is not a plain tag"
    return ""


@lru_cache(maxsize=8192)
def _is_plain(tag: str) -> bool:
    found = _TAG.fullmatch(tag)
    if found is None:
        return any(p.fullmatch(tag) for p in (_END_TAG, _DOCTYPE, _REVEALED))
    names = [name.lower() for name in _ATTRIBUTE.findall(found[1])]
    return len(names) == len(set(names)) <= MAX_ATTRIBUTES
