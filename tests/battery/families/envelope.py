"""The envelope against the header: who really gets it, and who gets the bounces."""

from __future__ import annotations

from collections.abc import Iterator

from filter.message import Envelope
from tests.battery import good
from tests.battery.change import CODE, with_header
from tests.battery.sample import ENVELOPE, Sample

FAMILY = "envelope"
_ANNA = "anna@dest.example"
_OWN = ENVELOPE.sender
REMINDER = good.mail(
    "Dear Anna, please bring your card 1234 when you come to see us.\n",
    header={"Subject": "A reminder", "Cc": "B <b@dest.example>"},
)
NEWS = good.mail(
    "Dear Anna, the clinic is closed on Monday.\n", header={"Subject": "News of the clinic"}
)

# Recipients that two servers may deliver to two people, and senders that get bounces elsewhere.
_RECIPIENTS = (
    "anna",
    "anna@",
    "@dest.example",
    "anna@dest.example@evil.example",
    "anna%dest.example@evil.example",
    "evil.example!anna@dest.example",
    "@evil.example:anna@dest.example",
    "anna(x)@dest.example",
    '"anna@dest.example"@evil.example',
    "anna @dest.example",
    "anna@dest.example ",
    "anna@dest.example,b@dest.example",
    "anna@dest..example",
    "anna@de\u200bst.example",
    "a\u00adnna@dest.example",
    "anna@dest.example\r\nRCPT TO:<b@dest.example>",
    "anna@dest.example\0",
    "<anna@dest.example>",
    "anna@[192.0.2.1",
    "an\udce9na@dest.example",
)
_SENDERS = (
    "(any@health.example",
    "any@health.example(a.evil.example",
    "any@health.example@evil.example",
    "@health.example,@evil.example:any@evil.example",
    "any",
    "any@",
    "<any@health.example>",
    "any@health.example x@evil.example",
    "any%health.example@evil.example",
    "evil.example!any@health.example",
    "any@health.example\r\n",
)
_GOOD_ENVELOPES = {
    "no sender": Envelope("", (_ANNA,)),
    "VERP": Envelope("bounces+anna=dest.example@bounces.health.example", (_ANNA,)),
    "bounces to a neighbour": Envelope("www-data@web1.health.example", (_ANNA,)),
    "BATV": Envelope("prvs=1234abcdef=no-reply@health.example", (_ANNA,)),
    "another case": Envelope(_OWN, ("Anna@Dest.Example",)),
}
# Where the sender's entry says that bounces and copies may go anywhere.
_FREE_ENVELOPES = {
    "a blind copy": Envelope(_OWN, (_ANNA, "b@dest.example")),
    "nobody of the header": Envelope(_OWN, ("b@dest.example",)),
    "bounces to a service": Envelope("0100017a-000000@ap-southeast-1.mail.relay.example", (_ANNA,)),
    "SRS": Envelope("SRS0=abcd=XY=health.example=no-reply@relay.example", (_ANNA,)),
    "an address of its own for replies": Envelope(_OWN, ("anna+codes@dest.example",)),
    "an address beyond ASCII": Envelope(_OWN, ("\u5f20@\u4f8b\u3048.example",)),
    "an apostrophe": Envelope(_OWN, ("o'neil@dest.example",)),
    "postmaster": Envelope(_OWN, ("postmaster",)),
}
_HELD = {
    "a blind copy": ("sender.recipients", Envelope(_OWN, (_ANNA, "b@dest.example"))),
    "nobody of the header": ("sender.recipients", Envelope(_OWN, ("b@dest.example",))),
    "bounces elsewhere": ("sender.envelope", Envelope("x@evil.example", (_ANNA,))),
    "bounces to a domain that ends so": (
        "sender.envelope",
        Envelope("no-reply@evilhealth.example", (_ANNA,)),
    ),
    "bounces to a domain that begins so": (
        "sender.envelope",
        Envelope("no-reply@health.example.evil.example", (_ANNA,)),
    ),
}
_STRICT_HELD = {
    "bounces elsewhere": ("sender.envelope", Envelope("x@evil.example", (_ANNA,))),
    "bounces to no one": ("sender.envelope", Envelope("", (_ANNA,))),
    "bounces below the domain": (
        "sender.envelope",
        Envelope("x@evil.bounces.health.example", (_ANNA,)),
    ),
    "bounces to a domain that ends so": (
        "sender.envelope",
        Envelope("x@evilbounces.health.example", (_ANNA,)),
    ),
    "bounces to a domain that begins so": (
        "sender.envelope",
        Envelope("x@bounces.health.example.evil.example", (_ANNA,)),
    ),
    "bounces to another address of the domain": (
        "sender.envelope",
        Envelope("help@health.example", (_ANNA,)),
    ),
    "a blind copy": ("sender.recipients", Envelope(_OWN, (_ANNA, "c@dest.example"))),
    "nobody of the header": ("sender.recipients", Envelope(_OWN, ("c@dest.example",))),
    "a detail more in the address": (
        "sender.recipients",
        Envelope(_OWN, ("anna+x@dest.example",)),
    ),
}
_STRICT_PASS = {
    "bounces to the sender": Envelope(_OWN, (_ANNA,)),
    "bounces to the sender in capitals": Envelope("No-Reply@Health.Example", (_ANNA,)),
    "bounces to any address of the domain": Envelope("b+1=2@bounces.health.example", (_ANNA,)),
    "To and Cc": Envelope(_OWN, (_ANNA, "b@dest.example")),
    "one of To and Cc": Envelope(_OWN, ("B@DEST.example",)),
}


def samples() -> Iterator[Sample]:
    """Yield envelopes that fit the header and the rules, and those that do not."""
    for number, recipient in enumerate(_RECIPIENTS):
        name = f"a recipient {number}: {ascii(recipient)[:60]}"
        yield Sample(FAMILY, name, CODE, "mail.recipient", Envelope(_OWN, (recipient,)))
    for number, sender in enumerate(_SENDERS):
        name = f"a sender {number}: {ascii(sender)[:60]}"
        yield Sample(FAMILY, name, CODE, "mail.envelope_sender", Envelope(sender, (_ANNA,)))
    for name, envelope in _GOOD_ENVELOPES.items():
        yield Sample(FAMILY, name, CODE, "", envelope)
    for name, (because, envelope) in _HELD.items():
        yield Sample(FAMILY, name, CODE, because, envelope)
    for name, envelope in _FREE_ENVELOPES.items():
        yield Sample(FAMILY, f"free: {name}", NEWS, "", envelope)
    for name, (because, envelope) in _STRICT_HELD.items():
        yield Sample(FAMILY, f"strict: {name}", REMINDER, because, envelope)
    for name, envelope in _STRICT_PASS.items():
        yield Sample(FAMILY, f"strict: {name}", REMINDER, "", envelope)
    hidden = with_header("To", "undisclosed-recipients:;")
    yield Sample(FAMILY, "recipients that nobody is told of", hidden)
    unnamed = with_header("Cc", None, with_header("To", None, REMINDER))
    yield Sample(FAMILY, "strict: no To at all, so nobody is left out", unnamed)
