# ruff: noqa: SIM905 - words are easier to read in a line
"""What is taken apart is whole again when it is put together."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from filter.learning.alignment import Lexicon, matches
from filter.learning.anatomy import Anatomy, Block, Fixed, Hole, Piece, dissect
from filter.learning.doubts import Bar
from filter.learning.learn import learn
from filter.learning.seen import TEXT, Seen, Surface
from filter.learning.support import Stamp
from filter.learning.words import split
from filter.message import Channel
from filter.reading.text import normalise
from filter.templates.matcher import matches_any

word = st.sampled_from(
    "the your code is RM 12 May 2026, (ref a/l 5.00 €. {x} } #7 Tan, https://x.example/9 10:30 am é"
    .split(" ")
)  # fmt: skip
texts = st.lists(st.lists(word, min_size=1, max_size=14).map(" ".join), min_size=1, max_size=24)


def joined(pieces: Sequence[Piece], anatomy: Anatomy, place: int) -> str:
    said = []
    for piece in pieces:
        match piece:
            case Fixed(text):
                said.append(text)
            case Hole(column):
                said.append(anatomy.columns[column][place] or "")
            case Block(column, body) if anatomy.columns[column][place]:
                said.append(joined(body, anatomy, place))
            case _:
                pass
    return "".join(said)


@given(st.lists(word, max_size=30))
def test_words_joined_by_blanks_are_the_text(words: list[str]) -> None:
    text = normalise(" ".join(words))

    assert " ".join(split(text)) == text


@settings(max_examples=60, deadline=None)
@given(texts)
def test_pieces_with_their_values_are_the_text(said: list[str]) -> None:
    said = [normalise(text) for text in said]
    anatomy = Anatomy()
    pieces = dissect([split(text) for text in said], [Stamp()] * len(said), anatomy)

    for place, text in enumerate(said):
        if place not in anatomy.odd:
            assert joined(pieces, anatomy, place).strip() == text


@settings(max_examples=40, deadline=None)
@given(texts, st.integers(1, 3))
def test_a_proposal_takes_every_message_that_it_counts(said: list[str], times: int) -> None:
    messages = [
        Seen(Channel.SMS, "A", "", (Surface(TEXT, normalise(text)),)) for text in said * times
    ]
    for found in learn(messages, Bar(())).proposals:
        template = found.template
        assert found.count == len(found.messages)
        for message in found.messages:
            text = message.surfaces[0].text
            assert matches_any(template.texts, template.slots, text, {}) is not None


def test_more_words_than_characters_are_no_trouble() -> None:
    lexicon = Lexicon()
    code = lexicon.encode(str(number) for number in range(1_120_000))

    assert len(code) == 1_120_000


def test_pairs_rise_on_both_sides() -> None:
    pairs = matches(("a", "b", "c", "b"), ("b", "x", "c", "a", "b"))

    assert pairs == sorted(pairs)
    assert [at for _, at in pairs] == sorted({at for _, at in pairs})
