"""Two templates that one message says are found, with the message."""

from __future__ import annotations

import pytest

from filter.message import Channel
from filter.ruleset import AllowedSender, Slot, SlotType, Template
from filter.templates.ambiguity import find_overlaps
from filter.templates.matcher import compile_matcher, matches_any

SLOTS = (
    Slot("code", SlotType.DIGITS),
    Slot("name", SlotType.NAME),
    Slot("what", SlotType.WORDS),
    Slot("thing", SlotType.WORDS),
)


def sms(name: str, text: str, sender: str = "MYHEALTH") -> Template:
    return Template(
        id=name,
        source="rules/x.yaml:1",
        channels=frozenset({Channel.SMS}),
        senders=(AllowedSender(sender),),
        texts=(text,),
        slots=SLOTS,
    )


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param("Your code is {code}.", "Your code is {what}.", id="a wider slot"),
        pytest.param("Hello {name}", "Hello {what}", id="slots of two types"),
        pytest.param("Hello guest", "Hello {name}", id="a fixed text"),
        pytest.param("Your {what} is ready", "Your order is {thing}", id="a slot on both sides"),
        pytest.param("Hi{#maybe} {name}{#end}, welcome", "Hi {what}, welcome", id="one branch"),
        pytest.param("{what} for you", "{#either}A{#or}One gift{#end} for you", id="other branch"),
    ],
)
def test_a_pair_that_one_message_says_is_found_with_the_message(first: str, second: str) -> None:
    found = list(find_overlaps([sms("one", first), sms("two", second)]))
    assert [(one.first.id, one.second.id) for one in found] == [("one", "two")]
    for pattern in (first, second):
        assert matches_any([pattern], SLOTS, found[0].text, {}) is not None


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param("Your code is {code}.", "Your token is {code}.", id="other words"),
        pytest.param("Code {code}", "Code {code} for you", id="one goes on"),
    ],
)
def test_a_pair_that_no_message_says_is_not(first: str, second: str) -> None:
    assert not list(find_overlaps([sms("one", first), sms("two", second)]))


def test_templates_of_different_senders_are_no_pair() -> None:
    assert not list(find_overlaps([sms("one", "Hi {name}"), sms("two", "Hi {what}", "OTHER")]))


def test_each_pair_is_found_once_among_many() -> None:
    many = [sms(f"t{n}", f"Message number {n} for {{name}}") for n in range(200)]
    twins = [sms("twin", "Message number 7 for {what}")]
    found = list(find_overlaps([*many, *twins]))
    assert [(one.first.id, one.second.id) for one in found] == [("t7", "twin")]
    compile_matcher([*many, *twins])
