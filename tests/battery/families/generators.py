"""What real mail libraries write, as they write it, as a relay passes it on, and written again."""

from __future__ import annotations

from collections.abc import Iterator

from filter.message import Envelope
from tests.battery.generators.running import GENERATORS, messages_if_any
from tests.battery.generators.underway import written_again
from tests.battery.sample import ENVELOPE, Sample

RECEIVED = (
    b"Received: from app-1.health.example (app-1.health.example [192.0.2.17])\r\n"
    b"\tby mail.health.example (Postfix) with ESMTPS id 4G3Xyz0QpBz9sRK\r\n"
    b"\tfor <anna@dest.example>; Mon, 14 Jun 2021 08:00:01 +0800 (+08)\r\n"
)


def samples() -> Iterator[Sample]:
    """Yield every message of every generator that this machine has, three times over."""
    for generator in GENERATORS:
        family = f"generators/{generator.name}"
        for made in messages_if_any(generator):
            envelope = Envelope(ENVELOPE.sender, made.recipients)
            yield Sample(family, made.name, made.raw, envelope=envelope)
            yield Sample(family, f"{made.name}, relayed", RECEIVED + made.raw, envelope=envelope)
            again = written_again(made.raw)
            if again:
                yield Sample(family, f"{made.name}, written again", again, envelope=envelope)
