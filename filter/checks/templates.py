"""Does the whole message fit one approved template, with one value for each slot?"""

from __future__ import annotations

from collections.abc import Iterator

from filter.checks.case import Case
from filter.message import Message
from filter.reading.text import normalise
from filter.ruleset import Match
from filter.templates.matcher import matches_any
from filter.templates.nearest import visible
from filter.verdict import CheckResult, Cleared, Finding, TrialKind

NAME = "templates"
_MAX_QUOTE = 120  # characters of a text in a finding
_MAX_NAME_WORDS = 4
_MAX_SHADOW = 20  # templates on trial that one decision names


def check(case: Case) -> CheckResult:
    """Vouch with the template's name, or say why none fits."""
    found = case.found
    shadow = tuple(
        Finding(NAME, "template.on_trial", f"the template {name}, in shadow, would fit")
        for name in found.shadow[:_MAX_SHADOW]
    )
    on_trial = tuple(
        (TrialKind.TEMPLATE, name, "template.on_trial") for name in found.shadow[:_MAX_SHADOW]
    )
    if isinstance(found, Match):
        unapproved = tuple(_object_to_alternatives(case.message, found))
        if unapproved:
            return CheckResult(findings=unapproved, shadow=shadow, on_trial=on_trial)
        grounds = f"fits the template {found.template.id} ({found.template.source})"
        return CheckResult(Cleared(NAME, grounds), shadow=shadow, on_trial=on_trial)
    return CheckResult(findings=found.findings, shadow=shadow, on_trial=on_trial)


def _object_to_alternatives(message: Message, found: Match) -> Iterator[Finding]:
    """Object to alternative texts, titles and labels that nobody approved.

    They are shown where pictures are blocked, pointed at or read aloud. What is listed may stand
    anywhere between words. What stands alone may also be the sender's name, the subject or a name
    from the text: there it cannot change a sentence. (What only repeats its own line or element is
    not among them, see reading/alternatives.py.)
    """
    template = found.template
    for text in dict.fromkeys((*message.alt_texts, *message.lone_texts)):
        spoken = normalise(text)
        if not spoken or (text not in message.alt_texts and _is_known(spoken, message)):
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


def _is_known(spoken: str, message: Message) -> bool:
    """Tell whether a text is the subject, or a name that sender or text say."""
    if spoken == normalise(message.subject or ""):
        return True
    if any(_says(normalise(one.display_name), spoken) for one in message.from_):
        return True
    words = spoken.split(" ")
    if len(words) > _MAX_NAME_WORDS or not all(word[:1].isupper() for word in words):
        return False
    return any(_names(view.text, spoken) for view in message.views)


def _says(text: str, words: str) -> bool:
    return f" {words} " in f" {text} "


def _names(text: str, words: str) -> bool:
    """Tell whether the words are a name in the text: their capitals do not begin a sentence."""
    place = f"{text} ".find(f" {words} ")
    return place > 0 and text[place - 1].isalnum()
