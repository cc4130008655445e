"""Is any picture a known prank picture, and are there as many as the template shows?"""

from __future__ import annotations

from collections.abc import Iterator

from filter.checks.approvedpictures import object_to_unapproved
from filter.checks.case import Case
from filter.checks.knownpictures import find_known_in
from filter.checks.picturenames import object_to_names
from filter.message import Message, Picture
from filter.pictures.likeness import usable
from filter.reading.text import normalise
from filter.reading.troubles import quote
from filter.ruleset import Match, PictureRule
from filter.verdict import CheckResult, Cleared, Finding, TrialKind

NAME = "images"


def check(case: Case) -> CheckResult:
    """Object to known pictures and to a number of pictures that the template does not show."""
    findings: list[Finding] = []
    shadow: list[Finding] = []
    tried: dict[tuple[TrialKind, str, str], None] = {}
    for known in find_known_in(NAME, case.message.pictures, case.rules):
        (findings if known.holds else shadow).append(known.finding)
        if not known.holds:
            kind = TrialKind.IMAGE_LIST if known.is_list else TrialKind.PICTURE
            tried[(kind, known.rule, known.finding.code)] = None
    findings += object_to_names(case)
    findings += _judge_codes(case)
    findings += _judge_number(case)
    findings += object_to_unapproved(case)
    if findings:
        return CheckResult(findings=tuple(findings), shadow=tuple(shadow), on_trial=tuple(tried))
    return CheckResult(Cleared(NAME, _grounds(case)), shadow=tuple(shadow), on_trial=tuple(tried))


def _judge_codes(case: Case) -> Iterator[Finding]:
    """Object to a code that is no link, unless it says what the text says in one of its slots.

    Links in codes are among the message's links.
    """
    values = case.found.values if isinstance(case.found, Match) else {}
    for code in case.message.codes:
        if normalise(code.text) not in values.values():
            yield Finding(NAME, "picture.code", f"a code says {quote(code.text)}", code.where)


def _judge_number(case: Case) -> Iterator[Finding]:
    if not isinstance(case.found, Match):
        return
    rule: PictureRule = case.found.template.pictures
    number = len(_shown(case.message))
    if not rule.min_count <= number <= rule.max_count:
        yield Finding(
            NAME,
            "image.count",
            f"{number} pictures; template {case.found.template.id} shows {_span(rule)}",
        )


def _span(rule: PictureRule) -> str:
    if rule.min_count == rule.max_count:
        return str(rule.max_count) if rule.max_count else "none"
    return f"{rule.min_count} to {rule.max_count}"


def _shown(message: Message) -> list[Picture]:
    """Return the message's own pictures; those inside a document carry no bytes of their own."""
    return [picture for picture in message.pictures if picture.content]


def _grounds(case: Case) -> str:
    pictures = case.message.pictures
    if not pictures:
        return "no pictures"
    compared = sum(any(True for _ in usable(picture.appearance.views)) for picture in pictures)
    flat = len(pictures) - compared
    text = f"{compared} pictures compared with {len(case.rules.images)} known ones"
    if case.rules.image_lists:
        listed = sum(known.hashes.count for known in case.rules.image_lists)
        text = f"{text} and {listed} of lists"
    return f"{text}, {flat} too flat to show anything" if flat else text
