"""One HTTP request and one reply, as provider adapters see them."""

from __future__ import annotations

import base64
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum

from filter.outcome import Answer, Deferred, Why

JSON = "application/json"
RETRY_SECONDS = 30
# What callers are told of a pause: never why, nor by whom.
PAUSED = "sending is paused"

# A path that every server, proxy and framework reads the same way: plain segments, none empty, no
# escapes. What would be read differently upstream is refused here (see `is_plain`).
_PLAIN_PATH = re.compile(r"(?:/[A-Za-z0-9._~:@-]+)+")
_DOTS = re.compile(r"/\.{1,2}(?:/|$)")


@dataclass(frozen=True, slots=True)
class Asked:
    """A request: the path without the provider's prefix, header names in lower case, each once."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer to the caller, ours or the provider's."""

    status: int
    body: bytes = b""
    media_type: str = JSON
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def is_success(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status < 300  # noqa: PLR2004 - RFC 9110 section 15.3


@dataclass(frozen=True, slots=True)
class Onward:
    """A request to a provider. It may carry the caller's credentials, so it is never stored."""

    method: str
    target: str  # path and query, as they stand in the request line
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    body: bytes = field(default=b"", repr=False)


class Problem(Enum):
    """Why a request is answered without being judged; each adapter has its own shape for it."""

    UNCLEAR = 400  # not readable for certain, or readable in two ways
    UNAUTHENTICATED = 401
    NOT_CARRIED = 404  # a route that this gate does not judge, so does not let through
    TOO_SLOW = 408
    TOO_LARGE = 413
    TOO_MANY = 429  # a sending limit, or the same message once more
    NOT_READY = 503


class Unclear(Exception):  # noqa: N818 - named for what is wrong with the request
    """The request cannot be read for certain. ``detail`` is written for the caller to see."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


def is_plain(path: str) -> bool:
    """Return whether a path has one reading only.

    Escapes, empty and dot segments and a trailing slash are where routers disagree: one that
    decodes ``Messages%2Ejson`` and one that does not would judge different requests.
    """
    return _PLAIN_PATH.fullmatch(path) is not None and _DOTS.search(path) is None


def is_in_doubt(reply: Reply) -> bool:
    """Return whether a provider's answer leaves open whether it has sent the message.

    RFC 9110 section 15.6: a server error says nothing of what was done; 503 says that nothing was.
    """
    return reply.status >= 500 and reply.status != 503  # noqa: PLR2004 - their names


def problem_of(deferred: Deferred) -> tuple[Problem, str]:
    """Return which problem a message that stays with the caller is, and what to say of it."""
    if deferred.why is Why.LIMIT:
        return Problem.TOO_MANY, "sending limit"
    if deferred.why is Why.REPEATED:
        return Problem.TOO_MANY, "the same message is being sent"
    return Problem.NOT_READY, PAUSED if deferred.why is Why.PAUSED else ""


def retry_after(problem: Problem, seconds: float | None) -> tuple[tuple[str, str], ...]:
    """Return the Retry-After header of a problem that passes (RFC 9110 section 10.2.3)."""
    if problem not in {Problem.NOT_READY, Problem.TOO_MANY}:
        return ()
    wait = RETRY_SECONDS if seconds is None else math.ceil(seconds)
    return (("retry-after", str(wait)),)


def write_answer(answer: Answer[Reply]) -> bytes:
    """Return an answer in a form that read_answer understands, in another process too."""
    reply = answer.reply
    body = base64.b64encode(reply.body).decode("ascii")
    fields = [answer.summary, reply.status, body, reply.media_type, reply.headers]
    return json.dumps(fields).encode()


def read_answer(record: bytes) -> Answer[Reply]:
    """Return the answer that write_answer wrote. Raises ValueError."""
    summary, status, body, media_type, headers = json.loads(record)
    told = tuple((str(name), str(value)) for name, value in headers)
    reply = Reply(int(status), base64.b64decode(body, validate=True), str(media_type), told)
    return Answer(accepted=reply.is_success, summary=str(summary), reply=reply)


def judged(reply: Reply, transaction_id: str, verdict: str) -> Reply:
    """Return the reply with the id and verdict by which log, quarantine and caller agree."""
    said = (("x-sallyport-id", transaction_id), ("x-sallyport-verdict", verdict))
    return replace(reply, headers=reply.headers + said)
