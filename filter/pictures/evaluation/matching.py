"""What the evaluation asks of the matching: from which limit on does a picture show a known one?

The only place where it knows how filter/pictures/likeness.py tells its answers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from filter.message import UNSEEN, Appearance
from filter.pictures.agreement import TooAlikeError
from filter.pictures.bank import describe_view
from filter.pictures.likeness import Agreement, Likeness, find_known
from filter.ruleset import BankedImage

# max_distance_bits of an entry that does not say.
DEFAULT_BITS = BankedImage("", "", "", UNSEEN).max_distance_bits
MOST_BITS = 80  # up to which limits are tried: unrelated hashes are 128 bits apart, give or take 8


@dataclass(frozen=True, slots=True)
class Pairing:
    """A picture shows a known one once ``max_distance_bits`` is at least ``bits``.

    ``bits`` is 0 for what is known by its local features, whatever that limit.
    """

    known: str
    bits: int
    how: str


class Matcher:
    """The known pictures of an evaluation, under a limit wide enough to see every other limit."""

    def __init__(self, known: Iterable[BankedImage]) -> None:
        """Take entries with any limit."""
        entries = tuple(known)
        # Apart, because a picture that its hashes show is not looked for by its features. Hashes
        # that are alike but not close are believed by what features there are.
        self._by_hashes = tuple(replace(image, max_distance_bits=MOST_BITS) for image in entries)
        self._by_features = tuple(
            replace(image, appearance=replace(image.appearance, views=()))
            for image in entries
            if image.appearance.keypoints
        )

    def pairings(self, appearances: Iterable[Appearance]) -> tuple[Pairing, ...]:
        """Return what is known among the pictures that one file shows, each once."""
        best: dict[str, Pairing] = {}
        for seen in appearances:
            for pairing in (*self._hashes_show(seen), *self._features_show(seen)):
                before = best.get(pairing.known)
                if before is None or pairing.bits < before.bits:
                    best[pairing.known] = pairing
        return tuple(best.values())

    def _hashes_show(self, seen: Appearance) -> Iterable[Pairing]:
        for found in _found(seen, self._by_hashes):
            if isinstance(found, Likeness):
                bits = MOST_BITS - (found.limit_bits - found.distance_bits)
                views = f"{describe_view(found.seen_as)} ~ {describe_view(found.known_as)}"
                yield Pairing(found.known.id, max(0, bits), views)

    def _features_show(self, seen: Appearance) -> Iterable[Pairing]:
        if seen.keypoints and self._by_features:
            for found in _found(replace(seen, views=()), self._by_features):
                yield Pairing(found.known.id, 0, "local features")


def _found(seen: Appearance, known: tuple[BankedImage, ...]) -> tuple[Likeness | Agreement, ...]:
    try:
        return find_known(seen, known)
    except TooAlikeError:  # held, but taken for no known picture
        return ()
