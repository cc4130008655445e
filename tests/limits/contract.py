"""What every limit store must do: subclass LimitStoreContract and give it a bench to work on."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any, TypeVar

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from filter.limits.interface import (
    FLOOD_GAP_SECONDS,
    MOST_MEMBERS,
    Charge,
    Charged,
    Claim,
    Distinct,
    FirstSeen,
    LimitStore,
    Meter,
    Rate,
    Reading,
    Run,
    Signal,
    Spread,
    Track,
    Use,
    UseRate,
    Volume,
)
from tests.limits.model import Model

T = TypeVar("T")
SECOND = 10**6
MINUTE, HOUR, DAY = 60 * SECOND, 3600 * SECOND, 86400 * SECOND
KEYS = count(1)


class Clock:
    """The time of a store under test, µs since 1970: it goes when the test says so."""

    def __init__(self) -> None:
        self.now = 1_800_000_000 * SECOND

    def __call__(self) -> int:
        return self.now


class Bench:
    """A store, its clock, and a loop to ask it in."""

    def __init__(self, runner: asyncio.Runner, store: LimitStore, clock: Clock) -> None:
        self.runner = runner
        self.store = store
        self.clock = clock

    def ask(self, question: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(question)

    def charge(self, *meters: Meter, track: Track | None = None) -> Charged:
        return self.ask(self.store.charge(Charge(meters, track)))

    def reading(self, meter: Meter) -> Reading:
        return self.charge(meter).readings[0]

    def admits(self, *meters: Meter) -> bool:
        return self.charge(*meters).is_admitted

    def peek(self, meter: Meter) -> Reading:
        return self.ask(self.store.peek([meter]))[0]

    def give_back(self, charged: Charged, *meters: Meter) -> None:
        self.ask(self.store.give_back(Charge(meters), charged))


def new_key() -> bytes:
    return next(KEYS).to_bytes(16, "big")


def meter(measure: Any, **fields: Any) -> Meter:
    return Meter(new_key(), "a-rule", measure, **{"profile": new_key(), **fields})


def of(one: Meter, *members: int) -> Meter:
    return replace(one, members=members)


# --- a history to compare with the model


@dataclass(frozen=True)
class Step:
    """Let so much time pass, then do something with some of the meters."""

    micros: int
    act: str
    which: tuple[int, ...] = ()
    costs: tuple[int, ...] = ()
    members: tuple[int, ...] = ()
    decides: tuple[bool, ...] = ()
    index: int = 0


MEASURES = (
    Rate(3, 9, 3),
    Rate(7, 60, 2),
    Rate(1, 5, 1),
    Distinct(3, 10),
    Distinct(2, 3),
    Volume(4, 20, 2.0, 28 * 30, 60),
    Volume(2, 5, 1.5, 28 * 10, 0),
    Spread(3, 20, 2.0, 28 * 30, 60),
    Spread(2, 5, 1.0, 28 * 10, 0),
    Run(3, 15, 60),
    FirstSeen(40),
    FirstSeen(0),
    Use(50.0, 2, 10, 4),
)
# The borders of windows, slices and cells are where mistakes are.
JUMPS = (0, 1, 2 * SECOND, 3 * SECOND, 5 * SECOND, 10 * SECOND, 15 * SECOND, 20 * SECOND, HOUR)
FEW = st.integers(0, len(MEASURES) - 1)
STEPS = st.builds(
    Step,
    micros=st.one_of(st.sampled_from(JUMPS), st.integers(0, 4 * SECOND)),
    act=st.sampled_from(
        ["charge", "charge", "charge", "give back", "peek", "report", "reset", "lists"]
    ),
    which=st.lists(FEW, min_size=1, max_size=5, unique=True).map(tuple),
    costs=st.tuples(*[st.integers(1, 4)] * 5),
    members=st.lists(st.integers(0, 12), min_size=1, max_size=4).map(tuple),
    decides=st.tuples(*[st.booleans()] * 5),
    index=st.integers(0, 50),
)


@dataclass
class History:
    """The same steps on a store and on the model, which must never differ."""

    bench: Bench
    model: Model
    keys: list[bytes] = field(default_factory=lambda: [new_key() for _ in MEASURES])
    profiles: list[bytes] = field(default_factory=lambda: [new_key() for _ in MEASURES])
    open: list[tuple[Charge, Charged, Charged]] = field(default_factory=list)
    references: list[bytes] = field(default_factory=list)

    def take(self, step: Step) -> None:
        self.bench.clock.now += step.micros
        self.model.now = self.bench.clock.now
        meters = tuple(self._meter(step, place, which) for place, which in enumerate(step.which))
        match step.act:
            case "charge":
                self._charge(meters)
            case "give back":
                self._give_back(step.index)
            case "report":
                self._report(step.index)
            case "reset":
                self.bench.ask(self.bench.store.reset(meters))
                self.model.reset(meters)
            case "lists":
                self._compare_lists()
        # After every step, all that can be seen is the same.
        found = self.bench.ask(self.bench.store.peek(meters))
        assert self._shown(found) == self._shown(self.model.peek(meters))

    def _meter(self, step: Step, place: int, which: int) -> Meter:
        return Meter(
            self.keys[which],
            f"rule-{which}",
            MEASURES[which],
            cost=step.costs[place],
            members=step.members,
            profile=self.profiles[which],
            decides=step.decides[place],
            label=f"key {self.keys[which].hex()}",
        )

    def _charge(self, meters: tuple[Meter, ...]) -> None:
        reference = new_key()
        charge = Charge(meters, Track((reference,), 10**6))
        found = self.bench.ask(self.bench.store.charge(charge))
        expected = self.model.charge(charge)
        assert found.is_admitted == expected.is_admitted
        assert found.at == expected.at
        assert self._shown(found.readings) == self._shown(expected.readings)
        self.references.append(reference)
        if found.is_admitted:
            self.open.append((charge, found, expected))

    def _give_back(self, index: int) -> None:
        if self.open:
            charge, found, expected = self.open.pop(index % len(self.open))
            self.bench.ask(self.bench.store.give_back(charge, found))
            self.model.give_back(charge, expected)

    def _report(self, index: int) -> None:
        if self.references:
            reference = self.references[index % len(self.references)]
            signal = Signal.USED if index % 2 else Signal.UNREQUESTED
            found = self.bench.ask(self.bench.store.report(reference, signal))
            assert found == self.model.report(reference, signal)

    def _compare_lists(self) -> None:
        mine = {f"key {key.hex()}" for key in self.keys}
        floods = self.bench.ask(self.bench.store.floods())
        assert [f.last for f in floods] == sorted((f.last for f in floods), reverse=True)
        assert {f for f in floods if f.label in mine} == set(self.model.floods())
        rates = self.bench.ask(self.bench.store.use_rates())
        assert {r for r in rates if r.label in mine} == set(self.model.use_rates())

    def _shown(self, readings: Any) -> list[Reading]:
        """Return the readings without what may differ: since when all is free."""
        now = self.bench.clock.now
        return [r if r.until > now else replace(r, until=0, returned=0) for r in readings]


WITH_FIXTURES = settings(
    max_examples=100,
    deadline=None,
    # Both stores inherit these tests; what hypothesis remembers of one is no harm to the other.
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.differing_executors,
    ],
)


class LimitStoreContract:
    """Give it two fixtures: ``bench``, for all tests, and ``fresh``, one for each that asks.

    Every test works with keys of its own on ``bench``, whose clock only goes forward; the tests
    that set it back do so on ``fresh``.
    """

    # --- all of it, against the model

    @WITH_FIXTURES
    @given(steps=st.lists(STEPS, min_size=1, max_size=25))
    def test_a_store_never_differs_from_the_model(self, bench: Bench, steps: list[Step]) -> None:
        bench.clock.now += 10 * DAY
        history = History(bench, Model(bench.clock.now))

        for step in steps:
            history.take(step)

    # --- limits, by what they are for

    @WITH_FIXTURES
    @given(
        acts=st.lists(
            st.tuples(st.integers(0, 4 * SECOND), st.booleans(), st.integers(1, 3)), max_size=40
        ),
        allowed=st.integers(1, 5),
        burst=st.integers(1, 5),
    )
    def test_what_went_on_never_exceeds_the_rate_and_what_fits_goes_on(
        self, bench: Bench, acts: list[tuple[int, bool, int]], allowed: int, burst: int
    ) -> None:
        bench.clock.now += DAY
        rate = Rate(allowed, 10, burst)
        interval = -(-10 * SECOND // allowed)
        one = meter(rate)
        admitted: list[tuple[int, int]] = []
        returned = False
        for micros, gives_back, cost in acts:
            bench.clock.now += micros
            priced = replace(one, cost=cost)
            charged = bench.charge(priced)
            fits = all(
                sum(c for _, c in admitted[first:]) * interval + cost * interval
                <= burst * interval + bench.clock.now - at
                for first, (at, _) in [*enumerate(admitted), (len(admitted), (bench.clock.now, 0))]
            )
            assert fits or not charged.is_admitted, "more than the limit allows"
            if not returned:
                assert charged.is_admitted or not fits, "less than the limit allows"
            if charged.is_admitted and gives_back:
                bench.clock.now += micros // 3
                bench.give_back(charged, priced)
                returned = True
            elif charged.is_admitted:
                admitted.append((charged.at, cost))

    @WITH_FIXTURES
    @given(
        acts=st.lists(
            st.tuples(st.integers(0, 3 * SECOND), st.booleans(), st.integers(0, 20)),
            min_size=5,
            max_size=60,
        ),
        burst=st.integers(1, 6),
    )
    @example(
        acts=[(0, False, 0)] * 2 + [(0, True, 0), (4 * SECOND, False, 0), (0, True, 0)], burst=3
    )
    def test_giving_back_out_of_order_makes_no_room_that_was_not_there(
        self, bench: Bench, acts: list[tuple[int, bool, int]], burst: int
    ) -> None:
        bench.clock.now += DAY
        interval = 2 * SECOND
        one = meter(Rate(5, 10, burst))
        on_their_way: list[Charged] = []
        returned: set[int] = set()
        for micros, gives_back, index in acts:
            bench.clock.now += micros
            if gives_back and on_their_way:
                charged = on_their_way[index % len(on_their_way)]
                if id(charged) not in returned:
                    returned.add(id(charged))
                    bench.give_back(charged, one)
                continue
            charged = bench.charge(one)
            if charged.is_admitted:
                on_their_way.append(charged)
        went_on = [charged.at for charged in on_their_way if id(charged) not in returned]
        for first, begin in enumerate(went_on):
            for last, end in enumerate(went_on[first:], start=first):
                assert (last - first + 1) * interval <= burst * interval + end - begin

    @WITH_FIXTURES
    @given(
        acts=st.lists(
            st.tuples(
                st.integers(0, 2 * SECOND),
                st.booleans(),
                st.lists(st.integers(0, 6), min_size=1, max_size=3),
            ),
            max_size=40,
        )
    )
    def test_no_more_different_members_go_on_than_are_allowed(
        self, bench: Bench, acts: list[tuple[int, bool, list[int]]]
    ) -> None:
        bench.clock.now += DAY
        one = meter(Distinct(3, 5))
        went_on: list[tuple[int, int]] = []
        for micros, gives_back, members in acts:
            bench.clock.now += micros
            mine = of(one, *members)
            charged = bench.charge(mine)
            if charged.is_admitted and gives_back:
                bench.give_back(charged, mine)
            elif charged.is_admitted:
                went_on += [(charged.at, member) for member in members]
        for begin, _ in went_on:
            assert len({m for at, m in went_on if begin <= at < begin + 5 * SECOND}) <= 3

    @WITH_FIXTURES
    @given(
        members=st.lists(
            st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=6), min_size=1, max_size=12
        ),
        allowed=st.integers(1, 4),
    )
    def test_a_charge_that_is_refused_fits_when_it_was_told_and_not_before(
        self, bench: Bench, members: list[list[int]], allowed: int
    ) -> None:
        bench.clock.now += DAY
        one = meter(Distinct(allowed, 10))
        rate = meter(Rate(allowed, 10, allowed))
        for some in members:
            bench.clock.now += SECOND
            both = (of(one, *some), replace(rate, cost=len(some)))
            charged = bench.charge(*both)
            waits = [reading.retry_seconds for reading in charged.readings]
            if None in waits:
                assert len(some) > allowed
                continue
            wait = round(max(w for w in waits if w is not None) * SECOND)
            if wait:
                bench.clock.now += wait - 1
                assert not bench.admits(*both)
                bench.clock.now += 1
                assert bench.admits(*both)

    def test_all_are_charged_or_none(self, bench: Bench) -> None:
        wide, narrow, few = meter(Rate(9, 60, 9)), meter(Rate(1, 60, 1)), meter(Distinct(9, 60))
        assert bench.admits(wide, narrow, of(few, 1))

        assert not bench.admits(wide, narrow, of(few, 2))

        assert [bench.peek(m).count for m in (wide, narrow, few)] == [1, 1, 1]

    def test_who_does_not_decide_stops_nobody_and_is_not_charged_beyond_its_limit(
        self, bench: Bench
    ) -> None:
        shadow, other = meter(Rate(1, 60, 1), decides=False), meter(Rate(9, 60, 9))
        assert bench.admits(shadow, other)

        charged = bench.charge(shadow, other)

        assert charged.is_admitted
        assert [reading.is_exceeded for reading in charged.readings] == [True, False]
        assert (bench.peek(shadow).count, bench.peek(other).count) == (1, 2)
        bench.give_back(charged, shadow, other)
        assert (bench.peek(shadow).count, bench.peek(other).count) == (1, 1)

    def test_a_cost_above_the_burst_never_fits(self, bench: Bench) -> None:
        reading = bench.reading(meter(Rate(5, 60, 2), cost=3))

        assert (reading.is_exceeded, reading.retry_seconds) == (True, None)

    def test_a_burst_is_free_again_an_interval_at_a_time(self, bench: Bench) -> None:
        one = meter(Rate(6, 60, 2))
        assert [bench.admits(one) for _ in range(3)] == [True, True, False]
        bench.clock.now += 10 * SECOND - 1
        assert not bench.admits(one)
        bench.clock.now += 1
        assert [bench.admits(one) for _ in range(2)] == [True, False]

    def test_a_whole_burst_that_is_given_back_at_once_fits_again(self, bench: Bench) -> None:
        one = meter(Rate(100, 3600, 50))
        charges = [bench.charge(one) for _ in range(50)]
        bench.clock.now += 2 * SECOND
        assert not bench.admits(one)

        for charged in charges:
            bench.give_back(charged, one)

        assert sum(bench.admits(one) for _ in range(51)) == 50

    def test_what_was_given_back_moves_up_what_stood_behind_it(self, bench: Bench) -> None:
        one = meter(Rate(5, 10, 3))  # an interval of 2 s
        first, second = bench.charge(one), bench.charge(one)
        bench.give_back(first, one)
        bench.clock.now += SECOND
        assert bench.admits(one)
        bench.clock.now += SECOND

        # With the first gone, the second was free by now: nothing of it is left to give back.
        bench.give_back(second, one)

        assert [bench.admits(one) for _ in range(3)] == [True, True, False]

    def test_nothing_comes_back_once_all_was_free(self, bench: Bench) -> None:
        one = meter(Rate(5, 10, 3))
        first, second = bench.charge(one), bench.charge(one)
        bench.give_back(first, one)
        bench.clock.now += 2 * SECOND
        assert bench.admits(one)

        bench.give_back(second, one)

        assert [bench.admits(one) for _ in range(3)] == [True, True, False]

    def test_a_member_given_back_after_its_time_does_not_take_a_later_charge_with_it(
        self, bench: Bench
    ) -> None:
        one = meter(Distinct(1, 60), members=(7,))
        early = bench.charge(one)
        bench.clock.now += MINUTE
        assert bench.admits(one)

        bench.give_back(early, one)

        assert not bench.admits(of(one, 8))

    def test_what_was_reset_is_free_and_takes_nothing_back(self, bench: Bench) -> None:
        rate, few = meter(Rate(2, 3600, 2)), meter(Distinct(1, 3600), members=(7,))
        charged = bench.charge(rate, few)
        bench.clock.now += SECOND
        bench.ask(bench.store.reset([rate, few]))
        assert (bench.peek(rate).count, bench.peek(few).count) == (0, 0)
        bench.clock.now += SECOND
        assert bench.admits(rate, few)

        bench.give_back(charged, rate, few)

        assert (bench.peek(rate).count, bench.peek(few).count) == (1, 1)

    def test_a_member_is_forgotten_when_each_of_its_charges_was_given_back(
        self, bench: Bench
    ) -> None:
        one = meter(Distinct(1, 60), members=(7,))
        charges = [bench.charge(one) for _ in range(3)]
        counts = []
        for charged in charges:
            bench.give_back(charged, one)
            counts.append(bench.peek(one).count)

        assert counts == [1, 1, 0]
        assert bench.admits(of(one, 8))

    def test_members_are_told_apart_to_the_last_bit(self, bench: Bench) -> None:
        one = meter(Distinct(4, 60), members=(0, 2**63, 2**64 - 1, 2**63 - 1))
        assert bench.admits(one)
        assert bench.reading(of(one, 2**63 + 1)).count == 4
        assert not bench.peek(one).is_exceeded

    # --- watches

    def test_spread_stands_still_at_the_most_members(self, bench: Bench) -> None:
        one = meter(Spread(10**6, 60, 1.0, 28 * 600, 0))
        for first in range(0, MOST_MEMBERS, 250):
            bench.charge(of(one, *range(first, first + 250)))

        assert bench.reading(of(one, 5000)).count == MOST_MEMBERS

    def test_what_a_limit_refuses_is_an_attempt_all_the_same(self, bench: Bench) -> None:
        limit = meter(Rate(1, 3600, 1))
        volume, spread = (
            meter(Volume(5, 60, 1.0, 28 * 600, 0)),
            meter(Spread(5, 60, 1.0, 28 * 600, 0)),
        )
        readings = [bench.charge(limit, volume, of(spread, member)).readings for member in range(5)]

        assert [one.is_exceeded for one in readings[-1]] == [True, True, True]
        assert [one.count for one in readings[-1]] == [1, 5, 5]

    def test_a_watch_that_learns_stops_nobody_and_learns_what_goes_on(self, bench: Bench) -> None:
        bench.clock.now += -bench.clock.now % DAY
        one = meter(Volume(3, 10, 2.0, 28 * 100, 200))
        first = [bench.charge(one) for _ in range(10)]
        assert all(charged.is_admitted for charged in first)
        assert first[-1].readings[0].is_exceeded
        assert first[-1].readings[0].is_learning

        bench.clock.now += 200 * SECOND
        later = [bench.charge(one) for _ in range(21)]

        assert later[0].readings[0].usual == 10
        assert [charged.is_admitted for charged in later] == [True] * 20 + [False]

    def test_numbers_that_follow_each_other_are_seen(self, bench: Bench) -> None:
        one, other = meter(Run(4, 60, 50)), meter(Run(4, 60, 50))
        close = [bench.reading(of(one, number)) for number in (17, 20, 23, 26)]
        far = [bench.reading(of(other, number)) for number in (17, 21, 25, 29)]

        assert [reading.is_exceeded for reading in close] == [False] * 3 + [True]
        assert close[-1].count == 4
        assert not any(reading.is_exceeded for reading in far)

    def test_a_country_never_written_to_is_seen_until_a_person_says_it_is_known(
        self, bench: Bench
    ) -> None:
        profile = new_key()
        known, new = (
            meter(FirstSeen(60), profile=profile),
            meter(FirstSeen(60), profile=profile),
        )
        assert bench.admits(known)
        bench.clock.now += MINUTE
        assert bench.admits(known)
        assert [bench.admits(new), bench.admits(new)] == [False, False]

        bench.ask(bench.store.reset([new]))

        assert bench.admits(new)

    def test_codes_that_nobody_uses_are_seen_after_their_grace(self, bench: Bench) -> None:
        bench.clock.now += -bench.clock.now % DAY
        floor = meter(Use(50.0, 4, 100, 20), label="template=sign-in")
        references = [new_key() for _ in range(4)]
        for reference in references:
            assert bench.charge(floor, track=Track((reference,), 3600)).is_admitted
        assert bench.peek(floor).count == 0
        bench.clock.now += 30 * SECOND
        assert bench.peek(floor).is_exceeded
        assert not bench.admits(floor)

        for reference in references[:2]:
            assert bench.ask(bench.store.report(reference, Signal.USED))
            assert bench.ask(bench.store.report(reference, Signal.USED))

        assert (bench.peek(floor).count, bench.peek(floor).used) == (4, 2)
        assert bench.admits(floor)
        mine = [r for r in bench.ask(bench.store.use_rates()) if r.label == floor.label]
        assert mine == [UseRate("a-rule", floor.label, 5, 2, 0)]

    # --- floods

    def test_a_flood_begins_goes_on_ends_and_another_begins(self, bench: Bench) -> None:
        one = meter(Rate(1, 86400, 1), label=f"client={new_key().hex()}")
        bench.charge(one)
        began = bench.clock.now
        readings = []
        for _ in range(3):
            readings.append(bench.reading(one))
            bench.clock.now += MINUTE

        assert [reading.is_new for reading in readings] == [True, False, False]
        assert {reading.since for reading in readings} == {began}
        (mark,) = [m for m in bench.ask(bench.store.floods()) if m.label == one.label]
        assert (mark.since, mark.last, mark.attempts) == (began, began + 2 * MINUTE, 3)

        bench.clock.now = mark.last + round(FLOOD_GAP_SECONDS) * SECOND
        assert not [m for m in bench.ask(bench.store.floods()) if m.label == one.label]
        again = bench.reading(one)
        assert (again.is_new, again.since) == (True, bench.clock.now)

    def test_a_hundred_floods_are_listed_the_latest_first(self, bench: Bench) -> None:
        for _ in range(103):
            bench.charge(meter(Rate(1, 60, 1), cost=2, label=f"client={new_key().hex()}"))
            bench.clock.now += 1

        floods = bench.ask(bench.store.floods())

        assert len(floods) == 100
        assert floods[0].last == bench.clock.now - 1

    # --- tracks and claims

    def test_a_report_finds_the_latest_message_of_a_recipient(self, bench: Bench) -> None:
        floor, person = meter(Use(50.0, 1, 10, 0), decides=False), new_key()
        for name in ("t_1", "t_2"):
            bench.charge(floor, track=Track((new_key(), person), 100, name))
            bench.clock.now += 2 * SECOND
        assert bench.ask(bench.store.tracked(person)) == "t_2"

        assert bench.ask(bench.store.report(person, Signal.USED))

        assert (bench.peek(floor).count, bench.peek(floor).used) == (2, 1)

    def test_a_message_given_back_is_not_tracked_and_the_one_before_is(self, bench: Bench) -> None:
        floor, person = meter(Use(50.0, 1, 10, 0)), new_key()
        bench.charge(floor, track=Track((new_key(), person), 100, "t_1"))
        charge = Charge((floor,), Track((new_key(), person), 100, "t_2"))
        charged = bench.ask(bench.store.charge(charge))

        bench.ask(bench.store.give_back(charge, charged))

        assert bench.ask(bench.store.tracked(person)) == "t_1"
        assert charge.track is not None
        assert bench.ask(bench.store.tracked(charge.track.references[0])) == ""
        bench.clock.now += 5 * SECOND
        assert bench.peek(floor).count == 1

    def test_a_track_gets_one_more_name_and_ends_with_its_time(self, bench: Bench) -> None:
        own, also, other = new_key(), new_key(), new_key()
        bench.charge(track=Track((other, also), 100, "t_0"))
        bench.charge(track=Track((own,), 10, "t_1"))

        assert bench.ask(bench.store.track(own, also))

        assert bench.ask(bench.store.tracked(also)) == "t_1"
        assert not bench.ask(bench.store.track(new_key(), also))
        bench.clock.now += 10 * SECOND - 1
        assert bench.ask(bench.store.report(also, Signal.UNREQUESTED))
        bench.clock.now += 1
        assert not bench.ask(bench.store.report(also, Signal.UNREQUESTED))
        assert bench.ask(bench.store.tracked(own)) == ""

    def test_a_refused_message_is_not_tracked(self, bench: Bench) -> None:
        reference = new_key()
        bench.charge(meter(Rate(1, 60, 1), cost=2), track=Track((reference,), 60, "t_1"))

        assert not bench.ask(bench.store.report(reference, Signal.USED))

    def test_of_two_that_are_the_same_one_is_the_first(self, bench: Bench) -> None:
        key, store = new_key(), bench.store
        assert bench.ask(store.claim(key, "t_1", 10)).is_first
        assert bench.ask(store.claim(key, "t_1", 10)).is_first
        assert bench.ask(store.claim(key, "t_2", 10)) == Claim(False, "t_1", None)

        bench.ask(store.settle_claim(key, "t_2", b"not mine"))
        assert bench.ask(store.claim(key, "t_2", 10)) == Claim(False, "t_1", None)
        bench.ask(store.settle_claim(key, "t_1", b"\x00250 ok"))
        assert bench.ask(store.claim(key, "t_2", 10)) == Claim(False, "t_1", b"\x00250 ok")

        bench.clock.now += 10 * SECOND - 1
        assert not bench.ask(store.claim(key, "t_3", 10)).is_first
        bench.clock.now += 1
        assert bench.ask(store.claim(key, "t_3", 10)).is_first

    def test_a_claim_that_was_let_go_of_is_free(self, bench: Bench) -> None:
        key, store = new_key(), bench.store
        bench.ask(store.claim(key, "t_1", 10))
        bench.ask(store.settle_claim(key, "t_1", None))

        assert bench.ask(store.claim(key, "t_2", 10)).is_first

    # --- the clock is set back

    def test_a_clock_set_back_locks_nobody_out_for_longer_than_a_burst(self, fresh: Bench) -> None:
        one, few = meter(Rate(6, 60, 3)), meter(Distinct(1, 30), members=(1,))
        assert [fresh.admits(one) for _ in range(4)] == [True, True, True, False]
        assert fresh.admits(few)

        fresh.clock.now -= 400 * DAY

        assert not fresh.admits(one)
        assert not fresh.admits(of(few, 2))
        fresh.clock.now += 10 * SECOND
        assert fresh.admits(one)
        fresh.clock.now += 20 * SECOND
        assert [fresh.admits(one) for _ in range(3)] == [True, True, False]
        assert fresh.admits(of(few, 2))

    @WITH_FIXTURES
    @given(steps=st.lists(STEPS, min_size=1, max_size=12), back=st.integers(1, 100 * DAY))
    def test_after_a_clock_set_back_everything_is_free_within_its_own_time(
        self, fresh: Bench, steps: list[Step], back: int
    ) -> None:
        fresh.clock.now += 200 * DAY
        history = History(fresh, Model(fresh.clock.now))
        for step in steps:
            history.take(step)

        fresh.clock.now -= back
        limits = [
            Meter(history.keys[which], "", measure, members=(77,))
            for which, measure in enumerate(MEASURES)
            if isinstance(measure, Rate | Distinct)
        ]
        for one in limits:
            fresh.admits(one)
        fresh.clock.now += MINUTE

        assert all(fresh.admits(one) for one in limits)

    # --- many at once

    def test_charges_at_once_admit_exactly_the_limit(self, bench: Bench) -> None:
        one, other = meter(Rate(100, 10**6, 37)), meter(Distinct(50, 10**6))

        async def hammer(task: int) -> int:
            charges = [
                await bench.store.charge(Charge((one, of(other, task * 100 + number))))
                for number in range(10)
            ]
            return sum(charged.is_admitted for charged in charges)

        async def all_at_once() -> list[int]:
            return await asyncio.gather(*map(hammer, range(20)))

        assert sum(bench.ask(all_at_once())) == 37
        assert bench.peek(of(other, 1)).count == 37

    def test_it_can_be_asked_whether_it_is_there(self, bench: Bench) -> None:
        bench.ask(bench.store.ping())
