"""What an adapter can have done: a message judged, upstream asked, quarantine looked into."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from filter.ids import new_transaction_id
from filter.limits.interface import LimitStoreAway, Signal
from filter.message import Channel, Client, EndUser, Envelope, TextFields, Transaction
from filter.outcome import Answer, Outcome
from filter.pipeline import Pipeline
from filter.quarantine.interface import ItemQuery, Shelf
from filter.quarantine.item import HeldItem, NoSuchItem, State, StoreError
from filter.sms.exchange import Onward, Reply, Unclear, read_answer, write_answer
from filter.sms.media import Gatherer
from filter.sms.reporting import Report, Reporting
from filter.sms.upstream import Upstream
from filter.verdict import Finding

log = logging.getLogger("sallyport.sms")

# A list shows what was held lately; older items are found by their id, or in the console.
LISTED_ITEMS = 500


@dataclass(frozen=True, slots=True)
class Submission:
    """One message to one recipient, as an adapter read it.

    ``content`` is what will be kept and sent again at release: it must hold no credentials (an
    adapter whose provider wants them in the body takes them out). ``onward`` is the request that
    sends it now; None when the caller sends by itself. ``end_user`` is whom the body names.
    """

    text: TextFields
    content: bytes
    route: str
    onward: Onward | None
    receipt: Callable[[Reply], Answer[Reply]] = field(repr=False)
    end_user: EndUser = field(default=EndUser(), repr=False)


@dataclass(frozen=True, slots=True)
class Judged:
    """What was submitted, with its id, and what became of it."""

    transaction: Transaction
    outcome: Outcome[Reply]


class Desk:
    """Serves one request of one identified caller to one provider.

    ``end_user`` is whom the request's headers name.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        shelf: Shelf,
        upstream: Upstream,
        reporting: Reporting,
        media: Gatherer,
        *,
        provider: str,
        client: Client,
        end_user: EndUser,
    ) -> None:
        self._pipeline = pipeline
        self._shelf = shelf
        self._upstream = upstream
        self._reporting = reporting
        self._media = media
        self._provider = provider
        self._client = client
        self._end_user = end_user

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
            end_user=self._end_user_of(submission),
        )
        hop = _TextHop(self._upstream, self._provider, submission)
        async with self._media.gathered(transaction) as whole:
            return Judged(whole, await self._pipeline.process(whole, hop))

    def _end_user_of(self, submission: Submission) -> EndUser:
        if submission.end_user == EndUser():
            return self._end_user
        if self._end_user not in {EndUser(), submission.end_user}:
            raise Unclear("the end user in the headers is another than the one in the body")
        return submission.end_user

    # --- reports

    async def report(self, report: Report) -> bool:
        """Count what the caller reports of a message of its own; False when none is known.

        Raises LimitStoreAway.
        """
        return await self._reporting.count(self.caller, report)

    def make_link(self, recipient: str, template: str) -> tuple[str, date] | None:
        """Return a link and its last day, None when the settings name no address for links."""
        return self._reporting.make_link(recipient, template)

    async def note_used(self, *, transaction_id: str = "", provider_id: str = "") -> None:
        """Count that a message was used, by our id or the provider's. Never raises."""
        signals, provider = self._reporting.signals, self._provider
        try:
            if transaction_id:
                await signals.by_id(self.caller, transaction_id, Signal.USED)
            else:
                await signals.by_provider_id(self.caller, provider, provider_id, Signal.USED)
        except LimitStoreAway as exc:
            log.warning("feedback not counted provider=%s: %s", provider, exc)

    def note_provider_id(self, transaction_id: str, provider_id: str) -> None:
        """Have a message that went on found by the id that its provider gave it, too; soon."""
        work = self._reporting.signals.know_as(
            self.caller, transaction_id, self._provider, provider_id
        )
        self._reporting.later(work, f"note the provider's id of {transaction_id}")

    # --- what is upstream, and what is held

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
        recipients = (recipient,) if recipient else ()
        query = ItemQuery(state, Channel.SMS, recipients=recipients, limit=LISTED_ITEMS)
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

    @property
    def sends(self) -> bool:
        """Whether the request goes on to a provider."""
        return self._submission.onward is not None

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
