"""One pass over the tree of an HTML part, judging each text where it stands."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import NamedTuple

from filter.message import Link, LinkKind
from filter.reading import elements
from filter.reading.alternatives import BREAK, Alt, Label
from filter.reading.boxes import Boxes
from filter.reading.charsets import find_codec
from filter.reading.conditional import closes_region, opens_region, read_comment
from filter.reading.css import (
    MOST_LINE_FRAME,
    Effects,
    Style,
    draws_pictures,
    loads_fonts_only,
    read_style,
)
from filter.reading.openings import COLUMNS, Attributes, Opening, Spelling, opening_of
from filter.reading.seen import Box, Ground, cascade, cascade_style, enter
from filter.reading.sheets import ByElement
from filter.reading.text import is_padding, normalise
from filter.reading.tree import Node
from filter.reading.troubles import Troubles, quote
from filter.reading.turns import Turn, Turns

_CHARSET = re.compile(r"charset\s*=\s*[\"']?([^\s\"';]+)", re.IGNORECASE)
_ADDRESS_LIKE = re.compile(r"[a-z][a-z0-9+.-]*:|//", re.IGNORECASE)
# Numbers of a list are text that is in no node: 911. is more than a place in it.
_LIST_NUMBER = re.compile(r"\s*[0-9]{0,2}\s*")
# Addresses of a picture for screens of several densities or widths; a comma is in none of them.
_CANDIDATE = r"\s*[^\s,]+(?:\s+[0-9]{1,5}(?:\.[0-9]{1,3})?[wx])?\s*"
_CANDIDATES = re.compile(rf"{_CANDIDATE}(?:,{_CANDIDATE})*")
_LARGE = re.compile(r"\s*(?:[0-9]{4,}|[3-9][0-9]{2}).*", re.DOTALL)  # pixels, 300 and more
MOST_RISE_PIXELS = 30.0
MAX_DIGITS = 9  # of a height
MAX_BESIDE = 50  # nodes that are looked at beside one of these; between them is white space
_MARKS = frozenset({"1", "disc", "circle", "square"})
# Rows of these stand first or last wherever they are written, and captions above.
_OUT_OF_ORDER: Mapping[str, frozenset[str]] = {
    "caption": frozenset({"thead", "tbody", "tfoot", "tr"}),
    "thead": frozenset({"tbody", "tfoot", "tr"}),
    "tfoot": frozenset({"thead", "tbody", "tr"}),
}
# What holds as much as stands in it, whatever height is said.
_GROWING = frozenset(
    ("html", "body", "table", "tbody", "thead", "tfoot", "tr", "td", "th", "caption")
)
_JUDGED = frozenset({"font", "ol", "li", *_OUT_OF_ORDER})
_VARYING_TAGS = frozenset({"a", "img"})
_VARYING = frozenset({"href", "src", "alt", "title", "id", "name", "class"})  # no look depends on
_READ = _JUDGED | {"a", "br", "img", "meta"}
MARKS = range(0xF0000, 0xFFFFE)  # private use: what a template's branches are told apart by
PALE = "letters in the colour of their background"


@dataclass(frozen=True, slots=True)
class Source:
    """Where the HTML comes from: the part, the label it was decoded by, whether that mattered.

    ``marks`` is for templates that are being read, never for messages.
    """

    where: str
    charset: str
    is_ascii: bool
    marks: bool = False  # comments of one of MARKS are put into the text


@dataclass(frozen=True, slots=True)
class Manner:
    """How a walk sees: ``plain`` heeds no style at all; without ``pale`` no colour hides.

    ``skip`` are texts that it passes over, ``apart`` those that must not share a line with others.
    """

    plain: bool = False
    pale: bool = True
    skip: AbstractSet[int] = frozenset()
    apart: AbstractSet[int] = frozenset()


class Hidden(NamedTuple):
    """A text that is not seen, by what, and whether that is before all that is."""

    node: int
    text: str
    why: str
    at_start: bool


_GAP = Hidden(0, " ", "", at_start=True)  # between the pieces of a preview text


class _Frame(NamedTuple):
    """An open element."""

    tag: str
    breaks: str  # what its text is kept apart from the text around with
    ground: Ground  # outside of it
    boxed: bool
    floats: bool
    unheard: bool
    turn: Turn | None
    labels: tuple[str, ...]
    start: int
    first_alt: int
    ends_below: float | None = None  # in the box around, however little it holds


class Walk:
    """One pass over the tree, in the order in which a reader reads."""

    def __init__(
        self,
        source: Source,
        troubles: Troubles,
        sheet: ByElement,
        manner: Manner,
    ) -> None:
        self.where = source.where
        self.troubles = troubles
        self.all_text: list[str] = []  # whatever either parser calls text, seen or not
        self.addresses: list[str] = []
        self.seen: list[str] = []
        self.outlook: list[str] | None = None  # the same as Outlook sees it, once it differs
        self.hidden: list[Hidden] = []
        self.hiding: set[int] = set()  # the elements around what is hidden
        self.visible: set[int] = set()  # the texts that are seen
        self.mixes = False  # a text of manner.apart stands in a line with another
        self.links: list[Link] = []
        self.alts: list[Alt] = []
        self.labels: list[Label] = []
        self.link_labels: set[str] = set()
        self.content_ids: list[str] = []
        self.data_uris: list[str] = []
        self.boxes = Boxes()
        self.turns = Turns()
        self._sheet = sheet
        self._source = source
        self._manner = manner
        self._has_seen = False
        self._line = [False, False]  # whether others, and those of manner.apart, stand in it
        self._anchors: list[tuple[str, int]] = []  # open links and where their label starts
        self._saying: list[str] = []  # titles and labels of the element that is being opened
        self._floats: list[str] = []  # the sides that open inline elements are taken to
        self._stays = self._moved_right = False  # whether such texts stand in the line
        self._risen = 0.0  # pixels of margins that pull upwards since the last text
        self._unheard = 0  # open elements that are not read aloud
        self._region = False  # between <!--[if !mso]><!--> and <!--<![endif]-->
        self._openings: dict[Spelling, Opening] = {}
        self._entered: dict[tuple[int, int], Ground] = {}  # by the ids of ground and opening
        self._grounds: dict[tuple[object, ...], Ground] = {}
        self._kept: list[object] = []  # keeps the objects alive whose ids are keys above

    @property
    def text(self) -> str:
        """What is seen, in the one form in which texts are compared."""
        return normalise("".join(self.seen))

    def go(self, root: Node) -> None:
        """Visit every node below the root, without recursion."""
        ground = Ground()
        stack: list[_Frame] = []  # the open elements
        node: Node | None = root
        while node is not None:
            if node.is_text_node:
                self._text(node, ground)
            elif node.is_element_node:
                frame, inner = self._open(node, node.tag or "", ground)
                child = node.first_child
                if child is not None:
                    stack.append(frame)
                    ground, node = inner, child
                    continue
                self._close(frame)
            elif node.is_comment_node:
                self._comment(node.comment_content or "")
            while node is not None:
                following = node.next
                if following is not None:
                    node = following
                    break
                node = node.parent if stack else None
                if node is not None:
                    frame = stack.pop()
                    ground = frame.ground
                    self._close(frame)

    def _open(self, node: Node, tag: str, ground: Ground) -> tuple[_Frame, Ground]:
        """Read an element; return what is to be remembered of it, and the ground inside."""
        attributes = node.attributes
        if tag not in elements.ALLOWED:
            self._refuse_element(tag, attributes)
        spelling = tag, _spell(attributes) if tag in _VARYING_TAGS else tuple(attributes.items())
        opening = self._openings.get(spelling)
        if opening is None:
            opening = self._openings[spelling] = opening_of(spelling)
        if not opening.is_quiet:
            self._read_attributes(tag, attributes)
        breaks = opening.plain_breaks if self._manner.plain else opening.breaks
        if breaks:
            self._blank(breaks)
        labels: tuple[str, ...] = ()
        if self._saying:
            labels = tuple(self._saying)
            self._saying.clear()
        place = len(self.seen), len(self.alts)
        if tag in _READ:
            self._read_element(node, tag, attributes, ground)
        inner = self._inner(node, tag, ground, opening, attributes)
        if self.boxes.open and tag in _GROWING and not self._manner.plain:
            said = attributes.get("height") or ""
            pixels = float(said) if said.isdecimal() and len(said) <= MAX_DIGITS else 0.0
            self.boxes.tower(max(pixels, inner.least_height if inner is not ground else 0.0))
        boxed = floats = False
        ends_below: float | None = None
        if inner is not ground:  # otherwise all that it says is of the element around
            ends_below, boxed, floats = self._enter(tag, inner, breaks)
        unheard = opening.unheard
        self._unheard += unheard
        if inner.lettered and tag in ("ol", "li") and {"start", "value"} & attributes.keys():
            self.troubles.add("html.element", f"<{tag}> adds letters", self.where)
        turn = self.turns.enter(tag, ground, inner) if inner.rtl or ground.rtl else None
        frame = _Frame(
            tag, breaks, ground, boxed, floats, unheard, turn, labels, *place, ends_below
        )
        return frame, inner

    def _enter(self, tag: str, inner: Ground, breaks: str) -> tuple[float | None, bool, bool]:
        """Note an element with a ground of its own.

        Returns how far down it reaches at least, whether it is a box, and whether it floats.
        """
        if inner.rise:
            self._risen += inner.rise
            if self._risen > MOST_RISE_PIXELS and self._has_seen:
                self.troubles.add("html.hidden", "margins that pull text over text", self.where)
        in_line = not breaks and tag in elements.INLINE and tag != "img"
        if inner.paints_above > MOST_LINE_FRAME and in_line and self._has_seen:
            self.troubles.add("html.hidden", f"a <{tag}> that paints over text", self.where)
        if inner.above and self.boxes.open:
            self.boxes.push(inner.above)
        starts_high = self.boxes.level() if inner.least_height and self.boxes.open else None
        ends_below = None if starts_high is None else starts_high + inner.least_height
        boxed = inner.box is not None
        if inner.box is not None:
            self.boxes.enter(inner.box, inner.indent_pixels)
        elif inner.fixed_pixels is not None and breaks is BREAK and tag not in _GROWING:
            self.boxes.enter(Box(inner.fixed_pixels, None), inner.indent_pixels, spills=True)
            boxed = True
        floats = bool(inner.floats) and tag in elements.INLINE and tag != "img"
        if floats:
            self._floats.append(inner.floats)
        return ends_below, boxed, floats

    def _read_element(
        self, node: Node, tag: str, attributes: Mapping[str, str | None], ground: Ground
    ) -> None:
        if tag == "img":
            self._picture(attributes)
        elif tag == "a" and "href" in attributes:
            self._anchors.append((attributes["href"] or "", len(self.seen)))
        elif tag == "br":
            if self.boxes:
                self.boxes.blank_line(ground)
        elif tag == "meta":
            self._meta(attributes)
        elif tag in _JUDGED:
            self._judge(node, tag, attributes)

    def _inner(
        self,
        node: Node,
        tag: str,
        ground: Ground,
        opening: Opening,
        attributes: Mapping[str, str | None],
    ) -> Ground:
        if opening.is_open:
            if self._manner.plain or (opening.is_neutral and not self._sheet):
                return ground
            return self._ground(node, tag, ground, opening)
        if tag in elements.DROPPED:
            return Ground(hidden=f"<{tag}>")
        if self._manner.plain:
            return ground
        if "hidden" in attributes or "popover" in attributes:  # that nothing here opens
            name = "hidden" if "hidden" in attributes else "popover"
            return Ground(hidden=f"the attribute {name}")
        inner = self._ground(node, tag, ground, opening)
        if tag in COLUMNS and inner.why_unseen and not ground.why_unseen:
            self.troubles.add("html.hidden", "a column of a table", self.where)
        return inner

    def _picture(self, attributes: Mapping[str, str | None]) -> None:
        if self.boxes and (attributes.get("height") or "").isdecimal():
            self.boxes.picture(float(attributes["height"] or 0))
        said = normalise(attributes.get("alt") or "")
        if said:
            self.alts.append(Alt(len(self.seen), said))

    def _read_attributes(self, tag: str, attributes: Mapping[str, str | None]) -> None:
        for name, value in attributes.items():
            if name == "style":
                style = self._style(value or "")
                if style.greys and tag != "img":
                    self.troubles.add("html.css", f"a filter over <{tag}>", self.where)
            elif name in elements.ROOM:
                if _LARGE.fullmatch(value or ""):
                    self.troubles.add("html.hidden", f"{name} of <{tag}> moves text", self.where)
            elif name not in elements.PLAIN:
                self._attribute(tag, name, value or "", attributes)

    def _judge(self, node: Node, tag: str, attributes: Mapping[str, str | None]) -> None:
        """Look at what old elements and attributes do to text."""
        if tag in _OUT_OF_ORDER:
            at_bottom = tag == "caption" and (attributes.get("align") or "").lower() == "bottom"
            if at_bottom or not _is_in_order(node, tag):
                self.troubles.add("html.hidden", f"a <{tag}> that is not in its place", self.where)
            return
        if tag == "font":
            if draws_pictures(attributes.get("face") or ""):
                self.troubles.add("html.css", "a font that draws something else", self.where)
            return
        if {"start", "value"} & attributes.keys():
            around = node.parent.attributes if tag == "li" and node.parent is not None else {}
            marks = attributes.get("type") or around.get("type") or "1"
            if marks not in _MARKS:
                self.troubles.add("html.element", f"<{tag} type> adds letters", self.where)
        for name in ("start", "value"):
            if not _LIST_NUMBER.fullmatch(attributes.get(name) or ""):
                self.troubles.add("html.element", f"<{tag} {name}> adds a number", self.where)

    def _blank(self, blank: str = " ") -> None:
        self.seen.append(blank)
        if blank is BREAK:
            if self._manner.apart:
                self._line = [False, False]
            self._stays = self._moved_right = False
            if self.boxes.open:
                self.boxes.end_line()
        if self.outlook is not None:
            self.outlook.append(" ")
        if self.hidden and not self._has_seen and self.hidden[-1] is not _GAP:
            self.hidden.append(_GAP)

    def _part_ways(self) -> list[str]:
        """Return what Outlook sees, from here on apart from what the others see."""
        if self.outlook is None:
            self.outlook = self.seen.copy()
        return self.outlook

    def _close(self, frame: _Frame) -> None:
        if frame.boxed:
            self.boxes.leave()
        if frame.ends_below is not None:
            self.boxes.reach(frame.ends_below)
        self._unheard -= frame.unheard
        if frame.floats:
            self._floats.pop()
        if frame.turn is not None and self.turns.leave(frame.turn):
            self.troubles.add("html.hidden", "pieces of text in another order", self.where)
        if frame.labels:
            ends = frame.start, len(self.seen), frame.first_alt, len(self.alts)
            self.labels += [Label(said, *ends) for said in frame.labels]
        if frame.breaks:
            self._blank(frame.breaks)
        if frame.tag == "a" and self._anchors:
            href, start = self._anchors.pop()
            label = normalise("".join(self.seen[start:]))
            self.link_labels.add(label)
            self._follow(href, label)

    def _ground(self, node: Node, tag: str, ground: Ground, opening: Opening) -> Ground:
        rules = self._sheet.get(node.mem_id, ()) if self._sheet else ()
        if rules:
            return self._ruled_ground(tag, ground, opening, rules)
        if opening.is_neutral:
            return ground
        key = id(ground), id(opening)
        known = self._entered.get(key)
        if known is None:
            known = self._entered[key] = self._ruled_ground(tag, ground, opening, ())
            self._kept.append(ground)
        return known

    def _ruled_ground(
        self, tag: str, ground: Ground, opening: Opening, rules: Sequence[tuple[int, Style]]
    ) -> Ground:
        style, hints = opening.style, opening.hints
        kind = tag if opening.is_link or tag == "html" else ""
        ruled = tuple([id(rule) for rule in rules])
        key = (id(ground), id(style), id(hints), kind, bool(opening.breaks), ruled)
        known = self._grounds.get(key)
        if known is None:
            ranked = [s for _, s in sorted(rules, key=_rank)]
            won = _win(ranked, style) if ranked else cascade_style(style)
            known = enter(
                ground,
                {**hints, **won} if hints else won,
                is_link=opening.is_link,
                is_block=bool(opening.breaks),
                is_root=tag == "html",
            )
            self._grounds[key] = known
            self._kept += (ground, rules)
        return known

    def _text(self, node: Node, ground: Ground) -> None:
        if ground.hidden in ("<style>", "<script>", "<title>"):
            return
        text = node.text_content or ""
        self.all_text.append(text)
        if text.isspace():
            self._blank()
            if self.boxes.open:
                self.boxes.blank(ground)
            return
        why = ground.why_unseen
        if not why or (why == PALE and not self._manner.pale):
            self._show(node, text, ground)
        elif ground.hidden in ("<template>", "<head>"):
            self.troubles.add("html.hidden", f"text in {ground.hidden}", self.where)
        elif self._manner.pale:
            self.hidden.append(Hidden(node.mem_id, text, why, not self._has_seen))
            around = node.parent
            while around is not None and around.mem_id not in self.hiding:
                self.hiding.add(around.mem_id)
                around = around.parent

    def _show(self, node: Node, text: str, ground: Ground) -> None:
        key = node.mem_id
        if key in self._manner.skip:
            return
        if not text.isascii() and is_padding(text):
            # An element with nothing else in it: a spacer. It shows nothing, as a blank at most.
            text = " " if any(c.isspace() for c in text) else ""
        else:
            self._has_seen = True
            self._risen = 0.0
            self.visible.add(key)
            if self._manner.apart:
                self._line[key in self._manner.apart] = True
                self.mixes = self.mixes or all(self._line)
            if self.boxes.open:
                self.boxes.text(text, ground)
            self.turns.text(text, rtl=ground.rtl)
            self._order(text)
            if self._unheard and any(map(str.isalnum, text)):
                self.troubles.add(
                    "html.hidden", f"{quote(text.strip())} is not read aloud", self.where
                )
        if self._region or ground.outlook_hides:
            self._part_ways()
        elif self.outlook is not None:
            self.outlook.append(text)
        self.seen.append(text)

    def _order(self, text: str) -> None:
        """Note a text that is taken out of its line, past another one."""
        side = self._floats[-1] if self._floats else ""
        if (side == "left" and self._stays) or (not side and self._moved_right):
            self.troubles.add(
                "html.hidden", f"{quote(text.strip())} changes places by float", self.where
            )
        if side == "right":
            self._moved_right = True
        elif not side:
            self._stays = True

    def _mark(self, mark: str) -> None:
        """Put a mark where it stands into all that is seen, and into the preview text."""
        self.seen.append(mark)
        if self.outlook is not None:
            self.outlook.append(mark)
        if not self._has_seen:
            self.hidden.append(Hidden(0, mark, "", at_start=True))

    def _comment(self, comment: str) -> None:
        if self._source.marks and len(comment) == 1 and ord(comment) in MARKS:
            self._mark(comment)
            return
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
        place = len(self.seen), len(self.seen), len(self.alts), len(self.alts)
        self.labels += [Label(said, *place) for said in scaffold.said if said]

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
            known = tag in ("li", "ol") or (name, value) == elements.EMAIL_ROLE
            if tag == "meta":  # what Gmail writes on the button of an action (schema.org)
                known = "itemprop" not in attributes
            if value.strip() and not known and (tag, name) != ("img", "alt"):
                self._saying.append(normalise(value))
        else:
            self._other_attribute(tag, name, value)

    def _other_attribute(self, tag: str, name: str, value: str) -> None:
        if name in elements.REFUSED:
            self.troubles.add("html.element", f"{name} of <{tag}>", self.where)
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
        elif (tag, name) == ("img", "srcset") and _CANDIDATES.fullmatch(value):
            for candidate in value.split(","):
                self.fetch(candidate.split()[0])
        else:
            self.troubles.add("html.element", f"{name} of <{tag}>", self.where)
            self.fetch(value)

    def _follow(self, href: str, label: str) -> None:
        if href.strip() and not href.strip().startswith("#"):
            self.links.append(Link(href, LinkKind.ANCHOR, self.where, label))

    def fetch(self, address: str) -> None:
        """Note an address that is fetched, or the picture in the message that it names."""
        start = address.strip()[:5].lower()
        if start.startswith("cid:"):
            self.content_ids.append(address.strip()[4:])
        elif start == "data:":
            self.data_uris.append(address.strip())
        elif address.strip():
            self.links.append(Link(address, LinkKind.RESOURCE, self.where))

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


def _spell(attributes: Mapping[str, str | None]) -> Attributes:
    """Return the attributes as what they say is remembered by: addresses are another each time."""
    return tuple([(n, "" if n in _VARYING else v) for n, v in attributes.items()])


def _is_in_order(node: Node, tag: str) -> bool:
    """Tell whether nothing stands on the wrong side of a caption, a head or a foot of a table."""
    others = _OUT_OF_ORDER[tag]
    beside = node.next if tag == "tfoot" else node.prev
    for _ in range(MAX_BESIDE):
        if beside is None:
            return True
        if beside.tag in others:
            return False
        beside = beside.next if tag == "tfoot" else beside.prev
    return False


def _rank(ranked: tuple[int, Style]) -> int:
    return ranked[0]


def _win(ranked: list[Style], style: Style) -> Effects:
    return cascade(
        (*(s.normal for s in ranked), style.normal),
        (*(s.important for s in ranked), style.important),
    )
