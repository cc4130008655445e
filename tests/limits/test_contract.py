"""The embedded store does what every limit store must do."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from filter.limits.embedded import EmbeddedLimitStore
from tests.limits.contract import Bench, Clock, LimitStoreContract


@contextlib.contextmanager
def embedded(folder: Path) -> Iterator[Bench]:
    clock = Clock()
    with asyncio.Runner() as runner:
        store = EmbeddedLimitStore(folder, clock=clock)
        yield Bench(runner, store, clock)
        runner.run(store.close())


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with embedded(tmp_path_factory.mktemp("limits")) as one:
        yield one


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Bench]:
    with embedded(tmp_path) as one:
        yield one


class TestEmbedded(LimitStoreContract):
    """All of it."""
