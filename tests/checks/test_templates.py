"""The templates check vouches, objects, and reports what is on trial."""

from __future__ import annotations

from dataclasses import replace

import pytest

from filter.checks.templates import check
from filter.mode import Mode
from filter.reasons import REASONS
from filter.ruleset import PictureRule
from tests.checks.build import codes, judged, letter, rules
from tests.templates.build import OTP

TRIAL = replace(OTP, id="trial", mode=Mode.SHADOW)


def test_a_fitting_template_is_the_ground() -> None:
    result = check(judged(letter(), rules()))

    assert result.cleared is not None
    assert result.cleared.grounds == "fits the template otp (rules/otp.yaml:1)"


def test_a_miss_is_passed_on() -> None:
    assert codes(check(judged(letter(subject="Prank"), rules()))) == ["template.subject"]


def test_a_template_on_trial_is_reported_and_decides_nothing() -> None:
    alone = check(judged(letter(), rules([TRIAL])))
    beside = check(judged(letter(), rules([OTP, TRIAL])))

    assert codes(alone) == ["template.none"]
    assert codes(beside) == []
    for result in (alone, beside):
        assert [finding.code for finding in result.shadow] == ["template.on_trial"]


def test_every_code_of_these_checks_has_its_reason() -> None:
    said = {code for code in REASONS if code.split(".")[0] in {"template", "sender", "link"}}

    assert {"template.on_trial", "sender.header", "link.carried"} <= said


@pytest.mark.parametrize(
    ("spoken", "allowed"),
    [
        pytest.param("MyHealth", True, id="listed"),
        pytest.param("Code 123456", True, id="listed, with the value"),
        pytest.param("expires in 10 minutes.", False, id="words of the text"),
        pytest.param("Your code 123456", False, id="the subject"),
        pytest.param("", True, id="empty"),
        pytest.param("Code 654321", False, id="listed, with another value"),
        pytest.param("You have been hacked", False, id="something else"),
        pytest.param("our code is", False, id="a piece of a word"),
        pytest.param("Your code is 123456. Call us", False, id="words of the text and more"),
    ],
)
def test_alternative_texts_between_words_are_listed(spoken: str, *, allowed: bool) -> None:
    pictures = PictureRule(0, 1, alt_texts=("MyHealth", "Code {code}"))
    template = replace(OTP, pictures=pictures)

    result = check(judged(letter(alt_texts=(spoken,)), rules([template])))

    assert codes(result) == ([] if allowed else ["template.alternative"])


@pytest.mark.parametrize(
    ("spoken", "allowed"),
    [
        pytest.param("Code 123456", True, id="listed, with the value"),
        pytest.param("Your code 123456", True, id="the subject"),
        pytest.param("expires in 10 minutes.", False, id="words of the text"),
        pytest.param("Code 654321", False, id="listed, with another value"),
        pytest.param("You have been hacked", False, id="something else"),
    ],
)
def test_those_that_stand_alone_may_say_the_subject(spoken: str, *, allowed: bool) -> None:
    template = replace(OTP, pictures=PictureRule(0, 1, alt_texts=("Code {code}",)))

    result = check(judged(letter(lone_texts=(spoken,)), rules([template])))

    assert codes(result) == ([] if allowed else ["template.alternative"])
