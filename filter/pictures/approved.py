"""Which approved picture is a picture, and which one does it come closest to?

An approved picture is known by its bytes: whoever changes one pixel, a frame or what stands behind
a transparent one has other bytes. Hashes come in only where an entry says so, for pictures that are
encoded anew on their way, and then every view of the whole picture must agree: each frame that
differs, and light and dark ground.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from filter.message import Picture, PictureView
from filter.pictures.bank import LEAST_QUALITY
from filter.ruleset import ApprovedKind, ApprovedPicture

# Spacers are 1 by 1, or a line of a few pixels; nothing can be drawn in so little.
SPACER_SHORT_SIDE = 2
SPACER_LONG_SIDE = 32
SPACER_BYTES = 2_048  # written with all that programs add; a later page would take more
# Hashes are made of the pixels as they are stored; viewers turn them by the orientation of Exif
# (tag 274, one SHORT, CIPA DC-008 section 4.6.5) or XMP, or by irot and imir (ISO/IEC 23008-12
# section 6.5). 1 is as stored.
_TURNED = re.compile(
    rb"\x12\x01.\x00\x01\x00\x00\x00(?!\x01\x00)|\x01\x12\x00.\x00\x00\x00\x01(?!\x00\x01)"
    rb"|(?<!/)tiff:Orientation(?!(?:=[\"']|>)1\b)|\A.{4}ftyp.{,8000}?(?:irot|imir)",
    re.DOTALL,
)
# A hash is that of a square: 280 by 72 and 72 by 72 look the same to it.
_MOST_ASPECT_CHANGE = 0.03


@dataclass(frozen=True, slots=True)
class Near:
    """The approved picture that comes closest: the greatest distance of any view of a picture."""

    approved: ApprovedPicture
    distance_bits: int


def find_approved(picture: Picture, approved: Iterable[ApprovedPicture]) -> ApprovedPicture | None:
    """Return the first approved picture that this one is, None when it is none of them."""
    return next((entry for entry in approved if is_approved_as(picture, entry)), None)


def is_approved_as(picture: Picture, entry: ApprovedPicture) -> bool:
    """Return whether a picture that has been looked at is this approved one."""
    match entry.kind:
        case ApprovedKind.FILE:
            return picture.digest in entry.digests or _is_similar(picture, entry)
        case ApprovedKind.CODE:
            return picture.is_code
        case ApprovedKind.SPACER:
            return _is_spacer(picture)
        case ApprovedKind.GENERATED:
            return (picture.width, picture.height) in entry.sizes


def find_nearest_approved(picture: Picture, approved: Iterable[ApprovedPicture]) -> Near | None:
    """Return the approved picture that a picture looks most like, None when none can be compared.

    Only for people: what is near is not approved for that.
    """
    nearest: Near | None = None
    for entry in approved:
        distance = _distance(wholes(picture.appearance.views), wholes(entry.views))
        if distance is not None and (nearest is None or distance < nearest.distance_bits):
            nearest = Near(entry, distance)
    return nearest


def wholes(views: Iterable[PictureView]) -> tuple[PictureView, ...]:
    """Return the views of the whole picture as it stands, one for each frame and ground."""
    return tuple(view for view in views if view.name.partition("@")[0] == "whole")


def upright(views: Iterable[PictureView]) -> tuple[PictureView, ...]:
    """Return the views of a picture as it stands, not turned or mirrored."""
    return tuple(view for view in views if "+" not in view.name)


def _is_similar(picture: Picture, entry: ApprovedPicture) -> bool:
    if not entry.also_similar or not _has_shape(picture, entry):
        return False
    seen = wholes(picture.appearance.views)
    # A frame that hardly differs from the one before has no views, so films have to be exact.
    if any("@frame-" in view.name for view in seen):
        return False
    if any(view.quality < LEAST_QUALITY for view in seen):
        return False
    distance = _distance(seen, wholes(entry.views))
    if distance is None or distance > entry.max_distance_bits:
        return False
    return _TURNED.search(picture.content) is None


def _has_shape(picture: Picture, entry: ApprovedPicture) -> bool:
    return picture.height > 0 and any(
        abs(picture.width * height - picture.height * width)
        <= _MOST_ASPECT_CHANGE * picture.height * width
        for width, height in entry.sizes
    )


def _distance(seen: tuple[PictureView, ...], known: tuple[PictureView, ...]) -> int | None:
    """Return the distance of the view of ``seen`` that is farthest from all known ones."""
    if not seen or not known:
        return None
    return max(min(_bits(one.hash, other.hash) for other in known) for one in seen)


def _bits(one: bytes, other: bytes) -> int:
    return (int.from_bytes(one) ^ int.from_bytes(other)).bit_count()


def _is_spacer(picture: Picture) -> bool:
    sides = sorted((picture.width, picture.height))
    if picture.appearance.views or len(picture.content) > SPACER_BYTES:
        return False
    return 0 < sides[0] <= SPACER_SHORT_SIDE and sides[1] <= SPACER_LONG_SIDE
