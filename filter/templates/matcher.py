"""Which approved template does a whole message fit, with one value for each slot?

Every view of the message, its subject and its preview text must say the same template with the
same values. Texts are compared whole, anchored at both ends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from filter.message import Channel, Message, View, ViewKind
from filter.mode import Mode
from filter.reading.text import normalise
from filter.ruleset import Match, MatchMode, Miss, Slot, Template
from filter.templates.compiled import Compiled, compile_template
from filter.templates.explain import Part, explain_miss
from filter.templates.index import Entry, Index
from filter.templates.markup import markup_of
from filter.templates.modes import lenient
from filter.templates.nearest import MAX_DIFFERENCE, compare, nearest_of, visible
from filter.templates.wording import Budget, Wording, compile_wording

# Templates with the same text (another sender, another subject) that are looked at before one is
# chosen. More of them would be a rule set that says the same thing over and over.
MAX_FITS = 16
TRIES_EACH = 10_000  # cuts of a message's texts that are tried for one template
TRIES = 30_000  # and for all of them together


def compile_matcher(templates: Sequence[Template]) -> TemplateMatcher:
    """Return the templates compiled for look-up. Raises TemplateError for the first bad one.

    Where a message fits several templates the one whose senders, attachments, alternative texts
    and number of pictures fit best is the match, and among equals the one that stands first.
    """
    return TemplateMatcher(
        [compile_template(template) for template in templates if template.mode is not Mode.OFF]
    )


def matches_any(
    patterns: Sequence[str],
    slots: Sequence[Slot] | Mapping[str, Slot],
    text: str,
    values: Mapping[str, str],
) -> Mapping[str, str] | None:
    """Return the values by which the text says one of the patterns, else None.

    Slots that ``values`` already knows must have that value. For alternative texts and the names
    of attachments; raises PatternError for a pattern that is not well-formed.
    """
    described = slots.values() if isinstance(slots, Mapping) else slots
    wordings = _compile_patterns(tuple(patterns), tuple(described))
    part, budget = Part("text", "text", "", normalise(text), wordings), Budget()
    for known in _each_round(values):
        found = next(_solve([part], known, budget), None)
        if found is not None:
            of_round = known.keys() - values.keys()
            return {name: value for name, value in found.items() if name not in of_round}
    return None


def _each_round(values: Mapping[str, str]) -> Iterator[Mapping[str, str]]:
    """Yield the values as each round of the message's repeats has them; once if there are none."""
    rounds: dict[str, dict[str, str]] = {}
    for key, value in values.items():
        name, mark, number = key.rpartition("#")
        if mark and name and "#" not in name:
            rounds.setdefault(number, {})[name] = value
    if not rounds:
        yield values
    for known in rounds.values():
        yield {**values, **known}


def difference_to(patterns: Sequence[str], slots: Sequence[Slot], text: str) -> str:
    """Return in which words a text differs from the nearest of the patterns, for people."""
    wordings = _compile_patterns(tuple(patterns), tuple(slots))
    said = normalise(text)
    nearest = nearest_of(said, [Entry(0, wording) for wording in wordings])
    return compare(nearest[0].wording, said)[1] if nearest else visible(said[:MAX_DIFFERENCE])


@lru_cache(maxsize=4096)
def _compile_patterns(patterns: tuple[str, ...], slots: tuple[Slot, ...]) -> tuple[Wording, ...]:
    known = {slot.name: slot for slot in slots}
    return tuple(compile_wording(pattern, known) for pattern in patterns)


