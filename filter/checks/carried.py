"""Which links does a link carry inside: in its path, its query, its fragment?

An allowed host can forward. What is inside may be encoded more than once, so it is decoded again
and again until nothing changes.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator
from urllib.parse import unquote, unquote_plus

from filter.checks.urls import Url
from filter.reading.links import find_links

MAX_ROUNDS = 6  # of decoding; whoever encodes more often has something to hide

_SCHEMED = re.compile(
    r"(?<![A-Za-z0-9])(?:https?|ftp|wss?|javascript|data|file|intent|mailto|tel|sms):[^\s\"'<>]+",
    re.IGNORECASE,
)
_RELATIVE = re.compile(r"[/\\]{2}[^/\\\s\"'<>?#]+\.[^\s\"'<>]+")
# A whole value that is a host name, perhaps with a path: what ?next= is made of.
_BARE = re.compile(r"(?:[^\s/?#@:\\%]+\.)+[^\s/?#@:\\%.]+(?::[0-9]+)?(?:[/?#].*)?", re.DOTALL)
# Top-level domains that are ends of file names far more often: ?file=report.zip
_FILE_ENDINGS = frozenset({"zip", "mov", "md", "py", "sh", "rs", "pl", "ps", "cab", "app", "box"})
# "http" in base64 begins so; the rest of the alphabet covers the URL-safe variant.
_BASE64 = re.compile(r"aHR0c[A-Za-z0-9+/_-]{8,}={0,2}")


class TooDeep(ValueError):  # noqa: N818 - says what it is
    """A link that is encoded more often than anybody honest would."""


def find_carried(url: Url) -> tuple[str, ...]:
    """Return the links inside the path, the query and the fragment of an http or https link.

    Raises TooDeep, and LinksUnreadable of filter.reading.links.
    """
    found: dict[str, None] = {}
    for layer in _layers(url.path.lstrip("/"), unquote):
        found.update(dict.fromkeys(_spelled_out(layer)))
    if url.path.startswith("//"):
        found.update(dict.fromkeys(_spelled_out(url.path)))
    for value in (*_values(url.query), *_values(url.fragment)):
        for layer in _layers(value, unquote_plus):
            found.update(dict.fromkeys(_spelled_out(layer)))
            found.update(dict.fromkeys(_bare(layer)))
    return tuple(found)


def _values(rest: str | None) -> Iterator[str]:
    """Yield the names and values of parameters, and the whole where it is none."""
    for pair in re.split("[&;]", rest or ""):
        yield from (part for part in pair.split("=", 1) if part)


def _layers(text: str, decode: Callable[[str], str]) -> Iterator[str]:
    """Yield the text as it stands, then decoded, until that changes nothing any more."""
    current = text
    for _ in range(MAX_ROUNDS):
        yield current
        decoded = decode(current)
        if decoded == current:
            return
        current = decoded
    raise TooDeep(f"it is percent-encoded more than {MAX_ROUNDS - 1} times")


def _spelled_out(text: str) -> Iterator[str]:
    for found in _SCHEMED.finditer(text):
        yield found.group()
    if not _SCHEMED.search(text):
        for found in _RELATIVE.finditer(text):
            yield found.group()
    for found in _BASE64.finditer(text):
        decoded = _decode_base64(found.group())
        if decoded:
            yield decoded


def _bare(value: str) -> Iterator[str]:
    if _BARE.fullmatch(value) is None:
        return
    host = re.split("[/?#:]", value, maxsplit=1)[0]
    is_file = host == value and host.rpartition(".")[2].lower() in _FILE_ENDINGS
    if not is_file:
        yield from (link.url for link in find_links(value, "") if "@" not in link.url)


def _decode_base64(text: str) -> str:
    standard = text.rstrip("=").translate(str.maketrans("-_", "+/"))
    try:
        decoded = base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)
        return decoded.decode("ascii")
    except (binascii.Error, UnicodeDecodeError):
        return ""
