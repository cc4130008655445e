"""The end user of a mail: the header field that the settings name, there once and readable."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filter.mail.enduser import MAX_HEADER_BYTES, end_user_of
from filter.message import EndUser
from tests.mail.world import LETTER, World, running

FIELD, IP_FIELD = "X-End-User", "X-End-User-IP"


def read(content: bytes) -> EndUser | None:
    return end_user_of(content, FIELD, IP_FIELD)


@pytest.mark.parametrize(
    ("content", "end_user"),
    [
        (b"X-End-User: 7\r\nX-End-User-IP: 203.0.113.9\r\n\r\nHi\r\n", EndUser("7", "203.0.113.9")),
        (b"Subject: x\r\nx-END-user:7 \r\n\r\n", EndUser("7")),
        (b"X-End-User:\r\n user-7\r\nSubject: x\r\n\r\n", EndUser("user-7")),
        (b"X-End-User : 7\r\n\r\n", EndUser("7")),
        (b"X-End-User-IP: 2001:db8::9\r\n\r\n", EndUser("", "2001:db8::/64")),
        (b"X-End-User:\r\n\r\n", EndUser()),
        (b"X-End-User: 7", EndUser("7")),
        (b"X-End-User: pengguna-\xe4\xb8\x83\r\n\r\n", EndUser("pengguna-\u4e03")),
        (b"X-End-User-Agent: 7\r\n\r\n", EndUser()),
        (b"", EndUser()),
    ],
    ids=lambda value: repr(value)[:50],
)
def test_a_field_that_is_there_once_is_read(content: bytes, end_user: EndUser) -> None:
    assert read(content) == end_user


@pytest.mark.parametrize(
    "content",
    [
        b"X-End-User: 7\r\nX-End-User: 8\r\n\r\n",
        b"X-End-User: 7\r\nx-end-user : 7\r\n\r\n",
        b"X-End-User: 7\r\nX-End-User-IP: 203.0.113.9\r\nX-End-User-IP: 203.0.113.9\r\n\r\n",
        b"X-End-User-IP: somewhere\r\n\r\n",
        b"X-End-User-IP: 203.0.113.9, 203.0.113.8\r\n\r\n",
        b"X-End-User: \xff\r\n\r\n",
        b"X-End-User: a\x07b\r\n\r\n",
        b"X-End-User: " + b"7" * 129 + b"\r\n\r\n",
    ],
    ids=lambda value: repr(value)[:60],
)
def test_a_field_that_is_there_twice_or_unreadable_says_nothing(content: bytes) -> None:
    assert read(content) is None


@pytest.mark.parametrize(
    "content",
    [
        b"\r\nX-End-User: 7\r\n\r\n",
        b"Subject: x\r\n\r\nX-End-User: 7\r\n",
        b"Content-Type: message/rfc822\r\n\r\nX-End-User: 7\r\n\r\nHi",
        b"Subject: x\r\n X-End-User: 7\r\n\r\n",
        b"Subject: x\r\n\tX-End-User: 7\r\n\r\n",
        b"A: " + b"x" * MAX_HEADER_BYTES + b"\r\nX-End-User: 7\r\n\r\n",
    ],
    ids=["no header", "text", "a message inside", "folded", "folded by a tab", "too far down"],
)
def test_what_stands_elsewhere_is_no_field(content: bytes) -> None:
    assert read(content) == EndUser()


def test_without_a_name_in_the_settings_nothing_is_read() -> None:
    assert end_user_of(b"X-End-User: 7\r\n\r\n", None, None) == EndUser()
    assert end_user_of(b"X-End-User: 7\r\nX-End-User-IP: x\r\n\r\n", FIELD, None) == EndUser("7")
    assert end_user_of(b": 7\r\n\r\n", None, IP_FIELD) == EndUser()


@given(st.binary(max_size=300))
def test_no_octets_whatever_make_it_raise(octets: bytes) -> None:
    for content in (octets, b"X-End-User: " + octets, b"X-End-User-IP: " + octets + b"\r\n\r\n"):
        found = read(content)
        assert found is None or (len(found.id) <= 128 and found.id.isprintable())


NAMES = {"end_user_header": FIELD, "end_user_ip_header": IP_FIELD}


@pytest.mark.parametrize(
    ("header", "end_user"),
    [
        (b"X-End-User: user-7\r\nX-End-User-IP: 203.0.113.9\r\n", EndUser("user-7", "203.0.113.9")),
        (b"X-End-User: user-7\r\nX-End-User: user-8\r\n", EndUser()),
    ],
    ids=["once", "twice"],
)
async def test_a_mail_brings_its_end_user_and_goes_on_byte_for_byte(
    header: bytes, end_user: EndUser
) -> None:
    letter = header + LETTER
    async with running(World(settings=NAMES)) as world:
        client = await world.client()

        assert (await client.message(letter)).startswith(b"250 2.0.0 Ok: queued")
        assert world.inspection.seen[0].end_user == end_user
        assert world.hop.received[0].content == letter


async def test_by_default_the_gate_reads_no_end_user(world: World) -> None:
    client = await world.client()

    await client.message(b"X-End-User: user-7\r\n" + LETTER)

    assert world.inspection.seen[0].end_user == EndUser()
