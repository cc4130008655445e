"""Which limit store do the settings name?"""

from __future__ import annotations

import logging
from collections.abc import Callable

from filter.limits.embedded import BUSY_SECONDS, EmbeddedLimitStore
from filter.limits.interface import LimitStore, LimitStoreAway
from filter.limits.limitfile import LimitFile
from filter.settings import Settings

log = logging.getLogger("sallyport.limits")


class LimitStoreMissing(ValueError):  # noqa: N818 - what is missing, as LimitStoreAway
    """The settings name a store whose library is not installed."""


def make_store(settings: Settings) -> None:
    """Make sure that there is a store to open: for the start of the whole gate, and nobody else.

    Whoever made it anew while the gate runs would have everybody count from nothing. What is in the
    way does not stop the start: `limits.away` says what messages then do.
    """
    if settings.limits.redis is not None:
        return
    file = LimitFile(settings.state, create=True, busy_seconds=BUSY_SECONDS)
    try:
        with file.writing("count"):
            pass
    except LimitStoreAway as exc:
        log.error("limit store not ready: %s", exc)  # noqa: TRY400 - says it all
    finally:
        file.close()


def is_made(settings: Settings) -> bool:
    """Return whether anything can have been counted yet, as far as is known without asking."""
    return settings.limits.redis is not None or LimitFile.is_in(settings.state)


def open_store(
    settings: Settings, *, looks: bool = False, on_loss: Callable[[str], None] = log.warning
) -> LimitStore:
    """Return the store, which has to be there. It connects when it is first asked.

    With ``looks`` one that was not made yet has counted nothing. ``on_loss(what)`` is told when a
    Redis has forgotten everything. Raises LimitStoreMissing.
    """
    if settings.limits.redis is None:
        return EmbeddedLimitStore(settings.state, create=False, looks=looks)
    try:
        from filter.limits.redis import RedisLimitStore  # noqa: PLC0415 - an optional extra
    except ModuleNotFoundError as exc:
        if exc.name is None or exc.name.partition(".")[0] not in ("redis", "hiredis"):
            raise
        raise LimitStoreMissing(
            "limits.redis needs a library that is not installed: pip install '.[redis]' in"
            " Sallyport's folder"
        ) from exc
    return RedisLimitStore(settings.limits, on_loss=on_loss)
