"""Could the message be read for certain?"""

from __future__ import annotations

from collections.abc import Iterator

from filter.checks.case import Case
from filter.message import Attachment, Channel, Message, Picture
from filter.verdict import CheckResult, Cleared

NAME = "structure"


def check(case: Case) -> CheckResult:
    """Clear a message that every reader reads alike; else return what was uncertain."""
    troubles = case.message.troubles
    if troubles:
        return CheckResult(findings=troubles)
    views = len(case.message.views)
    media = "".join(f"; {one}" for one in _media(case.message))
    return CheckResult(cleared=Cleared(NAME, f"read without doubt, {views} view(s){media}"))


def _media(message: Message) -> Iterator[str]:
    """Yield what the media of a text message were when it was judged: a host may change them."""
    if message.channel is Channel.SMS:
        files: tuple[Picture | Attachment, ...] = (*message.pictures, *message.attachments)
        for file in files:
            if file.content:  # what stands inside a document has none of its own
                size = len(file.content)
                yield f"{file.where} {file.media_type}, {size} bytes, SHA-256 {file.digest}"
