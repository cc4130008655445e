"""What stands in the arguments of MAIL and RCPT: read, never changed."""

from __future__ import annotations

import re
from dataclasses import dataclass

# A path in angle brackets in which quoted strings may hold brackets, or a bare word. What follows
# must be parted by white space, or two servers could see two different addresses.
_PATH = (
    rb":[ \t]*"
    rb'(?:<(?P<path>(?:[^<>"]|"(?:[^"\\]|\\.)*")*)>|(?P<bare>[^<>" \t]+))'
    rb"(?P<parameters>(?:[ \t].*)?)"
)
_FROM = re.compile(rb"FROM" + _PATH, re.IGNORECASE | re.DOTALL)
_TO = re.compile(rb"TO" + _PATH, re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Path:
    """The address of a MAIL or RCPT command ("" is the null path) and its parameters' bytes."""

    address: str
    parameters: tuple[bytes, ...]

    @property
    def size_bytes(self) -> int:
        """What the SIZE parameter (RFC 1870) declares, 0 without one."""
        for parameter in self.parameters:
            name, _, value = parameter.partition(b"=")
            if name.upper() == b"SIZE" and value.isdigit():
                return int(value[:20])
        return 0


def read_sender(argument: bytes) -> Path | None:
    """Return the path of ``FROM:<a@x.example> BODY=8BITMIME``, None when it is not one."""
    return _read(_FROM.fullmatch(argument))


def read_recipient(argument: bytes) -> Path | None:
    """Return the path of ``TO:<b@y.example> NOTIFY=NEVER``, None when it is not one."""
    path = _read(_TO.fullmatch(argument))
    return path if path and path.address else None


def _read(found: re.Match[bytes] | None) -> Path | None:
    if found is None:
        return None
    path = found["bare"] if found["path"] is None else found["path"]
    # As it goes on to the next hop, with blanks and a source route (RFC 5321 appendix C): what is
    # judged must be what was said, and neither is an address to filter.reading.recipients.
    address = path.decode(errors="surrogateescape")
    return Path(address, tuple(found["parameters"].split()))
