"""Looks at pictures and documents in child processes that may crash, hang or swell in peace."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import select
import subprocess
import sys
import threading
import time
import weakref
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from filter.message import Appearance, Code, Link, LinkKind, Picture
from filter.pictures.rendition import Rendition, Wanted
from filter.reading.look import DocumentLook, PictureLook
from filter.reading.sniff import PACKED_FILES
from filter.reading.wire import (
    MAX_REPLY_BYTES,
    REPLY_HEAD,
    Job,
    Reply,
    WireError,
    decode_reply,
    encode_request,
    encode_wanted,
)
from filter.settings import Inspection
from filter.verdict import Finding

CHECK = "images"
# Python, numpy, scipy and the decoders load in about a second; a busy machine takes longer.
START_SECONDS = 60.0
# Memory of what was seen: one picture weighs about 80 views of 200 bytes.
REMEMBERED_VIEWS = 100_000
# A child is replaced after so many jobs, so that what leaks in a decoder stays small.
JOBS_PER_CHILD = 5_000
_PIPE_BYTES = 1 << 20
_F_SETPIPE_SZ = 1031  # fcntl(2), Linux
_ROOT = Path(__file__).resolve().parents[2]
_START = (
    "import sys; sys.path.insert(0, sys.argv.pop(1)); from filter.reading.child import main; main()"
)


class SandboxError(Exception):
    """No child process can be started: nothing can be looked at, the gate is not ready."""


class Sandbox:
    """The Looker of a running gate: at most ``limits.children`` processes, started when needed.

    Thread-safe; a call blocks its thread, not the others. What was seen is remembered by the
    digest of the bytes, so that a logo costs a digest from its second message on.
    """

    def __init__(self, limits: Inspection) -> None:
        """Start nothing yet: the object survives a fork."""
        self._limits = limits
        self._slots = threading.BoundedSemaphore(limits.children)
        self._pool = _Pool(limits)
        self._memory = _Memory(REMEMBERED_VIEWS)
        self._end = weakref.finalize(self, _Pool.close, self._pool)

    def warm_up(self) -> None:
        """Start the children and wait until each has loaded its libraries. Raises SandboxError."""
        with contextlib.ExitStack() as started:
            for _ in range(self._limits.children):
                child = self._pool.take()
                started.callback(self._pool.give_back, child)

    def close(self) -> None:
        """End all children. Looks under way end as troubles."""
        self._end()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def look_at_picture(self, content: bytes, media_type: str, where: str) -> PictureLook:
        """Return the hashes of every view of every frame."""
        return self._picture_look(Job.PICTURE, content, media_type, where)

    def look_for_bank(self, content: bytes, where: str) -> PictureLook:
        """Return the hashes that a known picture is kept under in the rules."""
        return self._picture_look(Job.BANK, content, "", where)

    def look_at_document(self, content: bytes, media_type: str, where: str) -> DocumentLook:
        """Return what a reader of the document would see and could follow."""
        reply = self._seen(Job.DOCUMENT, content, media_type)
        return DocumentLook(
            text=reply.text,
            links=tuple(
                Link(
                    link.url,
                    LinkKind.DOCUMENT_TEXT if link.is_bare else LinkKind.DOCUMENT,
                    _place(where, link.page, media_type),
                )
                for link in reply.links
            ),
            pictures=tuple(
                Picture(
                    digest=seen.digest,
                    media_type=seen.media_type,
                    where=_place(where, seen.page, media_type),
                    content=b"",
                    width=seen.width,
                    height=seen.height,
                    appearance=seen.appearance,
                )
                for seen in reply.pictures
            ),
            troubles=_findings(reply, where),
            codes=tuple(
                Code(code.text, _place(where, code.page, media_type)) for code in reply.codes
            ),
        )

    def render(self, content: bytes, media_type: str, wanted: Wanted) -> Rendition:
        """Return a picture, or one in a document, as pixels that need no decoder.

        Never raises for what the bytes are; what is rendered is not remembered.
        """
        try:
            with self._slot():
                reply = self._ask(Job.RENDITION, content, encode_wanted(wanted, media_type))
        except _LookError as exc:
            return Rendition(trouble=str(exc))
        trouble = next((detail for _, detail in reply.troubles), "it was not rendered")
        return reply.rendition or Rendition(trouble=trouble)

    def _picture_look(self, job: Job, content: bytes, media_type: str, where: str) -> PictureLook:
        reply = self._seen(job, content, media_type)
        if not reply.pictures:
            return PictureLook(troubles=_findings(reply, where))
        seen = reply.pictures[0]
        codes = tuple(Code(code.text, where) for code in reply.codes)
        return PictureLook(
            seen.width,
            seen.height,
            seen.appearance,
            _findings(reply, where),
            codes,
            is_code=seen.is_code,
        )

    def _seen(self, job: Job, content: bytes, media_type: str) -> Reply:
        key = (job, media_type, hashlib.sha256(content).digest())
        known = self._memory.recall(key)
        if known is not None:
            return known
        try:
            with self._slot():
                reply = self._ask(job, content, media_type)
        except _LookError as exc:
            # Not remembered: the next look may have more luck on a machine that is less busy.
            word = "document" if job is Job.DOCUMENT else "picture"
            return Reply(troubles=((f"{word}.{exc.code}", str(exc)),))
        self._memory.keep(key, reply)
        return reply

    @contextlib.contextmanager
    def _slot(self) -> Iterator[None]:
        if not self._slots.acquire(timeout=self._limits.deadline_seconds):
            raise _LookError("limit", "all child processes were busy until the deadline")
        try:
            yield
        finally:
            self._slots.release()

    def _ask(self, job: Job, content: bytes, media_type: str) -> Reply:
        try:
            child = self._pool.take()
        except SandboxError as exc:
            raise _LookError("crashed", str(exc)) from exc
        try:
            reply = child.ask(job, content, media_type, self._limits.child_seconds)
        except BaseException:
            self._pool.discard(child)
            raise
        if reply.last or child.jobs >= JOBS_PER_CHILD:
            self._pool.discard(child)
        else:
            self._pool.give_back(child)
        return replace(reply, last=False)


def _place(where: str, number: int, media_type: str) -> str:
    if media_type in PACKED_FILES:
        return f"{where}, file {number} in it" if number else where
    return f"{where}, page {number}"


def _findings(reply: Reply, where: str) -> tuple[Finding, ...]:
    return tuple(Finding(CHECK, code, detail, where) for code, detail in reply.troubles)


class _LookError(Exception):
    """One look failed for what the child did; ``code`` is the second half of the finding's."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


