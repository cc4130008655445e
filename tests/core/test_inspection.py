from __future__ import annotations

import logging
from typing import cast

import pytest

from filter import inspection
from filter.inspection import inspection_failed, judge_message
from filter.message import Channel, Envelope, Message
from filter.ruleset import Miss, RuleSet
from filter.verdict import Disposition, Finding

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
