"""What would the readers of this e-mail see? Bytes become a Message, or a Message with troubles."""

from __future__ import annotations

import binascii
import hashlib
import re
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import unquote_to_bytes

from filter.message import (
    Attachment,
    Channel,
    Envelope,
    HtmlPart,
    Link,
    LinkKind,
    Mailbox,
    Message,
    Picture,
    View,
    ViewKind,
)
from filter.pictures.containers import UNSPECIFIC_TYPES
from filter.reading.arrangement import check_arrangement, refusal_of
from filter.reading.calendars import CALENDAR_TYPES, Invitation, read_calendar
from filter.reading.charsets import CharsetError, decode_strictly
from filter.reading.headers import Headers, check_seen, read_headers
from filter.reading.html import Shown, read_html
from filter.reading.links import LinksUnreadable, find_links
from filter.reading.mime import Part, decode_body, read_parts
from filter.reading.mimeopinion import agrees_on_parts
from filter.reading.raw import check_bytes, read_fields, split_header
from filter.reading.recipients import check_recipients
from filter.reading.sniff import TEXT_FILES, agrees, is_read, sniff, specific_type
from filter.reading.text import as_written, normalise
from filter.reading.troubles import Troubles, quote
from filter.settings import Inspection

_REFUSED_TYPES = re.compile(
    r"message/.*|multipart/.*|application/(?:pgp.*|(?:x-)?pkcs7.*|ms-tnef|vnd\.ms-tnef)"
    r"|image/svg.*|text/(?:enriched|richtext|rtf|x-amp-html|watch-html|xml|javascript)"
    r"|application/(?:xhtml\+xml|javascript|x-shockwave-flash)"
)
_ALTERNATIVES = frozenset({"text/plain", "text/html", "text/calendar"})
# RFC 3676 section 4.1: with DelSp the last blank of such a line goes; a second one stays a blank.
_VANISHING = re.compile(r"[^ \r\n] \r?\n")
# Files and messages in text, from before there was MIME: Outlook, Thunderbird and others still show
# them as what they hold (POSIX uuencode; yEnc 1.3; RFC 9580 section 6.2).
_ENCODED_WITHIN = re.compile(
    r"^(?:begin(?:-base64)? [0-7]{3,4} \S|=ybegin .*size=|-----BEGIN PGP )", re.MULTILINE
)
MAX_ENCLOSED = 5
_DATA_URI = re.compile(r"data:(image/[a-z0-9.+-]+);base64,([A-Za-z0-9+/=%\s]*)", re.IGNORECASE)


def read_mail(envelope: Envelope, content: bytes, limits: Inspection) -> Message:
    """Return what readers of the message could see; what is uncertain is among its troubles.

    Never raises for what the bytes are. Lines end with CRLF (see raw.to_crlf for stored files).
    """
    return _read_message(envelope, content, limits, is_enclosed=False)


def _read_message(
    envelope: Envelope, content: bytes, limits: Inspection, *, is_enclosed: bool
) -> Message:
    troubles = Troubles()
    check_recipients(Channel.EMAIL, envelope, troubles)
    split = _split(content, limits, troubles)
    if split is None:
        return Message(Channel.EMAIL, envelope, (), troubles=troubles.found())
    header, body = split
    fields = read_fields(header, troubles, "")
    headers = read_headers(fields, troubles)
    root = read_parts(fields, body, limits, troubles)
    if root.parts and not troubles and not agrees_on_parts(content, root):
        troubles.add("mime.parsers_disagree", "another mail parser finds other parts")
    reading = _Reading(limits, troubles, None if is_enclosed else envelope)
    reading.read(root)
    return _compose(envelope, headers, reading, troubles)


