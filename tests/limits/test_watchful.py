"""A store that is away is not asked again before it answers a probe, and people are told once."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from filter.limits.interface import (
    Charge,
    Charged,
    LimitStoreAway,
    Meter,
    QuestionRefused,
    Rate,
    Signal,
)
from filter.limits.redis import RedisLimitStore
from filter.limits.watchful import Watchful
from tests.limits.redisserver import running

CHARGE = Charge((Meter(b"k" * 16, "a-rule", Rate(5, 3600, 5)),))
ADMITTED = Charged(is_admitted=True, readings=(), at=1)
DEADLINE_SECONDS = 30.0


class Store:
    """Answers, refuses or says nothing, as it is told, and counts what it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.trouble: str | None = None
        self.refused = ""
        self.is_silent = False
        self.is_broken = False
        self.is_closed = False

    async def charge(self, charge: Charge) -> Charged:
        await self._answer("charge")
        return ADMITTED

    async def ping(self) -> None:
        await self._answer("ping")

    async def report(self, reference: bytes, signal: Signal) -> bool:
        await self._answer("report")
        return True

    async def close(self) -> None:
        self.is_closed = True

    async def _answer(self, question: str) -> None:
        self.asked.append(question)
        if self.is_silent:
            await asyncio.Event().wait()
        if self.is_broken:
            raise ZeroDivisionError("a defect")
        if self.refused:
            raise QuestionRefused(self.refused)
        if self.trouble:
            raise LimitStoreAway(self.trouble)


class Told:
    """What Watchful told."""

    def __init__(self) -> None:
        self.changes: list[tuple[bool, str]] = []
        self.errors: list[str] = []

    def changed(self, is_away: bool, reason: str) -> None:  # noqa: FBT001 - Watchful's call
        self.changes.append((is_away, reason))


@contextlib.asynccontextmanager
async def watched(store: Store, told: Told, **options: float) -> AsyncIterator[Watchful]:
    defaults = {"patience_seconds": 5.0, "probe_seconds": 0.01, "heartbeat_seconds": 60.0}
    watchful = Watchful(
        store,  # type: ignore[arg-type] # it has what these tests ask
        on_change=told.changed,
        on_error=told.errors.append,
        **{**defaults, **options},
    )
    try:
        yield watchful
    finally:
        await watchful.close()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not condition():  # noqa: ASYNC110 - the store knows nothing of tests
            await asyncio.sleep(0.001)


async def test_while_the_store_is_there_it_answers() -> None:
    told = Told()
    async with watched(Store(), told) as watchful:
        assert await watchful.charge(CHARGE) == ADMITTED
        assert await watchful.report(b"r" * 16, Signal.USED)
        assert not watchful.is_away

    assert told.changes == []


async def test_after_one_failure_nothing_but_probes_reaches_the_store() -> None:
    store, told = Store(), Told()
    async with watched(store, told) as watchful:
        store.trouble = "it is gone"
        for _ in range(20):
            with pytest.raises(LimitStoreAway, match="it is gone"):
                await watchful.charge(CHARGE)
        await until(lambda: store.asked.count("ping") >= 3)

        assert store.asked.count("charge") == 1
        assert watchful.is_away
        assert watchful.reason == "it is gone"
        assert watchful.since is not None
        assert abs(watchful.since - time.time()) < DEADLINE_SECONDS
    assert told.changes == [(True, "it is gone")]
    assert told.errors == ["it is gone"] * 20


async def test_a_question_that_is_refused_for_its_own_sake_sends_nobody_away() -> None:
    store, told = Store(), Told()
    async with watched(store, told) as watchful:
        store.refused = "a key is named twice"
        with pytest.raises(QuestionRefused, match="named twice"):
            await watchful.charge(CHARGE)
        store.refused = ""

        assert not watchful.is_away
        assert await watchful.charge(CHARGE) == ADMITTED
    assert (told.changes, told.errors) == ([], ["a key is named twice"])


async def test_it_comes_back_by_itself_and_says_so_once() -> None:
    store, told = Store(), Told()
    async with watched(store, told) as watchful:
        store.trouble = "it is gone"
        with pytest.raises(LimitStoreAway):
            await watchful.charge(CHARGE)
        store.trouble = None
        await until(lambda: not watchful.is_away)

        assert await watchful.charge(CHARGE) == ADMITTED
        assert watchful.since is None
    assert told.changes == [(True, "it is gone"), (False, "")]


async def test_many_questions_that_fail_together_are_one_change() -> None:
    store, told = Store(), Told()
    async with watched(store, told, patience_seconds=0.05) as watchful:
        store.is_silent = True
        questions = [watchful.charge(CHARGE) for _ in range(50)]
        answers = await asyncio.gather(*questions, return_exceptions=True)

        assert {str(answer) for answer in answers} == {"no answer within 0.05 s"}
    assert told.changes == [(True, "no answer within 0.05 s")]
    assert len(told.errors) == 50


