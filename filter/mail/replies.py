"""Every answer that a mail client can get from us: one table, typed, and nothing else."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from filter.outcome import Deferred, Held, Outcome, Refused, Relayed, Why

# Postfix cuts a proxy's reply at 2048 bytes; RFC 5321 4.5.3.1.5 asks for lines below 512.
MAX_REPLY_BYTES = 400

_STATUS = re.compile(r"[0-9]{1,3}\.[0-9]{1,3}")
_ENHANCED = re.compile(r"[245](\.[0-9]{1,3}\.[0-9]{1,3})(?= |$)")
_UNPRINTABLE = re.compile(r"[^ -~]")
_ADDRESS = re.compile(r"[^\s<>@]+@[^\s<>@]+")


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply of ours, of one line.

    ``status`` is subject and detail of the enhanced status code (RFC 3463); its class is the first
    digit of ``code``, so the two cannot disagree. It is "" for the replies that carry none:
    greetings, intermediate replies and 221.
    """

    code: int
    status: str
    text: str

    def __post_init__(self) -> None:
        if self.code // 100 not in (2, 3, 4, 5):
            raise ValueError(f"{self.code} is not the code of a reply (200 to 599)")
        if self.status and not _STATUS.fullmatch(self.status):
            raise ValueError(f"{self.status!r} is not subject.detail of an enhanced status code")
        if _UNPRINTABLE.search(self.text):
            raise ValueError(f"a reply is printable ASCII on one line, not {self.text!r}")
        if len(self.line) > MAX_REPLY_BYTES:
            raise ValueError(f"a reply has at most {MAX_REPLY_BYTES} bytes, not {len(self.line)}")

    @property
    def line(self) -> str:
        """The reply as it is written, without its line end."""
        enhanced = f"{self.code // 100}.{self.status} " if self.status else ""
        return f"{self.code} {enhanced}{self.text}"

    def encode(self) -> bytes:
        """Return the bytes for the wire."""
        return self.line.encode("ascii") + b"\r\n"

    def about(self, transaction_id: str) -> Reply:
        """Return the reply with the id of the decision that it tells."""
        return Reply(self.code, self.status, f"{self.text} id={transaction_id}")


@dataclass(frozen=True, slots=True)
class HopReply:
    """A reply of the next hop: its code and the text of each line, as it wrote them."""

    code: int
    lines: tuple[str, ...]

    @property
    def positive(self) -> bool:
        """Whether it is a completion reply (2xx)."""
        return self.code // 100 == 2  # noqa: PLR2004 - that is its name

    @property
    def summary(self) -> str:
        """One line for log and records; addresses in it are replaced by <...>."""
        text = _UNPRINTABLE.sub("?", " ".join(self.lines))
        if "@" in text:
            text = _ADDRESS.sub("...", text)
        return f"{self.code} {text}"[:MAX_REPLY_BYTES].rstrip()


# --- greetings and endings
BYE = Reply(221, "0.0", "bye")
TOO_MANY_CONNECTIONS = Reply(421, "3.2", "too many connections, try again later")
STOPPING = Reply(421, "3.2", "service is stopping, try again later")
IDLE = Reply(421, "4.2", "idle for too long")
TOO_MANY_ERRORS = Reply(421, "7.0", "too many errors")

# --- commands
OK = Reply(250, "0.0", "ok")
HELP = Reply(214, "0.0", "EHLO MAIL RCPT DATA RSET NOOP QUIT, see RFC 5321")
CANNOT_VERIFY = Reply(252, "1.5", "cannot verify, send some mail")
UNKNOWN_COMMAND = Reply(500, "5.2", "command not recognised")
LINE_TOO_LONG = Reply(500, "5.2", "command line too long")
BAD_CHARACTER = Reply(500, "5.2", "control character in command")
NOT_IMPLEMENTED = Reply(502, "5.1", "command not implemented")
BAD_ARGUMENT = Reply(501, "5.4", "bad or missing argument")
BAD_SENDER_SYNTAX = Reply(501, "5.4", "syntax: MAIL FROM:<address>")
BAD_RECIPIENT_SYNTAX = Reply(501, "5.4", "syntax: RCPT TO:<address>")
HELLO_FIRST = Reply(503, "5.1", "send EHLO first")
NESTED_MAIL = Reply(503, "5.1", "a transaction is open already")
MAIL_FIRST = Reply(503, "5.1", "send MAIL first")
RECIPIENT_FIRST = Reply(503, "5.1", "send RCPT first")
NO_VALID_RECIPIENTS = Reply(554, "5.1", "no valid recipients")
TOO_MANY_RECIPIENTS = Reply(452, "5.3", "too many recipients")
TOO_LARGE = Reply(552, "3.4", "message is larger than the limit")
START_DATA = Reply(354, "", "end data with <CR><LF>.<CR><LF>")
NEXT_HOP_AWAY = Reply(451, "4.1", "next hop does not answer, try again later")
FAULT = Reply(451, "3.0", "local trouble, try again later")
PAUSED = Reply(451, "7.1", "sending is paused, try again later")