def _split(content: bytes, limits: Inspection, troubles: Troubles) -> tuple[bytes, bytes] | None:
    """Return header and body if the bytes may be read at all."""
    if not check_bytes(content, troubles):
        return None
    split = split_header(content) or (content, b"")
    if len(split[0]) > limits.max_header_bytes:
        troubles.add("mail.header_size", f"a header of {len(split[0])} bytes", "header")
        return None
    if split[0] and not split[0].endswith(b"\r\n"):
        troubles.add("mail.header_unfinished", "the header's last line does not end", "header")
        return None
    return split


def _compose(
    envelope: Envelope, headers: Headers, reading: _Reading, troubles: Troubles
) -> Message:
    reading.check_references()
    if not reading.views:
        troubles.add("mime.no_text", "there is neither a text nor an HTML part")
    links = [*headers.links, *reading.links]
    links += find_bare_links(headers.subject or "", "subject", troubles)
    for mailbox in _people(headers):
        links += _links_in_name(mailbox, troubles)
    for group in headers.groups:
        links += find_bare_links(group, "display name", troubles)
    return Message(
        channel=Channel.EMAIL,
        envelope=envelope,
        views=tuple(reading.views),
        subject=headers.subject,
        from_=headers.from_,
        sender=headers.sender,
        reply_to=headers.reply_to,
        to=headers.to,
        cc=headers.cc,
        links=tuple(dict.fromkeys(links)),
        pictures=tuple(reading.pictures),
        attachments=tuple(reading.attachments),
        alt_texts=tuple(dict.fromkeys(reading.spoken)),
        lone_texts=tuple(dict.fromkeys(reading.spoken_alone)),
        htmls=tuple(reading.htmls),
        enclosed=tuple(reading.enclosed),
        troubles=troubles.found(),
    )


def _links_in_name(mailbox: Mailbox, troubles: Troubles) -> Iterator[Link]:
    """Yield the links in a display name; its own address, which many write there, is none."""
    own = f"mailto:{mailbox.address}".lower()
    for link in find_bare_links(mailbox.display_name, "display name", troubles):
        if link.url.lower().replace("'", "") != own:  # 'a@b.example', as Outlook writes it
            yield link


def _people(headers: Headers) -> Iterator[Mailbox]:
    yield from headers.from_
    yield from headers.sender
    yield from headers.reply_to
    yield from headers.to
    yield from headers.cc
    yield from headers.bcc


def find_bare_links(text: str, where: str, troubles: Troubles) -> tuple[Link, ...]:
    """Return the links that clients make of a text; note it when they cannot be told."""
    try:
        return find_links(text, where)
    except LinksUnreadable as exc:
        troubles.add("text.tangled", str(exc), where)
        return ()


