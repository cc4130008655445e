"""Who is the end user that a client submits for, and from which address? As the client says it."""

from __future__ import annotations

import ipaddress

from filter.message import EndUser

MAX_ID_CHARACTERS = 128
# One household or telephone gets a whole /64 and changes its address in it at will (RFC 6177,
# RFC 8981): whoever counted single addresses would count nobody twice.
IPV6_PREFIX = 64


def read_end_user(id_: str, ip: str) -> EndUser:
    """Return the end user of an id and an address in text; "" for what is not known.

    Raises ValueError, whose text is for the client, for an id that is too long or has characters
    that cannot be seen, and for what is no address.
    """
    return EndUser(_read_id(id_.strip()), _read_ip(ip.strip()))


def _read_id(text: str) -> str:
    if len(text) > MAX_ID_CHARACTERS:
        raise ValueError(f"the id of the end user has more than {MAX_ID_CHARACTERS} characters")
    if not text.isprintable():
        raise ValueError("the id of the end user has characters that cannot be seen")
    return text


def _read_ip(text: str) -> str:
    """Return an address as it is counted: IPv4 whole, IPv6 by its network, "2001:db8:1:2::/64"."""
    if not text:
        return ""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        raise ValueError("the address of the end user is no IP address") from None
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.scope_id is not None:
        raise ValueError("the address of the end user is no IP address")
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((address, IPV6_PREFIX), strict=False))
