"""What was found for a picture that was compared before?

The sandbox gives a picture that it remembers the same appearance again, so a logo is compared once
under each set of rules. Kept by identity: hashing a large bank takes longer than comparing with it.
"""

from __future__ import annotations

from typing import Generic, TypeVar

from filter.message import Appearance

_MOST = 1_000
_MOST_BYTES = 64 << 20
_LARGEST_BYTES = 1 << 20  # films are compared each time: a thousand would fill the memory
_VIEW_BYTES = 300

_Rules = TypeVar("_Rules")
_Found = TypeVar("_Found")


class Compared(Generic[_Rules, _Found]):
    """What was found for the pictures that were compared last. May be used by many threads."""

    def __init__(self) -> None:
        """Remember nothing yet."""
        self._found: dict[int, tuple[Appearance, _Rules, _Found]] = {}
        self._bytes = 0

    def recall(self, seen: Appearance, rules: _Rules) -> _Found | None:
        """Return what was found under these rules, None when it is not remembered."""
        kept = self._found.get(id(seen))
        return kept[2] if kept and kept[0] is seen and kept[1] is rules else None

    def keep(self, seen: Appearance, rules: _Rules, found: _Found) -> None:
        """Remember it, unless it is large."""
        weight = _VIEW_BYTES * len(seen.views) + sum(map(len, seen.keypoints))
        if weight > _LARGEST_BYTES:
            return
        if len(self._found) >= _MOST or self._bytes + weight > _MOST_BYTES:
            self._found, self._bytes = {}, 0
        self._found[id(seen)] = (seen, rules, found)
        self._bytes += weight
