"""An HTTP server on sockets that somebody else bound, inside a loop that somebody else runs."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator, Sequence
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

KEEP_ALIVE_SECONDS = 75
# A request's head has to be here in this time and size; uvicorn by itself waits and reads for ever.
HEAD_SECONDS = 20.0
HEAD_BYTES = 64 * 1024


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals to the process that embeds us."""
        yield


class _Protocol(HttpToolsProtocol):
    """Ends a connection whose request head does not come to an end."""

    _timer: asyncio.TimerHandle | None = None
    _head_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._head_bytes += len(data)
        super().data_received(data)
        if self._timer is not None and self._head_bytes > HEAD_BYTES:
            self._stop_waiting()
            self.transport.close()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._await_head()

    def on_headers_complete(self) -> None:
        self._stop_waiting()
        super().on_headers_complete()

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
            )
        )
        self._task: asyncio.Task[None] | None = None

    async def start(self, sockets: Sequence[socket.socket]) -> None:
        """Begin to serve; on return connections are accepted. Raises RuntimeError if it cannot."""
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
