"""The gate's text side on a free port, a provider stand-in behind it, a store on disk."""

from __future__ import annotations

import asyncio
import base64
import json
import secrets
import socket
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import parse_qs

from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from filter.decisions import Decision
from filter.guard import Guard
from filter.httpserver import HttpServer
from filter.limits.embedded import EmbeddedLimitStore
from filter.limits.floodguard import FloodGuard
from filter.limits.interface import LimitStore
from filter.limits.references import references_for
from filter.limits.signals import Signals, clients_of
from filter.message import Transaction
from filter.pipeline import Pipeline
from filter.quarantine.interface import DecisionQuery
from filter.quarantine.item import HeldItem, State
from filter.quarantine.store import Store
from filter.ruleset import RuleSet
from filter.settings import (
    Caller,
    GateMode,
    Limits,
    Provider,
    Quarantine,
    Settings,
    TextListener,
)
from filter.sms.app import create_app
from filter.sms.media import Approval, Gatherer
from filter.sms.reporting import Reporting
from filter.sms.server import TextServer
from filter.verdict import Cleared, Disposition, Finding, Verdict
from tests.guards import NoGuard

ACCOUNT = "AC" + "0" * 32
TOKEN = "callers-own-token"
OTHER_ACCOUNT = "AC" + "1" * 32
KEY = "SK" + "2" * 32
PORTAL_KEY = "SK" + "3" * 32  # of the caller "portal"
SERVICE = "MG" + "3" * 32
RELEASE_TOKEN = "token-of-the-settings"
API = f"/2010-04-01/Accounts/{ACCOUNT}"
APPROVED = "RM0.00 493021 is your sign-in code."
PRANK = "You won! Visit evil.example now."
TO, FROM = "+15550100", "+15550199"
PATIENCE_SECONDS = 30  # on a machine that does other things, too


@dataclass(frozen=True)
class Seen:
    """One request that reached the provider."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, list[str]]:
        return parse_qs(self.body.decode(), keep_blank_values=True)


@dataclass
class TwilioStandIn:
    """Answers as Twilio's Messages API does, and remembers. ``answers`` are given first."""

    seen: list[Seen] = field(default_factory=list)
    messages: dict[str, dict[str, Any]] = field(default_factory=dict)
    answers: list[Response] = field(default_factory=list)
    delay_seconds: float = 0.0
    reached: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def sends(self) -> list[Seen]:
        return [s for s in self.seen if s.method == "POST" and s.path.endswith("/Messages.json")]

    def app(self) -> Starlette:
        methods = ["GET", "POST", "DELETE", "PUT"]
        return Starlette(routes=[Route("/{path:path}", self._answer, methods=methods)])

    async def _answer(self, request: Request) -> Response:
        body = await request.body()
        path = request.url.path
        self.seen.append(Seen(request.method, path, request.url.query, dict(request.headers), body))
        self.reached.set()
        await asyncio.sleep(self.delay_seconds)
        if self.answers:
            return self.answers.pop(0)
        last = path.rpartition("/")[2].removesuffix(".json")
        if last == "Messages" and request.method == "POST":
            return self._create(parse_qs(body.decode(), keep_blank_values=True))
        if last == "Messages":
            return JSONResponse({"messages": list(self.messages.values()), "next_page_uri": None})
        if last == "Media":
            return JSONResponse({"media_list": [], "next_page_uri": None})
        if last == "Feedback":
            return JSONResponse({"outcome": "confirmed", "message_sid": path.split("/")[5]}, 201)
        return self._one(request.method, last, parse_qs(body.decode(), keep_blank_values=True))

    def _create(self, form: dict[str, list[str]]) -> Response:
        sid = ("MM" if "MediaUrl" in form else "SM") + secrets.token_hex(16)
        uri = f"{API}/Messages/{sid}"
        self.messages[sid] = {
            "account_sid": ACCOUNT,
            "body": form.get("Body", [""])[0],
            "date_created": "Thu, 24 Aug 2023 05:01:45 +0000",
            "date_updated": "Thu, 24 Aug 2023 05:01:45 +0000",
            "from": form.get("From", [None])[0],
            "sid": sid,
            "status": "queued",
            "subresource_uris": {"media": f"{uri}/Media.json"},
            "to": form.get("To", [""])[0],
            "uri": f"{uri}.json",
        }
        return JSONResponse(self.messages[sid], 201, {"twilio-request-id": "RQ1"})

    def _one(self, method: str, sid: str, form: dict[str, list[str]]) -> Response:
        if sid not in self.messages:
            return JSONResponse({"code": 20404, "message": "not found", "status": 404}, 404)
        if method == "DELETE":
            del self.messages[sid]
            return Response(status_code=204)
        if "Body" in form:
            self.messages[sid]["body"] = form["Body"][0]
        if "Status" in form:
            self.messages[sid]["status"] = form["Status"][0]
        return JSONResponse(self.messages[sid])


