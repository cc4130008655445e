"""Messages for the tests of reading: built by hand, or by Python's own mail library."""

from __future__ import annotations

import base64

from filter.message import Envelope, Message
from filter.reading.html import Shown, read_html
from filter.reading.mail import read_mail
from filter.reading.troubles import Troubles
from filter.settings import Inspection

ENVELOPE = Envelope("no-reply@health.example", ("anna@dest.example",))
LIMITS = Inspection()
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
HEADER = (
    "From: Clinic <no-reply@health.example>\r\n"
    "To: Anna <anna@dest.example>\r\n"
    "Subject: Your code\r\n"
    "Date: Tue, 07 Jan 2025 10:11:12 +0000\r\n"
    "Message-ID: <1@health.example>\r\n"
    "MIME-Version: 1.0\r\n"
)


def read(content: bytes | str) -> Message:
    """Return what is read from a message given as bytes, or as text in UTF-8."""
    raw = content.encode() if isinstance(content, str) else content
    return read_mail(ENVELOPE, raw, LIMITS)


def codes(message: Message) -> set[str]:
    return {trouble.code for trouble in message.troubles}


def mail(
    body: str = "Your code is 123456\r\n", content_type: str = "text/plain", **more: str
) -> str:
    """Return a message of one part; further header fields by name with _ for -."""
    fields = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in more.items())
    return f"{HEADER}{fields}Content-Type: {content_type}\r\n\r\n{body}"


def multipart(*parts: str, kind: str = "alternative", boundary: str = "b1") -> str:
    """Return a message of several parts, each given with its own header."""
    body = "".join(f"--{boundary}\r\n{part}\r\n" for part in parts)
    return mail(f"{body}--{boundary}--\r\n", f'multipart/{kind}; boundary="{boundary}"')


def part(body: str, content_type: str = "text/plain; charset=utf-8", **more: str) -> str:
    fields = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in more.items())
    return f"Content-Type: {content_type}\r\n{fields}\r\n{body}"


def show(html: str) -> tuple[Shown, set[str]]:
    """Return what an HTML text shows and the codes of its troubles."""
    troubles = Troubles()
    shown = read_html(html, "utf-8", "part 1", troubles)
    return shown, {trouble.code for trouble in troubles.found()}
