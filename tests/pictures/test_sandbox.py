"""The child process may hang, crash or die: the look says so, and the next look works."""

from __future__ import annotations

import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from filter.message import Appearance, ListedHash, PictureView
from filter.pictures.areas import Rectangle
from filter.pictures.rendition import Rendition
from filter.reading.look import PictureLook
from filter.reading.sandbox import Sandbox, SandboxError
from filter.reading.wire import (
    REPLY_HEAD,
    Reply,
    SeenCode,
    SeenLink,
    SeenPicture,
    WireError,
    decode_reply,
    encode_reply,
)
from filter.settings import Inspection
from tests.pictures.draw import draw_clinic, encoded

MEBIBYTE = 1024 * 1024


def _heavy(seed: int = 0) -> bytes:
    """A picture that takes half a second or so to look at: 16 megapixels of PNG."""
    return encoded(Image.new("RGB", (4_000, 4_000), (seed, 2, 3)), "PNG", compress_level=1)


def _look(sandbox: Sandbox, content: bytes, media_type: str = "image/png") -> PictureLook:
    return sandbox.look_at_picture(content, media_type, "part 2")


def _codes(look: PictureLook) -> list[str]:
    return [finding.code for finding in look.troubles]


def _processes(sandbox: Sandbox) -> list[int]:
    return [child._process.pid for child in sandbox._pool._all]


def _is_running(process: int) -> bool:
    return Path(f"/proc/{process}").exists()


def _until_there_is_a_process(sandbox: Sandbox) -> int:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if found := _processes(sandbox):
            return found[0]
        time.sleep(0.01)
    raise AssertionError("no child process was started")


def _open_descriptors() -> set[str]:
    return {entry.name for entry in Path("/proc/self/fd").iterdir()}


@pytest.fixture(scope="module")
def clinic() -> bytes:
    return encoded(draw_clinic(), "PNG")


def test_nothing_is_started_before_it_is_needed() -> None:
    with Sandbox(Inspection()) as sandbox:
        assert _processes(sandbox) == []


def test_warming_up_starts_all_children_and_closing_ends_them() -> None:
    with Sandbox(Inspection(children=2)) as sandbox:
        sandbox.warm_up()
        processes = _processes(sandbox)

        assert len(processes) == 2
        assert all(_is_running(process) for process in processes)
    assert not any(_is_running(process) for process in processes)


def test_no_descriptor_stays_open(clinic: bytes) -> None:
    before = _open_descriptors()
    with Sandbox(Inspection()) as sandbox:
        _look(sandbox, clinic)
    assert _open_descriptors() == before


def test_a_look_that_takes_too_long_is_a_finding_and_the_next_works(clinic: bytes) -> None:
    with Sandbox(Inspection(child_seconds=0.05)) as sandbox:
        sandbox.warm_up()
        process = _processes(sandbox)[0]

        slow = _look(sandbox, _heavy())

        assert _codes(slow) == ["picture.limit"]
        assert "0.05 s" in slow.troubles[0].detail
        assert not _is_running(process), "nobody waits for its end"
        sandbox._limits = sandbox._limits.model_copy(update={"child_seconds": 20.0})
        assert _codes(_look(sandbox, encoded(Image.new("L", (64, 64)), "PNG"))) == []


def test_a_child_that_dies_while_it_looks_is_a_finding_and_the_next_works(clinic: bytes) -> None:
    with Sandbox(Inspection()) as sandbox, ThreadPoolExecutor(1) as threads:
        sandbox.warm_up()
        process = _processes(sandbox)[0]
        os.kill(process, signal.SIGSTOP)  # so that it is certain to be looking
        pending = threads.submit(_look, sandbox, clinic)
        while not sandbox._pool._all or sandbox._pool._idle:
            time.sleep(0.005)
        os.kill(process, signal.SIGKILL)

        died = pending.result(timeout=60)

        assert _codes(died) == ["picture.crashed"]
        assert "signal 9" in died.troubles[0].detail
        assert _codes(_look(sandbox, clinic)) == []


def test_a_child_that_died_between_two_looks_is_replaced_in_silence(clinic: bytes) -> None:
    with Sandbox(Inspection()) as sandbox:
        sandbox.warm_up()
        process = _processes(sandbox)[0]
        os.kill(process, signal.SIGKILL)
        while Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z":
            time.sleep(0.005)

        assert _codes(_look(sandbox, clinic)) == []


def test_what_needs_too_much_memory_is_a_finding_and_the_next_works(clinic: bytes) -> None:
    with Sandbox(Inspection(child_bytes=480 * MEBIBYTE)) as sandbox:
        greedy = _look(sandbox, encoded(Image.new("RGB", (3_900, 3_900)), "WEBP"), "image/webp")

        # Decoders in C say "out of memory" in their own ways, not all of them as a MemoryError.
        assert _codes(greedy) in (["picture.limit"], ["picture.unreadable"])
        assert _codes(_look(sandbox, clinic)) == []


