"""A provider that takes messages in a thread of its own, as far as a release needs one."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs


class Provider(ThreadingHTTPServer):
    """Remembers what it was sent; answers ``status``, and only while ``gate`` is open."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.sent: list[dict[str, list[str]]] = []
        self.status = 201
        self.gate = threading.Event()
        self.gate.set()

    @property
    def settings(self) -> str:
        """What to write into the settings to release to it."""
        where = f"http://127.0.0.1:{self.server_address[1]}"
        return (
            "sms:\n  providers:\n    twilio:\n"
            f"      upstream: {where}\n      account: AC1\n      password: secret\n"
        )


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        provider = self.server
        assert isinstance(provider, Provider)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        provider.sent.append(parse_qs(body.decode()))
        provider.gate.wait(30)
        answer = json.dumps({"sid": f"SM{len(provider.sent):032d}"}).encode()
        with contextlib.suppress(ConnectionError):  # whoever asked may be gone by now
            self.send_response(provider.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def a_provider() -> Iterator[Provider]:
    with Provider() as provider:
        thread = threading.Thread(target=provider.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield provider
        finally:
            provider.gate.set()
            provider.shutdown()
            thread.join()
