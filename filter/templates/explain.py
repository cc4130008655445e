"""Why does a message fit no template: which one was it meant to be, and what breaks it?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from filter.message import Channel, Message
from filter.ruleset import Miss
from filter.templates.compiled import Compiled
from filter.templates.index import Entry
from filter.templates.markup import difference_in_markup
from filter.templates.nearest import compare, nearest_of, skeleton, visible
from filter.templates.settling import settle
from filter.templates.wording import Budget, Misfit, Wording
from filter.verdict import Finding, Nearest

NAME = "templates"
_MAX_NEAR = 12  # templates that are looked at closely
_MAX_WORDINGS = 6  # of one template that are looked at when none is close
_MAX_QUOTE = 60  # characters of a value in a finding
# A difference to what is less alike misleads: percent of equal words, and of equal letters.
_LEAST_NEAR, _LEAST_SCORE = 20, 50
_MAX_DETAIL = 400
_TRIES_OF_PART = 2_000  # cuts of one text that are tried
_TRIES = 4_000  # and of all together

_CODES = {
    "text": "template.none",
    "html": "template.html",
    "subject": "template.subject",
    "preheader": "template.preheader",
    "markup": "template.markup",
}
_CHANNEL_WORDS = {Channel.EMAIL: "e-mail", Channel.SMS: "text messages"}


@dataclass(frozen=True, slots=True)
class Part:
    """A text of the message with all that one template lets it say."""

    kind: str  # "text", "html", "subject", "preheader", "markup"
    label: str  # how people call it: "html, pictures blocked"
    where: str
    text: str
    wordings: Sequence[Wording]

    def fits(self, pool: Budget) -> bool:
        """Return whether the part alone says one of the wordings; at most a share of the budget."""
        with pool.share(_TRIES_OF_PART) as budget:
            return any(wording.says(self.text, budget) for wording in self.wordings)


@dataclass(frozen=True, slots=True)
class _Trial:
    """One template held against the message. Differences are worked out for the best one only."""

    one: Compiled
    parts: tuple[Part, ...]
    misfits: tuple[tuple[Part, Misfit | None], ...]  # parts that do not fit, and the slot at fault
    right_channel: bool

    @property
    def fits(self) -> int:
        """How many parts fit."""
        return len(self.parts) - len(self.misfits)

    def is_telling(self) -> bool:
        """Return whether the message was meant to be this template: one of its texts says so."""
        said = [
            misfit is not None or part.kind == "subject"
            for part, misfit in self.misfits
            if part.kind not in ("preheader", "markup")
        ]
        texts = [part for part, _ in self.misfits if part.kind in ("text", "html")]
        whole = len(texts) < sum(part.kind in ("text", "html") for part in self.parts)
        return whole or (self.right_channel and bool(texts) and all(said))


def explain_miss(
    message: Message, near: Sequence[Compiled], parts_of: Callable[[Compiled], list[Part]]
) -> Miss:
    """Return the findings on a message that fits no template, and the nearest one. Never raises."""
    if not message.views:
        return Miss((_none("the message has no text that a reader could see"),))
    if not near:
        return Miss((_none("there is no approved template"),))
    pool = Budget(_TRIES)
    trials = [_try(one, parts_of(one), message, pool) for one in near[:_MAX_NEAR]]
    meant = [trial for trial in trials if trial.is_telling()]
    if not meant:
        return _far(message, near[:_MAX_NEAR])
    best = min(meant, key=lambda t: (not t.right_channel, len(t.misfits), -t.fits))
    if not best.right_channel:
        return _of_other_channel(best)
    if not best.misfits:
        return Miss(
            (_explain_values(best.one, best.parts),), Nearest(best.one.template.id, 100, "")
        )
    return _explain(best)


def _try(one: Compiled, parts: list[Part], message: Message, pool: Budget) -> _Trial:
    misfits = tuple((part, _slot_at_fault(part)) for part in parts if not part.fits(pool))
    return _Trial(one, tuple(parts), misfits, message.channel in one.template.channels)


def _slot_at_fault(part: Part) -> Misfit | None:
    found = (settle(wording, part.text).explain(part.text) for wording in part.wordings)
    return next((misfit for misfit in found if misfit is not None), None)


def _of_other_channel(trial: _Trial) -> Miss:
    template = trial.one.template
    words = " and ".join(sorted(_CHANNEL_WORDS[channel] for channel in template.channels))
    finding = _finding("template.channel", f"the template {template.id} is for {words} only")
    return Miss((finding,), Nearest(template.id, 100, ""))


def _explain(trial: _Trial) -> Miss:
    template = trial.one.template.id
    findings = []
    first: tuple[int, str] | None = None
    wrong = 0.0
    for part, misfit in trial.misfits:
        if part.kind == "markup":
            difference = difference_in_markup(part.wordings, part.text)
            first = first or (99, difference)
            findings.append(_explain_markup(template, part, difference))
            continue
        percent, difference = _closest(part)
        first = first or (percent, difference)
        wrong += len(part.text) * (100 - percent) / 100
        findings.append(
            _explain_slot(template, part, misfit)
            if misfit
            else _explain_words(template, part, percent, difference)
        )
    whole = sum(len(part.text) for part in trial.parts if part.kind != "markup")
    alike = round(100 * (whole - wrong) / whole) if whole else 0
    difference = first[1] if first else ""
    return Miss(tuple(findings), Nearest(template, min(alike, 99), difference))


def _explain_words(template: str, part: Part, percent: int, difference: str) -> Finding:
    code = _CODES[part.kind]
    if not part.text:
        return _finding(code, f"the template {template} wants one; it is empty", part)
    if not part.wordings:
        return _finding(code, f'the template {template} has none: "{_quote(part.text)}"', part)
    detail = f"not as in the template {template} ({percent} %): {difference}"
    return _finding(code, detail, part)


def _explain_markup(template: str, part: Part, difference: str) -> Finding:
    if not part.text:
        return _finding("template.markup", "it has tags that are not spelled plainly", part)
    detail = f"not the mark-up of the template {template}: {difference}"
    return _finding("template.markup", detail, part)


def _explain_slot(template: str, part: Part, misfit: Misfit) -> Finding:
    return _finding(
        "template.slot",
        f'the slot {misfit.slot} of the template {template} does not take "{_quote(misfit.value)}":'
        f" {misfit.why}",
        part,
    )


def _explain_values(one: Compiled, parts: Sequence[Part]) -> Finding:
    """Every part fits alone, but not with the same values."""
    seen: dict[str, tuple[str, str]] = {}
    for part in parts:
        budget = Budget(2_000)
        fits = (next(w.fits(part.text, {}, budget), None) for w in part.wordings)
        values = next((found for found in fits if found is not None), {})
        for slot, value in values.items():
            known, label = seen.setdefault(slot, (value, part.label))
            if known != value:
                return _finding(
                    "template.values_differ",
                    f'the slot {slot} of the template {one.template.id} is "{_quote(known)}" in'
                    f' {label} but "{_quote(value)}" in {part.label}',
                    part,
                )
    return _none(
        f"the text is too tangled to be held against the template {one.template.id} for certain"
    )


def _closest(part: Part) -> tuple[int, str]:
    """Return likeness and difference to the nearest of the part's wordings."""
    if not part.wordings:
        return 0, _quote(part.text)
    nearest = part.wordings[0]
    if len(part.wordings) > 1:
        found = nearest_of(part.text, [Entry(0, wording) for wording in part.wordings])
        nearest = found[0].wording if found else nearest
    return compare(nearest, part.text)


