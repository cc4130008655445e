"""Links against the allowlist."""
# ruff: noqa: RUF001 - look-alikes are what is tested

from __future__ import annotations

import base64
import contextlib
import time
from dataclasses import replace
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filter.checks.case import Case
from filter.checks.links import check, refused_links
from filter.checks.urls import UrlError, parse_url
from filter.message import Link, LinkKind, Picture
from filter.mode import Mode
from filter.ruleset import LinkEntry, Match, Slot, SlotType
from filter.verdict import CheckResult
from tests.checks.build import ANY, NAMED, codes, entry, letter, link, rules
from tests.templates.build import OTP

BARE = LinkKind.BARE
SITE = entry()
VERIFY = entry("id.health.example", "/verify/*/card", id="verify")
DOCS = entry("docs.health.example", "/guide/**", id="docs", fragment=True)
SHOP = entry(
    "shop.example", "/p", id="shop", query=NAMED, parameters=frozenset({"id", "utm_source"})
)
GO = entry("go.example", "/r", id="go", query=ANY)
PORT = entry("dev.example", "/**", id="dev", port=8443)
OLD = entry("old.example", "/", id="old", scheme="http")
MAIL = entry("help@health.example", "", id="help", scheme="mailto")
SUBJECT = entry(
    "unsubscribe@health.example",
    "",
    id="unsub",
    scheme="mailto",
    query=NAMED,
    parameters=frozenset({"subject"}),
)
CALL = entry("+60388810200", "", id="call", scheme="tel")
IDN = entry("xn--mller-kva.example", "/", id="idn")
ALL = (SITE, VERIFY, DOCS, SHOP, GO, PORT, OLD, MAIL, SUBJECT, CALL, IDN)


def judge(*links: Link, entries: tuple[LinkEntry, ...] = ALL) -> CheckResult:
    message = letter(links=links)
    return check(Case(message, rules([OTP], entries), Match(OTP, {})))


@pytest.mark.parametrize(
    "url",
    [
        "https://health.example",
        "https://health.example/",
        "HTTPS://Health.EXAMPLE/a/b",
        "https://health.example:443/a",
        "https://health.example/a%20b/c~d",
        "https://health.example/a;b=1,2/(c)",
        "https://health.example/@user",
        "https://id.health.example/verify/123/card",
        "https://docs.health.example/guide",
        "https://docs.health.example/guide/",
        "https://docs.health.example/guide/a/b#part-2",
        "https://docs.health.example/%67uide/a",
        "https://shop.example/p?id=5",
        "https://shop.example/p?id=5&utm_source=mail",
        "https://go.example/r?x=1&y=report.zip",
        "https://go.example/r?email=b%40mail.example",
        "https://dev.example:8443/x",
        "http://old.example/",
        "http://old.example:80",
        "mailto:help@health.example",
        "mailto:help@HEALTH.example",
        "mailto:unsubscribe@health.example?subject=stop",
        "tel:+60388810200",
        "tel:+60-3-8881-0200",
        "tel:+60 3 8881 0200",
        "https://xn--mller-kva.example/",
        "https://müller.example/",
    ],
)
def test_a_link_on_the_list_is_allowed(url: str) -> None:
    assert codes(judge(link(url))) == []


NOT_ALLOWED, SPELLING, SCHEME = "link.not_allowed", "link.spelling", "link.scheme"
LOOKALIKE, CARRIED = "link.lookalike", "link.carried"
CYRILLIC = "https://" + "heаlth.example".encode("idna").decode() + "/"


