"""Whatever people and programs do, an item only ever moves as item.MAY_BECOME says."""

from __future__ import annotations

import asyncio
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from filter.quarantine.interface import Shelf
from filter.quarantine.item import MAY_BECOME, State, StateConflict
from filter.quarantine.retention import sweep
from filter.quarantine.store import Store
from filter.settings import Quarantine
from tests.quarantine.messages import MONTH, decision_on, mail

SETTINGS = Quarantine(min_free_bytes=0)
STATES = st.sampled_from(list(State))


class Life(RuleBasedStateMachine):
    """One held message, two stores on one file, and a model of where it should be."""

    @initialize()
    def hold(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.stores: list[Store] = [Store(Path(self.folder.name), SETTINGS) for _ in range(2)]
        transaction = mail()
        self.id = transaction.id
        asyncio.run(
            self.stores[0].hold(transaction, decision_on(transaction), datetime.now(UTC) + MONTH)
        )
        self.state = State.HELD
        self.steps = 1

    @rule(start=STATES, end=STATES, which=st.integers(0, 1))
    def change(self, start: State, end: State, which: int) -> None:
        may = start is self.state and end in MAY_BECOME[start]
        try:
            self.stores[which].change(self.id, start, end, by="x")
        except StateConflict:
            assert not may
        else:
            assert may
            self.state = end
            self.steps += 1

    @rule(late=st.booleans())
    def sweep(self, *, late: bool) -> None:
        shelf: Shelf = self.stores[1]
        sweep(shelf, datetime.now(UTC) + (MONTH * 2 if late else timedelta(0)), SETTINGS)
        if late and self.state in {State.HELD, State.UNKNOWN, State.FAILED}:
            self.state = State.EXPIRED
            self.steps += 1

    @rule()
    def crash_and_look(self) -> None:
        self.stores[0].close()
        self.stores[0] = Store(Path(self.folder.name), SETTINGS)
        assert self.stores[0].mark_interrupted() == 0  # this process lives

    @invariant()
    def it_is_where_it_should_be(self) -> None:
        if not hasattr(self, "id"):
            return
        item = self.stores[0].get_item(self.id)
        history = self.stores[1].history(self.id)
        assert item.state is self.state
        assert len(history) == self.steps
        assert history[-1].end is self.state
        if self.state in {State.HELD, State.RELEASING, State.UNKNOWN, State.FAILED}:
            assert item.transaction.content, "whatever may still be sent has its bytes"

    def teardown(self) -> None:
        if hasattr(self, "stores"):
            for store in self.stores:
                store.close()
            self.folder.cleanup()


TestLife = Life.TestCase
TestLife.settings = settings(
    max_examples=15,
    stateful_step_count=12,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
