"""The child process and the known prank that the tests of this folder share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from filter.reading.sandbox import Sandbox
from filter.ruleset import BankedImage
from filter.settings import Inspection

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "pictures"


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(Inspection()) as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def prank() -> Image.Image:
    return Image.open(FIXTURES / "prank.jpg").convert("RGB")


@pytest.fixture(scope="session")
def known(sandbox: Sandbox) -> tuple[BankedImage, ...]:
    seen = sandbox.look_for_bank((FIXTURES / "prank.jpg").read_bytes(), "bank")
    assert seen.troubles == ()
    return (
        BankedImage("prank-singer", "rules/known.yaml:3", "Singer on a stage", seen.appearance),
    )
