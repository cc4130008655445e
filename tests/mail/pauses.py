"""The real guard with pauses that a test makes and ends; limits are not asked here."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import cast

from filter.guard import Guard
from filter.limits.floodguard import FloodGuard
from filter.limits.interface import LimitStore
from filter.limits.pause import Pause
from filter.quarantine.interface import Ledger
from filter.settings import Settings
from filter.subject import Dimension, Scope
from tests.mail.fakes import Memory

SINCE = datetime(2026, 6, 30, 12, 0, tzinfo=UTC)


class Pauses:
    """What is in force; ``guard`` sees each change at once."""

    def __init__(self) -> None:
        self.in_force: list[Pause] = []
        # The rules of these tests have no limits, so no store is ever asked.
        store, ledger = cast("LimitStore", None), cast("Ledger", Memory())
        self.guard: Guard = FloodGuard(store, ledger, Settings(), lambda: tuple(self.in_force))

    def drop(self, pause_id: str = "p_1", **scope: str) -> None:
        self._add(pause_id, scope, drops=True)

    def hold(self, pause_id: str = "p_1", **scope: str) -> None:
        self._add(pause_id, scope, drops=False)

    def _add(self, pause_id: str, scope: dict[str, str], *, drops: bool) -> None:
        values = {Dimension(k.replace("_", "-")): frozenset({v}) for k, v in scope.items()}
        pause = Pause(pause_id, Scope(values), "because of anna", "ben", SINCE, drops=drops)
        self.in_force.append(pause)
