"""The gate as it is run, and the next hop behind it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.run.gate import Gate, Sink


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink() as running:
        yield running


@pytest.fixture
def gate(tmp_path: Path, sink: Sink) -> Iterator[Gate]:
    with Gate(tmp_path, sink.port) as running:
        yield running
