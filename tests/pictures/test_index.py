"""The index finds what comparing everything with everything finds, no more and no less."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filter.pictures import bands
from filter.pictures.bands import Gathered, Near, Tables, plan
from filter.pictures.index import HashIndex

Hashes = npt.NDArray[np.uint8]
Pairs = list[tuple[int, int, int]]
MANY = bands.LEAST_TABLED + 1_000
NEVER = -1


def _random(chance: np.random.Generator, number: int) -> Hashes:
    return chance.integers(0, 256, (number, 32), dtype=np.uint8)


def _off_by(hashes: Hashes, bits: npt.NDArray[np.integer], chance: np.random.Generator) -> Hashes:
    """Return the hashes, each with so many of its bits turned."""
    places = np.argsort(chance.random((len(hashes), 256)), axis=1)
    turned = places.argsort(axis=1) < np.asarray(bits)[:, None]
    return np.packbits(np.unpackbits(hashes, axis=1) ^ turned, axis=1)


def _clustered(chance: np.random.Generator, number: int) -> Hashes:
    """Return hashes that lie near each other, some equal, as those of views of a few pictures."""
    centres = _random(chance, max(1, number // 20))[
        chance.integers(0, max(1, number // 20), number)
    ]
    return _off_by(centres, chance.choice([0, 1, 5, 20, 60, 130], number), chance)


def _compared(hashes: Hashes, queries: Hashes, limits: npt.NDArray[np.integer]) -> Pairs:
    """Return every pair within its limit: limits are (queries, rows)."""
    every, asked = np.unpackbits(hashes, axis=1), np.unpackbits(queries, axis=1)
    distances = np.array([(every != one).sum(axis=1) for one in asked]).reshape(limits.shape)
    pairs = np.argwhere(distances <= limits).tolist()
    return [(query, row, int(distances[query, row])) for query, row in pairs]


def _closest(
    hashes: Hashes,
    queries: Hashes,
    limits: npt.NDArray[np.integer],
    kinds: npt.NDArray[np.integer] | int = 0,
    of: npt.NDArray[np.integer] | None = None,
) -> Pairs:
    """Return what the index must: of each row, or of all that have the same number in ``of``."""
    kind_of = np.broadcast_to(kinds, len(queries)).tolist()
    best: dict[tuple[int, int], tuple[int, int, int]] = {}
    for query, row, distance in _compared(hashes, queries, limits):
        key = (row if of is None else int(of[row]), kind_of[query])
        best[key] = min(best.get(key, (999, 0, 0)), (distance, query, row))
    return sorted((query, row, distance) for distance, query, row in best.values())


def _found(index: HashIndex, queries: Hashes, kinds: npt.NDArray[np.integer] | int = 0) -> Pairs:
    near = index.closest(queries, kinds)
    return list(zip(near.query.tolist(), near.row.tolist(), near.distance.tolist(), strict=True))


def _with_radius(hashes: Hashes, radius: int) -> HashIndex:
    return HashIndex(hashes, np.zeros(len(hashes), np.uint8), np.array([[radius]], np.int16))


@settings(max_examples=60)
@given(
    seed=st.integers(0, 2**32),
    rows=st.integers(1, 400),
    layout=st.integers(16, 40),
    radius=st.integers(0, 70),
)
def test_tables_of_any_bands_find_every_row_within_any_radius(
    seed: int, rows: int, layout: int, radius: int
) -> None:
    radius = min(radius, 3 * layout)
    chance = np.random.default_rng(seed)
    hashes = _clustered(chance, rows)
    near = _off_by(hashes[:8], chance.integers(radius - 1, radius + 2, len(hashes[:8])), chance)
    queries = np.concatenate([near, _random(chance, 2)])
    words = hashes.view(np.uint64)

    pairs: set[tuple[int, int, int]] = set()
    found = Gathered()

    def note(near: Near) -> None:
        pairs.update(zip(*(array.tolist() for array in near), strict=True))

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(found, "add", note)
        heavy = Tables(words, layout).within(queries.view(np.uint64), radius, found)

    light = [query for query in range(len(queries)) if query not in heavy]
    limits = np.full((len(queries), rows), radius)
    limits[heavy] = NEVER
    assert sorted(pairs) == _compared(hashes, queries, limits)
    assert {query for query, _, _ in pairs} <= set(light)


@given(
    seed=st.integers(0, 2**32),
    layout=st.integers(14, 40),
    radius=st.integers(0, 120),
    data=st.data(),
)
def test_a_row_is_found_when_only_one_band_is_near_enough(
    seed: int, layout: int, radius: int, data: st.DataObject
) -> None:
    """As many bits turned as may be, so that each other band has one more than it is asked for."""
    chance = np.random.default_rng(seed)
    widths, most = bands._widths(layout), bands._radii(layout, radius)
    asked = [band for band, bits in enumerate(most) if bits >= 0]
    only = data.draw(st.sampled_from(asked))
    turned = []
    for band, (width, bits) in enumerate(zip(widths, most, strict=True)):
        places = np.zeros(width, np.uint8)
        places[chance.choice(width, bits + (band != only), replace=False)] = 1
        turned.append(places)
    query = _random(chance, 1)
    row = query ^ np.packbits(np.concatenate(turned))
    values = [int("".join(map(str, places)), 2) for places in turned]

    probes, flips = bands._probes(layout, radius)

    assert np.unpackbits(row ^ query).sum() == radius
    assert [band for band in asked if values[band] in flips[probes == band]] == [only]


@settings(max_examples=60)
@given(
    seed=st.integers(0, 2**32),
    rows=st.integers(0, 300),
    asked=st.integers(0, 12),
    radii=st.lists(st.integers(-5, 260), min_size=1, max_size=6),
)
def test_every_row_has_limits_of_its_own_for_each_kind_of_query(
    seed: int, rows: int, asked: int, radii: list[int]
) -> None:
    chance = np.random.default_rng(seed)
    hashes = _clustered(chance, rows)
    queries = np.concatenate([hashes[:3], _random(chance, asked)])
    limits = chance.choice(radii, (3, rows)).astype(np.int16)
    kinds = chance.integers(0, 3, len(queries))

    found = _found(HashIndex.with_row_limits(hashes, limits), queries, kinds)

    assert found == _closest(hashes, queries, limits[kinds], kinds)


@pytest.fixture(scope="module")
def many() -> Hashes:
    return _clustered(np.random.default_rng(5), MANY)


@pytest.mark.parametrize("radius", [0, 1, 10, 17, 24, 31, 40, 60, 120, 255, 256])
def test_many_rows_are_found_as_few_are(many: Hashes, radius: int) -> None:
    chance = np.random.default_rng(radius)
    bits = np.array([0, radius, min(radius + 1, 256)])
    queries = np.concatenate([_off_by(many[7:10], bits, chance), _random(chance, 2), ~many[3:4]])
    limits = np.full((len(queries), len(many)), radius)

    found = _found(_with_radius(many, radius), queries)

    assert found == _closest(many, queries, limits)


def test_many_rows_with_different_limits_are_found_by_tables_and_without() -> None:
    chance = np.random.default_rng(11)
    hashes = _random(chance, 2 * MANY + 500)
    groups = np.repeat([0, 1, 2], [MANY, MANY, 500])
    limits = np.array([[31, 20, 60], [24, NEVER, 40]], np.int16)
    index = HashIndex(hashes, groups, limits)
    close = [0, 1, MANY, MANY + 1, 2 * MANY, 2 * MANY + 1]
    bits = np.array([31, 24, 20, 21, 60, 41])
    queries = _off_by(hashes[close], bits, chance)
    kinds = np.array([0, 1, 0, 0, 0, 1])

    found = _found(index, queries, kinds)

    assert found == _closest(hashes, queries, limits[kinds][:, groups], kinds)
    assert [(query, row) for query, row, _ in found] == [
        (0, 0), (1, 1), (2, MANY), (4, 2 * MANY)
    ]  # fmt: skip


def test_many_rows_that_are_all_alike_are_each_found() -> None:
    hashes = np.tile(_random(np.random.default_rng(1), 1), (MANY, 1))

    near = _with_radius(hashes, 31).closest(hashes[:2])

    assert near.row.tolist() == [*range(MANY)]
    assert not near.query.any()
    assert not near.distance.any()


@given(seed=st.integers(0, 2**32), rows=st.integers(1, 200), owners=st.integers(1, 9))
def test_of_the_rows_of_one_owner_and_group_the_closest_is_found(
    seed: int, rows: int, owners: int
) -> None:
    chance = np.random.default_rng(seed)
    hashes = _clustered(chance, rows)
    queries = np.concatenate([hashes[:4], _clustered(chance, 4)])
    groups, owner_of = chance.integers(0, 2, rows), chance.integers(0, owners, rows)
    limits = np.array([[70, 50], [60, NEVER]], np.int16)
    kinds = chance.integers(0, 2, len(queries))

    found = _found(HashIndex(hashes, groups, limits, owner_of), queries, kinds)

    of = 2 * owner_of + groups
    assert found == _closest(hashes, queries, limits[kinds][:, groups], kinds, of)


def test_a_hash_that_is_banked_very_often_is_compared_once() -> None:
    chance = np.random.default_rng(1)
    hashes = np.concatenate([np.tile(_random(chance, 1), (MANY, 1)), _random(chance, MANY)])
    hashes = hashes[chance.permutation(len(hashes))]
    index = _with_radius(hashes, 31)

    assert sum(len(part.words) for part in index._parts) == MANY + 1
    assert len(index.closest(_off_by(hashes, np.full(len(hashes), 9), chance)[:50]).row) >= MANY


@settings(max_examples=20)
@given(seed=st.integers(0, 2**32), most=st.integers(1, 40))
def test_what_is_gathered_is_bounded_and_none_of_the_closest_is_lost(seed: int, most: int) -> None:
    chance = np.random.default_rng(seed)
    gathered = Gathered()
    gathered._most = most
    every: Pairs = []
    for _ in range(12):
        query, row = chance.integers(0, 30, (2, 10))
        distance = chance.integers(0, 257, 10).astype(np.int16)
        gathered.add(Near(query, row, distance))
        every += zip(query.tolist(), row.tolist(), distance.tolist(), strict=True)

    query, row, distance = gathered.closest()

    best = {row: min((d, q) for q, r, d in every if r == row) for _, row, _ in every}
    assert list(zip(row.tolist(), distance.tolist(), query.tolist(), strict=True)) == [
        (row, *best[row]) for row in sorted(best)
    ]


def test_the_same_question_has_the_same_answer_in_the_same_order(many: Hashes) -> None:
    index = _with_radius(many, 24)
    near = index.closest(many[:40])
    again = index.closest(many[:40])

    assert np.array_equal(np.stack(near), np.stack(again))
    assert np.array_equal(np.lexsort((near.row, near.query)), np.arange(len(near.row)))


def test_256_differing_bits_are_not_none() -> None:
    hashes = _random(np.random.default_rng(2), 3)

    assert _found(_with_radius(hashes, 200), ~hashes[:1])[:1] != [(0, 0, 0)]
    assert (0, 0, 256) in _found(_with_radius(hashes, 256), ~hashes[:1])


def test_an_empty_bank_and_no_question_have_no_answer(many: Hashes) -> None:
    empty = np.empty((0, 32), np.uint8)

    assert _found(_with_radius(empty, 60), many[:3]) == []
    assert _found(_with_radius(many, 60), empty) == []
    assert len(_with_radius(empty, 60)) == 0


def test_rows_that_may_never_match_do_not() -> None:
    hashes = _random(np.random.default_rng(3), 10)

    assert _found(_with_radius(hashes, NEVER), hashes) == []


def test_distances_are_those_of_every_pair_in_the_order_of_the_rows() -> None:
    chance = np.random.default_rng(4)
    hashes, queries = _clustered(chance, 50), _random(chance, 4)
    limits = chance.choice([10, 60], (1, 50)).astype(np.int16)

    distances = HashIndex.with_row_limits(hashes, limits).distances(queries)

    every = _compared(hashes, queries, np.full((4, 50), 256))
    assert distances.ravel().tolist() == [distance for _, _, distance in every]


def test_hashes_and_groups_of_different_number_are_refused(many: Hashes) -> None:
    with pytest.raises(ValueError, match="for 3 rows"):
        HashIndex(many, np.zeros(3, np.uint8), np.array([[1]], np.int16))


@pytest.mark.parametrize(("rows", "radius"), [(100_000, 31), (1_000_000, 48), (8_000_000, 40)])
def test_tables_are_made_where_they_save_work(rows: int, radius: int) -> None:
    assert plan(rows, [radius])


@pytest.mark.parametrize(("rows", "radius"), [(1_000, 31), (100_000, 90), (8_000_000, 80)])
def test_no_tables_are_made_where_comparing_all_is_less_work(rows: int, radius: int) -> None:
    assert not plan(rows, [radius])


def test_tables_take_memory_in_proportion_to_the_rows(many: Hashes) -> None:
    assert _with_radius(many, 31).nbytes < 1_000 * len(many)
