"""Whatever a plain template renders to, its wording takes, and nothing with another word."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from filter.dialects.derive import text_tokens
from filter.dialects.filled import filled
from filter.dialects.fitting import fits
from filter.dialects.nodes import Node
from filter.reading.text import normalise
from filter.templates.pattern import parse_pattern
from filter.templates.written import as_pattern
from tests.dialects import engine

PLAIN = {"name": "Ng", "code": "493021", "day": "Monday"}
WORDS = PLAIN | {f"item_{name}": value for name, value in PLAIN.items()}
branches = st.fixed_dictionaries(
    dict.fromkeys(engine.CONDITIONS, st.tuples(*[st.integers(0, 1)] * 3))
)
ways = st.builds(
    engine.Ways,
    branches,
    st.fixed_dictionaries({"items": st.integers(0, 3), "parts": st.integers(0, 2)}),
    st.just({name: (value,) for name, value in PLAIN.items()}),
)


@settings(max_examples=100, deadline=None)
@given(engine.plain_texts, ways, st.data())
def test_a_rendering_fits_and_another_word_does_not(
    template: tuple[Node, ...], way: engine.Ways, data: st.DataObject
) -> None:
    text = normalise(engine.render(template, way))
    tokens = text_tokens(template)
    assert fits(tokens, text, WORDS)
    place = data.draw(st.integers(0, len(text)))
    assert not fits(tokens, f"{text[:place]}\u2603{text[place:]}", WORDS)


@settings(max_examples=100, deadline=None)
@given(engine.plain_texts)
def test_a_wording_is_read_as_it_is_written(template: tuple[Node, ...]) -> None:
    for keep_lines in (False, True):
        written = as_pattern(text_tokens(template, keep_lines=keep_lines))
        assert as_pattern(parse_pattern(as_pattern(parse_pattern(written)))) == as_pattern(
            parse_pattern(written)
        )


@settings(max_examples=100, deadline=None)
@given(engine.plain_texts, ways)
def test_lines_that_are_kept_mean_the_same(template: tuple[Node, ...], way: engine.Ways) -> None:
    text = normalise(engine.render(template, way))
    written = as_pattern(text_tokens(template, keep_lines=True))
    assert fits(parse_pattern(written), text, WORDS)


@settings(max_examples=100, deadline=None)
@given(engine.plain_texts, ways)
def test_wordings_that_say_something_take_all_but_the_empty_text(
    template: tuple[Node, ...], way: engine.Ways
) -> None:
    text = normalise(engine.render(template, way))
    wordings = filled(text_tokens(template))
    assert any(fits(one, text, WORDS) for one in wordings) == bool(text)
