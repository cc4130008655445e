"""One client's connection: commands in, replies out, a transaction to the pipeline at each dot.

A subclass of aiosmtpd's SMTP, which gives the stream, the life of the connection and the PROXY
protocol. Its commands cannot be ours (it upper-cases parameters, refuses those it does not know,
limits line length, and tells clients the text of exceptions), so the conversation is our own.
"""

from __future__ import annotations

import asyncio
import binascii
import logging
import re
import ssl
from base64 import b64decode
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import cast

from aiosmtpd.proxy_protocol import AF, get_proxy
from aiosmtpd.smtp import SMTP

from filter.ids import new_transaction_id
from filter.mail import replies, xforward
from filter.mail.data import DataReader, Flaw
from filter.mail.enduser import end_user_of
from filter.mail.input import BLOCK_BYTES, Input, LineTooLong
from filter.mail.networks import Networks, is_loopback
from filter.mail.nexthop import NextHopPool, OnwardTransaction
from filter.mail.parameters import Path, read_recipient, read_sender
from filter.mail.passwords import Accounts
from filter.mail.replies import HopReply, Reply
from filter.message import Channel, Client, EndUser, Envelope, Transaction
from filter.outcome import NextHopAway
from filter.pipeline import Pipeline
from filter.quarantine.interface import Ledger
from filter.settings import MailListener, Tls

log = logging.getLogger("sallyport.mail")

MAX_ERRORS = 10  # unknown or malformed commands, then we hang up
MAX_FAILED_LOGINS = 3
HANDSHAKE_SECONDS = 30.0
# After a reply at a stop, how long we wait for the command that shows that it was read.
TOLD_SECONDS = 1.0
_CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
# What a browser would say if a page made it connect to us.
_HTTP = frozenset({b"GET", b"POST", b"PUT", b"HEAD", b"OPTIONS", b"CONNECT"})


@dataclass(frozen=True, slots=True)
class Door:
    """What all sessions of one listener share."""

    settings: MailListener
    hostname: str
    pipeline: Pipeline
    ledger: Ledger
    pool: NextHopPool
    tls: ssl.SSLContext | None
    accounts: Accounts
    trusted: Networks
    sessions: set[MailSession]


@dataclass(slots=True)
class Submission:
    """A transaction in the making: what the next hop has agreed to so far."""

    id: str
    onward: OnwardTransaction
    mail_argument: bytes
    sender: str
    recipients: list[str] = field(default_factory=list)
    arguments: list[bytes] = field(default_factory=list)
    refused: int = 0
    lost: bool = False

    def envelope(self) -> Envelope:
        """Return who is to be told what we pass on."""
        return Envelope(
            sender=self.sender,
            recipients=tuple(self.recipients),
            mail_argument=self.mail_argument,
            rcpt_arguments=tuple(self.arguments),
        )