class _Reading:
    """Collects what the leaves of the tree show."""

    def __init__(
        self, limits: Inspection, troubles: Troubles, envelope: Envelope | None = None
    ) -> None:
        """``envelope`` is the one that attached messages share; None: there may be none."""
        self.enclosed: list[Message] = []
        self._envelope = envelope
        self.views: list[View] = []
        self.htmls: list[HtmlPart] = []
        self.links: list[Link] = []
        self.pictures: list[Picture] = []
        self.attachments: list[Attachment] = []
        self.spoken: list[str] = []
        self.spoken_alone: list[str] = []
        self._limits = limits
        self._troubles = troubles
        self._found: dict[str, tuple[Link, ...]] = {}  # in texts that most parts have in common
        self._wanted: dict[str, str] = {}  # Content-ID to the part that shows it
        self._loose: list[tuple[Part, bytes]] = []  # pictures that may turn out to be attachments

    def read(self, root: Part) -> None:
        """Read every leaf, in the order of the message."""
        check_arrangement(root, self._troubles)
        for part in root.leaves():
            self._read_leaf(part)
        self._describe(root)

    def _describe(self, root: Part) -> None:
        """Some readers show what a part is said to be beside it, or in its place."""
        pending = [root]
        while pending:
            part = pending.pop()
            pending += part.parts
            if part.description:
                check_seen(part.description, part.where, self._troubles)
                self.links += find_bare_links(part.description, part.where, self._troubles)
                self.spoken_alone.append(part.description)

    def _read_leaf(self, part: Part) -> None:
        media_type = part.media_type
        if media_type == "message/rfc822" and part.is_attached and self._envelope is not None:
            self._enclose(part, self._envelope)
            return
        if _REFUSED_TYPES.fullmatch(media_type):
            self._note(refusal_of(media_type), f"{media_type} is not read", part)
            return
        if part.container == "multipart/alternative" and media_type not in _ALTERNATIVES:
            self._note("mime.structure_alternative", f"{media_type} as an alternative", part)
        content = decode_body(part, self._troubles)
        if media_type in UNSPECIFIC_TYPES:
            media_type = specific_type(part.name, content) or media_type
            part = replace(part, media_type=media_type)
        if media_type in ("text/plain", "text/html") and not part.is_attached:
            self._read_text(part, content)
        elif media_type.startswith("image/"):
            self._check_content(part, content)
            self._loose.append((part, content))
        else:
            self._check_content(part, content)
            self._attach(part, content, self._look_into(part, content))

    def _enclose(self, part: Part, envelope: Envelope) -> None:
        """Read an attached message as one of its own; whether it may be there the rules say."""
        if part.encoding not in ("7bit", "8bit"):  # RFC 2046 section 5.2.1
            self._note("mime.encoding_multipart", f"a message in {quote(part.encoding)}", part)
        content = decode_body(part, self._troubles)
        self._attach(part, content)
        if len(self.enclosed) >= MAX_ENCLOSED:
            self._note("mime.parts", f"more than {MAX_ENCLOSED} attached messages", part)
            return
        self.enclosed.append(_read_message(envelope, content, self._limits, is_enclosed=True))

    def _look_into(self, part: Part, content: bytes) -> Invitation:
        """Read a text that comes as a file; what nobody here can look into is held."""
        if part.media_type not in TEXT_FILES:
            if not is_read(part.media_type):
                self._note("document.unread", f"nothing here reads {part.media_type}", part)
            return Invitation()
        try:
            text = decode_strictly(content, part.parameters.get("charset", "utf-8"))
        except CharsetError as exc:
            self._note(exc.code, str(exc), part)
            return Invitation()
        check_seen(text, part.where, self._troubles)
        if part.media_type in CALENDAR_TYPES:
            if len(content) > self._limits.max_text_bytes:
                self._note("mime.text_size", f"a calendar of {len(content)} bytes", part)
                return Invitation()
            method = part.parameters.get("method", "")
            seen = read_calendar(text, method, part.where, self._troubles)
            self.links += seen.links
            return seen
        found = find_bare_links(normalise(text), part.where, self._troubles)
        self.links += [replace(link, kind=LinkKind.DOCUMENT_TEXT) for link in found]
        return Invitation(texts=(text,))

    def _read_text(self, part: Part, content: bytes) -> None:
        if len(content) > self._limits.max_text_bytes:
            self._note("mime.text_size", f"a text of {len(content)} bytes", part)
            return
        charset = part.parameters.get("charset", "us-ascii")
        try:
            text = decode_strictly(content, charset)
        except CharsetError as exc:
            self._note(exc.code, str(exc), part)
            return
        if part.parameters.get("delsp", "no").lower() != "no" and _VANISHING.search(text):
            self._note("mime.flowed_blanks", "flowed text whose blanks vanish (delsp)", part)
        if part.media_type == "text/html":
            self._read_html(part, text, charset)
            return
        check_seen(text, part.where, self._troubles)
        if _ENCODED_WITHIN.search(text):
            self._note("mime.text_encoded", "uuencode, yEnc or OpenPGP in a plain text", part)
        seen = normalise(text)
        if not seen and part.container == "multipart/mixed" and part.position > 0:
            return  # nobody sees anything of it; Apple Mail puts one behind a file
        exact = as_written(text)
        self.views.append(View(ViewKind.TEXT, "plain", seen, part.where, exact=exact))
        self._look_for_links(seen, part)

    def _look_for_links(self, seen: str, part: Part) -> None:
        found = self._found.get(seen)
        if found:
            self.links += [Link(link.url, link.kind, part.where) for link in found]
            return
        self._found[seen] = find_bare_links(seen, part.where, self._troubles)
        self.links += self._found[seen]

    def _read_html(self, part: Part, text: str, charset: str) -> None:
        self.htmls.append(HtmlPart(part.where, text))
        shown: Shown = read_html(text, charset, part.where, self._troubles)
        self.views.append(View(ViewKind.HTML, "html", shown.text, part.where, shown.preheader))
        for name, other in shown.others:
            self.views.append(View(ViewKind.HTML, f"html, {name}", other, part.where))
        self.links += shown.links
        others = (other for _, other in shown.others)
        texts = (shown.text, *others, shown.blocked, shown.preheader, *shown.spoken)
        for seen in dict.fromkeys(texts):
            self._look_for_links(seen, part)
        self.spoken += shown.between
        self.spoken_alone += shown.alone
        for content_id in shown.content_ids:
            self._wanted[content_id] = part.where
        for uri in shown.data_uris:
            self._read_data_uri(uri, part)

    def _read_data_uri(self, uri: str, part: Part) -> None:
        found = _DATA_URI.fullmatch(uri)
        if found is None:
            self._note("html.data_uri", "a data: address that is no base64 picture", part)
            return
        encoded = b"".join(unquote_to_bytes(found.group(2)).split())
        try:
            content = binascii.a2b_base64(encoded, strict_mode=True)
        except binascii.Error as exc:
            self._note("html.data_uri", str(exc).lower(), part)
            return
        media_type = found.group(1).lower()
        if not agrees(media_type, content):
            self._note("mime.content", f"{media_type} that is {sniff(content) or 'not one'}", part)
        self._picture(Picture(_digest_of(content), media_type, part.where, content))

    def _attach(
        self,
        part: Part,
        content: bytes,
        seen: Invitation = Invitation(),  # noqa: B008 - it is frozen
    ) -> None:
        check_seen(part.name, part.where, self._troubles)
        self.attachments.append(
            Attachment(
                name=part.name,
                media_type=part.media_type,
                size_bytes=len(content),
                digest=part.digest or _digest_of(content),
                where=part.where,
                content=content,
                # A calendar among the alternatives is shown, as the text is.
                inline=part.disposition == "inline"
                or (part.container == "multipart/alternative" and not part.is_attached),
                texts=seen.texts,
                people=seen.people,
                starts=seen.starts,
            )
        )

    def _picture(self, picture: Picture) -> None:
        if len(self.pictures) >= self._limits.max_pictures:
            self._troubles.add("mime.pictures", f"more than {self._limits.max_pictures} pictures")
            return
        self.pictures.append(picture)

    def check_references(self) -> None:
        """File the picture parts, and compare them with what the HTML wants to show."""
        present: set[str] = set()
        for part, content in self._loose:
            part.digest = part.digest or _digest_of(content)
            self._picture(
                Picture(
                    part.digest, part.media_type, part.where, content, part.name, part.content_id
                )
            )
            if part.content_id in present:
                self._note(
                    "mime.content_id_repeated", f"two parts are {quote(part.content_id)}", part
                )
            if part.content_id:
                present.add(part.content_id)
            if part.is_attached or part.content_id not in self._wanted:
                self._attach(part, content)
        for content_id, where in self._wanted.items():
            if content_id not in present:
                self._troubles.add("html.cid", f"no part is {quote(content_id)}", where)

    def _check_content(self, part: Part, content: bytes) -> None:
        if not agrees(part.media_type, content):
            found = sniff(content) or "nothing we know"
            self._note("mime.content", f"{part.media_type}, but its content is {found}", part)

    def _note(self, code: str, detail: str, part: Part) -> None:
        self._troubles.add(code, detail, part.where)


def _digest_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
