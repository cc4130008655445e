"""Reads the HTML of a template with the gate's reader, in as many documents as it takes.

It reads one document with all branches in it, marked; then renderings in which each branch is
taken, which must fit what the one said. A choice that cannot stand so, or does not fit, makes
documents of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from filter.dialects.addresses import PageLink
from filter.dialects.fitting import fits
from filter.dialects.lines import Lines
from filter.dialects.nodes import DialectError, Node
from filter.dialects.outline import (
    Cycle,
    Fork,
    Outline,
    Straddles,
    Value,
    branches_of,
    decided,
    outline_of,
    parts_of,
    public_name,
)
from filter.dialects.rendered import Marked, Sample, Words, mark_all, samples_of
from filter.dialects.tidy import Tokens, tidied
from filter.message import Link, LinkKind
from filter.reading.html import Shown, read_html
from filter.reading.links import LinksUnreadable, find_links
from filter.reading.troubles import Troubles
from filter.templates.pattern import Either

MAX_DOCUMENTS = 64
MAX_RENDERINGS = 1500  # of all documents together; each takes some milliseconds
_WHERE = "HTML"
_UNREAD = frozenset({"html.malformed", "html.size"})
_MAIN = "html"  # the view that every document has


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a message of this template would be held, or a person must look; ``line`` 0 is unknown.

    ``code`` is the reason of the hold as in docs/reasons.md, "" where it is none.
    """

    code: str
    detail: str
    line: int = 0


@dataclass(frozen=True, slots=True)
class Seen:
    """The patterns of each view, and of the preview text."""

    views: Mapping[str, Tokens]
    preheader: Tokens

    def view(self, name: str) -> Tokens:
        """Return what a view says; one that is not told apart says what all see."""
        return self.views.get(name, self.views[_MAIN])


@dataclass(frozen=True, slots=True)
class _Rendering:
    """A rendering, and what the gate's reader makes of it."""

    sample: Sample
    shown: Shown
    troubles: Troubles

    @property
    def is_unread(self) -> bool:
        """Whether the mark-up is such that no parser was asked about it."""
        codes = {finding.code for finding in self.troubles.found()}
        return self.shown == Shown() and not codes.isdisjoint(_UNREAD)


