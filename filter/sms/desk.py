"""What an adapter can have done: a message judged, upstream asked, quarantine looked into."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from filter.ids import new_transaction_id
from filter.message import Channel, Client, Envelope, TextFields, Transaction
from filter.outcome import Answer, Outcome
from filter.pipeline import Pipeline
from filter.quarantine.interface import ItemQuery, Shelf
from filter.quarantine.item import HeldItem, NoSuchItem, State, StoreError
from filter.sms.exchange import Onward, Reply, read_answer, write_answer
from filter.sms.upstream import Upstream
from filter.verdict import Finding

# A list shows what was held lately; older items are found by their id, or in the console.
LISTED_ITEMS = 500


@dataclass(frozen=True, slots=True)
class Submission:
    """One message to one recipient, as an adapter read it.

    ``content`` is what will be kept and sent again at release: it must hold no credentials (an
    adapter whose provider wants them in the body takes them out). ``onward`` is the request that
    sends it now; None when the caller sends by itself.
    """

    text: TextFields
    content: bytes
    route: str
    onward: Onward | None
    receipt: Callable[[Reply], Answer[Reply]] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Judged:
    """What was submitted, with its id, and what became of it."""

    transaction: Transaction
    outcome: Outcome[Reply]


class Desk:
    """Serves one request of one identified caller to one provider."""

    def __init__(
        self,
        pipeline: Pipeline,
        shelf: Shelf,
        upstream: Upstream,
        *,
        provider: str,
        client: Client,
    ) -> None:
        self._pipeline = pipeline
        self._shelf = shelf
        self._upstream = upstream
        self._provider = provider
        self._client = client

    @property
    def caller(self) -> str:
        """The name that the caller has proved."""
        return self._client.name

    async def submit(self, submission: Submission) -> Judged:
        """Have one message judged, and passed, held or left with the caller."""
        text = submission.text
        transaction = Transaction(
            id=new_transaction_id(),
            channel=Channel.SMS,
            received_at=datetime.now(UTC),
            client=self._client,
            envelope=Envelope(text.sender, (text.recipient,)),
            content=submission.content,
            text=text,
            provider=self._provider,
            route=submission.route,
        )
        hop = _TextHop(self._upstream, self._provider, submission)
        return Judged(transaction, await self._pipeline.process(transaction, hop))

    async def forward(self, onward: Onward) -> Reply:
        """Return the provider's answer to a request that sends no message. Raises NextHopAway."""
        return await self._upstream.send(self._provider, onward)

    async def find_item(self, transaction_id: str) -> HeldItem | None:
        """Return what is or was held under this id for this provider. Raises StoreError."""
        try:
            item = await asyncio.to_thread(self._shelf.get_item, transaction_id)
        except NoSuchItem:
            return None
        return item if item.transaction.provider == self._provider else None

    async def findings(self, transaction_id: str) -> Sequence[Finding]:
        """Return why a message was held, or nothing when that cannot be read just now.

        It is on disk and its caller must be told so: an error here would have it sent again.
        """
        try:
            item = await self.find_item(transaction_id)
        except StoreError:
            return ()
        return () if item is None else item.verdict.findings

    async def items(self, state: State, recipient: str = "") -> Sequence[HeldItem]:
        """Return this provider's latest items in a state, without content. Raises StoreError."""
        query = ItemQuery(state, Channel.SMS, recipient=recipient, limit=LISTED_ITEMS)
        found = await asyncio.to_thread(self._shelf.find_items, query)
        return [item for item in found if item.transaction.provider == self._provider]

    async def discard(self, transaction_id: str, note: str) -> None:
        """Take a held message out of quarantine unsent. Raises StateConflict if it is not held."""

        def change() -> None:
            self._shelf.change(
                transaction_id, State.HELD, State.DISCARDED, by=self.caller, note=note
            )

        await asyncio.to_thread(change)


class _TextHop:
    """Where one passed message goes: the provider, or back to a caller that sends by itself."""

    def __init__(self, upstream: Upstream, provider: str, submission: Submission) -> None:
        self._upstream = upstream
        self._provider = provider
        self._submission = submission

    async def deliver(self, transaction: Transaction, timeout_seconds: float) -> Answer[Reply]:
        """Send the request. Raises NextHopAway."""
        del transaction  # the request was kept apart from it, with the credentials
        onward = self._submission.onward
        if onward is None:
            return cleared_for_caller()
        reply = await self._upstream.send(self._provider, onward, timeout_seconds)
        return self._submission.receipt(reply)

    def write_answer(self, answer: Answer[Reply]) -> bytes:
        """Return an answer for another process to give again."""
        return write_answer(answer)

    def read_answer(self, record: bytes) -> Answer[Reply]:
        """Return the answer that write_answer wrote. Raises ValueError."""
        return read_answer(record)

    async def abandon(self) -> None:
        """Nothing was sent yet, so nothing is to be taken back."""


def cleared_for_caller() -> Answer[Reply]:
    """Return the answer for a message that its caller sends by itself once it may."""
    return Answer(accepted=True, summary="cleared for caller", reply=Reply(200))
