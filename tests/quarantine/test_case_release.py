"""A case is released as one: oldest first, not too fast, nothing twice and nothing of no use."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from filter.message import Channel, Transaction
from filter.outcome import Answer, NextHopAway
from filter.quarantine.caserelease import (
    MAX_AWAY,
    MAX_REFUSED,
    MAX_UNDER_WAY,
    CaseEnd,
    CaseRelease,
    Choice,
    Fate,
    ItemEnd,
    Manner,
    Plan,
    Validity,
    plan_release,
)
from filter.quarantine.item import HeldItem, NoSuchItem, State, StateConflict, StoreError
from filter.quarantine.store import Store
from filter.ruleset import RuleSet, Template
from filter.settings import Quarantine
from filter.verdict import Finding
from tests.quarantine.floods import TOO_MANY, another, code_for, hold, hold_many
from tests.quarantine.messages import FLOOD
from tests.quarantine.waiting import until

OK = Answer(True, "201 SM1", None)
FAST = Manner(by="anna", note="they asked", per_second=10_000)
ALL = Choice()
HOUR = timedelta(hours=1)
# A timer may fire as much too early as the clock is coarse.
CLOCK_SECONDS = 0.001


class NoMatcher:
    def match(self, message: object) -> Any:
        raise NotImplementedError


def rules(**seconds: float | None) -> RuleSet:
    templates = tuple(
        Template(
            id=name,
            source="",
            channels=frozenset(Channel),
            senders=(),
            texts=(),
            valid_seconds=valid,
        )
        for name, valid in seconds.items()
    )
    return RuleSet("0123456789ab", templates, (), (), NoMatcher())


CODES = Validity(rules(**{"sign-in": 600.0, "news": None}))
FOREVER = Validity(rules(**{"sign-in": None}))


class Hop:
    """A next hop that remembers, answers as it is told, and can be made to wait."""

    def __init__(self, answer: Answer[Any] | Exception = OK) -> None:
        self.answer = answer
        self.sent: list[str] = []
        self.at: list[float] = []
        self.busy = self.most_busy = 0
        self.gate = asyncio.Event()
        self.gate.set()

    async def resend(self, transaction: Transaction) -> Answer[Any]:
        self.sent.append(transaction.id)
        self.at.append(asyncio.get_running_loop().time())
        self.busy += 1
        self.most_busy = max(self.busy, self.most_busy)
        try:
            await self.gate.wait()
        finally:
            self.busy -= 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@dataclass
class Told:
    """What a release said of each message."""

    ends: list[ItemEnd]

    def __call__(self, end: ItemEnd) -> None:
        self.ends.append(end)

    def of(self, fate: Fate) -> list[str]:
        return [end.transaction_id for end in self.ends if end.fate is fate]


def plan_for(store: Store, choice: Choice = ALL, validity: Validity = FOREVER) -> Plan:
    return plan_release(store, FLOOD.id, choice, validity, datetime.now(UTC))


async def run(
    store: Store,
    hop: Hop,
    *,
    choice: Choice = ALL,
    validity: Validity = FOREVER,
    manner: Manner = FAST,
) -> tuple[CaseEnd, Told]:
    told = Told([])
    whole = CaseRelease(store, {"twilio": hop}, manner, validity, tell=told)
    return await whole.run(plan_for(store, choice, validity)), told


def states(store: Store, ids: Sequence[str]) -> Counter[State]:
    return Counter(store.get_item(one).state for one in ids)


# --- what is chosen


async def test_the_oldest_go_first_and_only_those_of_the_case(store: Store) -> None:
    ids = await hold_many(store, 60)
    other = await hold(store, flood=another(1))
    hop = Hop()

    end, told = await run(store, hop)

    assert hop.sent == ids, "however many are under way at once"
    assert sorted(told.of(Fate.RELEASED)) == ids
    assert (end.counts, end.stopped, end.is_good) == ({Fate.RELEASED: 60}, "", True)
    item = store.get_item(ids[0])
    assert (item.state, item.changed_by, item.answer) == (State.RELEASED, "anna", "201 SM1")
    assert store.history(ids[0])[1].note == "they asked"
    assert store.get_item(other).state is State.HELD


async def test_what_is_of_no_more_use_is_skipped_and_said(store: Store) -> None:
    old = await hold(store, code_for(age=HOUR))
    variant = await hold(
        store, code_for(age=HOUR), verdict=replace(TOO_MANY, template="sign-in/ms")
    )
    other = await hold(store, code_for(age=HOUR), verdict=replace(TOO_MANY, template="news"))
    young = await hold(store, code_for(age=timedelta(minutes=9)))
    hop = Hop()

    end, told = await run(store, hop, validity=CODES)

    assert hop.sent == [other, young]
    assert sorted(told.of(Fate.EXPIRED)) == sorted([old, variant])
    note = next(e.note for e in told.ends if e.transaction_id == old)
    assert note.startswith("of no more use: sign-in is valid for 600 s, received 20")
    assert store.get_item(old).state is State.HELD
    assert end.is_good


async def test_what_is_of_no_more_use_can_be_discarded(store: Store) -> None:
    old, young = await hold(store, code_for(age=HOUR)), await hold(store)
    manner = replace(FAST, discards_expired=True)

    end, _ = await run(store, Hop(), validity=CODES, manner=manner)

    assert end.counts == {Fate.DISCARDED: 1, Fate.RELEASED: 1}
    item = store.get_item(old)
    assert (item.state, item.note) == (State.DISCARDED, "they asked; of no more use")
    assert store.get_item(young).state is State.RELEASED


async def test_what_loses_its_use_on_the_way_is_not_sent(store: Store) -> None:
    young = await hold(store, code_for(age=timedelta(minutes=3)))
    hop = Hop()
    plan = plan_for(store, validity=CODES)
    assert [item.id for item in plan.to_send] == [young]
    late = replace(plan.to_send[0], received_at=plan.to_send[0].received_at - HOUR)

    end = await CaseRelease(store, {"twilio": hop}, FAST, CODES).run(replace(plan, to_send=(late,)))

    assert (end.counts, hop.sent) == ({Fate.EXPIRED: 1}, [])


async def test_what_was_held_for_its_content_too_is_never_sent_with_the_case(
    store: Store,
) -> None:
    finding = Finding("templates", "template.none", "no approved template fits")
    prank = await hold(store, verdict=replace(TOO_MANY, findings=(finding, *TOO_MANY.findings)))
    paused = Finding("pauses", "pause.in_force", "stolen key")
    fine = await hold(store, verdict=replace(TOO_MANY, findings=(paused,)))
    hop = Hop()

    end, told = await run(store, hop, choice=Choice(only=(prank, fine)))

    assert hop.sent == [fine]
    assert told.of(Fate.UNAPPROVED) == [prank]
    assert told.ends[0].note == "held for its content, too: template.none"
    assert store.get_item(prank).state is State.HELD
    assert end.is_good


async def test_what_a_lost_template_approved_is_not_sent_with_the_case(store: Store) -> None:
    await hold_many(store, 3)
    hop = Hop()

    end, told = await run(store, hop, validity=Validity(rules(welcome=None)))

    assert (end.counts, hop.sent) == ({Fate.UNAPPROVED: 3}, [])
    assert told.ends[0].note == "its template sign-in is in the rules no more"


async def test_messages_of_a_case_can_be_chosen(store: Store) -> None:
    ids = await hold_many(store, 10)
    mine = await hold(store, code_for("Jane@example.org"))

    def chosen(choice: Choice) -> list[str]:
        return [item.id for item in plan_for(store, choice).to_send]

    assert chosen(Choice(limit=3)) == ids[:3]
    assert chosen(Choice(sample=3)) == [ids[0], ids[5], mine]
    assert chosen(Choice(sample=1)) == ids[:1]
    assert chosen(Choice(sample=99)) == [*ids, mine]
    assert chosen(Choice(recipients=("x", "jane@EXAMPLE.org"))) == [mine]
    with pytest.raises(NoSuchItem, match="no message of"):
        chosen(Choice(recipients=("jane",)))
    assert chosen(Choice(only=(ids[4], ids[2]))) == [ids[2], ids[4]]
    store.change(ids[2], State.HELD, State.DISCARDED, by="ben")
    with pytest.raises(NoSuchItem, match=f"{ids[2]}: no held message of {FLOOD.id}"):
        chosen(Choice(only=(ids[2], ids[4])))


async def test_without_its_case_there_is_no_plan(store: Store) -> None:
    await hold(store, flood=another(1))

    with pytest.raises(NoSuchItem):
        plan_for(store)


# --- how fast


async def test_no_more_go_on_than_so_many_a_second(store: Store) -> None:
    ids = await hold_many(store, 12)
    hop = Hop()

    await run(store, hop, manner=replace(FAST, per_second=40))

    assert hop.sent == ids
    # Who is late may catch up half a turn and no more, so any so many of them take their time. What
    # a busy machine adds only makes them later.
    early = [
        (first, last)
        for first, last in combinations(range(12), 2)
        if hop.at[last] - hop.at[first] < (last - first - 0.5) / 40 - CLOCK_SECONDS
    ]
    assert early == []


async def test_a_slow_next_hop_gets_a_few_at_once_and_no_more(store: Store) -> None:
    await hold_many(store, 30)
    hop = Hop()
    hop.gate.clear()

    running = asyncio.create_task(run(store, hop))
    await until(lambda: hop.busy == MAX_UNDER_WAY)
    hop.gate.set()
    end, _ = await running

    assert hop.most_busy == MAX_UNDER_WAY
    assert end.counts == {Fate.RELEASED: 30}


# --- when it stops


async def test_a_next_hop_that_is_away_stops_it_and_all_stay_held(store: Store) -> None:
    ids = await hold_many(store, 40)
    hop = Hop(NextHopAway("refused", may_have_sent=False))

    end, _ = await run(store, hop)

    assert end.stopped == "the next hop is away"
    assert not end.is_good
    assert MAX_AWAY <= end.counts[Fate.AWAY] < MAX_AWAY + MAX_UNDER_WAY
    assert states(store, ids) == {State.HELD: 40}


async def test_a_next_hop_that_takes_no_more_stops_it(store: Store) -> None:
    ids = await hold_many(store, 40)

    end, _ = await run(store, Hop(Answer(False, "429 too many", None)))

    assert end.stopped == "the next hop takes no more for now"
    assert MAX_REFUSED <= end.counts[Fate.REFUSED] < MAX_REFUSED + MAX_UNDER_WAY
    assert states(store, ids) == {State.HELD: 40}


async def test_without_a_way_to_send_it_stops(store: Store) -> None:
    ids = await hold_many(store, 20)

    end = await CaseRelease(store, {}, FAST, FOREVER).run(plan_for(store))

    assert end.stopped == "the next hop is away"
    assert states(store, ids) == {State.HELD: 20}


async def test_one_that_is_refused_for_good_does_not_stop_the_others(store: Store) -> None:
    ids = await hold_many(store, 5)

    end, told = await run(store, Hop(Answer(False, "400 no such number", None)))

    assert (end.stopped, end.counts, end.is_good) == ("", {Fate.FAILED: 5}, False)
    assert "no such number" in told.ends[0].note
    assert states(store, ids) == {State.FAILED: 5}


async def test_in_doubt_a_message_is_unknown_and_the_others_go_on(store: Store) -> None:
    ids = await hold_many(store, 5)

    end, _ = await run(store, Hop(NextHopAway("lost")))

    assert (end.counts, end.is_good) == ({Fate.UNKNOWN: 5}, False)
    assert states(store, ids) == {State.UNKNOWN: 5}


async def test_what_comes_under_a_pause_on_the_way_stays_held(store: Store) -> None:
    ids = await hold_many(store, 40)
    hop = Hop()

    def why_not(_item: HeldItem) -> str:
        return "paused: stolen key (p_1)" if len(hop.sent) >= 5 else ""

    whole = CaseRelease(store, {"twilio": hop}, FAST, FOREVER, why_not=why_not)
    end = await whole.run(plan_for(store))

    assert not end.is_good
    assert end.counts == {Fate.RELEASED: len(hop.sent), Fate.PAUSED: 40 - len(hop.sent)}
    assert hop.sent == ids[:5]
    assert states(store, ids) == {State.RELEASED: len(hop.sent), State.HELD: 40 - len(hop.sent)}


async def test_a_pause_of_some_keeps_none_of_the_others_back(store: Store) -> None:
    ids = await hold_many(store, 103)
    paused = set(ids[:100])  # the stolen key's, before those of real people
    hop, told = Hop(), Told([])

    def why_not(item: HeldItem) -> str:
        return "paused: stolen key (p_1)" if item.transaction.id in paused else ""

    slow = replace(FAST, per_second=2)
    whole = CaseRelease(store, {"twilio": hop}, slow, FOREVER, tell=told, why_not=why_not)
    started = asyncio.get_running_loop().time()
    await whole.run(plan_for(store))

    assert hop.sent == ids[100:]
    assert sorted(told.of(Fate.PAUSED)) == ids[:100]
    # The first of them took a turn, as nobody knew; with a turn each they would have taken 50 s.
    assert asyncio.get_running_loop().time() - started < 25


async def test_told_to_stop_it_finishes_what_is_under_way_and_the_rest_can_be_done_later(
    store: Store,
) -> None:
    ids = await hold_many(store, 30)
    hop = Hop()
    hop.gate.clear()
    whole = CaseRelease(store, {"twilio": hop}, FAST, FOREVER)

    running = asyncio.create_task(whole.run(plan_for(store)))
    await until(lambda: hop.busy == MAX_UNDER_WAY)
    whole.stop("interrupted")
    hop.gate.set()
    end = await running

    assert (end.stopped, end.counts) == ("interrupted", {Fate.RELEASED: MAX_UNDER_WAY})
    assert states(store, ids) == {State.RELEASED: MAX_UNDER_WAY, State.HELD: 30 - MAX_UNDER_WAY}

    again, _ = await run(store, hop)
    assert again.counts == {Fate.RELEASED: 30 - MAX_UNDER_WAY}
    assert sorted(hop.sent) == ids, "each once"


async def test_cancelled_it_leaves_nothing_that_looks_unsent(store: Store) -> None:
    ids = await hold_many(store, 30)
    hop = Hop()
    hop.gate.clear()
    whole = CaseRelease(store, {"twilio": hop}, FAST, FOREVER)

    running = asyncio.create_task(whole.run(plan_for(store)))
    await until(lambda: hop.busy == MAX_UNDER_WAY)
    running.cancel()
    async with asyncio.timeout(20):
        with pytest.raises(asyncio.CancelledError):
            await running

    assert states(store, ids) == {State.UNKNOWN: MAX_UNDER_WAY, State.HELD: 30 - MAX_UNDER_WAY}


async def test_a_fault_of_who_listens_stops_it_and_is_not_swallowed(store: Store) -> None:
    ids = await hold_many(store, 40)
    hop = Hop()

    def tell(_end: ItemEnd) -> None:
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        await CaseRelease(store, {"twilio": hop}, FAST, FOREVER, tell=tell).run(plan_for(store))

    assert len(hop.sent) < 40
    assert states(store, ids)[State.RELEASED] == len(hop.sent)


class TroubledStore(Store):
    def get_item(self, transaction_id: str) -> HeldItem:
        raise StoreError(f"cannot read {transaction_id}")


async def test_a_store_in_trouble_stops_it(tmp_path: Path, settings: Quarantine) -> None:
    with TroubledStore(tmp_path, settings) as store:
        await hold_many(store, 20)
        hop = Hop()

        end, _ = await run(store, hop)

    assert end.stopped == "the store is in trouble"
    assert set(end.counts) == {Fate.NOT_SENT}
    assert not end.is_good
    assert hop.sent == []


class ForgetfulStore(Store):
    error: StoreError = StoreError("the disk hangs")

    def change(
        self, transaction_id: str, start: State, end: State, *, by: str, note: str = "",
        answer: str = "",
    ) -> None:  # fmt: skip
        if start is State.RELEASING:
            raise self.error
        super().change(transaction_id, start, end, by=by, note=note, answer=answer)


@pytest.mark.parametrize("error", [StoreError("the disk hangs"), StateConflict("it is unknown")])
async def test_what_was_sent_and_cannot_be_written_down_is_unknown(
    tmp_path: Path,
    settings: Quarantine,
    monkeypatch: pytest.MonkeyPatch,
    error: StoreError,
) -> None:
    monkeypatch.setattr("filter.quarantine.release.RECORD_PAUSES_SECONDS", ())
    monkeypatch.setattr(ForgetfulStore, "error", error)
    with ForgetfulStore(tmp_path, settings) as store:
        await hold_many(store, 1)
        hop = Hop()

        end, _ = await run(store, hop)

    assert (end.counts, len(hop.sent)) == ({Fate.UNKNOWN: 1}, 1)
    assert end.stopped == "the store is in trouble"


# --- two at once


async def test_two_people_at_once_send_nothing_twice(tmp_path: Path, settings: Quarantine) -> None:
    with Store(tmp_path, settings) as one, Store(tmp_path, settings) as other:
        ids = await hold_many(one, 60)
        hop = Hop()

        (first, _), (second, _) = await asyncio.gather(run(one, hop), run(other, hop))

        assert sorted(hop.sent) == ids
        assert first.counts[Fate.RELEASED] + second.counts[Fate.RELEASED] == 60
        assert first.is_good
        assert second.is_good
        assert one.get_case(FLOOD.id).counts[State.RELEASED] == 60


async def test_one_releases_while_another_discards(tmp_path: Path, settings: Quarantine) -> None:
    with Store(tmp_path, settings) as one, Store(tmp_path, settings) as other:
        ids = await hold_many(one, 60)
        hop = Hop()

        releasing = asyncio.create_task(run(one, hop, manner=replace(FAST, per_second=200)))
        await until(lambda: len(hop.sent) >= 3)
        refused = await asyncio.to_thread(other.discard_items, ids[::-1], by="ben", note="")
        end, _ = await releasing

        found = states(one, ids)
        assert found[State.RELEASED] == len(hop.sent) == end.counts[Fate.RELEASED]
        assert found[State.DISCARDED] == 60 - len(hop.sent)
        assert set(refused) <= set(hop.sent)
