"""Words alone are no known picture: the same caption stands on pictures that are not alike."""

from __future__ import annotations

import numpy as np
import pytest

from filter.pictures.agreement import KnownPoints
from filter.pictures.captions import are_in_lines
from filter.pictures.points import Points


def _points(number: int, seed: int) -> Points:
    rng = np.random.default_rng(seed)
    return Points(
        places=rng.random((number, 2)).astype(np.float32),
        sizes=np.full(number, 0.1, np.float32),
        directions=np.zeros(number, np.float32),
        bits=rng.integers(0, 1 << 63, (number, 4)).astype(np.uint64),
        extent=(1.0, 1.0),
    )


def _with_those_of(picture: Points, other: Points, which: np.ndarray) -> Points:
    """Return another picture on which some places are those of a picture."""
    kept = picture.chosen(which)
    return Points(
        np.concatenate([kept.places, other.places]),
        np.concatenate([kept.sizes, other.sizes]),
        np.concatenate([kept.directions, other.directions]),
        np.concatenate([kept.bits, other.bits]),
        picture.extent,
    )


def test_the_caption_of_a_known_photograph_is_not_the_photograph() -> None:
    known, other = _points(280, 1), _points(280, 2)
    heights = known.places[:, 1]

    for caption in (heights < 0.15, heights > 0.8, (heights < 0.12) | (heights > 0.88)):
        assert not KnownPoints([known]).accords(_with_those_of(known, other, caption))


@pytest.mark.parametrize("share", [0.05, 0.1, 0.5, 1])
def test_places_from_all_over_a_known_photograph_are_enough(share: float) -> None:
    known, other = _points(280, 1), _points(280, 2)
    some = np.random.default_rng(3).random(280) < share

    assert KnownPoints([known]).accords(_with_those_of(known, other, some))


def test_half_of_a_known_photograph_is_enough_where_the_rest_is_cut_off() -> None:
    known = _points(280, 1)
    upper = known.chosen(known.places[:, 1] < 0.3)
    cut = Points(upper.places, upper.sizes, upper.directions, upper.bits, (1.0, 0.3))

    assert KnownPoints([known]).accords(cut)


def test_a_known_word_is_known_by_its_letters() -> None:
    word, other = _points(60, 1), _points(280, 2)
    line = word.places * np.array([1, 0.1], np.float32)
    known = Points(line, word.sizes, word.directions, word.bits, (1.0, 0.1))

    assert KnownPoints([known]).accords(_with_those_of(known, other, np.ones(60, np.bool_)))


def test_no_places_are_in_no_line() -> None:
    nothing, some = np.zeros(0, np.float32), np.linspace(0, 1, 50, dtype=np.float32)

    assert not are_in_lines(nothing, nothing)
    assert not are_in_lines(some, some)
    assert are_in_lines(some[:10], some)
