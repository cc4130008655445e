"""A host of media on loopback, over TLS: it serves pictures and misbehaves as it is told to."""

from __future__ import annotations

import asyncio
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

import pytest

HOST = "media.health.example"
LOOPBACK = "127.0.0.1"

Serve: TypeAlias = Callable[[asyncio.StreamWriter], Awaitable[None]]


def answer(
    body: bytes, label: str = "image/png", status: str = "200 OK", *headers: str, size: int = -1
) -> Serve:
    """Return a whole answer; with ``size`` the length it announces is not its own."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body) if size < 0 else size}"]
    lines += [f"Content-Type: {label}"] if label else []
    head = "\r\n".join([*lines, *headers, "", ""]).encode()

    async def serve(writer: asyncio.StreamWriter) -> None:
        writer.write(head + body)

    return serve


def endless(block: bytes, seconds: float = 0.0) -> Serve:
    """Return an answer that never ends, a block at a time."""

    async def serve(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n")
        while True:
            writer.write(block)
            await writer.drain()
            await asyncio.sleep(seconds)

    return serve


def sent(*blocks: bytes) -> Serve:
    """Return an answer of these very bytes."""

    async def serve(writer: asyncio.StreamWriter) -> None:
        for block in blocks:
            writer.write(block)

    return serve


async def silent(writer: asyncio.StreamWriter) -> None:
    """Never say anything."""
    del writer
    await asyncio.sleep(3600)


@dataclass
class MediaServer:
    """The running host. ``paths`` say what it does; others are 404."""

    port: int
    ca_file: Path
    paths: dict[str, Serve | list[Serve]] = field(default_factory=dict)
    seen: list[bytes] = field(default_factory=list)
    connections: int = 0

    def url(self, path: str) -> str:
        return f"https://{HOST}:{self.port}{path}"

    @property
    def targets(self) -> list[str]:
        return [request.split(b" ")[1].decode() for request in self.seen]

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            request = await reader.readuntil(b"\r\n\r\n")
            self.seen.append(request)
            serve = self.paths.get(self.targets[-1], answer(b"", status="404 Not Found"))
            if isinstance(serve, list):
                serve = serve.pop(0) if len(serve) > 1 else serve[0]
            await serve(writer)
            await writer.drain()
        writer.close()


class Names:
    """A resolver that answers as it is told, one answer after another; the last one stays."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self._answers = list(answers)
        self.asked: list[tuple[str, int]] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append((host, port))
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


@asynccontextmanager
async def open_media_server(
    folder: Path, host: str = HOST, at: str = LOOPBACK
) -> AsyncIterator[MediaServer]:
    """Open the host, with a certificate for its name. Skips where openssl is missing."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("not tested: fetching media over TLS; install it with: apt-get install openssl")
    key, certificate = folder / f"{host}.key", folder / f"{host}.pem"
    kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    name = ["-subj", f"/CN={host}", "-addext", f"subjectAltName=DNS:{host}"]
    files = ["-keyout", str(key), "-out", str(certificate)]
    command = [openssl, "req", "-x509", *kind, *name, *files]
    await asyncio.to_thread(subprocess.run, command, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    opened = MediaServer(0, certificate)
    tasks: set[asyncio.Task[None]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(opened.handle(reader, writer))
        tasks.add(task)
        await task

    server = await asyncio.start_server(handle, at, 0, ssl=context)
    opened.port = server.sockets[0].getsockname()[1]
    try:
        yield opened
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()
