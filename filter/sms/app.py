"""The HTTP shim: whose request is it, who calls, and an answer that never flatters."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.routing import Mount
from starlette.types import Receive, Scope, Send

from filter.enduser import read_end_user
from filter.limits.interface import LimitStoreAway
from filter.message import Client, EndUser
from filter.outcome import NextHopAway
from filter.pipeline import Pipeline
from filter.quarantine.interface import Shelf
from filter.quarantine.item import StoreError
from filter.settings import Provider, TextListener
from filter.sms.callers import Callers
from filter.sms.desk import Desk
from filter.sms.exchange import Asked, Problem, Reply, Unclear, is_plain
from filter.sms.media import Gatherer, NoMedia
from filter.sms.providers.all import make_adapters
from filter.sms.providers.interface import Adapter
from filter.sms.providers.v1 import OwnApi
from filter.sms.reporting import Reporting
from filter.sms.reportpage import MAX_BODY_BYTES, ReportPage
from filter.sms.upstream import Upstream

log = logging.getLogger("sallyport.sms")

BODY_SECONDS = 30.0
# Headers that decide how a request is read or who sent it. Two of one kind are two requests.
_SINGLE = frozenset(
    {
        "authorization",
        "content-type",
        "content-length",
        "content-encoding",
        "transfer-encoding",
        "host",
    }
)

# What may be a number or an address of somebody.
_PERSONAL = re.compile(r"\+?\d[\d ().-]{4,}|[^\s'\"]+@[^\s'\"]+")


def create_app(
    settings: TextListener,
    pipeline: Pipeline,
    shelf: Shelf,
    reporting: Reporting,
    *,
    make_upstream: Callable[[Mapping[str, Provider]], Upstream] = Upstream,
    media: Gatherer | None = None,
) -> Starlette:
    """Return the application. Without ``media`` what media addresses lead to stays unseen."""
    upstream = make_upstream(settings.providers)
    gatherer = media or NoMedia()
    adapters: list[Adapter] = [OwnApi(), *make_adapters(settings.providers).values()]

    def make_desk(provider: str, client: Client, end_user: EndUser) -> Desk:
        return Desk(
            pipeline,
            shelf,
            upstream,
            reporting,
            gatherer,
            provider=provider,
            client=client,
            end_user=end_user,
        )

    links = reporting.links
    page = None if links is None else ReportPage(links, reporting.signals)
    door = _Door(settings, adapters, make_desk, page)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with upstream:
            yield
        await reporting.settle()

    return Starlette(routes=[Mount("/", app=door)], lifespan=lifespan)


class _Door:
    """The one way in: an ASGI application that answers every request, whatever happens."""

    def __init__(
        self,
        settings: TextListener,
        adapters: Sequence[Adapter],
        make_desk: Callable[[str, Client, EndUser], Desk],
        page: ReportPage | None,
    ) -> None:
        self._max_bytes = settings.max_bytes
        names = (settings.end_user_header, settings.end_user_ip_header)
        self._end_user_headers = tuple((name or "").lower() for name in names)
        self._single = _SINGLE.union(filter(None, self._end_user_headers))
        self._page = page
        self._callers = Callers(settings.callers)
        self._adapters = adapters
        self._make_desk = make_desk

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        raw_path = scope.get("raw_path") or scope["path"].encode()
        path = raw_path.decode("latin-1")
        if self._page is not None and self._page.claims(path):
            await self._show(request, path, self._page, send)
            return
        adapter, inner_path = self._adapter_for(path)
        try:
            reply = await self._answer(request, adapter, path, inner_path)
        except ClientDisconnect:
            return
        except Unclear as exc:
            # The detail may quote the name of a field, which is whatever the caller wrote.
            detail = _PERSONAL.sub("\N{HORIZONTAL ELLIPSIS}", exc.detail)
            log.info("refused provider=%s why=unclear detail=%r", adapter.name, detail)
            reply = adapter.refuse(Problem.UNCLEAR, exc.detail)
        except (StoreError, NextHopAway, LimitStoreAway) as exc:
            log.warning("cannot answer provider=%s: %s", adapter.name, exc)
            reply = adapter.refuse(Problem.NOT_READY)
        except Exception:
            # Custody stays with the caller, and no exception text goes to it.
            log.exception("request failed provider=%s", adapter.name)
            reply = adapter.refuse(Problem.NOT_READY)
        await _say(reply, send)

    async def _show(self, request: Request, path: str, page: ReportPage, send: Send) -> None:
        """Answer a person who followed a link. The log does not learn which."""
        try:
            headers = _read_headers(request.scope["headers"], self._single)
            async with asyncio.timeout(BODY_SECONDS):
                body = await _read_body(request, headers, MAX_BODY_BYTES)
            reply = (
                page.refuse(413) if body is None else await page.answer(request.method, path, body)
            )
        except ClientDisconnect:
            return
        except TimeoutError:
            reply = page.refuse(408)
        except Unclear:
            reply = page.refuse(400)
        except Exception:
            log.exception("request failed page=report")
            reply = page.refuse(503)
        await _say(reply, send)

    def _adapter_for(self, path: str) -> tuple[Adapter, str]:
        for adapter in self._adapters:
            prefix = f"/{adapter.name}"
            if path == prefix or path.startswith(f"{prefix}/"):
                return adapter, path.removeprefix(prefix)
        for adapter in self._adapters:
            if adapter.claims(path):
                return adapter, path
        return self._adapters[0], ""

    async def _answer(
        self, request: Request, adapter: Adapter, path: str, inner_path: str
    ) -> Reply:
        headers = _read_headers(request.scope["headers"], self._single)
        if not is_plain(path):
            raise Unclear("the path has escapes, empty or dot segments, or a trailing slash")
        try:
            async with asyncio.timeout(BODY_SECONDS):
                body = await _read_body(request, headers, self._max_bytes)
        except TimeoutError:
            return adapter.refuse(Problem.TOO_SLOW)
        if body is None:
            return adapter.refuse(Problem.TOO_LARGE)
        query = request.scope["query_string"].decode("latin-1")
        asked = Asked(request.method, inner_path, query, headers, body)
        caller = adapter.identify(asked, self._callers)
        address = request.client.host if request.client else ""
        if caller is None:
            log.info("refused provider=%s why=unauthenticated client=%s", adapter.name, address)
            return adapter.refuse(Problem.UNAUTHENTICATED)
        desk = self._make_desk(adapter.name, Client(caller, address), self._end_user(headers))
        return await adapter.answer(asked, desk)

    def _end_user(self, headers: Mapping[str, str]) -> EndUser:
        """Return whom the headers of the settings name. Raises Unclear."""
        try:
            # Header values are octets to HTTP; ids may hold any character, in UTF-8.
            id_, ip = (
                headers.get(name, "").encode("latin-1").decode("utf-8")
                for name in self._end_user_headers
            )
            return read_end_user(id_, ip)
        except UnicodeDecodeError:
            raise Unclear("the header with the end user is not UTF-8") from None
        except ValueError as exc:
            raise Unclear(str(exc)) from exc


def _read_headers(
    raw: Sequence[tuple[bytes, bytes]], single: frozenset[str] = _SINGLE
) -> dict[str, str]:
    """Return the headers. Raises Unclear where two servers could see two requests.

    RFC 9112 section 6.1: a message with both Content-Length and Transfer-Encoding ought to be
    handled as an error, because it is how requests are smuggled.
    """
    headers: dict[str, str] = {}
    for raw_name, raw_value in raw:
        name = raw_name.decode("latin-1").lower()
        if name in headers and name in single:
            raise Unclear(f"the header {name} occurs twice")
        headers[name] = raw_value.decode("latin-1")
    if "content-length" in headers and "transfer-encoding" in headers:
        raise Unclear("both Content-Length and Transfer-Encoding")
    if headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise Unclear("Content-Encoding has to be identity")
    return headers


async def _read_body(request: Request, headers: Mapping[str, str], limit: int) -> bytes | None:
    """Return the body, or None when it is larger than the limit."""
    announced = headers.get("content-length", "0")
    if not (announced.isascii() and announced.isdigit()):
        raise Unclear("Content-Length is not a number")
    if int(announced[:12]) > limit:
        return None
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            return None
    return bytes(body)


async def _say(reply: Reply, send: Send) -> None:
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers]
    if reply.media_type:
        headers.append((b"content-type", reply.media_type.encode("latin-1")))
    if reply.status != 204:  # noqa: PLR2004 - RFC 9110 section 8.6: no length with 204
        headers.append((b"content-length", str(len(reply.body)).encode("ascii")))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body})
