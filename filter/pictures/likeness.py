"""Which known pictures does a picture show, by its views?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from filter.message import Appearance, PictureView
from filter.mode import Mode
from filter.pictures.areas import Area, area_of
from filter.pictures.bank import LEAST_QUALITY, describe_view, penalty_bits, view_class
from filter.ruleset import BankedImage

_WORDS = 4  # of 64 bits in a hash
_MOST_AT_ONCE = 1 << 15  # distances in one block: words and counts stay in the processor's cache


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


def find_known(seen: Appearance, known: tuple[BankedImage, ...]) -> tuple[Likeness, ...]:
    """Return the known pictures that a picture shows, each by its closest pair of views."""
    remembered = _compared.get(id(seen))
    if remembered is not None and remembered[0] is seen and remembered[1] is known:
        return remembered[2]
    likenesses = _find_known(seen, known)
    if len(_compared) >= _MOST_COMPARED:
        _compared.clear()
    _compared[id(seen)] = (seen, known, likenesses)
    return likenesses


# What was found for a picture: the sandbox gives a picture that it remembers the same
# appearance again, so a logo is compared once under each set of rules. Kept by identity, as _banks.
_compared: dict[int, tuple[Appearance, tuple[BankedImage, ...], tuple[Likeness, ...]]] = {}
_MOST_COMPARED = 1_000


def _find_known(seen: Appearance, known: tuple[BankedImage, ...]) -> tuple[Likeness, ...]:
    best: dict[str, Likeness] = {}
    for likeness in _likenesses(usable(seen.views), _bank_of(known)):
        before = best.get(likeness.known.id)
        if before is None or _margin(likeness) > _margin(before):
            best[likeness.known.id] = likeness
    return tuple(best.values())


def find_nearest(seen: Appearance, known: tuple[BankedImage, ...]) -> Likeness | None:
    """Return the closest pair of views, within its limit or not; None when there is no pair."""
    nearest: Likeness | None = None
    bank = _bank_of(known)
    for view in usable(seen.views):
        for row, distance in enumerate(_distances([view], bank)[0].tolist()):
            likeness = bank.likeness(view, row, distance)
            if nearest is None or _margin(likeness) > _margin(nearest):
                nearest = likeness
    return nearest


def explain(likeness: Likeness) -> str:
    """Return a sentence for whoever reviews the message."""
    known = likeness.known
    return (
        f'looks like "{known.label}" ({known.id}): {describe_view(likeness.seen_as)} against '
        f"{describe_view(likeness.known_as)} of the known picture, {explain_measure(likeness)}"
    )


def explain_measure(likeness: Likeness) -> str:
    """Return how alike the views are, and how alike they have to be, in words."""
    return f"distance {likeness.distance_bits} of 256 bits, limit {likeness.limit_bits}"


def _margin(likeness: Likeness) -> int:
    return likeness.limit_bits - likeness.distance_bits


def usable(views: Iterable[PictureView]) -> Iterator[PictureView]:
    """Yield the views that show enough to be told from others."""
    return (view for view in views if view.quality >= LEAST_QUALITY)


@dataclass(frozen=True, slots=True)
class _Bank:
    """All views of all known pictures as words side by side: one word of all hashes is a row."""

    entries: tuple[tuple[BankedImage, PictureView], ...]
    words: npt.NDArray[np.uint64]  # (4, number of views)
    limits: dict[str, npt.NDArray[np.int16]]  # by class of the view that is looked up

    def likeness(self, view: PictureView, row: int, distance: int) -> Likeness:
        known, banked = self.entries[row]
        limit = int(self.limits[view_class(view.name)][row])
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
        for view in image.appearance.views
        if view.quality >= LEAST_QUALITY
    )
    limits = {
        seen_as: np.array(
            [
                image.max_distance_bits - penalty_bits(seen_as, view_class(view.name))
                for image, view in entries
            ],
            np.int16,
        )
        for seen_as in ("whole", "crop", "tile")
    }
    return _Bank(entries, _words([view for _, view in entries]), limits)


def _words(views: list[PictureView]) -> npt.NDArray[np.uint64]:
    joined = np.frombuffer(b"".join(view.hash for view in views), np.uint64)
    return np.ascontiguousarray(joined.reshape(len(views), _WORDS).T)


def _distances(views: list[PictureView], bank: _Bank) -> npt.NDArray[np.int16]:
    """Return the distances in bits: (views, views of the bank)."""
    looked_up = _words(views)
    distances = np.zeros((len(views), len(bank.entries)), np.int16)
    for word, known in zip(looked_up, bank.words, strict=True):
        distances += np.bitwise_count(word[:, None] ^ known[None, :])
    return distances


def _likenesses(views: Iterator[PictureView], bank: _Bank) -> Iterator[Likeness]:
    every = list(views)
    if not every or not bank.entries:
        return
    step = max(1, _MOST_AT_ONCE // len(bank.entries))
    for start in range(0, len(every), step):
        block = every[start : start + step]
        distances = _distances(block, bank)
        limits = np.stack([bank.limits[view_class(view.name)] for view in block])
        for row, column in np.argwhere(distances <= limits).tolist():
            yield bank.likeness(block[row], column, int(distances[row, column]))
