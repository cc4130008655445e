"""The process that looks at hostile bytes: it reads requests, looks, and replies.

Started by filter/reading/sandbox.py, which kills it when it takes too long. It may open nothing,
write nothing, and have only so much memory and processor time. It ends with its parent.
"""

from __future__ import annotations

import math
import os
import resource
import select
import sys
from dataclasses import dataclass

from filter.pictures.looking import Sight, look, look_for_bank, warm_up
from filter.pictures.rendering import render
from filter.reading.sniff import PACKED_FILES, ZIP_TYPES
from filter.reading.wire import (
    HEAD,
    Job,
    Reply,
    SeenCode,
    SeenPicture,
    decode_wanted,
    encode_reply,
)

_ORPHAN_SECONDS = 3
# Enough for what is open already; a decoder that opens files is not doing its job.
_OPEN_FILES = 16


@dataclass(frozen=True, slots=True)
class Limits:
    """As in settings, inspection: what one job may use."""

    max_pixels: int
    seconds: float
    memory_bytes: int


def main() -> None:
    """Serve requests from standard input until it closes."""
    limits = Limits(int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]))
    source, sink = 0, os.dup(1)
    os.dup2(2, 1)  # a library that prints must not speak for us
    warm_up()
    from filter.reading import (  # noqa: PLC0415 - loaded before the limits
        archives,  # noqa: F401
        findpicture,  # noqa: F401
        office,  # noqa: F401
    )

    _confine(limits)
    warm_up()  # once more within the limits: too little memory must show now
    _write(sink, encode_reply(Reply()))
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # decoders complain there about what they read
    parent = os.getppid()
    while _has_request(source, parent):
        head = _read(source, HEAD.size)
        if head is None:
            return
        kind, type_bytes, content_bytes = HEAD.unpack(head)
        rest = _read(source, type_bytes + content_bytes)
        if rest is None:
            return
        reply = _serve(Job(kind), rest[:type_bytes].decode("ascii"), rest[type_bytes:], limits)
        _write(sink, encode_reply(reply))
        if reply.last:
            return


def _serve(job: Job, media_type: str, content: bytes, limits: Limits) -> Reply:
    _renew_processor_time(limits)
    try:
        match job:
            case Job.PICTURE:
                return _picture_reply(look(content, media_type, limits.max_pixels))
            case Job.BANK:
                return _picture_reply(look_for_bank(content, limits.max_pixels))
            case Job.DOCUMENT:
                return _document_reply(content, media_type, limits.max_pixels)
            case Job.RENDITION:
                return _rendition_reply(content, media_type, limits.max_pixels)
    except MemoryError:
        word = "document" if job is Job.DOCUMENT else "picture"
        mebibytes = limits.memory_bytes >> 20
        return Reply(
            troubles=((f"{word}.limit", f"it needs more than {mebibytes} MiB of memory"),),
            last=True,
        )


def _document_reply(content: bytes, media_type: str, max_pixels: int) -> Reply:
    from filter.reading import archives, documents, office  # noqa: PLC0415 - loaded already

    if media_type in ZIP_TYPES:
        return archives.look_at(content, max_pixels)
    if media_type in PACKED_FILES:
        return office.look_at(content, media_type, max_pixels)
    return documents.look_at(content, max_pixels)


def _rendition_reply(content: bytes, what: str, max_pixels: int) -> Reply:
    from filter.reading import findpicture  # noqa: PLC0415 - loaded already

    wanted, media_type = decode_wanted(what)
    if not wanted.digest:
        return Reply(rendition=render(content, wanted, max_pixels))
    return Reply(rendition=findpicture.render(content, media_type, wanted, max_pixels))


def _picture_reply(sight: Sight) -> Reply:
    seen = SeenPicture(sight.width, sight.height, sight.appearance, is_code=sight.is_code)
    codes = tuple(SeenCode(text) for text in sight.codes)
    return Reply(troubles=sight.troubles, pictures=(seen,), codes=codes)


def _confine(limits: Limits) -> None:
    for kind, most in (
        (resource.RLIMIT_AS, limits.memory_bytes),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, 0),
    ):
        resource.setrlimit(kind, (most, most))


def _renew_processor_time(limits: Limits) -> None:
    """Allow one more job's seconds: past them the kernel ends this process (SIGXCPU)."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = math.ceil(used.ru_utime + used.ru_stime + limits.seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, resource.RLIM_INFINITY))


def _has_request(source: int, parent: int) -> bool:
    """Wait for the next request; False when the parent is gone (a sibling may hold the pipe)."""
    while os.getppid() == parent:
        if select.select([source], [], [], _ORPHAN_SECONDS)[0]:
            return True
    return False


def _read(source: int, size: int) -> bytes | None:
    """Return exactly so many bytes, None at the end."""
    received = bytearray()
    while len(received) < size:
        block = os.read(source, min(size - len(received), 1 << 20))
        if not block:
            return None
        received += block
    return bytes(received)


def _write(sink: int, content: bytes) -> None:
    remaining = memoryview(content)
    while remaining:
        remaining = remaining[os.write(sink, remaining) :]


if __name__ == "__main__":
    main()
