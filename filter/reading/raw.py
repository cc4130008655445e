"""Are these bytes lines and header fields that every mail program takes apart in the same way?"""

from __future__ import annotations

import re
from dataclasses import dataclass

from filter.lineends import has_bare_line_end, has_longer_line
from filter.reading.troubles import Troubles, quote

MAX_HEADER_FIELDS = 500
# RFC 5322 section 2.1.1. Relays do not carry longer lines as they are: Postfix breaks them by
# CRLF and a blank, Sendmail by "!", Exim returns the message.
MAX_LINE_BYTES = 998
MAX_FIELD_BYTES = 32 * 1024  # a long To or References; nothing that people read comes near

# RFC 5322 section 3.6 allows these once; a second one is what some other reader would show.
# fmt: off - a word list, not a column
ONCE = frozenset(
    {
        "bcc",
        "cc",
        "content-base",
        "content-description",
        "content-disposition",
        "content-id",
        "content-language",
        "content-location",
        "content-transfer-encoding",
        "content-type",
        "date",
        "disposition-notification-to",
        "from",
        "in-reply-to",
        "mail-followup-to",
        "mail-reply-to",
        "message-id",
        "mime-version",
        "references",
        "reply-to",
        "return-receipt-to",
        "sender",
        "subject",
        "thread-topic",
        "to",
        "x-confirm-reading-to",
    }
)
_ONCE_PREFIXES = ("content-", "list-")
# fmt: on

# RFC 5322 section 2.2: printable ASCII without the colon. A name that begins with a dash is legal
# and nobody's: a boundary with a colon makes a delimiter look like a field.
_FIELD = re.compile(rb"([!-,.-9;-~][!-9;-~]*):(.*)", re.DOTALL)
_OPEN_BOUNDARY = re.compile(rb'boundary[* \t]*=[ \t]*"[^"]*\Z', re.IGNORECASE)
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Field:
    """One header field: its name in lower case, its body unfolded and trimmed, still encoded.

    Bytes that are not UTF-8 are kept as surrogates, so that they can be told from text.
    """

    name: str
    body: str


def to_crlf(stored: bytes) -> bytes:
    """Return a stored file with CRLF line ends, if all of its line ends are LF; else as it is.

    Only for files: on the wire a bare LF is an attack, and read_mail says so.
    """
    return stored if b"\r" in stored else stored.replace(b"\n", b"\r\n")


def check_bytes(content: bytes, troubles: Troubles) -> bool:
    """Note what lines must not be: ended by less than CRLF, cut by NUL, longer than mail carries.

    Returns whether the bytes may be read at all.
    """
    has_bare_end, has_nul = has_bare_line_end(content), b"\0" in content
    if has_bare_end:
        troubles.add("mail.bare_newline", "a CR or LF stands alone, so readers see different lines")
    if has_nul:
        troubles.add("mail.nul", "a NUL byte, where some readers stop")
    if has_longer_line(content, MAX_LINE_BYTES):
        troubles.add("mail.line_length", f"a line of more than {MAX_LINE_BYTES} bytes")
    return not (has_bare_end or has_nul)


def split_header(block: bytes) -> tuple[bytes, bytes] | None:
    """Return the header and the body of a message or part, or None if no blank line parts them.

    The header keeps its last CRLF unless it is empty.
    """
    if block.startswith(b"\r\n"):
        return b"", block[2:]
    end = block.find(b"\r\n\r\n")
    if end < 0:
        return None
    return block[: end + 2], block[end + 4 :]


def read_fields(header: bytes, troubles: Troubles, where: str) -> tuple[Field, ...]:
    """Return the fields of a header, top to bottom, and note what is not one."""
    fields: list[Field] = []
    for lines in _unfold(header, troubles, where):
        found = _FIELD.fullmatch(lines)
        if found is None:
            troubles.add(
                "mail.header_line", f"{quote(lines)} is not a header field", where or "header"
            )
            continue
        if len(lines) > MAX_FIELD_BYTES:
            troubles.add("mail.header_size", f"a header field of {len(lines)} bytes", where)
        name = found.group(1).decode("ascii").lower()
        body = found.group(2)
        if _CONTROL.search(body):
            troubles.add("mail.header_control", f"a control character in {name}", where)
        fields.append(Field(name, body.decode("utf-8", "surrogateescape").strip(" \t")))
    _check_counts(fields, troubles, where)
    return tuple(fields)


def _unfold(header: bytes, troubles: Troubles, where: str) -> list[bytes]:
    """Return the fields without their line ends (RFC 5322 section 2.2.3: only the CRLF goes)."""
    fields: list[list[bytes]] = []
    for line in header.split(b"\r\n")[:-1] if header else ():
        if line[:1] not in (b" ", b"\t"):
            fields.append([line])
        elif fields and line.strip(b" \t"):
            if _OPEN_BOUNDARY.search(fields[-1][-1]) and _is_content_type(fields[-1][0]):
                detail = "a boundary over two lines, of which some drop the blank between"
                troubles.add("mime.boundary_folded", detail, where)
            fields[-1].append(line)
        else:
            # Some readers take such a line for the end of the header.
            troubles.add("mail.header_fold", "a header line of blanks only", where or "header")
    return [b"".join(lines) for lines in fields]


def _is_content_type(line: bytes) -> bool:
    return line[:13].lower() == b"content-type:"


def _check_counts(fields: list[Field], troubles: Troubles, where: str) -> None:
    if len(fields) > MAX_HEADER_FIELDS:
        troubles.add("mail.header_size", f"{len(fields)} header fields", where)
    seen: set[str] = set()
    for field in fields:
        name = field.name
        if name in seen and (name in ONCE or name.startswith(_ONCE_PREFIXES)):
            troubles.add("mail.header_repeated", f"more than one {name}", where or "header")
        seen.add(name)
