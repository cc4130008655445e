"""Whatever a template renders to, the gate reads what the derived page says, and nothing else."""

from __future__ import annotations

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from filter.dialects.fitting import fits
from filter.dialects.nodes import DialectError, Node
from filter.dialects.page import Page, page_of
from filter.reading.html import Shown, read_html
from filter.reading.text import normalise
from filter.reading.troubles import Troubles
from tests.dialects import engine

Template = tuple[Node, ...]
VALUES = {"name": "Ng", "code": "493021", "day": "Monday"}

ways = st.builds(
    engine.Ways,
    st.fixed_dictionaries(dict.fromkeys(engine.CONDITIONS, st.integers(0, 1))),
    st.fixed_dictionaries({"items": st.integers(0, 4)}),
    st.just(VALUES),
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


@settings(max_examples=60, deadline=None)
@given(engine.templates, ways)
def test_the_gate_reads_what_the_page_says(template: Template, way: engine.Ways) -> None:
    page = derived(template)
    shown, _troubles = seen(template, way)
    for name, text in (("html", shown.text), *shown.others):
        fitting = any(fits(one, text, VALUES) for one in page.texts)
        assert fitting or not text, (name, text, page.texts)
    if shown.preheader:
        assert any(fits(one, shown.preheader, VALUES) for one in page.preheaders)
    for spoken in shown.spoken:
        assert any(fits(one, spoken, VALUES) for one in page.alts)
    for link in shown.links:
        assert any(fits(one.tokens, normalise(link.url), VALUES) for one in page.links)
    number = len(shown.content_ids) + len(shown.data_uris)
    assert page.pictures[0] <= number <= page.pictures[1]


@settings(max_examples=60, deadline=None)
@given(engine.templates, ways)
def test_what_would_be_held_is_said_before(template: Template, way: engine.Ways) -> None:
    page = derived(template)
    _, troubles = seen(template, way)
    assert {one.code for one in troubles.found()} <= {doubt.code for doubt in page.doubts}


@settings(max_examples=60, deadline=None)
@given(engine.templates, ways, st.data())
def test_a_letter_more_is_not_what_the_page_says(
    template: Template, way: engine.Ways, data: st.DataObject
) -> None:
    page = derived(template)
    shown, _ = seen(template, way)
    assume(shown.text)
    place = data.draw(st.integers(0, len(shown.text)))
    longer = normalise(shown.text[:place] + "\u00df" + shown.text[place:])
    assert not any(fits(one, longer, VALUES) for one in page.texts)
