"""What does the header say to people: from whom, to whom, about what, and where would they answer?

Machine headers (Received, DKIM-Signature, X-Mailer …) are not read: web addresses there are
normal and nobody sees them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from filter.message import Link, LinkKind, Mailbox
from filter.reading.addresses import AddressError, read_mailboxes, read_recipients
from filter.reading.links import find_links
from filter.reading.raw import Field
from filter.reading.text import describe_character, find_unseen, normalise
from filter.reading.troubles import Troubles, quote
from filter.reading.words import WordError, decode_words

# Ask for an answer to an address that the reader does not choose.
_RECEIPTS = (
    "disposition-notification-to",
    "return-receipt-to",
    "x-confirm-reading-to",
    "read-receipt-to",
    "generate-delivery-report",
    "notice-requested-upon-delivery-to",
    "x-pmrqc",
    "mail-reply-to",
    "mail-followup-to",
)
# Show the reader a picture of the sender, another sender or group, or a banner with a text
# (X-Message-Flag, in Outlook).
_REFUSED = (
    frozenset(
        # "Informational fields" for people (RFC 5322 section 3.6.5); Exchange shows keywords.
        ("comments", "keywords")
    )
    | frozenset(
        ("face", "x-face", "x-image-url", "bimi-indicator", "bimi-location", "x-message-flag")
    )
    | frozenset(("author", "newsgroups", "followup-to"))
    # A marking in colours (RFC 7444); when Outlook wants an answer (RFC 2156).
    | frozenset(("sio-label", "reply-by"))
)
_RESENT = "resent-"  # say that someone else sent it
MAX_NAME_WORDS = 10  # of a recipient: a title, a long name, an office
MAX_NAME_CHARACTERS = 100
MAX_NAME_DIGITS = 6  # one more is a telephone number
_LIST_LINKS = (
    "list-unsubscribe",
    "list-help",
    "list-subscribe",
    "list-post",
    "list-owner",
    "list-archive",
    "archived-at",
)
# RFC 2369 section 2: <url> [comment] *( "," <url> ); "NO" is List-Post's word for none.
_COMMENT = r"(?:\((?:[^()<>\\]|\\.){0,200}\)[ \t]*)?"
_LIST_ITEM = re.compile(rf"[ \t]*{_COMMENT}<[ \t]*([^<>]*?)[ \t]*>[ \t]*{_COMMENT}(?:,|$)")
_NO_POSTING = re.compile(rf"NO[ \t]*{_COMMENT}")
# RFC 2919: [phrase] <list-id>; readers show the phrase.
_LIST_ID = re.compile(r"([^<>]*)<([A-Za-z0-9_!#$%&'*+/=?^`{|}~.-]{1,255})>")
_MIME_VERSION = re.compile(rf"{_COMMENT}1\.0[ \t]{{0,9}}{_COMMENT}")
# What programs write behind a date, which some readers show: CEST, GMT+08:00, W. Europe Daylight
# Time, Malay Peninsula Standard Time, Asia/Kuala_Lumpur.
_ZONE = r"[a-z]{1,5}|(?:gmt|utc)?[+-]?[0-9]{1,2}:?(?:[0-9]{2})?|(?:[a-z.]{1,12} ){1,4}time"
_ZONE += r"|[a-z]{2,12}(?:/[a-z_]{1,16}){1,2}"
# RFC 5322 section 3.3, with the zones of section 4.3 that programs still write. What does not fit
# is shown as it stands by some readers.
_DATE = re.compile(
    r"(?:(?:mon|tue|wed|thu|fri|sat|sun),[ \t]*)?"
    r"(?P<day>[0-9]{1,2})[ \t]+(?P<month>[a-z]{3})[ \t]+(?P<year>(?:19[89]|20[0-9])[0-9])[ \t]+"
    r"(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2}))?[ \t]+"
    r"(?:[+-](?:0[0-9]|1[0-4])[0-5][0-9]|ut|utc|gmt|z|[ecmp][sd]t)[ \t]*"
    rf"(?:\((?:{_ZONE})\))?",
    re.IGNORECASE,
)
# Which form Outlook opens a message in; a content class of one's own is a form of one's own.
_CONTENT_CLASS = re.compile(r"urn:content-classes:(?:message|calendarmessage)", re.IGNORECASE)
_ENCODED = re.compile(r"base64|quoted-printable", re.IGNORECASE)
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_LEAP_SECOND = 60


@dataclass(frozen=True, slots=True)
class Headers:
    """The header fields that people see or that steer their answers."""

    subject: str | None
    from_: tuple[Mailbox, ...]
    sender: tuple[Mailbox, ...]
    reply_to: tuple[Mailbox, ...]
    to: tuple[Mailbox, ...]
    cc: tuple[Mailbox, ...]
    bcc: tuple[Mailbox, ...]
    groups: tuple[str, ...]  # what groups of recipients are called
    links: tuple[Link, ...]


def read_headers(fields: tuple[Field, ...], troubles: Troubles) -> Headers:
    """Return what the header says to people; note what cannot be read for certain."""
    bodies = {field.name: field.body for field in reversed(fields)}
    from_ = _mailboxes(bodies, "from", troubles)
    groups: list[str] = []
    headers = Headers(
        subject=_subject(bodies, troubles),
        from_=from_,
        sender=_mailboxes(bodies, "sender", troubles),
        reply_to=_mailboxes(bodies, "reply-to", troubles),
        to=_mailboxes(bodies, "to", troubles, groups),
        cc=_mailboxes(bodies, "cc", troubles, groups),
        # An empty Bcc is what is left of one (RFC 5322 section 3.6.3); a full one is shown by some.
        bcc=_mailboxes(bodies, "bcc", troubles) if bodies.get("bcc") else (),
        groups=tuple(groups),
        links=(
            *(link for name in _LIST_LINKS for link in _links(bodies, name, troubles)),
            *_read_list_id(bodies, troubles),
            *_read_organisation(bodies, troubles),
        ),
    )
    _check_receipts(bodies, from_, troubles)
    for name, body in bodies.items():
        if (name in _REFUSED and body.strip()) or name.startswith(_RESENT):
            troubles.add("mail.header_refused", f"the header {name}", name)
    for mailbox in (*headers.to, *headers.cc, *headers.bcc):
        _check_name(mailbox, troubles)
    for group in headers.groups:
        _check_name(Mailbox(group, ""), troubles)
    _check_topic(bodies, headers.subject, troubles)
    _check_rest(bodies, troubles)
    return headers


def _check_name(mailbox: Mailbox, troubles: Troubles) -> None:
    """Note a recipient's name that is a message; no template says what recipients are called."""
    name = mailbox.display_name
    if not name or name.lower() in mailbox.address.lower():
        return
    if _is_message(name):
        troubles.add("mail.recipient_name", f"{quote(name)} is not a name", "To")


