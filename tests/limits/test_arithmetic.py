"""The arithmetic of limits and watches by itself: no store, no clock."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filter.limits.gcra import Line, conform, give_back, interval, micros
from filter.limits.interface import MOST_NUMBERS, NEIGHBOURHOOD, Rate, Run
from filter.limits.slices import shifted, with_more, with_peak
from filter.limits.watches import neighbours, run

SECOND = 10**6
NOW = 1_800_000_000 * SECOND


@pytest.mark.parametrize(
    ("rate", "expected"),
    [
        pytest.param(Rate(5, 600, 5), 120 * SECOND, id="five in ten minutes"),
        pytest.param(Rate(7, 60, 7), 8_571_429, id="rounded up: never more than seven a minute"),
        pytest.param(Rate(3, 0.5, 1), 166_667, id="part of a second"),
        pytest.param(Rate(10**7, 1, 1), 1, id="never less than a microsecond"),
    ],
)
def test_the_interval_is_rounded_up(rate: Rate, expected: int) -> None:
    assert interval(rate) == expected


@pytest.mark.parametrize(
    ("cost", "arrival", "expected"),
    [
        pytest.param(1, 0, (True, 0, 0), id="nothing charged"),
        pytest.param(3, NOW, (True, 0, 0), id="a whole burst at once"),
        pytest.param(1, NOW + 20 * SECOND, (True, 2, 0), id="the last that fits"),
        pytest.param(1, NOW + 20 * SECOND + 1, (False, 3, 1), id="a microsecond too many"),
        pytest.param(2, NOW + 20 * SECOND, (False, 2, 10 * SECOND), id="one too many"),
        pytest.param(4, 0, (False, 0, None), id="never fits"),
        pytest.param(1, NOW + 10**12, (False, 3, 10 * SECOND), id="the clock was set back"),
    ],
)
def test_a_charge_conforms_or_is_told_when_it_will(
    cost: int, arrival: int, expected: tuple[bool, int, int | None]
) -> None:
    found = conform(Rate(6, 60, 3), cost, Line(arrival, NOW - SECOND, 0), NOW)

    assert found[:3] == expected


@given(st.lists(st.integers(0, 30 * SECOND), min_size=1, max_size=50), st.integers(1, 6))
def test_in_no_stretch_as_long_as_the_window_more_go_on_than_limit_and_burst_less_one(
    pauses: list[int], burst: int
) -> None:
    rate, line, now = Rate(4, 60, burst), Line(), NOW
    went_on = []
    for pause in pauses:
        now += pause
        found = conform(rate, 1, line, now)
        if found.conforms:
            line = found.moved
            went_on.append(now)

    for begin in went_on:
        assert sum(begin <= at < begin + micros(60) for at in went_on) <= 4 + burst - 1


def test_of_a_charge_comes_back_what_has_not_become_free() -> None:
    rate = Rate(6, 60, 3)
    charged = conform(rate, 2, Line(), NOW).moved

    def left(later: int) -> int:
        line = give_back(rate, 2, charged, NOW + later, charged=charged, at=NOW)
        return line.arrival - (NOW + later)

    assert [left(later * SECOND) for later in (0, 5, 19)] == [0, 0, 0]
    assert left(21 * SECOND) == -SECOND, "all was free: nothing changes"


def test_what_stood_behind_a_charge_moves_up_when_it_comes_back() -> None:
    rate = Rate(6, 60, 3)
    first = conform(rate, 1, Line(), NOW).moved
    second = conform(rate, 1, first, NOW).moved

    line = give_back(rate, 1, second, NOW + SECOND, charged=first, at=NOW)

    # The second alone would have been free at 10 s; what the first had of its second is gone.
    assert line == Line(NOW + 11 * SECOND, NOW, 9 * SECOND)


@given(st.lists(st.integers(0, 9), min_size=1, max_size=8), st.integers(-12, 12))
def test_a_row_of_slices_forgets_what_has_left_it_and_what_is_to_come(
    row: list[int], by: int
) -> None:
    width = len(row)
    kept = dict(enumerate(row, start=100))

    found = shifted(tuple(row), 99 + width, 99 + width + by)

    expected = [kept.get(number, 0) for number in range(100 + by, 100 + by + width)]
    assert found == tuple(expected)


def test_only_the_open_slice_grows() -> None:
    assert with_more((1, 2, 3), 4) == (1, 2, 7)
    assert with_peak((9, 2), 5) == (9, 5)
    assert with_peak((9, 7), 5) == (9, 7)


@given(st.lists(st.integers(0, 60), unique=True, max_size=MOST_NUMBERS))
def test_a_number_has_a_neighbour_when_another_is_close(numbers: list[int]) -> None:
    expected = [
        one for one in numbers if any(0 < abs(one - other) <= NEIGHBOURHOOD for other in numbers)
    ]

    assert neighbours(numbers) == len(expected)


def test_the_latest_numbers_are_remembered() -> None:
    watch = Run(2, 60, 50)
    sight = run(watch, range(0, 1000, 10), (), NOW)
    assert list(sight.if_admitted[::2]) == list(range(360, 1000, 10))

    later = run(watch, [360], sight.if_admitted, NOW + 60 * SECOND - 1)
    assert later.if_admitted[-2:] == (360, NOW + 120 * SECOND - 1)
    assert len(later.if_admitted) == 2 * MOST_NUMBERS

    assert run(watch, [1], later.if_admitted, NOW + 60 * SECOND).if_admitted[::2] == (360, 1)