@pytest.mark.parametrize(
    ("url", "code"),
    [
        # --- other places
        pytest.param("https://evil.example/", NOT_ALLOWED, id="another host"),
        pytest.param("https://www.health.example/", NOT_ALLOWED, id="a host below it"),
        pytest.param("https://example/", NOT_ALLOWED, id="the domain above it"),
        pytest.param("http://health.example/", NOT_ALLOWED, id="without TLS"),
        pytest.param("https://health.example:8443/", NOT_ALLOWED, id="another port"),
        pytest.param("https://dev.example/", NOT_ALLOWED, id="the usual port"),
        pytest.param("https://id.health.example/verify/card", NOT_ALLOWED, id="segment missing"),
        pytest.param("https://id.health.example/verify//card", NOT_ALLOWED, id="segment empty"),
        pytest.param("https://id.health.example/verify/1/2/card", NOT_ALLOWED, id="one too many"),
        pytest.param(
            "https://id.health.example/verify/1/card/", NOT_ALLOWED, id="slash at the end"
        ),
        pytest.param("https://id.health.example/Verify/1/card", NOT_ALLOWED, id="letter case"),
        pytest.param("https://docs.health.example/guidebook", NOT_ALLOWED, id="path prefix"),
        pytest.param("https://docs.health.example/guide?x", NOT_ALLOWED, id="a query"),
        pytest.param("https://health.example/#x", NOT_ALLOWED, id="a fragment"),
        pytest.param("https://shop.example/p?id=5&to=x", NOT_ALLOWED, id="another parameter"),
        pytest.param("https://shop.example/p?id=5&id=6", NOT_ALLOWED, id="a parameter twice"),
        pytest.param("https://shop.example/p?%69d=5&ID=6", NOT_ALLOWED, id="case of a parameter"),
        pytest.param("mailto:evil@health.example", NOT_ALLOWED, id="another mailbox"),
        pytest.param("mailto:help@health.example?bcc=x", NOT_ALLOWED, id="a header"),
        pytest.param("mailto:unsubscribe@health.example?body=x", NOT_ALLOWED, id="another header"),
        pytest.param("tel:+60388810201", NOT_ALLOWED, id="another number"),
        pytest.param("tel:60388810200", NOT_ALLOWED, id="a national number"),
        # --- spellings
        pytest.param("https://health.example\\@evil.example/", SPELLING, id="backslash"),
        pytest.param("https://health.example@evil.example/", SPELLING, id="user name"),
        pytest.param("https://user:pw@health.example/", SPELLING, id="user name and password"),
        pytest.param("https:/health.example/", SPELLING, id="one slash"),
        pytest.param("https:///health.example/", SPELLING, id="three slashes"),
        pytest.param("https:health.example/", SPELLING, id="no slash"),
        pytest.param("//health.example/", SPELLING, id="no scheme"),
        pytest.param("health.example/", SPELLING, id="relative"),
        pytest.param("", SPELLING, id="empty"),
        pytest.param(" https://health.example/", SPELLING, id="blank before"),
        pytest.param("https://health.example/ ", SPELLING, id="blank after"),
        pytest.param("https://health\t.example/", SPELLING, id="tab"),
        pytest.param("https://health.example/\n", SPELLING, id="line feed"),
        pytest.param("https://health.example./", SPELLING, id="dot at the end"),
        pytest.param("https://health%2eexample/", SPELLING, id="encoded host"),
        pytest.param("https://health\u3002example/", LOOKALIKE, id="ideographic dot"),
        pytest.param("https://health.exa\u00admple/", LOOKALIKE, id="soft hyphen"),
        pytest.param("https://health.example/a/../b", SPELLING, id="dot segments"),
        pytest.param("https://health.example/a/%2e%2e/b", SPELLING, id="encoded dots"),
        pytest.param("https://health.example/a%2fb", SPELLING, id="encoded slash"),
        pytest.param("https://health.example/a%5cb", SPELLING, id="encoded backslash"),
        pytest.param("https://health.example/a%00", SPELLING, id="encoded NUL"),
        pytest.param("https://health.example/%", SPELLING, id="lone percent"),
        pytest.param("https://health.example/é", SPELLING, id="raw letter in the path"),
        pytest.param("https://health.example/<b>", SPELLING, id="mark-up in the path"),
        pytest.param("https://0x7f.1/", SPELLING, id="odd number"),
        pytest.param("https://2130706433/", SPELLING, id="one number"),
        pytest.param("https://[::1]/", SPELLING, id="IPv6"),
        pytest.param("https://health.example:99999/", SPELLING, id="no such port"),
        pytest.param("https://health.example:/", SPELLING, id="empty port"),
        pytest.param("mailto:help%40health.example", SPELLING, id="encoded address"),
        pytest.param("mailto:help@health.example,x@evil.example", SPELLING, id="two addresses"),
        pytest.param("tel:+60388810200;ext=1", SPELLING, id="extension"),
        pytest.param("https://health.example/" + "a" * 5000, SPELLING, id="endless"),
        # --- schemes
        pytest.param("javascript:alert(1)", SCHEME, id="javascript"),
        pytest.param("JaVaScRiPt://health.example/", SCHEME, id="javascript with a host"),
        pytest.param("data:text/html,x", SCHEME, id="data"),
        pytest.param("ftp://health.example/", SCHEME, id="ftp"),
        pytest.param("intent://health.example/#Intent;end", SCHEME, id="intent"),
        pytest.param("sms:+60388810200", SCHEME, id="sms"),
        pytest.param("cid:logo", SCHEME, id="a part, as an anchor"),
        # --- look-alikes
        pytest.param("https://heаlth.example/", LOOKALIKE, id="Cyrillic letter"),
        pytest.param(CYRILLIC, LOOKALIKE, id="Cyrillic letter, encoded"),
        pytest.param("https://hea1th.example/", LOOKALIKE, id="1 for l"),
        pytest.param("https://heaIth.example/", LOOKALIKE, id="I for l"),
        pytest.param("https://heallh.example/", LOOKALIKE, id="one letter off"),
        pytest.param("https://healht.example/", LOOKALIKE, id="letters swapped"),
        pytest.param("https://health.example.evil.com/", LOOKALIKE, id="name at the front"),
        pytest.param("https://www.health.example.evil.com/", LOOKALIKE, id="name in the middle"),
        pytest.param("https://id.hea1th.example/", LOOKALIKE, id="below a look-alike"),
    ],
)
def test_anything_else_is_held_and_says_why(url: str, code: str) -> None:
    assert codes(judge(link(url))) == [code]


