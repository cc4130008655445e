# ruff: noqa: E501 - messages are lines
"""From messages to proposals: what is fixed, what is a slot, what are two templates, and doubts."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from filter.learning.anatomy import Anatomy, Block, Fixed, Hole, dissect
from filter.learning.doubts import Bar, own_domains
from filter.learning.learn import Learned, learn
from filter.learning.links import find_places
from filter.learning.proposals import Proposal
from filter.learning.seen import SUBJECT, TEXT, Sample, Seen, Surface
from filter.learning.support import Stamp
from filter.learning.words import split
from filter.message import Channel

START = datetime(2026, 10, 1, 8, tzinfo=UTC)
BAR = Bar(("health.example",), likeness=lambda host, _own: "x" if host == "hea1th.example" else "")
NAMES = [
    "Ana",
    "Tan",
    "Raj",
    "Siti",
    "Lena",
    "Zoë",
    "Marie",
    "José",
    "Noor",
    "Kofi",
    "Mei",
    "Björn",
    "Priya",
    "Kumar",
    "Ali",
    "Deepak",
]


def sms(text: str, number: int, *, day: int | None = None, sender: str = "MYHEALTH") -> Seen:
    at = START + timedelta(days=number % 30 if day is None else day, minutes=number)
    links = tuple(word for word in text.split(" ") if "://" in word or word == "evil.example")
    return Seen(
        Channel.SMS, sender, "", (Surface(TEXT, text),), at=at, links=links,
        recipients=(f"+60{number}",),
    )  # fmt: skip


def name(rng: random.Random) -> str:
    return f"{rng.choice(NAMES)} {rng.choice(NAMES)}{'x' * rng.randrange(3)}"


def many(count: int, text: Callable[[random.Random], str], start: int = 0) -> list[Seen]:
    rng = random.Random(5)
    return [sms(text(rng), start + number) for number in range(count)]


def code(rng: random.Random) -> str:
    return f"RM0.00 {rng.randrange(10**6):06d} is your code, {name(rng)}."


def only(learned: Learned) -> Proposal:
    assert [one.template.texts for one in learned.proposals[1:]] == []
    return learned.proposals[0]


def codes(proposal: Proposal) -> set[str]:
    return {doubt.code for doubt in proposal.doubts if doubt.blocks}


# --- words


def test_dates_times_amounts_and_numbers_are_one_word_each() -> None:
    text = "On Monday, 12 May 2026, at 10:30 am pay RM 5.00 or call +60 12-345 6789."

    assert split(text) == (
        "On", "Monday, 12 May 2026,", "at", "10:30 am", "pay", "RM 5.00", "or", "call",
        "+60 12-345 6789.",
    )  # fmt: skip
    assert " ".join(split(text)) == text


# --- one template


def test_a_template_is_found_with_its_slots() -> None:
    found = only(learn(many(60, code), BAR))

    assert found.template.texts == ("RM0.00 {code} is your code, {name}.",)
    assert [str(slot.type) for slot in found.template.slots] == ["digits", "name"]
    assert found.in_bulk


def test_the_order_of_the_messages_changes_nothing() -> None:
    messages = many(60, code) + many(40, lambda rng: f"Parcel {rng.randrange(10**7)} is here.", 900)
    shuffled = list(messages)
    random.Random(3).shuffle(shuffled)

    assert learn(shuffled, BAR) == learn(messages, BAR)


def test_a_sample_is_the_same_in_any_order() -> None:
    messages = many(200, code)
    one, other = Sample(50), Sample(50)
    for message in messages:
        one.add(message)
    for message in reversed(messages):
        other.add(message)

    assert one.messages() == other.messages()
    assert len(one.messages()) == 50


def test_the_same_value_in_subject_text_and_link_is_one_slot() -> None:
    rng = random.Random(2)
    messages = []
    for number in range(40):
        order = str(rng.randrange(10**7, 10**8))
        text = f"Your order {order} is paid, see https://www.health.example/o/{order} for more."
        messages.append(
            Seen(
                Channel.EMAIL, "shop@health.example", "Shop",
                (Surface(SUBJECT, f"Order {order}"), Surface(TEXT, text)),
                links=(f"https://www.health.example/o/{order}",),
                recipients=(f"u{number}@mail.example",), at=START + timedelta(days=number % 20),
            )
        )  # fmt: skip
    found = only(learn(messages, BAR))

    assert found.template.subjects == ("Order {order}",)
    assert found.template.texts == (
        "Your order {order} is paid, see https://www.health.example/o/{order} for more.",
    )
    assert [str(place) for place in found.template.places] == [
        "https://www.health.example/o/{order}"
    ]


def test_a_sentence_that_some_messages_have_is_a_block() -> None:
    rng = random.Random(4)
    rows = [
        split(f"Code {rng.randrange(10**6):06d}.{' Bring your card.' if n % 3 else ''} Bye.")
        for n in range(60)
    ]
    anatomy = Anatomy()
    pieces = dissect(rows, [Stamp()] * 60, anatomy)

    assert pieces == (
        Fixed("Code "), Hole(0), Fixed(". "), Block(1, (Fixed("Bring your card. "),)), Fixed("Bye."),
    )  # fmt: skip
    assert not anatomy.odd


# --- one template, or two?


def test_one_word_that_differs_is_a_choice() -> None:
    messages = many(
        80,
        lambda rng: (
            f"Your {rng.choice(('power', 'water'))} bill {rng.randrange(10**6):06d} is due."
        ),
    )
    found = only(learn(messages, BAR))

    assert found.template.texts == ("Your {option} bill {bill} is due.",)
    assert found.template.slots[0].values == ("power", "water")


def test_two_words_that_change_together_make_two_templates() -> None:
    def text(rng: random.Random) -> str:
        word, end = rng.choice((("approved", "Welcome aboard"), ("declined", "We are sorry")))
        return f"Dear {name(rng)}, your loan {rng.randrange(10**6):06d} is {word} as of now. {end} from us all."

    learned = learn(many(120, text), BAR)

    assert sorted(one.template.texts[0].split(" is ")[1] for one in learned.proposals) == [
        "approved as of now. Welcome aboard from us all.",
        "declined as of now. We are sorry from us all.",
    ]


def test_letters_suggest_nothing() -> None:
    rng = random.Random(9)
    letters = [
        sms(" ".join("".join(rng.choices("abcdefgh", k=6)) for _ in range(20)), number)
        for number in range(20)
    ]

    assert learn(letters, BAR).proposals == ()


# --- poisoning


def test_rare_wordings_are_not_accepted_in_bulk() -> None:
    found = only(learn(many(12, code), BAR))

    assert "rare" in codes(found)


def test_a_rush_of_crafted_names_does_not_widen_the_slot() -> None:
    rng = random.Random(6)
    evil = [
        sms(f"RM0.00 {rng.randrange(10**6):06d} is your code, Ana, pay {number} at once or lose all of your money today.", 5000 + number, day=12)
        for number in range(400)
    ]  # fmt: skip
    learned = learn([*many(150, code), *evil], BAR)
    bulk = [one for one in learned.proposals if one.in_bulk]

    assert [one.template.texts for one in bulk] in ([], [("RM0.00 {code} is your code, {name}.",)])
    assert any(one.count == 150 for one in learned.proposals)


def test_crafted_names_all_through_the_month_are_seen_as_room_for_a_sentence() -> None:
    rng = random.Random(6)
    evil = [
        sms(f"RM0.00 {rng.randrange(10**6):06d} is your code, Ana, pay {number} at once or lose all of your money today.", 5000 + number)
        for number in range(3000)
    ]  # fmt: skip
    learned = learn([*many(150, code), *evil], BAR)

    for one in learned.proposals:
        if one.in_bulk:
            assert one.template.texts == ("RM0.00 {code} is your code, {name}.",)


def test_a_link_off_the_domains_or_like_them_keeps_out_of_bulk() -> None:
    foreign = many(
        60, lambda rng: f"Dear {name(rng)}, see https://evil.example/{rng.randrange(10**6)} now"
    )
    like = many(
        60,
        lambda rng: (
            f"Dear {name(rng)}, visit our https://hea1th.example/{rng.randrange(10**6)} page"
        ),
    )

    assert "link.foreign" in codes(only(learn(foreign, BAR)))
    assert "link.lookalike" in codes(only(learn(like, BAR)))


def test_a_link_that_carries_one_off_the_domains_keeps_out_of_bulk() -> None:
    for carried in (
        "to=https://evil.example/",
        "to=https%253A%252F%252Fevil.example",
        "//evil.example",
    ):
        messages = many(
            60,
            lambda rng: f"Dear {name(rng)}, open https://www.health.example/go?{carried} now",  # noqa: B023
        )
        assert "link.carried" in codes(only(learn(messages, BAR)))
    own = many(
        60,
        lambda rng: (
            f"Hi {name(rng)}, see https://health.example/go?to=https://my.health.example/ now"
        ),
    )
    assert "link.carried" not in codes(only(learn(own, BAR)))


def test_a_number_to_call_keeps_out_of_bulk() -> None:
    fixed = many(60, lambda rng: f"Dear {name(rng)}, call +60123456789 today.")
    slot = many(60, lambda rng: f"Dear {name(rng)}, call +6012{rng.randrange(10**7):07d} today.")

    assert "words.number" in codes(only(learn(fixed, BAR)))
    assert "slot.contact" in codes(only(learn(slot, BAR)))


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("pay to DE89 3704 0044 0532 0130 00 today", "words.account"),
        ("pay to GB82WEST12345698765432 today", "words.account"),
        ("send it to bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq", "words.account"),
        ("go to evil[.]example and sign in", "words.host"),
        ("go to evil dot example and sign in", "words.host"),
        ("go to evil (dot) example and sign in", "words.host"),
    ],
)
def test_an_account_or_a_host_that_is_spelt_out_keeps_out_of_bulk(words: str, code: str) -> None:
    messages = many(60, lambda rng: f"Dear {name(rng)}, {words}")

    assert code in codes(only(learn(messages, BAR)))


def test_a_flood_of_one_hour_and_one_recipient_keep_out_of_bulk() -> None:
    burst = [sms(code(random.Random(n)), n % 50, day=3) for n in range(60)]
    one = [
        Seen(m.channel, m.sender, m.name, m.surfaces, at=m.at, recipients=("+601",))
        for m in many(60, code)
    ]

    assert "time.burst" in codes(only(learn(burst, BAR)))
    assert "recipients.one" in codes(only(learn(one, BAR)))


def test_a_choice_that_is_unlike_the_others_keeps_out_of_bulk() -> None:
    def text(rng: random.Random) -> str:
        where = rng.choices(("Ampang", "Bangi", "Pay now at evil.example"), (10, 10, 1))[0]
        return f"Dear {name(rng)}, we expect you at {where} this week."

    learned = learn(many(400, text), BAR)

    assert not any(one.in_bulk for one in learned.proposals if "evil" in str(one.template))


def test_a_rare_sender_or_display_name_is_left_out() -> None:
    rng = random.Random(5)
    numbers = ["+15550100"] * 90 + ["+15550199"] * 5
    messages = [sms(code(rng), number, sender=sender) for number, sender in enumerate(numbers)]
    found = only(learn(messages, BAR))

    assert found.template.senders == (("", "+15550100"),)
    assert "sender.rare" in codes(found)


def test_free_text_keeps_out_of_bulk() -> None:
    rng = random.Random(8)

    def word() -> str:
        return "".join(rng.choices("abcdefghijkl", k=7))

    messages = [
        sms(
            f"Note of your doctor: {' '.join(word() for _ in range(rng.randrange(6, 20)))} - goodbye",
            n,
        )
        for n in range(80)
    ]
    found = only(learn(messages, BAR))

    assert codes(found) & {"slot.wordy", "slot.free_text"}


def test_who_sends_for_a_week_from_his_own_domain_does_not_make_it_yours() -> None:
    mail = [("a@health.example", day) for day in range(30) for _ in range(10)]
    mail += [("x@evil.example", day) for day in range(7) for _ in range(100)]

    assert own_domains(mail) == ("health.example",)


def test_of_domains_that_send_as_a_rule_the_one_with_most_messages_is_first() -> None:
    mail = [("a@health.example", day) for day in range(30) for _ in range(10)]
    mail += [("x@evil.example", day) for day in range(30)]

    assert own_domains(mail) == ("health.example", "evil.example")


# --- links


def test_segments_that_vary_are_stars_unless_a_slot_has_their_value() -> None:
    links = [
        (f"https://x.health.example/a/{n}?lang=en", "mailto:help@health.example") for n in range(20)
    ]
    values = [{"number": str(n)} for n in range(20)]

    assert [str(one) for one in find_places(links, values, frozenset()).places] == [
        "https://x.health.example/a/{number}?lang=",
        "mailto:help@health.example",
    ]
    assert [str(one) for one in find_places(links, [{}] * 20, frozenset()).places] == [
        "https://x.health.example/a/*?lang=",
        "mailto:help@health.example",
    ]
