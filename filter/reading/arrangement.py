"""Do the parts stand where every reader shows the same of them?"""

from __future__ import annotations

import re

from filter.reading.mime import Part, decode_body
from filter.reading.troubles import Troubles

# What is not opened here, by what it is; the first that fits.
_KINDS = (
    (re.compile(r"message/.*"), "mime.type_message"),
    (re.compile(r"multipart/(?:signed|encrypted)|application/(?:pgp|(?:x-)?pkcs7).*"),
     "mime.type_sealed"),
    (re.compile(r"multipart/.*"), "mime.type_multipart"),
    (re.compile(r".*ms-tnef"), "mime.type_tnef"),
    (re.compile(r"text/(?:enriched|richtext|rtf|x-amp-html|watch-html)"), "mime.type_alternative"),
)  # fmt: skip
_MOST_OF_NOTHING = 200  # bytes of a part that is looked into to see that it is empty
_PLAIN, _HTML = "text/plain", "text/html"
_IN_SEQUENCE = frozenset({"multipart/mixed", "multipart/related"})


def refusal_of(media_type: str) -> str:
    """Return the reason for which a type is not opened."""
    return next((code for sign, code in _KINDS if sign.fullmatch(media_type)), "mime.type_active")


def check_arrangement(root: Part, troubles: Troubles) -> None:
    """Note containers of which readers show different parts.

    RFC 2046 section 5.1.4: of alternatives the last that a reader knows is the best, so plain text
    comes before HTML, and each is there once. RFC 2387: the first of related parts is the one that
    is shown, unless the start parameter names another, which few follow.
    """
    pending = [root]
    while pending:
        part = pending.pop()
        pending += part.parts
        if part.media_type == "multipart/alternative":
            _check_alternatives(part, troubles)
            continue
        if part.media_type == "multipart/related" and part.parts:
            _check_related(part, troubles)
        if part.media_type in _IN_SEQUENCE and sum(map(_shows_text, part.parts)) > 1:
            detail = "several texts one after the other, of which some readers show one"
            troubles.add("mime.structure_sequence", detail, part.where)


def _check_alternatives(part: Part, troubles: Troubles) -> None:
    kinds = [_kind_of(child) for child in part.parts]
    for child in part.parts:
        if child.parts and not _has_text(child):
            detail = "an alternative without a text of its own, which the others would stand in for"
            troubles.add("mime.structure_alternative", detail, child.where)
    if kinds.count(_PLAIN) > 1 or kinds.count(_HTML) > 1:
        detail = "two alternatives of one kind, of which each reader shows another"
        troubles.add("mime.structure_repeated", detail, part.where)
    elif _HTML in kinds and _PLAIN in kinds[kinds.index(_HTML) :]:
        detail = "plain text after HTML, so that readers who know both show the plain text"
        troubles.add("mime.structure_order", detail, part.where)


def _first_of(part: Part) -> Part:
    """Return what a reader sees first of a part."""
    while part.parts:
        part = part.parts[0]
    return part


def _kind_of(part: Part) -> str:
    return _first_of(part).media_type


def _is_empty(leaf: Part) -> bool:
    """Tell whether a part holds nothing but white space, however that is encoded."""
    if not leaf.body.strip() or len(leaf.body) > _MOST_OF_NOTHING:
        return not leaf.body.strip()
    doubts = Troubles()
    return not decode_body(leaf, doubts).strip() and not doubts


def _has_text(part: Part) -> bool:
    return any(
        leaf.media_type in (_PLAIN, _HTML) and not leaf.is_attached for leaf in part.leaves()
    )


def _shows_text(part: Part) -> bool:
    """Tell whether a reader sees a piece of text; Apple Mail ends with a part that has none."""
    return any(
        leaf.media_type in (_PLAIN, _HTML) and not leaf.is_attached and not _is_empty(leaf)
        for leaf in part.leaves()
    )


def _check_related(part: Part, troubles: Troubles) -> None:
    first = part.parts[0]
    start = part.parameters.get("start", "")
    if start and start != f"<{first.content_id}>":
        troubles.add("mime.structure_start", "a related part that does not start first", part.where)
    elif not first.media_type.startswith(("text/", "multipart/")):
        detail = f"related parts that begin with {first.media_type}"
        troubles.add("mime.structure_root", detail, part.where)