class MailSession(SMTP):
    """The server's side of one SMTP connection."""

    def __init__(self, door: Door, loop: asyncio.AbstractEventLoop) -> None:
        # Not SMTP.__init__: it looks through all methods of all objects for hooks, 130 µs for each
        # connection, and Postfix makes one for each message. What its other methods use is here.
        reader = asyncio.StreamReader(limit=BLOCK_BYTES, loop=loop)
        asyncio.StreamReaderProtocol.__init__(self, reader, self._cb_client_connected, loop)
        self.loop = loop
        self.event_handler = None
        self.session = None
        self.envelope = None
        self.transport = None
        self._original_transport = None
        self._tls_protocol = None
        self._timeout_handle = None
        self._handler_coroutine = None
        self._handle_hooks = {}
        self._door = door
        self._input = Input(reader)
        self._output: list[bytes] = []
        self._line = b""  # the command in hand, as the client typed it
        self._peer = ""
        self._port = ""
        self._over_tls = False
        self._greeting = ""
        self._extended = False
        self._account = ""
        self._failed_logins = 0
        self._errors = 0
        self._xforward: dict[str, bytes] = {}
        self._submission: Submission | None = None
        self._untold = ""
        self._waiting_since: float | None = None
        self._judging = False
        self._gone = False
        self._closing = False
        self._stopping = False
        self._unread = False

    # --- the life of the connection

    def _reset_timeout(self, duration: float | None = None) -> None:
        """Start the one timer of the connection; it looks for how long we have been waiting."""
        patience = duration or self._door.settings.idle_seconds
        self._timeout_handle = self.loop.call_later(patience, self._timeout_cb)

    def _timeout_cb(self) -> None:
        limit = self._door.settings.idle_seconds
        waited = 0.0 if self._waiting_since is None else self.loop.time() - self._waiting_since
        if waited >= limit:
            self._hang_up(replies.IDLE)
        else:
            self._reset_timeout(max(limit - waited, 0.01))

    def _hang_up(self, reply: Reply) -> None:
        """Say a last word to a client that we are waiting for."""
        transport = self._wire
        if not transport.is_closing():
            transport.write(reply.encode())
            transport.close()

    @property
    def _wire(self) -> asyncio.Transport:
        return cast(asyncio.Transport, self._writer.transport)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin the conversation."""
        super().connection_made(transport)
        self._door.sessions.add(self)
        peer = transport.get_extra_info("peername")
        if isinstance(peer, tuple):
            self._peer, self._port = str(peer[0]), str(peer[1])
        self._over_tls = transport.get_extra_info("sslcontext") is not None

    def data_received(self, data: bytes) -> None:
        """Take what the client sends; the first of it after a reply shows that the reply was read.

        Counted here, not where it is read: what came before the reply proves nothing.
        """
        if self._untold:
            self._door.ledger.note_told(self._untold)
            self._untold = ""
        self._unread = True
        super().data_received(data)

    def eof_received(self) -> bool:
        """The client has gone. What it sent before that (QUIT) is still read.

        aiosmtpd would cancel the conversation and never see the QUIT that Postfix sends together
        with its FIN, the only evidence that it has read our reply (mail-path 3.3).
        """
        self._leave()
        asyncio.StreamReaderProtocol.eof_received(self)
        return not self._over_tls

    def connection_lost(self, error: Exception | None) -> None:
        """End the conversation; whatever is being judged for this client is dropped."""
        if self._timeout_handle is not None:
            self._timeout_handle.cancel()
        self._leave()
        asyncio.StreamReaderProtocol.connection_lost(self, error)
        self.transport = None
        self._door.sessions.discard(self)

    def _leave(self) -> None:
        self._gone = True
        if self._judging and self._handler_coroutine is not None:
            self._handler_coroutine.cancel()

    def stop(self) -> None:
        """Finish: what is open ends, then the client hears 421."""
        self._stopping = True
        # A command that has come (QUIT, most likely) is answered first; then we are asked again.
        if self._unread or self._waiting_since is None or self._submission is not None:
            return
        if self._untold:
            self.loop.call_later(TOLD_SECONDS, self._hang_up, replies.STOPPING)
        else:
            self._hang_up(replies.STOPPING)

    @property
    def task(self) -> asyncio.Task[None]:
        """The conversation."""
        if self._handler_coroutine is None:
            raise RuntimeError("a session without a connection has no conversation")
        return self._handler_coroutine

    def break_off(self) -> None:
        """End the conversation now, whatever is open."""
        self.task.cancel()

    async def _handle_client(self) -> None:
        try:
            if self._door.settings.proxy_protocol and not await self._read_proxy_line():
                return
            await self._converse()
        except (ConnectionError, TimeoutError, ssl.SSLError) as exc:
            log.debug("connection ended client=%s: %s", self._peer, exc)
        except Exception as exc:  # noqa: BLE001 - the outermost handler of the conversation
            await self._fail(exc)
            self._flush()
        finally:
            await self._drop_submission()
            self._wire.close()

    async def handle_exception(self, error: Exception) -> str:
        """Log the trouble and return what the client may know of it: that there is some."""
        log.error("session failed client=%s", self._peer, exc_info=error)
        return replies.FAULT.line

    async def _fail(self, error: Exception) -> None:
        line = await self.handle_exception(error)
        self._say(line.encode("ascii") + b"\r\n")

    async def _read_proxy_line(self) -> bool:
        """Take the client's address from a PROXY line; only trusted peers send one."""
        if not self._door.trusted.contains(self._peer):
            return True
        self._waiting_since = self.loop.time()
        try:
            proxy = await get_proxy(self._reader)
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError):
            return False
        finally:
            self._waiting_since = None
        if not proxy.valid:
            log.warning("bad PROXY line client=%s", self._peer)
            return False
        if proxy.family in (AF.INET, AF.INET6) and proxy.src_addr is not None:
            self._peer, self._port = str(proxy.src_addr), str(proxy.src_port)
        return True

    # --- the conversation

    async def _converse(self) -> None:
        door = self._door
        if len(door.sessions) > door.settings.max_connections:
            self._end_with(replies.TOO_MANY_CONNECTIONS)
        else:
            self._say(f"220 {door.hostname} ESMTP Sallyport\r\n".encode("ascii", "replace"))
        while not self._closing:
            line = await self._next_line()
            if line is None:
                break
            await self._obey(line)
        self._flush()

    async def _next_line(self) -> bytes | None:
        """Return the client's next line, None at its end and at ours."""
        while True:
            try:
                line = self._input.next_line()
            except LineTooLong:
                self._say_error(replies.LINE_TOO_LONG)
                if self._closing:
                    return None
                continue
            if line is not None:
                return line
            if not await self._fill():
                return None

    async def _fill(self) -> bool:
        """Send what we have to say, then wait for the client; False when it has gone."""
        self._flush()
        if self._stopping:
            self.loop.call_soon(self.stop)  # it looks at whether we are waiting, as we will be
        self._waiting_since = self.loop.time()
        try:
            await self._writer.drain()
            return await self._input.fill()
        finally:
            self._waiting_since = None
            self._unread = False

    async def _obey(self, line: bytes) -> None:
        self._line = line
        verb, _, argument = line.partition(b" ")
        command = _COMMANDS.get(verb.rstrip(b"\n").upper())
        if command is None:
            self._refuse_unknown(verb.upper())
        elif _CONTROL.search(line):
            self._say_error(replies.BAD_CHARACTER)
        elif self._stopping and self._submission is None and command is not MailSession._quit:
            self._end_with(replies.STOPPING)
        else:
            await self._run(command, argument)

    async def _run(self, command: Command, argument: bytes) -> None:
        try:
            await command(self, argument)
        except (ConnectionError, TimeoutError, ssl.SSLError):
            raise
        except Exception as exc:  # noqa: BLE001 - unknown trouble is 451, whatever it is
            await self._drop_submission()
            await self._fail(exc)

    def _refuse_unknown(self, verb: bytes) -> None:
        if verb.rstrip(b":") in _HTTP:
            self._end_with(replies.TOO_MANY_ERRORS)
        elif verb in (b"BDAT", b"EXPN", b"TURN", b"ETRN"):
            # After BDAT comes a chunk; read as commands it would be nonsense at best.
            self._say_error(replies.NOT_IMPLEMENTED)
            self._closing = self._closing or verb == b"BDAT"
        else:
            self._say_error(replies.UNKNOWN_COMMAND)

    def _say(self, reply: Reply | bytes) -> None:
        self._output.append(reply if isinstance(reply, bytes) else reply.encode())

    def _say_error(self, reply: Reply) -> None:
        self._errors += 1
        self._say(reply)
        if self._errors >= MAX_ERRORS:
            self._end_with(replies.TOO_MANY_ERRORS)

    def _end_with(self, reply: Reply) -> None:
        self._say(reply)
        self._closing = True

    def _flush(self) -> None:
        """Write all replies that are due at once: one packet for a pipelined group."""
        if self._output and not self._wire.is_closing():  # uvloop raises on a closed one
            self._wire.write(b"".join(self._output))
        self._output.clear()

    # --- greeting and the small commands

    async def _ehlo(self, argument: bytes) -> None:
        if await self._greet(argument):
            self._extended = True
            lines = await self._extensions()
            self._say(replies.encode_lines(250, [self._door.hostname, *lines]))

    async def _helo(self, argument: bytes) -> None:
        if await self._greet(argument):
            self._extended = False
            self._say(replies.encode_lines(250, [self._door.hostname]))

    async def _greet(self, argument: bytes) -> bool:
        name = argument.strip().decode("ascii", "replace")
        if not name:
            self._say_error(replies.BAD_ARGUMENT)
            return False
        await self._forget_transaction()
        self._greeting = name
        return True

    async def _extensions(self) -> list[str]:
        """Return what we announce: only what we and the next hop can carry."""
        door, settings = self._door, self._door.settings
        hop = await door.pool.get_capabilities()
        lines = ["PIPELINING", "ENHANCEDSTATUSCODES"]
        if "SIZE" in hop:
            limit = hop.max_bytes or settings.max_bytes
            lines.append(f"SIZE {min(limit, settings.max_bytes)}")
        lines += [name for name in ("8BITMIME", "SMTPUTF8", "DSN") if name in hop]
        if settings.tls is Tls.STARTTLS and not self._over_tls:
            lines.append("STARTTLS")
        if door.accounts and self._may_authenticate():
            lines.append("AUTH PLAIN LOGIN")
        if door.trusted.contains(self._peer):
            lines.append("XFORWARD " + " ".join(xforward.ATTRIBUTES))
        return lines

    async def _noop(self, _argument: bytes) -> None:
        self._say(replies.OK)

    async def _help(self, _argument: bytes) -> None:
        self._say(replies.HELP)

    async def _vrfy(self, _argument: bytes) -> None:
        self._say(replies.CANNOT_VERIFY)

    async def _rset(self, _argument: bytes) -> None:
        await self._forget_transaction()
        self._say(replies.OK)

    async def _quit(self, _argument: bytes) -> None:
        self._end_with(replies.BYE)

    async def _forget_transaction(self) -> None:
        """Drop what is open; XFORWARD counts for one transaction (XFORWARD_README)."""
        await self._drop_submission()
        self._xforward = {}

    async def _drop_submission(self) -> None:
        submission, self._submission = self._submission, None
        if submission is not None:
            await submission.onward.abandon()

    # --- TLS, AUTH, XFORWARD

    async def _starttls(self, argument: bytes) -> None:
        if self._over_tls:
            self._say_error(replies.ALREADY_TLS)
        elif self._door.tls is None or self._door.settings.tls is not Tls.STARTTLS:
            self._say_error(replies.NO_TLS)
        elif argument:
            self._say_error(replies.BAD_ARGUMENT)
        else:
            await self._start_tls(self._door.tls)

    async def _start_tls(self, context: ssl.SSLContext) -> None:
        self._say(replies.START_TLS)
        self._flush()
        # Whatever came in clear after STARTTLS must not count as said under TLS (RFC 3207
        # section 4.2; https://nostarttls.secvuln.info). First wait until the client has taken our
        # replies: start_tls would, and what came meanwhile would be read under TLS.
        await self._writer.drain()
        self._input.forget()
        self._reader._buffer.clear()  # type: ignore[attr-defined] # noqa: SLF001 - nobody else can
        await self._writer.start_tls(context, ssl_handshake_timeout=HANDSHAKE_SECONDS)
        self.transport = self._writer.transport
        self._reader._transport = self.transport  # type: ignore[attr-defined] # noqa: SLF001 - same
        self._over_tls = True
        await self._forget_transaction()
        self._greeting, self._extended, self._account = "", False, ""

    def _may_authenticate(self) -> bool:
        return self._over_tls or (
            is_loopback(self._peer) and self._door.trusted.contains(self._peer)
        )

    async def _auth(self, argument: bytes) -> None:
        refusal = self._auth_refusal()
        if refusal is not None:
            self._say_error(refusal)
            return
        mechanism, _, initial = argument.strip().partition(b" ")
        match mechanism.upper():
            case b"PLAIN":
                given = await self._ask_plain(initial.strip())
            case b"LOGIN":
                given = await self._ask_login(initial.strip())
            case _:
                self._say_error(replies.AUTH_UNKNOWN)
                return
        if given is not None:
            self._check_login(*given)

    def _auth_refusal(self) -> Reply | None:
        if not self._door.accounts:
            return replies.NO_AUTH
        if not self._extended:
            return replies.HELLO_FIRST
        if not self._may_authenticate():
            return replies.AUTH_NEEDS_TLS
        if self._account:
            return replies.ALREADY_AUTHENTICATED
        return replies.NESTED_MAIL if self._submission is not None else None

    async def _ask_plain(self, initial: bytes) -> tuple[bytes, bytes] | None:
        """Return name and password of PLAIN (RFC 4616), None when a reply has been given."""
        message = await self._ask(replies.ASK_PLAIN, initial)
        if message is None:
            return None
        identity, _, rest = message.partition(b"\0")
        name, _, password = rest.partition(b"\0")
        if identity not in (b"", name):  # acting for somebody else is not offered
            return b"", b""
        return name, password

    async def _ask_login(self, initial: bytes) -> tuple[bytes, bytes] | None:
        name = await self._ask(replies.ASK_NAME, initial)
        if name is None:
            return None
        password = await self._ask(replies.ASK_PASSWORD, b"")
        return None if password is None else (name, password)

    async def _ask(self, question: Reply, initial: bytes) -> bytes | None:
        """Return the decoded initial response, else the decoded answer to the question."""
        answer: bytes | None = initial
        if not initial:
            self._say(question)
            answer = await self._next_line()
        if answer is None:
            return None
        if answer == b"*":
            self._say_error(replies.AUTH_CANCELLED)
            return None
        try:
            return b"" if answer == b"=" else b64decode(answer, validate=True)
        except binascii.Error:
            self._say_error(replies.AUTH_NOT_BASE64)
            return None

    def _check_login(self, name: bytes, password: bytes) -> None:
        account = name.decode(errors="replace")
        if self._door.accounts.knows(account, password):
            self._account = account
            self._say(replies.AUTHENTICATED)
            return
        log.warning("login failed client=%s", self._peer)
        self._failed_logins += 1
        self._say(replies.AUTH_FAILED)
        if self._failed_logins >= MAX_FAILED_LOGINS:
            self._end_with(replies.TOO_MANY_ERRORS)

    async def _take_xforward(self, argument: bytes) -> None:
        if not self._door.trusted.contains(self._peer):
            self._say_error(replies.NOT_TRUSTED)
        elif self._submission is not None:
            self._say_error(replies.NESTED_MAIL)
        else:
            attributes = xforward.read_attributes(argument)
            if attributes is None:
                self._say_error(replies.BAD_XFORWARD)
            else:
                self._xforward |= attributes
                self._say(replies.OK)

    # --- the transaction

    async def _mail(self, argument: bytes) -> None:
        path = read_sender(argument)
        refusal = self._mail_refusal(path)
        if refusal is not None:
            self._say(refusal)
        elif path is not None:
            await self._open(argument, path)

    def _pause_on(self, sender: str, recipient: str) -> Reply | None:
        """Return the refusal of a pause that drops, "" for a recipient who is not known yet.

        Such a recipient is nobody: only pauses that ask nothing of recipients are about it.
        """
        asked = self._transaction("", Envelope(sender, (recipient,)), b"")
        stop = self._door.pipeline.dropped_by(asked)
        if stop is None:
            return None
        log.info("refused client=%s why=paused pause=%s", self._peer, stop.pause)
        return replies.PAUSED.about(stop.pause)

    def _mail_refusal(self, path: Path | None) -> Reply | None:
        if not self._greeting:
            return replies.HELLO_FIRST
        if self._door.settings.auth_required and not self._account:
            return replies.AUTH_REQUIRED if self._may_authenticate() else replies.TLS_FIRST
        if self._submission is not None:
            return replies.NESTED_MAIL
        if path is None:
            return replies.BAD_SENDER_SYNTAX
        if path.size_bytes > self._door.settings.max_bytes:
            return replies.TOO_LARGE
        return self._pause_on(path.address, "")

    async def _open(self, argument: bytes, path: Path) -> None:
        """Pass MAIL on, with the RCPT commands that the client has pipelined behind it."""
        submission = Submission(
            new_transaction_id(), self._door.pool.transaction(), argument, path.address
        )
        mail = self._line
        group = self._with_pipelined(submission, None)
        asked = [line for line, refusal in group if refusal is None]
        try:
            answers = await submission.onward.open(mail, asked, self._identity(submission.id))
        except NextHopAway as exc:
            log.warning("next hop away id=%s: %s", submission.id, exc)
            self._say(replies.NEXT_HOP_AWAY)
            answers = []
        if answers:
            self._repeat(answers[0])
        if not answers or not answers[0].positive:
            await submission.onward.abandon()
            for _ in group:
                self._say(replies.MAIL_FIRST)
            return
        self._submission = submission
        self._tell_recipients(submission, group, answers[1:])

    def _identity(self, transaction_id: str) -> Mapping[str, bytes]:
        """Return what the next hop is told of the client: what we were told, else what we see."""
        if self._xforward:
            return self._xforward
        address = f"IPV6:{self._peer}" if ":" in self._peer else self._peer
        return {
            "NAME": b"[UNAVAILABLE]",
            "ADDR": xforward.encode(address),
            "PORT": xforward.encode(self._port),
            "PROTO": b"ESMTP" if self._extended else b"SMTP",
            "HELO": xforward.encode(self._greeting),
            "IDENT": xforward.encode(transaction_id),
            "SOURCE": b"REMOTE",
        }

    async def _rcpt(self, _argument: bytes) -> None:
        submission = self._submission
        if submission is None:
            self._say(replies.MAIL_FIRST)
            return
        group = self._with_pipelined(submission, self._line)
        asked = [line for line, refusal in group if refusal is None]
        answers: list[HopReply] = []
        if asked and not submission.lost:
            try:
                answers = await submission.onward.add(asked)
            except NextHopAway as exc:
                log.warning("next hop away id=%s: %s", submission.id, exc)
        self._tell_recipients(submission, group, answers)

    def _with_pipelined(
        self, submission: Submission, line: bytes | None
    ) -> list[tuple[bytes, Reply | None]]:
        """Return this RCPT line, if any, and those that are here already behind it.

        Each with our own refusal, if there is one: then the next hop is not asked.
        """
        group: list[tuple[bytes, Reply | None]] = []
        standing = len(submission.recipients)
        if line is None:
            line = self._input.next_line_of(b"RCPT ")
        while line is not None:
            refusal = self._rcpt_refusal(line, submission.sender, standing)
            group.append((line, refusal))
            standing += refusal is None
            line = self._input.next_line_of(b"RCPT ")
        return group

    def _rcpt_refusal(self, line: bytes, sender: str, standing: int) -> Reply | None:
        if _CONTROL.search(line):
            return replies.BAD_CHARACTER
        path = read_recipient(_argument(line))
        if path is None:
            return replies.BAD_RECIPIENT_SYNTAX
        if standing >= self._door.settings.max_recipients:
            return replies.TOO_MANY_RECIPIENTS
        return self._pause_on(sender, path.address)

    def _tell_recipients(
        self,
        submission: Submission,
        group: list[tuple[bytes, Reply | None]],
        answers: list[HopReply],
    ) -> None:
        """Repeat the next hop's answers in the order of the commands, ours where we refused."""
        remaining = iter(answers)
        for line, refusal in group:
            if refusal is not None:
                submission.refused += 1
                self._say(refusal)
                continue
            answer = next(remaining, None)
            if answer is None:
                submission.lost = True
                self._say(replies.NEXT_HOP_AWAY)
                continue
            path = read_recipient(_argument(line))
            if answer.positive and path is not None:
                submission.recipients.append(path.address)
                submission.arguments.append(_argument(line))
            else:
                submission.refused += 1
            self._repeat(answer)

    def _repeat(self, answer: HopReply) -> None:
        self._say(replies.repeat(answer))
        if answer.code == 421:  # noqa: PLR2004 - RFC 5321 3.8: whoever says 421 closes
            self._closing = True

    # --- the message

    async def _data(self, argument: bytes) -> None:
        submission = self._submission
        refusal = self._data_refusal(submission, argument)
        if refusal is not None:
            self._say(refusal)
            # A body that came without waiting for our 354 must not be read as commands.
            self._closing = self._closing or bool(self._input)
        elif submission is not None:
            self._say(replies.START_DATA)
            content = await self._read_message()
            if content is not None:
                await self._submit(submission, content)

    def _data_refusal(self, submission: Submission | None, argument: bytes) -> Reply | None:
        if argument:
            return replies.BAD_ARGUMENT
        if submission is None:
            return replies.MAIL_FIRST
        if submission.lost:
            return replies.NEXT_HOP_AWAY
        if submission.recipients:
            return None
        return replies.NO_VALID_RECIPIENTS if submission.refused else replies.RECIPIENT_FIRST

    async def _read_message(self) -> bytes | Flaw | None:
        """Return the message, why it is none, or None when the client went away before its end.

        Postfix gives up inside DATA by writing QUIT there and closing (mail-path 3.2.14): only the
        final dot makes a message.
        """
        reader = DataReader(self._door.settings.max_bytes)
        while True:
            rest = reader.feed(self._input.take())
            if rest is not None:
                self._input.give_back(rest)
                return reader.content()
            if not await self._fill():
                log.info("client left inside DATA client=%s", self._peer)
                self._closing = True
                return None

    async def _submit(self, submission: Submission, content: bytes | Flaw) -> None:
        self._submission = None
        if self._gone:  # nobody is there to be told, and who was not told sends again
            await submission.onward.abandon()
            log.info("client left before its message was judged client=%s", self._peer)
            return
        if isinstance(content, Flaw):
            await submission.onward.abandon()
            log.info("refused id=%s client=%s why=%r", submission.id, self._peer, content.value)
            reply = _FLAWS[content].about(submission.id).encode()
        else:
            transaction = self._transaction(submission.id, submission.envelope(), content)
            reply = await self._judge(transaction, submission.onward)
            self._untold = submission.id
        self._xforward = {}
        self._say(reply)
        self._closing = self._closing or reply.startswith(b"421")
        self._flush()

    async def _judge(self, transaction: Transaction, onward: OnwardTransaction) -> bytes:
        """Return the reply to the final dot. Cancelled when the client goes away meanwhile."""
        self._flush()
        self._judging = True
        try:
            outcome = await self._door.pipeline.process(transaction, onward)
        except Exception:
            log.exception("judgement failed id=%s", transaction.id)
            await onward.abandon()
            return replies.FAULT.about(transaction.id).encode()
        finally:
            self._judging = False
        return replies.reply_to(outcome)

    def _transaction(self, transaction_id: str, envelope: Envelope, content: bytes) -> Transaction:
        known = self._xforward
        return Transaction(
            id=transaction_id,
            channel=Channel.EMAIL,
            received_at=datetime.now(UTC),
            client=Client(
                name=self._account,
                address=xforward.address_of(known) or self._peer,
                helo=xforward.decode(known.get("HELO")) or self._greeting,
                queue_id=xforward.decode(known.get("IDENT")),
            ),
            envelope=envelope,
            content=content,
            end_user=self._end_user(transaction_id, content),
        )

    def _end_user(self, transaction_id: str, content: bytes) -> EndUser:
        settings = self._door.settings
        end_user = end_user_of(content, settings.end_user_header, settings.end_user_ip_header)
        if end_user is None:
            # Counted by all the other keys: a client could leave the field out as well.
            log.info("end user not readable id=%s", transaction_id)
            return EndUser()
        return end_user


