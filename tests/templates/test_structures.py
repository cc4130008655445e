"""Texts with choices and repeats: what they approve and what they do not."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filter.reading.text import normalise
from filter.ruleset import MatchMode, Slot, SlotType
from filter.templates.pattern import (
    Either,
    Literal,
    PatternError,
    Repeat,
    SlotUse,
    Token,
    normalised,
    parse_pattern,
)
from filter.templates.samples import fill
from filter.templates.walk import Budget
from filter.templates.wording import Wording, compile_tokens, compile_wording
from filter.templates.written import as_pattern

SLOTS = {
    "code": Slot("code", SlotType.DIGITS),
    "name": Slot("name", SlotType.NAME),
    "item": Slot("item", SlotType.WORDS),
    "price": Slot("price", SlotType.NUMBER, decimals=2),
}


def says(pattern: str, text: str, bound: Mapping[str, str] | None = None) -> dict[str, str] | None:
    wording = compile_wording(pattern, SLOTS)
    return next(wording.fits(normalise(text), bound or {}, Budget()), None)


@pytest.mark.parametrize(
    ("pattern", "text", "values"),
    [
        ("Hello{#maybe} {name}{#end}, welcome.", "Hello Jo, welcome.", {"name": "Jo"}),
        ("Hello{#maybe} {name}{#end}, welcome.", "Hello, welcome.", {}),
        ("{#either}Yes{#or}No{#end} thanks", "No thanks", {}),
        ("A {#maybe}B {#end}C", "A C", {}),
        ("A {#maybe} B {#end} C", "A B C", {}),
        ("A {#maybe}B{#end}", "A", {}),
        ("{#maybe}A{#end} B", "B", {}),
        ("Hi {name} {#maybe}(new){#end}", "Hi Jo", {"name": "Jo"}),
        ("Items: {#repeat 1-3}{item}; {#end}Bye", "Items: a; b b; Bye",
         {"item#1": "a", "item#2": "b b"}),
        ("{#repeat 0-3}- {item} {#end}", "- a - b", {"item#1": "a", "item#2": "b"}),
        ("{#repeat 1-2}{#maybe}x{#end}{code},{#end} end", "x1,2, end",
         {"code#1": "1", "code#2": "2"}),
        ("{code}: {#repeat 1-3}{code} {item},{#end}", "7: 7 a,7 b,",
         {"code": "7", "item#1": "a", "item#2": "b"}),
    ],
)  # fmt: skip
def test_a_text_that_the_structures_allow_is_said_with_these_values(
    pattern: str, text: str, values: dict[str, str]
) -> None:
    found = says(pattern, text)
    assert found is not None
    assert {name: value for name, value in found.items() if "#" not in name[:1]} == values


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("{#either}Yes{#or}No{#end} thanks", "YesNo thanks"),
        ("{#either}Yes{#or}No{#end} thanks", "thanks"),
        ("A {#maybe}B {#end}C", "A B B C"),
        ("A{#maybe} B{#end} C", "AB C"),
        ("{#repeat 1-2}{code}, {#end}end", "end"),
        ("{#repeat 1-2}{code}, {#end}end", "1, 2, 3, end"),
        ("{code}: {#repeat 1-3}{code} {name}, {#end}", "7: 7 Jo, 8 Al,"),
        ("{#maybe vip}Dear{#end}{#either vip}A{#or}B{#end}", "DearB"),
        ("{#repeat n 0-3}a{#end}|{#repeat n 0-3}b{#end}", "aa|b"),
        ("Hello{#maybe} {name}{#end}, welcome.", "Hello , welcome."),
    ],
)
def test_a_text_that_they_do_not_allow_is_not_said(pattern: str, text: str) -> None:
    assert says(pattern, text) is None


def test_structures_of_one_name_go_the_same_way() -> None:
    pattern = "{#maybe vip}Dear {#end}guest{#either vip}!{#or}.{#end}"
    assert says(pattern, "Dear guest!") is not None
    assert says(pattern, "guest.") is not None
    assert says(pattern, "guest!") is None


def test_a_named_choice_is_bound_for_the_other_texts_of_the_message() -> None:
    found = says("{#maybe vip}Dear {#end}guest", "guest")
    assert found == {"#vip": "1"}
    assert says("Hi{#maybe vip}, dear{#end}", "Hi, dear", found) is None
    assert says("Hi{#maybe vip}, dear{#end}", "Hi", found) is not None


def test_rounds_have_the_same_values_in_every_text() -> None:
    found = says("{#repeat items 1-9}{item}; {#end}", "a; b;")
    assert found == {"#items": "2", "item#1": "a", "item#2": "b"}
    assert says("{#repeat items 1-9}<{item}>{#end}", "<a><b>", found) is not None
    assert says("{#repeat items 1-9}<{item}>{#end}", "<b><a>", found) is None
    assert says("{#repeat items 1-9}<{item}>{#end}", "<a>", found) is None


@pytest.mark.parametrize(
    ("pattern", "trouble"),
    [
        ("{#maybe}a", "without its {#end}"),
        ("a{#end}", "without its beginning"),
        ("{#maybe}a{#or}b{#end}", "outside of {#either}"),
        ("{#either}a{#end}", "without {#or}"),
        ("{#repeat}a{#end}", "no structure"),
        ("{#repeat 3-1}a{#end}", "exchange"),
        ("{#repeat 0-0}a{#end}", "1 to 1000"),
        ("{#repeat 0-9}{#end}", "nothing"),
        ("{#maybe}{#end}b", "nothing"),
        ("{#if x}a{#end}", "no structure"),
        ("{#maybe}" * 10 + "a" + "{#end}" * 10, "more than 8"),
    ],
)
def test_a_structure_that_is_not_well_formed_is_refused_with_the_way_out(
    pattern: str, trouble: str
) -> None:
    with pytest.raises(PatternError, match=re.escape(trouble)):
        parse_pattern(pattern)


def test_many_rounds_of_many_slots_are_no_trouble() -> None:
    pattern = "{#repeat 0-400}{item}: {price}; {#end}Total {code}"
    text = " ".join(f"thing {n}: {n}.50;" for n in range(400)) + " Total 9"
    assert says(pattern, text) is not None
    assert says(pattern, text + "x") is None


def test_a_hopeless_text_is_given_up_within_the_budget() -> None:
    pattern = "{#repeat 0-50}{#either}{item} {#or}{name} {#end}{#end}!"
    budget = Budget(10_000)
    wording = compile_wording(pattern, SLOTS)
    assert next(wording.fits("a " * 60 + "?!?", {}, budget), None) is None
    assert budget.left > -2


# --- the language as a regular expression says it, where no name stands twice


def _literals() -> st.SearchStrategy[Token]:
    return st.builds(Literal, st.text("ab .", min_size=1, max_size=4))


def _trees() -> st.SearchStrategy[list[Token]]:
    leaf = _literals() | st.just(SlotUse("code"))

    def more(inner: st.SearchStrategy[Token]) -> st.SearchStrategy[Token]:
        several = st.lists(inner, min_size=1, max_size=3).map(tuple)
        either = st.builds(
            Either, st.just(""), st.lists(several | st.just(()), min_size=2, max_size=3).map(tuple)
        ).filter(lambda token: any(token.options))
        repeat = st.builds(Repeat, st.just(""), st.integers(0, 1), st.integers(1, 3), several)
        return either | repeat

    return st.lists(st.recursive(leaf, more, max_leaves=6), min_size=1, max_size=4)


def _unique(tokens: Iterable[Token], counter: list[int]) -> tuple[Token, ...]:
    """Name each slot once, so that a regular expression can say the same."""
    result: list[Token] = []
    for token in tokens:
        match token:
            case SlotUse():
                counter[0] += 1
                result.append(SlotUse(f"s{counter[0]}"))
            case Either(name, options):
                result.append(Either(name, tuple(_unique(one, counter) for one in options)))
            case Repeat(name, least, most, body):
                result.append(Repeat(name, least, most, _unique(body, counter)))
            case _:
                result.append(token)
    return tuple(result)


def _regex(tokens: Iterable[Token]) -> str:
    parts = []
    for token in tokens:
        match token:
            case Literal(text):
                parts.append(re.escape(text).replace("\\ ", " "))
            case SlotUse():
                parts.append("[0-9]{2}")
            case Either(_, options):
                parts.append(f"(?:{'|'.join(map(_regex, options))})")
            case Repeat(_, least, most, body):
                parts.append(f"(?:{_regex(body)}){{{least},{most}}}")
    return "".join(parts)


def _compiled(tree: list[Token]) -> tuple[Wording, tuple[Token, ...]]:
    raw = _unique(tree, [0])
    slots = {f"s{n}": Slot(f"s{n}", SlotType.DIGITS, 2, 2) for n in range(60)}
    return compile_tokens(normalised(raw), slots), raw


@given(_trees(), st.integers(0, 11))
def test_what_a_pattern_can_say_is_what_a_regular_expression_says(
    tree: list[Token], number: int
) -> None:
    wording, raw = _compiled(tree)
    said = fill(raw, wording.slots, number)
    assert next(wording.fits(said, {}, Budget()), None) is not None
    # White space is folded at borders, which the expression does not say.
    if " " in _regex(raw) or len(said) > 40:
        return
    changed = said[: len(said) // 2] + "b" + said[len(said) // 2 :]
    expected = re.fullmatch(_regex(raw), changed) is not None
    assert (next(wording.fits(changed, {}, Budget()), None) is not None) is expected


@given(_trees())
def test_a_pattern_reads_back_as_it_is_written(tree: list[Token]) -> None:
    tokens = normalised(tuple(tree))
    plain = parse_pattern(as_pattern(tokens))
    assert as_pattern(plain) == as_pattern(tokens)


# --- modes


@pytest.mark.parametrize(
    ("mode", "text", "fits"),
    [
        (MatchMode.FOLDED, "Your code:\n\n 42.  Bye", True),
        (MatchMode.FOLDED, "your code: 42. Bye", False),
        (MatchMode.EXACT, "Your code: 42.\nBye", True),
        (MatchMode.EXACT, "Your code: 42. Bye", False),
        (MatchMode.EXACT, "Your code:  42.\nBye", False),
        (MatchMode.DLT, "YOUR CODE 42 - bye!", True),
        (MatchMode.DLT, "your code:42,bye", True),
        (MatchMode.DLT, "your code 42 goodbye", False),
        (MatchMode.DLT, "yourcode 42 bye", False),
    ],
)
def test_each_mode_ignores_what_it_says(mode: MatchMode, text: str, *, fits: bool) -> None:
    wording = compile_wording("Your code: {code}.\nBye", SLOTS, mode)
    said = normalise(text) if mode is MatchMode.FOLDED else text
    assert (next(wording.fits(said, {}, Budget()), None) is not None) is fits


def test_a_slot_in_mode_dlt_gets_its_value_as_it_was_written() -> None:
    wording = compile_wording("Pay {price} to {name} now", SLOTS, MatchMode.DLT)
    found = next(wording.fits("PAY 1,000.50 TO Mary-Jane O'Hara: NOW", {}, Budget()), None)
    assert found == {"price": "1,000.50", "name": "Mary-Jane O'Hara"}


def test_a_slot_that_is_common_by_another_text_is_remembered_from_round_to_round() -> None:
    slots = {
        "x": Slot("x", SlotType.PATTERN, pattern="[ab]{1,3}"),
        "z": Slot("z", SlotType.PATTERN, pattern="[ab]{1,4}"),
    }
    wording = compile_wording("{#repeat 0-2}{x}{z}{#end}", slots, common=frozenset({"z"}))
    found = list(wording.fits("aaaba", {}, Budget()))
    assert {"x#1": "aa", "x#2": "b", "z": "a"} in found


def test_a_structure_that_also_stands_outside_of_repeats_goes_the_same_way_inside_them() -> None:
    pattern = "{#either plan}A{#or}B{#end}: {#repeat 1-3}{#either plan}a{#or}b{#end}{code},{#end}"
    assert says(pattern, "A: a1,a2,") is not None
    assert says(pattern, "B: b1,b2,") is not None
    assert says(pattern, "A: a1,b2,") is None


def test_structures_in_repeats_alone_go_their_own_way_each_round() -> None:
    pattern = "{#repeat 1-3}{#either plan}a{#or}b{#end}{code},{#end}"
    assert says(pattern, "a1,b2,a3,") is not None


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        ("आपका कमल {code}", "आपका कमल 42", True),
        ("आपका कमल {code}", "आपका, कमल - 42!", True),
        ("आपका कमल {code}", "आपका कामिल 42", False),
        ("आपका दिन {code}", "आपका दान 42", False),
        ("உங்கள் கடன் {code}", "உங்கள் கடின் 42", False),
        ("İZMİR {code}", "İZMİR 42", True),
        ("İzmir {code}", "izmir 42", False),
        ("See you ❤\ufe0f {code}", "See you 42", True),
    ],
)
def test_vowel_signs_and_other_marks_are_part_of_their_words_in_mode_dlt(
    pattern: str, text: str, *, fits: bool
) -> None:
    wording = compile_wording(pattern, SLOTS, MatchMode.DLT)
    assert (next(wording.fits(normalise(text), {}, Budget()), None) is not None) is fits
