"""Who tells people of floods, and of a limit store that is away: masked, and not too often."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from filter.limits.admission import News
from filter.quarantine.interface import Ledger
from filter.quarantine.item import Alert
from filter.settings import WhenAway

log = logging.getLogger("sallyport.limits")

# A flood over a thousand numbers is a thousand floods to a rule that counts by number. People are
# told of so many a minute by rule (and worker), and how many more there were.
MOST_A_MINUTE = 10
_MINUTE_SECONDS = 60.0
STORE_RULE = "limit.store_away"
LOSS_RULE = "limit.store_lost"
_STORE = "limit store"


def _ignore(rule: str) -> None:
    del rule


class AlertBook:
    """Writes alerts into the ledger and the log. ``count`` is told the rule of each."""

    def __init__(
        self,
        ledger: Ledger,
        count: Callable[[str], None] = _ignore,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ledger = ledger
        self._count = count
        self._clock = clock
        self._minute = 0.0
        self._told: dict[str, int] = {}
        self._untold: dict[str, int] = {}

    def tell(self, news: Iterable[News]) -> None:
        """Tell people of floods that begin; of those of rules on trial only the log speaks."""
        for one in news:
            if one.is_on_trial:
                log.info("would alert rule=%s key=%r: %s", one.rule, one.key, one.text)
            elif self._has_room(one):
                self._tell(one)

    def _has_room(self, one: News) -> bool:
        now = self._clock()
        if now - self._minute >= _MINUTE_SECONDS:
            self._minute = now
            self._told.clear()
        if self._told.get(one.rule, 0) >= MOST_A_MINUTE:
            self._untold[one.rule] = self._untold.get(one.rule, 0) + 1 + one.others
            return False
        self._told[one.rule] = self._told.get(one.rule, 0) + 1
        return True

    def _tell(self, one: News) -> None:
        others = one.others + self._untold.pop(one.rule, 0)
        more = f"; and {others} more keys of this rule" if others else ""
        self.write(one.rule, one.key, one.text + more, one.flood)

    def write(self, rule: str, key: str, text: str, flood: str = "") -> None:
        """Tell people of one thing."""
        log.warning("alert rule=%s key=%r: %s", rule, key, text)
        self._ledger.note_alert(Alert(datetime.now(UTC), rule, key, text, flood))
        self._count(rule)


def tell_of_loss(book: AlertBook, what: str) -> None:
    """Tell people that the limit store is there and has forgotten everything."""
    book.write(LOSS_RULE, _STORE, what)


class StoreAlarm:
    """Tells people when the limit store is away, and when it is back; for Watchful's on_change."""

    def __init__(
        self, book: AlertBook, away: WhenAway, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._book = book
        self._away = away
        self._clock = clock
        self._since: float | None = None
        self._told: float | None = None

    def changed(self, is_away: bool, reason: str) -> None:  # noqa: FBT001 - Watchful's call
        """Note a change. A store that comes and goes is told of once a minute."""
        now = self._clock()
        if is_away:
            self._since = now
            if self._told is None or now - self._told >= _MINUTE_SECONDS:
                self._told = now
                self._book.write(STORE_RULE, _STORE, f"{reason}; {_MEANWHILE[self._away]}")
            else:
                log.warning("limit store is away again: %s", reason)
        elif self._since is not None:
            text = f"it is back after {now - self._since:.1f} s"
            if self._since == self._told:  # whoever was told that it is away waits for this
                self._book.write(STORE_RULE, _STORE, text)
            else:
                log.warning("limit store: %s", text)
            self._since = None


_MEANWHILE = {
    WhenAway.HOLD: "what limits are about is held meanwhile",
    WhenAway.DEFER: "what limits are about stays with the clients meanwhile",
    WhenAway.PASS: "messages go on without limits meanwhile",
}
