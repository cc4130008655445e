"""Clients that send approved messages all the time, over both channels, and note each answer."""

from __future__ import annotations

import re
import smtplib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from http.client import HTTPConnection, HTTPException
from urllib.parse import parse_qs, urlencode, urlsplit

from filter.demo.provider import Provider
from filter.demo.relay import Relay
from filter.demo.stage import Stage, authorization
from filter.message import Channel

RULES = """\
templates:
  - id: drill-mail
    description: What the drill sends by e-mail.
    channel: email
    from: ["Drill <drill@example.org>"]
    subject: "Drill"
    text: "Drill message {number} of {client}."
    slots:
      number: {type: digits, max_length: 9}
      client: {type: choice, values: [one, other]}
    examples:
      pass: [{subject: "Drill", text: "Drill message 1 of one."}]
      hold: [{subject: "Drill", text: "Drill message 1 of none."}]
  - id: drill-text
    description: What the drill sends as text messages.
    channel: sms
    from: [DRILL]
    text: "Drill message {number} of {client}."
    slots:
      number: {type: digits, max_length: 9}
      client: {type: choice, values: [one, other]}
    examples:
      pass: ["Drill message 1 of one."]
      hold: ["Drill message 1 of none."]
"""
_MESSAGE = re.compile(r"Drill message ([0-9]{1,9}) of (one|other)\.")
PATIENCE_SECONDS = 30.0


class Told(StrEnum):
    """What a client was told of a message."""

    RELAYED = "relayed"
    HELD = "held"
    DEFERRED = "deferred"  # it still has it
    OTHER = "something else"  # refused, or no answer at all: the drill has failed


@dataclass(frozen=True, slots=True)
class Key:
    """Which message: the client ("one" is paused), the channel, its number."""

    who: str
    channel: Channel
    number: int


@dataclass(frozen=True, slots=True)
class Sent:
    """One message, what its client was told, and when it began (time.monotonic)."""

    key: Key
    told: Told
    began: float
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """Whom the gate knows a client as."""

    who: str  # as the messages say
    name: str
    secret: str = field(repr=False)


class Stream(threading.Thread):
    """One connection of one client that sends ``per_second`` messages until it is stopped."""

    def __init__(self, stage: Stage, account: Account, channel: Channel, per_second: float) -> None:
        super().__init__(daemon=True, name=f"drill-{account.who}-{channel}")
        self._stage = stage
        self._account = account
        self._channel = channel
        self._interval = 1 / per_second
        self._stopping = threading.Event()
        self._sent: list[Sent] = []
        self._sender: _Sender = (
            _MailSender(stage, account) if channel is Channel.EMAIL else _TextSender(stage, account)
        )

    @property
    def sent(self) -> tuple[Sent, ...]:
        """Everything that has been answered so far."""
        return tuple(self._sent)

    def run(self) -> None:
        """Send until stop() is called."""
        number, turn = 0, time.monotonic()
        while not self._stopping.wait(max(0.0, turn - time.monotonic())):
            number += 1
            self._send(Key(self._account.who, self._channel, number))
            turn = max(turn + self._interval, time.monotonic())
        self._sender.close()

    def stop(self) -> None:
        """Let the message under way end, then send no more."""
        self._stopping.set()

    def _send(self, key: Key) -> None:
        began = time.monotonic()
        text = f"Drill message {key.number} of {key.who}."
        try:
            told, answer = self._sender.send(text)
        except (OSError, smtplib.SMTPException, HTTPException) as exc:
            self._sender.close()
            told, answer = Told.OTHER, f"{type(exc).__name__}: {exc}"
        self._sent.append(Sent(key, told, began, answer))


class _Sender:
    def send(self, text: str) -> tuple[Told, str]:
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError


class _MailSender(_Sender):
    def __init__(self, stage: Stage, account: Account) -> None:
        self._address = stage.addresses.mail
        self._account = account
        self._client: smtplib.SMTP | None = None

    def send(self, text: str) -> tuple[Told, str]:
        client = self._client = self._client or self._connect()
        code, reply = client.mail("drill@example.org")
        if code < 300:  # noqa: PLR2004 - RFC 5321 section 4.2.1: 2yz
            code, reply = client.rcpt(f"{self._account.who}@example.org")
        if code < 300:  # noqa: PLR2004 - same
            code, reply = client.data(_letter(text, self._account.who))
        else:
            client.rset()
        answer = f"{code} {reply.decode('ascii', 'replace')}"
        if code // 100 == 4:  # noqa: PLR2004 - same: 4yz
            return Told.DEFERRED, answer
        if code // 100 != 2:  # noqa: PLR2004 - same
            return Told.OTHER, answer
        return (Told.HELD if " held as " in answer else Told.RELAYED), answer

    def close(self) -> None:
        if self._client is not None:
            self._client.close()
        self._client = None

    def _connect(self) -> smtplib.SMTP:
        client = smtplib.SMTP(*self._address, timeout=PATIENCE_SECONDS)
        client.ehlo("drill.invalid")
        client.login(self._account.name, self._account.secret)
        return client


def _letter(text: str, who: str) -> bytes:
    return (
        f"From: Drill <drill@example.org>\r\nTo: {who}@example.org\r\nSubject: Drill\r\n"
        "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
        f"\r\n{text}\r\n"
    ).encode()


class _TextSender(_Sender):
    def __init__(self, stage: Stage, account: Account) -> None:
        self._netloc = urlsplit(stage.addresses.text).netloc
        self._path = f"/2010-04-01/Accounts/{stage.credentials.account}/Messages.json"
        self._headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Authorization": authorization(account.name, account.secret),
        }
        self._connection: HTTPConnection | None = None

    def send(self, text: str) -> tuple[Told, str]:
        # http.client asks no proxy of the environment: this never leaves the machine.
        connection = self._connection = self._connection or HTTPConnection(
            self._netloc, timeout=PATIENCE_SECONDS
        )
        body = urlencode({"To": "+15550100", "From": "DRILL", "Body": text})
        connection.request("POST", self._path, body.encode(), self._headers)
        reply = connection.getresponse()
        said = f"{reply.status} {reply.read().decode('utf-8', 'replace')[:200]}"
        verdict = reply.headers.get("X-Sallyport-Verdict", "")
        return _VERDICTS.get(verdict, Told.OTHER), said

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None


_VERDICTS = {"pass": Told.RELAYED, "held": Told.HELD, "deferred": Told.DEFERRED}


def arrivals(relay: Relay, provider: Provider) -> Iterator[tuple[Key, float]]:
    """Yield every message of the drill that a next hop has, and when it came."""
    for mail in relay.delivered:
        yield _key(Channel.EMAIL, mail.content.decode("utf-8", "replace")), mail.at
    for request in provider.requests:
        body = parse_qs(request.body.decode("utf-8", "replace")).get("Body", [""])[0]
        yield _key(Channel.SMS, body), request.at


def _key(channel: Channel, text: str) -> Key:
    found = _MESSAGE.search(text)
    if found is None:
        return Key("nobody", channel, 0)
    return Key(found[2], channel, int(found[1]))
