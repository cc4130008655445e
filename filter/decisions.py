"""The decision record: what was sent by whom, and why it was let through or held."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from filter.message import Channel, Transaction
from filter.verdict import Disposition, Verdict

# Country and operator in front, enough behind to recognise one's own number.
_SHOWN_FRONT, _SHOWN_BACK = 4, 3
# What people write between the digits of a number; without it +60 12-345… and +6012345… are one
# record. Without a + it may be somebody's id, which is left as it is.
_BETWEEN = str.maketrans("", "", " \N{NO-BREAK SPACE}-.()/")


@dataclass(frozen=True, slots=True)
class Decision:
    """One judged transaction. Written before it is acted on; the outcome is added afterwards.

    ``recipients`` are masked; ``envelope_digest`` (SHA-256 over sender, recipients and content
    below the relay's own Received line) finds repeats without keeping anyone's address.
    """

    id: str
    at: datetime
    channel: Channel
    client: str  # authenticated name, or the address it called from
    sender: str
    recipients: tuple[str, ...]
    verdict: Verdict
    disposition: Disposition  # what is done: differs from the verdict's only in gate-wide shadow
    size_bytes: int
    envelope_digest: str
    milliseconds: float


def mask(recipient: str) -> str:
    """Return a recipient as records show it: ``j***@mail.example``, ``+601****100``.

    Enough to recognise a pattern or one's own number, too little to write to anyone.
    """
    local, at, domain = recipient.rpartition("@")
    if at:
        return f"{local[:1]}***@{domain}"
    if recipient.startswith("+"):
        recipient = recipient.translate(_BETWEEN)
    hidden = len(recipient) - _SHOWN_FRONT - _SHOWN_BACK
    if hidden <= 0:
        return "*" * len(recipient)
    return recipient[:_SHOWN_FRONT] + "*" * hidden + recipient[-_SHOWN_BACK:]


def describe_client(transaction: Transaction) -> str:
    """Return who submitted, for the record: the name it proved, else its address."""
    return transaction.client.name or transaction.client.address or "unknown"


def digest_of(transaction: Transaction) -> str:
    """Return a digest that is equal for a repeat of the same message to the same recipients.

    The relay in front adds a Received line that differs each time (mail-path 3.3), so the digest
    covers what stands below the first header field when that is Received.
    """
    content = transaction.content
    end = 0
    if content[:9].lower() == b"received:":
        while True:
            end = content.find(b"\n", end) + 1
            if end == 0 or content[end : end + 1] not in (b" ", b"\t"):
                break
    digest = hashlib.sha256()
    for part in (transaction.envelope.sender, *transaction.envelope.recipients):
        digest.update(part.encode(errors="surrogateescape") + b"\0")
    digest.update(memoryview(content)[end:])
    return digest.hexdigest()
