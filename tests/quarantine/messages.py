"""Messages and decisions to keep."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from filter.decisions import Decision, mask
from filter.ids import new_transaction_id
from filter.message import Channel, Client, Envelope, TextFields, Transaction
from filter.verdict import Cleared, Disposition, Finding, Flood, Nearest, Verdict

CONTENT = b"Subject: Spring sale\r\nFrom: Clinic <a@clinic.example>\r\n\r\nBuy \xff\x00 now.\r\n"
MONTH = timedelta(days=30)
HOLD = Verdict(
    disposition=Disposition.QUARANTINE,
    findings=(
        Finding("templates", "template.none", "no approved template fits", "part 1"),
        Finding("links", "link.not_allowed", "https://evil.example/x"),
    ),
    cleared=(Cleared("attachments", "there are none"),),
    revision="0123456789ab",
    shadow=(Finding("images", "image.known", "prank-1, 3 bits"),),
    nearest=Nearest("otp-login", 88, "Your code is [-{code}-]{+soon stolen+}"),
)
FLOOD = Flood(
    "f_0123456789abcdef", "otp-per-client", "client=shop class=otp", 1_600_000_000_000_000
)
PASS = Verdict(
    disposition=Disposition.PASS,
    findings=(),
    cleared=(Cleared("templates", "fits otp-login"),),
    revision="0123456789ab",
    template="otp-login",
)


def mail(
    content: bytes = CONTENT, sender: str = "a@clinic.example", recipient: str = "jane@example.org"
) -> Transaction:
    return Transaction(
        id=new_transaction_id(),
        channel=Channel.EMAIL,
        received_at=datetime.now(UTC),
        client=Client("crm", "192.0.2.7", "crm.clinic.example", "4XyQ"),
        envelope=Envelope(
            sender=sender,
            recipients=(recipient, "\udcfcmlaut@example.org"),
            mail_argument=b"FROM:<%b> BODY=8BITMIME RET=HDRS" % sender.encode(),
            rcpt_arguments=(
                b"TO:<%b> NOTIFY=NEVER" % recipient.encode(),
                b"TO:<\xfcmlaut@example.org>",
            ),
        ),
        content=content,
    )


def text(body: str = "Pay at evil.example now") -> Transaction:
    return Transaction(
        id=new_transaction_id(),
        channel=Channel.SMS,
        received_at=datetime.now(UTC),
        client=Client("shop"),
        envelope=Envelope("CLINIC", ("+15550100",)),
        content=b"To=%2B15550100&From=CLINIC&Body=Pay",
        text=TextFields(
            "CLINIC",
            "+15550100",
            body,
            ("https://cdn.example/a.png",),
            (Finding("twilio", "text.unknown_field", "Foo"),),
        ),
        provider="twilio",
        route="/2010-04-01/Accounts/AC1/Messages.json",
    )


def decision_on(transaction: Transaction, verdict: Verdict = HOLD) -> Decision:
    return Decision(
        id=transaction.id,
        at=transaction.received_at,
        channel=transaction.channel,
        client=transaction.client.name,
        sender=transaction.envelope.sender,
        recipients=tuple(mask(recipient) for recipient in transaction.envelope.recipients),
        verdict=verdict,
        disposition=verdict.disposition,
        size_bytes=len(transaction.content),
        envelope_digest="ab" * 32,
        milliseconds=3.25,
    )


def passed() -> Decision:
    return decision_on(mail(), PASS)


def older(transaction: Transaction, age: timedelta) -> Transaction:
    return replace(transaction, received_at=transaction.received_at - age)


def flooded(flood: Flood = FLOOD, verdict: Verdict = HOLD) -> Verdict:
    return replace(verdict, flood=flood)
