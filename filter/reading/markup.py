"""Is the HTML written so plainly that every reader takes it apart in the same way?

Two HTML5 parsers agree about much that mail clients and their sanitisers do not, so the spelling is
matched against a grammar first: comments, raw-text elements, tags with quoted or plain attributes,
each attribute with one value. It also keeps hostile sizes away from the parsers.
"""

from __future__ import annotations

import re
from functools import lru_cache

from filter.reading.nesting import MAX_NESTING, SHALLOW_TAGS, is_too_deep
from filter.reading.troubles import Troubles, quote

MAX_ATTRIBUTES = 64  # parsers take quadratic time over them
MAX_TAGS = 50_000
LONG_TAG_CHARACTERS = 2000  # such a tag holds a picture and is not seen again

_OPENER = re.compile(r"<!--|<(style|title|script|textarea)((?:[\s/][^<>]*)?)>", re.IGNORECASE)
_CLOSERS = {
    name: re.compile(rf"</{name}\s*>", re.IGNORECASE)
    for name in ("style", "title", "script", "textarea")
}
_STYLE_COMMENT = re.compile(r"\A\s*<!--(.*)-->\s*\Z", re.DOTALL)
_NAME = r"[A-Za-z_][A-Za-z0-9_:.-]*"
_VALUE = r"(?:\"[^\"<]*\"|'[^'<]*'|[^\s\"'=<>`]+)"
_TAG = re.compile(rf"[A-Za-z][A-Za-z0-9]*(?::[A-Za-z]+)?((?:\s+{_NAME}(?:\s*=\s*{_VALUE})?)*)\s*/?")
_END_TAG = re.compile(r"/[A-Za-z][A-Za-z0-9]*(?::[A-Za-z]+)?\s*")
_ATTRIBUTE = re.compile(rf"\s({_NAME})(?:\s*=\s*({_VALUE}))?")
_DOCTYPE = re.compile(
    r"!doctype\s+html(?:\s+(?:public|system)(?:\s*(?:\"[^\"]*\"|'[^']*'))*)?\s*", re.IGNORECASE
)
_IMAGE = re.compile(r"image(?![\w:])", re.IGNORECASE)
_REVEALED = re.compile(r"!\[(?:if [^\[\]<>]*|endif)\]", re.IGNORECASE)  # <![if !mso]>
# <!--[if mso]> … <!--<![endif]-->, where all see one end and Outlook the end of its condition.
_ENDS_AS_REVEALED = re.compile(r"<!--\s*<!\[endif\]\s*", re.IGNORECASE)
_REVEALING = re.compile(r"\[if [^\[\]<>]*\]><!--\s*", re.IGNORECASE)  # <!--[if !mso]><!-- -->


def check_markup(html: str, where: str, troubles: Troubles) -> bool:
    """Note what is not spelled plainly; return whether it is safe to hand on to a parser."""
    open_text, problem = _without_opaque(html)
    if problem:
        troubles.add("html.malformed", problem, where)
        return False
    tags = open_text.split("<")
    different = dict.fromkeys(tags[1:])  # the tags of a layout repeat
    if not all(">" in tag for tag in different):
        troubles.add("html.malformed", "a tag that does not end", where)
        return False
    if len(tags) > MAX_TAGS:
        troubles.add("html.size", f"more than {MAX_TAGS} tags", where)
        return False
    if len(tags) > SHALLOW_TAGS and is_too_deep(tags[1:]):
        troubles.add("html.size", f"more than {MAX_NESTING} elements inside of one another", where)
        return False
    for tag in dict.fromkeys([piece.partition(">")[0] for piece in different]):
        known = _remember_plain if len(tag) < LONG_TAG_CHARACTERS else _is_plain
        problem = "" if known(tag) else _problem_of_quoted(tag, tags)
        if problem:
            troubles.add("html.malformed", problem, where)
            return False
    return True


def _without_opaque(html: str) -> tuple[str, str]:
    """Return the HTML without comments and the insides of raw-text elements, and what is wrong.

    One pass that ends at the first thing left open: a search for the end of each would take
    quadratic time.
    """
    kept: list[str] = []
    position = 0
    while (opener := _OPENER.search(html, position)) is not None:
        kept.append(html[position : opener.start()])
        name = opener[1]
        if name is None:
            end = html.find("-->", opener.end())
            problem = "a comment left open" if end < 0 else _problem_of(html[opener.end() : end])
            position = end + 3
        else:
            closer = _CLOSERS[name.lower()].search(html, opener.end())
            if closer is None:
                return "", f"an open <{name}>"
            inside = html[opener.end() : closer.start()]
            if name.lower() == "style":  # which Word and many others still put into a comment
                inside = _STYLE_COMMENT.sub(r"\1", inside)
            problem = f"a < inside of <{name}>" if "<" in inside else ""
            kept.append(opener[0])
            position = closer.end()
        if problem:
            return "", problem
    kept.append(html[position:])
    return "".join(kept), ""


