"""Points that all look alike, and views that are all alike, cost no more than others."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filter.message import Appearance, PictureView
from filter.pictures import likeness
from filter.pictures.agreement import (
    KnownPoints,
    TooAlikeError,
    confirming_budget,
    confirms,
)
from filter.pictures.compared import Compared
from filter.pictures.likeness import SURE_BITS, find_known
from filter.pictures.pointindex import Budget
from filter.pictures.points import Points, pack, told, unpack
from filter.ruleset import BankedImage

HASH = bytes(range(100, 132))


def _points(number: int, seed: int = 0, kinds: int = 0) -> Points:
    """Return points of which ``kinds`` look different, all of them when it is 0."""
    rng = np.random.default_rng(seed)
    bits = rng.integers(0, 1 << 63, (kinds or number, 4)).astype(np.uint64)
    return Points(
        places=rng.random((number, 2)).astype(np.float32),
        sizes=np.full(number, 0.1, np.float32),
        directions=np.zeros(number, np.float32),
        bits=bits[np.arange(number) % len(bits)],
        extent=(1.0, 1.0),
    )


def _known(*points: Points, name: str = "prank") -> BankedImage:
    seen = Appearance((PictureView("whole", HASH, 90),), tuple(map(pack, points)))
    return BankedImage(name, "known.yaml:1", "Singer", seen)


def test_points_that_all_look_alike_are_refused_before_they_take_time_or_memory() -> None:
    seen = Appearance((), (pack(_points(4_000, kinds=1)),))

    with pytest.raises(TooAlikeError):  # which holds the message, as whatever a check raises
        find_known(seen, (_known(_points(4_000, kinds=1)),))


def test_a_corner_that_is_repeated_everywhere_is_compared() -> None:
    seen = Appearance((), (pack(_points(1_200, kinds=1)),))

    assert find_known(seen, (_known(_points(300, seed=1), _points(300, seed=2)),)) == ()


def test_places_are_asked_once_however_many_views_are_alike(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[int] = []
    monkeypatch.setattr(likeness, "confirms", lambda *_: asked.append(1))
    bits = np.unpackbits(np.frombuffer(HASH, np.uint8)) ^ (np.arange(256) <= SURE_BITS)
    near = np.packbits(bits).tobytes()
    views = tuple(PictureView(f"whole@frame-{number}", near, 90) for number in range(500))
    blocks = tuple(pack(_points(30, seed=number)) for number in range(100, 103))

    found = find_known(Appearance(views, blocks), (_known(_points(30), _points(30, seed=9)),))

    assert found == ()
    assert len(asked) == 3 * 2


def _near(more: int) -> bytes:
    """Return a hash that is alike, but not so close that it is believed by itself."""
    bits = np.unpackbits(np.frombuffer(HASH, np.uint8)) ^ (np.arange(256) <= SURE_BITS + more)
    return np.packbits(bits).tobytes()


def test_a_film_is_not_asked_for_places_without_end_however_many_pictures_look_like_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[int] = []

    def counted(seen: Points, known: Points, budget: Budget) -> bool:
        asked.append(1)
        return confirms(seen, known, budget)

    monkeypatch.setattr(likeness, "confirms", counted)
    bank = tuple(
        _known(_points(200, seed=number), _points(200, seed=number + 500), name=f"sibling-{number}")
        for number in range(100)
    )
    frames = [pack(_points(360, seed=number)) for number in range(1_000, 1_080)]
    film = Appearance((PictureView("whole", _near(0), 90),), tuple(frames))

    with pytest.raises(TooAlikeError):  # which holds the message
        find_known(film, bank)

    assert len(asked) < 1_000


def test_a_picture_may_look_like_a_hundred_known_ones() -> None:
    bank = tuple(
        _known(_points(200, seed=number), _points(200, seed=number + 500), name=f"sibling-{number}")
        for number in range(100)
    )
    seen = Appearance((PictureView("whole", _near(0), 90),), (pack(_points(360, seed=1_000)),))

    assert find_known(seen, bank) == ()


def test_what_was_found_in_films_is_not_remembered_until_memory_is_full() -> None:
    remembered: Compared[tuple[str, ...], str] = Compared()
    film = Appearance((), (bytes(50_000),) * 80)
    pictures = [Appearance((), (bytes(100_000),)) for _ in range(1_000)]
    rules, others = ("rule",), ("other",)

    remembered.keep(film, rules, "found")
    for picture in pictures:
        remembered.keep(picture, rules, "found")

    assert remembered.recall(film, rules) is None
    assert remembered.recall(pictures[-1], rules) == "found"
    assert remembered.recall(pictures[-1], others) is None
    assert sum(remembered.recall(picture, rules) is not None for picture in pictures) < 700


def test_no_points_confirm_nothing() -> None:
    assert not confirms(_points(0), _points(30), confirming_budget())
    assert not confirms(_points(30), _points(0), confirming_budget())


def test_a_known_picture_whose_points_are_seen_is_found_among_many() -> None:
    points = [_points(100, seed=number) for number in range(60)]

    (accord,) = KnownPoints(points).accords(points[41])

    assert accord.row == 41


def test_every_known_picture_on_a_page_of_very_many_is_found() -> None:
    """None is left out because others have more points in common with the page."""
    points = [_points(30, seed=number) for number in range(130)]
    page = Points(
        places=np.concatenate([one.places for one in points]),
        sizes=np.concatenate([one.sizes for one in points]),
        directions=np.concatenate([one.directions for one in points]),
        bits=np.concatenate([one.bits for one in points]),
        extent=(1.0, 1.0),
    )

    accords = KnownPoints(points).accords(page)

    assert [accord.row for accord in accords] == list(range(130))


def test_more_known_pictures_on_one_page_than_can_be_compared_are_an_error() -> None:
    points = _points(60)

    with pytest.raises(TooAlikeError):
        KnownPoints([points] * 2_000).accords(points)


def test_the_frames_of_a_film_share_the_work_of_one_picture() -> None:
    """Each is less than one picture may take; eighty are more, and are not left uncompared."""
    corner = _points(300, kinds=1)
    known = KnownPoints([_points(121, kinds=1)] * 2 + [_points(200, seed=3)])

    assert known.accords(corner) == ()
    with pytest.raises(TooAlikeError):
        list(known.accords_of([corner] * 80))


def test_the_frames_of_a_film_are_told_apart() -> None:
    points = [_points(100, seed=number) for number in range(5)]

    found = list(KnownPoints(points).accords_of([points[3], _points(0), _points(80, 9), points[1]]))

    assert [(frame, accord.row) for frame, accord in found] == [(0, 3), (3, 1)]


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_whatever_block_can_be_read_can_be_compared(data: st.DataObject) -> None:
    blocks = []
    for _ in range(2):
        number = data.draw(st.integers(0, 40))
        sides = st.sampled_from([1, 2, 1 << 14, 1 << 15])
        head = [number, data.draw(sides), data.draw(sides)]
        body = data.draw(st.binary(min_size=6 * number, max_size=6 * number))
        bits = data.draw(st.sampled_from([b"\0", b"\xff", b"\x5a"])) * 32 * number
        blocks.append(
            b"\x01" + b"".join(value.to_bytes(2, "little") for value in head) + body + bits
        )
    seen, known = map(unpack, blocks)

    for accord in KnownPoints([known]).accords(seen):
        assert all(np.isfinite(value) for corner in accord.area for value in corner)
    confirms(seen, told(known), confirming_budget())
