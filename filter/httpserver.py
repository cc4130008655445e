"""An HTTP server on sockets that somebody else bound, inside a loop that somebody else runs."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import httptools
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

KEEP_ALIVE_SECONDS = 75
# A request's head has to be here in this time and size; uvicorn by itself waits and reads for ever.
HEAD_SECONDS = 20.0
HEAD_BYTES = 64 * 1024
_UPGRADE = frozenset({b"upgrade", b"http2-settings"})


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals to the process that embeds us."""
        yield


class _Parser(httptools.HttpRequestParser):
    """Keeps what it has not read when a client asks for another protocol."""

    def __init__(self, protocol: HttpToolsProtocol) -> None:
        super().__init__(protocol)
        self.unread: bytes | None = None
        # As uvicorn: a request may be answered whose connection says close and then says more.
        self.set_dangerous_leniencies(lenient_data_after_close=True)

    def feed_data(self, data: Any) -> None:
        try:
            super().feed_data(data)
        except httptools.HttpParserUpgrade as exc:
            self.unread = bytes(data[exc.args[0] :])


class _Protocol(HttpToolsProtocol):
    """Ends a connection whose request head does not come to an end; stays with HTTP/1.1."""

    parser: _Parser
    _timer: asyncio.TimerHandle | None = None
    _head_bytes = 0

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.parser = _Parser(self)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._head_bytes += len(data)
        super().data_received(data)
        while self.parser.unread is not None:
            self._decline_upgrade(self.parser.unread)
        if self._timer is not None and self._head_bytes > HEAD_BYTES:
            self._stop_waiting()
            self.transport.close()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._await_head()

    def on_header(self, name: bytes, value: bytes) -> None:
        # Fields behind a chunked body come here too; nobody expects an Authorization there.
        if self._timer is not None:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        if not self.parser.should_upgrade():
            self._stop_waiting()
            super().on_headers_complete()

    def on_message_complete(self) -> None:
        if not self.parser.should_upgrade():
            super().on_message_complete()

    def _decline_upgrade(self, unread: bytes) -> None:
        """Read the request as if it had not asked for another protocol (RFC 9110 section 7.8).

        Java's HttpClient asks for h2c by itself. llhttp ends such a request at its head, and what
        follows, the body, would be read as another request.
        """
        method = self.parser.get_method()
        if method == b"CONNECT":
            self.parser.unread = None
            self.send_400_response("CONNECT is not offered.")
            return
        head = b"%b %b HTTP/%b\r\n" % (method, self.url, self.parser.get_http_version().encode())
        for name, value in self.headers:
            if name == b"connection":
                tokens = [token.strip() for token in value.split(b",")]
                value = b", ".join(t for t in tokens if t.lower() not in _UPGRADE)  # noqa: PLW2901
            if name not in _UPGRADE and value:
                head += name + b": " + value + b"\r\n"
        self.parser = _Parser(self)
        super().data_received(head + b"\r\n" + unread)

    def _await_head(self) -> None:
        self._stop_waiting()
        self._head_bytes = 0
        # An answer that is still to be given is given before the connection ends.
        self._timer = self.loop.call_later(HEAD_SECONDS, self.shutdown)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class HttpServer:
    """Serves one ASGI application over HTTP/1.1, over TLS when given a certificate and key.

    ``trusted`` are the addresses and networks of reverse proxies whose X-Forwarded-For counts.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        certificate: Path | None = None,
        key: Path | None = None,
        connections: int = 1000,
        trusted: Sequence[str] = (),
    ) -> None:
        self._server = _Server(
            uvicorn.Config(
                app,
                http=_Protocol,
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=bool(trusted),
                forwarded_allow_ips=list(trusted),
                timeout_keep_alive=KEEP_ALIVE_SECONDS,
                limit_concurrency=connections,
                ssl_certfile=certificate,
                ssl_keyfile=key,
                ssl_keyfile_password="",  # asks nobody for one
            )
        )
        self._task: asyncio.Task[None] | None = None

    async def start(self, sockets: Sequence[socket.socket]) -> None:
        """Begin to serve; on return connections are accepted.

        Raises ValueError for a certificate or key that cannot be used, and RuntimeError.
        """
        try:
            self._server.config.load()
        except OSError as exc:
            raise ValueError(f"the certificate or key for HTTPS cannot be used: {exc}") from exc
        self._task = asyncio.create_task(self._server.serve(sockets=list(sockets)))
        while not self._server.started:
            if self._task.done():
                await self._task
                raise RuntimeError("the HTTP server did not start")
            await asyncio.sleep(0.005)

    async def drain(self, seconds: float) -> None:
        """Stop accepting, let open requests end for so long, then close."""
        if self._task is None:
            return
        self._server.config.timeout_graceful_shutdown = max(1, round(seconds))
        self._server.should_exit = True
        await self._task
