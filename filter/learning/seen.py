"""What learning keeps of a message that was sent: its texts, and what it must not forget."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from filter.message import Channel, Message, ViewKind
from filter.reading.text import normalise

SUBJECT, TEXT, HTML, PREHEADER = "subject", "text", "html", "preheader"
MAX_CHARACTERS = 60_000  # of all texts of one message; a longer one is not learnt from


@dataclass(frozen=True, slots=True)
class Surface:
    """One text of a message, normalised; ``kind`` says of which field of a template it is."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Seen:
    """One message that was sent. Everything that a template has to say something about.

    ``links`` are those that somebody can follow or that are fetched, in the order of the message;
    ``skeleton`` is a digest of the elements of its HTML, "" without any. ``recipients`` are whole
    addresses: values that are the recipient's own are known by them. ``at`` is when it was sent,
    None where nobody knows; ``client`` who submitted it, "" where nobody knows. ``approved`` is
    the template by which the rules in force pass it, "" when they hold it; ``near`` the approved
    one that a held message comes close to.
    """

    channel: Channel
    sender: str
    name: str
    surfaces: tuple[Surface, ...]
    skeleton: str = ""
    links: tuple[str, ...] = ()
    alts: tuple[str, ...] = ()
    pictures: int = 0
    files: tuple[str, ...] = ()
    reply_to: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    at: datetime | None = None
    client: str = ""
    approved: str = ""
    near: str = ""

    @property
    def characters(self) -> int:
        """Length of all texts."""
        return sum(len(one.text) for one in self.surfaces)

    @property
    def order(self) -> tuple[object, ...]:
        """What messages are sorted by, so that no result depends on the order they came in."""
        return (
            self.channel,
            self.sender,
            self.skeleton,
            tuple((one.kind, one.text) for one in self.surfaces),
            self.name,
            self.links,
            self.recipients,
            self.at.timestamp() if self.at else 0.0,
        )


def seen_of(
    message: Message,
    *,
    skeleton: str = "",
    at: datetime | None = None,
    client: str = "",
    approved: str = "",
    near: str = "",
) -> Seen:
    """Return what learning keeps of a message; its pictures and files are counted only."""
    mailbox = message.from_[0] if message.from_ else None
    address = mailbox.address if mailbox else message.envelope.sender
    return Seen(
        channel=message.channel,
        sender=address.lower() if "@" in address else address,
        name=normalise(mailbox.display_name) if mailbox else "",
        surfaces=tuple(_surfaces(message)),
        skeleton=skeleton,
        links=tuple(dict.fromkeys(one.url for one in message.links if _leads_out(one.url))),
        alts=tuple(dict.fromkeys(map(normalise, (*message.alt_texts, *message.lone_texts)))),
        pictures=sum(bool(picture.content) for picture in message.pictures),
        files=tuple(sorted(file.media_type for file in message.attachments if not file.inline)),
        reply_to=tuple(sorted({one.address.lower() for one in message.reply_to})),
        recipients=tuple(sorted({one.lower() for one in message.envelope.recipients})),
        at=at,
        client=client,
        approved=approved,
        near=near,
    )


def _surfaces(message: Message) -> Iterable[Surface]:
    if message.channel is Channel.EMAIL:
        yield Surface(SUBJECT, normalise(message.subject or ""))
    kinds = ((ViewKind.TEXT, TEXT), (ViewKind.HTML, HTML))
    for view_kind, kind in kinds:
        views = [view for view in message.views if view.kind is view_kind]
        yield from (Surface(kind, text) for text in dict.fromkeys(one.text for one in views))
    hidden = (normalise(view.preheader) for view in message.views if view.preheader)
    yield from (Surface(PREHEADER, text) for text in dict.fromkeys(hidden))


def _leads_out(url: str) -> bool:
    return not url.startswith("#") and url[:4].lower() != "cid:"


class Sample:
    """The messages that are learnt from, at most so many: a fair choice, whatever their order.

    Those with the least digests stay, so that a larger mailbox costs no more memory and the same
    messages give the same result in any order.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: list[tuple[bytes, Seen]] = []
        self.count = 0
        self.too_long = 0

    def add(self, seen: Seen) -> None:
        """Take a message into account."""
        self.count += 1
        if seen.characters > MAX_CHARACTERS:
            self.too_long += 1
            return
        digest = hashlib.sha256(repr(seen.order).encode("utf-8", "backslashreplace")).digest()
        self._kept.append((digest[:12], seen))
        if len(self._kept) >= 2 * self._most:
            self._cut()

    def _cut(self) -> None:
        self._kept.sort(key=lambda one: one[0])
        del self._kept[self._most :]

    def messages(self) -> tuple[Seen, ...]:
        """Return the messages, in an order that depends on nothing but what they say."""
        self._cut()
        return tuple(sorted((seen for _, seen in self._kept), key=lambda one: one.order))

    __slots__ = ("_kept", "_most", "count", "too_long")
