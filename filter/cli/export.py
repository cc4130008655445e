"""Writes held messages to files that people and `sallyport scan` can read."""

from __future__ import annotations

import json
import mailbox
import time
from pathlib import Path
from typing import TYPE_CHECKING

from filter.reading.sniff import sniff_file

if TYPE_CHECKING:
    from filter.quarantine.item import HeldItem

# What a file of a text message is called by its content, whatever its label says.
_ENDINGS = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/gif": "gif",
    "image/webp": "webp",
    "application/pdf": "pdf",
}
EXPORTED, SKIPPED = "exported", "skipped"


def export(item: HeldItem, folder: Path | None, mbox: Path | None) -> tuple[str, str]:
    """Write one item; return what was done and where, or why not."""
    if item.content_deleted:
        return SKIPPED, "its content was deleted by retention"
    try:
        if folder is not None:
            return EXPORTED, str(_write_file(item, folder))
        if item.transaction.text is not None:
            return SKIPPED, "a text message has no place in a mailbox; use --output"
        if mbox is not None:
            _append(item, mbox)
    except OSError as exc:
        return SKIPPED, f"cannot write {exc.filename or mbox}: {exc.strerror}"
    return EXPORTED, str(mbox)


def _write_file(item: HeldItem, folder: Path) -> Path:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    text = item.transaction.text
    name, content = f"{item.transaction.id}.eml", item.transaction.content
    if text is not None:
        name = f"{item.transaction.id}.json"
        fields = {
            "channel": "sms",
            "from": text.sender,
            "to": text.recipient,
            "body": text.body,
            "media": text.media,
        }
        content = json.dumps(fields).encode() + b"\n"
        for number, file in enumerate(text.files, 1):
            if file.content is not None:
                ending = _ENDINGS.get(sniff_file(file.content), "bin")
                _write_bytes(folder / f"{item.transaction.id}-{number}.{ending}", file.content)
    path = folder / name
    _write_bytes(path, content)
    return path


def _write_bytes(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        path.chmod(0o600)
        file.write(content)


def _append(item: HeldItem, path: Path) -> None:
    """Add to a mailbox, which quotes lines that begin with From and has the system's line ends."""
    path.touch(0o600)
    sender = "".join(item.transaction.envelope.sender.split()) or "MAILER-DAEMON"
    head = f"From {sender} {time.asctime(item.held_at.utctimetuple())}\n"
    box = mailbox.mbox(path)
    try:
        box.lock()
        box.add(head.encode(errors="replace") + item.transaction.content)
        box.flush()
    finally:
        box.unlock()
        box.close()