class PageReading:
    """Reads one template, in as many documents as it takes."""

    def __init__(self, nodes: Sequence[Node], words: Words, file: str) -> None:
        self.alts: dict[Tokens, None] = {}
        self.links: dict[tuple[str, LinkKind], PageLink] = {}
        self.content_ids: dict[str, None] = {}
        self.data_uris: dict[str, None] = {}
        self.places: dict[str, set[str]] = {}
        self.doubts: dict[Doubt, None] = {}
        self._least: int | None = None
        self._most_rounds = 1
        self._words = words
        self._file = file
        self._lines = Lines(nodes)
        self._documents = 0
        self._renderings = 0

    @property
    def pictures(self) -> tuple[int, int]:
        """The fewest and the most pictures that come with a message."""
        varying = sum(1 for one in self.content_ids if len(self._words.tokens(one)) > 1)
        most = len(self.content_ids) + len(self.data_uris) + varying * (self._most_rounds - 1)
        return self._least or 0, most

    def read(self, nodes: tuple[Node, ...]) -> Seen:
        """Return what a template shows, deciding choices until what is left can be read."""
        try:
            return self._read_document(outline_of(nodes, self._file))
        except Straddles as straddling:
            name, line, in_loop = straddling.name, straddling.line, straddling.in_loop
        several = [
            self.read(decided(nodes, name, branch)) for branch in range(branches_of(nodes, name))
        ]
        return self._joined(name, several, line, in_loop=in_loop)

    def _joined(self, name: str, several: Sequence[Seen], line: int, *, in_loop: bool) -> Seen:
        names = dict.fromkeys(view for seen in several for view in seen.views)
        called = public_name(name)

        def join(patterns: Sequence[Tokens]) -> Tokens:
            if in_loop and len(set(patterns)) > 1:
                raise DialectError(
                    self._file,
                    line,
                    "a condition in a loop opens or closes tags of what is around it",
                    "write it around whole elements",
                )
            return tidied((Either(called, tuple(patterns)),))

        views = {view: join([seen.view(view) for seen in several]) for view in names}
        return Seen(views, join([seen.preheader for seen in several]))

    def _read_document(self, outline: Outline) -> Seen:
        if self._documents >= MAX_DOCUMENTS:
            raise DialectError(
                self._file,
                next((part.line for part in parts_of(outline) if isinstance(part, Fork)), 0),
                f"more than {MAX_DOCUMENTS} documents, by conditions that stand inside of tags or"
                " around halves of elements",
                "let each branch hold whole elements, or make several templates of it",
            )
        rendered = tuple(self._render(outline))
        if any(one.is_unread for one in rendered):
            seen = Seen({_MAIN: ()}, ())  # its messages are held
        else:
            seen = self._read_marked(outline, rendered)
        self._documents += 1
        for part in parts_of(outline):
            self._note_part(part)
        for one in rendered:
            self._note(one.shown, one.troubles)
        return seen

    def _render(self, outline: Outline) -> Iterator[_Rendering]:
        for sample in samples_of(outline, self._words):
            self._renderings += 1
            if self._renderings > MAX_RENDERINGS:
                raise DialectError(
                    self._file, sample.line, f"more than {MAX_RENDERINGS} renderings to look at",
                    "make several templates of it",
                )  # fmt: skip
            troubles = Troubles()
            shown = read_html(sample.html, "utf-8", _WHERE, troubles)
            yield _Rendering(sample, shown, troubles)

    def _read_marked(self, outline: Outline, rendered: Sequence[_Rendering]) -> Seen:
        """Return what the document with all branches says, if all renderings fit it."""
        marked = mark_all(outline, self._words)
        shown = read_html(marked.html, "utf-8", _WHERE, Troubles(), marks=True)
        lost = marked.lost_in(shown.text)
        if lost is not None:
            raise self._misfit(outline, Sample("", lost.name, lost.line), _MAIN)
        seen = Seen(
            self._views(marked, shown, rendered),
            self._preheader(marked, shown, rendered),
        )
        for one in rendered:
            for name, text in _views_of(one.shown):
                if not self._fits(seen.views.values(), text):
                    raise self._misfit(outline, one.sample, name)
            if one.shown.preheader and not self._fits([seen.preheader], one.shown.preheader):
                raise self._misfit(outline, one.sample, "preview text")
        return seen

    def _fits(self, patterns: Iterable[Tokens], text: str) -> bool:
        return any(fits(pattern, text, self._words.by_name) for pattern in patterns)

    def _views(
        self, marked: Marked, shown: Shown, rendered: Sequence[_Rendering]
    ) -> dict[str, Tokens]:
        """Return what the views say that renderings have, or need.

        The marks alone can make a view of their own, which is none.
        """
        told = {name: self._tokens(marked, text) for name, text in _views_of(shown)}
        met = {_MAIN, *(name for one in rendered for name, _ in one.shown.others)}
        views = {name: tokens for name, tokens in told.items() if name in met}
        for text in (text for one in rendered for _, text in _views_of(one.shown)):
            if not self._fits(views.values(), text):
                views |= {n: t for n, t in told.items() if n not in views and self._fits([t], text)}
        return views

    def _preheader(self, marked: Marked, shown: Shown, rendered: Sequence[_Rendering]) -> Tokens:
        if not any(one.shown.preheader for one in rendered):
            return ()
        return self._tokens(marked, shown.preheader)

    def _tokens(self, marked: Marked, text: str) -> Tokens:
        return tidied(marked.tokens(text, self._words))

    def _misfit(self, outline: Outline, sample: Sample, view: str) -> Exception:
        """Return what is to be decided first, when a rendering shows other text than was told."""
        structures = [part for part in parts_of(outline) if isinstance(part, Fork | Cycle)]
        forks = [part for part in structures if isinstance(part, Fork)]
        blamed = [fork for fork in forks if fork.name == sample.cause]
        if any(isinstance(part, Cycle) and part.name == sample.cause for part in structures) or (
            not forks
        ):
            return DialectError(
                self._file,
                sample.line,
                f"how often this loop goes changes what stands outside of it ({view})",
                "write the loop around whole elements",
            )
        fork = (blamed or forks)[0]
        in_loop = any(fork in parts_of(part.body) for part in structures if isinstance(part, Cycle))
        return Straddles(fork.name, fork.line, in_loop=in_loop)

    # --- what else the renderings have

    def _note_part(self, part: object) -> None:
        if isinstance(part, Cycle):
            self._most_rounds = max(self._most_rounds, part.most)
        if isinstance(part, Value):
            self.places.setdefault(part.hole.name, set()).add(part.place)
            line, said = part.hole.line, part.hole.expression or part.hole.name
            if part.place in ("style", "<style>"):
                self._doubt("", f"{said} fills in a style: what it hides is held", line)
            if part.is_bare:
                self._doubt("", f"{said} fills in {part.place} without quotes: write them", line)

    def _note(self, seen: Shown, troubles: Troubles) -> None:
        for spoken in seen.spoken:
            self.alts.setdefault(tidied(self._words.tokens(spoken)))
        for link in (*seen.links, *self._bare(seen)):
            key = link.url.strip(), link.kind
            if key not in self.links:
                tokens = self._words.tokens(key[0])
                line = self._lines.of_text(self._words.before_first(key[0]))
                self.links[key] = PageLink(tokens, link.kind, line)
        pictures = len(seen.content_ids) + len(seen.data_uris)
        self._least = pictures if self._least is None else min(self._least, pictures)
        self.content_ids |= dict.fromkeys(seen.content_ids)
        self.data_uris |= dict.fromkeys(seen.data_uris)
        for finding in troubles.found():
            self._doubt(finding.code, finding.detail, self._lines.of_detail(finding.detail))

    def _doubt(self, code: str, detail: str, line: int) -> None:
        self.doubts.setdefault(Doubt(code, detail, line))

    def _bare(self, seen: Shown) -> Iterator[Link]:
        """Yield the links that clients make of the texts by themselves."""
        texts = (text for _, text in _views_of(seen))
        for text in dict.fromkeys((*texts, seen.blocked, seen.preheader, *seen.spoken)):
            try:
                yield from find_links(text, _WHERE)
            except LinksUnreadable as error:
                self._doubt("text.tangled", str(error), 0)


def _views_of(shown: Shown) -> tuple[tuple[str, str], ...]:
    return ((_MAIN, shown.text), *shown.others)
