from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from filter import confirmation
from filter.confirmation import wait_until_paused
from filter.control import control_path
from filter.quarantine.item import StoreError
from filter.sockets import listen_locally


@contextmanager
def gate(state: Path, answer: Callable[[socket.socket], object]) -> Iterator[None]:
    """Something that listens where a gate does, and answers each question so."""
    listener = listen_locally(control_path(state))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.recv(100)
                answer(connection)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(10)


def test_without_a_gate_nothing_runs(tmp_path: Path) -> None:
    seen = wait_until_paused(tmp_path, ["p_1"], time.monotonic())

    assert (seen.is_running, seen.is_done, seen.as_json()["workers"]) == (False, False, 0)


def test_what_a_dead_gate_left_behind_is_no_gate(tmp_path: Path) -> None:
    listen_locally(control_path(tmp_path)).close()

    assert not wait_until_paused(tmp_path, ["p_1"], time.monotonic()).is_running


@pytest.mark.parametrize("said", [b"", b"{}\n", b'{"workers": [{"rea'])
def test_a_gate_that_does_not_answer_is_not_taken_for_none(tmp_path: Path, said: bytes) -> None:
    with gate(tmp_path, lambda connection: connection.sendall(said)):
        seen = wait_until_paused(tmp_path, ["p_1"], time.monotonic())

    assert (seen.is_running, seen.is_done) == (True, False)
    assert seen.words("in force") == ("nobody knows where it is in force: the gate does not answer")
    assert seen.as_json()["workers"] is None


def test_a_gate_that_hangs_is_not_taken_for_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(confirmation, "PATIENCE_SECONDS", 0.1)
    ended = threading.Event()
    with gate(tmp_path, lambda _connection: ended.wait(10)):
        seen = wait_until_paused(tmp_path, ["p_1"], time.monotonic())
        ended.set()

    assert (seen.is_running, seen.is_done) == (True, False)


def test_every_worker_that_takes_messages_has_to_have_it(tmp_path: Path) -> None:
    workers = [
        {"ready": True, "pauses": ["p_1"], "settled": ["p_1"]},
        {"ready": False, "pauses": [], "settled": []},
    ]
    said = json.dumps({"workers": workers}).encode() + b"\n"
    with gate(tmp_path, lambda connection: connection.sendall(said)):
        seen = wait_until_paused(tmp_path, ["p_1"], time.monotonic())

    assert (seen.done, seen.workers, seen.is_done) == (1, 1, True)
    assert seen.settled_seconds is not None


WORKERS = b'{"workers": [{"ready": true, "pauses": ["p_1"], "settled": ["p_1"]}]}\n'


def test_releases_that_have_begun_are_waited_for_and_later_ones_are_not(tmp_path: Path) -> None:
    looks = [frozenset({"m_1", "m_2"}), frozenset({"m_2", "m_3"}), frozenset({"m_3"})]
    left = iter(looks)

    with gate(tmp_path, lambda connection: connection.sendall(WORKERS)):
        seen = wait_until_paused(tmp_path, ["p_1"], time.monotonic(), releasing=lambda: next(left))

    assert seen.settled_seconds is not None
    assert next(left, None) is None


def away() -> frozenset[str]:
    raise StoreError("the disk hangs")


@pytest.mark.parametrize("releasing", [lambda: frozenset({"m_1"}), away])
def test_a_release_that_does_not_end_is_not_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, releasing: Callable[[], frozenset[str]]
) -> None:
    monkeypatch.setattr(confirmation, "SETTLE_SECONDS", 0.1)

    with gate(tmp_path, lambda connection: connection.sendall(WORKERS)):
        seen = wait_until_paused(tmp_path, ["p_1"], time.monotonic(), releasing=releasing)

    assert (seen.is_done, seen.settled_seconds) == (True, None)


def test_without_a_gate_releases_under_way_are_still_waited_for(tmp_path: Path) -> None:
    looks = [frozenset({"m_1"}), frozenset({"m_1"}), frozenset()]
    left = iter(looks)

    seen = wait_until_paused(tmp_path, ["p_1"], time.monotonic(), releasing=lambda: next(left))

    assert (seen.is_running, next(left, None)) == (False, None)
    assert seen.settled_seconds is not None


def test_without_a_gate_a_release_that_does_not_end_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(confirmation, "SETTLE_SECONDS", 0.1)

    seen = wait_until_paused(
        tmp_path, ["p_1"], time.monotonic(), releasing=lambda: frozenset({"m_1"})
    )

    assert (seen.is_running, seen.settled_seconds) == (False, None)
