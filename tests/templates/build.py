"""Short ways to write templates and messages in tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from filter.message import Channel, Envelope, Mailbox, Message, View, ViewKind
from filter.ruleset import AllowedSender, Match, Miss, Slot, SlotType, Template
from filter.templates.matcher import compile_matcher

SENDER = "no-reply@health.example"
NUMBER = "+15550100"

CODE = Slot("code", SlotType.DIGITS, min_length=6, max_length=6)
MINUTES = Slot("minutes", SlotType.NUMBER, minimum=1, maximum=60)
NAME = Slot("name", SlotType.NAME)
NOTE = Slot("note", SlotType.TEXT, max_length=100)

OTP = Template(
    id="otp",
    source="rules/otp.yaml:1",
    channels=frozenset({Channel.SMS, Channel.EMAIL}),
    senders=(AllowedSender(SENDER, frozenset({"", "Clinic"})), AllowedSender("CLINIC")),
    texts=("Your code is {code}. It expires in {minutes} minutes.",),
    subjects=("Your code {code}",),
    slots=(CODE, MINUTES),
)


def sms(text: str, sender: str = "CLINIC") -> Message:
    view = View(ViewKind.TEXT, "plain", text, "body")
    return Message(Channel.SMS, Envelope(sender, (NUMBER,)), (view,))


def mail(
    subject: str | None,
    text: str | None = None,
    html: str | None = None,
    *,
    preheader: str = "",
    sender: str = SENDER,
    name: str = "",
) -> Message:
    views = []
    if text is not None:
        views.append(View(ViewKind.TEXT, "plain", text, "part 1.1"))
    if html is not None:
        views.append(View(ViewKind.HTML, "html", html, "part 1.2", preheader))
    return Message(
        Channel.EMAIL,
        Envelope(sender, ("b@mail.example",)),
        tuple(views),
        subject=subject,
        from_=(Mailbox(name, sender),),
    )


def texts(*patterns: str, slots: Sequence[Slot] = (), **more: object) -> Template:
    """A template for text messages with these wordings."""
    template = replace(
        OTP,
        id="t",
        channels=frozenset({Channel.SMS}),
        texts=patterns,
        subjects=(),
        slots=tuple(slots),
    )
    return replace(template, **more)  # type: ignore[arg-type]  # any field of a template


def match(message: Message, *templates: Template) -> Match | Miss:
    return compile_matcher(templates).match(message)


def values(message: Message, *templates: Template) -> Mapping[str, str] | None:
    found = match(message, *templates)
    return dict(found.values) if isinstance(found, Match) else None


def codes(message: Message, *templates: Template) -> list[str]:
    found = match(message, *templates)
    assert isinstance(found, Miss), f"it fits {found.template.id}"
    assert found.findings, "a miss without a reason"
    return [finding.code for finding in found.findings]
