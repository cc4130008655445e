"""Patterns of people: RE2 only, and its differences explained."""

from __future__ import annotations

import pytest

from filter.templates.pattern import PatternError
from filter.templates.regex import compile_pattern


@pytest.mark.parametrize(
    ("source", "offset", "words"),
    [
        pytest.param(r"a(?=b)", 1, "look-around is not supported", id="look-ahead"),
        pytest.param(r"(?<!a)b", 0, "look-around is not supported", id="look-behind"),
        pytest.param(r"(a)\1", 3, "use one slot twice", id="back-reference"),
        pytest.param(r"\u0430", 0, r"write \x{XXXX}", id="u escape"),
        pytest.param(r"a\Z", 1, "matches the whole value", id="Z"),
        pytest.param(r"a++", 1, "drop the last +", id="possessive"),
        pytest.param(r"(?>a)", 0, "never backtracks", id="atomic"),
        pytest.param(r"\p{Script=Han}", 0, r"\p{Han}", id="script"),
        pytest.param(r"\w+", 0, r"[\pL\pN_]", id="w is ASCII"),
        pytest.param(r"x\bx", 1, "leave it out", id="b is ASCII"),
        pytest.param(r"a{2000}", 0, "max_length", id="long repeat"),
        pytest.param(r"(a", 0, "never closed", id="open group"),
        pytest.param(r"[a", 0, "never closed", id="open class"),
        pytest.param(r"*a", 0, "without anything before it", id="lone repeat"),
    ],
)
def test_what_re2_lacks_is_named_with_a_remedy(source: str, offset: int, words: str) -> None:
    with pytest.raises(PatternError) as caught:
        compile_pattern(source)

    assert words in caught.value.message
    assert caught.value.offset == offset


@pytest.mark.parametrize(
    "source", [r"\\w", r"[+*]+", r"\p{Latin}+", r"\+\+", r"a\(?=b", r"[0-9]{3}", r"\d", r"\\\\1"]
)
def test_what_only_looks_like_a_pitfall_compiles(source: str) -> None:
    compile_pattern(source)


def test_a_pattern_matches_the_whole_value_only() -> None:
    pattern = compile_pattern("a|ab")

    assert pattern.matches("ab")
    assert not pattern.matches("abc")
    assert not pattern.matches("a\n")
    assert not pattern.matches("\ud800")


def test_a_bomb_is_only_a_pattern() -> None:
    assert not compile_pattern("(a+)+").matches("a" * 100_000 + "b")