# --- TLS, AUTH, XFORWARD
START_TLS = Reply(220, "0.0", "ready to start TLS")
NO_TLS = Reply(502, "5.1", "STARTTLS is not offered")
ALREADY_TLS = Reply(503, "5.1", "TLS is active already")
AUTHENTICATED = Reply(235, "7.0", "authenticated")
NO_AUTH = Reply(503, "5.1", "AUTH is not offered")
ALREADY_AUTHENTICATED = Reply(503, "5.1", "authenticated already")
AUTH_CANCELLED = Reply(501, "7.0", "authentication cancelled")
AUTH_NOT_BASE64 = Reply(501, "5.2", "not a base64 string")
AUTH_FAILED = Reply(535, "7.8", "name or password is wrong")
AUTH_UNKNOWN = Reply(504, "5.4", "authentication mechanism is not offered")
AUTH_NEEDS_TLS = Reply(538, "7.11", "encryption is required, send STARTTLS first")
AUTH_REQUIRED = Reply(530, "7.0", "authentication is required")
# RFC 3207 section 4: what a server says that wants TLS first.
TLS_FIRST = Reply(530, "7.0", "must issue a STARTTLS command first")
ASK_NAME = Reply(334, "", "VXNlcm5hbWU6")
ASK_PASSWORD = Reply(334, "", "UGFzc3dvcmQ6")
ASK_PLAIN = Reply(334, "", "")
NOT_TRUSTED = Reply(550, "7.0", "XFORWARD is not allowed from here")
BAD_XFORWARD = Reply(501, "5.4", "bad XFORWARD attribute")

# --- end of data; each is sent with the id of the decision
BARE_LINE_END = Reply(550, "6.0", "message refused: lines must end with CR LF, nothing else")
NUL_BYTE = Reply(550, "6.0", "message refused: it contains a NUL byte")
DEFERRED: Mapping[Why, Reply] = MappingProxyType(
    {
        Why.RULES_NOT_LOADED: Reply(451, "3.0", "rules are not loaded, try again later"),
        Why.STORE_AWAY: Reply(451, "3.0", "store does not answer, try again later"),
        Why.NEXT_HOP_AWAY: NEXT_HOP_AWAY,
        Why.DEADLINE: Reply(451, "3.0", "no decision in time, try again later"),
        Why.FAULT: FAULT,
        Why.LIMIT: Reply(451, "7.1", "sending limit"),
        Why.PAUSED: PAUSED,
        Why.REPEATED: Reply(451, "7.1", "the same message is being sent"),
    }
)
# RFC 3463 section 3.8: "delivery not authorized, message refused" is a decision of the operator.
BLOCKED = Reply(554, "7.1", "message blocked: sending limit")


def reply_to(outcome: Outcome[HopReply]) -> bytes:
    """Return the end-of-data reply that tells a client the outcome."""
    match outcome:
        case Relayed(transaction_id=transaction_id, answer=answer):
            return repeat(answer.reply, transaction_id)
        case Refused(transaction_id=transaction_id, answer=answer):
            return repeat(answer.reply, transaction_id)
        case Held(transaction_id=transaction_id, blocked=True):
            return BLOCKED.about(transaction_id).encode()
        case Held(transaction_id=transaction_id):
            return Reply(250, "6.0", f"held as {transaction_id}").encode()
        case Deferred(transaction_id=transaction_id, why=why, retry_seconds=seconds):
            return _in(seconds, DEFERRED[why]).about(transaction_id).encode()


def _in(seconds: float | None, reply: Reply) -> Reply:
    """Return the reply with the time after which another try has a chance, where it is known."""
    if seconds is None:
        return reply
    return replace(reply, text=f"{reply.text}, retry in {math.ceil(seconds)} s")


def repeat(reply: HopReply, transaction_id: str = "") -> bytes:
    """Return the next hop's reply for our client, with the decision's id at its end.

    The text stays as it is but for what would break the client's grammar: bytes that are not
    printable ASCII become "?", an enhanced status code is put in front where there is none or
    where its class contradicts the code, and what exceeds 400 bytes is cut. A reply that is
    neither 2xx, 4xx nor 5xx makes no sense where we ask, and becomes our 451.
    """
    if reply.code // 100 not in (2, 4, 5):
        return (FAULT.about(transaction_id) if transaction_id else FAULT).encode()
    suffix = f" id={transaction_id}" if transaction_id else ""
    texts = [_with_status(reply.code, line) for line in reply.lines] or [f"{reply.code // 100}.0.0"]
    room = MAX_REPLY_BYTES - len(suffix) - len("250 ") - len("\r\n")
    kept: list[str] = []
    for text in texts:
        if kept and room < len(text) + len("250-\r\n"):
            break
        kept.append(text[:room])
        room -= len(kept[-1]) + len("250-\r\n")
    kept[-1] += suffix
    return encode_lines(reply.code, kept)


def encode_lines(code: int, texts: Sequence[str]) -> bytes:
    """Return a reply of one or more lines (RFC 5321 4.2.1)."""
    lines = [f"{code}-{text}\r\n" for text in texts[:-1]]
    return "".join([*lines, f"{code} {texts[-1]}\r\n"]).encode("ascii")


def _with_status(code: int, line: str) -> str:
    text = _UNPRINTABLE.sub("?", line)
    found = _ENHANCED.match(text)
    if found is None:
        return f"{code // 100}.0.0 {text}".rstrip()
    return f"{code // 100}{text[1:]}"
