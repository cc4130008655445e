"""Whatever the template: its renderings pass, and nothing else does."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from filter.reading.text import normalise
from filter.ruleset import Match, Slot, SlotType, Template
from filter.templates.slots import accepts
from tests.templates.build import match, sms, texts

SLOTS: dict[str, tuple[Slot, st.SearchStrategy[str]]] = {
    "code": (
        Slot("code", SlotType.DIGITS, min_length=4, max_length=8),
        st.from_regex(r"[0-9]{4,8}", fullmatch=True),
    ),
    "count": (
        Slot("count", SlotType.NUMBER, minimum=1, maximum=999),
        st.integers(1, 999).map(str),
    ),
    "name": (
        Slot("name", SlotType.NAME),
        st.sampled_from(["Ali", "Siti binti Abu", "黄", "O'Neil", "K a/l R", "José"]),
    ),
    "day": (
        Slot("day", SlotType.DATE),
        st.dates().filter(lambda d: d.year > 1900).map(lambda d: d.strftime("%d/%m/%Y")),
    ),
    "what": (
        Slot("what", SlotType.CHOICE, values=("first dose", "second dose")),
        st.sampled_from(["first dose", "second dose"]),
    ),
    "note": (
        Slot("note", SlotType.TEXT, max_length=40),
        st.text(alphabet="abc .,!-", min_size=1, max_size=20).map(normalise).filter(bool),
    ),
}
WORDS = st.lists(
    st.sampled_from(["Dear", "your", "code", "is", "ready.", "Klinik", "(RM0)", "e-mel:", "é"]),
    min_size=1,
    max_size=4,
).map(" ".join)


@dataclass(frozen=True)
class Rendering:
    template: Template
    text: str
    values: dict[str, str]
    literals: tuple[tuple[int, int], ...]  # where in the text the fixed words stand


@st.composite
def renderings(draw: st.DrawFn) -> Rendering:
    """A template of literals and slots, with one honest rendering of it."""
    pattern = text = ""
    values: dict[str, str] = {}
    literals = []
    for name in draw(st.lists(st.sampled_from(list(SLOTS)), min_size=0, max_size=5)):
        words = draw(WORDS) + " "
        literals.append((len(text), len(text) + len(words)))
        values.setdefault(name, draw(SLOTS[name][1]))
        pattern += f"{words}{{{name}}} "
        text += f"{words}{values[name]} "
    end = draw(WORDS)
    literals.append((len(text), len(text) + len(end)))
    template = texts(pattern + end, slots=tuple(SLOTS[name][0] for name in values))
    return Rendering(template, text + end, values, tuple(literals))


@given(renderings())
@settings(deadline=None)  # this machine is not ours alone
def test_every_rendering_with_valid_values_matches(rendering: Rendering) -> None:
    found = match(sms(rendering.text), rendering.template)

    assert isinstance(found, Match)
    assert {**rendering.values, **found.values} == dict(found.values)


def says_the_same(rendering: Rendering, text: str) -> bool:
    """Whether a changed text is another honest rendering: all it takes is to render it again.

    Slow and simple on purpose: every way to cut the text, by brute force.
    """
    words = normalise(text)
    tokens = rendering.template.texts[0].replace("{", "\0{").replace("}", "}\0").split("\0")

    def rest_fits(place: int, position: int, known: dict[str, str]) -> bool:
        if place == len(tokens):
            return position == len(words)
        token = tokens[place]
        if token[:1] != "{":
            fits = words.startswith(token, position)
            return fits and rest_fits(place + 1, position + len(token), known)
        name = token[1:-1]
        return any(
            rest_fits(place + 1, stop, {**known, name: words[position:stop]})
            for stop in range(position + 1, min(len(words), position + 90) + 1)
            if known.get(name, words[position:stop]) == words[position:stop]
            and accepts(SLOTS[name][0], words[position:stop])
        )

    return rest_fits(0, 0, {})


@given(renderings(), st.data())
@settings(deadline=None)  # this machine is not ours alone
def test_a_changed_literal_never_matches(rendering: Rendering, data: st.DataObject) -> None:
    start, stop = data.draw(st.sampled_from(rendering.literals))
    place = data.draw(st.integers(start, stop - 1))
    sign = data.draw(st.sampled_from(["x", "é", "7", "!", "\u200b", "\u202e", "а"]))  # noqa: RUF001
    how = data.draw(st.sampled_from(["insert", "delete", "replace"]))
    after = place if how == "insert" else place + 1
    changed = rendering.text[:place] + ("" if how == "delete" else sign) + rendering.text[after:]
    assume(normalise(changed) != rendering.text)

    found = match(sms(normalise(changed)), rendering.template)

    # What one slot gives up another may take: "is {note} ready" has many renderings.
    assert isinstance(found, Match) == says_the_same(rendering, changed)


@given(renderings(), st.data())
@settings(deadline=None)  # this machine is not ours alone
def test_a_stuffed_slot_never_matches(rendering: Rendering, data: st.DataObject) -> None:
    assume(rendering.values)
    name = data.draw(st.sampled_from(sorted(rendering.values)))
    stuffing = data.draw(
        st.sampled_from(
            ["1" * 30, "<b>", "\u200b", "१२", "evil.example/x", "x" * 90, "2026-99-99 is now"]
        )
    )
    value = rendering.values[name]
    stuffed = rendering.text.replace(value, f"{value}{stuffing}", 1)

    found = match(sms(stuffed), rendering.template)

    assert isinstance(found, Match) == says_the_same(rendering, stuffed)


@given(renderings(), renderings())
@settings(deadline=None)
def test_a_text_matches_each_template_alone_as_among_others(
    one: Rendering, other: Rendering
) -> None:
    alone = isinstance(match(sms(one.text), other.template), Match)

    found = match(sms(one.text), other.template, one.template)

    assert isinstance(found, Match)
    assert (found.template is other.template) == alone


@given(st.text(max_size=200), renderings())
@settings(deadline=None)
def test_no_text_makes_the_matcher_fail(text: str, rendering: Rendering) -> None:
    match(sms(normalise(text)), rendering.template)
