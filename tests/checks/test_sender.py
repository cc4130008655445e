"""Senders against what the template lists."""

from __future__ import annotations

from dataclasses import replace

import pytest

from filter.checks.case import Case
from filter.checks.sender import check
from filter.message import Envelope, Mailbox
from filter.mode import Mode
from filter.ruleset import AllowedSender
from tests.checks.build import codes, fitting, judged, letter, rules
from tests.templates.build import OTP, SENDER, sms

TEMPLATE = replace(
    OTP,
    senders=(
        AllowedSender(SENDER, frozenset({"", "Clinic", "Klinik Kesihatan"})),
        AllowedSender("desk@health.example", frozenset({"Desk"})),
        AllowedSender("CLINIC"),
        AllowedSender("+60388810200"),
        AllowedSender("15888"),
    ),
    reply_to=frozenset({"desk@health.example"}),
)


def box(address: str, name: str = "") -> tuple[Mailbox, ...]:
    return (Mailbox(name, address),)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        pytest.param({}, "", id="listed"),
        pytest.param({"from_": box(SENDER, "Clinic")}, "", id="with its name"),
        pytest.param({"from_": box(SENDER, "Klinik  Kesihatan")}, "", id="blanks in the name"),
        pytest.param({"from_": box("No-Reply@HEALTH.example")}, "", id="letter case"),
        pytest.param({"sender": box(SENDER)}, "", id="Sender is From"),
        pytest.param({"sender": box("desk@health.example", "Desk")}, "", id="Sender is listed"),
        pytest.param({"reply_to": box(SENDER)}, "", id="Reply-To is From"),
        pytest.param({"reply_to": box("desk@health.example")}, "", id="Reply-To is listed"),
        pytest.param({"reply_to": box("desk@health.example", "Desk")}, "", id="with a name"),
        pytest.param({"from_": box("x@evil.example")}, "sender.not_allowed", id="a stranger"),
        pytest.param(
            {"from_": box("no-reply@health.example.evil.com")}, "sender.not_allowed", id="front"
        ),
        pytest.param({"from_": box("no-reply@sub.health.example")}, "sender.not_allowed", id="sub"),
        pytest.param(
            {"from_": box("no-reply@hea\u217cth.example")}, "sender.not_allowed", id="Roman l"
        ),
        pytest.param(
            {"from_": box("des\u212a@health.example", "Desk")}, "sender.not_allowed", id="Kelvin"
        ),
        pytest.param({"from_": box("")}, "sender.not_allowed", id="empty"),
        pytest.param({"from_": box(SENDER, "Minister")}, "sender.name", id="another name"),
        pytest.param({"from_": box(SENDER, "clinic")}, "sender.name", id="letter case of a name"),
        pytest.param({"from_": box(SENDER, "Clin\u200bic")}, "sender.name", id="zero width"),
        pytest.param({"from_": box("desk@health.example")}, "sender.name", id="name missing"),
        pytest.param({"from_": ()}, "sender.header", id="no From"),
        pytest.param({"from_": box(SENDER) * 2}, "sender.header", id="two in From"),
        pytest.param({"sender": box("x@evil.example")}, "sender.header", id="strange Sender"),
        pytest.param({"sender": box(SENDER) * 2}, "sender.header", id="two in Sender"),
        pytest.param({"sender": box(SENDER, "Minister")}, "sender.name", id="name of Sender"),
        pytest.param({"reply_to": box("x@evil.example")}, "sender.reply_to", id="strange Reply-To"),
        pytest.param(
            {"reply_to": (*box(SENDER), *box("x@evil.example"))}, "sender.reply_to", id="one of two"
        ),
        pytest.param({"reply_to": box(SENDER, "Minister")}, "sender.reply_to", id="its name"),
    ],
)
def test_the_headers_that_people_see_name_listed_senders(
    fields: dict[str, object], code: str
) -> None:
    result = check(fitting(letter(**fields), TEMPLATE))

    assert codes(result) == ([code] if code else [])