ODD = [chr(code) for code in range(0x21)] + list("\x7f\u00a0\u00ad\u200b\u202e\u3002\uff0e\uff0f")
# In a place where any segment is allowed, so nothing but the spelling tells.
STEPS = ["../", "..;/", "/.", "%2e%2e/", "%2f", "%5c", "\\", "?", "%00", "%C0%AE"]


@pytest.mark.parametrize("insert", [*ODD, *STEPS], ids=ascii)
def test_a_good_link_with_something_odd_anywhere_in_it_is_held(insert: str) -> None:
    good = "https://id.health.example/verify/123/card"
    assert codes(judge(link(good))) == []

    for place in range(len(good) + 1):
        changed = good[:place] + insert + good[place:]
        if not changed.startswith("#"):
            assert codes(judge(link(changed))) != [], changed


@pytest.mark.parametrize(
    "rest", ["a." * 1900, "?u=" + "a." * 1900, "?u=" + "YWFh" * 900, "%41" * 1300, "a.com/" * 600]
)
def test_a_hostile_path_is_looked_through_quickly(rest: str) -> None:
    started = time.perf_counter()

    judge(link("https://health.example/" + rest))

    assert time.perf_counter() - started < 2


EVIL = "https://evil.example/x"


@pytest.mark.parametrize(
    ("url", "held"),
    [
        pytest.param(f"https://go.example/r?u={EVIL}", True, id="as it is"),
        pytest.param(f"https://go.example/r?u={quote(EVIL, safe='')}", True, id="encoded"),
        pytest.param(
            f"https://go.example/r?u={quote(quote(EVIL, safe=''), safe='')}", True, id="twice"
        ),
        pytest.param("https://go.example/r?u=//evil.example/x", True, id="without its scheme"),
        pytest.param("https://go.example/r?u=evil.example", True, id="host alone"),
        pytest.param("https://go.example/r?u=evil.zip/x", True, id="host like a file"),
        pytest.param("https://go.example/r?u=javascript:alert(1)", True, id="script"),
        pytest.param("https://go.example/r?u=mailto:evil@evil.example", True, id="address"),
        pytest.param(f"https://go.example/r?{EVIL}", True, id="as a name"),
        pytest.param(
            "https://go.example/r?u=" + base64.urlsafe_b64encode(EVIL.encode()).decode(),
            True,
            id="base64",
        ),
        pytest.param(f"https://health.example/to/{EVIL}", True, id="in the path"),
        pytest.param("https://health.example//evil.example/x", True, id="two slashes"),
        pytest.param(f"https://docs.health.example/guide#{EVIL}", True, id="in the fragment"),
        pytest.param("https://go.example/r?u=" + "%25" * 9 + "2F", False, id="percent signs"),
        pytest.param(
            "https://go.example/r?u=" + "%" + "25" * 9 + "2F", True, id="encoded nine times"
        ),
        pytest.param("https://go.example/r?u=https://health.example/a", False, id="allowed inside"),
        pytest.param("https://go.example/r?u=health.example", False, id="allowed host inside"),
        pytest.param("https://go.example/r?file=report.zip&v=1.2.3", False, id="a file"),
        pytest.param("https://go.example/r?t=12:30&d=2026-11-23", False, id="a time"),
        pytest.param("https://health.example/img/logo.v2.png", False, id="a file in the path"),
        pytest.param(
            "https://go.example/r?u=https%3A%2F%2Fgo.example%2Fr%3Fu%3Dhttps%253A%252F%252Fevil.example",
            True,
            id="carried by a carried one",
        ),
    ],
)
def test_links_inside_links_are_judged(url: str, *, held: bool) -> None:
    assert codes(judge(link(url))) == ([CARRIED] if held else [])


