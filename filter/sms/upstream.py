"""The way to the providers: the only door to httpx.

Connections are kept between requests. Redirects are not followed and the environment's proxies are
not used: a judged message and its credentials go to the address in the settings or nowhere.
"""

from __future__ import annotations

import asyncio
import functools
import ssl
from collections.abc import Iterator, Mapping
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
CONNECTIONS = 200

# Of a provider's headers the caller gets those that mean something to it; the rest belong to the
# connection (RFC 9110 section 7.6.1) or, like cookies, to nobody.
REPEATED = frozenset(
    {"retry-after", "twilio-request-id", "twilio-concurrent-requests", "x-should-retry"}
)


class Upstream:
    """Sends requests to the providers of the settings. One for each worker."""

    def __init__(self, providers: Mapping[str, Provider]) -> None:
        self._providers = dict(providers)
        self._bases = {name: httpx.URL(p.upstream.rstrip("/")) for name, p in providers.items()}
        self._client: httpx.AsyncClient | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the kept connections."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def send(
        self, provider: str, onward: Onward, patience_seconds: float | None = None
    ) -> Reply:
        """Return the provider's reply, whatever its status.

        Raises NextHopAway when there is none in time. The provider may have acted nevertheless:
        a reply that was lost on the way cannot be told from one that never came.
        """
        patience = self._providers[provider].timeout_seconds
        if patience_seconds is not None:
            patience = min(patience, patience_seconds)
        request = self._request(provider, onward)
        try:
            async with asyncio.timeout(patience):
                return await self._exchange(request)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as exc:
            reason = f"{provider} cannot be reached: {type(exc).__name__}"
            raise NextHopAway(reason, may_have_sent=False) from exc
        except TimeoutError as exc:
            raise NextHopAway(f"{provider} did not answer within {patience:.0f} s") from exc
        except (httpx.HTTPError, httpx.InvalidURL) as exc:
            # The text of httpx's errors may quote the request; its kind says enough.
            raise NextHopAway(f"{provider} did not answer: {type(exc).__name__}") from exc

    def _request(self, provider: str, onward: Onward) -> httpx.Request:
        base = self._bases[provider]
        # raw_path keeps the request line as the caller wrote it.
        target = base.raw_path.rstrip(b"/") + onward.target.encode("ascii")
        headers = [*onward.headers, ("accept-encoding", "identity")]
        url = base.copy_with(raw_path=target)
        return httpx.Request(onward.method, url, headers=headers, content=onward.body)

    async def _exchange(self, request: httpx.Request) -> Reply:
        response = await self._connected().send(request, stream=True)
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

    def _connected(self) -> httpx.AsyncClient:
        if self._client is None:
            self._client = httpx.AsyncClient(
                verify=_trust(),
                trust_env=False,
                follow_redirects=False,
                timeout=httpx.Timeout(None, connect=CONNECT_SECONDS),
                limits=httpx.Limits(
                    max_connections=CONNECTIONS,
                    max_keepalive_connections=CONNECTIONS,
                    keepalive_expiry=IDLE_SECONDS,
                ),
            )
        return self._client


def _repeated(method: str, headers: httpx.Headers) -> Iterator[tuple[str, str]]:
    for name, value in headers.items():
        # A caller may follow a read to where media lie, but never take a message past this gate.
        if name in REPEATED or (name == "location" and method != "POST"):
            yield name, value


@functools.cache
def _trust() -> ssl.SSLContext:
    """Return the context for TLS; reading the trusted certificates takes some 20 ms, once."""
    return httpx.create_ssl_context(verify=True, trust_env=False)
