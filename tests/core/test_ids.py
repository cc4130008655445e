from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filter.ids import new_transaction_id, seconds_of


@given(st.floats(min_value=0, max_value=2**40 / 1000))
def test_an_id_tells_the_time_it_was_made_at_to_the_millisecond(seconds: float) -> None:
    assert abs(seconds_of(new_transaction_id(seconds)) - seconds) <= 0.001


def test_ids_sort_by_time_and_never_repeat() -> None:
    ids = [new_transaction_id(float(second)) for second in range(200)]

    assert ids == sorted(ids)
    assert len({new_transaction_id(1.0) for _ in range(1000)}) == 1000


@pytest.mark.parametrize(
    "text", ["", "m_", "m_short", "x_01K4T8ABCDEFGHJKMNPQRSTVWX", "m_" + "U" * 26]
)
def test_other_text_is_no_id(text: str) -> None:
    with pytest.raises(ValueError, match=r"id|substring"):
        seconds_of(text)
