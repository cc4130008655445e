"""The way to the providers: the only door to httpx.

Redirects are not followed, cookies not kept, and the environment's proxies not used: a judged
message and its credentials go to the address in the settings or nowhere.
"""

from __future__ import annotations

import asyncio
import functools
import ssl
import time
from collections import deque
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Self

import httpx

from filter.outcome import NextHopAway
from filter.settings import Provider
from filter.sms.exchange import Onward, Reply

MAX_REPLY_BYTES = 8 * 1024 * 1024  # a page of 1,000 Twilio messages is about 1.5 MB
CONNECT_SECONDS = 10.0
# Below the idle time-outs of the usual load balancers (60 s), so that we close first.
IDLE_SECONDS = 30.0
CONNECTIONS = 100  # to one provider, by one worker

# Of a provider's headers the caller gets those that mean something to it; the rest belong to the
# connection (RFC 9110 section 7.6.1) or, like cookies, to nobody.
REPEATED = frozenset(
    {"retry-after", "twilio-request-id", "twilio-concurrent-requests", "x-should-retry"}
)
_NOT_CONNECTED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class Upstream:
    """Sends requests to the providers of the settings. One for each worker."""

    def __init__(self, providers: Mapping[str, Provider]) -> None:
        self._providers = {name: _Connections(provider) for name, provider in providers.items()}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for connections in self._providers.values():
            await connections.close()

    async def send(
        self, provider: str, onward: Onward, patience_seconds: float | None = None
    ) -> Reply:
        """Return the provider's reply, whatever its status.

        Raises NextHopAway when there is none in time. The provider may have acted nevertheless:
        a reply that was lost on the way cannot be told from one that never came.
        """
        connections = self._providers[provider]
        patience = connections.timeout_seconds
        if patience_seconds is not None:
            patience = min(patience, patience_seconds)
        request = connections.request(onward, patience)
        try:
            async with asyncio.timeout(patience), connections.one() as transport:
                return await _exchange(transport, request)
        except _NOT_CONNECTED as exc:
            reason = f"{provider} cannot be reached: {type(exc).__name__}"
            raise NextHopAway(reason, may_have_sent=False) from exc
        except TimeoutError as exc:
            raise NextHopAway(f"{provider} did not answer within {patience:.0f} s") from exc
        except (httpx.HTTPError, httpx.InvalidURL) as exc:
            # The text of httpx's errors may quote the request; its kind says enough.
            raise NextHopAway(f"{provider} did not answer: {type(exc).__name__}") from exc


class _Connections:
    """Connections to one provider, each used by one request at a time, the warmest first.

    httpx has a pool of its own, but each request there looks at every connection, several times:
    with 16 at once that took longer than all the rest. So each of its pools gets one connection.
    """

    def __init__(self, provider: Provider) -> None:
        self.timeout_seconds = provider.timeout_seconds
        self._base = httpx.URL(provider.upstream.rstrip("/"))
        # Most requests of an application go to one and the same path.
        self._url = functools.lru_cache(maxsize=256)(self._read_url)
        self._idle: deque[tuple[httpx.AsyncHTTPTransport, float]] = deque()
        self._free = asyncio.Semaphore(CONNECTIONS)

    def request(self, onward: Onward, patience_seconds: float) -> httpx.Request:
        """Return the request; its request line is the caller's, byte for byte."""
        connect = min(CONNECT_SECONDS, patience_seconds)
        timeout = httpx.Timeout(patience_seconds, connect=connect)
        return httpx.Request(
            onward.method,
            self._url(onward.target),
            headers=[*onward.headers, ("accept-encoding", "identity")],
            content=onward.body,
            extensions={"timeout": timeout.as_dict()},
        )

    def _read_url(self, target: str) -> httpx.URL:
        raw_path = self._base.raw_path.rstrip(b"/") + target.encode("ascii")
        return self._base.copy_with(raw_path=raw_path)

    @asynccontextmanager
    async def one(self) -> AsyncIterator[httpx.AsyncHTTPTransport]:
        """Lend a connection; after an error it is closed, because nobody knows what is on it."""
        async with self._free:
            transport = self._idle.pop()[0] if self._idle else _new_transport()
            try:
                yield transport
            except BaseException:
                await transport.aclose()
                raise
            self._idle.append((transport, time.monotonic()))
        while self._idle and time.monotonic() - self._idle[0][1] > IDLE_SECONDS:
            await self._idle.popleft()[0].aclose()

    async def close(self) -> None:
        """Close the idle connections."""
        while self._idle:
            await self._idle.popleft()[0].aclose()


async def _exchange(transport: httpx.AsyncHTTPTransport, request: httpx.Request) -> Reply:
    response = await transport.handle_async_request(request)
    try:
        body = bytearray()
        async for chunk in response.aiter_bytes():
            body += chunk
            if len(body) > MAX_REPLY_BYTES:
                raise NextHopAway(f"the answer is larger than {MAX_REPLY_BYTES} bytes")
    finally:
        await response.aclose()
    return Reply(
        response.status_code,
        bytes(body),
        response.headers.get("content-type", ""),
        tuple(_repeated(request.method, response.headers)),
    )


def _repeated(method: str, headers: httpx.Headers) -> Iterator[tuple[str, str]]:
    for name, value in headers.items():
        # A caller may follow a read to where media lie, but never take a message past this gate.
        if name in REPEATED or (name == "location" and method != "POST"):
            yield name, value


def _new_transport() -> httpx.AsyncHTTPTransport:
    limits = httpx.Limits(max_connections=1, keepalive_expiry=IDLE_SECONDS)
    return httpx.AsyncHTTPTransport(verify=_trust(), trust_env=False, limits=limits)


@functools.cache
def _trust() -> ssl.SSLContext:
    """Return the context for TLS; reading the trusted certificates takes some 20 ms, once."""
    return httpx.create_ssl_context(verify=True, trust_env=False)