@pytest.mark.parametrize(
    ("sender", "allowed"),
    [
        ("CLINIC", True),
        ("+60388810200", True),
        ("+60 3-8881 0200", True),
        ("15888", True),
        ("clinic", False),
        ("CLINlC", False),
        ("60388810200", False),
        ("+60388810201", False),
        ("158889", False),
        ("whatsapp:+60388810200", False),
        (SENDER.upper(), False),
        ("", False),
    ],
)
def test_a_text_message_comes_from_a_listed_sender(sender: str, *, allowed: bool) -> None:
    result = check(fitting(sms("x", sender), TEMPLATE))

    assert codes(result) == ([] if allowed else ["sender.not_allowed"])


def test_the_finding_names_the_listed_senders() -> None:
    detail = check(fitting(letter(from_=box("x@evil.example")), OTP)).findings[0].detail

    assert detail == (
        "the template otp comes from CLINIC, no-reply@health.example, not from x@evil.example"
    )


def test_without_a_template_only_a_stranger_is_objected_to() -> None:
    prank = letter(subject="Prank")
    assert codes(check(judged(prank, rules()))) == []
    stranger = replace(prank, from_=box("x@evil.example"))
    assert codes(check(judged(stranger, rules()))) == ["sender.not_allowed"]
    assert codes(check(judged(replace(prank, from_=()), rules()))) == ["sender.header"]


def test_a_sender_of_a_shadow_template_is_still_a_stranger() -> None:
    the_rules = rules([replace(OTP, mode=Mode.SHADOW)])
    prank = letter(subject="Prank")

    assert codes(check(Case(prank, the_rules, the_rules.matcher.match(prank)))) == [
        "sender.not_allowed"
    ]


@pytest.mark.parametrize(
    ("sender", "allowed"),
    [
        ("bounce@health.example", True),
        ("Bounce@HEALTH.example", True),
        ("anna=dest.example@bounces.health.example", True),
        ("x@sub.bounces.health.example", False),
        ("x@evilbounces.health.example", False),
        (SENDER, False),
        ("x@evil.example", False),
        ("", False),
    ],
)
def test_bounces_go_where_the_sender_says(sender: str, *, allowed: bool) -> None:
    listed = frozenset({"bounce@health.example", "@bounces.health.example"})
    template = replace(OTP, senders=(AllowedSender(SENDER, envelope_from=listed),))
    result = check(fitting(letter(envelope=Envelope(sender, ("anna@dest.example",))), template))

    assert codes(result) == ([] if allowed else ["sender.envelope"])


def test_bounces_may_go_nowhere_where_the_sender_says_so() -> None:
    allowed = AllowedSender(SENDER, envelope_from=frozenset({"<>"}))
    template = replace(OTP, senders=(allowed,))

    assert codes(check(fitting(letter(envelope=Envelope("", ("a@dest.example",))), template))) == []


@pytest.mark.parametrize(
    ("recipients", "allowed"),
    [
        (("anna@dest.example",), True),
        (("Anna@DEST.example", "b@dest.example"), True),
        (("anna@dest.example", "c@dest.example"), False),
        (("anna+x@dest.example",), False),
    ],
)
def test_blind_copies_are_held_where_anybody_is_named(
    recipients: tuple[str, ...], *, allowed: bool
) -> None:
    template = replace(OTP, senders=(AllowedSender(SENDER),))
    message = letter(
        envelope=Envelope(SENDER, recipients),
        to=box("anna@dest.example"),
        cc=box("b@dest.example"),
    )

    assert codes(check(fitting(message, template))) == ([] if allowed else ["sender.recipients"])


@pytest.mark.parametrize(
    ("sender", "allowed"),
    [
        ("", True),
        ("anna=dest.example@bounces.health.example", True),
        ("www-data@health.example", True),
        ("x@evil.example", False),
        ("x@evilhealth.example", False),
        ("x@health.example.evil.example", False),
        ("x@example", False),
    ],
)
def test_where_the_sender_says_nothing_bounces_stay_in_its_domain(
    sender: str, *, allowed: bool
) -> None:
    result = check(fitting(letter(envelope=Envelope(sender, ("a@dest.example",))), TEMPLATE))

    assert codes(result) == ([] if allowed else ["sender.envelope"])


def test_bounces_and_copies_go_anywhere_where_the_sender_says_so() -> None:
    free = AllowedSender(SENDER, envelope_from=frozenset({"*"}), in_header=False)
    elsewhere = Envelope("x@relay.example", ("b@dest.example",))
    message = letter(envelope=elsewhere, to=box("a@dest.example"))

    assert codes(check(fitting(message, replace(OTP, senders=(free,))))) == []
