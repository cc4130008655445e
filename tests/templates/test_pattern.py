"""Approved texts become literals and slots."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filter.reading.text import normalise
from filter.templates.pattern import Literal, PatternError, SlotUse, Token, inside, parse_pattern


def say(tokens: tuple[Token, ...]) -> list[str]:
    return [t.text if isinstance(t, Literal) else f"<{t.name}>" for t in tokens if not inside(t)]


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        pytest.param("Hello", ["Hello"], id="no slot"),
        pytest.param("{code} is it", ["<code>", " is it"], id="slot first"),
        pytest.param("it is {code}", ["it is ", "<code>"], id="slot last"),
        pytest.param("{a}{b}", ["<a>", "<b>"], id="touching slots"),
        pytest.param("a {{b}} c", ["a {b} c"], id="braces are literal"),
        pytest.param("{{{code}}}", ["{", "<code>", "}"], id="a slot in braces"),
        pytest.param("  a \n\t b  ", ["a b"], id="white space folds"),
        pytest.param("a\u00a0\u2003b", ["a b"], id="Unicode white space folds"),
        pytest.param("a \n {code} \n b", ["a ", "<code>", " b"], id="one blank beside a slot"),
        pytest.param("  {code}  ", ["<code>"], id="blanks at the ends go"),
        pytest.param("cafe\u0301", ["caf\u00e9"], id="NFC"),
        pytest.param("\u200bx", ["\u200bx"], id="nothing else is dropped"),
        pytest.param("", [], id="empty"),
    ],
)
def test_a_pattern_is_read_as_it_is_meant(pattern: str, said: list[str]) -> None:
    assert say(parse_pattern(pattern)) == said


@pytest.mark.parametrize(
    ("pattern", "offset", "words"),
    [
        pytest.param("ab}", 2, 'a "}" without its "{"', id="closing alone"),
        pytest.param("ab{code", 2, 'a "{" without its "}"', id="never closed"),
        pytest.param("ab{ }", 2, "an empty slot", id="empty slot"),
        pytest.param("{my code}", 0, '"{my code}" is not a slot', id="blank in a name"),
        pytest.param("{1st}", 0, "a name is a letter", id="digit first"),
        pytest.param("x {{a}", 5, 'a "}" without its "{"', id="half a pair"),
        pytest.param("{c\u00f6de}", 0, "is not a slot", id="letters of ASCII only"),
    ],
)
def test_a_broken_pattern_says_where_and_what(pattern: str, offset: int, words: str) -> None:
    with pytest.raises(PatternError) as caught:
        parse_pattern(pattern)

    assert caught.value.offset == offset
    assert words in caught.value.message


def test_a_slot_knows_where_it_stands() -> None:
    assert parse_pattern("  a {code}") == (Literal("a "), SlotUse("code", 4))


@given(st.text())
def test_text_with_doubled_braces_is_its_own_normal_form(text: str) -> None:
    tokens = parse_pattern(text.replace("{", "{{").replace("}", "}}"))

    assert "".join(t.text for t in tokens if isinstance(t, Literal)) == normalise(text)


@given(st.text(alphabet="ab {}\n"))
def test_any_text_is_read_or_refused(text: str) -> None:
    offset = 0
    tokens: tuple[Token, ...] = ()
    try:
        tokens = parse_pattern(text)
    except PatternError as caught:
        offset = caught.offset

    assert 0 <= offset <= len(text)
    assert (Literal, Literal) not in set(pairwise(map(type, tokens)))
