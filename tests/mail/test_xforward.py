from __future__ import annotations

import pytest

from filter.mail.xforward import address_of


@pytest.mark.parametrize(
    ("written", "address"),
    [
        (b"192.0.2.7", "192.0.2.7"),
        (b"IPV6:2001:db8::1", "2001:db8::1"),
        (b"IPV6:2001:DB8:0:0:0:0:0:1", "2001:db8::1"),
        (b"2001:DB8::1", "2001:db8::1"),
        (b"IPV6:::ffff:192.0.2.7", "192.0.2.7"),
        (b"[UNAVAILABLE]", ""),
        (b"[TEMPUNAVAIL]", ""),
        (b"client.example", ""),
        (b"192.0.2.7:25", ""),
        (b"", ""),
    ],
)
def test_an_address_has_one_spelling(written: bytes, address: str) -> None:
    assert address_of({"ADDR": written}) == address


def test_who_tells_no_address_has_none() -> None:
    assert address_of({"NAME": b"client.example"}) == ""
