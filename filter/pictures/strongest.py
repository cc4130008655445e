"""Of several reasons why a picture is known: which one is to be told first?"""

from __future__ import annotations

from collections.abc import Iterable

from filter.pictures.likeness import Agreement, Likeness
from filter.pictures.lists import Listed


def strongest(found: Iterable[Likeness | Agreement]) -> Likeness | Agreement | None:
    """Return the likeness that leaves the least doubt, None of none; the first of equals."""
    return max(found, key=strength, default=None)


def strength(found: Likeness | Agreement | Listed) -> tuple[int, int]:
    """Return how sure a likeness is, the greater the surer.

    Views come before points, since the distance of a view says more to people; of views the one
    that is further within its limit, of points the one of more places.
    """
    if isinstance(found, Agreement):
        return 0, found.places
    return 1, found.limit_bits - found.distance_bits
