"""Sends a held message on, as it came: the exact bytes, sender, recipients and parameters."""

from __future__ import annotations

from filter.mail import xforward
from filter.mail.nexthop import NextHopPool, OnwardTransaction
from filter.mail.replies import HopReply
from filter.message import Transaction
from filter.outcome import Answer, NextHopAway
from filter.settings import MailNextHop

# A release is not bound to a client's patience; RFC 5321 4.5.3.2.6 gives the final dot 10 minutes.
RELEASE_SECONDS = 600.0


class MailReleaser:
    """Resends e-mail. Uses the pool it is given, else one of its own: then ``close`` it."""

    def __init__(self, settings: MailNextHop, pool: NextHopPool | None = None) -> None:
        self._pool = pool or NextHopPool(settings)

    async def resend(self, transaction: Transaction) -> Answer[HopReply]:
        """Hand the message to the next hop and return its answer.

        If the sender or any recipient is refused, nothing is sent to anybody and the answer is that
        refusal. Raises NextHopAway when there was no answer.
        """
        onward = self._pool.transaction()
        try:
            refusal = await self._open(onward, transaction)
            if refusal is not None:
                await onward.abandon()
                return refusal
            return await onward.deliver(transaction, RELEASE_SECONDS)
        except BaseException:
            await onward.abandon()
            raise

    async def close(self) -> None:
        """Close the connections."""
        await self._pool.close()

    async def _open(
        self, onward: OnwardTransaction, transaction: Transaction
    ) -> Answer[HopReply] | None:
        mail, recipients = commands_of(transaction)
        replies = await onward.open(mail, recipients, xforward_of(transaction))
        if len(replies) <= len(recipients):
            raise NextHopAway("connection lost before all recipients", may_have_sent=False)
        for number, reply in enumerate(replies):
            if not reply.positive:
                what = f"recipient {number} of {len(recipients)}" if number else "sender"
                return Answer(False, f"{reply.summary} ({what}; nothing was sent)", reply)
        return None


def commands_of(transaction: Transaction) -> tuple[bytes, list[bytes]]:
    """Return MAIL and RCPT as they came; transactions without arguments get plain ones."""
    envelope = transaction.envelope
    sender = envelope.mail_argument or b"FROM:<%b>" % _raw(envelope.sender)
    arguments = envelope.rcpt_arguments or tuple(
        b"TO:<%b>" % _raw(recipient) for recipient in envelope.recipients
    )
    return b"MAIL " + sender, [b"RCPT " + argument for argument in arguments]


def xforward_of(transaction: Transaction) -> dict[str, bytes]:
    """Return who submitted the message, for a next hop that takes XFORWARD."""
    client = transaction.client
    address = f"IPV6:{client.address}" if ":" in client.address else client.address
    return {
        "ADDR": xforward.encode(address),
        "HELO": xforward.encode(client.helo),
        "IDENT": xforward.encode(client.queue_id or transaction.id),
    }


def _raw(address: str) -> bytes:
    return address.encode(errors="surrogateescape")
