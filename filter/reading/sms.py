"""What would the reader of this text message see?"""

from __future__ import annotations

from filter.message import (
    Channel,
    Envelope,
    Link,
    LinkKind,
    Message,
    TextFields,
    View,
    ViewKind,
)
from filter.reading.headers import check_seen
from filter.reading.mail import find_bare_links
from filter.reading.recipients import check_recipients
from filter.reading.text import normalise
from filter.reading.troubles import Troubles


def read_text_message(envelope: Envelope, fields: TextFields) -> Message:
    """Return the one view of a text message, its links and its media, and all troubles.

    The adapter's own troubles come first.
    """
    troubles = Troubles()
    check_recipients(Channel.SMS, envelope, troubles)
    check_seen(fields.body, "text", troubles)
    body = normalise(fields.body)
    links = find_bare_links(fields.body, "text", troubles)
    media = tuple(Link(url, LinkKind.MEDIA, "media") for url in fields.media)
    return Message(
        channel=Channel.SMS,
        envelope=envelope,
        views=(View(ViewKind.TEXT, "text", body, "text"),),
        links=links + media,
        troubles=(*fields.troubles, *troubles.found()),
    )
