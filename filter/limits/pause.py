"""A pause: what people stop by hand, from now until they resume it or it expires."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from filter.quarantine.item import StoreError
from filter.subject import Dimension, Scope

MAX_REASON = 500  # characters of a reason, and of a note on resuming
# Every message is held against every pause, in each process, and all are read five times a second.
MOST_PAUSES = 1000
# So many more of those that name no person: whoever has paused a thousand numbers one by one must
# still be able to pause what they have in common. A pause of everything is never refused.
RESERVED_PAUSES = 100
_PERSONS = frozenset({Dimension.RECIPIENT, Dimension.END_USER, Dimension.END_USER_IP})


class TooManyPauses(StoreError):  # noqa: N818 - what it is
    """So many pauses are in force that one more would slow every message down; the text says."""


@dataclass(frozen=True, slots=True)
class Pause:
    """One stop. Held messages of a pause are one case; with ``drops`` they stay with the client."""

    id: str  # "p_" and a ULID
    scope: Scope
    reason: str
    by: str
    since: datetime
    until: datetime | None = None  # None: until somebody resumes it
    drops: bool = False  # answer 451 or 503 instead of holding

    def is_over(self, now: datetime) -> bool:
        """Return whether it has expired."""
        return self.until is not None and self.until <= now


def refuse_too_many(scope: Scope, in_force: int) -> None:
    """Raise TooManyPauses when there is no room for one with this scope beside those in force."""
    room = MOST_PAUSES
    if _PERSONS.isdisjoint(scope.values):
        room += RESERVED_PAUSES
    if scope.values and in_force >= room:
        raise TooManyPauses(
            f"{in_force} pauses are in force, and {room} is the most; name several values in one"
            " pause, or what they have in common (a prefix, a class, a client), or pause all"
        )


@dataclass(frozen=True, slots=True)
class PauseRecord:
    """A pause and how it ended, for those who look back; ``ended_by`` is "" unless resumed."""

    pause: Pause
    ended_at: datetime | None = None
    ended_by: str = ""
    note: str = ""


class PauseShelf(Protocol):
    """Where pauses are kept. Synchronous; call it off the loop. Every method raises StoreError."""

    def pauses(self, now: datetime) -> Sequence[Pause]:
        """Return the pauses in force, oldest first."""
        ...

    def pause(self, pause: Pause) -> None:
        """Put a pause in force; on return it is on disk.

        Raises ValueError without a reason, and TooManyPauses.
        """
        ...

    def resume(self, pause_id: str, *, by: str, note: str = "") -> Pause:
        """End a pause and return it. Raises NoSuchItem when none with this id is in force."""
        ...

    def releasing(self) -> frozenset[str]:
        """Return the ids of held messages that a living process is sending on just now."""
        ...

    def records(self, limit: int = 100) -> Sequence[PauseRecord]:
        """Return pauses that are and that were, newest first."""
        ...
