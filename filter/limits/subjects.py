"""Whom does this message concern: a transaction's value in every dimension, canonical."""

from __future__ import annotations

from collections.abc import Iterable

from filter.limits.recipients import addressee_of
from filter.message import Channel, Client, Transaction
from filter.ruleset import Template
from filter.settings import Limits
from filter.subject import Subject

# RFC 5321 section 4.5.5: the null reverse-path, as SMTP writes it. A value like any other: whoever
# leaves the sender out shares one count with all who do.
NO_SENDER = "<>"


def subject_of(transaction: Transaction, template: Template | None, settings: Limits) -> Subject:
    """Return whom the message concerns; without ``template`` its content counts for nothing.

    Every recipient of the envelope has its addressee, in the same order, doubles and all.
    """
    return Subject(
        channel=transaction.channel,
        sender=sender_of(transaction.envelope.sender, settings),
        client=client_of(transaction.client),
        template=None if template is None else template.id,
        template_class=None if template is None else template.template_class,
        end_user=transaction.end_user.id.strip(),
        end_user_ip=transaction.end_user.ip.strip(),
        addressees=tuple(addressee_of(r, settings) for r in transaction.envelope.recipients),
    )


def subject_before_content(
    channel: Channel, client: Client, sender: str, recipients: Iterable[str], settings: Limits
) -> Subject:
    """Return what is known as soon as a client names a recipient (SMTP's RCPT)."""
    return Subject(
        channel=channel,
        sender=sender_of(sender, settings),
        client=client_of(client),
        addressees=tuple(addressee_of(recipient, settings) for recipient in recipients),
    )


def client_of(client: Client) -> str:
    """Return the name that the client proved, else the address that it called from."""
    return client.name or client.address


def sender_of(sender: str, settings: Limits) -> str:
    """Return a sender in its canonical form: an address, a number, or a name as it is shown.

    Addresses that differ for each message (bounces+token@…) are one, as recipients are. Names may
    have digits (2FA-1234, the MG… of a messaging service); bounces, which have none, are "<>".
    """
    name = sender.strip()
    if "@" in name or not any(c.isalpha() for c in name.rpartition(":")[2]):
        return addressee_of(name, settings).recipient or NO_SENDER
    return name
