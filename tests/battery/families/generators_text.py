"""Text messages as Twilio's SDKs put them on the wire, read by the adapter."""

from __future__ import annotations

from collections.abc import Iterator

from filter.message import Envelope
from filter.settings import Provider
from filter.sms.exchange import Asked
from filter.sms.providers.twilio import Twilio
from filter.sms.strict import FORM_TYPE, read_form
from tests.battery.generators.running import TEXT_GENERATORS, messages_if_any
from tests.battery.sample import Sample

PATH = f"/2010-04-01/Accounts/AC{'0' * 32}/Messages.json"


def samples() -> Iterator[Sample]:
    """Yield every text of every SDK that this machine has."""
    adapter = Twilio(Provider(upstream="https://api.twilio.com"))
    for generator in TEXT_GENERATORS:
        for made in messages_if_any(generator):
            asked = Asked("POST", PATH, "", {"content-type": FORM_TYPE}, made.raw)
            text = adapter._submission(asked, read_form(asked.body)).text
            envelope = Envelope(text.sender, (text.recipient,))
            yield Sample(
                f"generators/{generator.name}", made.name, made.raw, envelope=envelope, text=text
            )
