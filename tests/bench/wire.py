"""What both ends of the benchmark know about SMTP's content."""

from __future__ import annotations

END = b"\r\n.\r\n"


def unstuffed_end(buffer: bytes | bytearray, start: int) -> int:
    """Return the offset behind the final dot of a content, or -1 when it has not arrived."""
    if buffer[:3] == b".\r\n":
        return 3
    found = buffer.find(END, start)
    return -1 if found < 0 else found + len(END)


def stuffed(content: bytes) -> bytes:
    """Return a content with CRLF line ends as it goes over the wire, final dot included."""
    body = content.replace(b"\r\n.", b"\r\n..")
    if body.startswith(b"."):
        body = b"." + body
    return body + (b"" if body.endswith(b"\r\n") else b"\r\n") + b".\r\n"
