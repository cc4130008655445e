"""Which address does a MAIL or RCPT argument name?"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filter.mail.parameters import read_recipient, read_sender


@pytest.mark.parametrize(
    ("argument", "address"),
    [
        (b"FROM:<a@x.example>", "a@x.example"),
        (b"from: <a@x.example>", "a@x.example"),
        (b"From:\t<A@x.example> BODY=8BITMIME", "A@x.example"),
        (b"FROM:<>", ""),
        (b"FROM: <> RET=HDRS", ""),
        (b"FROM:a@x.example", "a@x.example"),
        (b"FROM:a@x.example SIZE=1", "a@x.example"),
        (b'FROM:<"a b"@x.example>', '"a b"@x.example'),
        (b'FROM:<"a>b\\""@x.example> SIZE=1', '"a>b\\""@x.example'),
        (b"FROM:<@r.example,@s.example:a@x.example>", "@r.example,@s.example:a@x.example"),
        (b"FROM:< a@x.example >", " a@x.example "),
        ("FROM:<jörg@x.example> SMTPUTF8".encode(), "jörg@x.example"),
        (b"FROM:<\xff@x.example>", "\udcff@x.example"),
        (b"FROM:<a@[IPv6:2001:db8::1]>", "a@[IPv6:2001:db8::1]"),
    ],
)
def test_senders(argument: bytes, address: str) -> None:
    path = read_sender(argument)

    assert path is not None
    assert path.address == address


@pytest.mark.parametrize(
    "argument",
    [
        b"",
        b"FROM",
        b"FROM:",
        b"FROM <a@x.example>",
        b"TO:<a@x.example>",
        b"FROM:<a@x.example",
        b"FROM:a@x.example>",
        b"FROM:<a@x.example>SIZE=1",
        b"FROM:<a@x.example>,<b@x.example>",
        b"FROM:<a<b>@x.example>",
        b'FROM:<"a@x.example>',
        b"XFROM:<a@x.example>",
    ],
)
def test_what_names_no_address_for_certain_is_refused(argument: bytes) -> None:
    assert read_sender(argument) is None


def test_a_recipient_is_never_empty() -> None:
    assert read_recipient(b"TO:<>") is None
    path = read_recipient(b"to:<b@y.example> NOTIFY=NEVER")
    assert path is not None
    assert (path.address, path.parameters) == ("b@y.example", (b"NOTIFY=NEVER",))


@pytest.mark.parametrize(
    ("parameters", "size"),
    [(b"", 0), (b" SIZE=12", 12), (b" body=7bit size=7", 7), (b" SIZE=x", 0), (b" SIZE=-1", 0)],
)
def test_declared_sizes(parameters: bytes, size: int) -> None:
    path = read_sender(b"FROM:<a@x.example>" + parameters)

    assert path is not None
    assert path.size_bytes == size


@given(st.binary(max_size=200))
def test_reading_never_fails(argument: bytes) -> None:
    read_sender(argument)
    read_recipient(b"TO:" + argument)