Command = Callable[[MailSession, bytes], Awaitable[None]]

_COMMANDS: Mapping[bytes, Command] = MappingProxyType(
    {
        b"EHLO": MailSession._ehlo,  # noqa: SLF001 - the table is part of the class
        b"HELO": MailSession._helo,  # noqa: SLF001
        b"STARTTLS": MailSession._starttls,  # noqa: SLF001
        b"AUTH": MailSession._auth,  # noqa: SLF001
        b"XFORWARD": MailSession._take_xforward,  # noqa: SLF001
        b"MAIL": MailSession._mail,  # noqa: SLF001
        b"RCPT": MailSession._rcpt,  # noqa: SLF001
        b"DATA": MailSession._data,  # noqa: SLF001
        b"RSET": MailSession._rset,  # noqa: SLF001
        b"NOOP": MailSession._noop,  # noqa: SLF001
        b"VRFY": MailSession._vrfy,  # noqa: SLF001
        b"HELP": MailSession._help,  # noqa: SLF001
        b"QUIT": MailSession._quit,  # noqa: SLF001
    }
)

_FLAWS: Mapping[Flaw, Reply] = MappingProxyType(
    {
        Flaw.TOO_LARGE: replies.TOO_LARGE,
        Flaw.BARE_LINE_END: replies.BARE_LINE_END,
        Flaw.NUL: replies.NUL_BYTE,
    }
)


def _argument(line: bytes) -> bytes:
    return line.partition(b" ")[2]


def new_session(door: Door) -> MailSession:
    """Return the protocol for one new connection."""
    return MailSession(door, asyncio.get_running_loop())
