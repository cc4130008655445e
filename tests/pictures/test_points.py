"""Points are written down and read back; places that agree in one map are found among others."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from filter.pictures.agreement import (
    LEAST_AGREEING,
    Accord,
    KnownPoints,
    TooAlikeError,
    confirming_budget,
    confirms,
)
from filter.pictures.blocks import MOST_POINTS
from filter.pictures.points import Points, pack, told, unpack

RIGHT_ANGLE = np.pi / 2


def _points(number: int, seed: int, extent: tuple[float, float] = (1.0, 0.75)) -> Points:
    rng = np.random.default_rng(seed)
    return Points(
        places=(rng.random((number, 2)) * extent).astype(np.float32),
        sizes=rng.uniform(0.05, 0.2, number).astype(np.float32),
        directions=rng.uniform(0, 2 * np.pi, number).astype(np.float32),
        bits=rng.integers(0, 1 << 63, (number, 4), dtype=np.uint64),
        extent=extent,
    )


def _moved(points: Points, scale: float, turn: float, shift: tuple[float, float]) -> Points:
    cosine, sine = scale * np.cos(turn), scale * np.sin(turn)
    linear = np.array([[cosine, sine], [-sine, cosine]])
    return Points(
        places=(points.places @ linear + np.array(shift)).astype(np.float32),
        sizes=points.sizes * np.float32(scale),
        directions=points.directions + np.float32(turn),
        bits=points.bits,
        extent=(1.0, 1.0),
    )


def _with_others(points: Points, others: Points) -> Points:
    return Points(
        places=np.concatenate([points.places, others.places]),
        sizes=np.concatenate([points.sizes, others.sizes]),
        directions=np.concatenate([points.directions, others.directions]),
        bits=np.concatenate([points.bits, others.bits]),
        extent=points.extent,
    )


@given(st.integers(0, 200), st.integers(0, 1000))
def test_points_are_read_back_as_they_were_written(number: int, seed: int) -> None:
    points = _points(number, seed)

    again = unpack(pack(points))

    assert np.array_equal(again.bits, points.bits)
    assert np.allclose(again.places, points.places, atol=1e-4)
    assert np.allclose(again.sizes, points.sizes, rtol=0.05)
    assert np.allclose(np.cos(again.directions - points.directions), 1, atol=1e-3)
    assert again.extent == pytest.approx(points.extent, abs=1e-4)


@given(st.binary(max_size=400))
def test_bytes_that_are_no_block_are_refused(block: bytes) -> None:
    with pytest.raises(ValueError, match="point"):
        unpack(block)


@pytest.mark.parametrize(
    ("block", "message"),
    [
        (b"", "cut off"),
        (b"\x02" + pack(_points(3, 1))[1:], "version 2; this program reads version 1"),
        (pack(_points(3, 1))[:-1], "a block of 3 points has"),
        (pack(_points(3, 1)) + b"\0", "a block of 3 points has"),
        (b"\x01\x00\x00\x00\x00\x00\x00", "no extent"),
        (pack(_points(MOST_POINTS + 1, 1)), f"a block of {MOST_POINTS + 1} points has"),
    ],
)
def test_a_block_that_is_refused_says_why(block: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        unpack(block)


@pytest.mark.parametrize("turn", [0, 0.17, RIGHT_ANGLE, 3.0])
@pytest.mark.parametrize("scale", [0.2, 0.5, 1, 1.6])
def test_a_known_picture_is_found_turned_and_scaled_among_others(turn: float, scale: float) -> None:
    known = _points(200, 1)
    seen = _with_others(_moved(known, scale, turn, (0.3, 0.2)), _points(300, 2))

    found = KnownPoints([_points(250, 3), known, _points(250, 4)]).accords(seen)

    assert [accord.row for accord in found] == [1]
    assert found[0].places >= LEAST_AGREEING


def test_the_area_is_where_the_corners_of_the_known_picture_come_to_lie() -> None:
    known = _points(200, 1)

    (found,) = KnownPoints([known]).accords(_moved(known, 0.5, RIGHT_ANGLE, (0.8, 0.1)))

    corners = [(0.8, 0.1), (0.8, 0.6), (0.425, 0.6), (0.425, 0.1)]
    assert np.allclose(found.area, corners, atol=0.01)


def test_places_in_another_order_do_not_agree() -> None:
    known = _points(200, 1)
    shuffled = np.random.default_rng(9).permutation(len(known))
    seen = Points(known.places[shuffled], known.sizes, known.directions, known.bits, known.extent)

    assert KnownPoints([known]).accords(seen) == ()


def test_few_places_are_not_enough() -> None:
    known = _points(200, 1)
    few = slice(0, LEAST_AGREEING - 1)
    seen = Points(
        known.places[few], known.sizes[few], known.directions[few], known.bits[few], known.extent
    )

    assert KnownPoints([known]).accords(seen) == ()
    assert confirms(seen, told(known), confirming_budget())


def test_places_in_one_corner_tell_nothing() -> None:
    known = _points(200, 1)
    crowded = Points(
        known.places * np.float32(0.05), known.sizes, known.directions, known.bits, known.extent
    )

    assert KnownPoints([crowded]).accords(crowded) == ()


def test_a_mirrored_picture_does_not_agree_with_the_upright_points() -> None:
    known = _points(200, 1)
    mirrored = Points(
        known.places * np.array([-1, 1], np.float32) + np.array([1, 0], np.float32),
        known.sizes,
        known.directions,
        known.bits,
        known.extent,
    )

    assert KnownPoints([known]).accords(mirrored) == ()


@given(st.integers(0, 300), st.integers(0, 300), st.integers(0, 50))
def test_strangers_do_not_agree(mine: int, theirs: int, seed: int) -> None:
    known, seen = _points(theirs, seed), _points(mine, seed + 1000)

    assert KnownPoints([known]).accords(seen) == ()
    assert not confirms(seen, told(known), confirming_budget())


def test_nothing_agrees_with_nothing() -> None:
    none = _points(0, 1)

    assert KnownPoints([]).accords(_points(100, 1)) == ()
    assert KnownPoints([none]).accords(none) == ()
    assert KnownPoints([none, _points(9, 2)]).accords(none) == ()


@pytest.mark.parametrize("number", [50, 400])
def test_points_that_are_all_alike_end_in_bounded_work(number: int) -> None:
    known = _points(number, 1)
    same = Points(
        known.places,
        known.sizes,
        known.directions,
        np.zeros_like(known.bits),
        known.extent,
    )

    try:
        found = KnownPoints([same] * 20).accords(same)
    except TooAlikeError:
        return
    assert all(isinstance(accord, Accord) for accord in found)
