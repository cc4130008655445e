"""One message of the battery, and what the gate has to do with it."""

from __future__ import annotations

from dataclasses import dataclass, field

from filter.message import Channel, Envelope, TextFields

ENVELOPE = Envelope("no-reply@health.example", ("anna@dest.example",))


@dataclass(frozen=True, slots=True)
class Sample:
    """A message with a name. ``because`` is the beginning of the code it must be held for.

    A hostile sample differs from a good message in one thing; with ``because`` it cannot be held
    by accident, for something else. An empty ``because`` marks a legitimate message: it must pass.
    """

    family: str  # "mime/boundaries", "html/hiding", "generators/nodemailer"
    name: str  # a sentence or the beginning of one
    content: bytes = field(repr=False)
    because: str = ""
    envelope: Envelope = ENVELOPE
    text: TextFields | None = None

    @property
    def channel(self) -> Channel:
        """A text message is one with fields."""
        return Channel.EMAIL if self.text is None else Channel.SMS

    @property
    def id(self) -> str:
        """The name in the list of tests."""
        return f"{self.family}: {self.name}"


def text_message(family: str, name: str, body: str, because: str = "") -> Sample:
    """Return a text message of the battery's sender to somebody."""
    fields = TextFields("MYHEALTH", "+60123456789", body)
    envelope = Envelope(fields.sender, (fields.recipient,))
    return Sample(family, name, body.encode("utf-8", "surrogatepass"), because, envelope, fields)