def _check_topic(bodies: dict[str, str], subject: str | None, troubles: Troubles) -> None:
    """Note a Thread-Topic other than the subject: Outlook heads the conversation with it."""
    if "thread-topic" not in bodies:
        return
    try:
        topic = normalise(decode_words(bodies["thread-topic"]))
    except WordError as exc:
        troubles.add(exc.code, f"thread-topic: {exc}", "thread-topic")
        return
    if topic != (subject or ""):
        troubles.add("mail.thread_topic", "thread-topic is not the subject", "thread-topic")


def _subject(bodies: dict[str, str], troubles: Troubles) -> str | None:
    body = bodies.get("subject")
    if body is None:
        return None
    try:
        subject = decode_words(body)
    except WordError as exc:
        troubles.add(exc.code, f"the subject: {exc}", "subject")
        return None
    check_seen(subject, "subject", troubles)
    return normalise(subject)


def _mailboxes(
    bodies: dict[str, str], name: str, troubles: Troubles, groups: list[str] | None = None
) -> tuple[Mailbox, ...]:
    """Return the mailboxes of a header; what its groups are called is added to ``groups``.

    Without that list there may be none.
    """
    body = bodies.get(name)
    if body is None:
        return ()
    if "\udc80" <= max(body, default="") <= "\udcff":
        troubles.add("mail.header_bytes", f"{name}: bytes that are not UTF-8", name)
        return ()
    try:
        if groups is None:
            mailboxes = read_mailboxes(body)
        else:
            mailboxes, called = read_recipients(body)
            groups += [normalise(one) for one in called]
    except AddressError as exc:
        troubles.add(exc.code, f"{name}: {exc}", name)
        return ()
    for group in groups or ():
        check_seen(group, name, troubles)
    for mailbox in mailboxes:
        check_seen(mailbox.display_name + mailbox.address, name, troubles)
    return tuple(Mailbox(normalise(m.display_name), m.address) for m in mailboxes)


def check_seen(text: str, where: str, troubles: Troubles) -> None:
    """Note the first character of the text that a reader cannot see."""
    unseen = find_unseen(text)
    if unseen:
        troubles.add("text.invisible", f"{describe_character(unseen)} in the text", where)


