"""Writes e-mails as an application's mail library would."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid


@dataclass(frozen=True, slots=True)
class File:
    """Something that travels with a letter; ``content_id`` for what the HTML part shows inline."""

    name: str
    media_type: str
    content: bytes
    content_id: str = ""


def letter(
    *,
    sender: str,
    to: str,
    subject: str,
    text: str,
    now: datetime,
    html: str = "",
    files: Sequence[File] = (),
) -> bytes:
    """Return a message in the form of RFC 5322, with CRLF line ends."""
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = to
    message["Subject"] = subject
    message["Date"] = format_datetime(now)
    message["Message-ID"] = make_msgid(domain="app.demo.invalid")
    message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html")
        body = list(message.iter_parts())[-1]
        for file in files:
            if file.content_id and isinstance(body, EmailMessage):
                main, _, sub = file.media_type.partition("/")
                body.add_related(
                    file.content, main, sub, cid=f"<{file.content_id}>", filename=file.name
                )
    for file in files:
        if not file.content_id:
            main, _, sub = file.media_type.partition("/")
            message.add_attachment(file.content, main, sub, filename=file.name)
    return message.as_bytes()
