"""Does an address lie in one of these networks?"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network


class Networks:
    """A set of networks in CIDR notation. Raises ValueError for what is none."""

    def __init__(self, networks: Iterable[str]) -> None:
        self._networks = tuple(ip_network(network, strict=False) for network in networks)

    def contains(self, address: str) -> bool:
        """Return whether the address is in one of the networks; what is no address is in none."""
        parsed = _parse(address)
        return parsed is not None and any(parsed in network for network in self._networks)


def is_loopback(address: str) -> bool:
    """Return whether the address never leaves this machine."""
    parsed = _parse(address)
    return parsed is not None and parsed.is_loopback


@lru_cache(maxsize=4096)
def _parse(address: str) -> IPv4Address | IPv6Address | None:
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return None
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is not None:
        return parsed.ipv4_mapped
    return parsed
