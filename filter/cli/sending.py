"""The ways on that a release takes: the next hop for mail, the providers for texts."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from filter.quarantine.release import Releaser
    from filter.settings import Settings


@contextlib.asynccontextmanager
async def open_releasers(table: Settings) -> AsyncIterator[Mapping[str, Releaser]]:
    """Give what sends held messages on, by provider ("" is mail)."""
    from filter.mail.release import MailReleaser  # noqa: PLC0415 - each loads a client library
    from filter.sms.release import TextReleaser  # noqa: PLC0415

    mail, text = MailReleaser(table.mail.next_hop), TextReleaser(table.sms.providers)
    try:
        yield {"": mail, **dict.fromkeys(text.providers, text)}
    finally:
        await mail.close()
