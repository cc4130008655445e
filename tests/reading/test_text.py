"""What is the one form of a text, and which characters does nobody see?"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filter.message import Envelope, LinkKind, TextFields, ViewKind
from filter.reading.sms import read_text_message
from filter.reading.text import describe_character, find_unseen, is_padding, normalise
from filter.verdict import Finding


def test_white_space_is_folded_and_composition_is_canonical() -> None:
    assert normalise("  a\u00a0\r\n\u3000b\u2028c\t") == "a b c"
    assert normalise("e\u0301") == "\u00e9"


def test_nothing_else_is_dropped_or_folded() -> None:
    for text in ("a\u200bb", "\uff21", "\ufb01", "A", "\u0430", "\u00ad", "1\u00b2"):
        assert normalise(text) == text


@given(st.text())
def test_normalising_again_changes_nothing(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@pytest.mark.parametrize(
    "text",
    [
        "plain\r\n\ttext",
        "Grüße, naïve café — “quoted” … €5",
        "你好、世界。こんにちは 안녕하세요",
        "क्‍ष क्‌ष",
        "நன்றி வணக்கம்",
        "السلام عليكم",
        "می‌خواهم",
        "👨‍👩‍👧 ❤️ 1️⃣ ☎️ 🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f 🇲🇾 👍🏽",
        "a\u2028b\u00a0c",
    ],
)
def test_honest_text_has_nothing_unseen(text: str) -> None:
    assert find_unseen(text) == ""


@pytest.mark.parametrize(
    "character",
    "\x00\x07\x1b\x7f\x85\u00ad\u034f\u061c\u115f\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202e"
    "\u2060\u2066\u2069\u206a\u2800\u3164\ufe0f\ufeff\uffa0\ufff9\ue000\U000e0041\U000e0101"
    "\U0001d173\U000f0000\ud800",
)
def test_what_nobody_sees_is_found(character: str) -> None:
    assert find_unseen(f"a{character}b") == character
    assert f"U+{ord(character):04X}" in describe_character(character)


def test_padding_is_blanks_and_characters_that_draw_nothing() -> None:
    assert is_padding("\u00a0\u200c\u034f \ufeff")
    assert not is_padding("\u00a0.")


def test_a_text_message_is_one_view_with_links_media_and_the_adapters_troubles() -> None:
    trouble = Finding("structure", "sms.field", "unknown field")
    message = read_text_message(
        Envelope("MYSJTR", ("+15550100",)),
        TextFields(
            "MYSJTR",
            "+15550100",
            "RM0.00 123456 is your\ncode.\n\n@evil.example #123456",
            ("https://media.example/x.png",),
            (trouble,),
        ),
    )

    assert [(v.kind, v.name, v.text) for v in message.views] == [
        (ViewKind.TEXT, "text", "RM0.00 123456 is your code. @evil.example #123456")
    ]
    assert [(link.url, link.kind) for link in message.links] == [
        ("evil.example", LinkKind.BARE),
        ("https://media.example/x.png", LinkKind.MEDIA),
    ]
    first, unseen = message.troubles
    assert first == trouble
    assert (unseen.code, unseen.where) == ("media.unseen", "media 1")


def test_an_invisible_character_in_a_text_message_is_a_trouble() -> None:
    message = read_text_message(
        Envelope("A", ("+15550100",)), TextFields("A", "+15550100", "a\u200bb")
    )

    assert [t.code for t in message.troubles] == ["text.invisible"]


def test_control_characters_have_names() -> None:
    assert describe_character("\x1b") == "U+001B ESCAPE"
    assert describe_character("\x7f") == "U+007F DELETE"
    assert describe_character("\x9f") == "U+009F APPLICATION PROGRAM COMMAND"
    assert describe_character("\ue000") == "U+E000 character without a name"
