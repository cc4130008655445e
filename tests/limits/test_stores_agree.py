"""Both stores say the same of the same history, to the microsecond, whatever the clock does."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from filter.limits.embedded import EmbeddedLimitStore
from filter.limits.interface import (
    Charge,
    Charged,
    Distinct,
    FirstSeen,
    LimitStore,
    Measure,
    Meter,
    Rate,
    Reading,
    Run,
    Signal,
    Spread,
    Track,
    Use,
    Volume,
)
from filter.limits.redis import RedisLimitStore
from tests.limits.redisserver import RedisServer, running

SECOND = 10**6
BEGIN = 1_800_000_000 * SECOND
DAY = 86400.0
PROFILE = b"p" * 16
NUMBERS = count()

MEASURES: tuple[tuple[Measure, ...], ...] = (
    (Rate(3, 10, 3), Rate(10, 1, 2), Rate(7, 60, 1)),
    (Distinct(3, 10), Distinct(2, 60)),
    (Volume(3, 10, 2.0, 28 * 20, 0), Volume(4, 60, 1.5, 28 * 60, 30)),
    (Spread(3, 10, 2.0, 28 * 20, 0), Spread(2, 60, 3.0, 28 * 60, 30)),
    (Run(3, 10, 50), Run(4, 60, 100)),
    (FirstSeen(0), FirstSeen(30)),
    (Use(50.0, 2, 10, 0), Use(20.0, 1, 30, 5)),
)


def meters() -> st.SearchStrategy[tuple[Meter, ...]]:
    def meter(kind: int, which: int, cost: int, members: list[int], decides: bool) -> Meter:  # noqa: FBT001
        measure = MEASURES[kind][which % len(MEASURES[kind])]
        key = bytes([kind, which % len(MEASURES[kind])]) * 8
        return Meter(
            key,
            f"rule-{kind}",
            measure,
            cost=cost,
            members=tuple(members),
            profile=PROFILE,
            decides=decides,
            label=f"key {key.hex()}",
        )

    one = st.builds(
        meter,
        st.integers(0, len(MEASURES) - 1),
        st.integers(0, 2),
        st.integers(1, 3),
        st.lists(st.integers(0, 9), min_size=1, max_size=4, unique=True),
        st.booleans(),
    )
    return st.lists(one, min_size=1, max_size=4, unique_by=lambda m: m.key).map(tuple)


OPERATIONS = st.one_of(
    st.tuples(st.just("charge"), meters(), st.booleans()),
    st.tuples(st.just("charge"), meters(), st.booleans()),
    st.tuples(st.just("give back"), st.integers(0, 5)),
    st.tuples(st.just("report"), st.integers(0, 5), st.sampled_from(Signal)),
    st.tuples(st.just("peek"), meters()),
    st.tuples(st.just("reset"), meters()),
    st.tuples(st.just("track"), st.integers(0, 5), st.integers(0, 5)),
    st.tuples(st.just("claim"), st.integers(0, 1), st.integers(0, 2)),
    st.tuples(st.just("settle"), st.integers(0, 1), st.integers(0, 2), st.booleans()),
    st.tuples(st.just("look")),
)
# Mostly forward, by little and by much; sometimes back.
STEPS = st.one_of(
    st.just(0),
    st.integers(1, 5 * SECOND),
    st.integers(1, 5 * SECOND),
    st.sampled_from([SECOND, 10 * SECOND, 60 * SECOND, 3600 * SECOND, int(2 * DAY) * SECOND]),
    st.integers(-20 * SECOND, -1),
)


class History:
    """The same questions to one store; what it answers, in words that can be compared."""

    def __init__(self, store: LimitStore) -> None:
        self.store = store
        self.now = BEGIN
        self.charges: list[tuple[Charge, Charged]] = []

    async def ask(self, number: int, operation: tuple[object, ...]) -> object:  # noqa: C901, PLR0911 - one row an act
        match operation:
            case ("charge", tuple() as asked, bool() as is_tracked):
                references = (bytes([0, number]) * 8, bytes([1, number % 2]) * 8)
                track = Track(references, 30, f"t_{number}") if is_tracked else None
                charge = Charge(asked, track)
                charged = await self.store.charge(charge)
                if charged.is_admitted:
                    self.charges.append((charge, charged))
                return self._said(charged)
            case ("give back", int() as which) if self.charges:
                charge, charged = self.charges.pop(which % len(self.charges))
                await self.store.give_back(charge, charged)
            case ("report", int() as which, Signal() as signal):
                return await self.store.report(self._reference(which), signal)
            case ("peek", tuple() as asked):
                return [self._shown(reading) for reading in await self.store.peek(asked)]
            case ("reset", tuple() as asked):
                await self.store.reset(asked)
            case ("track", int() as which, int() as also):
                return await self.store.track(self._reference(which), self._reference(also))
            case ("claim", int() as key, int() as who):
                return await self.store.claim(bytes([key]) * 16, f"t_{who}", 10)
            case ("settle", int() as key, int() as who, bool() as keeps):
                reply = b"\x00\xff" if keeps else None
                await self.store.settle_claim(bytes([key]) * 16, f"t_{who}", reply)
            case ("look",):
                names = [await self.store.tracked(self._reference(n)) for n in range(4)]
                rates = [rate for rate in await self.store.use_rates() if rate.sent]
                floods = await self.store.floods()
                by_label = sorted(floods, key=lambda flood: flood.label)
                return (names, sorted(rates, key=lambda rate: rate.label), by_label)
        return None

    def _reference(self, which: int) -> bytes:
        return bytes([which % 2, which // 2]) * 8

    def _said(self, charged: Charged) -> object:
        shown = [self._shown(reading) for reading in charged.readings]
        return (charged.is_admitted, charged.at, shown)

    def _shown(self, reading: Reading) -> Reading:
        # When all is free, it is not said since when.
        return replace(reading, until=max(reading.until, self.now), returned=0)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with running(tmp_path_factory.mktemp("redis")) as one:
        yield one


@settings(
    max_examples=150,
    deadline=None,
    derandomize=True,  # raise max_examples and remove this to dig
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(steps=st.lists(st.tuples(STEPS, OPERATIONS), min_size=1, max_size=25))
def test_redis_and_the_embedded_store_say_the_same(
    server: RedisServer, steps: list[tuple[int, tuple[object, ...]]]
) -> None:
    asyncio.run(compare(server, steps))


async def compare(server: RedisServer, steps: list[tuple[int, tuple[object, ...]]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        prefix = f"test{next(NUMBERS)}:"
        histories: list[History] = []
        redis = RedisLimitStore(
            server.settings(redis_prefix=prefix), clock=lambda: histories[0].now
        )
        embedded = EmbeddedLimitStore(Path(folder), clock=lambda: histories[1].now)
        histories += [History(redis), History(embedded)]
        try:
            for number, (step, operation) in enumerate(steps):
                answers = []
                for history in histories:
                    history.now += step
                    answers.append(await history.ask(number, operation))
                assert answers[0] == answers[1], f"step {number}: {operation}"
        finally:
            await redis.close()
            await embedded.close()
