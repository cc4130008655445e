"""What does the HTML source of a template show, and where does it lead, whatever is filled in?

The gate's own reader reads it (filter/reading/html.py), so what a template is approved for and
what the gate sees of its messages come from the same code. How is in pagereading.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from filter.dialects.addresses import PageLink
from filter.dialects.derive import check_limits
from filter.dialects.filled import filled
from filter.dialects.lines import Lines, holes_of, texts_of
from filter.dialects.nodes import Hole, Node
from filter.dialects.outline import named, outline_of_text
from filter.dialects.pagereading import MAX_RENDERINGS, Doubt, PageReading
from filter.dialects.rendered import Words, samples_of
from filter.dialects.tidy import Tokens
from filter.reading.links import LinksUnreadable, find_links
from filter.reading.text import normalise

__all__ = ["Doubt", "Page", "PageHole", "PageLink", "links_of_text", "page_of"]


@dataclass(frozen=True, slots=True)
class PageHole:
    """A hole and where it stands: "text", "href", "alt", "style", "<style>", "comment", …."""

    hole: Hole
    places: frozenset[str]


@dataclass(frozen=True, slots=True)
class Page:
    """What an HTML source shows, as patterns.

    ``texts`` are all wordings that its views show, the ordinary one first: without style sheets,
    on narrow screens or in Outlook another may be seen. Neither they nor ``preheaders`` take the
    empty text. ``pictures`` are the fewest and the most that come with the message (cid: and
    data:), as ``pictures: min, max`` counts them.
    """

    texts: tuple[Tokens, ...]
    preheaders: tuple[Tokens, ...] = ()
    alts: tuple[Tokens, ...] = ()  # alternative texts, titles and labels to be listed
    links: tuple[PageLink, ...] = ()
    pictures: tuple[int, int] = (0, 0)
    content_ids: tuple[Tokens, ...] = ()
    data_uris: tuple[str, ...] = ()
    holes: Mapping[str, PageHole] = field(default_factory=dict)
    doubts: tuple[Doubt, ...] = ()

    @property
    def text(self) -> Tokens:
        """What is seen in the ordinary way."""
        return self.texts[0] if self.texts else ()


def page_of(nodes: Sequence[Node], *, file: str = "") -> Page:
    """Return what the template's HTML shows.

    Raises DialectError where that depends on what is filled in, or on more than MAX_DOCUMENTS
    combinations of its conditions.
    """
    check_limits(nodes, file)
    source = "".join(text for _, text in texts_of(nodes))
    holes = list(holes_of(nodes))
    words = Words([hole.name for hole in holes], source)
    reading = PageReading(nodes, words, file)
    seen = reading.read(named(nodes))
    texts = [one for view in seen.views.values() for one in filled(view, file=file)]
    return Page(
        texts=tuple(dict.fromkeys(texts)) or ((),),
        preheaders=filled(seen.preheader, file=file),
        alts=tuple(reading.alts),
        links=tuple(reading.links.values()),
        pictures=reading.pictures,
        content_ids=tuple(dict.fromkeys(words.tokens(one) for one in reading.content_ids)),
        data_uris=tuple(reading.data_uris),
        holes={
            hole.name: PageHole(hole, frozenset(reading.places.get(hole.name, ())))
            for hole in reversed(holes)
        },
        doubts=tuple(reading.doubts),
    )


def links_of_text(nodes: Sequence[Node]) -> tuple[PageLink, ...]:
    """Return the links that clients make of a template's plain text by themselves."""
    lines = Lines(nodes)
    words = Words([hole.name for hole in holes_of(nodes)], "".join(t for _, t in texts_of(nodes)))
    found: dict[str, PageLink] = {}
    for sample in islice(samples_of(outline_of_text(named(nodes)), words), MAX_RENDERINGS):
        try:
            links = find_links(normalise(sample.html), "text")
        except LinksUnreadable:
            continue  # such a text is held, and its template matches nothing
        for link in links:
            if link.url not in found:
                line = lines.of_text(words.before_first(link.url))
                found[link.url] = PageLink(words.tokens(link.url), link.kind, line)
    return tuple(found.values())
