"""Inspects one transaction: bytes to Message, Message to Verdict, every step accounted for."""

from __future__ import annotations

import hashlib
import logging
import re
import traceback
from dataclasses import replace
from itertools import chain
from pathlib import PurePath

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
    CheckResult,
    Disposition,
    Finding,
    PassedPicture,
    Verdict,
    held_for,
    judge,
)

log = logging.getLogger("sallyport.inspection")

PLACES_SHOWN = 4
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
    found = rules.matcher.match(message)
    inner = [Case(one, rules, rules.matcher.match(one)) for one in message.enclosed]
    cases = [Case(message, rules, found), *inner]
    template = found.template.id if isinstance(found, Match) else None
    nearest = found.nearest if isinstance(found, Miss) else None
    verdict = judge(
        [name for name, _ in CHECKS],
        [(name, _ask_all(name, check, cases)) for name, check in CHECKS],
        revision=rules.revision,
        template=template,
        nearest=nearest,
    )
    if verdict.disposition is not Disposition.PASS:
        return verdict
    fingerprint = fingerprint_of(message) if rules.floods.repeats else ""
    return replace(verdict, fingerprint=fingerprint, pictures=_passed_pictures(message))


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
        return first
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