def _links(bodies: dict[str, str], name: str, troubles: Troubles) -> list[Link]:
    body = bodies.get(name, "")
    links: list[Link] = []
    position = 0
    while position < len(body):
        item = _LIST_ITEM.match(body, position)
        if item is None:
            if not _NO_POSTING.fullmatch(body.strip()):
                troubles.add("mail.list_header", f"{name}: {quote(body)}", name)
            break
        links.append(Link(item.group(1), LinkKind.HEADER, name))
        position = item.end()
    return links


def _check_receipts(bodies: dict[str, str], from_: tuple[Mailbox, ...], troubles: Troubles) -> None:
    known = {mailbox.address.lower() for mailbox in from_}
    for name in _RECEIPTS:
        wanted = {mailbox.address.lower() for mailbox in _mailboxes(bodies, name, troubles)}
        if not wanted <= known:
            troubles.add("mail.receipt", f"{name} is not the sender's address", name)


def _check_rest(bodies: dict[str, str], troubles: Troubles) -> None:
    date = bodies.get("date")
    if date is not None and not is_date(date):
        troubles.add("mail.date", f"date: {quote(date)}", "date")
    version = bodies.get("mime-version")
    if version is not None and not _MIME_VERSION.fullmatch(version):
        troubles.add("mail.mime_version", f"MIME-Version is {quote(version)}", "mime-version")
    is_encoded = _ENCODED.search(bodies.get("content-transfer-encoding", "")) is not None
    if version is None and ("content-type" in bodies or is_encoded):
        # Without it a strict reader shows the source of the parts (RFC 2045 section 4).
        field = "Content-Type" if "content-type" in bodies else "transfer encoding"
        troubles.add("mail.mime_version", f"a {field} but no MIME-Version", "mime-version")
    content_class = bodies.get("content-class")
    if content_class is not None and not _CONTENT_CLASS.fullmatch(content_class):
        troubles.add("mail.content_class", f"Content-Class is {quote(content_class)}", "header")


def is_date(text: str) -> bool:
    """Tell whether a text is the Date of a message, as RFC 5322 section 3.3 has it."""
    found = _DATE.fullmatch(text)
    if found is None or found["month"].lower() not in _MONTHS:
        return False
    month = _MONTHS.index(found["month"].lower()) + 1
    second = int(found["second"] or 0)
    try:
        datetime(  # noqa: DTZ001 - asked only whether there is such a day
            int(found["year"]), month, int(found["day"]), int(found["hour"]),
            int(found["minute"]), second if second != _LEAP_SECOND else 0,
        )  # fmt: skip
    except ValueError:
        return False
    return True


def _read_organisation(bodies: dict[str, str], troubles: Troubles) -> tuple[Link, ...]:
    """Return the links in the sender's organisation, which readers show; note one that is none."""
    links: list[Link] = []
    for name in ("organization", "organisation"):
        try:
            said = decode_words(bodies.get(name, ""))
        except WordError as exc:
            troubles.add(exc.code, f"{name}: {exc}", name)
            continue
        check_seen(said, name, troubles)
        if _is_message(said):
            troubles.add("mail.organisation", f"{name}: {quote(said)} is not a name", name)
            continue
        links += find_links(said, name)  # so short that it cannot be too tangled
    return tuple(links)


def _is_message(name: str) -> bool:
    digits = sum(character.isdigit() for character in name)
    long = len(name) > MAX_NAME_CHARACTERS or name.count(" ") >= MAX_NAME_WORDS
    return long or digits > MAX_NAME_DIGITS or "!" in name


def _read_list_id(bodies: dict[str, str], troubles: Troubles) -> tuple[Link, ...]:
    """Return the links in a List-Id's phrase; note one that is none, or is a message."""
    body = bodies.get("list-id")
    if body is None:
        return ()
    found = _LIST_ID.fullmatch(body)
    if found is None:
        troubles.add("mail.list_header", f"list-id: {quote(body)}", "list-id")
        return ()
    try:
        phrase = decode_words(found[1].strip().strip('"'))
    except WordError as exc:
        troubles.add(exc.code, f"list-id: {exc}", "list-id")
        return ()
    check_seen(phrase, "list-id", troubles)
    if len(phrase) > MAX_NAME_CHARACTERS or phrase.count(" ") >= MAX_NAME_WORDS or "!" in phrase:
        troubles.add("mail.list_header", f"list-id: {quote(phrase)} is not a name", "list-id")
        return ()
    return find_links(phrase, "list-id")  # so short that it cannot be too tangled
