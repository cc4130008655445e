"""Of which type a slot is, by its values: the narrowest that holds, with a margin."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filter.learning.support import Stamp
from filter.learning.values import lower, type_values, upper
from filter.ruleset import Slot, SlotType
from filter.templates.slots import accepts

START = datetime(2026, 10, 1, tzinfo=UTC)


def typed(values: list[str]) -> Slot:
    found = type_values(values, [Stamp()] * len(values))
    assert found is not None
    assert found.refused == ()
    return found.slot


def test_codes_that_are_always_of_one_length_stay_so() -> None:
    slot = typed([f"{number:06d}" for number in range(0, 900_000, 9_001)])

    assert (slot.type, slot.min_length, slot.max_length) == (SlotType.DIGITS, 6, 6)


def test_numbers_get_round_bounds_beyond_those_seen() -> None:
    slot = typed([str(number) for number in range(3, 61)])

    assert (slot.type, slot.minimum, slot.maximum) == (SlotType.NUMBER, 1, 200)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["RM5.00", "RM1,200.50"], SlotType.MONEY),
        (["12,50 €", "1.300,00 €"], SlotType.MONEY),
        (["3 May 2026", "12 June 2026"], SlotType.DATE),
        (["03.05.2026", "12.06.2026"], SlotType.DATE),
        (["3 de mayo de 2026", "12 de junio de 2026"], SlotType.DATE),
        (["10:30 am", "1:05 pm"], SlotType.TIME),
        (["23:59", "04:10"], SlotType.TIME),
        (["a@mail.example", "bob.b@mail.example"], SlotType.EMAIL),
        (["+60123456789", "+60198765432"], SlotType.PHONE),
        (["6f1c0a52-3d4e-4b6a-9c8d-2e7f10a4b5c6"] * 2, SlotType.UUID),
        (["AB-12345", "CX-99881"], SlotType.CODE),
        (["AB/12345", "CX/99881"], SlotType.PATTERN),
        (["10.1.2.3", "192.168.0.12"], SlotType.PATTERN),
        (["O'Brien", "Siti binti Ahmad", "Müller-Lüdenscheidt"], SlotType.NAME),
        (["12 Jalan Ampang, 50450 Ipoh", "7 High Street"], SlotType.WORDS),
    ],
)
def test_the_narrowest_type_that_holds_is_taken(values: list[str], kind: SlotType) -> None:
    slot = typed(values)

    assert slot.type is kind
    assert all(accepts(slot, value) for value in values)


def test_a_few_frequent_values_are_a_choice_of_exactly_those() -> None:
    slot = typed(["Klinik Ampang"] * 20 + ["Klinik Bangi"] * 12)

    assert (slot.type, slot.values) == (SlotType.CHOICE, ("Klinik Ampang", "Klinik Bangi"))
    assert not accepts(slot, "Klinik Evil")


def test_what_a_small_share_says_is_left_out_of_the_type() -> None:
    values = [f"{number:06d}" for number in range(200)] + ["call me at once", "123"]
    found = type_values(values, [Stamp()] * len(values))

    assert found is not None
    assert (found.slot.type, found.slot.max_length) == (SlotType.DIGITS, 6)
    assert found.refused == (200, 201)


def test_what_is_said_in_one_rush_is_left_out_however_many_say_it() -> None:
    rng = random.Random(1)
    names = [
        f"{rng.choice(('Ana', 'Tan', 'Raj'))} {'abcdefgh'[: n % 5 + 3].title()}" for n in range(90)
    ]
    evil = [f"Ana, call {number} now or lose all of your money today" for number in range(120)]
    stamps = [Stamp(START + timedelta(days=number % 30)) for number in range(90)]
    stamps += [Stamp(START + timedelta(days=12 + number % 2)) for number in range(120)]
    found = type_values([*names, *evil], stamps)

    assert found is not None
    assert found.slot.type is SlotType.NAME
    assert found.refused == tuple(range(90, 210))


def test_what_one_client_of_several_says_is_left_out() -> None:
    stamps = [Stamp(client=f"app{number % 4}") for number in range(80)]
    stamps += [Stamp(client="stolen")] * 30
    values = [f"{number:06d}" for number in range(80)] + ["see evil.example"] * 30
    found = type_values(values, stamps)

    assert found is not None
    assert found.slot.type is SlotType.DIGITS
    assert len(found.refused) == 30


def test_sentences_all_through_the_month_make_no_narrow_type() -> None:
    evil = [f"Ana, call {number} now or lose all of your money today" for number in range(300)]
    names = [f"Ana {'abcdefgh'[: n % 5 + 3].title()}" for n in range(60)]
    stamps = [Stamp(START + timedelta(days=number % 30)) for number in range(360)]
    found = type_values([*names, *evil], stamps)

    assert found is not None
    assert found.slot.type in (SlotType.WORDS, SlotType.TEXT)


@given(st.floats(min_value=0.01, max_value=1e9))
def test_margins_reach_beyond_half_and_twice(value: float) -> None:
    assert lower(value) <= value / 2 + 1e-6
    assert upper(value) >= 2 * value - 1e-6
    assert upper(value) <= 10 * value + 1e-6


@given(st.lists(st.text(min_size=1, max_size=30), min_size=1, max_size=30))
def test_every_value_is_taken_or_listed(values: list[str]) -> None:
    values = [" ".join(value.split()) or "x" for value in values]
    found = type_values(values, [Stamp()] * len(values))
    if found is not None:
        refused = {place for place, value in enumerate(values) if not accepts(found.slot, value)}
        assert refused == set(found.refused)
