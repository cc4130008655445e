"""Messages that were sent to proposals: the whole way, from clusters to doubts."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace

from filter.learning.clusters import clusters_of, group_of
from filter.learning.doubts import Bar, doubts_about
from filter.learning.fillings import plain_value, wide_value
from filter.learning.proposals import (
    Doubt,
    Evidence,
    Filling,
    Proposal,
    days_of,
    evidence_of,
    filled,
    samples_of,
    template_of,
)
from filter.learning.refine import Found, refine
from filter.learning.seen import SUBJECT, Seen
from filter.templates.matcher import matches_any

_LEAST = 2  # messages of a proposal
_LEAST_WORDS = 3  # of a wording that another one may hold
_HOLE = re.compile(r"\{[^}]*\}")
_MOST_ID = 48
_WORDS_OF_ID = 6

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Learned:
    """All proposals, most messages first, and what suggests none: letters, one-offs."""

    proposals: tuple[Proposal, ...]
    left: tuple[Seen, ...]


def learn(
    messages: Sequence[Seen],
    bar: Bar,
    progress: Progress | None = None,
    taken: frozenset[str] = frozenset(),
) -> Learned:
    """Return what messages suggest. The same messages in any order give the same result.

    ``taken`` are ids that proposals must not have, because rules have them already.
    """
    say = progress or (lambda _step, _done, _all: None)
    ordered = sorted(messages, key=lambda one: one.order)
    clusters = clusters_of(ordered)
    evidence: list[Evidence] = []
    left: list[Seen] = []
    for number, cluster in enumerate(clusters):
        say("taking apart", number, len(clusters))
        found, rest = _refine_all(cluster)
        evidence += [evidence_of(one) for one in found]
        left += rest
    evidence, left = _absorb(evidence, left)
    evidence = [_once_more(one) for one in evidence]
    kept = []
    for one in evidence:
        if len(one.messages) >= _LEAST and _has_words(one):
            kept.append(one)
        else:
            left += one.messages
    kept.sort(key=lambda one: (-len(one.messages), repr(sorted(one.patterns.items()))))
    names = _Names(taken)
    proposals = []
    for number, one in enumerate(kept):
        say("proposing", number, len(kept))
        proposals.append(_propose(one, names, bar))
    proposals = _with_siblings(proposals)
    return Learned(tuple(proposals), tuple(sorted(left, key=lambda one: one.order)))


def _has_words(evidence: Evidence) -> bool:
    texts = (text for several in evidence.patterns.values() for text in several)
    return any(re.search(r"[^\W\d_]", _HOLE.sub("", text)) for text in texts)


def _refine_all(cluster: list[Seen]) -> tuple[list[Found], list[Seen]]:
    """Take a cluster apart; what is left of it once more, as clusters of its own."""
    found, rest = refine(cluster)
    for _ in range(2):
        if not rest or len(rest) == len(cluster):
            break
        remaining: list[Seen] = []
        for part in clusters_of(rest):
            more, left = refine(part)
            found += more
            remaining += left
        if len(remaining) == len(rest):
            break
        rest = remaining
    return found, rest


def _absorb(evidence: list[Evidence], left: list[Seen]) -> tuple[list[Evidence], list[Seen]]:
    """Give messages of small clusters to larger ones that take them, word for word."""
    by_group: dict[Hashable, list[Evidence]] = defaultdict(list)
    for one in sorted(evidence, key=lambda each: -len(each.messages)):
        by_group[group_of(one.messages[0])].append(one)
    for group in by_group.values():
        for place in range(len(group) - 1, 0, -1):
            small = group[place]
            rest = [one for one in small.messages if not _give(one, group[:place])]
            if len(rest) < len(small.messages):
                group.pop(place)
                left += rest
    left = [one for one in left if not _give(one, by_group.get(group_of(one), ()))]
    return [one for group in by_group.values() for one in group], left


def _once_more(evidence: Evidence) -> Evidence:
    """Take a template apart again with the messages that it was given: they say more of its slots.

    What was too few values for a choice may be all there are.
    """
    if len(evidence.messages) == len(evidence.found.messages):
        return evidence
    ordered = sorted(evidence.messages, key=lambda one: one.order)
    found, rest = refine(ordered)
    if len(found) != 1 or rest or found[0].outlier_count:
        return evidence
    first = evidence.found
    again = replace(found[0], outliers=first.outliers, outlier_count=first.outlier_count)
    return evidence_of(again)


def _give(message: Seen, groups: Sequence[Evidence]) -> bool:
    for one in groups:
        values = values_in(one, message)
        if values is not None:
            one.messages.append(message)
            one.values.append(values)
            return True
    return False


def values_in(evidence: Evidence, message: Seen) -> Mapping[str, str] | None:
    """Return the values by which a template takes the texts of a message, None if it does not."""
    values: Mapping[str, str] = {}
    slots = tuple(evidence.found.slots.values())
    for surface in message.surfaces:
        fits = matches_any(evidence.patterns.get(surface.kind, ()), slots, surface.text, values)
        if fits is None:
            return None
        values = fits
    # What branch a structure took is among the values, under a name that no slot can have.
    return {name: value for name, value in values.items() if name[:1] != "#"}


def _propose(evidence: Evidence, names: _Names, bar: Bar) -> Proposal:
    found = evidence.found
    template, doubts = template_of(evidence, names.of(evidence))
    seen = {slot.name: evidence.of_slot(slot.name) for slot in template.slots}
    plain = {slot.name: plain_value(slot, seen[slot.name]) for slot in template.slots}
    wide = {slot.name: wide_value(slot, seen[slot.name]) for slot in template.slots}
    messages = evidence.messages
    times = sorted(one.at for one in messages if one.at is not None)
    every = [*doubts_about(evidence, template, bar), *doubts]
    if any(not text for texts in evidence.patterns.values() for text in texts):
        every.append(Doubt("impossible", "a text or the subject is empty: no rule can say that"))
    return Proposal(
        template=template,
        count=len(messages),
        newly=sum(not one.approved for one in messages),
        recipients=len({one for message in messages for one in message.recipients}),
        days=days_of(messages),
        first=times[0] if times else None,
        last=times[-1] if times else None,
        samples=samples_of(evidence),
        plain=_page(filled(found, plain), template.htmls),
        widest=_page(filled(found, wide), template.htmls),
        outliers=found.outliers,
        outlier_count=found.outlier_count,
        doubts=tuple(sorted(dict.fromkeys(every), key=lambda doubt: not doubt.blocks)),
        messages=tuple(messages),
    )


def _page(filling: Filling, htmls: tuple[str, ...]) -> Filling:
    """Return a filling without an HTML text that is the same as the plain one."""
    return filling if htmls or filling.text is None else replace(filling, html=None)


def _with_siblings(proposals: Sequence[Proposal]) -> list[Proposal]:
    """Return the proposals, with a doubt where one says all that another says, and more.

    That is how a slot is widened without widening it: by messages enough with the same sentence in
    it, which become a wording of their own.
    """
    words = [_fixed_words(one) for one in proposals]
    sets = [frozenset(one) for one in words]
    senders = [{address for _, address in one.template.senders} for one in proposals]
    told = []
    for number, one in enumerate(proposals):
        inside = [
            other
            for place, other in enumerate(proposals)
            if place != number
            and _LEAST_WORDS <= len(words[place]) < len(words[number])
            and senders[place] & senders[number]
            and sets[place] <= sets[number]
            and _is_within(words[place], words[number])
        ]
        if inside:
            text = f"it says what {inside[0].template.id} says, and more: is that in a slot of it?"
            doubts = sorted((Doubt("sibling", text), *one.doubts), key=lambda each: not each.blocks)
            one = replace(one, doubts=tuple(doubts))  # noqa: PLW2901
        told.append(one)
    return told


def _fixed_words(proposal: Proposal) -> tuple[str, ...]:
    template = proposal.template
    texts = (*template.subjects[:1], *(template.texts or template.htmls)[:1])
    return tuple(word for text in texts for word in re.findall(r"\w+", _HOLE.sub(" ", text)))


def _is_within(few: Sequence[str], more: Sequence[str]) -> bool:
    rest = iter(more)
    return all(word in rest for word in few)


class _Names:
    """Gives each proposal an id of its own, made of its subject or its first words."""

    __slots__ = ("_used",)

    def __init__(self, taken: frozenset[str]) -> None:
        self._used = set(taken)

    def of(self, evidence: Evidence) -> str:
        patterns = evidence.patterns
        text = next(iter(patterns.get(SUBJECT) or next(iter(patterns.values()))), "")
        words = re.findall(r"[a-z0-9]+", re.sub(r"\{[^}]*\}", " ", text.lower()))[:_WORDS_OF_ID]
        name = "-".join(words)[:_MOST_ID].strip("-")
        name = name if name and name[0].isalpha() else f"learnt-{name}".strip("-")
        free, number = name, 2
        while free in self._used:
            free, number = f"{name}-{number}", number + 1
        self._used.add(free)
        return free
