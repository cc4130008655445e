"""Does Python's own mail parser find the same parts?"""

from __future__ import annotations

import re
from email import policy
from email.errors import MessageError
from email.parser import BytesParser

from filter.reading.mime import Part

_DASHED = re.compile(rb"^-.*(?:\r\n)?", re.MULTILINE)
_KEPT_BYTES = 400  # shorter bodies are not worth cutting
_NEEDLE_BYTES = 48


def agrees_on_parts(content: bytes, root: Part) -> bool:
    """Tell whether the email package sees the same parts in the same order.

    Bodies are cut to the lines that start with a dash, since no other line can part anything: the
    parser takes time by the line. compat32, because policy.default raises on malformed headers.
    """
    skeleton = _cut_bodies(content, root)
    try:
        message = BytesParser(policy=policy.compat32).parsebytes(skeleton)
        found = [
            (part.get_content_type(), str(part.get("content-transfer-encoding", "7bit")).lower())
            for part in message.walk()
            if not part.is_multipart()
        ]
    except (MessageError, LookupError, ValueError, IndexError, RecursionError):
        return False
    return found == [(leaf.media_type, leaf.encoding) for leaf in root.leaves()]


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


def _cut(body: bytes) -> bytes:
    if b"\n-" not in body and not body.startswith(b"-"):
        return b"x"
    return b"x\r\n" + b"".join(_DASHED.findall(body)) + b"x"
