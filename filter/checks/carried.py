"""Which links does a link carry inside: in its path, its query, its fragment?

An allowed host can forward. What is inside may be encoded more than once and in several ways, so
it is decoded again and again until nothing changes.
"""

from __future__ import annotations

import base64
import binascii
import html
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from urllib.parse import unquote, unquote_plus

from filter.checks.urls import Url
from filter.reading.links import find_links
from filter.reading.text import compatible

MAX_ROUNDS = 6  # of decoding; whoever encodes more often has something to hide
_LONGEST_REMEMBERED = 1000
_MAX_LAYERS = 24  # of one value, by all its decodings together

_SCHEMED = re.compile(
    r"(?<![A-Za-z0-9])(?:(?:https?|ftp|wss?|javascript|vbscript|data|file|intent|mailto|tel|sms"
    r"|smsto|blob|view-source):|[a-z][a-z0-9+.-]{1,30}://)[^\s\"'<>]+",
    re.IGNORECASE,
)
_RELATIVE = re.compile(r"[/\\]{2}[^/\\\s\"'<>?#]+\.[^\s\"'<>]+")
# A value that begins so leads to another host, whatever the host looks like: a number, [::1].
_LEADING = re.compile(r"[/\\]{2,}[^/\\\s][^\s\"'<>]*")
# A whole value that is a host name, perhaps with a path: what ?next= is made of. An @ or a dot in
# front makes another host out of the one that is put before it. One run with dots in it before the
# last label: repeated runs would take exponential time.
_BARE = re.compile(r"[@.]?([^\s/?#@:\\%]+\.[^\s/?#@:\\%.]+(?::[0-9]+)?(?:[/?#].*)?)", re.DOTALL)
_DOTS = str.maketrans("\u3002\uff0e\uff61", "...")
# Top-level domains that are ends of file names far more often: ?file=report.zip
_FILE_ENDINGS = frozenset(
    ("ai", "app", "box", "cab", "cc", "info", "la", "md", "mov", "name", "pl", "ps", "pub", "py")
) | frozenset(("rs", "sh", "so", "st", "zip"))
# "http" in base64 begins so; the rest of the alphabet covers the URL-safe variant.
_HTTP_IN_BASE64 = re.compile(r"aHR0c[A-Za-z0-9+/_-]{8,}={0,2}")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{8,}={0,2}")
_HEXADECIMAL = re.compile(r"(?:[0-9A-Fa-f]{2}){8,}")
# https-3A__evil.example_x: how Proofpoint's second version writes what is behind u=.
_DEFENDED = re.compile(r"https?-3A_", re.IGNORECASE)


class TooDeep(ValueError):  # noqa: N818 - says what it is
    """A link that is encoded more often than anybody honest would."""


def find_carried(url: Url) -> tuple[str, ...]:
    """Return the links inside the path, the query and the fragment of an http or https link.

    Raises TooDeep, and LinksUnreadable of filter.reading.links.
    """
    found = dict.fromkeys(_remembered(_in_path, url.path))
    for value in (*_values(url.query), *_values(url.fragment)):
        found.update(dict.fromkeys(_remembered(_in_value, value)))
    return tuple(found)


def _remembered(find: Callable[[str], tuple[str, ...]], text: str) -> tuple[str, ...]:
    """Return what is found: the links of a message differ in a value and share the rest."""
    return _remember(find, text) if len(text) <= _LONGEST_REMEMBERED else find(text)


@lru_cache(maxsize=2048)
def _remember(find: Callable[[str], tuple[str, ...]], text: str) -> tuple[str, ...]:
    return find(text)


def _in_path(path: str) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for layer in _layers(path.lstrip("/"), unquote):
        found.update(dict.fromkeys(_spelled_out(layer)))
    if path.startswith("//"):
        found.update(dict.fromkeys(_spelled_out(path)))
    for segment in filter(None, path.split("/")):
        for layer in _layers(segment, unquote):
            found.update(dict.fromkeys(_bare(layer, may_be_file=True)))
            if layer != segment:
                found.update(dict.fromkeys(_anything(layer)))
    return tuple(found)


def _in_value(value: str) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for layer in _layers(value, unquote_plus):
        found.update(dict.fromkeys(_anything(layer)))
    return tuple(found)


def _values(rest: str | None) -> Iterator[str]:
    """Yield the names and values of parameters, and the whole where it is none."""
    for pair in re.split("[&;]", rest or ""):
        yield from (part for part in pair.split("=", 1) if part)


def _layers(text: str, unquoted: Callable[[str], str]) -> Iterator[str]:
    """Yield the text as it stands, then decoded in every way, until that changes nothing any more.

    Raises TooDeep.
    """
    seen = {text}
    waiting = [(text, 0)]
    while waiting:
        current, rounds = waiting.pop()
        yield current
        for decoded in (unquoted(current), *_decodings(current)):
            if not decoded or decoded in seen:
                continue
            if rounds + 1 >= MAX_ROUNDS or len(seen) >= _MAX_LAYERS:
                raise TooDeep(f"it is encoded more than {MAX_ROUNDS - 1} times")
            seen.add(decoded)
            waiting.append((decoded, rounds + 1))


def _decodings(text: str) -> Iterator[str]:
    """Yield what else a text may be an encoding of, beside percent signs."""
    if "&" in text:
        yield html.unescape(text)
    if _BASE64.fullmatch(text):
        yield _decode_base64(text)
    if _HEXADECIMAL.fullmatch(text):
        yield _printable(bytes.fromhex(text))
    if _DEFENDED.search(text):
        yield unquote(re.sub(r"-([0-9A-F]{2})", r"%\1", text).replace("_", "/"))


def _anything(value: str) -> Iterator[str]:
    yield from _spelled_out(value)
    yield from _bare(value)
    stripped = value.strip()
    if _LEADING.match(stripped):
        yield "//" + stripped.lstrip("/\\")


def _spelled_out(text: str) -> Iterator[str]:
    for found in _SCHEMED.finditer(text):
        yield found.group()
    if not _SCHEMED.search(text):
        for found in _RELATIVE.finditer(text):
            yield found.group()
    for found in _HTTP_IN_BASE64.finditer(text):
        decoded = _decode_base64(found.group())
        if decoded:
            yield decoded


def _bare(value: str, *, may_be_file: bool = False) -> Iterator[str]:
    """Yield the host that a value is, unless it is rather the name of a file.

    ``may_be_file`` is for segments of a path, which have no path of their own.
    """
    if not value.isascii():
        value = compatible(value).translate(_DOTS)
    found = _BARE.fullmatch(value)
    if found is None or (may_be_file and value[:1] in "@."):
        return
    host = re.split("[/?#:]", found[1], maxsplit=1)[0]
    is_file = host == found[1] and host.rpartition(".")[2].lower() in _FILE_ENDINGS
    if not is_file:
        yield from (link.url for link in find_links(found[1], "") if "@" not in link.url)


def _decode_base64(text: str) -> str:
    """Return the text that is encoded, "" if it is none."""
    standard = text.rstrip("=").translate(str.maketrans("-_", "+/"))
    try:
        return _printable(base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True))
    except binascii.Error:
        return ""


def _printable(content: bytes) -> str:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return ""
    return text if text.isprintable() else ""
