"""Inspects one transaction: bytes to Message, Message to Verdict, every step accounted for."""

from __future__ import annotations

import hashlib
import logging
import re
import traceback
from collections.abc import Iterable
from dataclasses import replace
from itertools import chain
from pathlib import PurePath

from filter.basis import digest_of_link, digest_of_template
from filter.checks.all import CHECKS, Check
from filter.checks.case import Case
from filter.message import Attachment, Channel, Code, Link, LinkKind, Message, Picture, Transaction
from filter.reading.look import Looker
from filter.reading.mail import read_mail
from filter.reading.sms import read_text_message
from filter.reading.sniff import PACKED_FILES
from filter.ruleset import Match, Miss, RuleSet
from filter.settings import Inspection
from filter.verdict import (
    Basis,
    CheckResult,
    Disposition,
    Effect,
    Finding,
    PassedPicture,
    Trial,
    TrialKind,
    Verdict,
    held_for,
    judge,
)

log = logging.getLogger("sallyport.inspection")

PLACES_SHOWN = 4
_HOLDING_KINDS = frozenset({TrialKind.PICTURE, TrialKind.IMAGE_LIST})
_LINK_IN_CODE = re.compile(r"(?:https?|mailto|tel):\S+", re.IGNORECASE)
DOCUMENT_TYPES = frozenset({"application/pdf"}) | PACKED_FILES


def inspect(
    transaction: Transaction, rules: RuleSet, looker: Looker, limits: Inspection
) -> Verdict:
    """Return the verdict on a transaction. Never raises: what fails here is a finding.

    Synchronous and CPU-bound; the caller chooses where it runs and how long it may take.
    """
    try:
        message = look(read(transaction, limits), looker)
        return judge_message(message, rules)
    except Exception as exc:  # noqa: BLE001 - the outermost handler: doubt is a hold, never a pass
        return inspection_failed(exc, rules)


def inspection_failed(fault: Exception, rules: RuleSet) -> Verdict:
    """Return the verdict of a message whose inspection raised: held, and the log says where."""
    log.error("inspection failed fault=%s at=%s", type(fault).__name__, _place_of(fault))
    return held_for(
        Finding("inspection", "check.error", f"inspection failed: {type(fault).__name__}"),
        revision=rules.revision,
    )


def judge_message(message: Message, rules: RuleSet) -> Verdict:
    """Return the verdict on a message that has been read and looked at."""
    cases = _cases(message, rules)
    answers = _ask_each(cases)
    verdict = _verdict(cases, answers, rules)
    tried = [one for _, result in answers for one in result.on_trial]
    if tried:
        verdict = replace(verdict, trials=_trials(tried, verdict, cases, rules))
    if verdict.disposition is not Disposition.PASS:
        return verdict
    fingerprint = fingerprint_of(message) if rules.floods.repeats else ""
    return replace(
        verdict,
        fingerprint=fingerprint,
        pictures=_passed_pictures(message),
        basis=_basis(cases, answers),
    )


def _cases(message: Message, rules: RuleSet) -> list[Case]:
    every = (message, *message.enclosed)
    return [Case(one, rules, rules.matcher.match(one)) for one in every]


def _ask_each(cases: list[Case]) -> list[tuple[str, CheckResult]]:
    return [(name, _ask_all(name, check, cases)) for name, check in CHECKS]


def _verdict(
    cases: list[Case], answers: Iterable[tuple[str, CheckResult]], rules: RuleSet
) -> Verdict:
    found = cases[0].found
    return judge(
        [name for name, _ in CHECKS],
        answers,
        revision=rules.revision,
        template=found.template.id if isinstance(found, Match) else None,
        nearest=found.nearest if isinstance(found, Miss) else None,
    )


def _trials(
    tried: Iterable[tuple[TrialKind, str, str]],
    verdict: Verdict,
    cases: list[Case],
    rules: RuleSet,
) -> tuple[Trial, ...]:
    """Return what the rules in shadow would have done, were all of them enforced together.

    Together, because a new template and the link in it are usually tried together: each alone would
    let nothing pass.
    """
    passes = verdict.disposition is Disposition.PASS
    would_hold = _HOLDING_KINDS.intersection(kind for kind, _, _ in tried)
    would_pass = not passes and not would_hold and _would_pass(cases, rules)
    trials = {}
    for kind, rule, code in tried:
        if kind in _HOLDING_KINDS:
            effect, reason = Effect.HOLD if passes else Effect.NONE, code
        else:
            effect = Effect.PASS if would_pass else Effect.NONE
            reason = verdict.findings[0].code if verdict.findings else code
        trials[(kind, rule)] = Trial(kind, rule, effect, reason)
    return tuple(trials.values())


def _would_pass(cases: list[Case], rules: RuleSet) -> bool:
    """Return whether a message that is held would pass if templates and links in shadow counted."""
    trial = rules.trial
    if trial is None:
        return False
    others = []
    for case in cases:
        found = trial.matcher.match(case.message)
        others.append(Case(case.message, trial, found if isinstance(found, Match) else case.found))
    answers = _ask_each(others)
    shown = {kind for _, result in answers for kind, _, _ in result.on_trial}
    verdict = _verdict(others, answers, trial)
    return verdict.disposition is Disposition.PASS and not shown & _HOLDING_KINDS


