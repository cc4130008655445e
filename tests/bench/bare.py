"""A bare aiosmtpd server that takes everything: what the library itself can do."""

from __future__ import annotations

import asyncio
import sys

import uvloop
from aiosmtpd.smtp import SMTP, Envelope, Session


class Taker:
    """Says 250 and forgets."""

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        return "250 2.0.0 taken"


async def serve() -> None:
    """Serve until killed; says ``ready PORT`` on standard output."""

    def protocol() -> SMTP:
        smtp = SMTP(Taker(), hostname="bare.bench.invalid", enable_SMTPUTF8=True)
        smtp.line_length_limit = 1_000_000
        return smtp

    server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0, backlog=1024)
    sys.stdout.write(f"ready {server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve())
