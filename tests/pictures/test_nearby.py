"""A quick no says no only where no view lies within the limit."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from filter.message import Appearance, PictureView
from filter.pictures.nearby import is_any_within, words_of
from filter.ruleset import BankedImage

HASHES = st.binary(min_size=32, max_size=32)


def _known(*hashes: bytes, quality: int = 80) -> BankedImage:
    views = tuple(PictureView("whole", one, quality) for one in hashes)
    return BankedImage("p", "r.yaml:1", "P", Appearance(views))


def _bits(one: bytes, other: bytes) -> int:
    return (int.from_bytes(one) ^ int.from_bytes(other)).bit_count()


@given(st.lists(HASHES, max_size=6), st.lists(HASHES, max_size=6), st.integers(0, 256))
def test_it_is_the_least_distance_of_any_pair(
    seen: list[bytes], known: list[bytes], limit: int
) -> None:
    expected = any(_bits(one, other) <= limit for one in seen for other in known)

    assert is_any_within(b"".join(seen), words_of(_known(*known)), limit) is expected


def test_flat_views_are_not_compared() -> None:
    assert not is_any_within(bytes(32), words_of(_known(bytes(32), quality=5)), 60)
