"""Where is the Redis that an address of the settings names?"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import SplitResult, unquote, urlsplit

DEFAULT_PORT = 6379
SCHEMES = ("redis", "rediss", "unix")


@dataclass(frozen=True, slots=True)
class RedisAddress:
    """A place to connect to: ``path`` of a Unix socket, or ``host`` and ``port``."""

    host: str = ""
    port: int = DEFAULT_PORT
    path: str = ""
    tls: bool = False
    username: str | None = None
    database: int = 0

    def __str__(self) -> str:
        """Return it for people, without anything secret."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.path or f'{host}:{self.port}'}/{self.database}"


def parse_redis(text: str) -> RedisAddress:
    """Return the parts of ``redis://user@host:6379/0``, ``rediss://…`` or ``unix:///path?db=0``.

    Raises ValueError with a message and, after "; ", what to write instead. The address is not
    quoted there: whoever wrote a password into it should not find it in a log.
    """
    try:
        parts = urlsplit(text)
        port = parts.port or DEFAULT_PORT
    except ValueError:
        raise ValueError("not an address; write redis://host:6379/0") from None
    if parts.scheme not in SCHEMES:
        raise ValueError("not an address of a Redis; write redis://host:6379/0")
    if parts.password is not None:
        raise ValueError("a password in the address; write it to `redis_password_file`")
    if parts.fragment:
        raise ValueError("an address has no #; write redis://host:6379/0")
    if parts.scheme == "unix":
        return _unix(parts)
    if not parts.hostname:
        raise ValueError("no host in the address; write redis://host:6379/0")
    if parts.query:
        raise ValueError("options in the address; remove what begins at the question mark")
    return RedisAddress(
        host=parts.hostname,
        port=port,
        tls=parts.scheme == "rediss",
        username=unquote(parts.username) if parts.username else None,
        database=_database(parts.path.removeprefix("/")),
    )


def _unix(parts: SplitResult) -> RedisAddress:
    if parts.hostname or not parts.path.startswith("/"):
        raise ValueError("not the path of a socket; write unix:///run/redis/redis.sock")
    option, _, number = parts.query.partition("=")
    if option not in ("", "db"):
        raise ValueError("a socket has no option but db; write unix:///run/redis/redis.sock?db=0")
    username = unquote(parts.username) if parts.username else None
    return RedisAddress(path=unquote(parts.path), username=username, database=_database(number))


def _database(text: str) -> int:
    if not text:
        return 0
    if not (text.isascii() and text.isdigit()):
        raise ValueError("the number of the database is no number; write redis://host:6379/0")
    return int(text)
