"""Which limit store do the settings name?"""

from __future__ import annotations

from filter.limits.embedded import EmbeddedLimitStore
from filter.limits.interface import LimitStore
from filter.settings import Settings


class LimitStoreMissing(ValueError):  # noqa: N818 - what is missing, as LimitStoreAway
    """The settings name a store whose library is not installed."""


def open_store(settings: Settings) -> LimitStore:
    """Return the store. It connects when it is first asked. Raises LimitStoreMissing."""
    if settings.limits.redis is None:
        return EmbeddedLimitStore(settings.state)
    try:
        from filter.limits.redis import RedisLimitStore  # noqa: PLC0415 - an optional extra
    except ModuleNotFoundError as exc:
        if exc.name is None or exc.name.partition(".")[0] not in ("redis", "hiredis"):
            raise
        raise LimitStoreMissing(
            "limits.redis needs a library that is not installed: pip install '.[redis]' in"
            " Sallyport's folder"
        ) from exc
    return RedisLimitStore(settings.limits)
