"""Does the whole message fit one approved template, with one value for each slot?"""

from __future__ import annotations

from collections.abc import Iterator

from filter.checks.case import Case
from filter.message import Message
from filter.reading.text import normalise
from filter.ruleset import Match
from filter.templates.matcher import matches_any
from filter.templates.nearest import visible
from filter.verdict import CheckResult, Cleared, Finding

NAME = "templates"
_MAX_QUOTE = 120  # characters of a text in a finding
_MAX_SHADOW = 20  # templates on trial that one decision names


def check(case: Case) -> CheckResult:
    """Vouch with the template's name, or say why none fits."""
    found = case.found
    shadow = tuple(
        Finding(NAME, "template.on_trial", f"the template {name}, in shadow, would fit")
        for name in found.shadow[:_MAX_SHADOW]
    )
    if isinstance(found, Match):
        unapproved = tuple(_object_to_alternatives(case.message, found))
        if unapproved:
            return CheckResult(findings=unapproved, shadow=shadow)
        grounds = f"fits the template {found.template.id} ({found.template.source})"
        return CheckResult(Cleared(NAME, grounds), shadow=shadow)
    return CheckResult(findings=found.findings, shadow=shadow)


def _object_to_alternatives(message: Message, found: Match) -> Iterator[Finding]:
    """Object to alternative texts, titles and labels that nobody approved.

    They are shown where pictures are blocked, pointed at or read aloud. What stands in the approved
    text word for word says nothing new there: a button's title may repeat the button.
    """
    template = found.template
    said = [f" {view.text} " for view in message.views] + [f" {normalise(message.subject or '')} "]
    for text in message.alt_texts:
        spoken = normalise(text)
        if not spoken or any(f" {spoken} " in one for one in said):
            continue
        approved = template.pictures.alt_texts
        if matches_any(approved, template.slots, spoken, found.values) is None:
            yield Finding(
                NAME,
                "template.alternative",
                f'the template {template.id} has no alternative text or title "'
                f'{visible(spoken[:_MAX_QUOTE])}"',
                "alternative text",
            )
