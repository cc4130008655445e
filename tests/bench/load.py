"""The load: C connections that send real messages one after another for a number of seconds.

Run as a process of its own; what it measured is printed as one JSON object.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

import uvloop

from tests.bench.wire import stuffed

# Connections end after this many messages, as those of real clients do.
MESSAGES_PER_CONNECTION = 200


@dataclass(slots=True)
class Tally:
    """What happened: milliseconds of each message accepted, and what was said to the others."""

    milliseconds: list[float] = field(default_factory=list)
    refused: dict[str, int] = field(default_factory=dict)
    started: float = 0.0  # CLOCK_MONOTONIC, which all processes share
    ended: float = 0.0


class Client:
    """One connection to the server under test."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._pipelining = False

    @classmethod
    async def connect(cls, port: int) -> Client:
        """Return a connection that has been greeted and has said EHLO."""
        client = cls(*await asyncio.open_connection("127.0.0.1", port, limit=1 << 20))
        await client._reply()
        client._writer.write(b"EHLO load.bench.invalid\r\n")
        client._pipelining = b"PIPELINING" in await client._reply()
        return client

    async def send(self, sender: bytes, recipient: bytes, wire: bytes) -> bytes:
        """Send one message and return the reply to its final dot (or an earlier refusal)."""
        commands = (b"MAIL FROM:<%s>\r\n" % sender, b"RCPT TO:<%s>\r\n" % recipient, b"DATA\r\n")
        if self._pipelining:
            self._writer.write(b"".join(commands))
        for command in commands:
            if not self._pipelining:
                self._writer.write(command)
            reply = await self._reply()
            if reply[:1] not in b"23":
                return reply
        self._writer.write(wire)
        await self._writer.drain()
        return await self._reply()

    async def close(self) -> None:
        """Say QUIT and close."""
        self._writer.write(b"QUIT\r\n")
        await self._reply()
        self._writer.close()

    async def _reply(self) -> bytes:
        lines = b""
        while True:
            line = await self._reader.readline()
            if not line:
                raise ConnectionError("the server closed the connection")
            lines += line
            if line[3:4] != b"-":
                return lines


async def run(port: int, messages: list[bytes], connections: int, seconds: float) -> Tally:
    """Send messages for ``seconds`` over ``connections`` at once."""
    tally = Tally(started=time.monotonic())
    stop = tally.started + seconds
    wires = [stuffed(message) for message in messages]
    await asyncio.gather(*(_sender(n, port, wires, stop, tally) for n in range(connections)))
    tally.ended = time.monotonic()
    return tally


async def _sender(number: int, port: int, wires: list[bytes], stop: float, tally: Tally) -> None:
    turn = number
    while time.monotonic() < stop:
        client = await Client.connect(port)
        for _ in range(MESSAGES_PER_CONNECTION):
            turn += 1
            started = time.monotonic()
            if started >= stop:
                break
            recipient = b"citizen%d@example.net" % (turn % 1000)
            reply = await client.send(
                b"no-reply@health.example", recipient, wires[turn % len(wires)]
            )
            if reply.startswith(b"250") and b"held" not in reply:
                tally.milliseconds.append((time.monotonic() - started) * 1000)
            else:
                said = reply.decode("ascii", "replace").strip()[:40]
                tally.refused[said] = tally.refused.get(said, 0) + 1
                break
        await client.close()


def main() -> None:
    """``python -m tests.bench.load PORT CONNECTIONS SECONDS FOLDER-OF-EML``."""
    port, connections, seconds, folder = sys.argv[1:5]
    messages = [path.read_bytes() for path in sorted(Path(folder).glob("*.eml"))]
    tally = uvloop.run(run(int(port), messages, int(connections), float(seconds)))
    json.dump(asdict(tally), sys.stdout)


if __name__ == "__main__":
    main()
