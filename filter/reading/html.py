"""What does an HTML part show, and where does it lead?

Lexbor builds the tree that browsers would build; the walk over it judges each text where it
stands. libxml2 reads the same mark-up beside it, and any difference is a finding.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, TypeAlias

from filter.message import Link, LinkKind
from filter.reading import elements
from filter.reading.charsets import find_codec
from filter.reading.conditional import closes_region, opens_region, read_comment
from filter.reading.css import (
    UNKNOWN,
    Effects,
    Rule,
    Sheet,
    Style,
    draws_pictures,
    loads_fonts_only,
    read_colour,
    read_sheet,
    read_style,
)
from filter.reading.markup import check_markup
from filter.reading.secondopinion import ask_second, join_dense
from filter.reading.seen import Ground, cascade, cascade_style, could_hide, enter
from filter.reading.soup import agrees
from filter.reading.text import describe_character, find_unseen, is_padding, normalise
from filter.reading.tree import Node, SelectorError, Tree, select
from filter.reading.troubles import Troubles, quote

MAX_STYLE_RULES = 500

_CHARSET = re.compile(r"charset\s*=\s*[\"']?([^\s\"';]+)", re.IGNORECASE)
_ADDRESS_LIKE = re.compile(r"[a-z][a-z0-9+.-]*:|//", re.IGNORECASE)
_STATES = re.compile(r"::?(?:hover|active|focus|visited|link|any-link|target|root|not\([^)]*\))")
_PSEUDO_ELEMENTS = re.compile(
    r"::(?:before|after|marker|first-line|first-letter|placeholder|selection|-[a-z-]+)"
    r"|:(?:before|after|first-line|first-letter)(?![\w-])"
)
_DESCENDANT = re.compile(r"(?<![+~>\s])\s+(?![+~>\s])")
_NAMES = re.compile(r"[.#]([\w-]+)")
# Of what mail programs wrap a message in: .ExternalClass, #MessageViewBody, .moz-text-html.
_CLIENT = re.compile(
    r"outlook|external|ogs|owa|mso|msg|message|mail|moz|thunder|proton|yahoo|aol|apple|ios|android"
    r"|samsung|zimbra|body|root|view|read|content",
    re.IGNORECASE,
)
# Numbers of a list are text that is in no node: 911. is more than a place in it.
_LIST_NUMBER = re.compile(r"\s*[0-9]{0,2}\s*")
MAX_CONDITIONS = 12  # different screens that the styles of one document are walked for
_TEXT_CSS = frozenset({"", "text/css"})
_ALL_SCREENS = frozenset({"", "all", "screen"})
_NO_STYLE = Style()
_NO_EFFECTS: Effects = {}
_COLUMNS = frozenset({"col", "colgroup"})
_BREAKING = frozenset(
    (
        "block",
        "inline-block",
        "table",
        "inline-table",
        "table-cell",
        "table-row",
        "list-item",
        "flex",
    )
)


@dataclass(frozen=True, slots=True)
class Shown:
    """What an HTML part shows and refers to."""

    text: str = ""
    preheader: str = ""
    outlook_text: str = ""  # what Outlook for Windows shows, comments for it included
    links: tuple[Link, ...] = ()
    spoken: tuple[str, ...] = ()  # alternative texts, titles and labels
    content_ids: tuple[str, ...] = ()  # pictures of this message that it shows
    data_uris: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Source:
    """Where the HTML comes from: the part, the label it was decoded by, whether that mattered."""

    where: str
    charset: str
    is_ascii: bool


_ByElement: TypeAlias = dict[int, list[tuple[int, Style]]]


@dataclass(slots=True)
class _Sheets:
    """The rules of all style elements, by the element they apply to."""

    always: _ByElement = field(default_factory=dict)
    sometimes: dict[str, _ByElement] = field(default_factory=dict)  # by the condition
    urls: list[str] = field(default_factory=list)
    insists: bool = False  # a rule is stronger than the styles in the elements


def read_html(html: str, charset: str, where: str, troubles: Troubles) -> Shown:
    """Return what the part shows; note all that could show or hide something else elsewhere.

    ``charset`` is the label that the text was decoded by: a declaration inside must agree.
    """
    if not html.strip():
        return Shown()
    if not check_markup(html, where, troubles):
        return Shown()
    parser = Tree(html)
    root = parser.root
    if root is None:
        troubles.add("html.malformed", "no document at all", where)
        return Shown()
    source = _Source(where, charset, html.isascii())
    sheets = _read_sheets(parser, where, troubles)
    walk = _Walk(source, troubles, sheets.always)
    walk.go(root)
    for url in sheets.urls:
        walk.fetch(url)
    _compare(html, walk, where, troubles)
    if sheets.sometimes or sheets.insists:
        _walk_again(root, walk, sheets, source)
    return walk.shown()


def _compare(html: str, walk: _Walk, where: str, troubles: Troubles) -> None:
    opinion = ask_second(html)
    if opinion is None:
        troubles.add("html.parsers_disagree", "one parser cannot read it", where)
    elif opinion.text != join_dense(walk.all_text):
        troubles.add("html.parsers_disagree", "two parsers read different text", where)
    elif opinion.addresses != tuple(sorted(walk.addresses)):
        troubles.add("html.parsers_disagree", "two parsers find different links", where)
    elif not agrees(html, opinion):
        troubles.add("html.parsers_disagree", "BeautifulSoup reads another document", where)


def _walk_again(root: Node, first: _Walk, sheets: _Sheets, source: _Source) -> None:
    """Walk again with the rules on that hold on some screens, and without those that insist.

    All conditions together, as dark mode on a telephone, and each alone, because one may undo what
    another hides. The text must be the same each time; without any rules, in programs that drop
    style elements, a preview text hidden by a rule may come back.
    """
    seen = first.shown()
    with_preheader = f"{seen.preheader} {seen.text}".strip()
    for variation in _variations(sheets):
        walk = _Walk(source, Troubles(), variation)
        walk.go(root)
        text = walk.shown().text
        if text != seen.text and (variation or text != with_preheader):
            first.troubles.add("html.hidden", "some screens hide or show other text", first.where)
            return


def _variations(sheets: _Sheets) -> Iterator[_ByElement]:
    conditions = list(sheets.sometimes.values())
    if len(conditions) > 1:
        conditions.insert(0, _joined(*conditions))
    for condition in conditions:
        yield _joined(sheets.always, condition)
    if sheets.insists:
        yield {}


def _joined(*several: _ByElement) -> _ByElement:
    joined: _ByElement = {}
    for by_element in several:
        for element, rules in by_element.items():
            joined.setdefault(element, []).extend(rules)
    return joined


# --- style sheets


def _read_sheets(parser: Tree, where: str, troubles: Troubles) -> _Sheets:
    sheets = _Sheets()
    order = 0
    for element in select(parser, "style"):
        attributes = element.attributes
        if (attributes.get("type") or "").lower() not in _TEXT_CSS or "title" in attributes:
            troubles.add("html.css", "a style sheet that is not for everyone", where)
        media = (attributes.get("media") or "").strip().lower()
        sheet = read_sheet(element.text(deep=True))
        for problem in sheet.troubles:
            troubles.add("html.css", f"style sheet: {problem}", where)
        sheets.urls += sheet.urls
        for rule in _limited(sheet, where, troubles):
            order += 1
            condition = rule.condition if media in _ALL_SCREENS else f"{media} {rule.condition}"
            problem = _apply(parser, replace(rule, condition=condition), order, sheets)
            if problem:
                troubles.add("html.css", problem, where)
    if len(sheets.sometimes) > MAX_CONDITIONS:
        troubles.add("html.size", f"styles for more than {MAX_CONDITIONS} kinds of screen", where)
        sheets.sometimes.clear()
    return sheets


def _limited(sheet: Sheet, where: str, troubles: Troubles) -> tuple[Rule, ...]:
    if len(sheet.rules) > MAX_STYLE_RULES:
        troubles.add("html.size", f"more than {MAX_STYLE_RULES} style rules", where)
        return ()
    return sheet.rules


def _apply(parser: Tree, rule: Rule, order: int, sheets: _Sheets) -> str:
    """File a rule under the elements it selects.

    Client hooks ([data-ogsc] .x, u + #body .x, .ExternalClass .x) select nothing here and something
    there; so the last compound of a selector alone is taken to hold on some screens. Returns what
    is wrong with the rule, or "". What is wrong with a rule that applies to nothing is not.
    """
    selector = _STATES.sub("", rule.selector)
    stateful = selector != rule.selector
    ranked = rule.weight * 10_000 + order, rule.style
    bare = _PSEUDO_ELEMENTS.sub("", selector)
    front, last = _cut(bare)
    try:
        whole = select(parser, bare or "*")
        matters = not whole and bool(rule.style.troubles or could_hide(rule.style))
        elsewhere = select(parser, last) if matters and last and _is_of_client(front) else []
    except SelectorError:
        return f"the selector {quote(rule.selector)}"
    if rule.style.troubles and (whole or elsewhere):
        return f"style sheet: {rule.style.troubles[0]}"
    if bare != selector:  # what else is drawn beside the text is nothing to it
        hides = whole and ":first-" in selector and could_hide(rule.style)
        return f"the selector {quote(rule.selector)}" if hides else ""
    if not rule.condition and not stateful:
        for element in whole:
            sheets.always.setdefault(element.mem_id, []).append(ranked)
            sheets.insists = sheets.insists or bool(rule.style.important)
        whole = []
    if (whole or elsewhere) and could_hide(rule.style):
        target = sheets.sometimes.setdefault(rule.condition, {})
        for element in (*whole, *elsewhere):
            target.setdefault(element.mem_id, []).append(ranked)
    return ""


def _cut(selector: str) -> tuple[str, str]:
    """Return a selector's last compound and what stands before it."""
    cuts = [found.start() for found in _DESCENDANT.finditer(selector)]
    return (selector[: cuts[-1]], selector[cuts[-1] :].strip()) if cuts else ("", selector)


def _is_of_client(front: str) -> bool:
    """Tell whether a program may put an element around the message that fits the selector.

    A class or id of the author's own that is not in the message is in no program either.
    """
    names = _NAMES.findall(front)
    return not names or "[" in front or any(_CLIENT.search(name) for name in names)


# --- the walk


class _Walk:
    """One pass over the tree, in the order in which a reader reads."""

    def __init__(
        self,
        source: _Source,
        troubles: Troubles,
        sheet: _ByElement,
    ) -> None:
        self.where = source.where
        self.troubles = troubles
        self.all_text: list[str] = []  # whatever either parser calls text, seen or not
        self.addresses: list[str] = []
        self._sheet = sheet
        self._source = source
        self._seen: list[str] = []
        self._outlook: list[str] | None = None  # the same as Outlook sees it, once it differs
        self._has_seen = False
        self._preheader: list[str] = []
        self._links: list[Link] = []
        self._spoken: list[str] = []
        self._content_ids: list[str] = []
        self._data_uris: list[str] = []
        self._anchors: list[tuple[str, int]] = []  # open links and where their label starts
        self._region = False  # between <!--[if !mso]><!--> and <!--<![endif]-->
        self._grounds: dict[tuple[object, ...], Ground] = {}
        self._kept: list[object] = []  # keeps the objects alive whose ids are keys above

    def shown(self) -> Shown:
        """Return what was met."""
        preheader = normalise(_without_padding("".join(self._preheader)))
        self._check_unseen(preheader)
        text = normalise("".join(self._seen))
        self._check_unseen(text)
        outlook = text if self._outlook is None else normalise("".join(self._outlook))
        if outlook != text:
            self._check_unseen(outlook)
        spoken = tuple(dict.fromkeys(self._spoken))
        for said in spoken:
            self._check_unseen(said)
        return Shown(
            text=text,
            preheader=preheader,
            outlook_text=outlook,
            links=tuple(self._links),
            spoken=spoken,
            content_ids=tuple(dict.fromkeys(self._content_ids)),
            data_uris=tuple(dict.fromkeys(self._data_uris)),
        )

    def go(self, root: Node) -> None:
        """Visit every node below the root, without recursion."""
        ground = Ground()
        stack: list[tuple[str, bool, Ground]] = []  # the open elements
        node: Node | None = root
        while node is not None:
            if node.is_text_node:
                self._text(node.text_content or "", ground)
            elif node.is_element_node:
                tag = node.tag or ""
                inner, breaks = self._open(node, tag, ground)
                child = node.first_child
                if child is not None:
                    stack.append((tag, breaks, ground))
                    ground, node = inner, child
                    continue
                self._close(tag, breaks=breaks)
            elif node.is_comment_node:
                self._comment(node.comment_content or "")
            while node is not None:
                following = node.next
                if following is not None:
                    node = following
                    break
                node = node.parent if stack else None
                if node is not None:
                    tag, breaks, ground = stack.pop()
                    self._close(tag, breaks=breaks)

    def _open(self, node: Node, tag: str, ground: Ground) -> tuple[Ground, bool]:
        """Read an element; return the ground inside and whether it stands on lines of its own."""
        attributes = node.attributes
        if tag not in elements.ALLOWED:
            self._refuse_element(tag, attributes)
        style = self._read_attributes(tag, attributes)
        breaks = tag not in elements.INLINE or style.normal.get("display") in _BREAKING
        if breaks:
            self._blank()
        if tag == "a" and "href" in attributes:
            self._anchors.append((attributes["href"] or "", len(self._seen)))
        elif tag == "meta":
            self._meta(attributes)
        elif tag in _JUDGED:
            self._judge(tag, attributes)
        if tag in elements.DROPPED or "hidden" in attributes:
            return Ground(hidden=f"<{tag}>" if tag in elements.DROPPED else "hidden"), breaks
        inner = self._ground(node, tag, ground, style, attributes, breaks=breaks)
        if tag in _COLUMNS and inner.why_unseen and not ground.why_unseen:
            self.troubles.add("html.hidden", "a column of a table", self.where)
        return inner, breaks

    def _read_attributes(self, tag: str, attributes: Mapping[str, str | None]) -> Style:
        style = _NO_STYLE
        for name, value in attributes.items():
            if name == "style":
                style = self._style(value or "")
            elif name not in elements.PLAIN:
                self._attribute(tag, name, value or "", attributes)
        return style

    def _judge(self, tag: str, attributes: Mapping[str, str | None]) -> None:
        """Look at what old attributes do to text."""
        if tag == "font":
            if draws_pictures(attributes.get("face") or ""):
                self.troubles.add("html.css", "a font that draws something else", self.where)
            return
        for name in ("start", "value"):
            if not _LIST_NUMBER.fullmatch(attributes.get(name) or ""):
                self.troubles.add("html.element", f"<{tag} {name}> adds a number", self.where)

    def _blank(self) -> None:
        self._seen.append(" ")
        if self._outlook is not None:
            self._outlook.append(" ")

    def _part_ways(self) -> list[str]:
        """Return what Outlook sees, from here on apart from what the others see."""
        if self._outlook is None:
            self._outlook = self._seen.copy()
        return self._outlook

    def _close(self, tag: str, *, breaks: bool) -> None:
        if breaks:
            self._blank()
        if tag == "a" and self._anchors:
            href, start = self._anchors.pop()
            self._follow(href, normalise("".join(self._seen[start:])))

    def _ground(
        self,
        node: Node,
        tag: str,
        ground: Ground,
        style: Style,
        attributes: Mapping[str, str | None],
        *,
        breaks: bool,
    ) -> Ground:
        rules = self._sheet.get(node.mem_id, ()) if self._sheet else ()
        hints = _hints(tag, attributes)
        is_link = tag == "a" and "href" in attributes
        kind = tag if is_link or tag == "html" else ""
        ruled = tuple([id(rule) for rule in rules]) if rules else ()
        key = (id(ground), id(style), id(hints), kind, breaks, ruled)
        known = self._grounds.get(key)
        if known is None:
            ranked = [s for _, s in sorted(rules, key=_rank)]
            won = _win(ranked, style) if ranked else cascade_style(style)
            known = enter(
                ground,
                {**hints, **won} if hints else won,
                is_link=is_link,
                is_block=breaks,
                is_root=tag == "html",
            )
            self._grounds[key] = known
            self._kept += (ground, style, hints, rules)
        return known

    def _text(self, text: str, ground: Ground) -> None:
        if ground.hidden in ("<style>", "<script>", "<title>"):
            return
        self.all_text.append(text)
        if text.isspace():
            self._blank()
            return
        why = ground.why_unseen
        if not why:
            self._show(text, ground)
        elif ground.hidden in ("<template>", "<head>"):
            self.troubles.add("html.hidden", f"text in {ground.hidden}", self.where)
        elif not self._has_seen:
            self._preheader.append(text)
        elif not is_padding(text):
            self.troubles.add(
                "html.hidden", f"{quote(text.strip())} is hidden by {why}", self.where
            )

    def _show(self, text: str, ground: Ground) -> None:
        if not text.isascii() and is_padding(text):
            # An element with nothing else in it: a spacer. It shows nothing, as a blank at most.
            text = " " if any(c.isspace() for c in text) else ""
        else:
            self._has_seen = True
        if self._region or ground.outlook_hides:
            self._part_ways()
        elif self._outlook is not None:
            self._outlook.append(text)
        self._seen.append(text)

    def _comment(self, comment: str) -> None:
        if opens_region(comment):
            self._region = True
            return
        if closes_region(comment):
            self._region = False
            return
        scaffold = read_comment(comment)
        if scaffold.problem:
            self.troubles.add("html.conditional", scaffold.problem, self.where)
        if scaffold.text:
            self._part_ways().extend((" ", scaffold.text, " "))
        for href, label in scaffold.links:
            self._follow(href, label)
        for address in scaffold.fetched:
            self.fetch(address)

    def _style(self, text: str) -> Style:
        style = read_style(text)
        for problem in style.troubles:
            self.troubles.add("html.css", problem, self.where)
        for url in style.urls:
            self.fetch(url)
        return style

    def _attribute(
        self, tag: str, name: str, value: str, attributes: Mapping[str, str | None]
    ) -> None:
        if name in elements.FOLLOWED:
            self.addresses.append(value)
            if tag == "area":
                self._follow(value, attributes.get("alt") or "")
            elif tag != "a":
                self.fetch(value)
        elif name in elements.FETCHED:
            if name in ("src", "background"):
                self.addresses.append(value)
            self._fetch_named(tag, name, value)
        elif name in elements.SPOKEN:
            known = tag in ("meta", "li", "ol") or (name, value) == elements.EMAIL_ROLE
            if value.strip() and not known:
                self._spoken.append(normalise(value))
        elif name.startswith("on"):
            self.troubles.add("html.script", f"the attribute {quote(name, 30)}", self.where)
        elif not name.startswith(("xmlns", "aria-", "data-", "item")) and _ADDRESS_LIKE.match(
            value
        ):
            self.fetch(value)

    def _fetch_named(self, tag: str, name: str, value: str) -> None:
        if name in ("src", "background", "cite", "longdesc"):
            self.fetch(value)
        elif name == "usemap" and value.startswith("#"):
            return
        else:
            self.troubles.add("html.element", f"{name} of <{tag}>", self.where)
            self.fetch(value)

    def _follow(self, href: str, label: str) -> None:
        if href.strip() and not href.strip().startswith("#"):
            self._links.append(Link(href, LinkKind.ANCHOR, self.where, label))

    def fetch(self, address: str) -> None:
        """Note an address that is fetched, or the picture in the message that it names."""
        start = address.strip()[:5].lower()
        if start.startswith("cid:"):
            self._content_ids.append(address.strip()[4:])
        elif start == "data:":
            self._data_uris.append(address.strip())
        elif address.strip():
            self._links.append(Link(address, LinkKind.RESOURCE, self.where))

    def _refuse_element(self, tag: str, attributes: Mapping[str, str | None]) -> None:
        if tag == "script":
            self.troubles.add("html.script", "a script", self.where)
        elif tag == "link" and "stylesheet" in (attributes.get("rel") or "").lower():
            if not loads_fonts_only(attributes.get("href") or ""):
                self.troubles.add("html.css", "a style sheet that is loaded", self.where)
        else:
            self.troubles.add("html.element", f"the element <{quote(tag, 30)[1:-1]}>", self.where)

    def _meta(self, attributes: Mapping[str, str | None]) -> None:
        equivalent = (attributes.get("http-equiv") or "").strip().lower()
        content = attributes.get("content") or ""
        declared = attributes.get("charset") or ""
        if equivalent == "content-type" and (found := _CHARSET.search(content)) is not None:
            declared = found.group(1)
        if equivalent and equivalent not in elements.META_EQUIVALENTS:
            self.troubles.add("html.element", f"a meta {quote(equivalent, 30)}", self.where)
        if "itemprop" in attributes:
            self.troubles.add("html.element", "a meta that some programs show", self.where)
        if declared:
            self._check_charset(declared)

    def _check_charset(self, declared: str) -> None:
        codec = find_codec(declared)
        if codec is None or (
            codec != find_codec(self._source.charset) and not self._source.is_ascii
        ):
            self.troubles.add(
                "mime.charset_declared", f"the HTML says it is in {quote(declared, 30)}", self.where
            )

    def _check_unseen(self, text: str) -> None:
        unseen = find_unseen(text)
        if unseen:
            self.troubles.add(
                "text.invisible", f"{describe_character(unseen)} in the text", self.where
            )


def _rank(ranked: tuple[int, Style]) -> int:
    return ranked[0]


def _win(ranked: list[Style], style: Style) -> Effects:
    return cascade(
        (*(s.normal for s in ranked), style.normal),
        (*(s.important for s in ranked), style.important),
    )


_JUDGED = frozenset({"font", "ol", "li"})
# What elements do by themselves (https://html.spec.whatwg.org/multipage/rendering.html).
_HINTS_OF: Mapping[str, Effects] = {
    tag: {"font": ("em", factor)}
    for tag, factor in {
        "big": 1.2, "small": 0.83, "sub": 0.83, "sup": 0.83,
        "h1": 2.0, "h2": 1.5, "h3": 1.17, "h5": 0.83, "h6": 0.67,
    }.items()
}  # fmt: skip
_FONT_SIZES = (10.0, 13.0, 16.0, 18.0, 24.0, 32.0, 48.0)
_FONT_SIZE = re.compile(r"\s*([+-]?)([0-9]{1,3})")


def _hints(tag: str, attributes: Mapping[str, str | None]) -> Effects:
    """Return what an element and its old attributes do where no style says otherwise."""
    if tag == "font":
        return _font_hints(attributes.get("color") or "", attributes.get("size") or "")
    coloured = attributes.get("bgcolor") or ""
    if tag == "body":
        inked, linked = attributes.get("text") or "", attributes.get("link") or ""
        return _ground_hints(coloured, inked, linked, pictured="background" in attributes)
    if coloured or "background" in attributes:
        return _ground_hints(coloured, "", "", pictured="background" in attributes)
    return _HINTS_OF.get(tag, _NO_EFFECTS)


@lru_cache(maxsize=1024)
def _ground_hints(coloured: str, inked: str, linked: str, *, pictured: bool) -> Effects:
    said = {"background": coloured, "color": inked, "link": linked}
    colours = {name: read_colour(text) for name, text in said.items() if text}
    hints: dict[str, Any] = {name: colour for name, colour in colours.items() if colour is not None}
    if pictured:
        hints["backdrop"] = UNKNOWN
    return hints


@lru_cache(maxsize=1024)
def _font_hints(inked: str, size: str) -> Effects:
    hints: dict[str, Any] = {}
    if inked and (colour := read_colour(inked)) is not None:
        hints["color"] = colour
    found = _FONT_SIZE.match(size)
    if found is not None:
        number = int(found[2])
        if found[1]:
            number = 3 + (number if found[1] == "+" else -number)
        hints["font"] = ("px", _FONT_SIZES[min(max(number, 1), 7) - 1])
    return hints


def _without_padding(text: str) -> str:
    """Return a preview text without the invisible filling that keeps the next text out of it."""
    return "".join(_runs(text))


def _runs(text: str) -> Iterator[str]:
    """Yield the text with each run of padding and blanks as one blank."""
    blank = False
    for character in text:
        if character.isspace() or is_padding(character):
            blank = True
            continue
        if blank:
            yield " "
            blank = False
        yield character
