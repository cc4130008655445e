"""Serves the shim on sockets that the supervisor bound."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Sequence

from starlette.applications import Starlette

from filter.httpserver import HttpServer
from filter.settings import TextListener


class TextServer:
    """The text-message side of one worker."""

    def __init__(self, settings: TextListener, app: Starlette) -> None:
        self._app = app
        self._http = HttpServer(
            app,
            certificate=settings.certificate,
            key=settings.key,
            trusted=settings.trusted,
        )
        self._open = contextlib.AsyncExitStack()

    async def start(self, sockets: Sequence[socket.socket]) -> None:
        """Begin to serve; on return connections are accepted."""
        await self._open.enter_async_context(self._app.router.lifespan_context(self._app))
        await self._http.start(sockets)

    async def drain(self, seconds: float) -> None:
        """Stop accepting, let open requests end for so long, then close what leads upstream."""
        await self._http.drain(seconds)
        await self._open.aclose()
