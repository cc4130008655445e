from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from filter.limits.board import UNREAD, PauseBoard
from filter.limits.pause import Pause
from filter.message import Channel
from filter.quarantine.item import StoreError
from filter.subject import Addressee, Dimension, Scope, Subject

NOON = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)
KIOSK = Pause(
    "p_1", Scope({Dimension.CLIENT: frozenset({"kiosk"})}), "stolen key", "anna", since=NOON
)


class Shelf:
    """What is in force, as the store would say it; trouble when there is some."""

    def __init__(self, *pauses: Pause) -> None:
        self.kept = list(pauses)
        self.trouble: Exception | None = None
        self.gate = threading.Event()
        self.gate.set()
        self.looks = 0
        self.is_looked_at = False

    def pauses(self, now: datetime) -> Sequence[Pause]:
        self.looks += 1
        self.is_looked_at = True
        self.gate.wait(60)
        self.is_looked_at = False
        if self.trouble is not None:
            raise self.trouble
        return tuple(pause for pause in self.kept if not pause.is_over(now))


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


def wait_for(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


def test_a_pause_is_known_as_soon_as_the_board_has_started() -> None:
    board = PauseBoard(Shelf(KIOSK))
    board.start()
    board.stop()

    assert board.pauses() == (KIOSK,)


def test_a_pause_that_comes_and_goes_is_seen_without_being_asked_for() -> None:
    shelf = Shelf()
    board = PauseBoard(shelf, refresh_seconds=0.01)
    board.start()
    assert board.pauses() == ()

    shelf.kept.append(KIOSK)
    wait_for(lambda: board.pauses() == (KIOSK,))
    shelf.kept.clear()
    wait_for(lambda: board.pauses() == ())
    board.stop()


def test_a_pause_expires_on_time_between_two_looks() -> None:
    clock = Clock()
    until = NOON + timedelta(seconds=1)
    board = PauseBoard(Shelf(replace(KIOSK, until=until)), clock=clock)
    board.refresh()

    clock.now = until - timedelta(microseconds=1)
    assert len(board.pauses()) == 1
    clock.now = until
    assert board.pauses() == ()


def test_before_the_first_look_everything_is_paused() -> None:
    shelf = Shelf()
    shelf.trouble = StoreError("disk gone")
    board = PauseBoard(shelf, refresh_seconds=0.01)
    assert board.pauses() == (UNREAD,)
    anybody = Subject(Channel.SMS, addressees=(Addressee("+60123450001"),))

    board.start()

    assert board.pauses() == (UNREAD,)
    assert UNREAD.drops
    assert UNREAD.scope.fits_any(anybody)
    shelf.trouble = None
    wait_for(lambda: board.pauses() == ())
    board.stop()


@pytest.mark.parametrize("trouble", [StoreError("disk gone"), RuntimeError("a defect")])
def test_the_last_known_stay_while_the_store_is_away_and_the_log_says_it_once(
    caplog: pytest.LogCaptureFixture, trouble: Exception
) -> None:
    shelf = Shelf(KIOSK)
    board = PauseBoard(shelf)
    board.refresh()
    shelf.trouble = trouble

    with caplog.at_level(logging.INFO):
        for _ in range(3):
            board.refresh()
    lines = [r.getMessage() for r in caplog.records if "cannot be read" in r.getMessage()]
    assert board.pauses() == (KIOSK,)
    assert len(lines) == 1

    shelf.trouble = None
    with caplog.at_level(logging.INFO):
        board.refresh()
    assert "pauses are read again" in caplog.text


def test_asking_does_not_wait_for_a_look_that_hangs() -> None:
    shelf = Shelf(KIOSK)
    board = PauseBoard(shelf, refresh_seconds=0.01)
    board.start()
    shelf.gate.clear()
    looks = shelf.looks
    wait_for(lambda: shelf.looks > looks)

    assert board.pauses() == (KIOSK,)
    assert shelf.is_looked_at, "the look still hangs"
    shelf.gate.set()
    board.stop()


def test_a_board_looks_several_times_a_second() -> None:
    shelf = Shelf()
    board = PauseBoard(shelf)
    started = time.monotonic()
    board.start()

    wait_for(lambda: shelf.looks > 10)
    took = time.monotonic() - started
    board.stop()
    assert took < 10, "in force everywhere within a second; it takes 2 s on an idle machine"


def test_changes_are_told_once_each_expiry_too() -> None:
    clock = Clock()
    told: list[tuple[Pause, ...]] = []
    short = replace(KIOSK, until=NOON + timedelta(seconds=5))
    shelf = Shelf()
    board = PauseBoard(shelf, on_change=told.append, clock=clock)

    board.refresh()
    board.refresh()
    shelf.kept.append(short)
    board.refresh()
    board.refresh()
    clock.now += timedelta(seconds=6)
    board.refresh()

    assert told == [(), (short,), ()]


def test_a_listener_that_fails_does_not_stop_the_board(caplog: pytest.LogCaptureFixture) -> None:
    def fail(_: tuple[Pause, ...]) -> None:
        raise RuntimeError("deaf")

    shelf = Shelf()
    board = PauseBoard(shelf, on_change=fail)
    board.refresh()
    shelf.kept.append(KIOSK)
    board.refresh()

    assert board.pauses() == (KIOSK,)
    assert "change of pauses not told" in caplog.text
