"""Limits counted in Redis or Valkey: one call of one script a question, exact across machines.

The script (filter/limits/lua) runs alone on the server and takes the server's time, so that every
gate that asks counts by one clock. All keys are in one slot: a cluster serves them from one node.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import secrets
import ssl
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

import redis.asyncio
from redis.asyncio.connection import (
    BlockingConnectionPool,
    Connection,
    SSLConnection,
    UnixDomainSocketConnection,
)
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError, RedisError, ResponseError

from filter.limits.gcra import micros
from filter.limits.interface import (
    Charge,
    Charged,
    Claim,
    FloodMark,
    LimitStoreAway,
    Meter,
    QuestionRefused,
    Reading,
    Signal,
    UseRate,
)
from filter.limits.redisaddress import RedisAddress, parse_redis
from filter.limits.redisquestions import (
    MOST_USE_RATES,
    NotUnderstood,
    Words,
    charge_words,
    charged_of,
    claim_of,
    floods_of,
    give_back_words,
    meter_words,
    readings_of,
    script,
    text_of,
    use_rates_of,
)
from filter.limits.redistroubles import explain, is_about_one
from filter.settings import Limits

T = TypeVar("T")
log = logging.getLogger("sallyport.limits")

# Connections of one worker. One is enough for the server, which does one thing at a time; more let
# questions travel while another is answered.
MOST_CONNECTIONS = 16
# A connection that was idle for longer is tried before it is trusted: firewalls forget them.
IDLE_SECONDS = 30


class RedisLimitStore:
    """A LimitStore that connects when it is first asked, and again after any trouble.

    Nothing is asked twice: whether a charge that was not answered was made, nobody knows.
    ``on_loss(what)`` is told when the server has forgotten all that it had counted: its answers are
    right, and allow what they would not have allowed. ``clock`` (µs since 1970) is for tests;
    without one the server's time counts.
    """

    def __init__(
        self,
        settings: Limits,
        clock: Callable[[], int] | None = None,
        *,
        on_loss: Callable[[str], None] = log.warning,
    ) -> None:
        if settings.redis is None:
            raise ValueError("limits.redis is not set")
        self._address = parse_redis(settings.redis)
        self._patience = settings.timeout_seconds
        self._names = f"{settings.redis_prefix}{{limits}}"
        self._clock = clock
        self._script = script()
        self._digest = hashlib.sha1(self._script.encode(), usedforsecurity=False).hexdigest()
        self._pool = _pool(self._address, settings)
        self._client = redis.asyncio.Redis(connection_pool=self._pool)
        self._was_policy_seen = False
        self._on_loss = on_loss
        self._epoch = ""

    async def charge(self, charge: Charge) -> Charged:
        """Read all meters and charge them in one call. See LimitStore."""
        return await self._ask(charge_words(charge), charged_of)

    async def give_back(self, charge: Charge, charged: Charged) -> None:
        """Take an admitted charge back. See LimitStore."""
        if charged.is_admitted:
            await self._ask(give_back_words(charge, charged), _nothing)

    async def report(self, reference: bytes, signal: Signal) -> bool:
        """Count a report. See LimitStore."""
        words = {"act": "report", "reference": reference.hex(), "signal": signal.value}
        return await self._ask(words, bool)

    async def tracked(self, reference: bytes) -> str:
        """Return the id of a tracked message. See LimitStore."""
        return await self._ask({"act": "tracked", "reference": reference.hex()}, text_of)

    async def track(self, reference: bytes, also: bytes) -> bool:
        """Give a tracked message one more name. See LimitStore."""
        words = {"act": "track", "reference": reference.hex(), "also": also.hex()}
        return await self._ask(words, bool)

    async def claim(self, key: bytes, transaction_id: str, seconds: float) -> Claim:
        """Be the first, or learn who was. See LimitStore."""
        words = {
            "act": "claim",
            "key": key.hex(),
            "transaction": transaction_id,
            "span": micros(seconds),
        }
        return await self._ask(words, claim_of)

    async def settle_claim(self, key: bytes, transaction_id: str, answer: bytes | None) -> None:
        """Keep the answer for repeats, or let go. See LimitStore."""
        words = {"act": "settle_claim", "key": key.hex(), "transaction": transaction_id}
        await self._ask(words, _nothing, *(() if answer is None else (answer,)))

    async def peek(self, meters: Sequence[Meter]) -> Sequence[Reading]:
        """Return what a charge would find. See LimitStore."""
        words = {"act": "peek", "meters": [meter_words(meter) for meter in meters]}
        return await self._ask(words, readings_of)

    async def reset(self, meters: Sequence[Meter]) -> None:
        """Forget what was counted. See LimitStore."""
        words = {"act": "reset", "meters": [meter_words(meter) for meter in meters]}
        await self._ask(words, _nothing)

    async def floods(self) -> Sequence[FloodMark]:
        """Return the floods of the last hour. See LimitStore."""
        return await self._ask({"act": "floods"}, floods_of)

    async def use_rates(self) -> Sequence[UseRate]:
        """Return the keys of Use meters. See LimitStore."""
        return await self._ask({"act": "use_rates", "most": MOST_USE_RATES}, use_rates_of)

    async def ping(self) -> None:
        """Return when the store could be charged: when something could be written there."""
        epoch = await self._ask({"act": "ping", "epoch": secrets.token_hex(8)}, text_of)
        before, self._epoch = self._epoch, epoch
        if before not in ("", epoch):
            self._on_loss(f"Redis at {self._address} has lost its keys: all counts from nothing")
        if not self._was_policy_seen:
            await self._look_at_policy()

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()
        await self._pool.disconnect()

    async def _ask(self, words: Words, understand: Callable[[object], T], *more: bytes) -> T:
        """Return what the script answers. Raises LimitStoreAway."""
        if self._clock is not None:
            words = {**words, "now": self._clock()}
        question = json.dumps(words, separators=(",", ":"))
        answer = await self._bounded(self._run(self._names, question, *more))
        try:
            return understand(answer)
        except NotUnderstood as exc:
            raise self._refused(f"its answer is not {exc}; is another program there?") from exc

    async def _run(self, *arguments: str | bytes) -> object:
        try:
            return await self._client.evalsha(self._digest, 1, *arguments)
        except NoScriptError:
            # It was restarted, or is new. It has done nothing yet, and this teaches it the script.
            return await self._client.eval(self._script, 1, *arguments)

    async def _bounded(self, question: Awaitable[T]) -> T:
        try:
            async with asyncio.timeout(self._patience):
                return await question
        except (TimeoutError, redis.exceptions.TimeoutError) as exc:
            raise self._away(f"no answer within {self._patience:g} s") from exc
        except ResponseError as exc:
            tell = self._refused if is_about_one(str(exc)) else self._away
            raise tell(explain(type(exc).__name__, str(exc))) from exc
        except (RedisError, OSError) as exc:
            raise self._away(explain(type(exc).__name__, str(exc))) from exc

    def _refused(self, reason: str) -> QuestionRefused:
        return QuestionRefused(f"Redis at {self._address}: {reason}")

    def _away(self, reason: str) -> LimitStoreAway:
        return LimitStoreAway(f"Redis at {self._address}: {reason}")

    async def _look_at_policy(self) -> None:
        """Warn, once, when the server may forget keys to make room for others."""
        self._was_policy_seen = True
        try:
            memory = await self._bounded(self._client.info("memory"))
        except LimitStoreAway:
            return  # the user may not ask, and does not have to
        policy = memory.get("maxmemory_policy", "noeviction")
        if memory.get("maxmemory") and policy != "noeviction":
            log.warning(
                "Redis at %s forgets counts when its memory is full (maxmemory-policy %s);"
                " set noeviction",
                self._address,
                policy,
            )


def _nothing(answer: object) -> None:
    del answer


def _pool(address: RedisAddress, settings: Limits) -> BlockingConnectionPool:
    password = settings.redis_password
    return BlockingConnectionPool(
        max_connections=MOST_CONNECTIONS,
        timeout=settings.timeout_seconds,
        db=address.database,
        username=address.username,
        password=password.get_secret_value() if password is not None else None,
        # A charge that is sent twice counts twice.
        retry=Retry(NoBackoff(), 0),
        socket_connect_timeout=settings.timeout_seconds,
        socket_timeout=None,  # the whole question is bounded in _bounded
        health_check_interval=IDLE_SECONDS,
        protocol=2,
        driver_info=None,
        **_place(address, settings),
    )


def _place(address: RedisAddress, settings: Limits) -> dict[str, Any]:
    if address.path:
        return {"connection_class": UnixDomainSocketConnection, "path": address.path}
    place = {"host": address.host, "port": address.port, "socket_keepalive": True}
    if not address.tls:
        return {"connection_class": Connection, **place}
    return {
        "connection_class": SSLConnection,
        "ssl_cert_reqs": "required",
        "ssl_check_hostname": True,
        "ssl_min_version": ssl.TLSVersion.TLSv1_2,
        "ssl_ca_certs": str(settings.redis_ca_file) if settings.redis_ca_file else None,
        **place,
    }
