"""What must hold for any bytes, and for every way of writing the same message?"""

from __future__ import annotations

import base64
import quopri
import time
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filter.message import Message
from filter.reading.troubles import CHECK
from filter.reasons import REASONS
from tests.reading.build import HEADER, mail, multipart, part, read, show
from tests.reading.test_html import GOOD, HOSTILE
from tests.reading.test_mime import GOOD as GOOD_MAILS
from tests.reading.test_mime import HOSTILE as HOSTILE_MAILS

# The machine is shared, and the first message of a process pays for the others.
PATIENT = settings(deadline=None)

SEEDS = [good.encode() for good in GOOD_MAILS.values()] + [
    bad if isinstance(bad, bytes) else bad.encode()
    for _, bad in HOSTILE_MAILS.values()
    if len(bad) < 5000
]
PIECES = st.sampled_from(
    [b"\r\n", b"\r\n\r\n", b"=\r\n", b"\0", b"\n", b"\xff", b"\xe2\x80\x8b", b" "]
) | st.sampled_from(
    rb"""
    = ?= ; " < > : <!-- --> --b1 --b1-- =?utf-8?q? style= display:none Content-Type: base64
    multipart/mixed;boundary=b1 charset=utf-7 http://evil.example a.a.a.a. <table> </td> &#8203;
    cid: data:
    """.split()
)
HTMLS = [h for h, _ in GOOD.values()] + [h for _, h in HOSTILE.values() if len(h) < 5000]
TEXTS = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Cf", "Co", "Cn", "Mn", "Me", "Lm", "Lo", "So"])
    | st.sampled_from(" \n.-=<>&"),
    min_size=1,
    max_size=300,
)


def check_answer(message: Message) -> None:
    """Hold what every answer promises: known codes, and a view or a reason why there is none."""
    assert message.views or message.troubles
    for trouble in message.troubles:
        assert trouble.check == CHECK
        assert trouble.code in REASONS
        assert "\r" not in trouble.detail
        assert "\n" not in trouble.detail


@PATIENT
@given(st.binary(max_size=2000))
def test_any_bytes_are_answered(content: bytes) -> None:
    check_answer(read(content))
    check_answer(read(HEADER.encode() + content))


@PATIENT
@given(st.sampled_from(SEEDS), st.lists(st.tuples(st.integers(0, 5000), PIECES), max_size=6))
def test_any_damage_to_a_message_is_answered(seed: bytes, damage: list[tuple[int, bytes]]) -> None:
    content = seed
    for position, piece in damage:
        content = content[:position] + piece + content[position:]
    check_answer(read(content))


@PATIENT
@given(
    st.sampled_from(HTMLS),
    st.lists(st.tuples(st.integers(0, 600), PIECES), max_size=6),
)
def test_any_damage_to_html_is_answered(seed: str, damage: list[tuple[int, bytes]]) -> None:
    html = seed
    for position, piece in damage:
        html = html[:position] + piece.decode("latin-1") + html[position:]
    show(html)


def written(text: str, encoding: str, width: int) -> tuple[str, str]:
    """Return a text in a transfer encoding, in lines of about that width."""
    content = text.replace("\r\n", "\n").replace("\n", "\r\n").encode()
    if encoding == "base64":
        encoded = base64.b64encode(content).decode()
        return encoding, "\r\n".join(encoded[i : i + width] for i in range(0, len(encoded), width))
    if encoding == "quoted-printable":
        lines = quopri.encodestring(content.replace(b"\r\n", b"\n"), quotetabs=True).decode()
        return encoding, lines.replace("\n", "\r\n")
    return "8bit", content.decode()


class Writing(NamedTuple):
    """The freedoms that a mail program has with one and the same message."""

    plain: str
    html: str
    width: int
    boundary: str
    fold: str
    upper: bool
    order: list[int]

    def token(self, word: str) -> str:
        return word.upper() if self.upper else word

    def write(self, content: str, subtype: str, encoding: str) -> str:
        name, body = written(content, encoding, self.width)
        content_type = f"{self.token('text')}/{subtype};{self.fold}{self.token('charset')}=utf-8"
        return part(body, content_type, Content_Transfer_Encoding=self.token(name))


ENCODINGS = st.sampled_from(["base64", "quoted-printable", "8bit"])
WRITINGS = st.builds(
    Writing,
    plain=ENCODINGS,
    html=ENCODINGS,
    width=st.integers(4, 200),
    boundary=st.from_regex(r"[0-9A-Za-z'()+_,./:=?-]{1,69}", fullmatch=True),
    fold=st.sampled_from([" ", "\r\n ", "\r\n\t"]),
    upper=st.booleans(),
    order=st.permutations(range(6)),
)


@PATIENT
@given(TEXTS, WRITINGS)
def test_the_same_message_is_read_whatever_way_it_is_written(text: str, way: Writing) -> None:
    text = text.replace("\n", "\r\n") if "--" not in text else "x"
    html = "<p>" + text.replace("&", "&amp;").replace("<", "&lt;") + "</p>"
    plain = read(multipart(part(text), part(html, "text/html; charset=utf-8")))

    other = multipart(
        way.write(text, "plain", way.plain),
        way.write(html, way.token("html"), way.html),
        boundary=way.boundary,
    )
    header, _, body = other.partition("\r\n\r\n")
    fields = header.split("\r\n")
    shuffled = [fields[i] for i in way.order] + fields[6:]
    again = read("\r\n".join(shuffled) + "\r\n\r\n" + body)

    assert plain.troubles == ()
    assert again.troubles == ()
    assert again == plain


LINES = {
    "open comments": "<!--",
    "open styles": "<style>",
    "open tags": "<",
    "open quotes": '<p title="',
    "braces": "a{",
    "cells": "<table><tr><td>",
    "dots": "a.a.",
    "short words": "a.b ",
    "blanks": " ",
    "joined emoji": "\u2764\ufe0f\u200d",
}


@pytest.mark.parametrize("name", LINES)
@pytest.mark.parametrize("subtype", ["plain", "html"])
def test_a_large_hostile_part_takes_seconds_at_most(name: str, subtype: str) -> None:
    body = LINES[name] * (200_000 // len(LINES[name]))
    style = f"<style>{body}</style>" if name == "braces" else body
    started = time.process_time()
    check_answer(read(mail(style, f"text/{subtype}; charset=utf-8")))

    assert time.process_time() - started < 3.0


def test_a_large_hostile_preamble_takes_no_time() -> None:
    courtesy = "This message is in MIME format. since" + " " * 200_000 + "<"
    started = time.process_time()
    check_answer(read(mail(f"{courtesy}\r\n--b\r\n\r\nx\r\n--b--", "multipart/mixed; boundary=b")))

    assert time.process_time() - started < 1.0
