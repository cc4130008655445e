from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from filter.quarantine.store import Store
from filter.settings import Quarantine


@pytest.fixture
def settings() -> Quarantine:
    return Quarantine(min_free_bytes=0)


@pytest.fixture
def store(tmp_path: Path, settings: Quarantine) -> Iterator[Store]:
    with Store(tmp_path / "state", settings) as store:
        yield store