class _Memory:
    """What was seen, by digest; the least recently seen is forgotten first."""

    def __init__(self, most_views: int) -> None:
        self._most = most_views
        self._weight = 0
        self._replies: OrderedDict[tuple[Job, str, bytes], Reply] = OrderedDict()
        self._lock = threading.Lock()

    def recall(self, key: tuple[Job, str, bytes]) -> Reply | None:
        with self._lock:
            reply = self._replies.get(key)
            if reply is not None:
                self._replies.move_to_end(key)
            return reply

    def keep(self, key: tuple[Job, str, bytes], reply: Reply) -> None:
        weight = _weight(reply)
        with self._lock:
            if key in self._replies or weight > self._most // 4:
                return
            self._replies[key] = reply
            self._weight += weight
            while self._weight > self._most:
                self._weight -= _weight(self._replies.popitem(last=False)[1])


def _weight(reply: Reply) -> int:
    """Return roughly how many views would take as much memory."""
    return (
        4
        + sum(_views_in(picture.appearance) for picture in reply.pictures)
        + len(reply.links)
        + (len(reply.text) + sum(len(c.text) for c in reply.codes)) // 200
    )


def _views_in(seen: Appearance) -> int:
    return len(seen.views) + len(seen.listed) + sum(map(len, seen.keypoints)) // 200


class _Pool:
    """The children of one process, busy and idle."""

    def __init__(self, limits: Inspection) -> None:
        self._limits = limits
        self._lock = threading.Lock()
        self._idle: list[_Child] = []
        self._all: set[_Child] = set()
        self._is_closed = False

    def take(self) -> _Child:
        """Return an idle child or a new one. Raises SandboxError."""
        with self._lock:
            self._refuse_when_closed()
            while self._idle:
                child = self._idle.pop()
                if child.is_alive():
                    return child
                self._all.discard(child)
                child.kill()
        child = _Child(self._limits)  # takes a second; others may take and give back meanwhile
        with self._lock:
            self._all.add(child)
            is_late = self._is_closed
        if is_late:
            self.discard(child)
        self._refuse_when_closed()
        return child

    def give_back(self, child: _Child) -> None:
        with self._lock:
            if not self._is_closed:
                self._idle.append(child)

    def discard(self, child: _Child) -> None:
        with self._lock:
            self._all.discard(child)
        child.kill()

    def close(self) -> None:
        with self._lock:
            self._is_closed = True
            children = tuple(self._all)
            self._all.clear()
            self._idle.clear()
        for child in children:
            child.kill()

    def _refuse_when_closed(self) -> None:
        if self._is_closed:
            raise SandboxError("the sandbox is closed")


