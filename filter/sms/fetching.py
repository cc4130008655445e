"""Fetches media from hosts of the settings, and from nowhere else; a door to httpx.

One GET over TLS to an address that was resolved and judged here: the name is never resolved again
(a second answer of the DNS may be another one). No redirects, cookies, credentials, proxies or
compression; the size is capped while it arrives; whoever calls sets the time limit.
"""

from __future__ import annotations

import asyncio
import functools
import hashlib
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

import httpx

from filter.settings import MediaFetch
from filter.sms.mediahosts import Address, MediaHosts, Place, RefusedError

Resolver: TypeAlias = Callable[[str, int], Awaitable[Sequence[str]]]

USER_AGENT = "Sallyport"
ATTEMPTS = 2  # a connection that breaks says nothing of what lies behind it
RESOLVERS = 4  # threads; a slow name server must not take those of anybody else
MAX_LABEL_CHARACTERS = 100
_OK = 200


class FetchError(Exception):
    """Nothing was fetched; ``code`` is the finding's, the text its detail."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


class Budget:
    """How many bytes may still arrive, for all media of one message."""

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._left = most_bytes

    def take(self, size: int) -> None:
        """Take so many bytes. Raises FetchError when there are not as many left."""
        self._left -= size
        if self._left < 0:
            raise FetchError("media.too_large", f"more than {self._most} bytes in one message")

    def give_back(self, size: int) -> None:
        """Take it that these bytes never came."""
        self._left += size


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a host gave, with the label it put on it (small letters, without parameters)."""

    content: bytes = field(repr=False)
    label: str
    digest: str  # SHA-256, hexadecimal


class Fetcher:
    """The client. One for each worker; it keeps no connection and remembers nothing."""

    def __init__(self, settings: MediaFetch, resolve: Resolver | None = None) -> None:
        self._hosts = MediaHosts(settings)
        self._ca_file = settings.ca_file
        self._resolve = resolve or _resolve

    async def fetch(self, url: str, budget: Budget) -> Fetched:
        """Return what lies there now. Raises FetchError; time is up to the caller."""
        try:
            place = self._hosts.place_of(url)
            addresses = self._hosts.reachable(await self._ask(place))
        except RefusedError as exc:
            raise FetchError("media.refused", str(exc)) from exc
        trouble = ""
        for address in (addresses * ATTEMPTS)[:ATTEMPTS]:
            try:
                return await self._get(place, address, budget)
            except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError) as exc:
                # The text of httpx's errors may quote the answer; its kind says enough.
                trouble = type(exc).__name__
        raise FetchError("media.unreachable", f"{place.host} gave no whole answer: {trouble}")

    async def _ask(self, place: Place) -> Sequence[str]:
        try:
            return await self._resolve(place.host, place.port)
        except (OSError, UnicodeError):
            detail = f"nobody knows the address of {place.host}"
            raise FetchError("media.unreachable", detail) from None

    async def _get(self, place: Place, address: Address, budget: Budget) -> Fetched:
        async with httpx.AsyncHTTPTransport(
            verify=_trust(self._ca_file),
            trust_env=False,
            limits=httpx.Limits(max_connections=1, max_keepalive_connections=0),
        ) as transport:
            response = await transport.handle_async_request(_request(place, address))
            try:
                return await _read(response, place, budget)
            finally:
                await response.aclose()


def _request(place: Place, address: Address) -> httpx.Request:
    """Return a request to the judged address that names the host, to TLS and to HTTP."""
    url = httpx.URL(scheme="https", host=str(address), port=place.port)
    port = "" if place.port == 443 else f":{place.port}"  # noqa: PLR2004 - RFC 9110 section 7.2
    headers = (
        ("host", f"{place.host}{port}"),
        ("user-agent", USER_AGENT),
        ("accept", "*/*"),
        ("accept-encoding", "identity"),
        ("connection", "close"),
    )
    return httpx.Request(
        "GET",
        url.copy_with(raw_path=place.target.encode("ascii")),
        headers=headers,
        extensions={"sni_hostname": place.host},
    )


async def _read(response: httpx.Response, place: Place, budget: Budget) -> Fetched:
    if response.is_redirect or 300 <= response.status_code < 400:  # noqa: PLR2004 - RFC 9110 15.4
        raise FetchError("media.refused", f"{place.host} sends whoever asks somewhere else")
    if response.status_code != _OK:
        raise FetchError("media.unreachable", f"{place.host} answers {response.status_code}")
    label = _label(response)
    if response.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise FetchError("media.refused", f"{place.host} compresses, although nobody asked it to")
    announced = response.headers.get("content-length", "0")
    if announced.isascii() and announced.isdigit():
        budget.take(int(announced[:15]))
        budget.give_back(int(announced[:15]))
    content = bytearray()
    try:
        async for block in response.aiter_raw():
            content += block
            budget.take(len(block))
    except httpx.HTTPError:
        budget.give_back(len(content))
        raise
    return Fetched(bytes(content), label, hashlib.sha256(content).hexdigest())


def _label(response: httpx.Response) -> str:
    labels = response.headers.get_list("content-type")
    if len(labels) > 1:
        raise FetchError("media.refused", "it has two labels")
    label = labels[0].partition(";")[0].strip().lower() if labels else ""
    return label[:MAX_LABEL_CHARACTERS]


@functools.cache
def _trust(ca_file: Path | None) -> ssl.SSLContext:
    """Return the context for TLS; reading the trusted certificates takes some 20 ms, once."""
    if ca_file is not None:
        return ssl.create_default_context(cafile=str(ca_file))
    return httpx.create_ssl_context(verify=True, trust_env=False)


@functools.cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(RESOLVERS, thread_name_prefix="media-names")


async def _resolve(host: str, port: int) -> Sequence[str]:
    """Return the addresses of a host, as this machine resolves names. Raises OSError."""
    ask = functools.partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    answers = await asyncio.get_running_loop().run_in_executor(_threads(), ask)
    return [str(answer[4][0]) for answer in answers]
