"""A stand-in for the relay behind the gate: takes any mail, delivers none, remembers all."""

from __future__ import annotations

import socketserver
import threading
import time
from dataclasses import dataclass, field
from typing import ClassVar, Self

EXTENSIONS = ("PIPELINING", "SIZE 26214400", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES", "DSN")


@dataclass(frozen=True, slots=True)
class Delivered:
    """One message as it arrived: commands as typed, content after dot-unstuffing."""

    mail: str  # "FROM:<a@x.example> BODY=8BITMIME"
    rcpts: tuple[str, ...]
    content: bytes
    at: float = field(default_factory=time.monotonic, compare=False)


class Relay:
    """Listens on a free port of 127.0.0.1 from entering to leaving the context.

    It takes ``think_seconds`` over each message before it answers.
    """

    def __init__(self, think_seconds: float = 0.0) -> None:
        self._delivered: list[Delivered] = []
        self._arrival = threading.Condition()
        relay = self

        class Handler(_Session):
            def deliver(self, message: Delivered) -> int:
                number = relay._take(message)
                time.sleep(think_seconds)
                return number

        self._server = _Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), daemon=True
        )

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._server.server_address[1])

    @property
    def delivered(self) -> tuple[Delivered, ...]:
        """Everything that arrived so far, in order."""
        with self._arrival:
            return tuple(self._delivered)

    def wait_for(self, count: int, timeout_seconds: float = 5.0) -> tuple[Delivered, ...]:
        """Return what arrived once there are ``count`` messages, or when time is up."""
        with self._arrival:
            self._arrival.wait_for(lambda: len(self._delivered) >= count, timeout_seconds)
            return tuple(self._delivered)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _take(self, message: Delivered) -> int:
        with self._arrival:
            self._delivered.append(message)
            self._arrival.notify_all()
            return len(self._delivered)


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False


class _Session(socketserver.StreamRequestHandler):
    """Just enough of RFC 5321 for a well-behaved client, which the gate is."""

    disable_nagle_algorithm: ClassVar[bool] = True

    def deliver(self, message: Delivered) -> int:
        raise NotImplementedError

    def handle(self) -> None:
        self._mail = ""
        self._rcpts: list[str] = []
        self._say("220 relay.demo.invalid ESMTP stand-in of the Sallyport demo")
        while line := self.rfile.readline():
            command = line.decode("utf-8", "surrogateescape").rstrip("\r\n")
            if not self._obey(command):
                return

    def _obey(self, command: str) -> bool:
        """Answer one command; False ends the session."""
        verb, _, rest = command.partition(" ")
        match verb.upper():
            case "EHLO":
                self._say(*(f"250-{x}" for x in ("relay.demo.invalid", *EXTENSIONS)), "250 HELP")
            case "MAIL":
                self._mail, self._rcpts = rest, []
                self._say("250 2.1.0 sender noted")
            case "RCPT":
                self._rcpts.append(rest)
                self._say("250 2.1.5 recipient noted")
            case "DATA":
                self._say("354 go on")
                return self._read_content()
            case "QUIT":
                self._say("221 2.0.0 goodbye")
                return False
            case "HELO" | "RSET" | "NOOP":
                self._say("250 2.0.0 fine")
            case _:
                self._say("502 5.5.2 not here")
        return True

    def _read_content(self) -> bool:
        lines: list[bytes] = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                return False  # the client left before the final dot: no message
            lines.append(line[1:] if line.startswith(b".") else line)
        number = self.deliver(Delivered(self._mail, tuple(self._rcpts), b"".join(lines)))
        self._say(f"250 2.0.0 remembered as number {number}; delivered to nobody")
        return True

    def _say(self, *lines: str) -> None:
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())
