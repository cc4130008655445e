# ruff: noqa: RUF001 - signs that look alike are what is tested
"""Which numbers in a value can be dialled, and which are dates, amounts and references."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from filter.checks.case import Case
from filter.checks.links import check
from filter.checks.numbers import find_numbers, number_forms
from filter.ruleset import Match, Slot, SlotType
from tests.checks.build import codes, entry, letter, rules
from tests.templates.build import OTP


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("call +60 3-9999 9999 now", "+60399999999"),
        ("(+60) 3 9999 9999", "+60399999999"),
        ("0060399999999", "0060399999999"),
        ("(03) 9999 9999", "0399999999"),
        ("03–9999–9999", "0399999999"),
        ("on 14.06.2021 03-9999 9999", "0399999999"),
        ("202.555.0143", "2025550143"),
        ("1-800-88-1234", "1800881234"),
        ("dial *100#", "*100#"),
        ("ring us on 99999999", "99999999"),
        ("+６０３９９９９９９９９", "+60399999999"),
    ],
)
def test_a_number_that_a_handset_would_dial_is_found(text: str, number: str) -> None:
    assert find_numbers(text) == (number,)


@pytest.mark.parametrize(
    "text",
    ["01.02.2021 09.30", "order 1234567890", "Ref. 0123456789", "IC 010101-14-5678", "0.123456789",
     "RM 1.234.567,89", "ISBN 978-3-16-148410-0", "2021 2022 2023", "Room 03-15", "+5 points",
     "##", "5" * 5000],
)  # fmt: skip
def test_dates_amounts_and_references_are_no_numbers(text: str) -> None:
    assert find_numbers(text) == ()


def test_a_number_on_the_list_may_be_written_as_at_home_or_from_abroad() -> None:
    assert number_forms("+60388810200") == {
        "+60388810200",
        "60388810200",
        "0060388810200",
        "0388810200",
    }
    assert number_forms("15999") == {"15999"}


@pytest.mark.parametrize(
    ("type_", "value", "held"),
    [
        (SlotType.TEXT, "call 03-9999 9999", True),
        (SlotType.WORDS, "Klinik A 03-9999 9999", True),
        (SlotType.TEXT, "call 03-8881 0200", False),
        (SlotType.CODE, "0399999999", False),
        (SlotType.PHONE, "03-9999 9999", False),
    ],
)
def test_numbers_are_looked_for_in_slots_of_free_text(
    type_: SlotType, value: str, *, held: bool
) -> None:
    template = replace(OTP, slots=(*OTP.slots, Slot("note", type_, max_length=32)))
    call = entry("+60388810200", "", id="call", scheme="tel")
    found = Match(template, {"note": value})

    result = check(Case(letter(), rules([template], [call]), found))

    assert codes(result) == (["link.not_allowed"] if held else [])


def test_hostile_text_is_looked_through_quickly() -> None:
    started = time.perf_counter()

    for text in ("*1" * 2500, "*12" + "#" * 5000, "0 " * 2500, "1/1/11" * 800, "(" * 5000 + "1"):
        find_numbers(text)

    assert time.perf_counter() - started < 1