def _far(message: Message, near: Sequence[Compiled]) -> Miss:
    view = message.views[0]
    near = [one for one in near if message.channel in one.template.channels] or near
    entries = [
        Entry(place, wording)
        for place, one in enumerate(near)
        for wording in one.wordings_for(view)[:_MAX_WORDINGS]
    ]
    found = nearest_of(view.text, entries)
    if found is None:
        return Miss((_none("no approved template has such a text"),))
    template = near[found[0].template].template
    percent, difference = compare(found[0].wording, view.text)
    # A much longer text may hold the whole wording and be little like it for all that it adds.
    hardly = percent < _LEAST_NEAR and found[1] < _LEAST_SCORE
    if hardly and len(view.text) < 2 * len(skeleton(found[0].wording)):
        return Miss((_none("no approved template comes near", view.where),))
    detail = f"nearest is {template.id} ({percent} %): {difference}"
    if message.channel not in template.channels:
        detail = f"no template for {_CHANNEL_WORDS[message.channel]} comes near; {detail}"
    return Miss((_none(detail, view.where),), Nearest(template.id, percent, difference))


def _none(detail: str, where: str = "") -> Finding:
    return Finding(NAME, "template.none", _cut(detail), where)


def _finding(code: str, detail: str, part: Part | None = None) -> Finding:
    return Finding(NAME, code, _cut(detail), part.where if part else "")


def _quote(text: str) -> str:
    shown = visible(text)
    return shown if len(shown) <= _MAX_QUOTE else shown[: _MAX_QUOTE - 1] + "…"


def _cut(detail: str) -> str:
    return detail if len(detail) <= _MAX_DETAIL else detail[: _MAX_DETAIL - 1] + "…"