async def approve_codes(transaction: Transaction, rules: RuleSet) -> Verdict:
    """Judge as an inspection would whose one template is APPROVED."""
    text = transaction.text
    assert text is not None
    findings = text.troubles
    if text.body != APPROVED:
        findings += (Finding("templates", "template.none", "no approved template matches"),)
    held = bool(findings)
    return Verdict(
        Disposition.QUARANTINE if held else Disposition.PASS,
        findings,
        () if held else (Cleared("templates", "sign-in"),),
        "rev1",
        None if held else "sign-in",
    )


@dataclass
class Gate:
    """The running shim and what stands around it."""

    url: str
    port: int
    store: Store
    folder: Path
    upstream: TwilioStandIn
    listener: TextListener
    server: TextServer
    limits: LimitStore
    rules_loaded: bool = True

    @property
    def held(self) -> tuple[HeldItem, ...]:
        """Everything that is, or was, in quarantine."""
        return tuple(self.store.items())

    @property
    def decisions(self) -> tuple[Decision, ...]:
        return tuple(r.decision for r in reversed(self.store.find_decisions(DecisionQuery())))

    def item(self) -> HeldItem:
        """Return the one message that is held, with its content."""
        (item,) = self.held
        return self.store.get_item(item.transaction.id)

    def move(self, *states: State, answer: str = "") -> None:
        """Take the one message through states, as a reviewer's release does."""
        for state in states:
            item = self.item()
            self.store.change(item.transaction.id, item.state, state, by="reviewer", answer=answer)

    async def outcomes(self, number: int) -> list[str]:
        """Return what was noted to have become of the messages, oldest first."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                records = reversed(self.store.find_decisions(DecisionQuery()))
                noted = [later.text for record in records for later in record.afterwards]
                if len(noted) >= number:
                    return noted
                await asyncio.sleep(0.02)


def listener_for(
    upstream_url: str, trusted: tuple[str, ...] = (), **of_provider: Any
) -> TextListener:
    return TextListener(
        trusted=trusted,
        callers=(
            Caller(name=ACCOUNT, password=SecretStr(TOKEN)),
            Caller(name=OTHER_ACCOUNT, password=SecretStr("other-token")),
            Caller(name=KEY, password=SecretStr("key-secret")),
            Caller(name="clinic", password=SecretStr("clinic-token")),
            Caller(name="portal", signs_in_as=PORTAL_KEY, password=SecretStr("portal-secret")),
        ),
        providers={
            "twilio": Provider(
                upstream=upstream_url,
                account=ACCOUNT,
                password=SecretStr(RELEASE_TOKEN),
                **{"timeout_seconds": 5.0, **of_provider},
            )
        },
    )


def bind() -> socket.socket:
    return socket.create_server(("127.0.0.1", 0))


@asynccontextmanager
async def serve(app: Starlette) -> AsyncIterator[str]:
    listener = bind()
    server = HttpServer(app)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    await server.start([listener])
    try:
        yield url
    finally:
        await server.drain(1.0)


@asynccontextmanager
async def open_gate(
    upstream_url: str | None = None,
    *,
    min_free_bytes: int = 0,
    deadline_seconds: float = 30.0,
    inspect: Callable[[Transaction, RuleSet], Awaitable[Verdict]] | None = None,
    rules: RuleSet | None = None,
    guard: Guard | None = None,
    limits: Limits | None = None,
    limit_store: LimitStore | None = None,
    of_listener: dict[str, Any] | None = None,
    media: Callable[[Approval], Gatherer] | None = None,
    **of_provider: Any,
) -> AsyncIterator[Gate]:
    """Open the gate. With ``min_free_bytes`` beyond any disk the store can be read, not written.

    With ``limits`` a real guard counts in a real store, and reports are taken. ``media`` is given
    what says whether a message's media may be fetched.
    """
    stand_in = TwilioStandIn()
    sock = bind()
    port = sock.getsockname()[1]
    with TemporaryDirectory() as name:
        store = Store(Path(name), Quarantine(min_free_bytes=min_free_bytes))
        async with serve(stand_in.app()) as url:
            listener = listener_for(upstream_url or url, **of_provider)
            listener = listener.model_copy(update=of_listener or {})
            settings = Settings(sms=listener, limits=limits or Limits())
            limit_store = limit_store or EmbeddedLimitStore(Path(name))
            if guard is None:
                guard = NoGuard() if limits is None else FloodGuard(limit_store, store, settings)
            inspect = inspect or approve_codes

            def rules_now() -> RuleSet | None:
                return (rules or _NO_RULES) if gate.rules_loaded else None

            pipeline = Pipeline(
                inspect=inspect,
                rules=rules_now,
                ledger=store,
                guard=guard,
                mode=GateMode.ENFORCE,
                deadline_seconds=deadline_seconds,
                retention=timedelta(days=30),
            )
            signals = Signals(
                limit_store,
                references_for(settings.limits),
                store,
                store,
                clients=clients_of(settings),
            )
            reporting = Reporting(signals, settings.limits)
            approval = Approval(rules_now, inspect, pipeline.dropped_by, deadline_seconds)
            gatherer = media(approval) if media else None
            app = create_app(listener, pipeline, store, reporting, media=gatherer)
            server = TextServer(listener, app)
            gate = Gate(
                f"http://127.0.0.1:{port}",
                port,
                store,
                Path(name),
                stand_in,
                listener,
                server,
                limit_store,
            )
            await server.start([sock])
            try:
                yield gate
            finally:
                await server.drain(1.0)
                await limit_store.close()
                await asyncio.to_thread(store.close)


NO_DISK = 2**62  # more free bytes than any disk has

# The pipeline only hands the rules on; approve_codes does not look at them.
_NO_RULES: RuleSet = RuleSet.__new__(RuleSet)


async def speak(port: int, text: bytes) -> tuple[int, dict[str, str], bytes]:
    """Send raw bytes and return status, headers and body of the one answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            writer.write(text)
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
            body = await reader.readexactly(int(headers.get("content-length", "0")))
    finally:
        writer.close()
        await writer.wait_closed()
    return int(head[0].split()[1]), headers, body


def raw(
    method: str, path: str, body: bytes = b"", *headers: str, user: str = f"{ACCOUNT}:{TOKEN}"
) -> bytes:
    """Return a request as bytes; a header line given twice is sent twice."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
    if user:
        lines.append(f"Authorization: Basic {base64.b64encode(user.encode()).decode()}")
    names = {line.split(":")[0].lower() for line in headers}
    if "content-type" not in names and body:
        lines.append("Content-Type: application/x-www-form-urlencoded")
    if not names & {"content-length", "transfer-encoding"}:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, *headers]).encode() + b"\r\n\r\n" + body


def read_json(body: bytes) -> dict[str, Any]:
    value = json.loads(body)
    assert isinstance(value, dict)
    return value


def make_certificate(openssl: str, key: Path, certificate: Path) -> None:
    kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    name = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    files = ["-keyout", str(key), "-out", str(certificate)]
    command = [openssl, "req", "-x509", *kind, *name, *files]
    subprocess.run(command, check=True, capture_output=True)
