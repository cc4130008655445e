"""Whole messages against approved templates."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from filter.message import Attachment, Channel, Envelope, Message, Picture, View, ViewKind
from filter.mode import Mode
from filter.ruleset import (
    AllowedAttachment,
    AllowedSender,
    Match,
    Miss,
    PictureRule,
    Slot,
    SlotType,
    Template,
)
from filter.templates.compiled import TemplateError
from filter.templates.matcher import compile_matcher, matches_any
from tests.templates.build import (
    CODE,
    MINUTES,
    NAME,
    NOTE,
    OTP,
    codes,
    mail,
    match,
    sms,
    texts,
    values,
)

SAID = "Your code is 123456. It expires in 10 minutes."
SUBJECT = "Your code 123456"
VALUES = {"code": "123456", "minutes": "10"}

HTML = replace(
    OTP,
    id="html",
    channels=frozenset({Channel.EMAIL}),
    htmls=("Clinic Your code: {code} Valid for {minutes} minutes",),
    preheaders=("Use {code} to sign in",),
    footers=("Sent by relay {relay}.",),
    slots=(CODE, MINUTES, Slot("relay", SlotType.DIGITS)),
)
SHOWN = "Clinic Your code: 123456 Valid for 10 minutes"
FOOTER = "Sent by relay 7."


# --- one text


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(SAID, id="a value in each slot"),
        pytest.param(SAID.replace("10", "1"), id="another value"),
    ],
)
def test_an_approved_text_matches(text: str) -> None:
    assert values(sms(text), OTP) is not None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        pytest.param(SAID + " Visit evil.example", "template.none", id="extra sentence"),
        pytest.param("Hi! " + SAID, "template.none", id="extra greeting"),
        pytest.param(SAID[:-1], "template.none", id="dot missing"),
        pytest.param(SAID.replace("code", "Code"), "template.none", id="letter case"),
        pytest.param(SAID.replace("o", "о"), "template.none", id="look-alike o"),  # noqa: RUF001
        pytest.param(SAID.replace("code", "co\u200bde"), "template.none", id="zero width"),
        pytest.param(SAID.replace("code", "co\u00adde"), "template.none", id="soft hyphen"),
        pytest.param(SAID.replace("123456", "12345"), "template.slot", id="digit missing"),
        pytest.param(SAID.replace("123456", "call us"), "template.slot", id="words for digits"),
        pytest.param(SAID.replace("10", "61"), "template.slot", id="out of bounds"),
        pytest.param(
            SAID.replace("123456", "\uff11\uff12\uff13\uff14\uff15\uff16"),
            "template.slot",
            id="full-width digits",
        ),
        pytest.param(SAID + SAID, "template.slot", id="twice"),
        pytest.param("", "template.none", id="empty"),
        pytest.param("Hello", "template.none", id="something else"),
    ],
)
def test_a_near_miss_never_matches_and_says_why(text: str, code: str) -> None:
    assert codes(sms(text), OTP) == [code]


def test_a_value_may_hold_the_words_that_follow_it() -> None:
    template = texts("Dear {name}, note: {note}. Thanks.", slots=(NAME, NOTE))

    found = values(sms("Dear Tan, Jr., note: a. Thanks. b. Thanks."), template)

    assert found == {"name": "Tan, Jr.", "note": "a. Thanks. b"}


def test_a_slot_has_one_value_in_one_text() -> None:
    template = texts("Code {code}, again {code}.", slots=(CODE,))

    assert values(sms("Code 123456, again 123456."), template) == {"code": "123456"}
    assert codes(sms("Code 123456, again 123457."), template) == ["template.slot"]


def test_a_later_use_of_a_slot_decides_how_long_the_first_one_is() -> None:
    template = texts("{note} and {note}", slots=(NOTE,))

    assert values(sms("a and b and a and b"), template) == {"note": "a and b"}


def test_slots_that_touch_are_cut_wherever_their_types_allow() -> None:
    letter = Slot("letter", SlotType.CHOICE, values=("A", "AB"))
    template = texts("No {letter}{code}", slots=(letter, CODE))

    assert values(sms("No AB123456"), template) == {"letter": "AB", "code": "123456"}
    assert values(sms("No B123456"), template) is None


def test_a_template_may_be_nothing_but_a_slot() -> None:
    assert values(sms("123456"), texts("{code}", slots=(CODE,))) == {"code": "123456"}


def test_a_tangled_text_is_given_up_in_time() -> None:
    slots = tuple(Slot(f"s{n}", SlotType.TEXT, max_length=5000) for n in range(20))
    template = texts(" a ".join(f"{{s{n}}}" for n in range(20)) + " end 1", slots=slots)
    last = Slot("last", SlotType.DIGITS)
    template = replace(template, texts=(template.texts[0] + "{last}",), slots=(*slots, last))

    assert isinstance(match(sms("a " * 4000 + "end 1x"), template), Miss)


# --- the whole message


@pytest.mark.parametrize(
    "message",
    [
        pytest.param(mail(SUBJECT, SAID), id="plain alone"),
        pytest.param(mail(SUBJECT, None, SHOWN), id="HTML alone"),
        pytest.param(mail(SUBJECT, SAID, SHOWN), id="both"),
        pytest.param(mail(SUBJECT, SAID, SHOWN, preheader="Use 123456 to sign in"), id="preview"),
        pytest.param(mail(SUBJECT, f"{SAID} {FOOTER}", f"{SHOWN} {FOOTER}"), id="footers"),
        pytest.param(mail(SUBJECT, f"{SAID} {FOOTER}", SHOWN), id="footer in the plain part only"),
        pytest.param(mail(f" {SUBJECT.replace(' ', chr(160))}", SAID), id="blanks in the subject"),
    ],
)
def test_all_parts_of_a_message_say_one_template(message: Message) -> None:
    found = values(message, HTML)

    assert found is not None
    assert {**found, "relay": "7"} == {**VALUES, "relay": "7"}


@pytest.mark.parametrize(
    ("message", "code"),
    [
        pytest.param(mail("Your code 123457", SAID), "template.values_differ", id="in the subject"),
        pytest.param(
            mail(SUBJECT, SAID, SHOWN.replace("10", "11")), "template.values_differ", id="in HTML"
        ),
        pytest.param(
            mail(SUBJECT, SAID, SHOWN, preheader="Use 654321 to sign in"),
            "template.values_differ",
            id="in the preview",
        ),
        pytest.param(mail("Urgent!", SAID), "template.subject", id="other subject"),
        pytest.param(mail(None, SAID), "template.subject", id="no subject"),
        pytest.param(mail("", SAID), "template.subject", id="empty subject"),
        pytest.param(mail(SUBJECT, SAID, SAID), "template.html", id="the text for the HTML"),
        pytest.param(mail(SUBJECT, SHOWN), "template.none", id="the HTML for the text"),
        pytest.param(mail(SUBJECT, SAID, SHOWN + "!"), "template.html", id="HTML says more"),
        pytest.param(
            mail(SUBJECT, SAID, SHOWN, preheader="You won"), "template.preheader", id="preview"
        ),
        pytest.param(
            mail(SUBJECT, SAID, SHOWN, preheader="Use x to sign in"), "template.slot", id="p. slot"
        ),
        pytest.param(mail(SUBJECT, f"{SAID} {FOOTER} {FOOTER}"), "template.slot", id="two footers"),
        pytest.param(mail(SUBJECT, f"{FOOTER} {SAID}"), "template.none", id="footer first"),
        pytest.param(mail(SUBJECT), "template.none", id="no text at all"),
    ],
)
def test_a_part_that_says_something_else_is_named(message: Message, code: str) -> None:
    assert code in codes(message, HTML)


def test_every_view_must_fit_not_just_the_first() -> None:
    blocked = View(ViewKind.HTML, "html, pictures blocked", SHOWN + " Win now", "part 1.2")
    message = mail(SUBJECT, SAID, SHOWN)

    assert values(message, HTML) is not None
    assert codes(replace(message, views=(*message.views, blocked)), HTML) == ["template.html"]


def test_without_html_wordings_the_html_part_shows_a_text() -> None:
    assert values(mail(SUBJECT, SAID, SAID), OTP) == VALUES
    assert codes(mail(SUBJECT, SAID, SHOWN), OTP) == ["template.html"]


def test_a_preview_needs_a_template_that_has_one() -> None:
    assert codes(mail(SUBJECT, SAID, SAID, preheader="Use 123456"), OTP) == ["template.preheader"]


def test_a_template_is_for_its_channels_only() -> None:
    assert codes(sms(SAID), replace(OTP, channels=frozenset({Channel.EMAIL}))) == [
        "template.channel"
    ]


def test_a_text_message_with_a_subject_needs_an_approved_one() -> None:
    assert values(replace(sms(SAID), subject=SUBJECT), OTP) == VALUES
    assert codes(replace(sms(SAID), subject="You won"), OTP) == ["template.subject"]


def test_wordings_are_alternatives() -> None:
    template = texts("Kod anda {code}.", "Your code {code}.", slots=(CODE,))

    assert values(sms("Kod anda 123456."), template) == {"code": "123456"}
    assert values(sms("Your code 123456."), template) == {"code": "123456"}
    assert values(sms("Kod code 123456."), template) is None


# --- several templates


def test_the_one_that_fits_is_found_among_many() -> None:
    words = ["alpha", "beta", "gamma", "delta", "omega", "sigma"]
    many = [
        texts(f"{a} {b} {{code}} {c}", slots=(CODE,), id=f"{a}-{b}-{c}")
        for a, b, c in product(words, repeat=3)
    ]
    matcher = compile_matcher(many)

    for a, b, c in product(words, repeat=3):
        found = matcher.match(sms(f"{a} {b} 123456 {c}"))
        assert isinstance(found, Match)
        assert found.template.id == f"{a}-{b}-{c}"


def test_among_equal_texts_the_sender_decides_then_the_order() -> None:
    mine = replace(OTP, id="mine", senders=(AllowedSender("OTHER"),))

    for order in ([OTP, mine], [mine, OTP]):
        matcher = compile_matcher(order)
        for sender, name in (("OTHER", "mine"), ("CLINIC", "otp"), ("NOBODY", order[0].id)):
            found = matcher.match(sms(SAID, sender))
            assert isinstance(found, Match)
            assert found.template.id == name


def test_among_equal_texts_the_attachments_decide() -> None:
    pdf = AllowedAttachment("application/pdf", "a.pdf", 100)
    with_file = replace(OTP, id="with", attachments=(pdf,))
    sent = Attachment("a.pdf", "application/pdf", 4, "0", "part 2", b"%PDF")
    matcher = compile_matcher([OTP, with_file])

    found = matcher.match(replace(mail(SUBJECT, SAID), attachments=(sent,)))

    assert isinstance(found, Match)
    assert found.template.id == "with"


def test_among_equal_texts_the_alternative_texts_and_pictures_decide() -> None:
    other = replace(OTP, id="other", pictures=PictureRule(0, 1, ("Clinic of {code}",)))
    matcher = compile_matcher([OTP, other])

    for message in (
        replace(mail(SUBJECT, SAID), lone_texts=("Clinic of 123456",)),
        replace(mail(SUBJECT, SAID), pictures=(Picture("0", "image/png", "part 2", b"x"),)),
    ):
        found = matcher.match(message)
        assert isinstance(found, Match)
        assert found.template.id == "other"


def test_a_shadow_template_lets_nothing_pass_but_is_reported() -> None:
    shadow = replace(OTP, id="new", mode=Mode.SHADOW)

    alone = match(sms(SAID), shadow)
    beside = match(sms(SAID), OTP, shadow)

    assert isinstance(alone, Miss)
    assert alone.shadow == ("new",)
    assert isinstance(beside, Match)
    assert beside.template.id == "otp"
    assert beside.shadow == ("new",)


def test_a_template_that_is_off_does_not_exist() -> None:
    off = replace(OTP, id="off", mode=Mode.OFF)

    found = match(sms(SAID), off)

    assert isinstance(found, Miss)
    assert found.shadow == ()
    assert found.findings[0].detail == "there is no approved template"


def test_without_any_template_nothing_matches() -> None:
    assert codes(sms(SAID)) == ["template.none"]


def test_a_message_without_a_view_matches_nothing() -> None:
    empty = Message(Channel.SMS, Envelope("CLINIC", ("+15550100",)), ())
    anything = texts("{note}", slots=(NOTE,))

    assert codes(empty, anything) == ["template.none"]


# --- what a miss says


def test_a_miss_names_the_nearest_template_and_the_words_that_differ() -> None:
    found = match(sms(SAID.replace("expires", "ends")), OTP, texts("Hello {name}", slots=(NAME,)))

    assert isinstance(found, Miss)
    assert found.nearest is not None
    assert found.nearest.template == "otp"
    assert found.nearest.score_percent > 80
    assert "[-expires-]{+ends+}" in found.nearest.difference
    assert "123456" in found.nearest.difference  # a fitting value is no difference


def test_a_slot_finding_names_slot_value_and_rule() -> None:
    found = match(sms(SAID.replace("10", "99")), OTP)

    assert isinstance(found, Miss)
    detail = found.findings[0].detail
    assert "slot minutes" in detail
    assert '"99"' in detail
    assert "up to 60" in detail


def test_differing_values_are_named_with_their_parts() -> None:
    found = match(mail("Your code 654321", SAID), OTP)

    assert isinstance(found, Miss)
    assert '"123456" in plain but "654321" in subject' in found.findings[0].detail


def test_what_cannot_be_seen_is_written_out() -> None:
    found = match(sms(SAID.replace("code", "co\u200bde")), OTP)

    assert isinstance(found, Miss)
    assert "co<U+200B>de" in found.findings[0].detail


# --- faults


@pytest.mark.parametrize(
    ("template", "field", "words"),
    [
        pytest.param(replace(OTP, subjects=()), "subjects", "add subject", id="no subject"),
        pytest.param(replace(OTP, senders=()), "senders", "nobody may send", id="no sender"),
        pytest.param(replace(OTP, texts=()), "texts", "no text", id="no text"),
        pytest.param(
            replace(OTP, texts=(), htmls=("x",)), "texts", "text message has no HTML", id="HTML SMS"
        ),
        pytest.param(replace(OTP, texts=("{who}",)), "texts[0]", '"who" is not', id="unknown slot"),
        pytest.param(replace(OTP, texts=("a", "{")), "texts[1]", "without its", id="brace"),
        pytest.param(replace(OTP, texts=(" ",)), "texts[0]", "empty text", id="empty text"),
        pytest.param(replace(OTP, slots=(CODE, CODE, MINUTES)), "slots.code", "twice", id="twice"),
        pytest.param(
            replace(OTP, slots=(CODE, Slot("minutes", SlotType.TEXT))),
            "slots.minutes",
            "add max_length",
            id="open slot",
        ),
        pytest.param(
            replace(OTP, attachments=(AllowedAttachment("a/b", "{no}.pdf", 1),)),
            "attachments[0].name",
            '"no" is not described',
            id="attachment",
        ),
    ],
)
def test_a_template_with_a_fault_is_refused(template: Template, field: str, words: str) -> None:
    with pytest.raises(TemplateError) as caught:
        compile_matcher([template])

    assert caught.value.field == field
    assert caught.value.template_id == "otp"
    assert words in str(caught.value)


# --- alternative texts and attachment names


@pytest.mark.parametrize(
    ("text", "known", "expected"),
    [
        pytest.param("card-123456.pdf", VALUES, VALUES, id="the known value"),
        pytest.param("card-123456.pdf", {}, {"code": "123456"}, id="a new value"),
        pytest.param("card-654321.pdf", VALUES, None, id="another value"),
        pytest.param("card-x.pdf", {}, None, id="not of its type"),
        pytest.param("card-123456.pdf.exe", VALUES, None, id="more of it"),
        pytest.param("terms.pdf", VALUES, VALUES, id="the second pattern"),
    ],
)
def test_other_texts_fit_with_the_values_of_the_message(
    text: str, known: dict[str, str], expected: dict[str, str] | None
) -> None:
    assert matches_any(["card-{code}.pdf", "terms.pdf"], (CODE, MINUTES), text, known) == expected


def test_values_that_follow_each_other_are_cut_as_the_tighter_text_says() -> None:
    both = replace(
        OTP,
        texts=("Ship to {#repeat lines 1-9}{a} {b} {#end}now",),
        htmls=("Ship to {#repeat lines 1-9}[{a}] / [{b}]; {#end}now",),
        subjects=("Shipping",),
        slots=(Slot("a", SlotType.WORDS), Slot("b", SlotType.WORDS)),
    )
    said = [("Mary Jane", "High Street 4"), ("x y z", "q"), ("one two", "three four five")] * 2
    plain = "Ship to " + " ".join(f"{a} {b}" for a, b in said) + " now"
    shown = "Ship to " + " ".join(f"[{a}] / [{b}];" for a, b in said) + " now"
    found = values(mail("Shipping", plain, shown), both)
    assert found is not None
    assert found["b#6"] == "three four five"


def test_what_is_on_trial_takes_nothing_from_the_budget_of_what_decides() -> None:
    several = tuple(Slot(name, SlotType.TEXT, max_length=5000) for name in "abcdefgh")
    tangled = " o ".join("{" + slot.name + "}" for slot in several) + " {a} end"
    tried = [
        texts(tangled, slots=several, id=f"t{number}", mode=Mode.SHADOW) for number in range(6)
    ]
    decides = texts("{#maybe}Dear {b} {#end}{a} end", slots=several, id="decides")
    message = sms("Dear " + "o " * 200 + "x end")

    assert values(message, decides) is not None
    assert values(message, *tried, decides) is not None
