"""Points that look alike are found by words of their bits; what is compared is counted."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filter.pictures import pointindex
from filter.pictures.bands import Words, ranges
from filter.pictures.pointindex import (
    ALIKE_BITS,
    Budget,
    PointIndex,
    TooAlikeError,
    blocks_of,
)

ENOUGH = 1_000_000


def _random(chance: np.random.Generator, number: int) -> Words:
    return chance.integers(0, 1 << 63, (number, 4)).astype(np.uint64)


def _off_by(bits: Words, number: int, chance: np.random.Generator) -> Words:
    """Return the points, each with so many of its bits turned."""
    turned = np.argsort(chance.random((len(bits), 256)), axis=1) < number
    return bits ^ np.packbits(turned, axis=1).view(np.uint64)


def _found(index: PointIndex, seen: Words) -> set[tuple[int, int, int]]:
    own, other, distance = index.alike(seen, Budget(ENOUGH))
    return set(zip(own.tolist(), other.tolist(), distance.tolist(), strict=True))


@settings(max_examples=50)
@given(
    seed=st.integers(0, 2**32),
    number=st.integers(0, 300),
    bits=st.integers(0, 70),
    few=st.sampled_from([0, 10_000]),
)
def test_points_with_a_word_in_common_are_found_when_they_look_alike(
    seed: int, number: int, bits: int, few: int
) -> None:
    chance = np.random.default_rng(seed)
    known = _random(chance, number)
    seen = np.concatenate([_off_by(known[:20], bits, chance), _random(chance, 5)])
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(pointindex, "_FEW_POINTS", few)
        index = PointIndex(known, np.zeros(len(known), np.bool_))
    word = (0, 1, 3) if number > few else (0, 1)

    found = _found(index, seen)

    mine, theirs = seen.view(np.uint8)[:, None], known.view(np.uint8)[None, :]
    distance = np.bitwise_count(mine ^ theirs).sum(axis=2)
    same = np.ones_like(distance, np.bool_)[..., None] & (mine == theirs)
    together = np.all([np.roll(same, -byte, axis=2) for byte in word], axis=0).any(axis=2)
    must = {(int(a), int(b), int(distance[a, b])) for a, b in np.argwhere(together)}
    alike = {(int(a), int(b), int(distance[a, b])) for a, b in np.argwhere(distance <= ALIKE_BITS)}
    assert must & alike <= found <= alike


def test_of_points_that_differ_in_thirty_bits_most_are_found() -> None:
    chance = np.random.default_rng(1)
    known = _random(chance, 2_000)
    seen = _off_by(known, 30, chance)

    for few, least in ((10_000, 0.9), (0, 0.7)):
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(pointindex, "_FEW_POINTS", few)
            found = _found(PointIndex(known, np.zeros(len(known), np.bool_)), seen)
        assert len({(own, other) for own, other, _ in found if own == other}) > least * len(known)


def test_what_many_drawings_have_is_not_found_by_it_and_what_tells_a_picture_is() -> None:
    chance = np.random.default_rng(1)
    corner, other = _random(chance, 1), _random(chance, 1)
    known = np.concatenate([np.repeat(corner, 100, axis=0), np.repeat(other, 100, axis=0)])

    index = PointIndex(known, np.arange(200) < 100)

    assert {row for _, row, _ in _found(index, other)} == set(range(100, 200))
    assert not _found(index, corner)


def test_what_would_be_compared_is_counted_before_it_is() -> None:
    same = np.zeros((3_000, 4), np.uint64)
    index = PointIndex(same, np.zeros(len(same), np.bool_))

    with pytest.raises(TooAlikeError):
        index.alike(same, Budget(ENOUGH))


@given(st.lists(st.integers(0, 9), max_size=40), st.integers(1, 12))
def test_blocks_cover_all_and_are_hardly_larger_than_asked_for(
    counts: list[int], size: int
) -> None:
    numbers = np.array(counts, np.int64)

    blocks = list(blocks_of(numbers, size))

    assert [block.start for block in blocks] == [0, *(block.stop for block in blocks)][:-1]
    assert sum(int(numbers[block].sum()) for block in blocks) == sum(counts)
    assert all(numbers[block].sum() < size + 9 for block in blocks)


def test_ranges_follow_each_other() -> None:
    assert ranges(np.array([5, 2, 9]), np.array([2, 0, 3])).tolist() == [5, 6, 9, 10, 11]
