"""Whatever a template renders to, the gate reads what the derived page says, and nothing else."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from filter.dialects.fitting import fits
from filter.dialects.nodes import DialectError, Node
from filter.dialects.page import Page, page_of
from filter.message import Channel, Message, View, ViewKind
from filter.reading.html import Shown, read_html
from filter.reading.text import normalise
from filter.reading.troubles import Troubles
from filter.ruleset import Match, Slot, SlotType
from filter.ruleset import Template as Approved
from filter.templates.written import as_pattern
from tests.dialects import engine
from tests.templates import build

Template = tuple[Node, ...]
PLAIN = {"name": "Ng", "code": "493021", "day": "Monday"}
WORDS = PLAIN | {f"item_{name}": value for name, value in PLAIN.items()}
SLOTS = (
    Slot("name", SlotType.NAME),
    Slot("code", SlotType.DIGITS),
    Slot("day", SlotType.WORDS),
)

ways = st.builds(
    engine.Ways,
    st.fixed_dictionaries(
        dict.fromkeys(engine.CONDITIONS, st.tuples(*[st.integers(0, 1)] * 3)),
    ),
    st.fixed_dictionaries({"items": st.integers(0, 3), "parts": st.integers(0, 2)}),
    st.just({name: (value,) for name, value in PLAIN.items()}),
)
awkward = st.builds(
    replace,
    ways,
    values=st.fixed_dictionaries(
        {
            "name": st.tuples(
                *[st.sampled_from(("Ng", "O'Brien", "J. M\u00fcller", "李小龍"))] * 3
            ),
            "code": st.tuples(*[st.sampled_from(("493021", "1", "000"))] * 3),
            "day": st.tuples(*[st.sampled_from(("Monday", "1 May", "day & night"))] * 3),
        }
    ),
)


def derived(template: Template) -> Page:
    try:
        return page_of(template, file="letter.html")
    except DialectError:
        assume(False)
        raise


def seen(template: Template, way: engine.Ways) -> tuple[Shown, Troubles]:
    troubles = Troubles()
    return read_html(engine.render(template, way), "utf-8", "HTML", troubles), troubles


@settings(max_examples=30, deadline=None)
@given(engine.templates, ways)
def test_the_gate_reads_what_the_page_says(template: Template, way: engine.Ways) -> None:
    page = derived(template)
    shown, _troubles = seen(template, way)
    for name, text in (("html", shown.text), *shown.others):
        fitting = any(fits(one, text, WORDS) for one in page.texts)
        assert fitting or not text, (name, text, page.texts)
    if shown.preheader:
        assert any(fits(one, shown.preheader, WORDS) for one in page.preheaders)
    for spoken in shown.spoken:
        assert any(fits(one, spoken, WORDS) for one in page.alts)
    for link in shown.links:
        assert any(fits(one.tokens, normalise(link.url), WORDS) for one in page.links)
    number = len(shown.content_ids) + len(shown.data_uris)
    assert page.pictures[0] <= number <= page.pictures[1]


@settings(max_examples=30, deadline=None)
@given(engine.templates, ways)
def test_what_would_be_held_is_said_before(template: Template, way: engine.Ways) -> None:
    page = derived(template)
    _, troubles = seen(template, way)
    assert {one.code for one in troubles.found()} <= {doubt.code for doubt in page.doubts}


@settings(max_examples=30, deadline=None)
@given(engine.templates, ways, st.data())
def test_a_letter_more_is_not_what_the_page_says(
    template: Template, way: engine.Ways, data: st.DataObject
) -> None:
    page = derived(template)
    shown, _ = seen(template, way)
    assume(shown.text)
    place = data.draw(st.integers(0, len(shown.text)))
    longer = normalise(shown.text[:place] + "\u00df" + shown.text[place:])
    assert not any(fits(one, longer, WORDS) for one in page.texts)


def approved(page: Page) -> Approved:
    """Return the template that an import would write of the page."""
    slots = [*SLOTS, *(replace(slot, name=f"item_{slot.name}") for slot in SLOTS)]
    return replace(
        build.OTP,
        channels=frozenset({Channel.EMAIL}),
        texts=(),
        htmls=tuple(map(as_pattern, page.texts)),
        preheaders=tuple(map(as_pattern, page.preheaders)),
        subjects=("Hello",),
        slots=tuple(slots),
    )


def mail(shown: Shown) -> Message:
    views = (
        View(ViewKind.HTML, "html", shown.text, "HTML", shown.preheader),
        *(View(ViewKind.HTML, f"html, {name}", text, "HTML") for name, text in shown.others),
    )
    return replace(build.mail("Hello"), views=views)


@settings(max_examples=30, deadline=None)
@given(engine.templates.map(engine.fenced), awkward)
def test_a_rendering_is_a_message_of_the_template(template: Template, way: engine.Ways) -> None:
    page = derived(template)
    shown, _ = seen(template, way)
    assume(all((shown.text, *(text for _, text in shown.others))) and all(page.texts))
    found = build.match(mail(shown), approved(page))
    assert isinstance(found, Match), (shown.text, shown.others, page.texts)


@settings(max_examples=30, deadline=None)
@given(engine.templates.map(engine.fenced), awkward, st.data())
def test_a_message_with_another_word_is_none_of_the_template(
    template: Template, way: engine.Ways, data: st.DataObject
) -> None:
    page = derived(template)
    shown, _ = seen(template, way)
    assume(shown.text and all(page.texts))
    place = data.draw(st.integers(0, len(shown.text)))
    text = normalise(f"{shown.text[:place]}\u2603{shown.text[place:]}")
    found = build.match(mail(replace(shown, text=text)), approved(page))
    assert not isinstance(found, Match), (text, page.texts)
