"""What a submission is (Transaction) and what a reader would see in it (Message)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from filter.verdict import Finding


class Channel(StrEnum):
    """The two ways a message leaves."""

    EMAIL = "email"
    SMS = "sms"


@dataclass(frozen=True, slots=True)
class Envelope:
    """Sender and recipients as the protocol gave them.

    For e-mail the arguments of MAIL and RCPT are kept byte for byte, parameters and all, because a
    relay must not change them (Postfix SMTPD_PROXY_README: forward the commands without
    modification). They are empty for text messages.
    """

    sender: str  # "" is SMTP's null sender
    recipients: tuple[str, ...]
    mail_argument: bytes = b""  # b"FROM:<a@x.example> BODY=8BITMIME"
    rcpt_arguments: tuple[bytes, ...] = ()  # b"TO:<b@y.example> NOTIFY=NEVER", one a recipient


@dataclass(frozen=True, slots=True)
class Client:
    """Who submitted: the name it proved ("" when it did not), and where it called from."""

    name: str = ""
    address: str = ""
    helo: str = ""
    queue_id: str = ""  # XFORWARD IDENT, when the relay in front gave one


@dataclass(frozen=True, slots=True)
class EndUser:
    """The person on whose behalf the client submitted, where the request says so; else "".

    The client vouches for it: with a stolen key it can say what it likes, so limits by end user
    stand beside limits by recipient and client, never alone.
    """

    id: str = ""
    ip: str = ""


@dataclass(frozen=True, slots=True)
class TextMedia:
    """A picture or another file of a text message whose bytes are known.

    They came with the request, or were fetched from ``url`` before the message was judged (``url``
    is one of the fields' ``media`` then). ``content`` is None where only the description is left:
    in lists of what is held, and once retention has deleted it.
    """

    where: str  # "media 2"
    media_type: str  # as it is labelled, "" when it is not
    size_bytes: int
    digest: str  # SHA-256 of the content, hexadecimal
    name: str = ""
    url: str = ""
    content: bytes | None = field(default=None, repr=False)


def media_place(number: int) -> str:
    """Return how findings call the address at this position of ``media``, counted from 1."""
    return f"media {number}"


@dataclass(frozen=True, slots=True)
class TextFields:
    """A text message as a provider adapter read it from a request, before anything is judged.

    ``media`` are the addresses at which others will fetch the message's pictures; ``files`` the
    pictures themselves, as far as anybody here has them. ``troubles`` are findings of the adapter
    itself: fields it does not know, provider-side text that nobody here can see, parser
    differentials, media that could not be fetched.
    """

    sender: str
    recipient: str
    body: str
    media: tuple[str, ...] = ()
    troubles: tuple[Finding, ...] = ()
    files: tuple[TextMedia, ...] = ()


@dataclass(frozen=True, slots=True)
class Transaction:
    """One submission, with an id: what was asked, by whom, and the exact bytes.

    ``content`` is the message as it will go on: for e-mail the dot-unstuffed DATA with CRLF line
    ends, for text messages the body of the HTTP request. ``provider`` names the adapter that can
    send it again at release ("" for e-mail).
    """

    id: str
    channel: Channel
    received_at: datetime
    client: Client
    envelope: Envelope
    content: bytes
    text: TextFields | None = None
    provider: str = ""
    route: str = ""  # what the adapter needs beside the content: the request's path
    end_user: EndUser = EndUser()


@dataclass(frozen=True, slots=True)
class Mailbox:
    """One address of a header people see: ``Clinic <no-reply@health.example>``."""

    display_name: str
    address: str


class ViewKind(StrEnum):
    """Which of a template's texts a view has to match."""

    TEXT = "text"
    HTML = "html"


@dataclass(frozen=True, slots=True)
class View:
    """One way some reader sees the message: every view must match the approved template.

    ``text`` is NFC with white space folded to single blanks and trimmed; nothing else is dropped.
    ``preheader`` is text that is hidden in this view but shown in an inbox list ("" when none).
    ``exact`` is the text with its white space as it came, line ends as LF, none after the last
    line; "" in HTML, where white space means nothing.
    """

    kind: ViewKind
    name: str  # "plain", "html", "html, pictures blocked"
    text: str
    where: str  # "part 1.2"
    preheader: str = ""
    exact: str = ""


@dataclass(frozen=True, slots=True)
class HtmlPart:
    """The source of an HTML part, decoded, for templates that approve its mark-up."""

    where: str  # "part 1.2"
    source: str = field(repr=False)


class LinkKind(StrEnum):
    """How a reader would come to follow a link."""

    ANCHOR = "anchor"  # a href, area href, form action
    RESOURCE = "resource"  # src, background, url() in CSS: fetched on display
    BARE = "bare"  # text that clients turn into a link by themselves
    HEADER = "header"  # List-Unsubscribe and the like
    MEDIA = "media"  # MMS media
    DOCUMENT = "document"  # a link inside an attachment
    DOCUMENT_TEXT = "document text"  # text in an attachment that readers turn into a link
    CODE = "code"  # read from a QR code


@dataclass(frozen=True, slots=True)
class Link:
    """A link as it stands in the message, not yet parsed."""

    url: str
    kind: LinkKind
    where: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Code:
    """What a QR code, or another code that cameras read, says, when that is no link."""

    text: str
    where: str


@dataclass(frozen=True, slots=True)
class PictureView:
    """One perceptual hash of one view of a picture: 256 bits, and whether the view has any detail.

    A flat view's hash is meaningless (it collides with every other flat view), so ``quality`` from
    0 to 100 guards both sides of a comparison.
    """

    name: str  # "whole", "borders trimmed", "mirrored", ...
    hash: bytes  # 32 bytes
    quality: int


@dataclass(frozen=True, slots=True)
class ListedHash:
    """The hash of a whole picture as other people's lists of known pictures write it."""

    algorithm: str  # "pdq", "phash64"
    hash: bytes  # 32 bytes, 8 bytes
    quality: int = 100  # 0 to 100, as the algorithm reckons it; 100 where it has none


@dataclass(frozen=True, slots=True)
class Appearance:
    """What a picture looks like, under everything by which it may be told from others.

    ``keypoints`` are local features, one block of bytes for each frame or ground that differs
    (filter/pictures/keypoints.py); ``listed`` are compared with other people's lists. ``frames``
    say of which frame and ground each block is, as names of views end: ``@dark@frame-2``; () of
    known pictures, whose rules do not say.
    """

    views: tuple[PictureView, ...] = ()
    keypoints: tuple[bytes, ...] = field(default=(), repr=False)
    listed: tuple[ListedHash, ...] = ()
    frames: tuple[str, ...] = ()


UNSEEN = Appearance()  # of what nobody has looked at, or nothing could be seen of


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture anywhere in the message; its ``appearance`` is filled in by the look at it."""

    digest: str  # SHA-256 of the content, hexadecimal
    media_type: str
    where: str
    content: bytes = field(repr=False)
    name: str = ""
    content_id: str = ""
    width: int = 0
    height: int = 0
    appearance: Appearance = UNSEEN
    is_code: bool = False  # a QR code and nothing else


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that travels with the message, pictures that are only attached included.

    ``texts`` are what a reader sees in it, one for a document, one for each property of a calendar;
    ``people`` the addresses that a calendar invites, ``starts`` when its events begin. Those of a
    PDF, an archive or an Office file are filled in by the look.
    """

    name: str
    media_type: str
    size_bytes: int
    digest: str
    where: str
    content: bytes = field(repr=False)
    inline: bool = False
    texts: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    starts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Message:
    """What a reader could see, read once and fail-closed.

    ``troubles`` say what could not be read for certain; one of them is enough to hold.
    """

    channel: Channel
    envelope: Envelope
    views: tuple[View, ...]
    subject: str | None = None
    from_: tuple[Mailbox, ...] = ()
    sender: tuple[Mailbox, ...] = ()
    reply_to: tuple[Mailbox, ...] = ()
    to: tuple[Mailbox, ...] = ()
    cc: tuple[Mailbox, ...] = ()
    links: tuple[Link, ...] = ()
    pictures: tuple[Picture, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    alt_texts: tuple[str, ...] = ()  # of pictures that stand in a line with other text
    lone_texts: tuple[str, ...] = ()  # of pictures alone on their line; titles and labels
    codes: tuple[Code, ...] = ()  # filled in by the look at its pixels
    htmls: tuple[HtmlPart, ...] = ()  # one for each HTML part, in the order of their views
    enclosed: tuple[Message, ...] = ()  # attached messages, which enclose none themselves
    troubles: tuple[Finding, ...] = ()
