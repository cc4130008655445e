"""Which end user does the header of a mail name?

Only the first header section is looked at, and a field counts only when it is there once: readers
differ in which of two they take. What a client writes here it vouches for; the field goes on with
the message, byte for byte, unless the relay behind us takes it out.
"""

from __future__ import annotations

import re

from filter.enduser import read_end_user
from filter.message import EndUser

# As much as is searched; what stands further down is not seen.
MAX_HEADER_BYTES = 64 * 1024
_LINE_END = b"\r\n"


def end_user_of(content: bytes, id_field: str | None, ip_field: str | None) -> EndUser | None:
    """Return the end user, None when a field is there that cannot be read for certain."""
    if id_field is None and ip_field is None:
        return EndUser()
    header = _header(content)
    id_, ip = _value(header, id_field), _value(header, ip_field)
    if id_ is None or ip is None:
        return None
    try:
        return read_end_user(id_.decode("utf-8"), ip.decode("utf-8"))
    except ValueError:  # UnicodeDecodeError is one
        return None


def _header(content: bytes) -> bytes:
    """Return the top-level header section, its lines unfolded (RFC 5322 section 2.2.3)."""
    if content.startswith(_LINE_END):
        return b""
    end = content.find(_LINE_END * 2, 0, MAX_HEADER_BYTES)
    header = content[: MAX_HEADER_BYTES if end < 0 else end]
    return re.sub(rb"\r\n(?=[ \t])", b"", header)


def _value(header: bytes, name: str | None) -> bytes | None:
    """Return what the one field of this name says, b"" when it is not there, None for several."""
    if name is None:
        return b""
    # "X-End-User : 7" has been obsolete since 2001 (RFC 5322 section 4.5), and is still read.
    pattern = rb"(?im)^%s[ \t]*:(.*)$" % re.escape(name).encode()
    values = re.findall(pattern, header.replace(_LINE_END, b"\n"))
    if not values:
        return b""
    return values[0].strip(b" \t") if len(values) == 1 else None
