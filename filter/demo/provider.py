"""A stand-in for the SMS provider: answers as Twilio does, and remembers every request."""

from __future__ import annotations

import json
import secrets
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import parse_qs


@dataclass(frozen=True, slots=True)
class Requested:
    """One request as it arrived."""

    method: str
    path: str
    body: bytes
    authorization: str = field(repr=False)
    at: float = field(default_factory=time.monotonic, compare=False)


class Provider:
    """Listens on a free port of 127.0.0.1 from entering to leaving the context.

    It takes ``think_seconds`` over each request before it answers.
    """

    def __init__(self, think_seconds: float = 0.0) -> None:
        self._requests: list[Requested] = []
        self._lock = threading.Lock()
        provider = self

        class Handler(_Handler):
            def remember(self, request: Requested) -> None:
                provider._take(request)
                time.sleep(think_seconds)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), daemon=True
        )

    @property
    def url(self) -> str:
        """Its base address."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def requests(self) -> tuple[Requested, ...]:
        """Everything that arrived so far, in order."""
        with self._lock:
            return tuple(self._requests)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _take(self, request: Requested) -> None:
        with self._lock:
            self._requests.append(request)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "sallyport-demo-provider"
    sys_version = ""

    def remember(self, request: Requested) -> None:
        raise NotImplementedError

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.remember(Requested("POST", self.path, body, self.headers.get("Authorization", "")))
        fields = {key: values[0] for key, values in parse_qs(body.decode()).items()}
        self._answer(201, _accepted(self.path, fields))

    def do_GET(self) -> None:
        self.remember(Requested("GET", self.path, b"", self.headers.get("Authorization", "")))
        self._answer(404, {"code": 20404, "message": "not found", "status": 404})

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Say nothing: the demo prints its own story."""

    def _answer(self, status: int, value: object) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _accepted(path: str, fields: dict[str, str]) -> dict[str, object]:
    """Return a Message resource in the shape that Twilio's SDKs read."""
    account = path.split("/")[3] if path.count("/") > 3 else ""  # noqa: PLR2004 - …/Accounts/AC…/…
    sid = ("MM" if "MediaUrl" in fields else "SM") + secrets.token_hex(16)
    now = format_datetime(datetime.now(UTC))
    return {
        "sid": sid,
        "account_sid": account,
        "api_version": "2010-04-01",
        "body": fields.get("Body", ""),
        "from": fields.get("From"),
        "to": fields.get("To"),
        "status": "queued",
        "direction": "outbound-api",
        "date_created": now,
        "date_updated": now,
        "date_sent": None,
        "error_code": None,
        "error_message": None,
        "messaging_service_sid": None,
        "num_media": "0",
        "num_segments": "1",
        "price": None,
        "price_unit": None,
        "subresource_uris": {},
        "uri": f"/2010-04-01/Accounts/{account}/Messages/{sid}.json",
    }
