"""Is there a message that two templates approve?

It would be judged by the one that fits better, or stands first: its links, limits and class may not
be those that somebody thinks. Each pair that is reported comes with a message that both really say;
that there is none is not proven for templates that are long, or alike in odd ways.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from filter.message import Channel
from filter.mode import Mode
from filter.ruleset import MatchMode, Slot, Template
from filter.templates.compiled import Compiled, compile_template
from filter.templates.index import Entry, Index
from filter.templates.nearest import stretches
from filter.templates.pattern import Literal
from filter.templates.samples import fill, samples_of
from filter.templates.wording import Budget, Wording

MAX_PAIRED = 3_000  # wordings of which each is held against its neighbours slot by slot
_NEIGHBOURS = 12
_FILLINGS = 4  # texts of each wording that are tried on all others
_BUDGET = 2_000
_SLOT = re.compile(r"\{([A-Za-z][A-Za-z0-9_]*(?:#[0-9.]+)?)\}")


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two templates, and a text that both of them say."""

    first: Template
    second: Template
    text: str


def find_overlaps(templates: Sequence[Template]) -> Iterator[Overlap]:
    """Yield each pair of templates in force, or on trial, of which one message says both.

    Templates that no sender, no channel or no subject has in common are no pair; neither are
    variants of one template, nor wordings that are the same to the letter only in exact mode.
    """
    compiled = [compile_template(one) for one in templates if one.mode is not Mode.OFF]
    entries = [
        Entry(place, wording)
        for place, one in enumerate(compiled)
        for wording in (*one.filed, *(one.htmls if one.template.htmls else ()))
        if wording.mode is MatchMode.FOLDED
    ]
    index = Index(entries)
    pairs = _Pairs(compiled)
    for entry in entries:
        for text, others in _probes(entry, index, pairs, paired=len(entries) <= MAX_PAIRED):
            for other in others:
                if pairs.is_open(entry.template, other):
                    pair = pairs.close(entry.template, other)
                    first, second = (compiled[place].template for place in pair)
                    yield Overlap(first, second, text)


class _Pairs:
    """Which two templates need to be held against each other: asked first, as it is cheaper."""

    def __init__(self, compiled: Sequence[Compiled]) -> None:
        self._compiled = compiled
        self._open: dict[tuple[int, int], bool] = {}

    def is_open(self, one: int, other: int) -> bool:
        """Return whether a message could be both, and none was found yet."""
        if one == other:
            return False
        pair = (min(one, other), max(one, other))
        known = self._open.get(pair)
        if known is None:
            known = _could_meet(self._compiled[pair[0]], self._compiled[pair[1]])
            self._open[pair] = known
        return known

    def close(self, one: int, other: int) -> tuple[int, int]:
        """Return the two in their order, not to be asked about again."""
        pair = (min(one, other), max(one, other))
        self._open[pair] = False
        return pair


def _probes(
    entry: Entry, index: Index, pairs: _Pairs, *, paired: bool
) -> Iterator[tuple[str, list[int]]]:
    """Yield texts of a wording, each with the places of the templates that say it, too."""
    for number in range(_FILLINGS):
        try:
            text = fill(entry.wording.tokens, entry.wording.slots, number)
        except KeyError:
            break
        words = frozenset(text.split(" "))
        yield (
            text,
            [
                other.template
                for other in index.candidates(text, words)
                if pairs.is_open(entry.template, other.template) and _says(other, text)
            ],
        )
    if not paired:
        return
    words = frozenset(w for t in entry.wording.tokens if isinstance(t, Literal)
                      for w in t.text.split(" "))  # fmt: skip
    for other in index.neighbours(words, _NEIGHBOURS):
        if other.template > entry.template and pairs.is_open(entry.template, other.template):
            common = _common_text(entry.wording, other.wording)
            if common is not None and _says(entry, common) and _says(other, common):
                yield common, [other.template]


def _says(entry: Entry, text: str) -> bool:
    return entry.wording.says(text, Budget(_BUDGET))


def _could_meet(one: Compiled, other: Compiled) -> bool:
    """Return whether sender, channel and subject can be those of both."""
    a, b = one.template, other.template
    if a.id.partition("/")[0] == b.id.partition("/")[0]:
        return False
    channels = a.channels & b.channels
    senders = {s.address.lower() for s in a.senders} & {s.address.lower() for s in b.senders}
    if not channels or not senders:
        return False
    return channels != {Channel.EMAIL} or any(
        _common(first, second) for first, second in product(one.subjects, other.subjects)
    )


def _common(one: Wording, other: Wording) -> bool:
    """Return whether a text is found that says both wordings."""
    if not _ends_meet(one, other):
        return False
    pairs = ((one, other), (other, one))
    for wording, judge in pairs:
        for number in range(_FILLINGS):
            try:
                text = fill(wording.tokens, wording.slots, number)
            except KeyError:
                break
            if judge.says(text, Budget(_BUDGET)):
                return True
    common = _common_text(one, other)
    return common is not None and all(
        wording.says(common, Budget(_BUDGET)) for wording in (one, other)
    )


def _ends_meet(one: Wording, other: Wording) -> bool:
    """Return whether what one begins and ends with lets the other begin and end as it does."""
    starts = one.first.startswith(other.first) or other.first.startswith(one.first)
    return starts and (one.last.endswith(other.last) or other.last.endswith(one.last))


def _common_text(one: Wording, other: Wording) -> str | None:
    """Return a text that may say both: where one has a slot, the other's words stand."""
    if not _ends_meet(one, other):
        return None
    try:
        said = fill(other.tokens, other.slots)
        words = [
            stretch.said if stretch.same else _filled(stretch.wanted, one)
            for stretch in stretches(one, said)
        ]
    except KeyError:
        return None
    return " ".join(word for word in words if word)


def _filled(wanted: str, wording: Wording) -> str:
    return _SLOT.sub(lambda slot: _value(wording.slots, slot[1]), wanted)


def _value(slots: Mapping[str, Slot], name: str) -> str:
    samples = samples_of(slots[name.partition("#")[0]])
    if not samples:
        raise KeyError(name)
    return samples[0]
