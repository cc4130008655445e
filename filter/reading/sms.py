"""What would the reader of this text message see?"""

from __future__ import annotations

from filter.message import (
    Attachment,
    Channel,
    Envelope,
    Link,
    LinkKind,
    Message,
    Picture,
    TextFields,
    TextMedia,
    View,
    ViewKind,
    media_place,
)
from filter.reading.headers import check_seen
from filter.reading.mail import find_bare_links
from filter.reading.recipients import check_recipients
from filter.reading.sniff import agrees, sniff_file
from filter.reading.text import as_written, normalise
from filter.reading.troubles import Troubles, quote

# Labels that say nothing of the kind of a file.
_UNSPECIFIC = frozenset({"", "application/octet-stream", "binary/octet-stream"})
_PDF = "application/pdf"


def read_text_message(envelope: Envelope, fields: TextFields) -> Message:
    """Return the one view of a text message, its links and its media, and all troubles.

    The adapter's own troubles come first. An address of media is a link; what nobody has seen that
    lies there is a trouble, unless the adapter says already why it could not be fetched.
    """
    troubles = Troubles()
    check_recipients(Channel.SMS, envelope, troubles)
    check_seen(fields.body, "text", troubles)
    body = normalise(fields.body)
    links = find_bare_links(fields.body, "text", troubles)
    media = tuple(Link(url, LinkKind.MEDIA, "media") for url in fields.media)
    pictures, attachments = _read_media(fields, troubles)
    return Message(
        channel=Channel.SMS,
        envelope=envelope,
        views=(View(ViewKind.TEXT, "text", body, "text", exact=as_written(fields.body)),),
        links=links + media,
        pictures=pictures,
        attachments=attachments,
        troubles=(*fields.troubles, *troubles.found()),
    )


def _read_media(
    fields: TextFields, troubles: Troubles
) -> tuple[tuple[Picture, ...], tuple[Attachment, ...]]:
    explained = {trouble.where for trouble in fields.troubles if trouble.code[:6] == "media."}
    fetched = {file.url for file in fields.files if file.url}
    for number, url in enumerate(fields.media, 1):
        where = media_place(number)
        if url not in fetched and where not in explained:
            troubles.add("media.unseen", f"nobody here has seen what is at {quote(url)}", where)
    pictures: list[Picture] = []
    attachments: list[Attachment] = []
    for file in fields.files:
        seen = _read_file(file, troubles)
        if isinstance(seen, Picture):
            pictures.append(seen)
        elif seen is not None:
            attachments.append(seen)
    return tuple(pictures), tuple(attachments)


def _read_file(file: TextMedia, troubles: Troubles) -> Picture | Attachment | None:
    """Return what a file is by its bytes; a label has to say the same, or nothing."""
    content = file.content
    if content is None:
        kept = f"{file.media_type or 'no type'}, {file.size_bytes} bytes, SHA-256 {file.digest}"
        troubles.add("media.unseen", f"its bytes were not kept ({kept})", file.where)
        return None
    found = sniff_file(content)
    if not found.startswith("image/") and found != _PDF:
        troubles.add("media.type", f"{found or 'a file of unknown kind'} is not read", file.where)
        return None
    if file.media_type not in _UNSPECIFIC and not agrees(file.media_type, content):
        detail = f"it is labelled {quote(file.media_type)}, but it is {found}"
        troubles.add("media.type", detail, file.where)
        return None
    check_seen(file.name, file.where, troubles)
    if found == _PDF:
        return Attachment(file.name, found, len(content), file.digest, file.where, content)
    label = found if file.media_type in _UNSPECIFIC else file.media_type
    return Picture(file.digest, label, file.where, content, file.name)
