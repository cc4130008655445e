"""The nearest wording and the words that differ."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filter.reading.text import normalise
from filter.ruleset import Match, Miss
from filter.templates.index import Entry, Index, whole_words
from filter.templates.nearest import MAX_DIFFERENCE, compare, nearest_of
from filter.templates.wording import compile_wording
from tests.templates.build import CODE, NAME, match, sms, texts

SLOTS = {"code": CODE, "name": NAME}
WORDING = compile_wording("Dear {name}, your code is {code}.", SLOTS)


@pytest.mark.parametrize(
    ("text", "difference"),
    [
        pytest.param(
            "Dear Ali, your code is pay now.",
            "Dear Ali, your code is [-{code}.-]{+pay now.+}",
            id="a stuffed slot",
        ),
        pytest.param(
            "Dear Ali, your key is 123456.",
            "Dear Ali, your [-code-]{+key+} is 123456.",
            id="another word",
        ),
        pytest.param(
            "Dear Ali bin Abu, your code is 123456. Hi",
            "Dear Ali bin Abu, your code is 123456. {+Hi+}",
            id="one word more",
        ),
        pytest.param(
            "Dear Ali, code is 123456.",
            "Dear Ali, [-your-] code is 123456.",
            id="one word less",
        ),
        pytest.param(
            "Dear Ali, your co\u200bde is 123456.",
            "Dear Ali, your [-code-]{+co<U+200B>de+} is 123456.",
            id="something invisible",
        ),
    ],
)
def test_the_difference_is_told_word_by_word(text: str, difference: str) -> None:
    percent, told = compare(WORDING, text)

    assert told == difference
    assert 0 < percent < 100


def test_a_fitting_text_has_no_difference() -> None:
    assert compare(WORDING, "Dear Siti binti Abu, your code is 123456.") == (
        100,
        "Dear Siti binti Abu, your code is 123456.",
    )


def test_long_equal_stretches_are_left_out() -> None:
    words = " ".join(f"w{n}" for n in range(100))
    wording = compile_wording(f"{words} code {words}", {})

    _, told = compare(wording, f"{words} key {words}")

    assert told == "… w94 w95 w96 w97 w98 w99 [-code-]{+key+} w0 w1 w2 w3 w4 w5 …"


@given(st.text(max_size=300))
@settings(deadline=None)
def test_any_text_is_compared_within_bounds(text: str) -> None:
    percent, told = compare(WORDING, normalise(text))

    assert 0 <= percent <= 100
    assert len(told) <= MAX_DIFFERENCE


def test_a_megabyte_is_compared_by_its_beginning() -> None:
    percent, told = compare(WORDING, "Dear " + "x " * 500_000)

    assert percent < 10
    assert len(told) <= MAX_DIFFERENCE


def test_the_nearest_of_many_is_found_by_its_rare_words() -> None:
    many = [
        texts(
            f"Dear {{name}}, your parcel w{n} v{n} will come on Friday.", slots=(NAME,), id=f"t{n}"
        )
        for n in range(300)
    ]

    found = match(sms("Dear Ali, your parcel w123 v123 will not come on Friday."), *many)

    assert isinstance(found, Miss)
    assert found.nearest is not None
    assert found.nearest.template == "t123"
    assert "{+not+}" in found.nearest.difference


def test_only_words_between_blanks_are_sure_to_be_there() -> None:
    wording = compile_wording("A b{code}c d e{name} f", SLOTS)

    assert whole_words(wording) == {"A", "d", "f"}


def test_the_index_yields_what_could_fit_and_little_else() -> None:
    entries = [Entry(n, compile_wording(f"Code w{n} {{code}} end", SLOTS)) for n in range(100)]
    text = "Code w7 123456 end"

    found = list(Index(entries).candidates(text, frozenset(text.split(" "))))

    assert [entry.template for entry in found] == [7]


def test_nothing_is_nearest_to_nothing() -> None:
    assert nearest_of("text", []) is None


def test_the_nearest_is_the_same_on_every_run() -> None:
    many = [texts(f"alpha beta gamma {n}", id=f"t{n}") for n in range(50)]

    found = {
        nearest.nearest.template
        for _ in range(5)
        for nearest in [match(sms("alpha beta gamma"), *many)]
        if not isinstance(nearest, Match) and nearest.nearest
    }

    assert found == {"t0"}


def test_what_is_hardly_alike_is_not_called_nearest() -> None:
    rule = texts("Dear {name}, your code is {code}. Do not tell anybody.", slots=(NAME, CODE))
    missed = match(sms("Zebras quarrel below violet umbrellas."), rule)
    assert isinstance(missed, Miss)
    assert missed.nearest is None
    assert missed.findings[0].detail == "no approved template comes near"
    stuffed = match(sms("Dear Ali, your code is 123456. " + "Pay to us now, or else. " * 90), rule)
    assert isinstance(stuffed, Miss)
    assert stuffed.nearest is not None
