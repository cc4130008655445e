"""How long until every worker of the running gate has a pause? One that stops nothing says it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from filter.confirmation import Confirmation, wait_until_paused, wait_until_resumed
from filter.ids import new_pause_id
from filter.limits.pause import Pause
from filter.quarantine.pauses import StoredPauses
from filter.subject import Dimension, Scope

# It ends by itself if we do not come to end it.
MOST_SECONDS = 60


@dataclass(frozen=True, slots=True)
class LiveReport:
    """How long a pause took to every worker, and its end."""

    pause_id: str
    paused: Confirmation
    resumed: Confirmation

    @property
    def is_passed(self) -> bool:
        """Whether all workers had both."""
        return self.paused.is_done and self.resumed.is_done


def try_live(state: Path, by: str) -> LiveReport:
    """Pause what no message is, wait for every worker, and end it. Raises StoreError."""
    pause_id = new_pause_id()
    now = datetime.now(UTC)
    nobody = Scope({Dimension.CLIENT: frozenset({f"drill-{pause_id}"})})
    until = now + timedelta(seconds=MOST_SECONDS)
    pause = Pause(pause_id, nobody, "drill: it stops nothing", by, since=now, until=until)
    with StoredPauses(state) as shelf:
        shelf.pauses(now)  # opens the store, which is not what is measured
        started = time.monotonic()
        shelf.pause(pause)
        try:
            paused = wait_until_paused(state, [pause_id], started)
        finally:
            started = time.monotonic()
            shelf.resume(pause_id, by=by, note="drill")
        resumed = wait_until_resumed(state, [pause_id], started)
    return LiveReport(pause_id, paused, resumed)
