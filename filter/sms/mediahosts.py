"""Where may media be fetched from: which addresses are plain, which hosts and networks are named?

A client that fetches what a stranger asks for reaches what the stranger cannot: the services of
this machine, of the private network, of the cloud (server-side request forgery). So the address has
to be spelled plainly, its host to be on the list of the settings, and every answer of the DNS to be
a public address, unless the settings name its network.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from filter.settings import MediaFetch

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

# What of RFC 3986 needs no decision of any parser: https, a name, perhaps a port, a path, a query.
_PLAIN = re.compile(
    r"https://(?P<host>[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){0,20})(?::(?P<port>[1-9][0-9]{0,4}))?"
    r"(?P<target>(?:/(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})*)*"
    r"(?:\?(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*)?)"
)
_LONGEST = 2000
_LONGEST_HOST = 253  # RFC 1035 section 2.3.4, without the last dot
_HTTPS_PORT = 443

# IANA IPv4 Special-Purpose Address Registry (RFC 6890) and what follows unicast. ipaddress's own
# is_global says other things in other versions of Python.
_SPECIAL_4 = tuple(
    map(
        ipaddress.IPv4Network,
        (
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
            "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24",
            "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15",
            "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        ),
    )
)  # fmt: skip
# Only global unicast (RFC 4291 section 2.4) counts: no loopback, link-local, unique local or
# multicast, no IPv4 in disguise (mapped, NAT64 64:ff9b::/96). What of it is special:
_UNICAST_6 = ipaddress.IPv6Network("2000::/3")
_SPECIAL_6 = tuple(
    map(
        ipaddress.IPv6Network,
        ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20"),
    )
)
# RFC 5214 section 6.1: the end of an address behind which an IPv4 address stands (ISATAP).
_ISATAP = frozenset({0x00005EFE, 0x02005EFE})


class RefusedError(Exception):
    """An address that is not fetched from; the text says why."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where to ask for one piece of media, and for what."""

    host: str
    port: int
    target: str  # path and query, as they stand in the request line


class MediaHosts:
    """What the settings allow to be fetched from."""

    def __init__(self, settings: MediaFetch) -> None:
        names = [name.lower() for name in settings.hosts]
        self._exact = frozenset(name for name in names if not name.startswith("*."))
        self._below = tuple(name[1:] for name in names if name.startswith("*."))
        self._ports = frozenset(settings.ports)
        self._networks = tuple(map(ipaddress.ip_network, settings.networks))

    def place_of(self, url: str) -> Place:
        """Return what to ask for. Raises RefusedError for anything but a plain, named address."""
        found = _PLAIN.fullmatch(url) if len(url) <= _LONGEST else None
        if found is None:
            raise RefusedError("it is not a plain https:// address")
        host, port = found["host"], int(found["port"] or _HTTPS_PORT)
        if len(host) > _LONGEST_HOST or host.rpartition(".")[2].isdigit():
            raise RefusedError("its host is not a name")
        if host not in self._exact and not host.endswith(self._below):
            raise RefusedError(f"{host} is not among sms.media.hosts")
        if port not in self._ports:
            raise RefusedError(f"port {port} is not among sms.media.ports")
        target = found["target"]
        return Place(host, port, target if target.startswith("/") else f"/{target}")

    def reachable(self, answers: Sequence[str]) -> tuple[Address, ...]:
        """Return the addresses of a DNS answer. Raises RefusedError when one of them is off limits.

        One is enough: a name that leads here and there is none of an honest media host.
        """
        addresses = tuple(dict.fromkeys(map(_read_address, answers)))
        for address in addresses:
            if not is_public(address) and not _is_in(address, self._networks):
                raise RefusedError(
                    f"its host leads to {address}, which is neither public nor among"
                    " sms.media.networks"
                )
        if not addresses:
            raise RefusedError("its host leads nowhere")
        return addresses


def is_public(address: Address) -> bool:
    """Return whether an address is one of a host on the Internet, and nothing else."""
    if isinstance(address, ipaddress.IPv4Address):
        return not _is_in(address, _SPECIAL_4)
    if address.scope_id is not None or address not in _UNICAST_6:
        return False
    if (int(address) >> 32) & 0xFFFFFFFF in _ISATAP:
        return False
    return not _is_in(address, _SPECIAL_6)


def _read_address(answer: str) -> Address:
    try:
        return ipaddress.ip_address(answer)
    except ValueError:
        raise RefusedError("its host leads to something that is no address") from None


def _is_in(address: Address, networks: Iterable[Network]) -> bool:
    return any(address.version == network.version and address in network for network in networks)
