"""A next hop that follows a script and remembers everything it was told."""

from __future__ import annotations

import asyncio
import ssl
from base64 import b64decode
from dataclasses import dataclass, field, replace

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
        for task in self._tasks:
            task.cancel()
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
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError, asyncio.CancelledError):
            pass
        finally:
            self.open -= 1
            self.changed.set()
            self._writers.discard(writer)
            self._tasks.discard(task)
            writer.close()

    async def _say(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answer: str
    ) -> bool:
        if answer == STALL:
            await reader.read()
            return False
        if answer == CLOSE:
            return False
        writer.write(answer.replace("\n", "\r\n").encode() + b"\r\n")
        await writer.drain()
        return True

    async def _talk(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int
    ) -> None:
        state = Received(b"", [], b"", [], number)
        secure = self.implicit
        if not await self._say(reader, writer, self._answer(b"BANNER", "220 hop.example ESMTP")):
            return
        while line := (await reader.readline()).removesuffix(b"\n").removesuffix(b"\r"):
            self.lines.append(line)
            if secure:
                self.secure_lines.append(line)
            self.changed.set()
            verb = line.split(b" ")[0].upper()
            answer = self._answer(line, self._default(verb, line, state, secure=secure))
            if not await self._say(reader, writer, answer) or verb == b"QUIT":
                return
            if verb == b"STARTTLS" and self.tls is not None:
                await writer.start_tls(self.tls)
                secure = True
            elif verb == b"DATA" and answer.startswith("354"):
                if not await self._take_message(reader, writer, state):
                    return
                state = Received(b"", [], b"", [], number)
            else:
                state = _after(verb, line, answer, state)

    def _default(self, verb: bytes, line: bytes, state: Received, *, secure: bool) -> str:
        match verb:
            case b"EHLO":
                keywords = [k for k in self.announce if not (secure and k == "STARTTLS")]
                *texts, last = ["hop.example", *keywords]
                return "\n".join([*(f"250-{text}" for text in texts), f"250 {last}"])
            case b"DATA" if not state.recipients:
                return "554 5.5.1 no valid recipients"
            case b"DATA":
                return "354 go ahead"
            case b"RCPT" if not state.mail:
                return "503 5.5.1 need MAIL"
            case b"AUTH":
                return self._login(line)
        return {b"QUIT": "221 2.0.0 Bye", b"STARTTLS": "220 2.0.0 go"}.get(verb, "250 2.0.0 Ok")

    async def _take_message(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, state: Received
    ) -> bool:
        content = await self._data(reader)
        if content is None:
            return False
        final = self._answer(b".", f"250 2.0.0 Ok: queued as Q{len(self.received) + 1}")
        if final.startswith("2") or final in (CLOSE, STALL):
            self.received.append(replace(state, content=content))
        self.changed.set()
        return await self._say(reader, writer, final)

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


def _after(verb: bytes, line: bytes, answer: str, state: Received) -> Received:
    """Return the transaction as it stands after a command."""
    match verb:
        case b"XFORWARD":
            return replace(state, xforward=[*state.xforward, line])
        case b"MAIL" if answer.startswith("2"):
            return replace(state, mail=line)
        case b"RCPT" if answer.startswith("2"):
            return replace(state, recipients=[*state.recipients, line])
        case b"RSET" | b"EHLO":
            return Received(b"", [], b"", [], state.connection)
    return state
