"""Is every program there that the battery's legitimate messages come from?"""

from __future__ import annotations

import os

import pytest

from tests.battery.generators.running import (
    GENERATORS,
    NEW_NODE,
    TEXT_GENERATORS,
    Generator,
    messages,
)

pytestmark = pytest.mark.xdist_group("battery-generators")


@pytest.mark.parametrize(
    "generator", [*GENERATORS, *TEXT_GENERATORS], ids=lambda generator: generator.name
)
def test_a_real_library_writes_the_letters(generator: Generator) -> None:
    missing = generator.missing()
    if missing:
        told = (
            f"not tested: messages of {generator.name}, {missing} is missing; {generator.install}"
        )
        if os.environ.get("CI") == "true" and missing != NEW_NODE:  # which Debian 12 has not
            pytest.fail(told)
        pytest.skip(told)
    made = list(messages(generator))
    assert len(made) >= 20
    assert len({one.name for one in made}) == len(made)
