"""The approved: templates, links, senders and the bank of known pictures, compiled and frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Protocol

from filter.floodrules import FloodRules
from filter.message import Appearance, Channel, Message, PictureView
from filter.mode import Mode
from filter.verdict import Finding, Nearest


class SlotType(StrEnum):
    """What a slot may hold. The alphabet of each type is in filter/templates/slots.py."""

    DIGITS = "digits"
    NUMBER = "number"
    CODE = "code"
    MONEY = "money"
    DATE = "date"
    TIME = "time"
    NAME = "name"
    WORDS = "words"
    TEXT = "text"
    CHOICE = "choice"
    UUID = "uuid"
    URL = "url"
    EMAIL = "email"
    PHONE = "phone"
    PATTERN = "pattern"


class MatchMode(StrEnum):
    """How closely a text is held against the approved one."""

    FOLDED = "folded"
    EXACT = "exact"
    DLT = "dlt"


@dataclass(frozen=True, slots=True)
class Slot:
    """A typed hole in an approved text. Lengths are in characters, after normalisation."""

    name: str
    type: SlotType
    min_length: int | None = None
    max_length: int | None = None
    minimum: float | None = None  # number and money
    maximum: float | None = None
    decimals: int | None = None
    currency: tuple[str, ...] = ()  # money: "RM", "€"
    formats: tuple[str, ...] = ()  # date and time: strptime formats
    values: tuple[str, ...] = ()  # choice
    max_words: int | None = None
    pattern: str = ""  # pattern: RE2 source, matched whole


@dataclass(frozen=True, slots=True)
class AllowedSender:
    """Who a template may come from.

    ``address`` is an e-mail address, or an SMS sender (number, short code, alphanumeric name).
    ``names`` are the display names it may carry; "" means none at all. ``envelope_from`` is where
    bounces may go: addresses, "@domain" for any address of exactly that domain, "<>" for none at
    all, "*" for anywhere; empty: nowhere, or to the organisation that the address belongs to.
    ``in_header``: the recipients of the envelope stand in To or Cc, where those name anybody.
    """

    address: str
    names: frozenset[str] = frozenset({""})
    envelope_from: frozenset[str] = frozenset()
    in_header: bool = True


@dataclass(frozen=True, slots=True)
class AllowedAttachment:
    """A file that a template may carry; ``name`` may hold its slots: ``cert-{number}.pdf``.

    ``texts`` are patterns of which its text must say one; empty: it may say anything. A calendar's
    texts may each say one of them, or what the message says.
    """

    media_type: str
    name: str
    max_bytes: int
    required: bool = False
    texts: tuple[str, ...] = ()


class ApprovedKind(StrEnum):
    """By what an approved picture is known (filter/pictures/approved.py)."""

    FILE = "file"  # its bytes
    CODE = "code"  # it is a QR code and nothing else
    SPACER = "spacer"  # it is too small to show anything
    GENERATED = "generated"  # its size: made for one person, a chart


@dataclass(frozen=True, slots=True)
class ApprovedPicture:
    """A picture that templates may show. ``views`` are upright, of every frame and both grounds.

    With ``also_similar`` a still picture whose views lie within ``max_distance_bits`` is taken for
    it as well; small changes, of a word for example, are not seen then.
    """

    id: str
    source: str
    label: str = ""
    kind: ApprovedKind = ApprovedKind.FILE
    digests: frozenset[str] = frozenset()  # SHA-256 of the bytes, hexadecimal
    sizes: tuple[tuple[int, int], ...] = ()  # width and height in pixels
    views: tuple[PictureView, ...] = ()
    also_similar: bool = False
    max_distance_bits: int = 8


@dataclass(frozen=True, slots=True)
class PictureRule:
    """How many pictures a template shows, which, and what their alternative texts may say."""

    min_count: int = 0
    max_count: int = 0
    alt_texts: tuple[str, ...] = ()  # patterns with slots, like any text
    approved: tuple[ApprovedPicture, ...] | None = None  # None: any picture that is not known
    required: frozenset[str] = frozenset()  # ids of approved pictures that it always shows
    remote: bool = True  # whether anything may be fetched when the message is shown


@dataclass(frozen=True, slots=True)
class Example:
    """A message that must pass, or be held, beside the rule that decides it."""

    expect_pass: bool
    source: str  # "rules/otp.yaml:31"
    channel: Channel
    sender: str = ""
    subject: str | None = None
    text: str | None = None
    html: str | None = None
    attachments: tuple[str, ...] = ()  # paths of files, absolute
    file: str = ""  # an .eml or .json instead of all of the above, absolute path
    name: str = ""
    code: str = ""  # the finding that a hold example must be held for ("" is any)


@dataclass(frozen=True, slots=True)
class Template:
    """One approved message in all its wordings.

    Texts are patterns: ``{slot}`` is a hole, ``{{`` and ``}}`` are braces. Each tuple lists the
    approved wordings. ``footers`` are texts that a relay may append after a wording.
    """

    id: str
    source: str
    channels: frozenset[Channel]
    senders: tuple[AllowedSender, ...]
    texts: tuple[str, ...]
    htmls: tuple[str, ...] = ()  # empty: the HTML part must show one of ``texts``
    subjects: tuple[str, ...] = ()
    preheaders: tuple[str, ...] = ()
    markups: tuple[str, ...] = ()  # over canonical mark-up; empty: that of HTML parts is free
    footers: tuple[str, ...] = ()
    reply_to: frozenset[str] = frozenset()
    slots: tuple[Slot, ...] = ()
    attachments: tuple[AllowedAttachment, ...] = ()
    pictures: PictureRule = PictureRule()
    links: frozenset[str] | None = None  # ids of link entries; None is any entry
    language: str = ""
    template_class: str = ""  # "otp", for limits and reports
    valid_seconds: float | None = None  # after this the message is of no use: a one-time code
    description: str = ""
    mode: Mode = Mode.ENFORCE
    match: MatchMode = MatchMode.FOLDED
    examples: tuple[Example, ...] = ()


class QueryRule(StrEnum):
    """What may stand after the question mark of an allowlisted link."""

    NONE = "none"
    ANY = "any"
    NAMED = "named"  # only the parameters that the entry names


@dataclass(frozen=True, slots=True)
class LinkEntry:
    """One entry of the link allowlist.

    ``scheme`` is https, http, mailto or tel. For mailto ``host`` holds the whole address, for tel
    the number. ``path`` is matched by segment: ``*`` is one segment, ``{slot}`` the value that
    the slot has in the message, a last ``**`` any rest.
    """

    id: str
    source: str
    scheme: str
    host: str
    port: int | None = None
    path: str = "/**"
    query: QueryRule = QueryRule.NONE
    parameters: frozenset[str] = frozenset()
    fragment: bool = False
    mode: Mode = Mode.ENFORCE


@dataclass(frozen=True, slots=True)
class BankedImage:
    """A known prank picture: what it may look like when it is met.

    ``source`` is where the entry stands, ``origin`` where the picture came from. ``thumbnail`` is
    the path of a small copy for people, below the folder of the rule file; "" when there is none.
    """

    id: str
    source: str
    label: str
    appearance: Appearance
    max_distance_bits: int = 52
    reason: str = ""
    mode: Mode = Mode.ENFORCE
    origin: str = ""
    added_by: str = ""
    added: date | None = None
    algorithm: str = ""  # of the views, with its version
    thumbnail: str = ""


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class HashList:
    """Hashes of pictures as other people exchange them, a million of them in a few arrays.

    All numbers are little-endian. ``hashes`` are as long as the algorithm's, one after the other;
    ``lines`` say where each stands in its file, ``label_ends`` where its label ends in ``labels``
    (both of 32 bits each). Compared by identity: see filter/pictures/lists.py, which reads them.
    """

    algorithm: str  # as in ListedHash
    hashes: bytes = field(repr=False)
    lines: bytes = field(repr=False)
    labels: bytes = field(default=b"", repr=False)  # UTF-8
    label_ends: bytes = field(default=b"", repr=False)

    @property
    def count(self) -> int:
        """Number of hashes."""
        return len(self.lines) // 4


@dataclass(frozen=True, slots=True)
class ImageList:
    """A list of pictures that others know, matched as what it is: hashes of whole pictures.

    ``min_quality`` is the least that a picture must show to be compared at all.
    """

    id: str
    source: str
    label: str
    file: str  # as people know it
    hashes: HashList
    max_distance_bits: int
    min_quality: int
    reason: str = ""
    added_by: str = ""
    mode: Mode = Mode.ENFORCE


@dataclass(frozen=True, slots=True)
class Match:
    """A template that every view of a message fits, and the values of its slots."""

    template: Template
    values: Mapping[str, str]
    shadow: tuple[str, ...] = ()  # ids of shadow templates that would fit too


@dataclass(frozen=True, slots=True)
class Miss:
    """No enforced template fits. ``findings`` say why, most telling first; never empty."""

    findings: tuple[Finding, ...]
    nearest: Nearest | None = None
    shadow: tuple[str, ...] = ()  # ids of shadow templates that would have fitted


class Matcher(Protocol):
    """All templates of one rule set, compiled for look-up."""

    def match(self, message: Message) -> Match | Miss:
        """Return the template that fits the whole message, or why none does."""
        ...


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Everything that is approved, under one revision; swapped whole, never changed."""

    revision: str  # 12 hexadecimal digits of the SHA-256 of all sources
    templates: tuple[Template, ...]
    links: tuple[LinkEntry, ...]
    images: tuple[BankedImage, ...]
    matcher: Matcher = field(repr=False)
    sources: tuple[str, ...] = ()  # the files it was read from
    floods: FloodRules = field(default_factory=FloodRules)
    links_by_host: Mapping[str, tuple[LinkEntry, ...]] = field(default_factory=dict, repr=False)
    image_lists: tuple[ImageList, ...] = ()
    approved: tuple[ApprovedPicture, ...] = ()
    trial: RuleSet | None = field(default=None, repr=False)  # templates, links in shadow enforced
    pictures_digest: str = ""  # of known pictures and lists that are enforced (filter/basis.py)
