"""What does an HTML part show, and where does it lead?

Lexbor builds the tree that browsers would build; a walk over it judges each text where it stands.
libxml2 reads the same mark-up beside it, and any difference is a finding. Where styles differ by
screen or program, or are dropped, the tree is walked again: each way of seeing that shows other
text is a view of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from filter.message import Link
from filter.reading.alternatives import judge_spoken
from filter.reading.markup import check_markup
from filter.reading.secondopinion import ask_second, join_dense
from filter.reading.sheets import (
    MAX_COMBINED,
    MAX_CONDITIONS,
    ByElement,
    Sheets,
    name_of,
    read_sheets,
    subsets,
)
from filter.reading.soup import agrees
from filter.reading.text import describe_character, find_unseen, is_padding, normalise
from filter.reading.tree import Node, Tree
from filter.reading.troubles import Troubles, quote
from filter.reading.walk import PALE, Hidden, Manner, Source, Walk


@dataclass(frozen=True, slots=True)
class Shown:
    """What an HTML part shows and refers to."""

    text: str = ""
    preheader: str = ""
    others: tuple[tuple[str, str], ...] = ()  # other ways of seeing: "narrow screen", what it shows
    links: tuple[Link, ...] = ()
    between: tuple[str, ...] = ()  # alternative texts in lines with other text
    alone: tuple[str, ...] = ()  # those with nothing beside them; titles and labels
    blocked: str = ""  # the text with pictures blocked, where one of them stands in a line
    content_ids: tuple[str, ...] = ()  # pictures of this message that it shows
    data_uris: tuple[str, ...] = ()

    @property
    def outlook_text(self) -> str:
        """What Outlook for Windows shows, comments for it included."""
        return dict(self.others).get(OUTLOOK, self.text)

    @property
    def spoken(self) -> tuple[str, ...]:
        """All alternative texts, titles and labels that say anything of their own."""
        return tuple(dict.fromkeys((*self.between, *self.alone)))


OUTLOOK = "Outlook"
_NO_SHEETS = "without style sheets"
_NO_STYLES = "without styles"
_AS_IT_IS = Manner()


def read_html(
    html: str, charset: str, where: str, troubles: Troubles, *, marks: bool = False
) -> Shown:
    """Return what the part shows; note all that could show or hide something else elsewhere.

    ``charset`` is the label that the text was decoded by: a declaration inside must agree. With
    ``marks``, for templates that are being read, comments of one private-use character (MARKS)
    stand in the texts where they stand in the document.
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
    source = Source(where, charset, html.isascii(), marks)
    sheets = read_sheets(parser, where, troubles)
    walk = Walk(source, troubles, sheets.always, _AS_IT_IS)
    walk.go(root)
    for url in sheets.urls:
        walk.fetch(url)
    _compare(html, walk, where, troubles)
    return _Views(root, walk, sheets, source).shown()


def _compare(html: str, walk: Walk, where: str, troubles: Troubles) -> None:
    opinion = ask_second(html)
    if opinion is None:
        troubles.add("html.parsers_disagree", "one parser cannot read it", where)
    elif opinion.text != join_dense(walk.all_text):
        troubles.add("html.parsers_disagree", "two parsers read different text", where)
    elif opinion.addresses != tuple(sorted(walk.addresses)):
        troubles.add("html.parsers_disagree", "two parsers find different links", where)
    elif not agrees(html, opinion):
        troubles.add("html.parsers_disagree", "parsers build other documents of it", where)


