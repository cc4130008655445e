from __future__ import annotations

import logging
from dataclasses import replace
from typing import cast

import pytest

from filter import inspection
from filter.floodrules import FloodRules, RepeatRule
from filter.inspection import fingerprint_of, inspection_failed, judge_message
from filter.message import (
    Attachment,
    Channel,
    Envelope,
    Link,
    LinkKind,
    Mailbox,
    Message,
    Picture,
    View,
    ViewKind,
)
from filter.ruleset import Miss, RuleSet
from filter.subject import Scope
from filter.templates.matcher import compile_matcher
from filter.verdict import Disposition, Finding
from tests.templates.build import OTP, mail, sms

SECRET = "Your code is 493021"


class NothingFits:
    """Rules under which no template fits."""

    revision = "r1"
    matcher: NothingFits

    def __init__(self) -> None:
        self.matcher = self

    def match(self, _message: Message) -> Miss:
        return Miss((Finding("templates", "template.none", "-"),))


def crash(_case: object) -> object:
    raise ValueError(SECRET)


def test_a_crashing_check_holds_and_its_text_is_not_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(inspection, "CHECKS", (("links", crash),))
    message = Message(Channel.SMS, Envelope("A", ("+15550100",)), ())

    with caplog.at_level(logging.DEBUG):
        verdict = judge_message(message, cast(RuleSet, NothingFits()))

    assert verdict.disposition is Disposition.QUARANTINE
    assert [finding.code for finding in verdict.findings] == ["check.error"]
    assert "check=links fault=ValueError at=test_inspection.py:" in caplog.text
    assert SECRET not in caplog.text + str(verdict)


def test_a_failed_inspection_holds_and_its_text_is_not_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.DEBUG):
        verdict = inspection_failed(ValueError(SECRET), cast(RuleSet, NothingFits()))

    assert verdict.disposition is Disposition.QUARANTINE
    assert "fault=ValueError" in caplog.text
    assert SECRET not in caplog.text + str(verdict)


CODE = "Your code is 493021. It expires in 5 minutes."
RULES = RuleSet("r1", (OTP,), (), (), compile_matcher((OTP,)))
SUPPRESSING = replace(
    RULES, floods=FloodRules(repeats=(RepeatRule("twice", "rules/limits.yaml:1", Scope(), 60),))
)


def test_a_fingerprint_is_made_where_a_rule_asks_for_it_and_the_message_passes() -> None:
    assert judge_message(sms(CODE), RULES).fingerprint == ""
    assert judge_message(sms("Send money"), SUPPRESSING).fingerprint == ""

    verdict = judge_message(sms(CODE), SUPPRESSING)
    assert verdict.disposition is Disposition.PASS
    assert verdict.fingerprint == fingerprint_of(sms(CODE))
    assert "493021" not in verdict.fingerprint


MAIL = mail("Your code 493021", CODE)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(sms(CODE), id="channel"),
        pytest.param(mail("Your code 493021", CODE.replace("21", "22")), id="text"),
        pytest.param(mail("Your code 493022", CODE), id="subject"),
        pytest.param(mail(None, CODE), id="no subject"),
        pytest.param(mail("Your code 493021", CODE, name="Clinic"), id="name of the sender"),
        pytest.param(mail("Your code 493021", CODE, CODE), id="another view"),
        pytest.param(
            replace(MAIL, links=(Link("https://x.example/", LinkKind.ANCHOR, "part 1"),)),
            id="link",
        ),
        pytest.param(
            replace(MAIL, attachments=(Attachment("a.pdf", "application/pdf", 1, "d", "p", b""),)),
            id="file",
        ),
        pytest.param(
            replace(MAIL, pictures=(Picture("d", "image/png", "part 2", b""),)), id="picture"
        ),
        pytest.param(replace(MAIL, alt_texts=("a logo",)), id="alternative text"),
        pytest.param(
            replace(MAIL, reply_to=(Mailbox("", "a@health.example"),)), id="where replies go"
        ),
    ],
)
def test_messages_that_differ_for_a_reader_have_other_fingerprints(other: Message) -> None:
    assert fingerprint_of(other) != fingerprint_of(MAIL)


def test_messages_that_differ_only_on_the_way_have_the_same_fingerprint() -> None:
    again = replace(MAIL, envelope=Envelope("bounces+2@health.example", ("b@mail.example",)))

    assert fingerprint_of(again) == fingerprint_of(MAIL)


def test_a_text_moved_from_one_view_to_the_next_is_another_message() -> None:
    def views(*texts: str) -> Message:
        parts = tuple(View(ViewKind.TEXT, "plain", text, "part 1") for text in texts)
        return replace(MAIL, views=parts)

    assert fingerprint_of(views("a b", "c")) != fingerprint_of(views("a", "b c"))
    assert fingerprint_of(views("a", "b")) != fingerprint_of(views("a', 'b"))