@pytest.mark.parametrize(
    ("url", "code"),
    [
        pytest.param("health.example", "", id="host"),
        pytest.param("Health.example/a", "", id="host and path"),
        pytest.param("old.example", "", id="http only"),
        pytest.param("https://health.example/a", "", id="with a scheme"),
        pytest.param("mailto:help@health.example", "", id="address"),
        pytest.param("id.health.example", NOT_ALLOWED, id="no entry for its front page"),
        pytest.param("evil.example", NOT_ALLOWED, id="another host"),
        pytest.param("heаlth.example", LOOKALIKE, id="look-alike"),
        pytest.param("http://health.example/a", NOT_ALLOWED, id="http where only https is listed"),
        pytest.param("1.2.3.4/x", NOT_ALLOWED, id="address of a machine"),
    ],
)
def test_what_clients_make_links_of_is_judged_like_a_link(url: str, code: str) -> None:
    assert codes(judge(link(url, BARE))) == ([code] if code else [])


@pytest.mark.parametrize(
    ("kind", "url", "code"),
    [
        pytest.param(LinkKind.RESOURCE, "https://health.example/logo.png", "", id="ours"),
        pytest.param(LinkKind.RESOURCE, "https://evil.example/logo.png", NOT_ALLOWED, id="theirs"),
        pytest.param(LinkKind.RESOURCE, "cid:logo@health", "", id="enclosed"),
        pytest.param(LinkKind.RESOURCE, "cid:other", SCHEME, id="not enclosed"),
        pytest.param(LinkKind.MEDIA, "https://evil.example/m.png", NOT_ALLOWED, id="media"),
        pytest.param(LinkKind.HEADER, "https://evil.example/u", NOT_ALLOWED, id="header"),
        pytest.param(LinkKind.DOCUMENT, "https://evil.example/d", NOT_ALLOWED, id="document"),
        pytest.param(LinkKind.CODE, "https://evil.example/q", NOT_ALLOWED, id="QR code"),
        pytest.param(LinkKind.ANCHOR, "#top", "", id="a place in the text"),
        pytest.param(LinkKind.RESOURCE, "#top", SPELLING, id="a place as a resource"),
    ],
)
def test_every_way_to_follow_a_link_is_judged(kind: LinkKind, url: str, code: str) -> None:
    logo = Picture("0", "image/png", "part 2", b"", content_id="logo@health")
    message = letter(links=(link(url, kind),), pictures=(logo,))

    result = check(Case(message, rules([OTP], ALL), Match(OTP, {})))

    assert codes(result) == ([code] if code else [])


