"""Why does a message fit no template: which one was it meant to be, and what breaks it?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from filter.message import Channel, Message
from filter.ruleset import Miss
from filter.templates.compiled import Compiled
from filter.templates.index import Entry
from filter.templates.nearest import compare, nearest_of, visible
from filter.templates.wording import Budget, Misfit, Wording
from filter.verdict import Finding, Nearest

NAME = "templates"
_MAX_NEAR = 12  # templates that are looked at closely
_MAX_QUOTE = 60  # characters of a value in a finding
_MAX_DETAIL = 400

_CODES = {
    "text": "template.none",
    "html": "template.html",
    "subject": "template.subject",
    "preheader": "template.preheader",
}
_CHANNEL_WORDS = {Channel.EMAIL: "e-mail", Channel.SMS: "text messages"}


@dataclass(frozen=True, slots=True)
class Part:
    """A text of the message with all that one template lets it say."""

    kind: str  # "text", "html", "subject", "preheader"
    label: str  # how people call it: "html, pictures blocked"
    where: str
    text: str
    wordings: Sequence[Wording]

    def fits(self) -> bool:
        """Return whether the part alone says one of the wordings."""
        budget = Budget(2_000)
        return any(
            next(wording.fits(self.text, {}, budget), None) is not None for wording in self.wordings
        )


@dataclass(frozen=True, slots=True)
class _Trial:
    """One template held against the message."""

    one: Compiled
    misfits: tuple[Part, ...]  # parts that do not fit
    fits: int  # how many do
    fitting_characters: int
    findings: tuple[Finding, ...]


def explain_miss(
    message: Message, near: Sequence[Compiled], parts_of: Callable[[Compiled], list[Part]]
) -> Miss:
    """Return the findings on a message that fits no template, and the nearest one. Never raises."""
    if not message.views:
        return Miss((_none("the message has no text that a reader could see"),))
    if not near:
        return Miss((_none("there is no approved template"),))
    wrong_channel = message.channel not in near[0].template.channels
    trials = [_try(one, parts_of(one), message) for one in near[:_MAX_NEAR]]
    meant = [trial for trial in trials if _is_telling(trial)]
    if meant:
        best = min(meant, key=lambda trial: (len(trial.findings), -trial.fits))
        return Miss(best.findings, _nearest_in(best))
    return _far(message, near, wrong_channel=wrong_channel)


def _try(one: Compiled, parts: list[Part], message: Message) -> _Trial:
    if message.channel not in one.template.channels:
        words = " and ".join(sorted(_CHANNEL_WORDS[c] for c in one.template.channels))
        finding = _finding(
            "template.channel", f"the template {one.template.id} is for {words} only"
        )
        fitting = [part for part in parts if part.fits()]
        return _Trial(one, (), len(fitting), _characters(fitting), (finding,))
    misfits = tuple(part for part in parts if not part.fits())
    findings = tuple(_explain_part(one, part) for part in misfits)
    if not misfits:
        findings = (_explain_values(one, parts),)
    fitting = [part for part in parts if part not in misfits]
    return _Trial(one, misfits, len(fitting), _characters(fitting), findings)


def _is_telling(trial: _Trial) -> bool:
    """Return whether the message was meant to be this template: one of its texts says so."""
    if trial.findings[0].code == "template.channel":
        return trial.fits > 0
    texts_fit = any(part.kind in ("text", "html") for part in trial.misfits) is False
    slots = [f for f in trial.findings if f.code in ("template.slot", "template.html")]
    others = [f for f in trial.findings if f.code == "template.none"]
    if texts_fit:
        return True
    return not others and (trial.fits > 0 or any(f.code == "template.slot" for f in slots))


def _explain_part(one: Compiled, part: Part) -> Finding:
    template = one.template.id
    for wording in part.wordings:
        misfit = wording.explain(part.text)
        if misfit is not None:
            return _explain_slot(template, part, misfit)
    if not part.text:
        return _finding(_CODES[part.kind], f"the template {template} wants one; it is empty", part)
    if not part.wordings:
        return _finding(
            _CODES[part.kind], f'the template {template} has none: "{_quote(part.text)}"', part
        )
    percent, difference = _closest(part)
    return _finding(
        _CODES[part.kind], f"not as in the template {template} ({percent} %): {difference}", part
    )


def _explain_slot(template: str, part: Part, misfit: Misfit) -> Finding:
    return _finding(
        "template.slot",
        f'the slot {misfit.slot} of the template {template} does not take "{_quote(misfit.value)}":'
        f" {misfit.why}",
        part,
    )


def _explain_values(one: Compiled, parts: list[Part]) -> Finding:
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


def _nearest_in(trial: _Trial) -> Nearest | None:
    part = next((p for p in trial.misfits if p.wordings), None)
    if part is None:
        return Nearest(trial.one.template.id, 100, "")
    percent, difference = _closest(part)
    alike = 100 * trial.fitting_characters + percent * len(part.text)
    whole = trial.fitting_characters + len(part.text)
    return Nearest(trial.one.template.id, alike // whole if whole else percent, difference)


def _characters(parts: Sequence[Part]) -> int:
    return sum(len(part.text) for part in parts)


def _closest(part: Part) -> tuple[int, str]:
    """Return likeness and difference to the nearest of the part's wordings."""
    found = nearest_of(part.text, [Entry(0, wording) for wording in part.wordings])
    return compare(found[0].wording, part.text) if found else (0, _quote(part.text))


def _far(message: Message, near: Sequence[Compiled], *, wrong_channel: bool) -> Miss:
    view = message.views[0]
    entries = [
        Entry(place, wording)
        for place, one in enumerate(near)
        for wording in one.wordings_for(view)
    ]
    found = nearest_of(view.text, entries)
    if found is None:
        return Miss((_none("no approved template has such a text"),))
    template = near[found[0].template].template
    percent, difference = compare(found[0].wording, view.text)
    finding = _none(f"nearest is {template.id} ({percent} %): {difference}", view.where)
    if wrong_channel:
        finding = _none(
            f"no approved template is for {_CHANNEL_WORDS[message.channel]}; nearest is"
            f" {template.id} ({percent} %): {difference}",
            view.where,
        )
    return Miss((finding,), Nearest(template.id, percent, difference))


def _none(detail: str, where: str = "") -> Finding:
    return Finding(NAME, "template.none", _cut(detail), where)


def _finding(code: str, detail: str, part: Part | None = None) -> Finding:
    return Finding(NAME, code, _cut(detail), part.where if part else "")


def _quote(text: str) -> str:
    shown = visible(text)
    return shown if len(shown) <= _MAX_QUOTE else shown[: _MAX_QUOTE - 1] + "…"


def _cut(detail: str) -> str:
    return detail if len(detail) <= _MAX_DETAIL else detail[: _MAX_DETAIL - 1] + "…"