def test_a_child_that_cannot_start_is_said_at_warm_up_and_is_a_finding_later(
    clinic: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    with Sandbox(Inspection(child_bytes=MEBIBYTE)) as sandbox:
        with pytest.raises(SandboxError, match="did not become ready"):
            sandbox.warm_up()
        assert _codes(_look(sandbox, clinic)) == ["picture.crashed"]
        assert _processes(sandbox) == []
    capfd.readouterr()


def test_a_closed_sandbox_answers_with_a_finding(clinic: bytes) -> None:
    sandbox = Sandbox(Inspection())
    sandbox.close()
    sandbox.close()

    assert _codes(_look(sandbox, clinic)) == ["picture.crashed"]


def test_closing_ends_looks_that_are_under_way(clinic: bytes) -> None:
    sandbox = Sandbox(Inspection())
    sandbox.warm_up()
    os.kill(_processes(sandbox)[0], signal.SIGSTOP)
    with ThreadPoolExecutor(1) as threads:
        pending = threads.submit(_look, sandbox, clinic)
        while sandbox._pool._idle:
            time.sleep(0.005)
        sandbox.close()

        assert _codes(pending.result(timeout=30)) == ["picture.crashed"]


def test_many_threads_share_two_children(clinic: bytes) -> None:
    pictures = [encoded(draw_clinic(seed).resize((160, 120)), "PNG") for seed in range(16)]
    with Sandbox(Inspection(children=2)) as sandbox, ThreadPoolExecutor(8) as threads:
        looks = list(threads.map(lambda content: _look(sandbox, content), pictures * 3))

        assert len(_processes(sandbox)) <= 2
    assert all(look.troubles == () and look.appearance.views for look in looks)
    assert looks[:16] == looks[16:32] == looks[32:]
    assert len({look.appearance.views for look in looks}) == 16


def test_a_picture_seen_before_is_not_looked_at_again(clinic: bytes) -> None:
    with Sandbox(Inspection()) as sandbox:
        first = _look(sandbox, clinic)
        os.kill(_processes(sandbox)[0], signal.SIGSTOP)

        again = sandbox.look_at_picture(clinic, "image/png", "part 7")

        assert again.appearance.views == first.appearance.views
        assert _codes(_look(sandbox, clinic)) == []


def test_a_remembered_finding_says_where_it_was_met_this_time(clinic: bytes) -> None:
    with Sandbox(Inspection()) as sandbox:
        sandbox.look_at_picture(clinic, "image/gif", "part 2")

        again = sandbox.look_at_picture(clinic, "image/gif", "part 7")

        assert [finding.where for finding in again.troubles] == ["part 7"]


def test_what_failed_for_time_is_looked_at_again(clinic: bytes) -> None:
    with Sandbox(Inspection()) as sandbox:
        sandbox.warm_up()
        sandbox._limits = sandbox._limits.model_copy(update={"child_seconds": 0.0001})
        assert _codes(_look(sandbox, clinic)) == ["picture.limit"]
        sandbox._limits = sandbox._limits.model_copy(update={"child_seconds": 20.0})

        assert _codes(_look(sandbox, clinic)) == []


def test_a_forked_process_starts_children_of_its_own(clinic: bytes) -> None:
    with Sandbox(Inspection()) as sandbox:
        sandbox.warm_up()
        mine = _processes(sandbox)
        reader, writer = os.pipe()
        forked = os.fork()
        if forked == 0:
            with sandbox:
                answer = b"y" if _codes(_look(sandbox, clinic)) == [] else b"n"
                answer += b"y" if not set(_processes(sandbox)) & set(mine) else b"n"
            os.write(writer, answer)
            os._exit(0)
        os.close(writer)
        assert os.read(reader, 2) == b"yy"
        os.close(reader)
        os.waitpid(forked, 0)

        assert _processes(sandbox) == mine
        assert _codes(_look(sandbox, clinic)) == []


def test_the_child_ends_when_its_parent_is_killed_though_another_holds_its_pipe() -> None:
    reader, writer = os.pipe()
    forked = os.fork()
    if forked == 0:
        sandbox = Sandbox(Inspection())
        sandbox.warm_up()
        holder = os.fork()
        if holder == 0:
            signal.pause()
        os.write(writer, f"{holder} {_processes(sandbox)[0]}".encode())
        os.kill(os.getpid(), signal.SIGKILL)
    holder, process = (int(word) for word in os.read(reader, 40).split())
    os.waitpid(forked, 0)
    os.close(reader)
    os.close(writer)
    deadline = time.monotonic() + 20
    while _is_running(process) and time.monotonic() < deadline:
        time.sleep(0.02)

    ended = not _is_running(process)
    os.kill(holder, signal.SIGKILL)
    assert ended


def test_the_child_is_confined() -> None:
    with Sandbox(Inspection()) as sandbox:
        sandbox.warm_up()
        limits = Path(f"/proc/{_processes(sandbox)[0]}/limits").read_text()
    rows = {line[:26].strip(): line[26:].split()[0] for line in limits.splitlines()[1:]}

    assert rows["Max address space"] == str(1024 * MEBIBYTE)
    assert rows["Max file size"] == "0"
    assert rows["Max core file size"] == "0"
    assert rows["Max processes"] == "0"
    assert int(rows["Max open files"]) <= 16


def test_a_waiting_thread_does_not_stop_the_others(clinic: bytes) -> None:
    """The look blocks in poll(2) without the interpreter's lock."""
    ticks = 0
    with Sandbox(Inspection()) as sandbox:
        sandbox.warm_up()
        content = _heavy(7)
        worker = threading.Thread(target=_look, args=(sandbox, content))
        worker.start()
        while worker.is_alive():
            ticks += 1
            time.sleep(0.001)
        worker.join()

    assert ticks > 20


VIEWS = st.builds(
    PictureView,
    st.from_regex(r"[a-z0-9@+-]{1,80}", fullmatch=True),
    st.binary(min_size=32, max_size=32),
    st.integers(0, 100),
)
LISTED = st.builds(
    ListedHash,
    st.sampled_from(["pdq", "phash64"]),
    st.binary(min_size=8, max_size=8) | st.binary(min_size=32, max_size=32),
    st.integers(0, 100),
)
APPEARANCES = st.builds(
    Appearance,
    st.lists(VIEWS, max_size=4).map(tuple),
    st.lists(st.binary(max_size=50), max_size=2).map(tuple),
    st.lists(LISTED, max_size=2).map(tuple),
)
PICTURES = st.builds(
    SeenPicture,
    st.integers(0, 1 << 30),
    st.integers(0, 1 << 30),
    APPEARANCES,
    st.integers(0, 50),
    st.just("a" * 64),
    st.just("image/png"),
)
RENDITIONS = st.builds(
    lambda width, height, page, trouble: Rendition(
        width,
        height,
        b"rgb" * (width * height),
        {"trimmed": Rectangle(0, 0.25, 0.1, 1)},
        page,
        trouble,
    ),
    st.integers(1, 4),
    st.integers(1, 4),
    st.booleans(),
    st.text("abc 019", max_size=40),
)
REPLIES = st.builds(
    Reply,
    st.lists(st.tuples(st.just("picture.limit"), st.text("abc 019", max_size=40)), max_size=3).map(
        tuple
    ),
    st.lists(PICTURES, max_size=3).map(tuple),
    st.text(max_size=200),
    st.lists(
        st.builds(SeenLink, st.text(max_size=50), st.integers(0, 50), st.booleans()), max_size=3
    ).map(tuple),
    st.lists(st.builds(SeenCode, st.text(max_size=50), st.integers(0, 50)), max_size=3).map(tuple),
    st.booleans(),
    st.none() | RENDITIONS,
)


@given(REPLIES)
def test_a_reply_arrives_as_it_was_sent(reply: Reply) -> None:
    assert decode_reply(encode_reply(reply)[REPLY_HEAD.size :]) == reply


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["troubles", "pictures", "text", "links", "last", "views", "size"]),
            inner,
            max_size=7,
        )
    ),
    max_leaves=20,
)


