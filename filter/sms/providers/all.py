"""The list of adapters. There is no registry: what is not in this list does not exist."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from filter.settings import Provider
from filter.sms.providers.interface import Adapter
from filter.sms.providers.twilio import Twilio

PROVIDERS: Mapping[str, Callable[[Provider], Adapter]] = {
    "twilio": Twilio,
}


def make_adapters(providers: Mapping[str, Provider]) -> dict[str, Adapter]:
    """Return the adapters that the settings ask for. Raises ValueError for an unknown name."""
    unknown = sorted(providers.keys() - PROVIDERS.keys())
    if unknown:
        raise ValueError(
            f"sms.providers: no adapter is called {unknown[0]}; there are: {', '.join(PROVIDERS)}"
        )
    return {name: PROVIDERS[name](provider) for name, provider in providers.items()}
