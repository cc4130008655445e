# ruff: noqa: RUF001 - signs that look alike are what is tested
"""What each slot type takes, and the near misses beside it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filter.ruleset import Slot, SlotType
from filter.templates.slots import KINDS, accepts, bounds_of, describe, problems_of, why_not

S = SlotType
ZERO_WIDTH, BIDI = "\u200b", "\u202e"

DIGITS6 = Slot("x", S.DIGITS, min_length=6, max_length=6)
MINUTES = Slot("x", S.NUMBER, minimum=1, maximum=60)
RATE = Slot("x", S.NUMBER, decimals=2, minimum=-10)
RINGGIT = Slot("x", S.MONEY, currency=("RM", "€"), minimum=0, maximum=5000)
DATE = Slot("x", S.DATE)
LONG_DATE = Slot("x", S.DATE, formats=("%A, %d %B %Y",))
WHEN = Slot("x", S.DATE, formats=("%d %b %Y, %H:%M",))
TIME = Slot("x", S.TIME)
NAME = Slot("x", S.NAME)
WORDS = Slot("x", S.WORDS)
TEXT = Slot("x", S.TEXT, max_length=60)
CHOICE = Slot("x", S.CHOICE, values=("first dose", "second dose"))
IC = Slot("x", S.PATTERN, pattern=r"[0-9]{6}-[0-9]{2}-[0-9]{4}")

TAKEN = [
    (DIGITS6, "123456"),
    (DIGITS6, "000000"),
    (MINUTES, "1"),
    (MINUTES, "60"),
    (MINUTES, "05"),
    (Slot("x", S.NUMBER), "1,234,567"),
    (Slot("x", S.NUMBER), "1.234.567"),
    (Slot("x", S.NUMBER), "12,34,567"),
    (Slot("x", S.NUMBER), "1 234"),
    (RATE, "1,234.50"),
    (RATE, "1.234,50"),
    (RATE, "-3.5"),
    (RINGGIT, "RM1,234.50"),
    (RINGGIT, "RM 5"),
    (RINGGIT, "12,50 €"),
    (RINGGIT, "€12"),
    (Slot("x", S.CODE), "AB-1234-xy"),
    (DATE, "29/02/2028"),
    (DATE, "1/2/2026"),
    (DATE, "5 Ogos 2026"),
    (DATE, "5 Mac 2026"),
    (DATE, "Monday, 23 November 2026"),
    (DATE, "Isnin, 23 November 2026"),
    (DATE, "Nov. 23, 2026"),
    (DATE, "2026-11-23"),
    (LONG_DATE, "Montag, 23 November 2026"),
    (WHEN, "23 Nov 2026, 09:30"),
    (TIME, "23:59"),
    (TIME, "9:30 AM"),
    (TIME, "9.30 pagi"),
    (NAME, "Siti Aminah binti Yusof"),
    (NAME, "Nik Nur Aisyah Humaira binti Wan Abdullah"),
    (NAME, "Muthusamy a/l Ramasamy"),
    (NAME, "Kavitha A/P Subramaniam"),
    (NAME, "Tan Ah Kow @ Tan Ah Kaw"),
    (NAME, "D'Souza-O’Brien"),
    (NAME, "J.R.R. Tolkien"),
    (NAME, "Md. Ali"),
    (NAME, "S.K. Ng"),
    (NAME, "King, Jr."),
    (NAME, "José María Núñez"),
    (NAME, "黄"),
    (NAME, "山田 タロー"),
    (NAME, "김철수"),
    (NAME, "Дмитрий Ёлкин"),
    (NAME, "தமிழ்ச்செல்வி"),
    (NAME, "प्रज्ञा शर्मा"),
    (NAME, "สมชาย"),
    (NAME, "محمد بن عبد الله"),
    (NAME, "N\u0061\u0328\u0301o"),
    (WORDS, "12/3, Jalan #05-12 (Block B)"),
    (WORDS, "No.5 Jln. Ampang"),
    (WORDS, "Klinik Kesihatan Bangsar"),
    (WORDS, "吉隆坡 Kuala Lumpur"),
    (TEXT, "Bring your card"),
    (TEXT, "Bring your card & a pen; 50% off! 😀"),
    (TEXT, "您的OTP是123456。"),
    (CHOICE, "second dose"),
    (Slot("x", S.UUID), "123E4567-e89b-12d3-a456-426614174000"),
    (Slot("x", S.URL), "https://health.example/v/1?a=b"),
    (Slot("x", S.EMAIL), "first.last+tag@mail.example"),
    (Slot("x", S.PHONE), "+15550100"),
    (Slot("x", S.PHONE), "+60 12-345 6789"),
    (Slot("x", S.PHONE), "(03) 1234 5678"),
    (Slot("x", S.PHONE), "15888"),
    (Slot("x", S.PHONE), "+60****789"),
    (IC, "900101-14-5678"),
]

REFUSED = [
    (DIGITS6, "12345"),
    (DIGITS6, "1234567"),
    (DIGITS6, "12345a"),
    (DIGITS6, "\uff11\uff12\uff13\uff14\uff15\uff16"),
    (DIGITS6, "\u0661\u0662\u0663\u0664\u0665\u0666"),
    (DIGITS6, "12345\u00b2"),
    (DIGITS6, "123 56"),
    (MINUTES, "0"),
    (MINUTES, "61"),
    (MINUTES, "1.5"),
    (MINUTES, "-5"),
    (MINUTES, "5e1"),
    (MINUTES, "\u0665"),
    (Slot("x", S.NUMBER), "1,23"),
    (Slot("x", S.NUMBER), "1,234.567,8"),
    (Slot("x", S.NUMBER, decimals=3, maximum=100), "1,234"),
    (RATE, "-11"),
    (RATE, "1.234567"),
    (RINGGIT, "1,234.50"),
    (RINGGIT, "RM5,001"),
    (RINGGIT, "RM12.5"),
    (RINGGIT, "RM"),
    (RINGGIT, "-RM5"),
    (RINGGIT, "USD 5"),
    (RINGGIT, "RM5 €"),
    (Slot("x", S.CODE), "AB_12"),
    (Slot("x", S.CODE), "-AB"),
    (Slot("x", S.CODE), "АB12"),
    (DATE, "29/02/2026"),
    (DATE, "31/04/2026"),
    (DATE, "2026-13-01"),
    (DATE, "Tuesday, 23 November 2026"),
    (DATE, "23 Foo 2026"),
    (DATE, "\u0662\u0663/11/2026"),
    (DATE, "23/11/2026 now"),
    (TIME, "24:00"),
    (TIME, "13:00 PM"),
    (TIME, "0:30 am"),
    (TIME, "noon"),
    (NAME, "Ali 2"),
    (NAME, "evil.example"),
    (NAME, "www.evil.com"),
    (NAME, "pay http://1.2.3.4"),
    (NAME, "Ali//evil"),
    (NAME, "me@evil.example"),
    (NAME, "one two three four five six seven eight"),
    (NAME, "A" * 81),
    (NAME, "Аli"),
    (NAME, "Siti Сара"),
    (NAME, "..."),
    (NAME, "Ali!"),
    (NAME, "Ali\nAbu"),
    (NAME, "𝐀𝐥𝐢"),
    (NAME, "Ａｌｉ"),
    (WORDS, "visit evil.example now"),
    (WORDS, "a b c d e f g h i j k"),
    (WORDS, "раypal"),
    (WORDS, "call १२३"),
    (WORDS, "a@evil.example"),
    (WORDS, "<b>"),
    (TEXT, "x" * 61),
    (TEXT, "раypal"),
    (TEXT, "num ①"),
    (CHOICE, "third dose"),
    (CHOICE, "First dose"),
    (Slot("x", S.UUID), "123e4567e89b12d3a456426614174000"),
    (Slot("x", S.URL), "javascript:alert(1)"),
    (Slot("x", S.URL), "https://health.example/ now"),
    (Slot("x", S.URL), "https://еxample.com"),
    (Slot("x", S.URL), "health.example"),
    (Slot("x", S.EMAIL), "a@b"),
    (Slot("x", S.EMAIL), "a@b.example, c@d.example"),
    (Slot("x", S.PHONE), "call me"),
    (Slot("x", S.PHONE), "+999123456789"),
    (Slot("x", S.PHONE), "12"),
    (Slot("x", S.PHONE), "1234567890123456"),
    (IC, "900101-14-56789"),
    (IC, "x900101-14-5678"),
]


@pytest.mark.parametrize(
    ("slot", "value"), [pytest.param(s, v, id=f"{s.type}: {v}") for s, v in TAKEN]
)
def test_a_slot_takes_what_people_really_have(slot: Slot, value: str) -> None:
    assert why_not(slot, value) == ""


@pytest.mark.parametrize(
    ("slot", "value"), [pytest.param(s, v, id=f"{s.type}: {v!a}") for s, v in REFUSED]
)
def test_a_slot_refuses_what_is_not_of_its_type(slot: Slot, value: str) -> None:
    assert not accepts(slot, value)
    assert why_not(slot, value)


@pytest.mark.parametrize(
    ("slot", "value"), [pytest.param(s, v, id=f"{s.type}: {v}") for s, v in TAKEN]
)
@pytest.mark.parametrize("sign", [ZERO_WIDTH, BIDI, "\u2066", "\U000e0041", "\ufe0f", "\x00", "\n"])
def test_nothing_invisible_hides_in_a_slot(slot: Slot, value: str, sign: str) -> None:
    half = len(value) // 2

    assert not accepts(slot, value[:half] + sign + value[half:])


@pytest.mark.parametrize(
    ("slot", "value"), [pytest.param(s, v, id=f"{s.type}: {v}") for s, v in TAKEN]
)
def test_a_value_never_begins_or_ends_with_a_blank_and_is_never_empty(
    slot: Slot, value: str
) -> None:
    assert not accepts(slot, f" {value}")
    assert not accepts(slot, f"{value} ")
    assert not accepts(slot, "")


def test_every_type_has_its_line_in_the_table() -> None:
    assert set(KINDS) == set(SlotType)


@pytest.mark.parametrize(
    ("slot", "problem"),
    [
        pytest.param(Slot("x", S.TEXT), "without a limit; add max_length", id="open text"),
        pytest.param(Slot("x", S.DIGITS, max_words=2), '"max_words" does not', id="stranger"),
        pytest.param(Slot("x", S.TEXT, max_length=9, minimum=1), '"min" does not', id="its word"),
        pytest.param(Slot("x", S.CODE, min_length=9, max_length=8), "min_length 9 is", id="order"),
        pytest.param(Slot("x", S.CODE, min_length=0), "at least 1", id="empty"),
        pytest.param(Slot("x", S.NAME, max_length=5000), "the 200 that type name", id="too wide"),
        pytest.param(Slot("x", S.NUMBER, minimum=5, maximum=1), "min 5 is more", id="bounds"),
        pytest.param(Slot("x", S.MONEY), "add currency: [RM]", id="no currency"),
        pytest.param(Slot("x", S.MONEY, currency=("5",)), '"5" is not a currency', id="digit"),
        pytest.param(Slot("x", S.CHOICE), "add values", id="no choice"),
        pytest.param(Slot("x", S.CHOICE, values=("a", "a ")), "stands twice", id="same choice"),
        pytest.param(Slot("x", S.DATE, formats=("%Q",)), '"%Q" is not known', id="directive"),
        pytest.param(Slot("x", S.DATE, formats=("%H:%M",)), "nothing in it", id="no date in it"),
        pytest.param(Slot("x", S.DATE, formats=("%d %d",)), 'says "%d" twice', id="twice"),
        pytest.param(Slot("x", S.TIME, formats=("%d",)), '"%d" is not known', id="date in time"),
        pytest.param(Slot("x", S.PATTERN), "has no pattern", id="no pattern"),
        pytest.param(Slot("x", S.PATTERN, pattern="a*"), "fits an empty value", id="empty fits"),
        pytest.param(Slot("x", S.PATTERN, pattern="(a"), "never closed", id="syntax"),
    ],
)
def test_a_slot_with_a_fault_is_explained_and_takes_nothing(slot: Slot, problem: str) -> None:
    problems = problems_of(slot)

    assert any(problem in one for one in problems), problems
    assert not accepts(slot, "a")
    assert not accepts(slot, "12:30")


@pytest.mark.parametrize("slot", list({id(s): s for s, _ in TAKEN}.values()), ids=describe)
def test_the_slots_of_these_tests_have_no_problems(slot: Slot) -> None:
    assert problems_of(slot) == []


@settings(deadline=None)
@given(st.sampled_from([slot for slot, _ in TAKEN]), st.text(max_size=40))
def test_any_text_is_taken_or_explained(slot: Slot, value: str) -> None:
    reason = why_not(slot, value)

    assert accepts(slot, value) == (reason == "")
    if not reason:
        shortest, longest = bounds_of(slot)
        assert shortest <= len(value) <= longest
