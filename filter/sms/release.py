"""Sends held text messages again, with credentials from the settings."""

from __future__ import annotations

from collections.abc import Mapping

from filter.message import Transaction
from filter.outcome import Answer, NextHopAway
from filter.settings import Provider
from filter.sms.desk import cleared_for_caller
from filter.sms.exchange import Reply
from filter.sms.providers.all import make_adapters
from filter.sms.providers.interface import Adapter
from filter.sms.providers.v1 import OwnApi
from filter.sms.upstream import Upstream


class TextReleaser:
    """Releases text messages (the protocol is filter.quarantine.release.Releaser)."""

    def __init__(self, providers: Mapping[str, Provider]) -> None:
        self._providers = providers
        own = OwnApi()
        self._adapters: dict[str, Adapter] = {own.name: own, **make_adapters(providers)}

    @property
    def providers(self) -> frozenset[str]:
        """The names of the providers that it can send by."""
        return frozenset(self._adapters)

    async def resend(self, transaction: Transaction) -> Answer[Reply]:
        """Send the message as it was asked for and return the provider's answer.

        Raises NextHopAway when there was none, or when the settings do not say how to send it.
        A release is made by hand and rarely, so each opens a connection of its own and can be
        called from any event loop.
        """
        adapter = self._adapters.get(transaction.provider)
        if adapter is None:
            reason = f"the settings have no sms.providers.{transaction.provider}"
            raise NextHopAway(reason, may_have_sent=False)
        onward = adapter.resend(transaction)
        if onward is None:
            return cleared_for_caller()
        async with Upstream(self._providers) as upstream:
            reply = await upstream.send(adapter.name, onward)
        return adapter.receipt(reply)
