"""How many places, and which, say that a picture shows a known one: words, signs and drawings."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from filter.pictures.agreement import KnownPoints, confirming_budget, confirms
from filter.pictures.points import REPEATED_BITS, Points, telling, told

WORD = (1.0, 0.05)  # width and height of what is written in one line


def _points(number: int, seed: int, extent: tuple[float, float] = (1.0, 1.0)) -> Points:
    rng = np.random.default_rng(seed)
    return Points(
        places=(rng.random((number, 2)) * extent).astype(np.float32),
        sizes=rng.uniform(0.05, 0.1, number).astype(np.float32),
        directions=rng.uniform(0, 2 * np.pi, number).astype(np.float32),
        bits=rng.integers(0, 1 << 63, (number, 4)).astype(np.uint64),
        extent=(1.0, 1.0),
    )


def _drawing(number: int) -> Points:
    """Return points of which each looks like one other, as the corners of a form or letters do."""
    one = _points(number // 2, seed=1)
    other = _points(number // 2, seed=2)
    few_bits = np.uint64((1 << REPEATED_BITS // 2) - 1)
    return replace(
        one,
        places=np.concatenate([one.places, other.places]),
        sizes=np.concatenate([one.sizes, other.sizes]),
        directions=np.concatenate([one.directions, other.directions]),
        bits=np.concatenate([one.bits, one.bits ^ np.array([few_bits, 0, 0, 0], np.uint64)]),
    )


def _shaken(points: Points, by: float) -> Points:
    rng = np.random.default_rng(3)
    moved = points.places + rng.uniform(-by, by, points.places.shape)
    return replace(points, places=moved.astype(np.float32))


def test_one_line_of_a_known_page_is_not_the_page() -> None:
    page = _points(1_000, seed=0)
    line = page.chosen(np.abs(page.places[:, 1] - 0.5) < 0.006)

    assert len(line) >= 8
    assert not KnownPoints([page]).accords(line)


def test_a_known_word_is_known_although_it_is_one_line() -> None:
    word = _points(40, seed=0, extent=WORD)

    (accord,) = KnownPoints([word]).accords(_shaken(word, 0.002))

    assert accord.places >= 6


def test_a_few_letters_of_a_known_word_are_not_the_word() -> None:
    word = _points(40, seed=0, extent=WORD)

    assert not KnownPoints([word]).accords(word.chosen(word.places[:, 0] < 0.3))


def test_a_place_that_looks_like_another_of_its_picture_does_not_tell_it() -> None:
    assert telling(_points(50, seed=0)).all()
    assert not telling(_drawing(50)).any()


def test_a_drawing_whose_places_look_alike_is_known_when_most_of_it_lies_exactly() -> None:
    drawing = _drawing(60)

    (accord,) = KnownPoints([drawing]).accords(_shaken(drawing, 0.003))

    assert accord.places >= 6


def test_places_that_look_alike_and_lie_about_there_are_not_enough() -> None:
    drawing, photograph = _drawing(60), _points(60, seed=1)

    assert not KnownPoints([drawing]).accords(_shaken(drawing, 0.03))
    assert KnownPoints([photograph]).accords(_shaken(photograph, 0.03))


def test_some_places_of_a_drawing_are_not_enough_where_all_should_be() -> None:
    drawing, photograph = _drawing(160), _points(160, seed=1)
    some = slice(0, 160, 10)

    assert not KnownPoints([drawing]).accords(drawing.chosen(some))
    assert KnownPoints([photograph]).accords(photograph.chosen(some))


def test_only_telling_places_confirm_what_hashes_say() -> None:
    drawing, photograph = _drawing(60), _points(60, seed=1)

    assert not confirms(drawing, told(drawing), confirming_budget())
    assert confirms(photograph, told(photograph), confirming_budget())
