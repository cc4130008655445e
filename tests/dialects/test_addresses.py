"""What an entry of the link allowlist can say of an address that is filled in later."""

from __future__ import annotations

import pytest

from filter.dialects.addresses import Address, address_of
from filter.templates.pattern import parse_pattern


def address(pattern: str, *known: str) -> Address:
    return address_of(parse_pattern(pattern), known)


def test_what_is_fixed_is_said_and_what_is_filled_in_is_as_narrow_as_can_be() -> None:
    assert address("https://app.example/verify/{token}?lang={lang}&v=2#top") == Address(
        host="app.example", path="/verify/*", query=("lang", "v"), fragment=True
    )


def test_a_slot_that_the_message_shows_is_asked_for() -> None:
    assert address("https://app.example/o/{number}", "number").path == "/o/{number}"


def test_a_part_of_a_segment_is_any_one_segment() -> None:
    assert address("https://app.example/order-{id}.html").path == "/*"


def test_a_path_that_is_filled_in_whole_is_any_rest() -> None:
    assert address("https://app.example/{path}").path == "/**"


def test_a_name_of_a_parameter_that_is_filled_in_allows_any() -> None:
    assert address("https://app.example/?{name}=1").query == "any"


def test_a_port_is_kept() -> None:
    assert address("https://app.example:8443/x").port == 8443


@pytest.mark.parametrize(
    ("pattern", "slot"),
    [
        ("{action_url}", "action_url"),
        ("{site}/reset/{key}", "site"),
        ("https://{host}/x", "host"),
        ("https://{sub}.app.example/x", "sub"),
        ("{scheme}://{domain}/x", "domain"),
        ("https://app.example{path}", "path"),
        ("mailto:{address}", "address"),
    ],
)
def test_a_host_that_is_filled_in_is_a_doubt_with_its_slot(pattern: str, slot: str) -> None:
    found = address(pattern)
    assert found.doubt
    assert found.remedy
    assert (found.host, found.mailto, found.slot) == ("", "", slot)


@pytest.mark.parametrize(
    "pattern", ["/account", "javascript:x", "https://u@app.example/", "ftp://x"]
)
def test_what_is_no_plain_address_is_a_doubt(pattern: str) -> None:
    found = address(pattern)
    assert found.doubt
    assert not found.host


def test_addresses_of_mail_and_numbers_are_entries_of_their_own() -> None:
    assert address("mailto:help@app.example?subject=Hi").mailto == "help@app.example"
    assert address("tel:+4912").tel == "+4912"
