"""A release sends the exact bytes once; in doubt it is unknown and nobody sends it again."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest

from filter.message import Channel, Transaction
from filter.outcome import Answer, NextHopAway
from filter.quarantine.item import HeldItem, NoSuchItem, State, StateConflict, StoreError
from filter.quarantine.release import CannotRelease, Paused, Released, release, state_after
from filter.quarantine.store import Store
from tests.quarantine.messages import MONTH, decision_on, mail, text


class RememberingReleaser:
    """Remembers what it was to send, and answers or raises as it is told."""

    def __init__(self, answer: Answer[Any] | BaseException) -> None:
        self.answer = answer
        self.sent: list[Transaction] = []

    async def resend(self, transaction: Transaction) -> Answer[Any]:
        self.sent.append(transaction)
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer


OK = Answer(True, "250 2.0.0 queued as 4Xy", None)


async def held(store: Store, transaction: Transaction) -> str:
    await store.hold(transaction, decision_on(transaction), transaction.received_at + MONTH)
    return transaction.id


async def test_the_exact_bytes_and_envelope_are_sent_and_the_answer_is_kept(store: Store) -> None:
    transaction = mail()
    hop = RememberingReleaser(OK)

    ended = await release(await held(store, transaction), store, {"": hop}, by="anna", note="asked")

    assert hop.sent == [transaction]
    assert ended == Released(transaction.id, State.RELEASED, OK.summary)
    item = store.get_item(transaction.id)
    assert (item.state, item.answer, item.changed_by) == (State.RELEASED, OK.summary, "anna")
    assert item.transaction == transaction
    assert [step.end for step in store.history(transaction.id)] == [
        State.HELD,
        State.RELEASING,
        State.RELEASED,
    ]


async def test_a_text_message_goes_to_its_own_provider(store: Store) -> None:
    transaction = text()
    mail_hop, twilio = RememberingReleaser(OK), RememberingReleaser(Answer(True, "201 SM1", None))

    await release(await held(store, transaction), store, {"": mail_hop, "twilio": twilio}, by="a")

    assert (mail_hop.sent, twilio.sent) == ([], [transaction])


async def test_without_its_provider_a_message_stays_held(store: Store) -> None:
    transaction_id = await held(store, text())

    with pytest.raises(CannotRelease, match="no provider 'twilio' in the settings"):
        await release(transaction_id, store, {}, by="anna")

    assert store.get_item(transaction_id).state is State.HELD


async def test_a_message_that_a_pause_covers_stays_held(store: Store) -> None:
    transaction, hop = mail(), RememberingReleaser(OK)
    transaction_id = await held(store, transaction)

    def why_not(item: HeldItem) -> str:
        return "paused: stolen key (p_1)" if item.transaction == transaction else ""

    with pytest.raises(Paused, match="stolen key"):
        await release(transaction_id, store, {"": hop}, by="anna", why_not=why_not)

    assert hop.sent == []
    assert len(store.history(transaction_id)) == 1
    other = await held(store, mail())
    ended = await release(other, store, {"": hop}, by="anna", why_not=why_not)
    assert ended.state is State.RELEASED


@pytest.mark.parametrize(
    ("answer", "end"),
    [
        pytest.param(Answer(False, "451 4.7.1 later", None), State.HELD, id="4xx"),
        pytest.param(Answer(False, "550 5.7.1 no", None), State.FAILED, id="5xx"),
        pytest.param(Answer(False, "gibberish", None), State.UNKNOWN, id="no code"),
        pytest.param(NextHopAway("refused", may_have_sent=False), State.HELD, id="not connected"),
        pytest.param(NextHopAway("lost"), State.UNKNOWN, id="lost after content"),
        pytest.param(TimeoutError(), State.UNKNOWN, id="time-out"),
        pytest.param(RuntimeError("secret"), State.UNKNOWN, id="defect"),
    ],
)
async def test_each_ending_of_a_release(
    store: Store, answer: Answer[Any] | BaseException, end: State
) -> None:
    transaction_id = await held(store, mail())
    hop = RememberingReleaser(answer)

    ended = await release(transaction_id, store, {"": hop}, by="anna", note="asked")

    item = store.get_item(transaction_id)
    assert (ended.state, item.state) == (end, end)
    assert item.note.startswith("asked; ")
    assert "secret" not in item.note
    assert len(hop.sent) == 1


@pytest.mark.parametrize(
    ("summary", "end"),
    [
        ("400 bad request", State.FAILED),
        ("401 wrong credentials", State.HELD),
        ("404 no account", State.FAILED),
        ("429 too many", State.HELD),
        ("500 oops", State.UNKNOWN),
        ("502 bad gateway", State.UNKNOWN),
        ("503 not serving", State.HELD),
        ("302 elsewhere", State.UNKNOWN),
    ],
)
def test_what_an_http_answer_means(summary: str, end: State) -> None:
    assert state_after(Answer(False, summary, None), Channel.SMS)[0] is end


async def test_only_a_held_message_is_released(store: Store) -> None:
    transaction_id = await held(store, mail())
    hop = RememberingReleaser(OK)
    await release(transaction_id, store, {"": hop}, by="anna")

    with pytest.raises(StateConflict, match=r"released \(by anna\), not held"):
        await release(transaction_id, store, {"": hop}, by="ben")
    with pytest.raises(NoSuchItem):
        await release("m_none", store, {"": hop}, by="ben")

    assert len(hop.sent) == 1


async def test_two_at_once_send_it_once(store: Store) -> None:
    transaction_id = await held(store, mail())
    hop = RememberingReleaser(OK)

    results = await asyncio.gather(
        *(release(transaction_id, store, {"": hop}, by=name) for name in ("anna", "ben", "cy")),
        return_exceptions=True,
    )

    assert len(hop.sent) == 1
    assert sorted(type(result).__name__ for result in results) == [
        "Released",
        "StateConflict",
        "StateConflict",
    ]


async def test_a_release_that_takes_too_long_is_unknown(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Silent(RememberingReleaser):
        async def resend(self, transaction: Transaction) -> Answer[Any]:
            await asyncio.Event().wait()
            return OK

    monkeypatch.setattr("filter.quarantine.release.PATIENCE_SECONDS", 0.05)
    transaction_id = await held(store, mail())

    ended = await release(transaction_id, store, {"": Silent(OK)}, by="anna")

    assert ended.state is State.UNKNOWN


async def test_a_cancelled_release_is_unknown(store: Store) -> None:
    begun = asyncio.Event()

    class Slow(RememberingReleaser):
        async def resend(self, transaction: Transaction) -> Answer[Any]:
            begun.set()
            await asyncio.Event().wait()
            return OK

    transaction_id = await held(store, mail())
    task = asyncio.create_task(release(transaction_id, store, {"": Slow(OK)}, by="anna"))
    await begun.wait()
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task

    assert store.get_item(transaction_id).state is State.UNKNOWN


async def test_a_release_that_is_cancelled_before_it_sends_leaves_the_message_held(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    transaction_id = await held(store, mail())
    hop = RememberingReleaser(OK)
    change, begun, go_on = store.change, threading.Event(), threading.Event()

    def slow(*arguments: Any, **named: Any) -> None:
        begun.set()
        go_on.wait(30)
        change(*arguments, **named)

    monkeypatch.setattr(store, "change", slow)
    task = asyncio.create_task(release(transaction_id, store, {"": hop}, by="anna"))
    await asyncio.to_thread(begun.wait, 30)
    task.cancel()
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert (hop.sent, store.get_item(transaction_id).state) == ([], State.HELD)
    assert "before anything was sent" in store.get_item(transaction_id).note


async def test_a_release_that_is_cancelled_where_it_looks_for_pauses_leaves_the_message_held(
    store: Store,
) -> None:
    transaction_id = await held(store, mail())
    hop = RememberingReleaser(OK)
    asked, go_on = threading.Event(), threading.Event()

    def why_not(_item: HeldItem) -> str:
        if store.get_item(transaction_id).state is State.RELEASING:
            asked.set()
            go_on.wait(30)
        return ""

    task = asyncio.create_task(
        release(transaction_id, store, {"": hop}, by="anna", why_not=why_not)
    )
    await asyncio.to_thread(asked.wait, 30)
    task.cancel()
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert (hop.sent, store.get_item(transaction_id).state) == ([], State.HELD)


async def test_a_cancelled_release_does_not_put_back_what_somebody_else_is_sending(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    transaction_id = await held(store, mail())
    hop = RememberingReleaser(OK)
    change, begun, go_on = store.change, threading.Event(), threading.Event()

    def slow(*arguments: Any, **named: Any) -> None:
        begun.set()
        go_on.wait(30)
        change(*arguments, **named)

    monkeypatch.setattr(store, "change", slow)
    task = asyncio.create_task(release(transaction_id, store, {"": hop}, by="anna"))
    await asyncio.to_thread(begun.wait, 30)
    change(transaction_id, State.HELD, State.RELEASING, by="ben")
    task.cancel()
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task

    item = store.get_item(transaction_id)
    assert (item.state, item.changed_by) == (State.RELEASING, "ben")


class ForgetfulShelf:
    """A store that fails to write an ending for some times."""

    def __init__(self, store: Store, failures: int) -> None:
        self._store = store
        self.failures = failures
        self.get_item = store.get_item

    def change(self, transaction_id: str, start: State, end: State, **words: str) -> None:
        if start is State.RELEASING and self.failures:
            self.failures -= 1
            raise StoreError("disk away")
        self._store.change(transaction_id, start, end, **words)


@pytest.mark.parametrize(("failures", "end"), [(2, State.RELEASED), (99, State.RELEASING)])
async def test_an_answer_is_written_down_with_patience(
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    failures: int,
    end: State,
) -> None:
    monkeypatch.setattr("filter.quarantine.release.RECORD_PAUSES_SECONDS", (0.0, 0.0, 0.0))
    transaction_id = await held(store, mail())
    hop = RememberingReleaser(OK)
    make: Callable[..., Any] = ForgetfulShelf

    try:
        await release(transaction_id, make(store, failures), {"": hop}, by="anna")
    except StoreError:
        assert OK.summary in caplog.text

    assert store.get_item(transaction_id).state is end
    assert len(hop.sent) == 1


async def test_a_pause_that_comes_when_the_release_has_begun_still_stops_it(store: Store) -> None:
    transaction_id = await held(store, mail())
    hop = RememberingReleaser(OK)

    def why_not(_item: HeldItem) -> str:
        is_begun = store.get_item(transaction_id).state is State.RELEASING
        return "paused: stolen key (p_1)" if is_begun else ""

    with pytest.raises(Paused, match="stolen key"):
        await release(transaction_id, store, {"": hop}, by="anna", why_not=why_not)

    assert (hop.sent, store.get_item(transaction_id).state) == ([], State.HELD)


async def test_pauses_that_cannot_be_read_any_more_stop_a_release_that_has_begun(
    store: Store,
) -> None:
    transaction_id = await held(store, mail())
    hop = RememberingReleaser(OK)
    asked: list[str] = []

    def why_not(item: HeldItem) -> str:
        asked.append(item.transaction.id)
        if len(asked) > 1:
            raise StoreError("the disk hangs")
        return ""

    with pytest.raises(Paused, match="nobody knows what is paused: the disk hangs"):
        await release(transaction_id, store, {"": hop}, by="anna", why_not=why_not)

    assert (hop.sent, store.get_item(transaction_id).state) == ([], State.HELD)