@given(st.binary(max_size=200) | JSON.map(lambda value: repr(value).encode()))
def test_a_senseless_reply_is_refused_and_nothing_worse(said: bytes) -> None:
    with pytest.raises(WireError):
        decode_reply(said)


@pytest.mark.parametrize(
    "said",
    [
        b'{"troubles": [["gate.off", "x"]], "pictures": [], "text": "", "links": [], "last": 0}',
        b'{"troubles": [], "pictures": [{}], "text": "", "links": [], "last": false}',
        b'{"troubles": [], "pictures": [], "text": 3, "links": [], "last": false}',
        b'{"troubles": [], "pictures": [], "text": "", "links": [["x", -1]], "last": false}',
        b'{"troubles": [], "pictures": [], "text": "", "links": [[1, 1]], "last": false}',
        b"[" * 100_000,
    ],
)
def test_a_reply_that_lies_about_its_form_is_refused(said: bytes) -> None:
    with pytest.raises(WireError):
        decode_reply(said)


def test_the_details_of_a_reply_cannot_break_a_line_of_the_log() -> None:
    said = Reply(troubles=(("picture.limit", "a\r\nb\x1b[31m" + "x" * 5_000),))

    detail = decode_reply(encode_reply(said)[REPLY_HEAD.size :]).troubles[0][1]

    assert detail.startswith("a��b�[31m")
    assert len(detail) == 300
