"""``python -m tests.limits.hammer WHERE TASKS TIMES``: charge one key, and say what was admitted.

WHERE is the folder of an embedded store, or ``unix://`` and the socket of a Redis.

Says "ready" and waits for a line on its input; then TASKS tasks charge TIMES times each through a
store of this process. A line for every admitted charge, at once, so that a process that is killed
has said what it knew; at the end the number of those that were refused.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from filter.limits.embedded import EmbeddedLimitStore
from filter.limits.interface import Charge, Distinct, LimitStore, Meter, Rate
from filter.settings import Limits

LIMIT = 300
# So slow that nothing becomes free while the test runs.
RATE = Meter(b"one key for all.", "a-rule", Rate(LIMIT, 10**9, LIMIT))
DIFFERENT = Meter(b"different people", "a-rule", Distinct(10**6, 10**9))


def open_store(where: str) -> LimitStore:
    if where.startswith("unix:"):
        from filter.limits.redis import RedisLimitStore  # noqa: PLC0415 - an optional extra

        return RedisLimitStore(Limits(redis=where, timeout_seconds=30))
    return EmbeddedLimitStore(Path(where))


async def hammer(where: str, tasks: int, times: int) -> int:
    store = open_store(where)

    async def one(task: int) -> int:
        refused = 0
        for number in range(times):
            person = Meter(
                DIFFERENT.key, DIFFERENT.rule, DIFFERENT.measure, members=(task * 1000 + number,)
            )
            charged = await store.charge(Charge((RATE, person)))
            if charged.is_admitted:
                sys.stdout.write("admitted\n")
                sys.stdout.flush()
            refused += not charged.is_admitted
        return refused

    refused = sum(await asyncio.gather(*map(one, range(tasks))))
    await store.close()
    return refused


if __name__ == "__main__":
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    sys.stdout.write(f"{asyncio.run(hammer(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))}\n")