@pytest.mark.parametrize(
    ("label", "held"),
    [
        pytest.param("Open your card", False, id="words"),
        pytest.param("health.example", False, id="the host"),
        pytest.param("www.health.example/card", False, id="of the same owner"),
        pytest.param("bank.example", True, id="another owner"),
        pytest.param("Go to https://bank.example/login now", True, id="inside words"),
        pytest.param("me@bank.example", True, id="an address"),
    ],
)
def test_a_label_may_not_name_another_place(label: str, *, held: bool) -> None:
    result = judge(link("https://health.example/", label=label))

    assert codes(result) == (["link.label"] if held else [])


@pytest.mark.parametrize(
    ("said", "held"),
    [
        pytest.param("docs.health.example", False, id="the host of a button"),
        pytest.param("docs.health.example/other", True, id="another page there"),
        pytest.param("https://docs.health.example", True, id="with a scheme"),
        pytest.param("id.health.example", True, id="a host that no button leads to"),
    ],
)
def test_the_name_of_a_host_beside_a_button_to_it_is_no_link_of_its_own(
    said: str, *, held: bool
) -> None:
    button = link("https://docs.health.example/guide/a")

    assert codes(judge(button, link(said, BARE))) == ([NOT_ALLOWED] if held else [])


def test_a_template_allows_only_the_entries_it_names() -> None:
    narrow = replace(OTP, links=frozenset({"docs"}))
    message = letter(links=(link("https://health.example/"),))

    wide_result = check(Case(message, rules([OTP], ALL), Match(OTP, {})))
    narrow_result = check(Case(message, rules([narrow], ALL), Match(narrow, {})))

    assert codes(wide_result) == []
    assert codes(narrow_result) == [NOT_ALLOWED]
    assert "does not allow health.example" in narrow_result.findings[0].detail


def test_an_entry_in_shadow_allows_nothing_but_is_reported() -> None:
    trial = replace(SITE, mode=Mode.SHADOW)

    result = judge(link("https://health.example/"), entries=(trial,))

    assert codes(result) == [NOT_ALLOWED]
    assert [finding.code for finding in result.shadow] == ["link.on_trial"]


def test_an_entry_that_is_off_does_not_exist() -> None:
    result = judge(link("https://health.example/"), entries=(replace(SITE, mode=Mode.OFF),))

    assert codes(result) == [NOT_ALLOWED]
    assert result.shadow == ()


def test_an_empty_list_allows_nothing() -> None:
    assert codes(judge(link("https://health.example/"), entries=())) == [NOT_ALLOWED]
    assert codes(judge(entries=())) == []


def test_the_values_of_slots_are_looked_through_for_links() -> None:
    template = replace(OTP, slots=(*OTP.slots, Slot("note", SlotType.TEXT, max_length=80)))
    found = Match(template, {"note": "see evil.example/x and health.example"})

    result = check(Case(letter(), rules([template], ALL), found))

    assert codes(result) == [NOT_ALLOWED]
    assert result.findings[0].where == "slot note"


