"""Which addresses, hosts and networks media may be fetched from."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filter.settings import MediaFetch
from filter.sms.mediahosts import MediaHosts, Place, RefusedError, is_public

SETTINGS = MediaFetch(
    fetch=True, hosts=("media.health.example", "*.cdn.health.example"), ports=(443, 8443)
)


def hosts(*networks: str) -> MediaHosts:
    return MediaHosts(SETTINGS.model_copy(update={"networks": networks}))


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("https://media.health.example", Place("media.health.example", 443, "/")),
        ("https://media.health.example/a%20b/c.png?v=1&x=/?",
         Place("media.health.example", 443, "/a%20b/c.png?v=1&x=/?")),
        ("https://media.health.example?v=1", Place("media.health.example", 443, "/?v=1")),
        ("https://media.health.example:8443/a", Place("media.health.example", 8443, "/a")),
        ("https://a.b.cdn.health.example/", Place("a.b.cdn.health.example", 443, "/")),
    ],
)  # fmt: skip
def test_a_plain_address_of_a_named_host_is_a_place(url: str, place: Place) -> None:
    assert hosts().place_of(url) == place


@pytest.mark.parametrize(
    "url",
    [
        "http://media.health.example/a",
        "ftp://media.health.example/a",
        "HTTPS://media.health.example/a",
        "https://MEDIA.health.example/a",
        "https://media.health.example./a",
        "https://media.health.example:80/a",
        "https://media.health.example:0443/a",
        "https://media.health.example:/a",
        "https://media.health.example:99999/a",
        "https://me@media.health.example/a",
        "https://media.health.example@evil.example/a",
        "https://evil.example#@media.health.example/a",
        "https://evil.example\\@media.health.example/a",
        "https://evil.example/media.health.example",
        "https://evilmedia.health.example/a",
        "https://media.health.example.evil.example/a",
        "https://cdn.health.example/a",
        "https://evilcdn.health.example/a",
        "https://127.0.0.1/a",
        "https://2130706433/a",
        "https://0x7f.1/a",
        "https://[::1]/a",
        "https://m\u0435dia.health.example/a",
        "https://media%2ehealth.example/a",
        "https://media.health.example/a b",
        "https://media.health.example/a\r\nHost: evil.example",
        "https://media.health.example/a\n",
        "https://media.health.example/%zz",
        "https://media.health.example/\u00e9",
        "https://media.health.example/a#b",
        "https://media.health.example/" + "a" * 2000,
        "//media.health.example/a",
        "data:image/png;base64,AAAA",
        "file:///etc/passwd",
        "",
    ],
)
def test_whatever_else_is_no_place(url: str) -> None:
    with pytest.raises(RefusedError):
        hosts().place_of(url)


@given(st.text(st.characters(max_codepoint=0x2FF), max_size=60))
def test_no_text_before_or_behind_a_named_host_leads_anywhere_else(text: str) -> None:
    for url in (f"https://media.health.example{text}", f"https://{text}media.health.example/"):
        try:
            place = hosts().place_of(url)
        except RefusedError:
            continue
        assert place.host == "media.health.example" or place.host.endswith(".cdn.health.example")
        assert place.target.isascii()
        assert not set(place.target) & set(" \t\r\n#\\@[]") - {"@"}


NOT_PUBLIC = [
    "0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.8.8.8", "169.254.169.254",
    "172.16.0.1", "172.31.255.255", "192.0.0.170", "192.0.2.1", "192.168.1.1", "192.88.99.1",
    "198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.7", "224.0.0.1", "239.255.255.250",
    "240.0.0.1", "255.255.255.255",
    "::", "::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "64:ff9b::7f00:1",
    "64:ff9b::808:808", "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2001:20::1",
    "2002:7f00:1::1", "2606:4700::5efe:10.0.0.1", "3fff::1", "4000::1", "5f00::1", "fc00::1",
    "fd12:3456::1", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "2606:4700::1%1",
]  # fmt: skip


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_an_address_that_is_not_public_is_off_limits_alone_or_among_others(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))
    for answers in ([address], ["8.8.8.8", address], [address, "2606:4700::1"]):
        with pytest.raises(RefusedError):
            hosts().reachable(answers)


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "172.32.0.1", "2606:4700::1", "2a00::1"])
def test_a_public_address_may_be_asked(address: str) -> None:
    assert hosts().reachable([address, address]) == (ipaddress.ip_address(address),)


def test_a_network_has_to_be_named_in_its_own_family() -> None:
    assert hosts("127.0.0.0/8").reachable(["127.0.0.1"])
    for answer in ("::1", "::ffff:127.0.0.1", "10.0.0.1"):
        with pytest.raises(RefusedError, match="neither public"):
            hosts("127.0.0.0/8").reachable([answer])


@pytest.mark.parametrize("answers", [[], [""], ["media.health.example"], ["127.1"], ["0177.0.0.1"]])
def test_what_is_no_address_is_off_limits(answers: list[str]) -> None:
    with pytest.raises(RefusedError):
        hosts("127.0.0.0/8").reachable(answers)


@given(st.ip_addresses())
def test_what_the_library_calls_private_is_never_public(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    if is_public(address):
        for name in ("private", "loopback", "link_local", "multicast", "reserved", "unspecified"):
            assert not getattr(address, f"is_{name}"), name
