"""Which elements is an HTML part made of, whatever its texts say?"""

from __future__ import annotations

import hashlib

from filter.reading.charsets import CharsetError, decode_strictly
from filter.reading.mime import decode_body, read_parts
from filter.reading.raw import check_bytes, read_fields, split_header
from filter.reading.tree import Node, Tree
from filter.reading.troubles import Troubles
from filter.settings import Inspection

_TEXT_ONLY = frozenset({"-text", "-comment", "!doctype", "_comment"})
_MOST_NODES = 20_000


def skeleton_of_mail(content: bytes, limits: Inspection) -> str:
    """Return a digest of the elements of a mail's HTML part, "" when it has none.

    Never raises for what the bytes are: what cannot be read is held by the reading, not here.
    """
    troubles = Troubles()
    split = split_header(content) if check_bytes(content, troubles) else None
    if split is None:
        return ""
    root = read_parts(read_fields(split[0], troubles, ""), split[1], limits, troubles)
    for part in root.leaves():
        if part.media_type == "text/html" and not part.is_attached:
            charset = part.parameters.get("charset", "us-ascii")
            try:
                return skeleton_of(decode_strictly(decode_body(part, troubles), charset))
            except CharsetError:
                return ""
    return ""


def skeleton_of(html: str) -> str:
    """Return a digest of the elements; a run of equal neighbours (rows of a table) counts once."""
    root = Tree(html).root
    if root is None:
        return ""
    # Post-order without recursion: hostile mark-up may be nested as deep as it likes.
    shapes: dict[int, str] = {}
    pending: list[tuple[Node, bool]] = [(root, False)]
    count = 0
    while pending:
        node, is_done = pending.pop()
        children = [one for one in node.iter(include_text=False) if one.tag not in _TEXT_ONLY]
        if not is_done:
            count += 1
            if count > _MOST_NODES:
                return "large"
            pending.append((node, True))
            pending += [(child, False) for child in children]
            continue
        inner: list[str] = []
        for child in children:
            shape = shapes.pop(child.mem_id)
            if not inner or inner[-1] != shape:
                inner.append(shape)
        whole = f"{node.tag}({','.join(inner)})"
        shapes[node.mem_id] = hashlib.blake2b(whole.encode(), digest_size=8).hexdigest()
    return shapes[root.mem_id]
