"""Does Python's own mail parser find the same parts?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from email import policy
from email.errors import MessageError
from email.feedparser import FeedParser
from email.message import Message

from filter.reading.mime import Part

_KEPT_BYTES = 400  # shorter bodies are not worth cutting
_NEEDLE_BYTES = 48
# Nothing in these is read in a special way, and none ends where a parser could end it earlier.
_PLAIN_BOUNDARY = re.compile(r"[0-9A-Za-z_=.-]{4,70}")


def agrees_on_parts(content: bytes, root: Part) -> bool:
    """Tell whether the email package sees the same parts in the same order.

    Bodies are cut to the lines that start with two dashes, since no other line can part anything:
    the parser takes time by the line. compat32, because policy.default raises on malformed headers.
    """
    skeleton = _rename_boundaries(_cut_bodies(content, root), root)
    try:
        parser = FeedParser(policy=policy.compat32)
        parser.feed(skeleton.replace(b"\r\n", b"\n").decode("ascii", "surrogateescape"))
        message = parser.close()
        found = [
            (part.get_content_type(), str(part.get("content-transfer-encoding", "7bit")).lower())
            for part in _leaves(message)
        ]
    except (MessageError, LookupError, ValueError, IndexError, RecursionError):
        return False
    return found == [(leaf.media_type, leaf.encoding) for leaf in root.leaves()]


def _leaves(message: Message) -> Iterator[Message]:
    """Yield what holds content; an attached message is one, and is read on its own."""
    pending = [message]
    while pending:
        part = pending.pop()
        inner = part.get_payload()
        if isinstance(inner, list) and part.get_content_type() != "message/rfc822":
            pending += [one for one in reversed(inner) if isinstance(one, Message)]
        else:
            yield part


def _cut_bodies(content: bytes, root: Part) -> bytes:
    pieces: list[bytes] = []
    position = 0
    for leaf in root.leaves():
        body = leaf.body
        # By its first bytes: looking for all of a long body takes longer than parsing it.
        start = content.find(body[:_NEEDLE_BYTES], position)
        if len(body) > _KEPT_BYTES and content.startswith(body, max(start, 0)):
            pieces += (content[position:start], _cut(body))
            position = start + len(body)
    return b"".join((*pieces, content[position:]))


def _rename_boundaries(skeleton: bytes, root: Part) -> bytes:
    """Return the skeleton with names of ours for its boundaries, where that changes nothing else.

    The parser compiles a pattern for each boundary, which takes longer than all the rest; of the
    same few names it remembers the patterns. A boundary is renamed where it stands only in the one
    parameter that declares it and at the start of delimiter lines.
    """
    pending, number = [root], 0
    while pending:
        part = pending.pop()
        pending += part.parts
        boundary = part.parameters.get("boundary", "") if part.parts else ""
        if not _PLAIN_BOUNDARY.fullmatch(boundary):
            continue
        number += 1
        old, new = boundary.encode("ascii"), b"sallyport-boundary-%d-" % number
        delimiters = skeleton.count(b"\n--" + old)
        declared = skeleton.count(b'boundary="%s"' % old) == 1
        if declared and skeleton.count(old) == delimiters + 1 and new not in skeleton:
            skeleton = skeleton.replace(old, new)
    return skeleton


def _cut(body: bytes) -> bytes:
    if b"-" not in body:  # base64: told at once
        return b"x"
    text = b"\n" + body
    lines: list[bytes] = []
    start = text.find(b"\n--")
    while start >= 0:
        end = text.find(b"\n", start + 1)
        end = len(text) if end < 0 else end
        lines.append(text[start + 1 : end + 1])
        start = text.find(b"\n--", end)
    return b"x\r\n" + b"".join(lines) + b"x"
