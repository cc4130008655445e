"""The next hop of the benchmark: takes mail as fast as one asyncio process can, keeps a count.

``XCOUNT`` answers how many messages have arrived; so that a driver knows when a relay is done.
"""

from __future__ import annotations

import asyncio
import sys
from typing import cast

import uvloop

from tests.bench.wire import END, unstuffed_end

GREETING = b"220 sink.bench.invalid ESMTP\r\n"
HELLO = (
    b"250-sink.bench.invalid\r\n250-PIPELINING\r\n250-SIZE 52428800\r\n250-8BITMIME\r\n"
    b"250-SMTPUTF8\r\n250-DSN\r\n250 ENHANCEDSTATUSCODES\r\n"
)


class Sink(asyncio.Protocol):
    """One connection: commands a line each, content up to the lone dot."""

    count = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's inherits from nothing
        self._buffer = bytearray()
        self._in_data = False
        self._searched = 0
        self._transport.write(GREETING)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        out = bytearray()
        while self._step(out):
            pass
        if out:
            self._transport.write(bytes(out))

    def _step(self, out: bytearray) -> bool:
        """Consume one command or one content; False when more bytes are needed."""
        if self._in_data:
            end = unstuffed_end(self._buffer, self._searched)
            if end < 0:
                self._searched = max(0, len(self._buffer) - len(END))
                return False
            del self._buffer[:end]
            self._in_data = False
            self._searched = 0
            Sink.count += 1
            out += b"250 2.0.0 taken\r\n"
            return True
        end = self._buffer.find(b"\n")
        if end < 0:
            return False
        verb = bytes(self._buffer[:4]).upper()
        del self._buffer[: end + 1]
        match verb:
            case b"EHLO":
                out += HELLO
            case b"DATA":
                self._in_data = True
                out += b"354 go on\r\n"
            case b"XCOU":
                out += b"250 %d\r\n" % Sink.count
            case b"QUIT":
                self._transport.write(bytes(out) + b"221 2.0.0 goodbye\r\n")
                self._transport.close()
                return False
            case _:
                out += b"250 2.0.0 fine\r\n"
        return True


async def serve(port: int) -> None:
    """Serve until killed; says ``ready PORT`` on standard output."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Sink, "127.0.0.1", port, backlog=1024)
    sys.stdout.write(f"ready {server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1]) if len(sys.argv) > 1 else 0))
