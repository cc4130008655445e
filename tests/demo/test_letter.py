"""What the demo sends is what applications send: parts, names, ids, CRLF."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email import message_from_bytes
from io import BytesIO

from PIL import Image

from filter.demo.drawn import drawn
from filter.demo.letter import File, letter
from filter.demo.pictures import captioned, cropped, reencoded
from filter.demo.stage import shipped

NOW = datetime(2026, 11, 2, tzinfo=UTC)


def test_a_letter_has_its_parts_in_the_usual_order() -> None:
    content = letter(
        sender="Clinic <no-reply@health.example>",
        to="b@example.net",
        subject="Hello",
        text="Hi.\n",
        now=NOW,
        html="<p>Hi.</p><img src='cid:logo@x'>",
        files=[
            File("logo.png", "image/png", b"PNG", "logo@x"),
            File("a.pdf", "application/pdf", b"%PDF"),
        ],
    )
    message = message_from_bytes(content)

    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
        "image/png",
        "application/pdf",
    ]
    assert re.search(rb"(?<!\r)\n", content) is None


def test_the_pictures_are_three_different_ones() -> None:
    original = shipped("rules") / "files" / "prank.jpg"
    made = [reencoded(original), cropped(original), captioned(original, "Prank")]

    sizes = [Image.open(BytesIO(one)).size for one in (*made, original.read_bytes())]
    assert len(set(sizes)) == 4


def test_the_honest_pictures_are_fifty_different_ones() -> None:
    pictures = list(drawn())

    assert len({one.content for one in pictures}) == len({one.name for one in pictures}) == 50
