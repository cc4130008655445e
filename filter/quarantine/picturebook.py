"""What a worker remembers of pictures that passed, so that a repeated logo costs it a look-up.

A picture is written down when it passes for the first time of a day; after that it is only counted,
and counts are written by the hour. The store adds up what all workers write. A worker that is
killed loses the counts of its last hour, never a picture.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Protocol

from filter.quarantine.looks import encode_look
from filter.verdict import PassedPicture, Verdict

log = logging.getLogger("sallyport.quarantine")

FLUSH_SECONDS = 3600.0
# Of one worker and day. Pictures that are made for one person are another one each time: past
# this the day's new ones are not remembered, those that are go on being counted.
MAX_REMEMBERED = 5_000


@dataclass(frozen=True, slots=True)
class Passed:
    """That a picture passed in so many messages of a template; ``look`` b"": as written before."""

    day: date
    digest: str
    template: str
    messages: int
    width: int = 0
    height: int = 0
    look: bytes = b""


class PictureNotes(Protocol):
    """Where this is kept: filter.quarantine.store.Store."""

    def note_pictures(self, pictures: Iterable[Passed]) -> None:
        """Keep them soon; never raises."""
        ...


class PictureBook:
    """Counts the pictures of relayed messages. Used by one thread, the event loop's."""

    def __init__(
        self,
        notes: PictureNotes,
        days: int,
        *,
        today: Callable[[], date] = lambda: datetime.now(UTC).date(),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._notes = notes
        self._is_on = days > 0
        self._today = today
        self._clock = clock
        self._day = date.min
        self._digests: set[str] = set()
        self._counts: dict[tuple[str, str], int] = {}  # not yet written, by digest and template
        self._due = 0.0
        self._is_full = False

    def note(self, verdict: Verdict) -> None:
        """Take in the pictures of a message that was relayed."""
        if not self._is_on or not verdict.pictures:
            return
        today, now = self._today(), self._clock()
        if today != self._day or now >= self._due:
            self.flush()
            self._due = now + FLUSH_SECONDS
        if today != self._day:
            self._day = today
            self._digests.clear()
            self._counts.clear()
            self._is_full = False
        new = [
            seen for one in verdict.pictures if (seen := self._count(one, verdict.template or ""))
        ]
        if new:
            self._notes.note_pictures(new)

    def flush(self) -> None:
        """Write down what has been counted since the last time."""
        counted = [
            Passed(self._day, digest, template, messages)
            for (digest, template), messages in self._counts.items()
            if messages
        ]
        self._counts = dict.fromkeys(self._counts, 0)
        if counted:
            self._notes.note_pictures(counted)

    def _count(self, picture: PassedPicture, template: str) -> Passed | None:
        """Count one; return it when it is to be written down at once."""
        key = (picture.digest, template)
        if key in self._counts:
            self._counts[key] += 1
            return None
        if len(self._counts) >= MAX_REMEMBERED:
            if not self._is_full:
                log.warning(
                    "pictures that passed: more than %d today, the rest is not remembered",
                    MAX_REMEMBERED,
                )
                self._is_full = True
            return None
        self._counts[key] = 0
        look = b""
        if picture.digest not in self._digests:
            self._digests.add(picture.digest)
            look = encode_look(picture.views)
        return Passed(self._day, picture.digest, template, 1, picture.width, picture.height, look)
