"""What happens to a message between the program that wrote it and the gate."""

from __future__ import annotations

from email import message_from_bytes, policy

MAX_LINE = 998  # RFC 5322 section 2.1.1
_SHOWN = ("From", "To", "Subject", "Reply-To", "Date", "Message-ID")


def written_again(raw: bytes) -> bytes:
    """Return a message as Python's ``email`` writes it after reading it; b"" if that spoils it.

    A list server or an archive does this. What comes out has to say the same in the headers that
    people see, in ASCII, with no line too long.
    """
    message = message_from_bytes(raw, policy=policy.SMTP)
    try:
        written = message.as_bytes(policy=policy.SMTP)
        again = message_from_bytes(written, policy=policy.SMTP)
        same = all(str(message[name]) == str(again[name]) for name in _SHOWN)
    except (UnicodeError, LookupError, ValueError, AttributeError, TypeError):
        return b""
    header = written.partition(b"\r\n\r\n")[0]
    short = all(len(line) <= MAX_LINE for line in written.split(b"\r\n"))
    whole = not any(part.defects for part in again.walk())
    return written if same and short and whole and header.isascii() else b""