def _problem_of(comment: str) -> str:
    if comment.startswith((">", "->")) or "--!>" in comment:
        return "a comment that some readers end earlier"
    inner = comment.find("<!--")
    if inner >= 0 and not (
        _REVEALING.fullmatch(comment) or _ENDS_AS_REVEALED.fullmatch(comment, inner)
    ):
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
def _remember_plain(tag: str) -> bool:
    return _is_plain(tag)


def _is_plain(tag: str) -> bool:
    found = _TAG.fullmatch(tag)
    if found is None:
        return any(p.fullmatch(tag) for p in (_END_TAG, _DOCTYPE, _REVEALED))
    if _IMAGE.match(tag):
        return False  # which parsers turn into <img>, or do not
    # Inliners write one twice; readers take the first or the last, so they must be the same.
    attributes = [(name.lower(), value) for name, value in _ATTRIBUTE.findall(found[1])]
    different = set(attributes)
    return (
        len({name for name, _ in different})
        == len(different)
        <= len(attributes)
        <= (MAX_ATTRIBUTES)
    )


_NESTING = re.compile(
    r"<!--.*?-->|<(style|title)\b.*?</\1\s*>|<(/?)([a-z][a-z0-9:]*)", re.IGNORECASE | re.DOTALL
)
# A row that holds nothing but a picture in a <center>, as Nextcloud writes its logo: wherever it is
# moved to, no text goes with it.
_LONE_PICTURE = re.compile(
    r"(?<=>)\s*<center(?:\s[^<>]*)?>\s*<img\s[^<>]*>\s*</center>\s*(?=</tr>)", re.IGNORECASE
)
# A table that is nothing but one row of paragraphs without a cell, as a react-email <Row> without
# its <Column> is written. HTML5 moves them to where the table begins, others leave them where they
# are: as long as table and row change nothing about what stands in them, both show the same.
_BARE = (
    r"(?:\s+(?:align=\"(?:left|center|right)\"|width=\"\d{1,4}%?\"|border=\"0\"|role=\"presentation\""
    r"|cell(?:padding|spacing)=\"\d\"|style=\"width:100%;?\"))*+\s*"
)
# What react-email writes for Outlook into a button: blanks, which are nothing to anybody.
_BLANKS = r"<!--\[if mso\]><i(?:\s[^<>]*+)?>(?:&#82\d\d;)*+</i><!\[endif\]-->"
_BITS = rf"(?:[^<>]++|<(?:br|img)(?:[\s/][^<>]*+)?>|<!--\s*+-->|{_BLANKS})"


def _each(names: str, content: str) -> str:
    """Return an expression for any of the elements.

    No group names the element: Python 3.11 fails on groups inside of possessive repeats.
    """
    return "|".join(rf"<{name}(?:\s[^<>]*+)?>{content}</{name}>" for name in names.split())


_SHAPED = f"(?:{_BITS}|{_each('span b strong i em u', f'{_BITS}*+')})*+"
_INLINE = f"(?:{_BITS}|{_each('a span b strong i em u', f'{_BITS}*+')})*+"
_CELLLESS_ROW = re.compile(
    rf"<table{_BARE}>\s*+(?:<tbody{_BARE}>\s*+)?<tr{_BARE}>"
    rf"((?:\s++|<(?:img|hr)(?:[\s/][^<>]*+)?>|{_each('p h1 h2 h3 h4 h5 h6', _INLINE)}"
    rf"|{_each('a', _SHAPED)})++)</tr>\s*+(?:</tbody>\s*+)?</table>",
    re.IGNORECASE,
)
_STYLED = re.compile(r"<style(?:\s[^<>]*)?>\s*[^\s<]", re.IGNORECASE)
_CELLS = frozenset({"td", "th", "caption"})
_OF_TABLES = frozenset({"table", "thead", "tbody", "tfoot", "tr", "colgroup", "col", *_CELLS})


def is_nested_plainly(html: str) -> bool:
    """Return whether no parser has to move an element: out of a table, or a link out of a link.

    Or only where it makes no difference (see _LONE_PICTURE, _CELLLESS_ROW).

    https://html.spec.whatwg.org/multipage/parsing.html#foster-parent. ``html`` must have passed
    check_markup.
    """
    html = _LONE_PICTURE.sub("", html)
    if not _STYLED.search(html):  # a rule for rows would hold for some readers only
        html = _CELLLESS_ROW.sub(r"\1<table></table>", html)
    tables: list[bool] = []  # for each open table whether a cell is open, innermost last
    in_link = False
    for found in _NESTING.finditer(html):
        if found[3] is None:
            continue
        name, ends = found[3].lower(), bool(found[2])
        if name == "a":
            if in_link and not ends:
                return False
            in_link = not ends
        if not _is_in_its_place(name, tables, ends=ends):
            return False
    return True


def _is_in_its_place(name: str, tables: list[bool], *, ends: bool) -> bool:
    """Tell whether a tag may stand where it does in the open tables, which it changes."""
    if name == "table" and ends:
        del tables[-1:]
        return True
    if tables and name in _OF_TABLES and name != "table":
        tables[-1] = name in _CELLS and not ends
        return True
    if tables and not tables[-1] and not ends:
        return False
    if name == "table":
        tables.append(False)
    return True
