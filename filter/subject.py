"""Whom a message concerns: the dimensions that limits count by and that pauses are scoped with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from filter.message import Channel


class Dimension(StrEnum):
    """One way to tell messages apart. A key is any combination of them; none is the whole gate."""

    RECIPIENT = "recipient"
    PREFIX = "recipient-prefix"  # E.164 less its last four digits
    COUNTRY = "country"  # ISO 3166-1 alpha-2 of the recipient's number
    DOMAIN = "recipient-domain"
    TEMPLATE = "template"
    CLASS = "class"
    CHANNEL = "channel"
    SENDER = "sender"
    CLIENT = "client"
    END_USER = "end-user"
    END_USER_IP = "end-user-ip"


# What differs between the recipients of one message.
OF_RECIPIENT = frozenset(
    {Dimension.RECIPIENT, Dimension.PREFIX, Dimension.COUNTRY, Dimension.DOMAIN}
)
# What is known as soon as a client names a recipient (SMTP's RCPT), before any content.
BEFORE_CONTENT = OF_RECIPIENT | {Dimension.CHANNEL, Dimension.SENDER, Dimension.CLIENT}


@dataclass(frozen=True, slots=True)
class Addressee:
    """One recipient in its canonical form; "" where a field does not apply.

    ``recipient`` is E.164 with its plus sign, a short code, or an e-mail address; ``prefix`` is
    the number less its last four digits; ``country`` is "MY"; ``domain`` is in lower case.
    """

    recipient: str
    prefix: str = ""
    country: str = ""
    domain: str = ""


@dataclass(frozen=True, slots=True)
class Subject:
    """A message's value in every dimension; "" is unknown, and no scope or key fits it.

    ``template`` and ``template_class`` are None as long as nobody has looked at the content.
    """

    channel: Channel
    sender: str = ""
    client: str = ""
    template: str | None = None
    template_class: str | None = None
    end_user: str = ""
    end_user_ip: str = ""
    addressees: tuple[Addressee, ...] = ()

    def value_of(self, dimension: Dimension, addressee: Addressee) -> str:
        """Return the value in one dimension, for one of the recipients."""
        holder = addressee if dimension in OF_RECIPIENT else self
        return str(getattr(holder, _FIELDS[dimension]) or "")


_FIELDS: Mapping[Dimension, str] = {
    Dimension.RECIPIENT: "recipient",
    Dimension.PREFIX: "prefix",
    Dimension.COUNTRY: "country",
    Dimension.DOMAIN: "domain",
    Dimension.TEMPLATE: "template",
    Dimension.CLASS: "template_class",
    Dimension.CHANNEL: "channel",
    Dimension.SENDER: "sender",
    Dimension.CLIENT: "client",
    Dimension.END_USER: "end_user",
    Dimension.END_USER_IP: "end_user_ip",
}


@dataclass(frozen=True, slots=True)
class Scope:
    """Which messages a rule or a pause is about: in each named dimension one of the values.

    Without any dimension it is about all messages. A recipient prefix fits every number that
    begins with it, a template its variants too ("sign-in" fits "sign-in/ms").
    """

    values: Mapping[Dimension, frozenset[str]] = field(default_factory=dict)

    def fits(self, subject: Subject, addressee: Addressee) -> bool:
        """Return whether the scope is about this message as far as it goes to this recipient."""
        return all(
            _is_among(dimension, wanted, subject.value_of(dimension, addressee), addressee)
            for dimension, wanted in self.values.items()
        )

    def fits_any(self, subject: Subject) -> bool:
        """Return whether the scope is about this message for any of its recipients."""
        return any(self.fits(subject, addressee) for addressee in subject.addressees)

    def is_decidable(self, known: Iterable[Dimension]) -> bool:
        """Return whether nothing beside these dimensions has to be known."""
        return frozenset(known).issuperset(self.values)

    def describe(self) -> str:
        """Return the scope in words: "client=kiosk template=sign-in", or "all"."""
        return (
            " ".join(
                f"{dimension}={','.join(sorted(wanted))}"
                for dimension, wanted in sorted(self.values.items())
            )
            or "all"
        )


def _is_among(
    dimension: Dimension, wanted: frozenset[str], value: str, addressee: Addressee
) -> bool:
    if dimension is Dimension.PREFIX:
        return any(addressee.recipient.startswith(prefix) for prefix in wanted)
    if dimension is Dimension.TEMPLATE:
        return bool(value) and (value in wanted or value.partition("/")[0] in wanted)
    return bool(value) and value in wanted
