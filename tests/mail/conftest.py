"""What the tests of the mail path share."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from tests.mail.certificates import Certificates, make_certificates
from tests.mail.postfix import Postfix, skip_without_postfix
from tests.mail.world import World, running


@pytest_asyncio.fixture
async def world() -> AsyncIterator[World]:
    """A gate in front of a next hop that takes everything."""
    async with running(World()) as one:
        yield one


@pytest.fixture(scope="session")
def running_postfix() -> Iterator[Postfix]:
    """One private Postfix for all tests that need it (they share an xdist group)."""
    skip_without_postfix()
    postfix = Postfix.make()
    postfix.start()
    yield postfix
    postfix.stop()


@pytest.fixture
def postfix(running_postfix: Postfix) -> Postfix:
    """The private Postfix, its log at a fresh start."""
    running_postfix.mark()
    return running_postfix


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """Certificates for both sides, and the authority that signed them."""
    return make_certificates(tmp_path_factory.mktemp("certificates"))
