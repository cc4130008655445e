"""Which known pictures does a picture show, by its views?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from filter.message import Appearance, PictureView
from filter.mode import Mode
from filter.pictures.agreement import (
    LEAST_AGREEING,
    Accord,
    KnownPoints,
    confirming_budget,
    confirms,
)
from filter.pictures.areas import WHOLE_AREA, Area, area_of, frame_of
from filter.pictures.bank import (
    HASH_BYTES,
    LEAST_QUALITY,
    PLAIN_QUALITY,
    describe_view,
    penalty_bits,
    tells,
    view_class,
)
from filter.pictures.compared import Compared
from filter.pictures.index import HashIndex
from filter.pictures.negatives import MARK as NEGATIVE
from filter.pictures.negatives import with_negatives
from filter.pictures.points import PHOTOGRAPH_POINTS, Points, most_telling, told, unpack
from filter.ruleset import BankedImage

SURE_BITS = 36  # of 256: closer hashes need no places that agree, of a photograph
DRAWN_SURE_BITS = 20  # the same of a drawing, a form, a chat: others of their kind are as alike
UNCONFIRMED_BITS = 40  # the same where a picture has too few places to ask
_ALL_SAYS = 8  # bits by which a part may be closer than the whole and is not told
_ENOUGH_POINTS = 24
_RICH_POINTS = 100  # of a picture in a message that may be a photograph
_CLASSES = ("whole", "crop", "tile")  # of the view that is looked up: kinds of queries


@dataclass(frozen=True, slots=True)
class Agreement:
    """Points of a picture that lie as those of a known picture do: it shows it, or a part of it.

    ``seen_as`` is the whole frame in which the points are, "" when nobody knows which. In it,
    ``seen_area`` are the corners of the known picture, beyond it where only a part is shown, in the
    order of ``known_area``, which is () when the points are of a later frame of the known picture.
    """

    known: BankedImage
    is_mirrored: bool
    places: int
    least_places: int
    seen_as: str
    seen_area: Area
    known_area: Area


@dataclass(frozen=True, slots=True)
class Likeness:
    """A view of a picture that lies within the limit of a view of a known picture.

    ``seen_area`` and ``known_area`` are where the view is in the frame that was looked at and in
    the known picture: corners in the same order, see filter/pictures/areas.py; () when unknown.
    """

    known: BankedImage
    seen_as: str
    known_as: str
    distance_bits: int
    limit_bits: int
    seen_area: Area = ()
    known_area: Area = ()


def find_known(
    seen: Appearance, known: tuple[BankedImage, ...]
) -> tuple[Likeness | Agreement, ...]:
    """Return the known pictures that a picture shows, each by its closest pair of views.

    Known pictures that no view shows are looked for by their points.
    """
    likenesses = _compared.recall(seen, known)
    if likenesses is None:
        likenesses = _find_known(seen, known)
        _compared.keep(seen, known, likenesses)
    return likenesses


_Found: TypeAlias = tuple[Likeness | Agreement, ...]


_compared: Compared[tuple[BankedImage, ...], _Found] = Compared()


def _find_known(seen: Appearance, known: tuple[BankedImage, ...]) -> _Found:
    bank = _bank_of(known)
    best: dict[str, Likeness] = {}
    seen_points = [unpack(block) for block in seen.keypoints]
    confirming = _Confirming(seen_points)
    for likeness in _likenesses(usable(seen.views), bank):
        if not _is_certain(likeness, confirming):
            continue
        before = best.get(likeness.known.id)
        if before is None or _preference(likeness) > _preference(before):
            best[likeness.known.id] = likeness
    agreements: dict[str, Agreement] = {}
    for agreement in _agreements(seen_points, seen.frames, bank):
        known_as = agreement.known.id
        if known_as not in best and (
            known_as not in agreements or agreement.places > agreements[known_as].places
        ):
            agreements[known_as] = agreement
    return (*best.values(), *agreements.values())


class _Confirming:
    """Do some places of a picture agree with a known one? Asked once for each known picture.

    A film has thousands of views that are alike, and very many frames: the work is counted.
    """

    def __init__(self, seen: list[Points]) -> None:
        self._seen = seen
        self._richest = max(map(len, seen), default=0)
        self._budget = confirming_budget()
        self._answers: dict[str, bool | None] = {}

    def answer(self, known: BankedImage) -> bool | None:
        """Return None when there are too few places to ask. Raises TooAlikeError."""
        if known.id not in self._answers:
            self._answers[known.id] = self._ask(known)
        return self._answers[known.id]

    def _ask(self, known: BankedImage) -> bool | None:
        most = most_telling(known.appearance.keypoints)
        if most < _ENOUGH_POINTS or self._richest < _ENOUGH_POINTS:
            return None
        if self._richest >= _RICH_POINTS and _is_photograph(known):
            return True
        theirs = [_told(block) for block in known.appearance.keypoints]
        return any(confirms(mine, other, self._budget) for mine in self._seen for other in theirs)


@lru_cache(maxsize=1_024)  # asked of each known picture that something looks like; 15 kB each
def _told(block: bytes) -> Points:
    return told(unpack(block))


def _is_photograph(known: BankedImage) -> bool:
    return most_telling(known.appearance.keypoints) >= PHOTOGRAPH_POINTS


def _is_certain(likeness: Likeness, confirming: _Confirming) -> bool:
    """Return whether hashes that are alike show the same picture.

    Two letters of one layout, or two charts, are as alike as a photograph and its copy that was
    written on. So of pictures that are no photographs some places have to agree as well; one
    without places cannot be confirmed, only be closer.
    """
    bits = likeness.distance_bits
    if bits <= DRAWN_SURE_BITS or (bits <= SURE_BITS and _is_photograph(likeness.known)):
        return True
    answer = confirming.answer(likeness.known)
    return bits <= UNCONFIRMED_BITS if answer is None else answer


def _agreements(seen: list[Points], frames: tuple[str, ...], bank: _Bank) -> Iterator[Agreement]:
    for number, accord in bank.points.accords_of(seen):
        seen_as = f"whole{frames[number]}" if number < len(frames) else ""
        yield _agreement(accord, seen_as, *bank.owners[accord.row])


def _agreement(accord: Accord, seen_as: str, known: BankedImage, block: int) -> Agreement:
    """Blocks of a known picture are in pairs: a frame or ground of it, and its mirror image."""
    is_mirrored, area = block % 2 == 1, accord.area
    if is_mirrored:  # its corners are those of the mirror image
        area = (area[1], area[0], area[3], area[2])
    is_later = block > 1 and any(frame_of(view.name) > 1 for view in known.appearance.views)
    return Agreement(
        known,
        is_mirrored,
        accord.places,
        LEAST_AGREEING,
        seen_as,
        area,
        () if is_later else WHOLE_AREA,
    )


def find_nearest(seen: Appearance, known: tuple[BankedImage, ...]) -> Likeness | None:
    """Return the closest pair of views, within its limit or not; None when there is no pair."""
    bank = _bank_of(known)
    if not bank.entries:
        return None
    nearest: Likeness | None = None
    for view in usable(seen.views):
        distances = bank.index.distances(_hashes([view]))[0]
        row = int((distances - bank.limits_of(view)).argmin())
        likeness = bank.likeness(view, row, int(distances[row]))
        if nearest is None or _margin(likeness) > _margin(nearest):
            nearest = likeness
    return nearest


def explain(likeness: Likeness | Agreement) -> str:
    """Return a sentence for whoever reviews the message."""
    known = likeness.known
    if isinstance(likeness, Agreement):
        seen = "the mirror image of" if likeness.is_mirrored else ""
        said = f'shows {seen} "{known.label}" ({known.id}) or a part of it'.replace("  ", " ")
        return f"{said}: {explain_measure(likeness)}"
    return (
        f'looks like "{known.label}" ({known.id}): {describe_view(likeness.seen_as)} against '
        f"{describe_view(likeness.known_as)} of the known picture, {explain_measure(likeness)}"
    )


def explain_measure(likeness: Likeness | Agreement) -> str:
    """Return how much alike the pictures are, and how much it takes, in words."""
    if isinstance(likeness, Agreement):
        enough = likeness.least_places
        return f"{likeness.places} places lie as in the known picture, {enough} are enough"
    return f"distance {likeness.distance_bits} of 256 bits, limit {likeness.limit_bits}"


def _margin(likeness: Likeness) -> int:
    return likeness.limit_bits - likeness.distance_bits


def _preference(likeness: Likeness) -> int:
    """Return the margin, and more for all of a picture: that says more to people than a part."""
    is_all = _is_all(likeness.seen_as) and _is_all(likeness.known_as)
    return _margin(likeness) + _ALL_SAYS * is_all


def _is_all(view_name: str) -> bool:
    return view_name.startswith("whole") and not view_name.endswith(NEGATIVE)


def usable(views: Iterable[PictureView]) -> Iterator[PictureView]:
    """Yield the views that show enough to be told from others."""
    return (view for view in views if view.quality >= LEAST_QUALITY)


@dataclass(frozen=True, slots=True)
class _Bank:
    """All views and negatives of all known pictures, those with the same limits as one group."""

    entries: tuple[tuple[BankedImage, PictureView], ...]
    index: HashIndex
    points: KnownPoints
    owners: tuple[tuple[BankedImage, int], ...]  # of the points: whose, and which block of it
    limits: npt.NDArray[np.int16]  # (classes, groups)
    groups: npt.NDArray[np.int64]  # of the entries

    def limits_of(self, view: PictureView) -> npt.NDArray[np.int16]:
        """Return the most bits by which the view may differ from each entry."""
        limits: npt.NDArray[np.int16] = self.limits[_CLASSES.index(view_class(view.name))]
        return limits[self.groups]

    def likeness(self, view: PictureView, row: int, distance: int) -> Likeness:
        known, banked = self.entries[row]
        limit = known.max_distance_bits - penalty_bits(
            view_class(view.name),
            view_class(banked.name),
            is_plain=banked.quality < PLAIN_QUALITY,
        )
        areas = area_of(view.name), area_of(banked.name)
        return Likeness(known, view.name, banked.name, distance, limit, *areas)


# The banks of the rules in force and of those just replaced. Kept by identity: hashing a large bank
# takes longer than comparing with it.
_banks: list[tuple[tuple[BankedImage, ...], _Bank]] = []
_MOST_BANKS = 2


def _bank_of(known: tuple[BankedImage, ...]) -> _Bank:
    for images, bank in tuple(_banks):
        if images is known:
            return bank
    bank = _build(known)
    _banks.insert(0, (known, bank))
    del _banks[_MOST_BANKS:]
    return bank


def _build(known: tuple[BankedImage, ...]) -> _Bank:
    entries = tuple(
        (image, view)
        for image in known
        if image.mode is not Mode.OFF
        for view in with_negatives(image.appearance.views)
        if tells(view)
    )
    groups: dict[tuple[int, str, bool, bool], int] = {}
    group_of = [
        groups.setdefault(
            (
                image.max_distance_bits,
                view_class(view.name),
                view.quality < PLAIN_QUALITY,
                _is_all(view.name),  # so that the whole is told where a part is hardly closer
            ),
            len(groups),
        )
        for image, view in entries
    ]
    limits = np.array(
        [
            [
                most - penalty_bits(seen_as, known_as, is_plain=is_plain)
                for most, known_as, is_plain, _ in groups
            ]
            for seen_as in _CLASSES
        ],
        np.int16,
    )
    group_of_entry = np.array(group_of, np.int64)
    number_of = {image.id: number for number, image in enumerate(known)}
    owner_of = [number_of[image.id] for image, _ in entries]
    hashes = _hashes([view for _, view in entries])
    blocks = [
        (image, number, block)
        for image in known
        if image.mode is not Mode.OFF
        for number, block in enumerate(image.appearance.keypoints)
    ]
    return _Bank(
        entries,
        HashIndex(hashes, group_of_entry, limits, np.array(owner_of, np.int64)),
        KnownPoints([unpack(block) for _, _, block in blocks]),
        tuple((image, number) for image, number, _ in blocks),
        limits,
        group_of_entry,
    )


def _hashes(views: list[PictureView]) -> npt.NDArray[np.uint8]:
    joined = b"".join(view.hash for view in views)
    return np.frombuffer(joined, np.uint8).reshape(len(views), HASH_BYTES)


def _likenesses(views: Iterator[PictureView], bank: _Bank) -> Iterator[Likeness]:
    every = list(views)
    kinds = np.array([_CLASSES.index(view_class(view.name)) for view in every], np.int64)
    near = bank.index.closest(_hashes(every), kinds)
    for query, row, distance in zip(*(array.tolist() for array in near), strict=True):
        yield bank.likeness(every[query], row, distance)
