"""All samples of the battery: each module in families/ has ``samples()``."""

from __future__ import annotations

import importlib
import pkgutil
from collections import Counter
from functools import cache
from pathlib import Path

from tests.battery.sample import Sample

FAMILIES = Path(__file__).parent / "families"


@cache
def all_samples() -> tuple[Sample, ...]:
    """Return every sample, family by family. Raises ValueError for two of the same name."""
    found: list[Sample] = []
    for module in sorted(pkgutil.iter_modules([str(FAMILIES)]), key=lambda module: module.name):
        loaded = importlib.import_module(f"tests.battery.families.{module.name}")
        found += loaded.samples()
    names = Counter(sample.id for sample in found)
    twice = [name for name, count in names.items() if count > 1]
    if twice:
        raise ValueError(f"two samples are called {twice[0]!r}")
    return tuple(found)