class _Views:
    """Collects what the other ways of seeing show."""

    def __init__(self, root: Node, first: Walk, sheets: Sheets, source: Source) -> None:
        self._root = root
        self._first = first
        self._sheets = sheets
        self._source = source
        self._troubles = first.troubles
        self._text = first.text
        self._others: dict[str, str] = {}  # the text to the name of its view
        self._links = list(first.links)
        self._uncovered: set[int] = set()  # texts that are hidden at first and seen elsewhere

    def shown(self) -> Shown:
        """Return everything together."""
        first = self._first
        self._look_on_screens()
        preheader = self._judge_hidden()
        apart = self._look_without_styles()
        self._look_without_sheets(preheader, apart)
        if first.outlook is not None:
            self._add(OUTLOOK, normalise("".join(first.outlook)))
        for cut in first.boxes.cut:
            self._troubles.add("html.hidden", f"{cut} is cut off", first.where)
        spoken = judge_spoken(first.seen, first.alts, first.labels, (*first.link_labels, preheader))
        for word in spoken.inside:
            self._troubles.add(
                "html.alternative", f"{quote(word)} in the middle of a word", first.where
            )
        said = [*(alt.text for alt in first.alts), *(label.text for label in first.labels)]
        for text in dict.fromkeys((preheader, self._text, *self._others, *said)):
            self._check_unseen(text)
        return Shown(
            text=self._text,
            preheader=preheader,
            others=tuple((name, text) for text, name in self._others.items()),
            links=tuple(dict.fromkeys(self._links)),
            between=spoken.between,
            alone=spoken.alone,
            blocked=spoken.blocked,
            content_ids=tuple(dict.fromkeys(first.content_ids)),
            data_uris=tuple(dict.fromkeys(first.data_uris)),
        )

    def _add(self, name: str, text: str) -> None:
        if text != self._text:
            self._others.setdefault(text, name)

    def _walk(self, sheet: ByElement, manner: Manner = _AS_IT_IS) -> Walk:
        walk = Walk(self._source, Troubles(), sheet, manner)
        walk.go(self._root)
        return walk

    def _look_on_screens(self) -> None:
        """Walk with all conditions met together, each alone, and those that matter combined.

        All together is dark mode on a telephone; alone, because one may undo what another hides.
        """
        conditions = self._sheets.telling(self._first.hiding)
        if len(conditions) > MAX_CONDITIONS:
            self._troubles.add(
                "html.size",
                f"styles for more than {MAX_CONDITIONS} kinds of screen",
                self._first.where,
            )
            return
        telling = [one for one in conditions if self._look_on(one)]
        if len(conditions) > 1:
            self._look_on(*conditions)
        if len(telling) > MAX_COMBINED:
            self._troubles.add(
                "html.hidden",
                f"more than {MAX_COMBINED} kinds of screen show other text",
                self._first.where,
            )
            return
        for several in subsets(telling):
            self._look_on(*several)

    def _look_on(self, *conditions: str) -> bool:
        """Look on the screens that meet the conditions; return whether they show other text."""
        walk = self._walk(self._sheets.under(*conditions))
        text = walk.text
        self._uncovered |= walk.visible
        for cut in walk.boxes.cut:
            self._troubles.add("html.hidden", f"{cut} is cut off on a screen", self._first.where)
        if text == self._text:
            return False
        self._add(name_of(conditions), text)
        self._links += walk.links
        return True

    def _judge_hidden(self) -> str:
        """Note what nobody sees; return the preview text."""
        self._uncovered.intersection_update(hidden.node for hidden in self._first.hidden)
        preheader: list[str] = []
        for hidden in self._first.hidden:
            if hidden.node in self._uncovered:
                continue
            if hidden.at_start:
                preheader.append(hidden.text)
            elif not is_padding(hidden.text):
                self._note_hidden(hidden)
        return normalise(_without_padding("".join(preheader)))

    def _note_hidden(self, hidden: Hidden) -> None:
        self._troubles.add(
            "html.hidden", f"{quote(hidden.text.strip())} is hidden by {hidden.why}",
            self._first.where,
        )  # fmt: skip

    def _look_without_styles(self) -> frozenset[int]:
        """Look as programs do that drop all styles; return the texts that may come back.

        What comes back is the preview text, judged as such, and what other screens show, judged
        there: whole blocks of it stand on lines of their own. Within a line it is a new sentence.
        """
        uncovered = frozenset(self._uncovered)
        if not uncovered:
            return uncovered
        hidden = {one.node for one in self._first.hidden} - uncovered
        walk = self._walk({}, Manner(plain=True, skip=hidden, apart=uncovered))
        if not walk.mixes:
            return uncovered
        self._add(_NO_STYLES, walk.text)
        return frozenset()

    def _look_without_sheets(self, preheader: str, apart: frozenset[int]) -> None:
        """Look as programs do that drop style elements: a preview text may come back."""
        if not self._sheets.always:
            return
        if self._sheets.only_shape and all(one.why != PALE for one in self._first.hidden):
            return  # nothing comes or goes with them
        # A light text on a ground that only a sheet makes dark is a matter of taste, unless the
        # sheet insists on it against the styles of the elements.
        text = self._walk({}, Manner(pale=self._sheets.insists, skip=apart)).text
        if text != f"{preheader} {self._text}".strip():
            self._add(_NO_SHEETS, text)

    def _check_unseen(self, text: str) -> None:
        unseen = find_unseen(text)
        if unseen:
            self._troubles.add(
                "text.invisible", f"{describe_character(unseen)} in the text", self._first.where
            )


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
