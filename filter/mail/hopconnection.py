"""One connection to the next hop: aiosmtplib opens it, then we speak on it ourselves.

aiosmtplib does what is hard about a beginning (TLS, EHLO, AUTH). Its transactions cannot be ours:
it sends one command at a time, rewrites line ends, adds one to an empty body, and does not say
whether the final dot was written when it fails. So its transport is taken over after the greeting.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from aiosmtplib import SMTP, SMTPException, SMTPHeloError

from filter.mail.replies import HopReply
from filter.outcome import NextHopAway
from filter.settings import MailNextHop, Tls

MAX_LINE_BYTES = 8192
MAX_REPLY_LINES = 128
# A next hop that is given less than this after its 354 would be cut off while it commits.
LEAST_COMMIT_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What the next hop announced in EHLO, by upper-case keyword, with the keyword's parameters."""

    keywords: Mapping[str, str]

    def __contains__(self, keyword: str) -> bool:
        return keyword in self.keywords

    @property
    def max_bytes(self) -> int:
        """The SIZE it takes, 0 when it did not say."""
        size = self.keywords.get("SIZE", "")
        return int(size) if size.isdigit() else 0

    @property
    def xforward(self) -> tuple[str, ...]:
        """The XFORWARD attributes it takes."""
        return tuple(self.keywords.get("XFORWARD", "").upper().split())


NO_CAPABILITIES = Capabilities({})


class HopConnection(asyncio.Protocol):
    """Commands in order, replies in order, and the truth about what was written."""

    def __init__(self, transport: asyncio.Transport, capabilities: Capabilities) -> None:
        self.capabilities = capabilities
        self.messages = 0
        self.idle_since = 0.0
        self.xforward_refused = False
        self._transport = transport
        self._buffer = b""
        self._texts: list[str] = []
        self._replies: deque[HopReply] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self._lost = ""

    @property
    def is_usable(self) -> bool:
        """Whether a transaction may begin: connected, and nothing unasked has come."""
        return not (self._lost or self._replies or self._texts or self._transport.is_closing())

    async def ask(self, line: bytes, patience_seconds: float) -> HopReply:
        """Send one command and return its reply. Raises NextHopAway."""
        self._write(line + b"\r\n")
        return await self._reply(patience_seconds)

    async def ask_all(self, lines: Sequence[bytes], patience_seconds: float) -> list[HopReply]:
        """Send commands, at once if the next hop takes PIPELINING, and return the replies.

        Fewer replies than commands mean that the connection was lost after the last of them. The
        patience is for each reply. Raises NextHopAway when there is no reply at all.
        """
        replies: list[HopReply] = []
        together = "PIPELINING" in self.capabilities
        try:
            if together:
                self._write(b"\r\n".join(lines) + b"\r\n")
            for line in lines:
                if not together:
                    self._write(line + b"\r\n")
                replies.append(await self._reply(patience_seconds))
        except NextHopAway:
            if not replies:
                raise
        return replies

    async def send_data(self, stuffed: bytes, patience_seconds: float) -> HopReply:
        """Send DATA, the content and the final dot; return the reply to the dot, or to DATA.

        Raises NextHopAway; its may_have_sent is False as long as the dot has not been written.
        """
        end = asyncio.get_running_loop().time() + patience_seconds
        try:
            start = await self.ask(b"DATA", patience_seconds)
            if start.code // 100 in (4, 5):
                return start
            self._begin_data(start, end)
        except NextHopAway as exc:
            raise NextHopAway(str(exc), may_have_sent=False) from exc
        # A reply that is here before the dot was written is no answer to it: _write refuses.
        self._write(stuffed + b".\r\n")
        try:
            return await self._reply(end - asyncio.get_running_loop().time())
        except NextHopAway as exc:
            raise NextHopAway(str(exc), may_have_sent=True) from exc

    def _begin_data(self, start: HopReply, end: float) -> None:
        """Refuse to begin what could not be brought to its end."""
        if start.code != 354:  # noqa: PLR2004 - the one reply that asks for data
            raise NextHopAway(f"it answered {start.code} to DATA")
        if end - asyncio.get_running_loop().time() < LEAST_COMMIT_SECONDS:
            raise NextHopAway("its reply to DATA came too late")

    def quit(self) -> None:
        """Say QUIT and close; nobody waits for the 221."""
        if self.is_usable:
            self._transport.write(b"QUIT\r\n")
        self._lost = self._lost or "closed by us"
        self._transport.close()

    def abort(self) -> None:
        """Close now. What has not left the buffer never will."""
        self._lost = self._lost or "closed by us"
        self._transport.abort()

    def _write(self, octets: bytes) -> None:
        if self._replies or self._texts:  # else it would be taken for the answer to what we say now
            self._lose("it answered what nobody had asked")
        if self._lost or self._transport.is_closing():
            raise NextHopAway(self._lost or "connection is closed", may_have_sent=False)
        self._transport.write(octets)

    async def _reply(self, patience_seconds: float) -> HopReply:
        if not self._replies:
            await self._wait(patience_seconds)
        if self._replies:
            return self._replies.popleft()
        raise NextHopAway(self._lost, may_have_sent=False)

    async def _wait(self, patience_seconds: float) -> None:
        if self._lost:
            return
        loop = asyncio.get_running_loop()
        self._waiter = loop.create_future()
        timer = loop.call_later(max(0.0, patience_seconds), self._lose, "no reply in time")
        try:
            await self._waiter
        except asyncio.CancelledError:
            self._lose("given up")
            raise
        finally:
            timer.cancel()
            self._waiter = None

    def _lose(self, reason: str) -> None:
        self._lost = self._lost or reason
        self._transport.abort()
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    # --- what the event loop calls

    def data_received(self, data: bytes) -> None:
        """Read complete reply lines (RFC 5321 4.2)."""
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        if len(self._buffer) > MAX_LINE_BYTES or len(self._texts) > MAX_REPLY_LINES:
            self._lose("its reply is too long")
            return
        for line in lines:
            text = line.rstrip(b"\r").decode("utf-8", "replace")
            if not (text[:3].isascii() and text[:3].isdigit()) or text[3:4] not in ("", " ", "-"):
                self._lose("its reply is no SMTP reply")
                return
            self._texts.append(text[4:])
            if text[3:4] != "-":
                self._replies.append(HopReply(int(text[:3]), tuple(self._texts)))
                self._texts = []
        if self._replies:
            self._wake()

    def eof_received(self) -> bool:
        """The next hop has nothing more to say, so neither have we."""
        self._lost = self._lost or "it closed the connection"
        self._wake()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """Wake whoever waits for a reply that will not come."""
        self._lost = self._lost or ("connection lost" if exc else "it closed the connection")
        self._wake()


