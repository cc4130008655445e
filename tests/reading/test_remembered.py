"""Is what reading remembers or abridges read as if it were new and whole?"""

from __future__ import annotations

import base64
from email import policy
from email.parser import BytesParser

import pytest

from filter.reading import mime
from filter.reading.mime import read_parts
from filter.reading.mimeopinion import _cut_bodies, _rename_boundaries, agrees_on_parts
from filter.reading.raw import read_fields, split_header
from filter.reading.troubles import Troubles
from tests.reading.build import LIMITS, PNG, codes, multipart, part, read

LOGO = PNG + b"x" * 20_000
HTML = part('<p>Hello</p><img src="cid:logo" alt="Logo">', "text/html")


@pytest.fixture(autouse=True)
def nothing_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mime, "_remembered", mime._Remembered(50_000))


def picture(encoded: str) -> str:
    head = f"<logo>\r\nContent-Transfer-Encoding: base64\r\n\r\n{encoded}"
    return f"Content-Type: image/png\r\nContent-ID: {head}"


def lines(content: bytes) -> str:
    return base64.encodebytes(content).decode().strip().replace("\n", "\r\n")


def test_a_picture_that_is_remembered_is_read_as_the_first_time() -> None:
    content = multipart(HTML, picture(lines(LOGO)), kind="related")

    first, second = read(content), read(content)

    assert first == second
    assert [p.content for p in second.pictures] == [LOGO]
    assert second.pictures[0].content is first.pictures[0].content
    assert second.troubles == ()


@pytest.mark.parametrize("spoiled", ["=", "!", "AA==AA", "AB=="])
def test_base64_in_doubt_is_in_doubt_each_time(spoiled: str) -> None:
    content = multipart(HTML, picture(lines(LOGO[: 3 * 6000]) + "\r\n" + spoiled), kind="related")

    assert [
        any(code.startswith("mime.encoding_base64") for code in codes(read(content)))
        for _ in range(2)
    ] == [True, True]


def test_only_so_many_bytes_are_remembered() -> None:
    logos = [PNG + bytes([n]) * 20_000 for n in range(4)]
    for logo in logos:
        read(multipart(HTML, picture(lines(logo)), kind="related"))

    kept = [content for content, _ in mime._remembered._contents.values()]
    assert kept == logos[-2:]


def renamed(content: str) -> bytes:
    raw = content.encode()
    header, body = split_header(raw) or (raw, b"")
    root = read_parts(read_fields(header, Troubles(), ""), body, LIMITS, Troubles())
    assert agrees_on_parts(raw, root)
    return _rename_boundaries(_cut_bodies(raw, root), root)


def test_boundaries_are_renamed_and_nothing_else() -> None:
    inner = multipart(part("c"), HTML, kind="related", boundary="in.ner_22")
    nested = "Content-Type:" + inner.partition("Content-Type:")[2]
    skeleton = renamed(multipart(part("a"), nested, boundary="outer=1"))

    assert b"outer=1" not in skeleton
    assert b"in.ner_22" not in skeleton
    message = BytesParser(policy=policy.compat32).parsebytes(skeleton)
    assert [p.get_content_type() for p in message.walk()] == [
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/plain",
        "text/html",
    ]


@pytest.mark.parametrize("boundary", ["text", "Clinic", "b1", "with blank", "a?=b1"])
def test_a_boundary_that_stands_elsewhere_too_or_is_odd_keeps_its_name(boundary: str) -> None:
    assert boundary.encode() in renamed(multipart(part("a"), HTML, boundary=boundary))
