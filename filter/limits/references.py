"""By what a report finds the message that it is about: digests of ids and recipients."""

from __future__ import annotations

import hmac
from collections.abc import Iterable

from filter.settings import Limits

REFERENCE_BYTES = 16
# What stands for a recipient in a link has to be short: 64 bits. Two of a million recipients that
# are tracked at once share one with a probability of 3 in 10**8.
HANDLE_BYTES = 8
# How long a message is found at least: as long as a link in it is good (reportlinks.py). Who sleeps
# over it can still say that they never asked, even when that is too late for the rate of a floor.
TRACKED_SECONDS = 3 * 86400.0


class References:
    """Makes references, with the settings' report key, so that nobody else can look numbers up.

    The client is part of each: what one client reports, with its own or a stolen secret, never
    counts for the messages of another. ``client`` is the name that it proved, "" when it did not;
    recipients are canonical (filter/limits/recipients.py).
    """

    def __init__(self, key: bytes = b"") -> None:
        self._key = key

    def of_message(self, client: str, transaction_id: str) -> bytes:
        """Return the reference of one message by our own id."""
        return self._digest("message", transaction_id, client)[:REFERENCE_BYTES]

    def of_provider_id(self, client: str, provider: str, provider_id: str) -> bytes:
        """Return the reference of one message by the id that its provider gave it."""
        return self._digest("provider", provider, provider_id, client)[:REFERENCE_BYTES]

    def of_recipient(self, client: str, recipient: str, template: str = "") -> bytes:
        """Return the reference of the latest message (of one template) to a recipient."""
        return self.of_handle(client, self.handle(recipient, template))

    def of_handle(self, client: str, handle: bytes) -> bytes:
        """Return the reference of the latest message to whom a handle stands for."""
        return self._digest("handle", handle.hex(), client)[:REFERENCE_BYTES]

    def handle(self, recipient: str, template: str = "") -> bytes:
        """Return what stands for the recipient in a link; docs/signals.md has it in words.

        Of a template with variants the name before the slash counts, so "sign-in/ms" is "sign-in".
        """
        return self._digest("recipient", recipient, template.partition("/")[0])[:HANDLE_BYTES]

    def of_all(
        self, client: str, transaction_id: str, recipients: Iterable[str], template: str
    ) -> tuple[bytes, ...]:
        """Return every reference that a message is to be tracked by."""
        found = [self.of_message(client, transaction_id)]
        for recipient in recipients:
            found.append(self.of_recipient(client, recipient))
            found.append(self.of_recipient(client, recipient, template))
        return tuple(dict.fromkeys(found))

    def _digest(self, *parts: str) -> bytes:
        # Only the last part may hold line ends (a client's name): no two lists have one text.
        return hmac.digest(self._key, "\n".join(parts).encode("utf-8", "surrogateescape"), "sha256")


def references_for(settings: Limits) -> References:
    """Return the references of a gate: all that share a limit store must share the key."""
    return References(report_key_of(settings))


def report_key_of(settings: Limits) -> bytes:
    """Return the key that signs links and makes references; empty when there is none."""
    key = settings.report_key
    return b"" if key is None else key.get_secret_value().encode()
