"""Does canonical mark-up say an approved one, and where does it leave it?

Slots get what a text or a value says: references are read before a value is asked about, and a
stretch that holds any mark-up is no value, whatever the slot takes. So a value cannot bring a tag
or an attribute with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from filter.reading.canonical import MarkupError, canonical_markup, escape, unescape
from filter.templates.graph import Graph, Value, build_graph
from filter.templates.pattern import Literal, Token
from filter.templates.settling import settle
from filter.templates.walk import Budget, ways
from filter.templates.wording import Misfit, Wording

_LONGEST_REFERENCE = 6  # characters: &quot; for one
_NO_VALUE = "\0"  # which no slot takes
_BEGINS = re.compile(r'[<"]|[^<"]{1,20}')  # what must follow a value, and no more of it
_SHOWN = 60  # characters of a difference


@lru_cache(maxsize=32)  # the same part is held against several templates
def markup_of(html: str) -> str:
    """Return the canonical mark-up of an HTML part; "", which no pattern says, if it has none."""
    try:
        return canonical_markup(html)
    except MarkupError:
        return ""


@dataclass(frozen=True, slots=True)
class _Marked:
    """Canonical mark-up as it is compared."""

    text: str
    folds: bool = True

    def value(self, start: int, stop: int) -> str:
        """Return what a stretch says in a text or a value."""
        said = unescape(self.text[start:stop])
        return _NO_VALUE if said is None else said

    def same(self, value: str) -> str:
        """Return how a value is written."""
        return escape(value)


class MarkupWording(Wording):
    """An approved mark-up, compiled."""

    __slots__ = ()

    def fit(self, text: str, bound: Mapping[str, str]) -> dict[str, str] | None:  # noqa: ARG002
        """Return None: there is no quick way."""
        return None

    def fits(self, text: str, bound: Mapping[str, str], budget: Budget) -> Iterator[dict[str, str]]:
        """Yield the values of every way in which the mark-up says this one."""
        if not text or not self.could_fit(text):
            return
        if self.is_fixed:
            yield dict(bound)
            return
        yield from ways(_graph_of(self), _Marked(text), bound, budget)

    def explain(self, text: str) -> Misfit | None:  # noqa: ARG002
        """Return None: see difference_in_markup."""
        return None


def as_markup(wording: Wording) -> MarkupWording:
    """Return a wording as one of mark-up."""
    return MarkupWording(
        wording.tokens,
        wording.slots,
        wording.common,
        wording.first,
        wording.steps,
        wording.last,
        wording.is_structured,
    )


@lru_cache(maxsize=1024)
def _graph_of(wording: MarkupWording) -> Graph:
    graph = build_graph(wording.tokens, wording.slots, wording.common)
    for place in graph.places:
        if isinstance(place, Value):  # its bounds are those of what is written
            place.longest *= _LONGEST_REFERENCE
    return graph


def difference_in_markup(wordings: Sequence[Wording], text: str) -> str:
    """Return the first place in which mark-up differs from the nearest approved one, in short."""
    furthest = -1
    difference = ""
    for wording in wordings[:8]:
        position, wanted = _leaves(settle(wording, text).tokens, text)
        if position > furthest:
            furthest, difference = position, _shown(text, position, wanted)
    return difference


def shared_length(one: str, other: str) -> int:
    """Return how many characters two texts begin with in common."""
    pairs = zip(one, other, strict=False)
    return next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def _leaves(tokens: Sequence[Token], text: str) -> tuple[int, str]:
    """Return where the mark-up leaves a pattern without structures, and what is wanted there."""
    position = 0
    for place, token in enumerate(tokens):
        if isinstance(token, Literal):
            words = token.text
            if not text.startswith(words, position):
                same = shared_length(words, text[position : position + len(words)])
                return position + same, words[same:]
            position += len(words)
            continue
        following = next(
            (t.text for t in tokens[place + 1 : place + 2] if isinstance(t, Literal)), ""
        )
        begins = _BEGINS.match(following)
        stop = text.find(begins[0], position) if begins else len(text)
        if stop < 0:
            return position, "a value" + following
        if unescape(text[position:stop]) is None:
            return position, "a value" + following
        position = stop
    return position, ""


def _shown(text: str, position: int, wanted: str) -> str:
    start = max(text.rfind("<", 0, position), position - _SHOWN // 2, 0)
    before = ("…" if start else "") + text[start:position]
    return f"{before}[-{_until(wanted)}-]{{+{_until(text[position : position + 400])}+}}"


def _until(text: str) -> str:
    """Return the beginning of a text, to the end of a tag if there is one near."""
    end = text.find(">", 0, _SHOWN) + 1 or min(len(text), _SHOWN)
    return text[:end] + ("…" if end < len(text) else "")
