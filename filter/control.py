"""The control socket for `status`, `reload` and `pauses`, and the health port for the platform."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from filter.httpserver import HttpServer
from filter.settings import Settings
from filter.sockets import connect_locally, listen, listen_locally

log = logging.getLogger("sallyport.control")

Status = dict[str, object]

# The longest names every pause in force, 29 bytes each.
MAX_COMMAND_BYTES = 1024 * 1024
# What everybody who reaches the port may know of a pause.
_PAUSE_SHOWN = ("id", "since", "until", "drops", "workers", "in_force", "settled")


def control_path(state: Path) -> Path:
    """Return where the control socket is; only the gate's own user can open its folder."""
    return state / "control.sock"


class ControlServer:
    """Two doors to one set of answers.

    A Unix socket in the state folder (mode 0600, for the command line: one JSON line asked, one
    answered) and, where the settings name a port, HTTP for probes and Prometheus (read-only) and
    for ``routes``, which see to it themselves who may ask.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        status: Callable[[], Status],
        reload: Callable[[], Awaitable[Status]],
        pauses: Callable[[frozenset[str]], Status],
        metrics: Callable[[], bytes],
        routes: Sequence[Route] = (),
    ) -> None:
        self._settings = settings
        self._status = status
        self._reload = reload
        self._pauses = pauses
        self._metrics = metrics
        self._routes = routes
        self._server: asyncio.Server | None = None
        self._http: HttpServer | None = None

    async def start(self) -> None:
        """Open both doors. Raises OSError when one cannot be opened."""
        self._server = await asyncio.start_unix_server(
            self._answer,
            sock=listen_locally(control_path(self._settings.state)),
            limit=MAX_COMMAND_BYTES,
        )
        sockets = [listen(address) for address in self._settings.control.listen]
        if sockets:
            self._http = HttpServer(self._app())
            await self._http.start(sockets)

    async def stop(self) -> None:
        """Close both."""
        if self._http is not None:
            await self._http.drain(1.0)
        if self._server is not None:
            self._server.close()
            control_path(self._settings.state).unlink(missing_ok=True)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # ValueError: a line that is longer than any command.
        with contextlib.suppress(ConnectionError, ValueError):
            match (await reader.readline()).decode().split():
                case ["status"]:
                    answer = self._status()
                case ["reload"]:
                    answer = await self._reload()
                case ["pauses", *ids]:
                    answer = self._pauses(frozenset(ids))
                case _:
                    answer = {"error": "unknown command"}
            writer.write(json.dumps(answer).encode() + b"\n")
            await writer.drain()
        writer.close()

    def _app(self) -> Starlette:
        async def livez(_: Request) -> Response:
            return PlainTextResponse("alive\n")

        async def readyz(_: Request) -> Response:
            ready = bool(self._status()["ready"])
            return PlainTextResponse("ready\n" if ready else "not ready\n", 200 if ready else 503)

        async def metrics(_: Request) -> Response:
            body = await asyncio.to_thread(self._metrics)
            return Response(body, media_type="text/plain; version=0.0.4")

        async def status(_: Request) -> Response:
            return JSONResponse(_for_anybody(self._status()))

        routes = [
            ("/livez", livez),
            ("/readyz", readyz),
            ("/metrics", metrics),
            ("/status", status),
        ]
        return Starlette(
            routes=[*(Route(path, endpoint) for path, endpoint in routes), *self._routes]
        )


def _for_anybody(status: Status) -> Status:
    """Return a status without who paused whom and why: that is for operators (GET /pauses)."""
    pauses = status.get("pauses")
    if not isinstance(pauses, list):
        return status
    kept = [{name: pause[name] for name in _PAUSE_SHOWN if name in pause} for pause in pauses]
    return {**status, "pauses": kept}


def ask(state: Path, command: str, timeout_seconds: float = 60.0) -> Status:
    """Ask the running gate. Raises OSError when none answers there."""
    with connect_locally(control_path(state), timeout_seconds) as connection:
        connection.sendall(command.encode() + b"\n")
        with connection.makefile("rb") as stream:
            answer = json.loads(stream.readline() or b"{}")
    if not isinstance(answer, dict):
        raise OSError("the gate answered something else than a status")
    return answer
