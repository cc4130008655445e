"""The signed link: what is made is read, and nothing else ever is."""

from __future__ import annotations

import base64
import hashlib
import hmac
import string
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from filter.limits.references import TRACKED_SECONDS, References
from filter.limits.reportlinks import LINK_DAYS, ReportLinks, last_day, links_for
from filter.settings import Limits

KEY = b"a key of more than thirty-two characters"
URL = "https://gate.health.example/report"
NOW = datetime(2021, 6, 30, 22, 15, tzinfo=UTC)
LINKS = ReportLinks(URL, KEY)
WHOM = "+60123456789"
BASE64URL = string.ascii_letters + string.digits + "-_"


def token_for(recipient: str = WHOM, template: str = "", links: ReportLinks = LINKS) -> str:
    return links.make(recipient, template, NOW).rpartition("/")[2]


def test_what_is_made_is_read() -> None:
    handle = LINKS.read(token_for(template="sign-in"), NOW)

    assert handle == References(KEY).handle(WHOM, "sign-in")


def test_a_link_fits_into_a_text_message() -> None:
    assert len(LINKS.make(WHOM, "sign-in", NOW)) == len(URL) + 25 <= 60


def test_a_link_shows_nothing_of_the_number_that_could_be_looked_up() -> None:
    handle = LINKS.read(token_for(), NOW)

    assert handle is not None
    plain = hashlib.sha256(f"recipient\n{WHOM}\n".encode()).digest()
    assert handle not in plain
    assert handle != References(b"").handle(WHOM)


def test_a_link_is_good_for_the_day_and_two_more_and_no_second_longer() -> None:
    token = token_for()
    end = datetime(2021, 7, 2, 23, 59, 59, tzinfo=UTC)

    assert last_day(NOW) == end.date()
    assert LINKS.read(token, end) is not None
    assert LINKS.read(token, end + timedelta(seconds=1)) is None


def test_a_message_is_found_as_long_as_a_link_in_it_is_good() -> None:
    made = datetime(2021, 6, 30, 0, 0, tzinfo=UTC)
    end = datetime.combine(last_day(made) + timedelta(days=1), made.timetz())

    assert (end - made).total_seconds() <= TRACKED_SECONDS
    assert (LINK_DAYS + 1) * 86400 == TRACKED_SECONDS


@given(st.text(alphabet=BASE64URL, min_size=24, max_size=24))
def test_no_forged_token_is_read(token: str) -> None:
    assert LINKS.read(token, NOW) is None


@given(st.text(max_size=40))
def test_no_text_whatever_is_read_or_raises(token: str) -> None:
    assert LINKS.read(token, NOW) is None


@given(
    recipient=st.text(max_size=30),
    template=st.text(max_size=30),
    bits=st.sets(st.integers(0, 143), min_size=1, max_size=4),
)
def test_no_flipped_bit_leaves_a_token_good(recipient: str, template: str, bits: set[int]) -> None:
    raw = int.from_bytes(base64.urlsafe_b64decode(token_for(recipient, template)), "big")
    for bit in bits:
        raw ^= 1 << bit

    assert LINKS.read(base64.urlsafe_b64encode(raw.to_bytes(18, "big")).decode(), NOW) is None


@given(place=st.integers(0, 23), character=st.sampled_from(BASE64URL + "+/=. é"))
def test_no_other_character_leaves_a_token_good(place: int, character: str) -> None:
    token = token_for()
    changed = token[:place] + character + token[place + 1 :]

    assert (LINKS.read(changed, NOW) is not None) == (changed == token)


@pytest.mark.parametrize("length", range(24))
def test_no_truncated_or_lengthened_token_is_read(length: int) -> None:
    token = token_for()

    assert LINKS.read(token[:length], NOW) is None
    assert LINKS.read(token + "A" * (length + 1), NOW) is None
    assert LINKS.read(token + "=" * (length + 1), NOW) is None
    assert LINKS.read(f"{token}\n", NOW) is None


def test_a_token_of_another_key_is_not_read() -> None:
    other = ReportLinks(URL, b"another key of thirty-two characters")

    assert LINKS.read(token_for(links=other), NOW) is None


@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=40), st.text(max_size=40))
def test_two_recipients_or_templates_have_two_handles(a: str, b: str, c: str, d: str) -> None:
    references = References(KEY)
    is_same = (a, b.partition("/")[0]) == (c, d.partition("/")[0])
    if "\n" in a + b + c + d:
        return  # no canonical recipient and no template id has one

    assert (references.handle(a, b) == references.handle(c, d)) is is_same


def test_a_variant_has_the_link_of_its_template() -> None:
    assert token_for(template="sign-in/ms") == token_for(template="sign-in")


def test_without_an_address_there_are_no_links_and_without_a_key_no_start() -> None:
    assert links_for(Limits()) is None
    with pytest.raises(ValueError, match="report_key"):
        links_for(Limits(report_url=URL))


def test_an_application_can_make_the_link_as_the_page_says() -> None:
    page = (Path(__file__).parents[2] / "docs/signals.md").read_text(encoding="utf-8")
    program = page.partition("```python\n# report link\n")[2].partition("```")[0]
    said: dict[str, object] = {}
    exec(program, said)

    today = (datetime.now(UTC).date() - datetime(1970, 1, 1, tzinfo=UTC).date()).days
    make = said["report_token"]
    assert callable(make)
    token = make(KEY.decode(), "+60123456789", "sign-in", today + 2)
    assert f"{URL}/{token}" == LINKS.make("+60123456789", "sign-in", datetime.now(UTC))


def test_references_of_a_gate_are_keyed() -> None:
    settings = Limits(report_url=URL, report_key=SecretStr(KEY.decode()))
    links = links_for(settings)

    assert links is not None
    assert links.path == "/report"
    assert links.read(token_for(), NOW) is not None


def test_the_seal_is_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def compare(one: bytes, other: bytes) -> bool:
        asked.append((one, other))
        return one == other

    monkeypatch.setattr(hmac, "compare_digest", compare)

    assert LINKS.read(token_for(), NOW) is not None
    assert LINKS.read("A" * 24, NOW) is None
    assert [len(seal) for pair in asked for seal in pair] == [8, 8, 8, 8]
