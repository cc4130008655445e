"""XFORWARD: who the client in front of the relay was (Postfix XFORWARD_README)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from ipaddress import ip_address

ATTRIBUTES = ("NAME", "ADDR", "PORT", "PROTO", "HELO", "IDENT", "SOURCE")
UNKNOWN = frozenset({b"[UNAVAILABLE]", b"[TEMPUNAVAIL]"})
# XFORWARD_README: a command is at most 512 characters with its line end, a value at most 255.
MAX_COMMAND_BYTES = 512
MAX_VALUE_BYTES = 255

_HEX = re.compile(rb"\+([0-9A-F]{2})")
_UNSAFE = re.compile(rb"[^!-*,-<>-~]")


def read_attributes(argument: bytes) -> dict[str, bytes] | None:
    """Return the attributes of one command, still in xtext; None when one is not known or bad."""
    attributes: dict[str, bytes] = {}
    for pair in argument.split():
        name, equals, value = pair.partition(b"=")
        key = name.upper().decode(errors="replace")
        if not equals or not value or key not in ATTRIBUTES or len(value) > MAX_VALUE_BYTES:
            return None
        attributes[key] = value
    return attributes or None


def decode(value: bytes | None) -> str:
    """Return a value without its xtext encoding (RFC 1891 section 5), "" when it is unknown.

    xtext can carry line ends and escapes, which have no business in a log: they are replaced.
    """
    if value is None or value in UNKNOWN:
        return ""
    plain = _HEX.sub(lambda found: bytes.fromhex(found[1].decode()), value)
    text = plain.decode(errors="replace")
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def encode(value: str) -> bytes:
    """Return a value in xtext, [UNAVAILABLE] when there is none."""
    if not value:
        return b"[UNAVAILABLE]"
    octets = value.encode(errors="replace")[: MAX_VALUE_BYTES // 3]  # each may become three
    return _UNSAFE.sub(lambda found: b"+%02X" % found[0][0], octets)


def address_of(attributes: Mapping[str, bytes]) -> str:
    """Return the client's IP address in its one spelling, "" when it is unknown or none.

    What is counted and paused by address must not depend on how the relay in front writes it.
    """
    text = decode(attributes.get("ADDR")).removeprefix("IPV6:")
    try:
        address = ip_address(text)
    except ValueError:
        return ""
    return str(getattr(address, "ipv4_mapped", None) or address)


def commands(attributes: Mapping[str, bytes], announced: Iterable[str]) -> list[bytes]:
    """Return the commands that tell a server the attributes it has announced, without line ends."""
    lines: list[bytes] = []
    for name in announced:
        value = attributes.get(name)
        if value is None:
            continue
        pair = b" " + name.encode() + b"=" + value
        if lines and len(lines[-1]) + len(pair) + len(b"\r\n") <= MAX_COMMAND_BYTES:
            lines[-1] += pair
        else:
            lines.append(b"XFORWARD" + pair)
    return lines