class _Child:
    """One child process and the two pipes to it. Used by one thread at a time, except kill."""

    def __init__(self, limits: Inspection) -> None:
        self.jobs = 0
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own module, no shell
                _command(limits),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=None,  # until it is ready: why it cannot start is for the log
                bufsize=0,
                cwd="/",
                env=_environment(),
                start_new_session=True,  # a terminal's interrupt is for the gate, not for it
            )
        except OSError as exc:
            raise SandboxError(f"cannot start a child process: {exc.strerror}") from exc
        self._lock = threading.Lock()
        self._is_dead = False
        try:
            self._prepare()
        except _LookError as exc:
            self.kill()
            raise SandboxError(f"the child process did not become ready: {exc}") from exc
        except BaseException:
            self.kill()
            raise

    def _prepare(self) -> None:
        if self._process.stdin is None or self._process.stdout is None:
            raise SandboxError("the child process has no pipes")
        self._to_child = self._process.stdin.fileno()
        self._from_child = self._process.stdout.fileno()
        for pipe in (self._to_child, self._from_child):
            os.set_blocking(pipe, False)
            with contextlib.suppress(OSError):  # a user's pages for pipes may be used up
                fcntl.fcntl(pipe, _F_SETPIPE_SZ, _PIPE_BYTES)
        self._receive(time.monotonic() + START_SECONDS)

    def is_alive(self) -> bool:
        """A forked process finds its parent's children dead: they are none of its own (ECHILD)."""
        return self._process.poll() is None

    def ask(self, job: Job, content: bytes, media_type: str, seconds: float) -> Reply:
        """Return the child's reply. Raises _LookError; then the child is of no further use."""
        self.jobs += 1
        deadline = time.monotonic() + seconds
        try:
            for part in encode_request(job, media_type, content):
                self._send(part, deadline)
            return self._receive(deadline)
        except TimeoutError:
            raise _LookError("limit", f"it takes longer than {seconds:g} s to look at") from None

    def _send(self, part: bytes, deadline: float) -> None:
        remaining = memoryview(part)
        while remaining:
            self._wait(self._to_child, select.POLLOUT, deadline)
            try:
                remaining = remaining[os.write(self._to_child, remaining) :]
            except BlockingIOError:
                continue
            except OSError:
                raise self._gone() from None

    def _receive(self, deadline: float) -> Reply:
        (size,) = REPLY_HEAD.unpack(self._read(REPLY_HEAD.size, deadline))
        if size > MAX_REPLY_BYTES:
            raise _LookError("crashed", "the child process sent a reply that makes no sense")
        try:
            return decode_reply(self._read(size, deadline))
        except WireError as exc:
            raise _LookError("crashed", str(exc)) from exc

    def _read(self, size: int, deadline: float) -> bytes:
        received = bytearray()
        while len(received) < size:
            self._wait(self._from_child, select.POLLIN, deadline)
            try:
                block = os.read(self._from_child, size - len(received))
            except BlockingIOError:
                continue
            except OSError:
                raise self._gone() from None
            if not block:
                raise self._gone()
            received += block
        return bytes(received)

    def _wait(self, pipe: int, event: int, deadline: float) -> None:
        poller = select.poll()
        poller.register(pipe, event)
        patience = deadline - time.monotonic()
        if patience <= 0 or not poller.poll(patience * 1000):
            raise TimeoutError

    def _gone(self) -> _LookError:
        self.kill()
        code = self._process.returncode
        how = f"was ended by signal {-code}" if code < 0 else f"ended with exit code {code}"
        return _LookError("crashed", f"the child process {how} while it looked")

    def kill(self) -> None:
        """End the process and close the pipes; safe to call twice and from another thread."""
        self._process.kill()
        self._process.wait()
        with self._lock:
            if not self._is_dead:
                self._is_dead = True
                self._close_pipes()

    def _close_pipes(self) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()


def _command(limits: Inspection) -> tuple[str, ...]:
    """-I: neither the working folder nor PYTHON… variables decide what the child runs."""
    return (
        sys.executable,
        "-I",
        "-c",
        _START,
        str(_ROOT),
        str(limits.max_pixels),
        str(limits.child_seconds),
        str(limits.child_bytes),
    )


def _environment() -> dict[str, str]:
    """One thread each: idle threads would only take memory from the limit."""
    kept = {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}
    return {
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "1",
        "LC_ALL": "C.UTF-8",
        **kept,
    }
