"""A gate with everything around it, and a client whose dialogues can be read aloud."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

from filter.guard import Guard
from filter.mail.server import MailServer
from filter.settings import MailListener
from tests.mail.fakes import Inspection, Memory, make_pipeline
from tests.mail.hop import Hop

PATIENCE_SECONDS = 30.0  # on a machine that does other things, too
LETTER = b"Subject: hello\r\n\r\nYour code is 123456.\r\n"
PRANK_LETTER = b"Subject: hello\r\n\r\nPRANK\r\n"


class Client:
    """Talks SMTP byte by byte."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def say(self, line: bytes | str) -> bytes:
        """Send one command and return the whole reply."""
        self.send(line)
        return await self.hear()

    def send(self, line: bytes | str) -> None:
        octets = line.encode() if isinstance(line, str) else line
        self.writer.write(octets + b"\r\n")

    async def hear(self) -> bytes:
        """Return the next reply, all its lines; b"" when the server has closed."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            lines = []
            while line := await self.reader.readline():
                lines.append(line)
                if line[3:4] != b"-":
                    break
            return b"".join(lines)

    async def is_closed(self) -> bool:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await self.reader.read() == b""

    async def message(
        self, content: bytes = LETTER, mail: str = "FROM:<a@x.example>", *rcpts: str
    ) -> bytes:
        """Send one message, waiting for every reply, and return the reply to the final dot."""
        assert (await self.say(f"MAIL {mail}")).startswith(b"250")
        for rcpt in rcpts or ("TO:<b@y.example>",):
            assert (await self.say(f"RCPT {rcpt}")).startswith(b"250")
        return await self.data(content)

    async def data(self, content: bytes = LETTER) -> bytes:
        assert (await self.say("DATA")).startswith(b"354")
        stuffed = (b"\r\n" + content).replace(b"\r\n.", b"\r\n..")[2:]
        self.writer.write(stuffed + b".\r\n")
        return await self.hear()

    async def start_tls(self, context: ssl.SSLContext, name: str = "gate.example") -> None:
        assert (await self.say("STARTTLS")).startswith(b"220")
        await self.writer.start_tls(context, server_hostname=name)

    async def dialogue(self, script: str) -> None:
        """Play ``C:`` lines and compare replies with the beginnings in ``S:`` lines.

        ``S: (closed)`` expects the end of the connection.
        """
        for row in script.strip().splitlines():
            who, _, text = row.strip().partition(":")
            text = text.removeprefix(" ")
            if who == "C":
                self.send(text)
            elif text == "(closed)":
                assert await self.is_closed()
            else:
                heard = (await self.hear()).decode()
                assert heard.startswith(text), f"{row.strip()!r}: heard {heard!r}"


@dataclass
class World:
    """``hop`` is the next hop, ``ledger`` and ``inspection`` what the pipeline stands on."""

    hop: Hop = field(default_factory=Hop)
    ledger: Memory = field(default_factory=Memory)
    inspection: Inspection = field(default_factory=Inspection)
    deadline_seconds: float = 30.0
    settings: dict[str, Any] = field(default_factory=dict)
    next_hop: dict[str, Any] = field(default_factory=dict)
    implicit_tls: ssl.SSLContext | None = None
    guard: Guard | None = None
    server: MailServer | None = None
    port: int = 0
    clients: list[asyncio.StreamWriter] = field(default_factory=list)

    async def start(self, *, hop: bool = True) -> None:
        if hop:
            await self.hop.start()
        elif not self.hop.port:
            with socket.create_server(("127.0.0.1", 0)) as unused:
                self.hop.port = unused.getsockname()[1]
        settings = MailListener.model_validate(
            {
                "hostname": "gate.example",
                "next_hop": {
                    "port": self.hop.port,
                    "local_name": "gate.example",
                    **self.next_hop,
                },
                **self.settings,
            }
        )
        pipeline = make_pipeline(self.inspection, self.ledger, self.deadline_seconds, self.guard)
        self.server = MailServer(settings, pipeline, self.ledger)
        sock = socket.create_server(("127.0.0.1", self.port))
        self.port = sock.getsockname()[1]
        await self.server.start([sock])

    async def stop(self) -> None:
        for writer in self.clients:
            writer.close()
            with contextlib.suppress(OSError, ssl.SSLError):
                await writer.wait_closed()
        if self.server is not None:
            await self.server.drain(0.1)
            self.server = None
        await self.hop.stop()

    async def connect(self) -> Client:
        """Return a client that has not read the banner yet."""
        reader, writer = await asyncio.open_connection(
            "127.0.0.1",
            self.port,
            limit=2**20,
            ssl=self.implicit_tls,
            server_hostname="gate.example" if self.implicit_tls else None,
        )
        self.clients.append(writer)
        return Client(reader, writer)

    async def client(self) -> Client:
        """Return a client that is past EHLO."""
        client = await self.connect()
        assert (await client.hear()).startswith(b"220 gate.example ESMTP")
        assert (await client.say("EHLO app.example")).startswith(b"250")
        return client


@contextlib.asynccontextmanager
async def running(world: World, *, hop: bool = True) -> AsyncIterator[World]:
    await world.start(hop=hop)
    try:
        yield world
    finally:
        await world.stop()


async def until(condition: Callable[[], object]) -> None:
    """Wait until the condition holds; fail when it does not come to hold."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not condition():  # noqa: ASYNC110 - conditions on plain values have no event
            await asyncio.sleep(0.002)
