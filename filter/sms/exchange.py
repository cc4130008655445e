"""One HTTP request and one reply, as provider adapters see them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum

JSON = "application/json"
RETRY_SECONDS = 30

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


def judged(reply: Reply, transaction_id: str, verdict: str) -> Reply:
    """Return the reply with the id and verdict by which log, quarantine and caller agree."""
    said = (("x-sallyport-id", transaction_id), ("x-sallyport-verdict", verdict))
    return replace(reply, headers=reply.headers + said)