async def connect(
    settings: MailNextHop, context: ssl.SSLContext | None, password: str | None, local_name: str
) -> HopConnection:
    """Return a connection past greeting, TLS, EHLO and AUTH. Raises NextHopAway."""
    client = SMTP(
        hostname=settings.host,
        port=settings.port,
        use_tls=settings.tls is Tls.IMPLICIT,
        start_tls=settings.tls is Tls.STARTTLS,
        tls_context=context,
        username=settings.username,
        password=password,
        local_hostname=local_name,
        timeout=settings.connect_seconds,
    )
    try:
        async with asyncio.timeout(settings.connect_seconds):
            await client.connect()
            if client.is_ehlo_or_helo_needed:
                await _greet(client)
    except (SMTPException, OSError, TimeoutError, ValueError) as exc:
        client.close()
        raise NextHopAway(f"{type(exc).__name__}: {exc}", may_have_sent=False) from exc
    except asyncio.CancelledError:
        client.close()
        raise
    if client.transport is None:
        raise NextHopAway("it closed the connection", may_have_sent=False)
    keywords = {name.upper(): value for name, value in client.esmtp_extensions.items()}
    transport = cast(asyncio.Transport, client.transport)
    connection = HopConnection(transport, Capabilities(keywords))
    transport.set_protocol(connection)
    return connection


async def _greet(client: SMTP) -> None:
    try:
        await client.ehlo()
    except SMTPHeloError:
        await client.helo()