@pytest.mark.parametrize(
    ("kind", "value", "url", "held"),
    [
        pytest.param(SlotType.EMAIL, "b@mail.example", "mailto:b@mail.example", False, id="email"),
        pytest.param(SlotType.EMAIL, "b@mail.example", "mailto:c@mail.example", True, id="other"),
        pytest.param(SlotType.EMAIL, "b@mail.example", "mailto:b@mail.example?cc=x", True, id="cc"),
        pytest.param(SlotType.TEXT, "b@mail.example", "mailto:b@mail.example", True, id="as text"),
        pytest.param(SlotType.PHONE, "+1 555-0100", "tel:+15550100", False, id="phone"),
        pytest.param(SlotType.PHONE, "+1 555-0100", "tel:+15550101", True, id="other phone"),
        pytest.param(SlotType.URL, EVIL, EVIL, True, id="a url slot is no allowlist"),
    ],
)
def test_addresses_and_numbers_in_their_slots_are_approved(
    kind: SlotType, value: str, url: str, *, held: bool
) -> None:
    template = replace(OTP, slots=(Slot("who", kind, max_length=32),), texts=("{who}",))
    template = replace(template, subjects=("x",))
    message = letter(links=(link(url),))

    result = check(Case(message, rules([template], ALL), Match(template, {"who": value})))

    assert (NOT_ALLOWED in codes(result)) == held


def test_a_path_may_repeat_the_value_of_a_slot() -> None:
    card = entry("health.example", "/card/{code}")
    message = letter(links=(link("https://health.example/card/123456"),))
    the_rules = rules([OTP], (card,))

    assert codes(check(Case(message, the_rules, Match(OTP, {"code": "123456"})))) == []
    assert codes(check(Case(message, the_rules, Match(OTP, {"code": "654321"})))) == [NOT_ALLOWED]
    assert codes(check(Case(message, the_rules, Match(OTP, {})))) == [NOT_ALLOWED]


def test_a_lookalike_is_explained_by_its_letter() -> None:
    detail = judge(link("https://heаlth.example/")).findings[0].detail

    assert "looks like health.example" in detail
    assert "U+0430 CYRILLIC SMALL LETTER A" in detail


def test_a_lookalike_is_shown_in_its_letters_first_and_as_it_is_asked_for() -> None:
    shown = "h\u0435alth.example (xn--halth-zwe.example) looks like health.example"

    assert shown in judge(link("https://h\u0435alth.example/")).findings[0].detail
    assert shown in judge(link("https://xn--halth-zwe.example/")).findings[0].detail
    plain = judge(link("https://heallth.example/")).findings[0].detail
    assert "heallth.example looks like health.example" in plain


def test_refused_links_are_those_that_the_check_objects_to() -> None:
    good, bad = link("https://health.example/p"), link("https://health.example.evil.example/p")
    found = refused_links(Case(letter(links=(good, bad)), rules([OTP], ALL), Match(OTP, {})))

    assert found == (bad,)


def test_the_nearest_entry_is_named() -> None:
    detail = judge(link("https://shop.example/q")).findings[0].detail

    assert "the path /q is not /p (shop)" in detail


@given(st.text(max_size=60))
@settings(deadline=None)
def test_any_text_is_parsed_or_refused(text: str) -> None:
    for prefix in ("", "https://", "https://health.example/", "mailto:", "tel:"):
        with contextlib.suppress(UrlError):
            assert parse_url(prefix + text).host


@given(st.text(alphabet="/\\@.:%?#[]abc\t\u3002e2F", max_size=25))
@settings(deadline=None)
def test_nothing_written_before_the_host_leads_elsewhere(text: str) -> None:
    result = judge(link(f"https://{text}evil.example/"))

    assert codes(result)


def test_a_thousand_strange_hosts_against_a_long_list_are_answered() -> None:
    many = tuple(entry(f"site{n}.example", id=f"s{n}") for n in range(2000))
    strange = tuple(link(f"https://sitte{n}.example/") for n in range(1000))

    result = judge(*strange, entries=many)

    assert 0 < len(codes(result)) <= 50
