"""The Twilio SDK for Python: the form bodies of text messages, as it puts them on the wire."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

from twilio.http.http_client import TwilioHttpClient  # type: ignore[import-untyped] # no types
from twilio.rest import Client  # type: ignore[import-untyped]

from tests.battery.generators.python.common import LETTERS, PEOPLE, show, text_of

ACCOUNT, TOKEN = "AC" + "0" * 32, "1" * 32
CODE = "Hello {name}, your sign-in code is 493021. It expires in 10 minutes. Never share it.{bound}"
caught: list[bytes] = []


class Provider(BaseHTTPRequestHandler):
    """Stands for the provider: keeps what it is sent."""

    def do_POST(self) -> None:
        """Keep the body and answer as Twilio does."""
        caught.append(self.rfile.read(int(self.headers["Content-Length"])))
        answer = json.dumps({"sid": "SM" + "2" * 32, "status": "queued"}).encode()
        self.send_response(201)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name there
        """Say nothing."""


server = HTTPServer(("127.0.0.1", 0), Provider)
threading.Thread(target=server.serve_forever, daemon=True).start()
client = Client(ACCOUNT, TOKEN, http_client=TwilioHttpClient(timeout=20))
client.api.base_url = f"http://127.0.0.1:{server.server_port}"


def send(name: str, body: str, **fields: Any) -> None:
    """Send one text and print the form that came."""
    client.messages.create(**{"to": "+60123456789", "from_": "MYHEALTH", "body": body} | fields)
    show(name, caught.pop())


for lang, letter in LETTERS.items():
    send(f"{lang}, a letter", text_of(letter))
    send(f"{lang}, a letter on one line", " ".join(text_of(letter).split()))
    send(f"{lang}, a letter with CRLF", text_of(letter).replace("\n", "\r\n"))
for person in PEOPLE:
    send(f"a code for {person}", CODE.format(name=person, bound=""))
send("a code bound to a site", CODE.format(name="Aisha", bound="\n\n@health.example #493021"))
OPTIONS: dict[str, dict[str, Any]] = {
    "a callback": {"status_callback": "https://hooks.health.example/twilio?m=4711&x=a%20b"},
    "a time to send": {
        "schedule_type": "fixed",
        "send_at": datetime(2021, 6, 14, 8, 0, tzinfo=UTC),
    },
    "a validity": {"validity_period": 600},
    "a highest price": {"max_price": "0.05"},
    "attempts": {"attempt": 1, "provide_feedback": True, "force_delivery": False},
    "retention": {"content_retention": "retain", "address_retention": "obfuscate"},
    "a risk check": {"risk_check": "enable"},
    "links as they are": {"shorten_urls": False},
    "characters as they are": {"smart_encoded": False},
}
for what, fields in OPTIONS.items():
    send(f"with {what}", text_of(LETTERS["en"]), **fields)
for number in ("+15005550006", "+4915112345678", "+86 138 0013 8000".replace(" ", "")):
    send(f"to {number}", text_of(LETTERS["en"]), to=number)
server.shutdown()
