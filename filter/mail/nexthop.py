"""The way on: pooled connections to the next hop, one of them for each transaction."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
from collections import deque
from collections.abc import Mapping, Sequence

from filter.mail.data import stuff
from filter.mail.hopconnection import NO_CAPABILITIES, Capabilities, HopConnection, connect
from filter.mail.passwords import read_password
from filter.mail.replies import HopReply
from filter.mail.tls import client_side
from filter.mail.xforward import commands
from filter.message import Transaction
from filter.outcome import Answer, NextHopAway
from filter.settings import MailNextHop

log = logging.getLogger("sallyport.mail")

# How long EHLO remembers that the next hop was away, before it tries to connect again.
AWAY_SECONDS = 2.0
CLOSING = 421


class NextHopPool:
    """Idle connections to the next hop, the last used first. Raises ValueError for bad settings."""

    def __init__(self, settings: MailNextHop) -> None:
        self._settings = settings
        self._context = client_side(settings)
        self._password = read_password("mail.next_hop", settings)
        self._local_name = settings.local_name or socket.gethostname()
        self._idle: deque[HopConnection] = deque()
        self._capabilities: Capabilities | None = None
        self._away_until = 0.0
        self._sweeper: asyncio.TimerHandle | None = None
        self._resets: set[asyncio.Task[None]] = set()
        self._closed = False

    @property
    def settings(self) -> MailNextHop:
        """What it was made from."""
        return self._settings

    def transaction(self) -> OnwardTransaction:
        """Return a way on for one transaction; nothing is connected yet."""
        return OnwardTransaction(self)

    async def get_capabilities(self) -> Capabilities:
        """Return what the next hop announced last; nothing at all while it is away."""
        if self._capabilities is not None:
            return self._capabilities
        loop = asyncio.get_running_loop()
        if loop.time() < self._away_until:
            return NO_CAPABILITIES
        try:
            connection = await self.connect()
        except NextHopAway as exc:
            self._away_until = loop.time() + AWAY_SECONDS
            log.warning("next hop away: %s", exc)
            return NO_CAPABILITIES
        self._store(connection)
        return connection.capabilities

    async def connect(self) -> HopConnection:
        """Return a fresh connection. Raises NextHopAway."""
        connection = await connect(self._settings, self._context, self._password, self._local_name)
        self._capabilities = connection.capabilities
        return connection

    def find_idle(self) -> HopConnection | None:
        """Return the connection that was used last and still stands, None when there is none."""
        oldest = asyncio.get_running_loop().time() - self._settings.idle_seconds
        while self._idle:
            connection = self._idle.pop()
            if connection.is_usable and connection.idle_since >= oldest:
                return connection
            connection.quit()
        return None

    def take_back(self, connection: HopConnection, *, clean: bool) -> None:
        """Take a connection back after a transaction; one that is not clean is reset first."""
        if clean or not connection.is_usable:
            self._store(connection)
            return
        reset = asyncio.ensure_future(self._reset(connection))
        self._resets.add(reset)
        reset.add_done_callback(self._resets.discard)

    async def close(self) -> None:
        """Say goodbye on every idle connection."""
        self._closed = True
        if self._sweeper is not None:
            self._sweeper.cancel()
            self._sweeper = None
        if self._resets:
            await asyncio.wait(self._resets, timeout=1.0)
        while self._idle:
            self._idle.pop().quit()

    async def _reset(self, connection: HopConnection) -> None:
        try:
            reply = await connection.ask(b"RSET", self._settings.reply_seconds)
        except NextHopAway:
            connection.abort()
            return
        if reply.positive:
            self._store(connection)
        else:
            connection.quit()

    def _store(self, connection: HopConnection) -> None:
        full = len(self._idle) >= self._settings.pool_size
        worn = connection.messages >= self._settings.max_messages
        if self._closed or full or worn or not connection.is_usable:
            connection.quit()
            return
        loop = asyncio.get_running_loop()
        connection.idle_since = loop.time()
        self._idle.append(connection)
        if self._sweeper is None:
            self._sweeper = loop.call_later(self._settings.idle_seconds, self._sweep)

    def _sweep(self) -> None:
        """Close what has been idle for too long; the oldest are on the left."""
        self._sweeper = None
        loop = asyncio.get_running_loop()
        oldest = loop.time() - self._settings.idle_seconds
        while self._idle and (not self._idle[0].is_usable or self._idle[0].idle_since <= oldest):
            self._idle.popleft().quit()
        if self._idle:
            due = self._idle[0].idle_since + self._settings.idle_seconds
            self._sweeper = loop.call_at(due, self._sweep)


class OnwardTransaction:
    """One transaction with the next hop: NextHop[HopReply] of filter/outcome.py.

    MAIL and RCPT go on as they come, with ``open`` and ``add``; DATA is sent by ``deliver`` alone.
    """

    def __init__(self, pool: NextHopPool) -> None:
        self._pool = pool
        self._patience = pool.settings.reply_seconds
        self._connection: HopConnection | None = None

    async def open(
        self,
        mail: bytes,
        recipients: Sequence[bytes] = (),
        xforward: Mapping[str, bytes] | None = None,
    ) -> list[HopReply]:
        """Send MAIL and the RCPT commands that came with it; return their replies, MAIL's first.

        A pooled connection that turns out to be dead before it has answered MAIL is replaced, once,
        by a fresh one. Fewer replies than commands: the connection was lost after the last reply.
        Raises NextHopAway when MAIL had no answer.
        """
        idle = self._pool.find_idle()
        if idle is not None:
            try:
                replies = await self._begin(idle, mail, recipients, xforward or {})
            except NextHopAway:
                idle.abort()
            else:
                if replies[0].code != CLOSING:
                    return replies
                idle.abort()
        fresh = await self._pool.connect()
        try:
            return await self._begin(fresh, mail, recipients, xforward or {})
        except NextHopAway:
            fresh.abort()
            raise

    async def add(self, recipients: Sequence[bytes]) -> list[HopReply]:
        """Send RCPT commands and return their replies, fewer when the connection was lost.

        Raises NextHopAway when there was none.
        """
        if self._connection is None:
            raise NextHopAway("the transaction has ended", may_have_sent=False)
        replies = await self._connection.ask_all(recipients, self._patience)
        self._look_at(replies, len(recipients))
        return replies

    @property
    def sends(self) -> bool:
        """What a relay has taken it sends."""
        return True

    async def deliver(self, transaction: Transaction, timeout_seconds: float) -> Answer[HopReply]:
        """Send DATA with the message and return the next hop's answer. Raises NextHopAway."""
        connection, self._connection = self._connection, None
        if connection is None:
            raise NextHopAway("the transaction has ended", may_have_sent=False)
        stuffed = stuff(transaction.content)
        try:
            reply = await connection.send_data(stuffed, timeout_seconds)
        except BaseException:
            # Not close(): that would still write what is buffered, the final dot included.
            connection.abort()
            raise
        if reply.code // 100 not in (2, 4, 5):
            connection.abort()
            raise NextHopAway(f"it answered {reply.code} to the end of data")
        if reply.code == CLOSING:
            connection.quit()
        else:
            # A refused DATA leaves the recipients standing; after the final dot nothing stands.
            self._pool.take_back(connection, clean=reply.positive)
        return Answer(accepted=reply.positive, summary=reply.summary, reply=reply)

    def write_answer(self, answer: Answer[HopReply]) -> bytes:
        """Return an answer as JSON."""
        return json.dumps([answer.reply.code, *answer.reply.lines]).encode()

    def read_answer(self, record: bytes) -> Answer[HopReply]:
        """Return the answer that write_answer wrote. Raises ValueError."""
        code, *lines = json.loads(record)
        reply = HopReply(int(code), tuple(str(line) for line in lines))
        return Answer(accepted=reply.positive, summary=reply.summary, reply=reply)

    async def abandon(self) -> None:
        """End without DATA: the next hop forgets the recipients. Never waits, never fails."""
        connection, self._connection = self._connection, None
        if connection is not None:
            self._pool.take_back(connection, clean=False)

    async def _begin(
        self,
        connection: HopConnection,
        mail: bytes,
        recipients: Sequence[bytes],
        xforward: Mapping[str, bytes],
    ) -> list[HopReply]:
        prefix: list[bytes] = []
        if xforward and self._pool.settings.xforward and not connection.xforward_refused:
            prefix = commands(xforward, connection.capabilities.xforward)
        lines = [*prefix, mail, *recipients]
        replies = await connection.ask_all(lines, self._patience)
        said, replies = replies[: len(prefix)], replies[len(prefix) :]
        if not replies:
            raise NextHopAway("it left before it answered MAIL", may_have_sent=False)
        if not all(reply.positive for reply in said):
            connection.xforward_refused = True
            log.warning("next hop announces XFORWARD but refuses it: %s", said[0].summary)
        connection.messages += 1
        self._connection = connection
        self._look_at(replies, 1 + len(recipients))
        return replies

    def _look_at(self, replies: Sequence[HopReply], expected: int) -> None:
        """Drop the connection when the next hop has said, or shown, that it leaves."""
        leaving = len(replies) < expected or any(reply.code == CLOSING for reply in replies)
        if leaving and self._connection is not None:
            self._connection.abort()
            self._connection = None
