"""What every Ledger and Shelf must do. SQLite's store is the first; PostgreSQL's joins here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from filter.message import Channel, Transaction
from filter.quarantine.interface import DecisionQuery, ItemQuery
from filter.quarantine.item import NoSuchItem, Record, State, StateConflict, StoreError
from filter.quarantine.store import Store
from filter.settings import Quarantine
from filter.verdict import Disposition, Finding
from tests.quarantine.messages import (
    CONTENT,
    HOLD,
    MONTH,
    PASS,
    decision_on,
    mail,
    older,
    passed,
    text,
)
from tests.quarantine.waiting import until


async def held(store: Store, transaction: Transaction) -> str:
    decision = decision_on(transaction)
    await store.hold(transaction, decision, decision.at + MONTH)
    return transaction.id


class LedgerAndShelfContract:
    """Subclass, give the fixture ``store``, get the suite."""

    async def test_a_held_mail_comes_back_to_the_last_byte(self, store: Store) -> None:
        transaction = mail()

        await held(store, transaction)

        item = store.get_item(transaction.id)
        assert item.transaction == transaction
        assert item.verdict == HOLD
        assert item.state is State.HELD
        assert item.expires_at == transaction.received_at + MONTH
        assert (item.title, item.size_bytes) == ("Spring sale", len(CONTENT))

    async def test_a_held_text_message_comes_back_with_its_fields(self, store: Store) -> None:
        transaction = text("A\x00B \ud83d\u202e")

        await held(store, transaction)

        assert store.get_item(transaction.id).transaction == transaction

    @pytest.mark.parametrize("content", [b"", b"\0" * 10, b"x" * 3_000_000])
    async def test_any_content_is_kept(self, store: Store, content: bytes) -> None:
        transaction = mail(content)

        await held(store, transaction)

        assert store.get_item(transaction.id).transaction.content == content

    async def test_a_hold_is_a_decision_too(self, store: Store) -> None:
        transaction = mail()

        await held(store, transaction)

        assert store.get_decision(transaction.id) == Record(decision_on(transaction))

    async def test_a_decision_comes_back_whole(self, store: Store) -> None:
        odd = replace(passed(), client="n\udcffl", sender="\0", verdict=replace(PASS, template="é"))

        await store.record(odd)

        assert store.get_decision(odd.id).decision == odd

    async def test_what_became_is_added_in_order(self, store: Store) -> None:
        decision = passed()

        await store.record(decision)
        store.note_outcome(decision.id, "relayed 250 2.0.0 queued as \udcff\0")
        store.note_told(decision.id)
        await until(lambda: len(store.get_decision(decision.id).afterwards) == 2)

        first, second = store.get_decision(decision.id).afterwards
        assert (first.kind, first.text) == ("outcome", r"relayed 250 2.0.0 queued as \udcff\x00")
        assert second.kind == "told"

    async def test_an_id_is_kept_once(self, store: Store) -> None:
        transaction = mail()
        await held(store, transaction)

        with pytest.raises(StoreError):
            await held(store, replace(transaction, content=b"another"))

        assert store.get_item(transaction.id).transaction.content == CONTENT

    async def test_lists_are_newest_first_and_read_no_content(self, store: Store) -> None:
        ids = [await held(store, mail()) for _ in range(5)]
        ids.sort(reverse=True)

        first = store.items(limit=3)
        rest = store.items(limit=3, before=first[-1].transaction.id)

        assert [item.transaction.id for item in (*first, *rest)] == ids
        assert {item.transaction.content for item in first} == {b""}

    async def test_items_are_found_by_what_people_know(self, store: Store) -> None:
        wanted = mail(sender="CRM@shop.example", recipient="Jo%e_@example.org")
        await held(store, wanted)
        await held(store, text())
        await held(store, older(mail(), timedelta(days=3)))
        store.change(wanted.id, State.HELD, State.DISCARDED, by="anna")
        since = datetime.now(UTC) - timedelta(hours=1)

        def found(query: ItemQuery) -> int:
            return len(store.find_items(query))

        assert found(ItemQuery()) == 3
        assert found(ItemQuery(sender="crm@SHOP.example")) == 1
        assert found(ItemQuery(recipients=("jo%E_@example.org",))) == 1
        assert found(ItemQuery(recipients=("jo%",))) == 0
        assert found(ItemQuery(recipients=("%",))) == 0
        assert found(ItemQuery(recipients=("nobody@example.org", "jo%e_@example.org"))) == 1
        assert found(ItemQuery(channel=Channel.SMS)) == 1
        assert found(ItemQuery(state=State.DISCARDED)) == 1
        assert found(ItemQuery(since=since)) == 2
        assert found(ItemQuery(reason="link.not_allowed")) == 3
        assert found(ItemQuery(reason="link")) == 3
        assert found(ItemQuery(reason="link.not")) == 0
        assert found(ItemQuery(reason="lin_")) == 0

    async def test_decisions_are_found_by_what_people_know(self, store: Store) -> None:
        await store.record(passed())
        await held(store, text())

        def found(query: DecisionQuery) -> int:
            return len(store.find_decisions(query))

        assert found(DecisionQuery()) == 2
        assert found(DecisionQuery(disposition=Disposition.PASS)) == 1
        assert found(DecisionQuery(template="otp-login")) == 1
        assert found(DecisionQuery(client="shop")) == 1
        assert found(DecisionQuery(sender="clinic")) == 1
        assert found(DecisionQuery(recipients=("j***@example.org",))) == 1
        assert found(DecisionQuery(recipients=("***@example.org",))) == 0
        assert found(DecisionQuery(reason="template.none")) == 1
        assert found(DecisionQuery(envelope_digest="ab" * 32)) == 2
        assert found(DecisionQuery(since=datetime.now(UTC) + timedelta(seconds=5))) == 0
        assert found(DecisionQuery(limit=1)) == 1

    async def test_every_change_is_in_the_history(self, store: Store) -> None:
        transaction_id = await held(store, mail())

        store.change(transaction_id, State.HELD, State.RELEASING, by="anna", note="asked for")
        store.change(
            transaction_id, State.RELEASING, State.RELEASED, by="anna", answer="250 2.0.0 4Xy"
        )

        steps = [(s.by, s.start, s.end, s.note) for s in store.history(transaction_id)]
        assert steps == [
            ("", None, State.HELD, ""),
            ("anna", State.HELD, State.RELEASING, "asked for"),
            ("anna", State.RELEASING, State.RELEASED, ""),
        ]
        item = store.get_item(transaction_id)
        assert (item.state, item.changed_by, item.answer) == (
            State.RELEASED,
            "anna",
            "250 2.0.0 4Xy",
        )
        assert [later.text for later in store.get_decision(transaction_id).afterwards] == [
            "releasing by anna: asked for",
            "released by anna: 250 2.0.0 4Xy",
        ]

    async def test_a_change_from_another_state_is_refused(self, store: Store) -> None:
        transaction_id = await held(store, mail())
        store.change(transaction_id, State.HELD, State.DISCARDED, by="anna")

        with pytest.raises(StateConflict, match=r"discarded \(by anna\), not held"):
            store.change(transaction_id, State.HELD, State.RELEASING, by="ben")

        assert store.get_item(transaction_id).changed_by == "anna"
        assert len(store.history(transaction_id)) == 2

    async def test_a_change_that_nobody_allows_is_refused(self, store: Store) -> None:
        transaction_id = await held(store, mail())

        with pytest.raises(StateConflict, match="cannot become"):
            store.change(transaction_id, State.HELD, State.RELEASED, by="ben")

        assert store.get_item(transaction_id).state is State.HELD

    def test_what_is_not_there_is_said(self, store: Store) -> None:
        with pytest.raises(NoSuchItem):
            store.get_item("m_none")
        with pytest.raises(NoSuchItem):
            store.get_decision("m_none")
        with pytest.raises(NoSuchItem):
            store.change("m_none", State.HELD, State.DISCARDED, by="x")
        assert store.history("m_none") == ()

    async def test_codes_of_the_shadow_hold_nothing_and_are_not_reasons(self, store: Store) -> None:
        verdict = replace(HOLD, findings=(Finding("x", "mail.ambiguous", "-"),))
        transaction = mail()
        await store.hold(transaction, decision_on(transaction, verdict), datetime.now(UTC))

        assert store.find_items(ItemQuery(reason="image.known")) == ()


class TestSqlite(LedgerAndShelfContract):
    @pytest.fixture
    def store(self, tmp_path: Path, settings: Quarantine) -> Iterator[Store]:
        with Store(tmp_path / "state", settings) as store:
            yield store
