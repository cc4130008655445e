"""The texts of a message beside what one template lets them say, as data for people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from filter.message import Message
from filter.ruleset import Template
from filter.templates.compiled import compile_template
from filter.templates.explain import Part
from filter.templates.index import Entry
from filter.templates.matcher import parts_of
from filter.templates.nearest import MAX_CHARACTERS, Stretch, nearest_of, skeleton, stretches
from filter.templates.settling import settle
from filter.templates.wording import Budget, Wording

MAX_PARTS = 40


@dataclass(frozen=True, slots=True)
class Beside:
    """One text of the message, and the wording that comes nearest to it.

    ``values`` are those of the slots, as far as they can be told where the text does not fit.
    ``refused`` says which slot does not take its value and why. ``uncompared`` counts characters.
    """

    label: str  # "html, pictures blocked", "subject"
    where: str
    text: str
    wording: str  # "" when the template has none
    fits: bool
    stretches: tuple[Stretch, ...]
    values: Mapping[str, str]
    refused: str = ""
    uncompared: int = 0


def set_beside(message: Message, template: Template) -> tuple[Beside, ...]:
    """Return each view, the subject and preview texts beside the template; at most MAX_PARTS."""
    # Mark-up is not for reading; a finding says where it leaves the template's.
    parts = [
        part for part in parts_of(compile_template(template), message) if part.kind != "markup"
    ]
    # The subject comes first, as in an inbox; then the views, of which there may be many.
    parts.sort(key=lambda part: part.kind != "subject")
    known: dict[tuple[str, tuple[str, ...]], Beside] = {}
    found = []
    for part in parts[:MAX_PARTS]:
        key = (part.text, tuple(skeleton(wording) for wording in part.wordings))
        if key not in known:
            known[key] = _beside(part)
        one = known[key]
        found.append(
            Beside(part.label, part.where, one.text, one.wording, one.fits, one.stretches,
                   one.values, one.refused, one.uncompared)
        )  # fmt: skip
    return tuple(found)


def _beside(part: Part) -> Beside:
    budget = Budget(2_000)
    for wording in part.wordings:
        values = next(wording.fits(part.text, {}, budget), None)
        if values is not None:
            return _with(part, wording, fits=True, values=values)
    nearest = nearest_of(part.text, [Entry(0, wording) for wording in part.wordings])
    if nearest is None:
        only = (Stretch(same=False, wanted="", said=part.text[:MAX_CHARACTERS]),)
        rest = max(0, len(part.text) - MAX_CHARACTERS)
        return Beside(part.label, part.where, part.text, "", False, only, {}, "", rest)
    return _with(part, nearest[0].wording, fits=False, values={})


def _with(part: Part, wording: Wording, *, fits: bool, values: Mapping[str, str]) -> Beside:
    found = tuple(stretches(wording, part.text))
    misfit = None if fits else settle(wording, part.text).explain(part.text)
    alone = {name: value for one in found for name, value in one.values.items()}
    return Beside(
        label=part.label,
        where=part.where,
        text=part.text,
        wording=skeleton(settle(wording, part.text)),
        fits=fits,
        stretches=found,
        values=values or alone,
        refused=f'{{{misfit.slot}}} does not take "{misfit.value}": {misfit.why}' if misfit else "",
        uncompared=max(0, len(part.text) - MAX_CHARACTERS),
    )
