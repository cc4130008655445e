"""A held message of a flood belongs to its case from the moment it is held."""

from __future__ import annotations

import contextlib
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from filter.quarantine.item import NoSuchItem, State, StoreError
from filter.quarantine.store import Store
from filter.verdict import Verdict
from tests.quarantine.messages import FLOOD, HOLD, MONTH, decision_on, flooded, mail, text


async def held(store: Store, verdict: Verdict) -> str:
    transaction = text()
    decision = decision_on(transaction, verdict)
    await store.hold(transaction, decision, decision.at + MONTH)
    return transaction.id


def rows_of(folder: Path, statement: str) -> list[tuple[object, ...]]:
    with contextlib.closing(sqlite3.connect(folder / "state" / "sallyport.db")) as database:
        return database.execute(statement).fetchall()


async def test_a_flood_is_kept_with_the_message(store: Store, tmp_path: Path) -> None:
    await held(store, HOLD)
    mine = [await held(store, flooded()) for _ in range(3)]
    other = await held(store, flooded(replace(FLOOD, id="f_other", key="client=other")))

    found = rows_of(tmp_path, "SELECT flood, id, rule, key, since FROM flood_items ORDER BY id")

    assert found == [
        *((FLOOD.id, one, FLOOD.rule, FLOOD.key, FLOOD.since) for one in sorted(mine)),
        ("f_other", other, FLOOD.rule, "client=other", FLOOD.since),
    ]
    assert store.get_item(mine[0]).verdict.flood == FLOOD
    assert rows_of(tmp_path, "SELECT flood, held FROM cases ORDER BY flood") == [
        (FLOOD.id, 3),
        ("f_other", 1),
    ]


async def test_a_message_that_cannot_be_held_is_in_no_flood(store: Store, tmp_path: Path) -> None:
    transaction = mail()
    decision = decision_on(transaction, flooded())
    await store.hold(transaction, decision, decision.at + MONTH)

    with pytest.raises(StoreError):
        await store.hold(transaction, decision, decision.at + MONTH)  # the id twice

    assert rows_of(tmp_path, "SELECT count(*) FROM flood_items") == [(1,)]
    assert rows_of(tmp_path, "SELECT held FROM cases") == [(1,)]


async def test_a_case_counts_its_items_whatever_becomes_of_them(
    store: Store, tmp_path: Path
) -> None:
    released, discarded, unknown, _ = [await held(store, flooded()) for _ in range(4)]
    await held(store, flooded(replace(FLOOD, id="f_other")))
    store.change(released, State.HELD, State.RELEASING, by="anna")
    store.change(released, State.RELEASING, State.RELEASED, by="anna")
    store.change(discarded, State.HELD, State.DISCARDED, by="anna")
    store.change(unknown, State.HELD, State.RELEASING, by="anna")
    store.change(unknown, State.RELEASING, State.UNKNOWN, by="anna")
    with pytest.raises(NoSuchItem):
        store.change("m_none", State.HELD, State.DISCARDED, by="anna")

    columns = ", ".join(state.value for state in State)
    found = rows_of(tmp_path, f"SELECT {columns} FROM cases ORDER BY flood")

    assert found == [(1, 0, 1, 1, 0, 0, 1), (1, 0, 0, 0, 0, 0, 0)]
