"""``python -m tests.bench.stores``: charges a second of each limit store, beside PINGs to Redis.

One process, real stores on this machine. Kinds take turns within each round; only the ratios inside
one run mean anything. PING is a round trip of the same client over the same connections: the most
that a store in Redis can have.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import uvloop

from filter.limits.embedded import EmbeddedLimitStore
from filter.limits.interface import Charge, Distinct, LimitStore, Meter, Rate, Volume
from filter.limits.redis import RedisLimitStore
from tests.limits.redisserver import PROGRAM, running

Act: TypeAlias = Callable[[], Awaitable[object]]
DAY = 86400.0
PROFILE = b"profile-of-watch"
# What a strict set of rules counts a one-time password at: three windows of the recipient, two of
# the prefix, country, client and the whole gate; beside it different numbers in the prefix, and a
# watch over the volume.
RATES = ((1, 60), (5, 600), (10, DAY), (20, 3600), (10, 600), (500, 60), (300, 60), (3000, 60))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.stores", description=__doc__)
    parser.add_argument("--seconds", type=float, default=0.5, help="length of one turn")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each kind")
    parser.add_argument("--conc", default="1,50", help="questions at once")
    options = parser.parse_args()
    concurrencies = [int(text) for text in options.conc.split(",")]
    with (
        tempfile.TemporaryDirectory(prefix="sallyport-bench-") as scratch,
        _stores(Path(scratch)) as stores,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        rates = runner.run(_measure(stores, concurrencies, options.rounds, options.seconds))
    sys.stdout.write(_table(rates))


@contextlib.contextmanager
def _stores(scratch: Path) -> Iterator[dict[str, LimitStore]]:
    stores: dict[str, LimitStore] = {"embedded": EmbeddedLimitStore(scratch / "embedded")}
    (scratch / "embedded").mkdir()
    if PROGRAM is None:
        sys.stderr.write("redis is not measured: no redis-server; apt-get install redis-server\n")
        yield stores
        return
    with running(scratch / "redis") as server:
        stores["redis"] = RedisLimitStore(server.settings(timeout_seconds=30))
        yield stores


Rates: TypeAlias = dict[tuple[int, str], list[float]]


async def _measure(
    stores: dict[str, LimitStore], concurrencies: list[int], rounds: int, seconds: float
) -> Rates:
    acts: dict[str, Act] = {}
    for name, store in stores.items():
        acts[f"{name}, 1 key"] = _charging(store, _one_key)
        acts[f"{name}, 10 meters"] = _charging(store, _ten_meters)
        if isinstance(store, RedisLimitStore):
            acts["redis PING"] = store._client.ping  # over the same connections
    rates: Rates = {}
    for _ in range(rounds):
        for concurrency in concurrencies:
            for kind, act in acts.items():
                rate = await _turn(act, concurrency, seconds)
                rates.setdefault((concurrency, kind), []).append(rate)
    for store in stores.values():
        await store.close()
    return rates


async def _turn(act: Act, concurrency: int, seconds: float) -> float:
    """Return how often it was done in a second, by so many at once."""
    end = time.perf_counter() + seconds
    done = 0

    async def repeat() -> None:
        nonlocal done
        while time.perf_counter() < end:
            await act()
            done += 1

    began = time.perf_counter()
    await asyncio.gather(*(repeat() for _ in range(concurrency)))
    return done / (time.perf_counter() - began)


def _charging(store: LimitStore, make: Callable[[int], Charge]) -> Act:
    numbers = itertools.count()
    return lambda: store.charge(make(next(numbers)))


def _key(*parts: int) -> bytes:
    return b"".join(part.to_bytes(4, "big") for part in parts).rjust(16, b"\0")


def _one_key(number: int) -> Charge:
    return Charge((Meter(_key(1, number % 1000), "one", Rate(10**6, 60, 10**6)),))


def _ten_meters(number: int) -> Charge:
    """A message to one of a thousand people, in one of fifty prefixes."""
    person, prefix = number % 1000, number % 50
    who = (person, person, person, prefix, prefix, 0, 0, 0)
    meters = [
        Meter(_key(2, index, key), "rate", Rate(allowed * 10**6, seconds, allowed * 10**6))
        for index, ((allowed, seconds), key) in enumerate(zip(RATES, who, strict=True))
    ]
    different = Distinct(1000, 600)
    meters.append(Meter(_key(3, prefix), "different", different, members=(person,)))
    volume = Volume(10**9, 600, 3.0, 7 * DAY, 0)
    meters.append(Meter(_key(4, 0), "volume", volume, profile=PROFILE))
    return Charge(tuple(meters))


def _table(rates: Rates) -> str:
    lines = [f"{'at once':>8} {'what':24}{'a second':>10}{'of PING':>9}\n"]
    for (concurrency, kind), found in rates.items():
        pings = rates.get((concurrency, "redis PING"))
        ratio = (
            f"{statistics.median(a / b for a, b in zip(found, pings, strict=True)):.2f}"
            if pings
            else "-"
        )
        lines.append(f"{concurrency:8} {kind:24}{statistics.median(found):10.0f}{ratio:>9}\n")
    return "".join(lines)


if __name__ == "__main__":
    main()
