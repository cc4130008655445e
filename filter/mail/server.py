"""The mail side as a whole: it listens, and it stops in good order."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Sequence

from filter.mail.networks import Networks
from filter.mail.nexthop import NextHopPool
from filter.mail.passwords import Accounts
from filter.mail.session import Door, new_session
from filter.mail.tls import server_side
from filter.pipeline import Pipeline
from filter.quarantine.interface import Ledger
from filter.settings import MailListener, Tls

BACKLOG = 1024


class MailServer:
    """SMTP on the sockets it is given, each message to the pipeline.

    Raises ValueError for settings that cannot work: files that cannot be read, empty passwords.
    """

    def __init__(
        self,
        settings: MailListener,
        pipeline: Pipeline,
        ledger: Ledger,
        pool: NextHopPool | None = None,
    ) -> None:
        if settings.proxy_protocol and settings.tls is Tls.IMPLICIT:
            raise ValueError(
                "mail.proxy_protocol does not work with mail.tls implicit; "
                "end TLS at the proxy, or use starttls"
            )
        self._pool = pool or NextHopPool(settings.next_hop)
        self._pipeline = pipeline
        self._door = Door(
            settings=settings,
            hostname=settings.hostname or socket.gethostname(),
            pipeline=pipeline,
            ledger=ledger,
            pool=self._pool,
            tls=server_side(settings),
            accounts=Accounts(settings.accounts),
            trusted=Networks(settings.trusted),
            sessions=set(),
        )
        self._servers: list[asyncio.Server] = []

    @property
    def connections(self) -> int:
        """How many clients are connected."""
        return len(self._door.sessions)

    async def start(self, sockets: Sequence[socket.socket]) -> None:
        """Accept connections on sockets that are bound already."""
        # aiosmtpd tells every connection at info; one line a message is what we promise there.
        logging.getLogger("mail.log").setLevel(logging.WARNING)
        loop = asyncio.get_running_loop()
        implicit = self._door.tls if self._door.settings.tls is Tls.IMPLICIT else None
        for sock in sockets:
            # Accepted sockets inherit it. asyncio sets it only where the socket names its protocol,
            # which those of socket.create_server() do not; without it a reply waits for 40 ms.
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            server = await loop.create_server(
                lambda: new_session(self._door), sock=sock, ssl=implicit, backlog=BACKLOG
            )
            self._servers.append(server)

    async def drain(self, seconds: float) -> None:
        """Stop accepting, let open transactions end, then hang up on who is left.

        Idle clients hear 421 at once, the others when their transaction is over. What has not ended
        after ``seconds`` is broken off and stays with its client, except what is being committed:
        that always runs to its end.
        """
        for server in self._servers:
            server.close()
        self._servers.clear()
        for session in tuple(self._door.sessions):
            session.stop()
        await self._wait_for_sessions(seconds)
        for session in tuple(self._door.sessions):
            session.break_off()
        await self._wait_for_sessions(1.0)
        await self._pipeline.settle()
        await self._pool.close()

    async def _wait_for_sessions(self, seconds: float) -> None:
        tasks = {session.task for session in self._door.sessions}
        if tasks:
            await asyncio.wait(tasks, timeout=seconds)
