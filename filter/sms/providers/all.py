"""The list of adapters. There is no registry: what is not in this list does not exist."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from filter.settings import Provider
from filter.sms.providers.interface import Adapter
from filter.sms.providers.twilio import Twilio

ADAPTERS: Mapping[str, Callable[[Provider], Adapter]] = {
    "twilio": Twilio,
}


def make_adapters(providers: Mapping[str, Provider]) -> dict[str, Adapter]:
    """Return the adapters that the settings ask for; the settings allow no other names."""
    return {name: ADAPTERS[name](provider) for name, provider in providers.items()}
