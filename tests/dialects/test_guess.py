"""What may stand in a hole is guessed from its name, a filter on it, and its place."""

from __future__ import annotations

import pytest

from filter.dialects.guess import HREF, PART, ROUTE, guess, samples_of_pattern
from filter.dialects.nodes import Hole
from filter.ruleset import SlotType
from filter.templates.slots import accepts, problems_of


@pytest.mark.parametrize(
    ("name", "type_"),
    [
        ("recovery_url", SlotType.URL),
        ("user_first_name", SlotType.NAME),
        ("email_address", SlotType.EMAIL),
        ("otp", SlotType.DIGITS),
        ("login_code", SlotType.CODE),
        ("expires_in_minutes", SlotType.NUMBER),
        ("invoice_number", SlotType.CODE),
        ("order_uuid", SlotType.UUID),
        ("site_name", SlotType.WORDS),
        ("whatever", SlotType.WORDS),
    ],
)
def test_the_last_telling_word_decides(name: str, type_: SlotType) -> None:
    assert guess(Hole(name, "")).slot.type is type_


def test_what_nothing_tells_is_said_to_be_unknown() -> None:
    assert guess(Hole("whatever", "")).doubt == "nothing in the source says what this is"


def test_the_only_values_are_a_choice() -> None:
    slot = guess(Hole("plan", "", values=("Free", "Pro", "Free"))).slot
    assert (slot.type, slot.values) == (SlotType.CHOICE, ("Free", "Pro"))


def test_a_filter_with_a_format_is_a_date_in_that_format() -> None:
    for expression, form in (
        ('due|date:"j F Y"', "%-d %B %Y"),
        ('due | date: "%d %B %Y"', "%d %B %Y"),
        ('.Due.Format "02 Jan 2006"', "%d %b %Y"),
    ):
        slot = guess(Hole("due", expression)).slot
        assert (slot.type, slot.formats) == (SlotType.DATE, (form,))


def test_an_address_as_a_whole_is_a_url_and_a_piece_of_one_is_not() -> None:
    assert guess(Hole("x", ""), {HREF}).slot.type is SlotType.URL
    piece = guess(Hole("token", ""), {PART}).slot
    assert accepts(piece, "eyJhbGciOiJIUzI1NiJ9.e30")
    assert not accepts(piece, "two words")
    assert not accepts(piece, "a/b")  # another segment of the path


def test_what_follows_a_host_at_once_cannot_make_another_host_of_it() -> None:
    route = guess(Hole("path", ""), {ROUTE}).slot
    assert accepts(route, "/reset/MQ/c4f/")
    assert not accepts(route, ".evil.example/x")
    assert not accepts(route, "@evil.example")


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("total", ["€12.50", "1.234,00 €", "RM 5", "-3.00", "USD 1,250,000.00"], ["pay 5 now", ""]),
        (
            "user_agent",
            ["curl/8.5.0", "Mozilla/5.0 (X11; Linux x86_64; rv:121.0) Gecko/20100101 Firefox/1"],
            ["Your account is blocked. Reply today with your password and card number."],
        ),
        ("name", ["O'Brien", "Nurul Ain binti Abdul Rahman", "李小龍"], ["see evil.example"]),
        ("title", ["Room 12, Block B"], ["Your account is blocked. Reply with your card " * 3]),
    ],
)
def test_real_values_fit_and_sentences_do_not(name: str, good: list[str], bad: list[str]) -> None:
    slot = guess(Hole(name, "")).slot
    assert [value for value in good if not accepts(slot, value)] == []
    assert [value for value in bad if accepts(slot, value)] == []


@pytest.mark.parametrize("place", [frozenset(), {HREF}, {PART}, {ROUTE}, {"style"}])
def test_every_guess_is_a_slot_that_rules_take(place: set[str]) -> None:
    words = "url name user email phone code otp id uuid count total date company city device title"
    words += " message domain protocol token ip language x"
    for word in words.split():
        slot = guess(Hole(word, ""), place).slot
        assert problems_of(slot) == []
        assert all(accepts(slot, value) for value in samples_of_pattern(slot.pattern))
