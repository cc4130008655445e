"""Whatever fits is among the candidates, in every mode and in any order of the templates."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filter.ruleset import MatchMode, Slot, SlotType
from filter.templates.index import Entry, Index
from filter.templates.modes import lenient
from filter.templates.pattern import PatternError, can_be_empty
from filter.templates.samples import fill
from filter.templates.walk import Budget
from filter.templates.wording import Wording, compile_wording

SLOTS = {
    "x": Slot("x", SlotType.DIGITS),
    "y": Slot("y", SlotType.CHOICE, values=("one", "two b", "c")),
    "z": Slot("z", SlotType.WORDS, max_length=12),
}
_PIECES = st.sampled_from(
    ["a", "b ", " c", " ", "d.", ", E", "é", "ß", "-", "{x}", "{y}", "{z}", "{#maybe}b{#end}",
     "{#maybe} c {#end}", "{#either}a{#or}{x} b{#end}", "{#repeat 0-2}{x}, {#end}",
     "{#repeat 1-3} a{#end}", "{#either p}c {#or}d{#end}"]
)  # fmt: skip
_MODES = st.sampled_from([MatchMode.FOLDED, MatchMode.DLT])


def _wordings(mode: MatchMode) -> st.SearchStrategy[list[Wording]]:
    def compiled(pieces: list[str]) -> Wording | None:
        try:
            wording = compile_wording("".join(pieces), SLOTS, mode)
        except PatternError:
            return None
        return None if not wording.tokens or can_be_empty(wording.tokens) else wording

    one = st.lists(_PIECES, min_size=1, max_size=5).map(compiled)
    return st.lists(one, min_size=1, max_size=25).map(lambda some: [w for w in some if w])


@settings(max_examples=60)
@given(st.data(), _MODES)
def test_what_fits_is_among_the_candidates(data: st.DataObject, mode: MatchMode) -> None:
    wordings = data.draw(_wordings(mode))
    if not wordings:
        return
    shuffled = data.draw(st.permutations(wordings))
    index, other = (
        Index([Entry(place, one) for place, one in enumerate(some)])
        for some in (wordings, shuffled)
    )
    for number, wording in enumerate(wordings[:6]):
        text = fill(wording.tokens, wording.slots, number)
        asked = lenient(text).text if mode is MatchMode.DLT else text
        words = frozenset(asked.split(" "))
        fitting = {id(one) for one in wordings if _fits(one, text)}
        assert id(wording) in fitting
        for some in (index, other):
            found = {id(one.wording) for one in some.candidates(asked, words)}
            assert fitting <= found


def _fits(wording: Wording, text: str) -> bool:
    return next(wording.fits(text, {}, Budget(20_000)), None) is not None


@pytest.mark.parametrize("text", ["a c", "ab c"])
def test_words_that_touch_a_structure_are_not_asked_for(text: str) -> None:
    wordings = [compile_wording("a{#maybe}b{#end} c", SLOTS)]
    wordings += [compile_wording(f"a{{#maybe}}b{{#end}} w{n}", SLOTS) for n in range(20)]
    index = Index([Entry(place, one) for place, one in enumerate(wordings)])
    found = [one.template for one in index.candidates(text, frozenset(text.split(" ")))]
    assert 0 in found
