"""The good messages themselves, and the plainest of changes."""

from __future__ import annotations

from collections.abc import Iterator

from tests.battery import good
from tests.battery.sample import Sample, text_message

FAMILY = "plain"


def samples() -> Iterator[Sample]:
    """Yield the messages that all others are made of, and those changed by a word."""
    yield Sample(FAMILY, "a code", good.mail())
    yield Sample(FAMILY, "an appointment in text and HTML", good.appointment())
    yield text_message(FAMILY, "a code as a text message", good.CODE_TEXT)
    yield Sample(
        FAMILY,
        "another sentence",
        good.mail(good.CODE_TEXT + " You are infected.\n"),
        "template.none",
    )
    yield Sample(
        FAMILY,
        "another sentence in the HTML alone",
        good.body_html(good.APPOINTMENT_BODY + "<p>You are infected.</p>"),
        "template.html",
    )
    yield text_message(
        FAMILY, "a text message with a word more", good.CODE_TEXT + " Run!", "template.none"
    )
