from __future__ import annotations

import contextlib
import io
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filter.cli.explained import explain, explanation_json, print_explanation
from filter.inspection import read
from filter.message import (
    Channel,
    Client,
    Envelope,
    Link,
    LinkKind,
    Message,
    Transaction,
    View,
    ViewKind,
)
from filter.settings import Inspection
from tests.battery.good import APPOINTMENT_TEXT, CODE_TEXT, appointment, mail
from tests.battery.judge import battery_rules
from tests.battery.sample import ENVELOPE, Sample

CYRILLIC_O = "\u043e"


def message_of(content: bytes) -> Message:
    sample = Sample("explain", "one", content)
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    client = Client(name="battery")
    return read(Transaction("t", sample.channel, moment, client, ENVELOPE, content), Inspection())


def printed(message: Message, capsys: pytest.CaptureFixture[str]) -> str:
    rules = battery_rules()
    print_explanation(explain(message, rules))
    return capsys.readouterr().out


def test_the_view_that_differs_is_named_and_its_letter_too(
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = APPOINTMENT_TEXT.replace("you", f"y{CYRILLIC_O}u", 1)

    lines = printed(message_of(appointment(text=text)), capsys).splitlines()

    assert lines[:3] == [
        "      nearest template: appointment",
        "      1 of 3 texts differs: plain",
        "      subject: as approved",
    ]
    assert any(f"[-you-] {{+y{CYRILLIC_O}u+}}" in line for line in lines)
    assert f"        {CYRILLIC_O} U+043E CYRILLIC SMALL LETTER O" in lines


def test_a_message_that_passes_is_told_briefly(capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(message_of(mail()), capsys).splitlines() == [
        "      fits: code",
        "      as approved: subject, plain",
        "        {name} = Aisha binti Rahman",
        "        {code} = 493021",
    ]


def test_a_refused_link_is_shown_in_parts_with_the_nearest_entry(
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = printed(message_of(mail(f"{CODE_TEXT} https://h\u0435alth.example/x\n")), capsys)

    assert "        host       xn--halth-zwe.example\n" in out
    assert "        nearest    home (" in out


def test_machines_are_told_the_same() -> None:
    rules, message = battery_rules(), message_of(mail(f"{CODE_TEXT} Now!\n"))

    shown = explanation_json(explain(message, rules))

    assert shown["template"] == "code"
    views = shown["views"]
    assert isinstance(views, list)
    assert [(view["name"], view["fits"]) for view in views] == [("subject", True), ("plain", False)]
    assert any("Now!" in one["said"] for one in views[1]["differences"])


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200), st.text(max_size=60), st.booleans())
def test_no_text_and_no_link_makes_it_fail_or_reaches_the_terminal_raw(
    text: str,
    url: str,
    is_far: bool,  # noqa: FBT001 - hypothesis gives it
) -> None:
    said = text if is_far else f"{CODE_TEXT} {text}"
    message = Message(
        channel=Channel.EMAIL,
        envelope=Envelope("no-reply@health.example", ("a@dest.example",)),
        views=(View(ViewKind.TEXT, text, said, "part 1", text),),
        subject=text,
        links=(Link(url, LinkKind.ANCHOR, "part 1"),),
    )
    rules = battery_rules()
    lines = captured(lambda: print_explanation(explain(message, rules)))

    assert lines
    assert all(character.isprintable() for line in lines for character in line)


def captured(action: Callable[[], None]) -> list[str]:
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        action()
    return out.getvalue().split("\n")