async def test_a_silent_store_costs_one_patience_and_then_nothing() -> None:
    store, told = Store(), Told()
    async with watched(store, told, patience_seconds=0.2) as watchful:
        store.is_silent = True
        with pytest.raises(LimitStoreAway):
            await watchful.charge(CHARGE)
        began = time.monotonic()
        for _ in range(1000):
            with pytest.raises(LimitStoreAway):
                await watchful.charge(CHARGE)

    took = time.monotonic() - began
    assert store.asked.count("charge") == 1
    assert took < 20.0  # with a patience each they would have taken 200 s


async def test_a_failure_from_before_it_came_back_does_not_send_it_away_again() -> None:
    store, told = Store(), Told()
    async with watched(store, told, patience_seconds=0.3) as watchful:
        store.is_silent = True
        late = asyncio.create_task(watchful.charge(CHARGE))
        await until(lambda: store.asked == ["charge"])
        store.is_silent, store.trouble = False, "it is gone"
        with pytest.raises(LimitStoreAway):
            await watchful.charge(CHARGE)
        store.trouble = None
        await until(lambda: not watchful.is_away)
        with pytest.raises(LimitStoreAway):
            await late

        assert not watchful.is_away
    assert [is_away for is_away, _ in told.changes] == [True, False]


async def test_when_nobody_asks_it_is_noticed_all_the_same() -> None:
    store, told = Store(), Told()
    async with watched(store, told, heartbeat_seconds=0.01) as watchful:
        await watchful.ping()
        store.trouble = "it is gone"
        await until(lambda: watchful.is_away)
        store.trouble = "it is still reading its data"
        await until(lambda: watchful.reason == "it is still reading its data")

    assert told.changes == [(True, "it is gone")]


async def test_a_defect_in_a_probe_does_not_end_the_watch(caplog: pytest.LogCaptureFixture) -> None:
    store, told = Store(), Told()
    async with watched(store, told) as watchful:
        store.trouble = "it is gone"
        with pytest.raises(LimitStoreAway):
            await watchful.charge(CHARGE)
        store.is_broken = True
        await until(lambda: "the probe of the limit store failed" in caplog.text)
        assert watchful.is_away

        store.is_broken, store.trouble = False, None
        await until(lambda: not watchful.is_away)
    assert [is_away for is_away, _ in told.changes] == [True, False]


async def test_a_question_that_is_given_up_does_not_send_it_away() -> None:
    store, told = Store(), Told()
    async with watched(store, told) as watchful:
        store.is_silent = True
        question = asyncio.create_task(watchful.charge(CHARGE))
        await until(lambda: store.asked == ["charge"])
        question.cancel()
        with pytest.raises(asyncio.CancelledError):
            await question

        assert not watchful.is_away
    assert told.changes == []


async def test_a_closed_watch_asks_nothing_more() -> None:
    store, told = Store(), Told()
    async with watched(store, told) as watchful:
        await watchful.ping()
    asked = list(store.asked)
    with pytest.raises(LimitStoreAway):
        await watchful.charge(CHARGE)

    assert store.is_closed
    assert store.asked == asked


async def test_a_killed_redis_makes_nobody_wait_and_is_used_again_when_it_is_back(
    tmp_path: Path,
) -> None:
    told = Told()
    with running(tmp_path / "redis") as server:
        watchful = Watchful(
            RedisLimitStore(server.settings(timeout_seconds=DEADLINE_SECONDS)),
            patience_seconds=DEADLINE_SECONDS,
            on_change=told.changed,
            probe_seconds=0.02,
        )
        await watchful.charge(CHARGE)
        server.freeze()
        watchful._patience = 0.3  # what is answered may take longer on a busy machine
        with pytest.raises(LimitStoreAway):
            await watchful.charge(CHARGE)
        began = time.monotonic()
        for _ in range(100):
            with pytest.raises(LimitStoreAway):
                await watchful.charge(CHARGE)
        took = time.monotonic() - began
        watchful._patience = DEADLINE_SECONDS
        server.kill()
        for _ in range(100):
            with pytest.raises(LimitStoreAway):
                await watchful.charge(CHARGE)
        await until(lambda: "nobody listens there" in watchful.reason)
        server.start()
        await until(lambda: not watchful.is_away)
        (reading,) = (await watchful.charge(CHARGE)).readings
        await watchful.close()

    assert took < 15.0  # with a patience each they would have taken 30 s
    assert reading.count == 0
    assert [is_away for is_away, _ in told.changes] == [True, False]
