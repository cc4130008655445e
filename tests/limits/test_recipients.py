"""Every spelling of one recipient is one addressee, and nothing raises."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from filter.limits.recipients import addressee_of, exact_addressee_of
from filter.limits.subjects import sender_of, subject_before_content, subject_of
from filter.message import Channel, Client, EndUser, Envelope, Transaction
from filter.settings import Limits
from filter.subject import Addressee, Dimension
from tests.templates.build import OTP

ANYWHERE = Limits()
MALAYSIA = Limits(country="MY")
AMERICA = Limits(country="US")
TAGS_COUNT = Limits(plus_tags=True)


def digits_from(zero: int) -> dict[int, int]:
    """Return how to write digits in the script whose zero this is."""
    return {ord("0") + digit: zero + digit for digit in range(10)}


FULL_WIDTH = {**digits_from(0xFF10), ord("+"): 0xFF0B}
ARABIC = digits_from(0x0660)
DEVANAGARI = digits_from(0x0966)

# How numbers begin that are in use whatever the digits behind are, and how many those are.
DIGITS_OF = {"+6012345": 4, "+4915112": 6, "+3361234": 4, "+4477005": 5, "+120255501": 2}


@st.composite
def numbers(draw: st.DrawFn) -> str:
    start = draw(st.sampled_from(sorted(DIGITS_OF)))
    count = DIGITS_OF[start]
    return start + draw(st.text("0123456789", min_size=count, max_size=count))


@st.composite
def spellings(draw: st.DrawFn) -> tuple[str, str]:
    """A number, and one of the ways to write it."""
    number = draw(numbers())
    groups = draw(st.lists(st.sampled_from(["", " ", "-", ".", "/", "  ", "\u00a0", "\u200b"])))
    signs = itertools.chain(groups, itertools.repeat(""))
    spelled = "".join(digit + sign for digit, sign in zip(number[1:], signs, strict=False))
    start = draw(st.sampled_from(["+", "+ ", "00", "", "(+", "\uff0b", "\u202a+"]))
    text = start + spelled + (")" if "(" in start else "")
    text = text.translate(draw(st.sampled_from([{}, FULL_WIDTH, ARABIC, DEVANAGARI])))
    scheme = draw(st.sampled_from(["", "tel:", "TEL:", "whatsapp:", "sms:", "rcs:", " "]))
    ending = draw(st.sampled_from(["", " ", ";ext=12", ";phone-context=x.example", "\n"]))
    return number, scheme + text + ending


@given(spellings())
def test_every_spelling_of_a_number_is_one_addressee(pair: tuple[str, str]) -> None:
    number, spelled = pair

    assert addressee_of(spelled, ANYWHERE) == addressee_of(number, ANYWHERE)
    assert addressee_of(number, ANYWHERE).recipient == number


@example("+ +@", ANYWHERE)
@given(
    st.text(max_size=60) | st.text('+0123456789 ()-@."<>:;x\u0660\uff11', max_size=40),
    st.sampled_from([ANYWHERE, MALAYSIA, AMERICA, TAGS_COUNT]),
)
def test_nothing_raises_and_the_canonical_form_is_its_own(text: str, settings: Limits) -> None:
    found = addressee_of(text, settings)

    if found.recipient.startswith("+"):
        assert addressee_of(found.recipient, settings) == found
    assert found.recipient.startswith(found.prefix)


@given(st.text("+0123456789 -.()/", max_size=25))
def test_signs_between_the_digits_of_what_is_no_number_make_no_new_keys(text: str) -> None:
    plus = "+" if "+" in text.partition(text.strip("+ -.()/")[:1] or "\0")[0] else ""
    digits = "".join(character for character in text if character.isdecimal())

    if digits and "+" not in text.lstrip("+ -.()/"):
        assert addressee_of(text, ANYWHERE) == addressee_of(plus + digits, ANYWHERE)


@pytest.mark.parametrize(
    ("text", "settings", "wanted"),
    [
        pytest.param("+60 12-345 6789", ANYWHERE, "+60123456789", id="blanks and dashes"),
        pytest.param("+60 (0)12 345 6789", ANYWHERE, "+60123456789", id="trunk zero in brackets"),
        pytest.param("+60 012 345 6789", ANYWHERE, "+60123456789", id="trunk zero"),
        pytest.param("+60 000 12 345 6789", ANYWHERE, "+60123456789", id="several trunk zeros"),
        pytest.param("0060123456789", ANYWHERE, "+60123456789", id="00"),
        pytest.param("0060123456789", AMERICA, "+60123456789", id="00 where 011 is usual"),
        pytest.param("01160123456789", AMERICA, "+60123456789", id="011 in North America"),
        pytest.param("01160123456789", MALAYSIA, "01160123456789", id="011 elsewhere is none"),
        pytest.param("0123456789", MALAYSIA, "+60123456789", id="national form"),
        pytest.param("012-345 6789", MALAYSIA, "+60123456789", id="national form with signs"),
        pytest.param("0123456789", ANYWHERE, "0123456789", id="national form, but whose"),
        pytest.param("60123456789", MALAYSIA, "+60123456789", id="country code alone, at home"),
        pytest.param("4915112345678", MALAYSIA, "+4915112345678", id="country code alone, abroad"),
        pytest.param("(202) 555-0143", AMERICA, "+12025550143", id="brackets"),
        pytest.param("1-202-555-0143", AMERICA, "+12025550143", id="with its 1"),
        pytest.param("+15550100", ANYWHERE, "+15550100", id="set aside for documentation"),
        pytest.param("whatsapp:+15550100", ANYWHERE, "+15550100", id="the same by WhatsApp"),
        pytest.param("+60123456789x12", ANYWHERE, "+60123456789", id="extension"),
        pytest.param("+60123456789,,12#", ANYWHERE, "+60123456789", id="dialling on"),
        pytest.param("+5215512345678", ANYWHERE, "+525512345678", id="a former plan of Mexico"),
        pytest.param("+54 11 15 1234 5678", ANYWHERE, "+5491112345678", id="Argentina's 15"),
        pytest.param("+39 06 1234 5678", ANYWHERE, "+390612345678", id="Italy keeps its zero"),
        pytest.param("12345", MALAYSIA, "12345", id="short code"),
        pytest.param("1 23-45", MALAYSIA, "12345", id="short code with signs"),
        pytest.param("+6012", ANYWHERE, "+6012", id="too short"),
        pytest.param("+6 0-1.2", ANYWHERE, "+6012", id="too short, with signs"),
        pytest.param("+999 123 456", ANYWHERE, "+999123456", id="no country"),
        pytest.param("0" * 20, ANYWHERE, "+" + "0" * 20, id="zeros only"),
        pytest.param("9" * 4000, ANYWHERE, "9" * 30, id="endless"),
        pytest.param("", ANYWHERE, "", id="nothing"),
        pytest.param("Nobody", ANYWHERE, "nobody", id="a name"),
    ],
)
def test_a_number_is_read_as_its_country_writes_it(
    text: str, settings: Limits, wanted: str
) -> None:
    assert addressee_of(text, settings).recipient == wanted


@pytest.mark.parametrize(
    ("number", "country", "prefix"),
    [
        ("+60123456789", "MY", "+6012345"),
        ("+12025550143", "US", "+1202555"),
        ("+16135550143", "CA", "+1613555"),
        ("+77011234567", "KZ", "+7701123"),
        ("+79161234567", "RU", "+7916123"),
        pytest.param("+881612345678", "001", "+88161234", id="satellites are the whole world's"),
        pytest.param("+15550100", "US", "+1555", id="for documentation"),
        pytest.param("+19245550123", "US", "+1924555", id="newer than the tables"),
        pytest.param("+99912345678", "", "+9991234", id="of no country"),
        pytest.param("12345", "", "", id="short code"),
    ],
)
def test_a_number_has_its_country_and_its_block(number: str, country: str, prefix: str) -> None:
    assert addressee_of(number, ANYWHERE) == Addressee(number, prefix, country)


MAILBOXES = [
    "alice@b\u00fccher.example",
    "Alice@B\u00dcCHER.example",
    "alice@xn--bcher-kva.example",
    "ALICE@XN--BCHER-KVA.EXAMPLE.",
    "<alice@b\u00fccher.example>",
    '"alice"@b\u00fccher.example',
    "alice@bu\u0308cher.example",
    "alice@b\u00fccher\u3002example",
    "mailto:alice@b\u00fccher.example",
    "\uff41lice@b\u00fccher.example",
    " alice@b\u00fccher.example ",
]


@pytest.mark.parametrize("spelled", MAILBOXES)
def test_every_spelling_of_an_address_is_one_addressee(spelled: str) -> None:
    assert addressee_of(spelled, ANYWHERE) == Addressee(
        "alice@xn--bcher-kva.example", domain="xn--bcher-kva.example"
    )


@pytest.mark.parametrize(
    ("spelled", "wanted"),
    [
        ("a+tag@mail.example", "a@mail.example"),
        ('"a+tag"@mail.example', "a@mail.example"),
        ("+tag@mail.example", "+tag@mail.example"),
        ("+@mail.example", "+@mail.example"),
        (r'"a \"b\""@mail.example', 'a "b"@mail.example'),
        ("a@b@mail.example", "a@b@mail.example"),
        ("a@[192.0.2.1]", "a@[192.0.2.1]"),
        ("a@xn--\u00fc.example", "a@xn--\u00fc.example"),
        ("a@xn--.example", "a@.example"),
        ("@", "@"),
    ],
)
def test_a_plus_tag_and_quotes_make_no_other_recipient(spelled: str, wanted: str) -> None:
    assert addressee_of(spelled, ANYWHERE).recipient == wanted


def test_plus_tags_count_where_the_settings_say_so() -> None:
    assert addressee_of("a+tag@mail.example", TAGS_COUNT).recipient == "a+tag@mail.example"
    assert exact_addressee_of("A+tag@mail.example", ANYWHERE).recipient == "a+tag@mail.example"


def test_dots_make_another_recipient_but_where_the_provider_reads_none() -> None:
    spelled = ("ab.c@gmail.com", "A.B.C+x@Gmail.com", '"a.bc"@googlemail.com')

    assert {addressee_of(s, ANYWHERE).recipient for s in spelled} == {"abc@gmail.com"}
    assert {addressee_of(s, ANYWHERE).domain for s in spelled} == {"gmail.com"}
    assert addressee_of("ab.c@mail.example", ANYWHERE).recipient == "ab.c@mail.example"


def test_octets_that_are_no_text_make_a_recipient_like_any_other() -> None:
    strange = b"caf\xe9@mail.example".decode("utf-8", "surrogateescape")

    assert addressee_of(strange, ANYWHERE).domain == "mail.example"
    assert addressee_of("a@\udce9.example", ANYWHERE).recipient.startswith("a@")


ASKED = Transaction(
    id="m_1",
    channel=Channel.EMAIL,
    received_at=datetime(2026, 1, 1, tzinfo=UTC),
    client=Client("kiosk", "192.0.2.7"),
    envelope=Envelope("No-Reply@Health.Example", ("A@x.example", "+60123456789")),
    content=b"",
    end_user=EndUser(" u7 ", "198.51.100.9"),
)


def test_a_subject_has_every_dimension_of_a_judged_message() -> None:
    subject = subject_of(ASKED, OTP, ANYWHERE)

    first = subject.addressees[0]
    assert {d.value: subject.value_of(d, first) for d in Dimension} == {
        "recipient": "a@x.example",
        "recipient-prefix": "",
        "country": "",
        "recipient-domain": "x.example",
        "template": "otp",
        "class": "",
        "channel": "email",
        "sender": "no-reply@health.example",
        "client": "kiosk",
        "end-user": "u7",
        "end-user-ip": "198.51.100.9",
    }
    assert [a.recipient for a in subject.addressees] == ["a@x.example", "+60123456789"]


def test_a_client_without_a_name_is_its_address() -> None:
    subject = subject_of(replace(ASKED, client=Client(address="192.0.2.7")), None, ANYWHERE)

    assert (subject.client, subject.template, subject.template_class) == ("192.0.2.7", None, None)


@pytest.mark.parametrize(
    ("sender", "wanted"),
    [
        ("CLINIC", "CLINIC"),
        (" CLINIC ", "CLINIC"),
        ("Clinic 24", "Clinic 24"),
        ("+60 12-345 6789", "+60123456789"),
        ("63001", "63001"),
        ("bounces+a7f@Health.Example", "bounces@health.example"),
        ("2FA-1234", "2FA-1234"),
        ("MG00112233445566778899aabbccddeeff", "MG00112233445566778899aabbccddeeff"),
        ("whatsapp:+60 12-345 6789", "+60123456789"),
        pytest.param("", "<>", id="bounces"),
    ],
)
def test_a_sender_is_an_address_a_number_or_a_name(sender: str, wanted: str) -> None:
    assert sender_of(sender, ANYWHERE) == wanted


def test_before_content_a_subject_knows_its_recipients() -> None:
    asked = subject_before_content(
        Channel.EMAIL, Client("kiosk"), "a@x.example", ["B@y.example"], ANYWHERE
    )

    assert (asked.client, asked.sender, asked.template) == ("kiosk", "a@x.example", None)
    assert asked.addressees == (Addressee("b@y.example", domain="y.example"),)
