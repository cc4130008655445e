"""What the application and people report of a message: used, or never asked for."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime

from filter.ids import new_transaction_id
from filter.limits.interface import LimitStore, Signal
from filter.limits.references import References
from filter.quarantine.interface import Ledger, Shelf
from filter.quarantine.item import Alert, StoreError
from filter.settings import Settings

log = logging.getLogger("sallyport.signals")

RULE = "unrequested"
NOTE = "reported unrequested"
# People hear of one template of one client once an hour, however many say it.
ALERT_SECONDS = 3600.0
# A message is written of once; longer than any message is tracked.
NOTE_SECONDS = 30 * 86400.0


class Signals:
    """Counts reports, and tells people of messages that nobody asked for.

    ``clients`` are the names in the settings; ``count`` is told each report for the metrics: its
    kind, and whether a message was found for it. Every method raises LimitStoreAway.
    """

    def __init__(
        self,
        store: LimitStore,
        references: References,
        ledger: Ledger,
        shelf: Shelf,
        *,
        clients: Sequence[str] = (),
        count: Callable[[Signal, bool], None] = lambda _signal, _is_known: None,
    ) -> None:
        self._store = store
        self._references = references
        self._ledger = ledger
        self._shelf = shelf
        # "" stands for the clients that do not sign in, such as a relay on the same machine.
        self._clients = tuple(dict.fromkeys((*clients, "")))
        self._count = count

    async def by_id(self, client: str, transaction_id: str, signal: Signal) -> bool:
        """Count a report on the client's message with this id; False when none is known."""
        names = _names(client)
        found = (self._references.of_message(name, transaction_id) for name in names)
        return await self._report_first(found, signal)

    async def by_recipient(
        self, client: str, recipient: str, template: str, signal: Signal
    ) -> bool:
        """Count a report on the client's latest message (of a template) to a recipient."""
        names = _names(client)
        found = (self._references.of_recipient(name, recipient, template) for name in names)
        return await self._report_first(found, signal)

    async def by_provider_id(
        self, client: str, provider: str, provider_id: str, signal: Signal
    ) -> bool:
        """Count a report on a message by the id that its provider gave it (see know_as)."""
        reference = self._references.of_provider_id(client, provider, provider_id)
        return await self._report_first([reference], signal)

    async def by_handle(self, handle: bytes, signal: Signal) -> bool:
        """Count a report by a link: on the latest message to its recipient, whoever sent it."""
        return await self._report_latest(
            [self._references.of_handle(client, handle) for client in self._clients], signal
        )

    async def by_id_of_any(self, transaction_id: str, signal: Signal) -> bool:
        """Count a report of an operator, who need not know which client sent the message."""
        found = (self._references.of_message(name, transaction_id) for name in self._clients)
        return await self._report_first(found, signal)

    async def by_recipient_of_any(self, recipient: str, template: str, signal: Signal) -> bool:
        """Count a report of an operator on the latest message to a recipient."""
        return await self.by_handle(self._references.handle(recipient, template), signal)

    async def know_as(
        self, client: str, transaction_id: str, provider: str, provider_id: str
    ) -> bool:
        """Let a message that went on be reported by the id that its provider gave it, too."""
        return await self._store.track(
            self._references.of_message(client, transaction_id),
            self._references.of_provider_id(client, provider, provider_id),
        )

    async def _report_first(self, references: Iterable[bytes], signal: Signal) -> bool:
        for reference in references:
            if await self._store.report(reference, signal):
                await self._told(reference, signal)
                return True
        self._count(signal, False)
        return False

    async def _report_latest(self, references: Sequence[bytes], signal: Signal) -> bool:
        # Ids sort by time: the greatest is the latest message.
        dated = [(await self._store.tracked(reference), reference) for reference in references]
        dated.sort(reverse=True)
        return await self._report_first((reference for _, reference in dated), signal)

    async def _told(self, reference: bytes, signal: Signal) -> None:
        self._count(signal, True)
        if signal is not Signal.UNREQUESTED:
            return
        transaction_id = await self._store.tracked(reference)
        if transaction_id and await self._is_first("note", transaction_id, NOTE_SECONDS):
            self._ledger.note_outcome(transaction_id, NOTE)
            log.info("reported id=%s signal=%s", transaction_id, signal)
            await self._alert(transaction_id)

    async def _alert(self, transaction_id: str) -> None:
        try:
            record = await asyncio.to_thread(self._shelf.get_decision, transaction_id)
        except StoreError as exc:
            log.warning("reported message not found id=%s: %s", transaction_id, exc)
            return
        decision = record.decision
        template = decision.verdict.template or "none"
        key = f"client={decision.client} template={template}"
        if not await self._is_first("alert", key, ALERT_SECONDS):
            return
        whole = decision.recipients
        who = whole[0] if len(whole) == 1 else f"one of {len(whole)} recipients"
        text = (
            f"{who} says they never asked for {transaction_id}"
            f" (judged {decision.at.astimezone(UTC):%Y-%m-%d %H:%M} UTC)"
        )
        log.warning("alert rule=%s key=%r: %s", RULE, key, text)
        self._ledger.note_alert(Alert(datetime.now(UTC), RULE, key, text))

    async def _is_first(self, what: str, of_what: str, seconds: float) -> bool:
        """Return whether nobody has told this before, in any process on any machine."""
        key = hashlib.blake2b(f"{what}\n{of_what}".encode(), digest_size=16).digest()
        asking = new_transaction_id()  # two that ask at once are two
        claim = await self._store.claim(key, asking, seconds)
        if claim.is_first:
            await self._store.settle_claim(key, asking, b"")
        return claim.is_first


def clients_of(settings: Settings) -> tuple[str, ...]:
    """Return the names of all clients in the settings."""
    return tuple(a.name for a in (*settings.sms.callers, *settings.mail.accounts))


def _names(client: str) -> tuple[str, ...]:
    """Return under which names a client's messages may be: its own, else that of nobody."""
    return tuple(dict.fromkeys((client, "")))
