"""What pictures that passed look like is kept for some days; their pixels never are."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filter.message import PictureView
from filter.quarantine import picturebook, recent
from filter.quarantine.looks import MAX_VIEWS, decode_look, encode_look
from filter.quarantine.picturebook import Passed, PictureBook
from filter.quarantine.retention import sweep
from filter.quarantine.store import Store
from filter.settings import Quarantine
from filter.verdict import PassedPicture, Verdict
from tests.quarantine.messages import PASS
from tests.quarantine.waiting import until

VIEWS = (PictureView("whole", bytes(range(32)), 90), PictureView("half-left", bytes(32), 40))
LOGO = PassedPicture("a" * 64, 280, 72, VIEWS)
BANNER = PassedPicture("b" * 64, 600, 150, VIEWS[:1])
TODAY = datetime.now(UTC).date()


def _passing(*pictures: PassedPicture, template: str = "letter") -> Verdict:
    return replace(PASS, pictures=pictures, template=template)


class _Notes:
    def __init__(self) -> None:
        self.written: list[list[Passed]] = []

    def note_pictures(self, pictures: Iterable[Passed]) -> None:
        self.written.append(list(pictures))


class _Book(PictureBook):
    """A book with hands on its calendar and clock."""

    def __init__(self, days: int = 30) -> None:
        self.notes, self.day, self.seconds = _Notes(), date(2026, 11, 28), 0.0
        super().__init__(self.notes, days, today=lambda: self.day, clock=lambda: self.seconds)


def test_a_repeated_picture_is_written_once_and_then_counted_by_the_hour() -> None:
    book = _Book()

    for _ in range(1000):
        book.note(_passing(LOGO))
    assert [len(some) for some in book.notes.written] == [1]
    first = book.notes.written[0][0]
    assert (first.digest, first.template, first.messages) == (LOGO.digest, "letter", 1)
    assert decode_look(first.look) == VIEWS

    book.seconds = picturebook.FLUSH_SECONDS
    book.note(_passing(LOGO))
    book.flush()

    assert [(p.messages, p.look) for some in book.notes.written[1:] for p in some] == [
        (999, b""),
        (1, b""),
    ]


def test_a_picture_of_two_templates_is_drawn_once() -> None:
    book = _Book()

    book.note(_passing(LOGO, BANNER))
    book.note(_passing(LOGO, template="other"))

    assert [bool(p.look) for some in book.notes.written for p in some] == [True, True, False]


def test_a_new_day_begins_anew() -> None:
    book = _Book()
    book.note(_passing(LOGO))
    book.note(_passing(LOGO))

    book.day = date(2026, 11, 29)
    book.note(_passing(LOGO))

    days = [(p.day.day, p.messages, bool(p.look)) for some in book.notes.written for p in some]
    assert days == [(28, 1, True), (28, 1, False), (29, 1, True)]


def test_a_day_has_room_for_so_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picturebook, "MAX_REMEMBERED", 2)
    book = _Book()

    for number in range(9):
        book.note(_passing(replace(LOGO, digest=f"{number:064x}")))
    book.note(_passing(replace(LOGO, digest=f"{0:064x}")))
    book.flush()

    assert [p.digest[-1] for some in book.notes.written for p in some] == ["0", "1", "0"]


def test_nothing_is_remembered_when_it_is_switched_off() -> None:
    book = _Book(days=0)

    book.note(_passing(LOGO))
    book.flush()

    assert book.notes.written == []


_NAMES = st.text("abcdefghijklmnopqrstuvwxyz0123456789@+-", min_size=1, max_size=80)
_VIEWS = st.builds(PictureView, _NAMES, st.binary(min_size=32, max_size=32), st.integers(0, 100))


@given(st.lists(_VIEWS, max_size=MAX_VIEWS))
def test_a_look_is_read_back(views: list[PictureView]) -> None:
    upright_first = sorted(views, key=lambda view: "+" in view.name)

    assert decode_look(encode_look(views)) == tuple(upright_first)


@given(st.binary(max_size=300))
def test_junk_is_no_look(junk: bytes) -> None:
    for look in (junk, b"\x01" + junk):
        with contextlib.suppress(ValueError):
            decode_look(look)


def test_a_look_keeps_the_upright_views_of_a_picture_with_many() -> None:
    many = [PictureView(f"tile-{n}+mirrored", bytes(32), 50) for n in range(1000)]

    kept = decode_look(encode_look([*many, *VIEWS]))

    assert len(kept) == MAX_VIEWS
    assert kept[:2] == VIEWS
    assert len(encode_look([*many, *VIEWS])) < 5_000


def test_what_another_version_wrote_is_not_read() -> None:
    assert decode_look(b"\x02" + encode_look(VIEWS)[1:]) == ()


def eventually(is_met: Callable[[], bool]) -> None:
    asyncio.run(until(is_met))


def test_the_store_adds_up_what_workers_write(store: Store) -> None:
    now = datetime.now(UTC)
    look = encode_look(VIEWS)
    yesterday = TODAY - timedelta(days=1)
    for passed in (
        Passed(yesterday, LOGO.digest, "letter", 1, 280, 72, look),
        Passed(TODAY, LOGO.digest, "letter", 1, 280, 72, look),
        Passed(TODAY, LOGO.digest, "letter", 41),
        Passed(TODAY, LOGO.digest, "other", 1),
        Passed(TODAY, BANNER.digest, "letter", 2, 600, 150, look),
    ):
        store.note_pictures([passed])

    eventually(lambda: sum(one.messages for one in store.recent_pictures(now)) == 46)
    logo, banner = store.recent_pictures(now)
    assert (logo.digest, logo.width, logo.height) == (LOGO.digest, 280, 72)
    assert (logo.first_day, logo.last_day) == (yesterday.isoformat(), TODAY.isoformat())
    assert logo.uses == (("letter", 43), ("other", 1))
    assert logo.views == VIEWS
    assert banner.messages == 2
    assert store.recent_pictures(now, 1)[0].uses == (("letter", 42), ("other", 1))


def test_pictures_age_out(store: Store, settings: Quarantine) -> None:
    now = datetime.now(UTC)
    look = encode_look(VIEWS)
    old = TODAY - timedelta(days=settings.picture_days)
    store.note_pictures([Passed(old, LOGO.digest, "letter", 1, 280, 72, look)])
    store.note_pictures([Passed(TODAY, BANNER.digest, "letter", 1, 600, 150, look)])
    eventually(lambda: len(store.recent_pictures(now, 400)) == 2)

    swept = sweep(store, now, settings)

    assert swept.pictures == 2
    assert [one.digest for one in store.recent_pictures(now, 400)] == [BANNER.digest]


def test_the_latest_stay_when_there_are_too_many(
    store: Store, settings: Quarantine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recent, "MAX_PICTURES", 3)
    now = datetime.now(UTC)
    for number in range(9):
        day = TODAY - timedelta(days=number)
        store.note_pictures([Passed(day, f"{number:064x}", "t", 1, 1, 1, encode_look(VIEWS))])
    eventually(lambda: len(store.recent_pictures(now)) == 3)

    sweep(store, now, settings)

    monkeypatch.undo()
    assert [int(one.digest, 16) for one in store.recent_pictures(now)] == [0, 1, 2]


def test_no_pixel_reaches_the_store(store: Store, tmp_path: Path) -> None:
    store.note_pictures([Passed(TODAY, LOGO.digest, "t", 1, 280, 72, encode_look(VIEWS))])
    eventually(lambda: bool(store.recent_pictures(datetime.now(UTC))))

    with contextlib.closing(sqlite3.connect(tmp_path / "state" / "sallyport.db")) as database:
        columns = [row[1] for row in database.execute("PRAGMA table_info(pictures)")]

    assert columns == ["digest", "first_day", "last_day", "width", "height", "look"]
