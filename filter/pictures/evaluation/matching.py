"""What the evaluation asks of the matching: from which limit on does a picture show a known one?

The only place where it knows how filter/pictures/likeness.py tells its answers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from filter.message import Appearance
from filter.pictures.bank import describe_view
from filter.pictures.likeness import Likeness, find_known
from filter.ruleset import BankedImage

DEFAULT_BITS = 60  # max_distance_bits of an entry that does not say
MOST_BITS = 80  # up to which limits are tried: unrelated hashes are 128 bits apart, give or take 8


@dataclass(frozen=True, slots=True)
class Pairing:
    """A picture shows a known one once ``max_distance_bits`` is at least ``bits``.

    ``bits`` is 0 for what is known by another measure, whatever that limit.
    """

    known: str
    bits: int
    how: str


class Matcher:
    """The known pictures of an evaluation, under limits wide enough to see every other limit."""

    def __init__(self, known: Iterable[BankedImage]) -> None:
        """Take entries with any limit."""
        entries = tuple(known)
        self._wide = tuple(replace(image, max_distance_bits=MOST_BITS) for image in entries)
        # Where hashes may differ in nothing, what is still known is known by something else.
        self._narrow = (
            tuple(replace(image, max_distance_bits=0) for image in entries)
            if any(image.appearance.keypoints for image in entries)
            else ()
        )

    def pairings(self, appearances: Iterable[Appearance]) -> tuple[Pairing, ...]:
        """Return what is known among the pictures that one file shows, each once."""
        best: dict[str, Pairing] = {}
        for seen in appearances:
            found = [self._by_hash(likeness) for likeness in find_known(seen, self._wide)]
            if self._narrow:
                found += [
                    Pairing(likeness.known.id, 0, _how(likeness))
                    for likeness in find_known(seen, self._narrow)
                ]
            for pairing in found:
                before = best.get(pairing.known)
                if before is None or pairing.bits < before.bits:
                    best[pairing.known] = pairing
        return tuple(best.values())

    @staticmethod
    def _by_hash(likeness: Likeness) -> Pairing:
        bits = MOST_BITS - (likeness.limit_bits - likeness.distance_bits)
        return Pairing(likeness.known.id, max(0, bits), _how(likeness))


def _how(likeness: Likeness) -> str:
    return f"{describe_view(likeness.seen_as)} ~ {describe_view(likeness.known_as)}"
