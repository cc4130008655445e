"""What the client has sent: command lines first, then blocks of data, over one stream."""

from __future__ import annotations

from asyncio import StreamReader

# RFC 4954 section 4: AUTH needs 12288 octets; no other command comes near.
MAX_COMMAND_BYTES = 12_288
BLOCK_BYTES = 64 * 1024


class LineTooLong(Exception):  # noqa: N818 - named for what happened, like NextHopAway
    """A command line was longer than any command; it has been skipped."""


class Input:
    """Lines and blocks from a stream; knows what is already here without waiting."""

    def __init__(self, reader: StreamReader) -> None:
        self._reader = reader
        self._buffer = bytearray()
        self._skipping = False

    def __bool__(self) -> bool:
        return bool(self._buffer)

    async def fill(self) -> bool:
        """Wait for more from the client; return False at its end."""
        block = await self._reader.read(BLOCK_BYTES)
        self._buffer += block
        return bool(block)

    def next_line(self) -> bytes | None:
        """Return the next complete line without its CRLF, None when there is none yet.

        An LF without its CR stays in the line, as a control character that no command may hold:
        servers that took different line ends for one are what smuggling lives on.
        Raises LineTooLong, once for each such line, when its end has come.
        """
        end = self._buffer.find(b"\n")
        if end < 0:
            if len(self._buffer) > MAX_COMMAND_BYTES:
                self._skipping = True
                self._buffer.clear()
            return None
        line = bytes(memoryview(self._buffer)[:end])
        del self._buffer[: end + 1]
        if self._skipping or end > MAX_COMMAND_BYTES:
            self._skipping = False
            raise LineTooLong
        return line[:-1] if line.endswith(b"\r") else line + b"\n"

    def next_line_of(self, verb: bytes) -> bytes | None:
        """Return the next line if it is complete and of this command, else leave it."""
        if self._buffer[: len(verb)].upper() != verb:
            return None
        if not 0 <= self._buffer.find(b"\n") <= MAX_COMMAND_BYTES:
            return None
        return self.next_line()

    def take(self) -> bytes:
        """Return everything that is here."""
        block = bytes(self._buffer)
        self._buffer.clear()
        return block

    def give_back(self, rest: bytes) -> None:
        """Put back what was taken but belongs to the next command."""
        self._buffer[:0] = rest

    def forget(self) -> None:
        """Drop everything: what was sent before STARTTLS must not count after it."""
        self._buffer.clear()
        self._skipping = False
