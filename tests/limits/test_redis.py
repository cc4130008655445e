"""The store in Redis does what every limit store must do."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from filter.limits.redis import RedisLimitStore
from tests.limits.contract import Bench, Clock, LimitStoreContract
from tests.limits.redisserver import RedisServer, running


@contextlib.contextmanager
def in_redis(server: RedisServer, prefix: str) -> Iterator[Bench]:
    clock = Clock()
    with asyncio.Runner() as runner:
        store = RedisLimitStore(server.settings(redis_prefix=prefix), clock=clock)
        yield Bench(runner, store, clock)
        runner.run(store.close())


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with running(tmp_path_factory.mktemp("redis")) as one:
        yield one


@pytest.fixture(scope="module")
def bench(server: RedisServer) -> Iterator[Bench]:
    with in_redis(server, "shared:") as one:
        yield one


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Bench]:
    with running(tmp_path / "redis") as server, in_redis(server, "fresh:") as one:
        yield one


class TestRedis(LimitStoreContract):
    """All of it."""