def _basis(cases: list[Case], answers: Iterable[tuple[str, CheckResult]]) -> Basis:
    """Return on which rules a message passes."""
    rules = cases[0].rules
    used = frozenset(chain.from_iterable(result.entries for _, result in answers))
    vouching = [case.found.template for case in cases if isinstance(case.found, Match)]
    shows = any(case.message.pictures for case in cases)
    return Basis(
        templates=tuple((one.id, digest_of_template(one)) for one in vouching),
        links=tuple((one.id, digest_of_link(one)) for one in rules.links if one.id in used)
        if used
        else (),
        pictures=rules.pictures_digest if shows else "",
    )


def _passed_pictures(message: Message) -> tuple[PassedPicture, ...]:
    """Return each picture once; a code for one person looks like no other, so it is left out."""
    every = chain(message.pictures, *(inner.pictures for inner in message.enclosed))
    passed = {
        one.digest: PassedPicture(one.digest, one.width, one.height, one.appearance.views)
        for one in every
        if one.digest and one.appearance.views and not one.is_code
    }
    return tuple(passed.values())


def fingerprint_of(message: Message) -> str:
    """Return a digest that is equal for messages in which a reader would see, and get, the same.

    Files count as well as words: the same covering text may bring everybody another certificate.
    """
    seen = (
        message.channel.value,
        message.subject,
        [(view.kind.value, view.name, view.text, view.preheader) for view in message.views],
        [(m.display_name, m.address) for m in (*message.from_, *message.sender, *message.reply_to)],
        [(link.kind.value, link.url, link.label) for link in message.links],
        [picture.digest for picture in message.pictures],
        [(file.name, file.media_type, file.digest) for file in message.attachments],
        (message.alt_texts, message.lone_texts),
    )
    return hashlib.sha256(repr(seen).encode("utf-8", "backslashreplace")).hexdigest()


def _ask_all(name: str, check: Check, cases: list[Case]) -> CheckResult:
    """Ask about a message and those attached to it: each must be approved by itself."""
    first, *others = (_ask(name, check, case) for case in cases)
    findings = [
        replace(finding, where=f"attached message, {finding.where}".rstrip(", "))
        for other in others
        for finding in other.findings
    ]
    if not findings:
        entries = frozenset(chain(first.entries, *(other.entries for other in others)))
        return replace(first, entries=entries) if others else first
    return replace(first, cleared=None, findings=(*first.findings, *findings))


def _ask(name: str, check: Check, case: Case) -> CheckResult:
    try:
        return check(case)
    except Exception as exc:  # noqa: BLE001 - a crashing check must hold, not pass
        # Not log.exception: the text of an exception may quote the message.
        log.error("check failed check=%s fault=%s at=%s", name, type(exc).__name__, _place_of(exc))  # noqa: TRY400
        return CheckResult(
            findings=(Finding(name, "check.error", f"the check failed: {type(exc).__name__}"),)
        )


def read(transaction: Transaction, limits: Inspection) -> Message:
    """Return what a reader would see; pictures and documents are not looked into yet."""
    if transaction.channel is Channel.EMAIL:
        return read_mail(transaction.envelope, transaction.content, limits)
    if transaction.text is None:
        raise ValueError("a text message without fields")
    return read_text_message(transaction.envelope, transaction.text)


def needs_look(message: Message) -> bool:
    """Return whether there is anything that only the child process may open."""
    if any(needs_look(inner) for inner in message.enclosed):
        return True
    return bool(message.pictures) or any(_is_document(a) for a in message.attachments)


def look(message: Message, looker: Looker) -> Message:
    """Return the message with the hashes of its pictures and the insides of its documents."""
    pictures: list[Picture] = []
    links: list[Link] = list(message.links)
    troubles: list[Finding] = list(message.troubles)
    codes: list[Code] = list(message.codes)
    for picture in message.pictures:
        shown = looker.look_at_picture(picture.content, picture.media_type, picture.where)
        troubles += shown.troubles
        codes += shown.codes
        pictures.append(
            replace(
                picture,
                width=shown.width,
                height=shown.height,
                appearance=shown.appearance,
                is_code=shown.is_code,
            )
        )
    attachments: list[Attachment] = []
    for attachment in message.attachments:
        inspected = attachment
        if _is_document(attachment):
            seen = looker.look_at_document(
                attachment.content, attachment.media_type, attachment.where
            )
            troubles += seen.troubles
            links += seen.links
            pictures += seen.pictures
            codes += seen.codes
            inspected = replace(attachment, texts=(seen.text,))
        attachments.append(inspected)
    links += [Link(one.text.strip(), LinkKind.CODE, one.where) for one in codes if _is_link(one)]
    return replace(
        message,
        pictures=tuple(pictures),
        attachments=tuple(attachments),
        links=tuple(links),
        enclosed=tuple(look(inner, looker) for inner in message.enclosed),
        codes=tuple(one for one in codes if not _is_link(one)),
        troubles=tuple(troubles),
    )


def _is_link(code: Code) -> bool:
    """Return whether a camera offers to open what a code says, as it stands."""
    return _LINK_IN_CODE.fullmatch(code.text.strip()) is not None


def _is_document(attachment: Attachment) -> bool:
    return attachment.media_type in DOCUMENT_TYPES


def _place_of(fault: Exception) -> str:
    """Return the innermost lines of a fault, nearest first, without the fault's own text."""
    frames = traceback.extract_tb(fault.__traceback__)[-PLACES_SHOWN:]
    return "<".join(f"{PurePath(frame.filename).name}:{frame.lineno}" for frame in reversed(frames))
