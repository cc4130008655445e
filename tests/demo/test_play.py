"""A wrong ending is noticed: each way in which the demo could lie is a row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from smtplib import SMTP

import pytest

from filter.demo.play import Ending, Reason, Scene, Way, judge_ending
from filter.demo.provider import Provider
from filter.demo.relay import Relay

GOOD = Scene("", "otp", Way.MAIL, "a@example.org", "b@example.org", b"good\r\n", template="otp")
PRANK = replace(GOOD, title="prank", content=b"prank\r\n", codes=("image.known",))
PASSED = Ending(GOOD, held=False, transaction_id="m_1", reply="250 2.0.0 taken", template="otp")
HELD = Ending(
    PRANK,
    held=True,
    transaction_id="m_2",
    reply="250 2.6.0 held",
    reasons=(Reason("image.known", "prank"),),
)


@pytest.fixture
def relay() -> Iterator[Relay]:
    """A relay that has received only the good message."""
    with Relay() as relay:
        send(relay, GOOD)
        yield relay


@pytest.fixture
def provider() -> Iterator[Provider]:
    with Provider() as provider:
        yield provider


def send(relay: Relay, scene: Scene) -> None:
    before = len(relay.delivered)
    with SMTP("127.0.0.1", relay.port) as client:
        client.sendmail(scene.sender, [scene.recipient], scene.content)
    relay.wait_for(before + 1)


def test_right_endings_have_no_troubles(relay: Relay, provider: Provider) -> None:
    assert judge_ending(PASSED, relay, provider) == ()
    assert judge_ending(HELD, relay, provider) == ()


@pytest.mark.parametrize(
    ("ending", "trouble"),
    [
        (replace(PASSED, held=True), "it was held"),
        (replace(HELD, held=False), "it was not held"),
        (replace(PASSED, reply="451 4.3.0 later"), "the gate answered 451 4.3.0 later"),
        (replace(PASSED, template="other"), "it passed as other, not otp"),
        (replace(HELD, reasons=()), "it was not held for image.known"),
        (
            replace(PASSED, scene=replace(GOOD, content=b"changed\r\n")),
            "the next hop did not receive it byte for byte",
        ),
        (
            replace(PASSED, scene=replace(GOOD, recipient="x@example.org")),
            "the next hop did not receive it byte for byte",
        ),
        (
            replace(HELD, scene=replace(PRANK, content=GOOD.content)),
            "the next hop received it",
        ),
    ],
)
def test_a_wrong_ending_is_noticed(
    ending: Ending, trouble: str, relay: Relay, provider: Provider
) -> None:
    assert trouble in judge_ending(ending, relay, provider)
