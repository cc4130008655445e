"""Are all pictures among those that the template approves, and all of them in the message?

Pictures inside attached documents are not the template's own; what they show is compared with the
known ones like everything else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from filter.checks.case import Case
from filter.message import LinkKind, Picture
from filter.pictures.approved import find_approved, find_nearest_approved
from filter.reading.troubles import quote
from filter.ruleset import ApprovedPicture, Match
from filter.verdict import Finding

NAME = "images"


def object_to_unapproved(case: Case) -> Iterator[Finding]:
    """Yield what is wrong with the pictures of a message whose template says which it shows."""
    if not isinstance(case.found, Match):
        return
    rule = case.found.template.pictures
    if not rule.remote:
        yield from _object_to_remote(case)
    if rule.approved is None:
        return
    seen: set[str] = set()
    for picture in case.message.pictures:
        if not picture.content:
            continue
        entry = find_approved(picture, rule.approved)
        if entry is None:
            detail = _explain(picture, rule.approved)
            yield Finding(NAME, "image.not_approved", detail, picture.where)
        else:
            seen.add(entry.id)
    for missing in sorted(rule.required - seen):
        detail = f"template {case.found.template.id} always shows the approved picture {missing}"
        yield Finding(NAME, "image.required", detail)


def _object_to_remote(case: Case) -> Iterator[Finding]:
    """Yield what is fetched when the message is shown: a picture that can be changed after this."""
    for link in case.message.links:
        if link.kind is LinkKind.RESOURCE and not link.url.strip().lower().startswith("cid:"):
            detail = f"{quote(link.url)} is fetched when the message is shown"
            yield Finding(NAME, "image.remote", detail, link.where)


def _explain(picture: Picture, approved: Iterable[ApprovedPicture]) -> str:
    size = f"{picture.width} x {picture.height} pixels, SHA-256 {picture.digest[:12]}…"
    near = find_nearest_approved(picture, approved)
    if near is None:
        return f"none of the approved pictures of this template ({size})"
    limit = f"limit {near.approved.max_distance_bits}"
    if not near.approved.also_similar:
        limit = "only the same file is approved"
    return (
        f"none of the approved pictures of this template ({size}); nearest is "
        f'"{near.approved.label}" ({near.approved.id}), distance {near.distance_bits} of 256 bits, '
        f"{limit}"
    )
