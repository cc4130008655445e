"""A next hop that follows a script and remembers everything it was told."""

from __future__ import annotations

import asyncio
import ssl
from base64 import b64decode
from dataclasses import dataclass, field

CLOSE = "close"  # close the connection instead of answering
STALL = "stall"  # never answer

FULL = (
    "PIPELINING",
    "SIZE 26214400",
    "8BITMIME",
    "SMTPUTF8",
    "DSN",
    "ENHANCEDSTATUSCODES",
    "XFORWARD NAME ADDR PORT PROTO HELO IDENT SOURCE",
)


@dataclass
class Received:
    """A message whose final dot came."""

    mail: bytes
    recipients: list[bytes]
    content: bytes
    xforward: list[bytes]
    connection: int


@dataclass
class Hop:
    """``answers`` are looked up by the longest prefix of the command line, "." is the final dot.

    A list of answers is used up from the left; its last one stays.
    """

    announce: tuple[str, ...] = FULL
    answers: dict[str, str | list[str]] = field(default_factory=dict)
    tls: ssl.SSLContext | None = None
    implicit: bool = False
    port: int = 0
    lines: list[bytes] = field(default_factory=list)
    batches: list[bytes] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)
    cut: list[bytes] = field(default_factory=list)  # data whose final dot never came
    connections: int = 0
    open: int = 0
    logins: list[tuple[str, str]] = field(default_factory=list)
    secure_lines: list[bytes] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    _server: asyncio.Server | None = None
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def start(self) -> None:
        self._server = await asyncio.start_server(
            self._serve,
            "127.0.0.1",
            self.port,
            limit=64 * 2**20,
            ssl=self.tls if self.implicit else None,
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        await self.hang_up()

    async def hang_up(self) -> None:
        """Close all connections without a word."""
        for writer in tuple(self._writers):
            writer.transport.abort()
        if self._tasks:
            await asyncio.wait(self._tasks)

    def verbs(self) -> list[bytes]:
        return [line.split(b" ")[0].upper() for line in self.lines]

    def _answer(self, line: bytes, default: str) -> str:
        text = line.decode(errors="replace").upper()
        fits = [prefix for prefix in self.answers if text.startswith(prefix.upper())]
        if not fits:
            return default
        scripted = self.answers[max(fits, key=len)]
        if isinstance(scripted, str):
            return scripted
        return scripted.pop(0) if len(scripted) > 1 else scripted[0]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._writers.add(writer)
        self.connections += 1
        self.open += 1
        try:
            await self._talk(reader, writer, self.connections)
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            pass
        finally:
            self.open -= 1
            self.changed.set()
            self._writers.discard(writer)
            self._tasks.discard(task)
            writer.close()

    async def _say(self, writer: asyncio.StreamWriter, answer: str) -> bool:
        if answer == STALL:
            await asyncio.Event().wait()
        if answer == CLOSE:
            return False
        writer.write(answer.replace("\n", "\r\n").encode() + b"\r\n")
        await writer.drain()
        return True

    async def _talk(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int
    ) -> None:
        mail, recipients, xforward = b"", list[bytes](), list[bytes]()
        secure = self.implicit
        if not await self._say(writer, self._answer(b"BANNER", "220 hop.example ESMTP")):
            return
        while line := (await reader.readline()).removesuffix(b"\n").removesuffix(b"\r"):
            self.lines.append(line)
            if secure:
                self.secure_lines.append(line)
            self.changed.set()
            verb = line.split(b" ")[0].upper()
            default = "250 2.0.0 Ok"
            if verb == b"EHLO":
                keywords = [k for k in self.announce if not (secure and k == "STARTTLS")]
                texts = ["hop.example", *keywords]
                default = "\n".join([f"250-{text}" for text in texts[:-1]] + [f"250 {texts[-1]}"])
            elif verb == b"DATA":
                default = "354 go ahead" if recipients else "554 5.5.1 no valid recipients"
            elif verb == b"QUIT":
                default = "221 2.0.0 Bye"
            elif verb == b"STARTTLS":
                default = "220 2.0.0 go"
            elif verb == b"AUTH":
                default = self._login(line)
            elif verb == b"RCPT" and not mail:
                default = "503 5.5.1 need MAIL"
            answer = self._answer(line, default)
            if not await self._say(writer, answer):
                return
            if verb == b"XFORWARD":
                xforward.append(line)
            elif verb == b"MAIL" and answer.startswith("2"):
                mail = line
            elif verb == b"RCPT" and answer.startswith("2"):
                recipients.append(line)
            elif verb in (b"RSET", b"EHLO"):
                mail, recipients, xforward = b"", [], []
            elif verb == b"STARTTLS" and self.tls is not None:
                await writer.start_tls(self.tls)
                secure = True
            elif verb == b"QUIT":
                return
            elif verb == b"DATA" and answer.startswith("354"):
                content = await self._data(reader)
                if content is None:
                    return
                final = self._answer(b".", f"250 2.0.0 Ok: queued as Q{len(self.received) + 1}")
                if final.startswith("2") or final in (CLOSE, STALL):
                    self.received.append(Received(mail, recipients, content, xforward, number))
                mail, recipients, xforward = b"", [], []
                self.changed.set()
                if not await self._say(writer, final):
                    return

    async def _data(self, reader: asyncio.StreamReader) -> bytes | None:
        lines: list[bytes] = []
        while True:
            try:
                line = await reader.readuntil(b"\r\n")
            except asyncio.IncompleteReadError as exc:
                self.cut.append(b"".join(lines) + exc.partial)
                return None
            if line == b".\r\n":
                return b"".join(lines)
            lines.append(line.removeprefix(b"."))

    def _login(self, line: bytes) -> str:
        parts = line.split(b" ")
        if parts[1].upper() != b"PLAIN" or len(parts) != 3:
            return "504 5.5.4 unknown mechanism"
        _, name, password = b64decode(parts[2]).decode().split("\0")
        self.logins.append((name, password))
        return "235 2.7.0 welcome"
