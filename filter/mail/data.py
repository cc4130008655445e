"""Where does the message end, and may it be read at all?

SMTP smuggling lives on servers that disagree about the end of data
(https://sec-consult.com/blog/detail/smtp-smuggling-spoofing-e-mails-worldwide/), so only CR LF dot
CR LF ends it, and content with any other line end is refused for good.
"""

from __future__ import annotations

from enum import StrEnum

from filter.lineends import has_bare_line_end

_END = b"\r\n.\r\n"


class Flaw(StrEnum):
    """Why data can be no message."""

    TOO_LARGE = "larger than max_bytes"
    BARE_LINE_END = "bare CR or LF"
    NUL = "NUL byte"


class DataReader:
    """Takes DATA in blocks until the final dot. An oversized body is read on but not kept."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        # Dot-stuffing makes a message at most a third longer: CR LF dot dot for CR LF dot.
        self._max_wire_bytes = max_bytes + max_bytes // 3 + len(_END)
        # The line end of the DATA command itself: the first line may already be the final dot.
        self._wire = bytearray(b"\r\n")
        self._oversize = False
        self._end = -1

    def feed(self, block: bytes) -> bytes | None:
        """Take a block; return what follows the final dot in it once that was seen, else None."""
        start = max(0, len(self._wire) - len(_END) + 1)
        self._wire += block
        self._end = self._wire.find(_END, start)
        if self._end >= 0:
            rest = bytes(self._wire[self._end + len(_END) :])
            del self._wire[self._end + 2 :]
            return rest
        if len(self._wire) > self._max_wire_bytes:
            self._oversize = True
            del self._wire[: -len(_END) + 1]
        return None

    def content(self) -> bytes | Flaw:
        """Return the message without its dot-stuffing, byte for byte, or why it is none."""
        if self._end < 0:
            raise ValueError("content() before the end of data")
        if self._oversize:
            return Flaw.TOO_LARGE
        wire = bytes(memoryview(self._wire)[2:])
        content = unstuff(wire)
        if len(content) > self._max_bytes:
            return Flaw.TOO_LARGE
        if b"\0" in content:
            return Flaw.NUL
        if has_bare_line_end(content):
            return Flaw.BARE_LINE_END
        return content


def unstuff(wire: bytes) -> bytes:
    """Return data lines without the dots that RFC 5321 4.5.2 put before them."""
    if wire.startswith(b"."):
        wire = wire[1:]
    return wire.replace(b"\r\n.", b"\r\n") if b"\r\n." in wire else wire


def stuff(content: bytes) -> bytes:
    """Return content as data lines: each line that begins with a dot gets another."""
    if b"\r\n." in content:
        content = content.replace(b"\r\n.", b"\r\n..")
    return b"." + content if content.startswith(b".") else content