class TemplateMatcher:
    """All templates of one rule set; implements filter.ruleset.Matcher. Never changes."""

    def __init__(self, compiled: Sequence[Compiled]) -> None:
        enforced = [one for one in compiled if one.template.mode is Mode.ENFORCE]
        self._enforced = _Shelf(enforced)
        self._shadow = _Shelf([one for one in compiled if one.template.mode is Mode.SHADOW])

    def match(self, message: Message) -> Match | Miss:
        """Return the template that fits the whole message, or why none does. Never raises."""
        asked = _ask(message)
        # A budget each: what is on trial takes nothing from what decides.
        shadow = tuple(fit.template.id for fit in self._shadow.fits(asked, Budget(TRIES)))
        fits = self._enforced.fits(asked, Budget(TRIES))
        if fits:
            best = fits[0] if len(fits) == 1 else max(fits, key=lambda f: _suitability(f, message))
            return Match(best.template, best.values, shadow)
        reason = explain_miss(
            message, self._enforced.near(asked), lambda one: parts_of(one, message)
        )
        return Miss(reason.findings, reason.nearest, shadow)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A message as the shelves are asked about it."""

    message: Message
    view: View | None  # the one that templates are looked up by
    words: frozenset[str]


class _Shelf:
    """The templates of one mode, in the order of the rule files."""

    def __init__(self, compiled: Sequence[Compiled]) -> None:
        self._compiled = tuple(compiled)
        self._texts = _index(compiled, lambda one: one.filed, lenient=False)
        self._lenient = _index(compiled, lambda one: one.filed, lenient=True)
        html_only = [one for one in compiled if one.template.htmls]
        places = {id(one): place for place, one in enumerate(compiled)}
        self._htmls = Index(
            [Entry(places[id(one)], wording) for one in html_only for wording in one.htmls]
        )

    def fits(self, asked: _Asked, budget: Budget) -> list[Match]:
        """Return the templates that fit the whole message, in their order."""
        found: list[Match] = []
        for one in self._candidates(asked):
            # One tangled candidate leaves the others something.
            with budget.share(TRIES_EACH) as own:
                values = _fit_all(parts_of(one, asked.message), own)
            if values is not None:
                found.append(Match(one.template, values))
                if len(found) == MAX_FITS:
                    break
        return found

    def near(self, asked: _Asked) -> list[Compiled]:
        """Return a few templates that the message may have been meant to be, likely ones first."""
        places = dict.fromkeys(one_place for one_place in self._places(asked))
        for view in asked.message.views:
            words = frozenset(view.text.split(" "))
            for entry in self._lookup(view, words):
                places.setdefault(entry.template)
            for index in self._all_indexes(view):
                for entry in index.neighbours(words, 20):
                    places.setdefault(entry.template)
        channel = asked.message.channel
        ordered = [self._compiled[place] for place in places]
        return sorted(ordered, key=lambda one: channel not in one.template.channels)

    def _candidates(self, asked: _Asked) -> Iterator[Compiled]:
        for place in sorted(set(self._places(asked))):
            one = self._compiled[place]
            if asked.message.channel in one.template.channels:
                yield one

    def _places(self, asked: _Asked) -> Iterator[int]:
        if asked.view is not None:
            for entry in self._lookup(asked.view, asked.words):
                yield entry.template

    def _lookup(self, view: View, words: frozenset[str]) -> Iterator[Entry]:
        for index in self._indexes(view):
            yield from index.candidates(view.text, words)
        if view.kind is ViewKind.TEXT and self._lenient.is_filled:
            text = lenient(view.text).text
            yield from self._lenient.candidates(text, frozenset(text.split(" ")))

    def _indexes(self, view: View) -> tuple[Index, ...]:
        # A template without htmls shows its texts in HTML, too.
        return (self._htmls, self._texts) if view.kind is ViewKind.HTML else (self._texts,)

    def _all_indexes(self, view: View) -> tuple[Index, ...]:
        return (*self._indexes(view), self._lenient)


def parts_of(one: Compiled, message: Message) -> list[Part]:
    """Return everything of the message that must say this template, each with what it may say."""
    parts = [
        Part(view.kind.value, view.name, view.where, one.text_of(view), one.wordings_for(view))
        for view in message.views
    ]
    # An SMS has no subject; one that has one nevertheless needs an approved one.
    if message.channel is Channel.EMAIL or message.subject:
        subject = normalise(message.subject or "")
        parts.append(Part("subject", "subject", "Subject", subject, one.subjects))
    parts += [
        Part("preheader", "preview text", view.where, normalise(view.preheader), one.preheaders)
        for view in message.views
        if view.preheader
    ]
    if one.markups:
        parts += [
            Part("markup", "mark-up", html.where, markup_of(html.source), one.markups)
            for html in message.htmls
        ]
    return parts


def _ask(message: Message) -> _Asked:
    # The plain text, if there is one: the shortest way to the template.
    texts = [view for view in message.views if view.kind is ViewKind.TEXT]
    view = next(iter((*texts, *message.views)), None)
    words = frozenset(view.text.split(" ")) if view is not None else frozenset[str]()
    return _Asked(message, view, words)


def _index(
    compiled: Sequence[Compiled],
    wordings: Callable[[Compiled], tuple[Wording, ...]],
    *,
    lenient: bool,
) -> Index:
    return Index(
        [
            Entry(place, wording)
            for place, one in enumerate(compiled)
            if (one.template.match is MatchMode.DLT) is lenient
            for wording in wordings(one)
        ]
    )


def _fit_all(parts: Sequence[Part], budget: Budget) -> Mapping[str, str] | None:
    """Return the values by which every part fits: the quick way first, then every way."""
    values: dict[str, str] = {}
    fitted: set[tuple[str, int]] = set()  # views of the same text need not be asked again
    for part in parts:
        asked = (part.text, id(part.wordings))
        if asked in fitted:
            continue
        fitted.add(asked)
        quick = next(
            (
                fit
                for wording in part.wordings
                if (fit := wording.fit(part.text, values)) is not None
            ),
            None,
        )
        if quick is None:
            if not any(wording.could_fit(part.text) for wording in part.wordings):
                return None
            return next(_solve(_tightest_first(parts), {}, budget), None)
        values = quick
    return values


def _tightest_first(parts: Sequence[Part]) -> list[Part]:
    """Return the parts, each text once, those first that can be cut in the fewest ways.

    Mark-up says where a value ends; in a text one value may follow another with a blank between.
    What the first part says of the values leaves the others little choice.
    """
    once = {(part.text, id(part.wordings)): part for part in parts}
    return sorted(
        once.values(),
        key=lambda part: (
            part.kind != "markup",
            min((wording.looseness for wording in part.wordings), default=0),
        ),
    )


def _solve(
    parts: Sequence[Part], values: Mapping[str, str], budget: Budget
) -> Iterator[Mapping[str, str]]:
    if not parts:
        yield values
        return
    for wording in parts[0].wordings:
        for found in wording.fits(parts[0].text, values, budget):
            yield from _solve(parts[1:], found, budget)


def _suitability(fit: Match, message: Message) -> tuple[bool, bool, bool, int, bool]:
    """Order templates of the same wording by what else of the message they allow."""
    template = fit.template
    senders = {one.address.lower() for one in message.from_} or {message.envelope.sender.lower()}
    names = {normalise(one.display_name) for one in message.from_}
    addresses = {allowed.address.lower() for allowed in template.senders}
    types = {attachment.media_type for attachment in message.attachments if not attachment.inline}
    allowed = {attachment.media_type for attachment in template.attachments}
    called = {normalise(name) for allowed in template.senders for name in allowed.names}
    pictures = template.pictures
    said = dict.fromkeys((*message.alt_texts, *message.lone_texts))
    unlisted = sum(
        matches_any(pictures.alt_texts, template.slots, text, fit.values) is None for text in said
    )
    shown = sum(bool(picture.content) for picture in message.pictures)  # not those in documents
    fits = pictures.min_count <= shown <= pictures.max_count
    return senders <= addresses, names <= called, types <= allowed, -unlisted, fits
