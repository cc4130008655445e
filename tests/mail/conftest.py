"""What the tests of the mail path share."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.mail.world import World, running


@pytest_asyncio.fixture
async def world() -> AsyncIterator[World]:
    """A gate in front of a next hop that takes everything."""
    async with running(World()) as one:
        yield one
