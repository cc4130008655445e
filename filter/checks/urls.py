"""Is a link spelled plainly, and what does it say?

The door of ada-url, which reads URLs as browsers do (https://url.spec.whatwg.org). Reading them
like a browser is not enough: other readers differ about backslashes, user names, odd ports and
encoded separators, so a spelling that could be read in two ways is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote

import ada_url

from filter.reading.text import compatible, describe_character, find_unseen

MAX_CHARACTERS = 4096
_DEFAULT_PORTS = {"https": 443, "http": 80}
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_WEB = re.compile(
    r"(?P<scheme>https?)://(?P<host>[^/?#:@\[\]\\%\x00-\x20\x7f]+)(?::(?P<port>[1-9][0-9]{0,4}))?"
    r"(?P<path>/[^?#]*)?(?:\?(?P<query>[^#]*))?(?:#(?P<fragment>.*))?",
    re.IGNORECASE | re.DOTALL,
)
# RFC 3986 section 3.3, and what browsers leave as it is beside it.
_PATH = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/|\[\]-]|%[0-9A-Fa-f]{2})*")
_REST = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/?|\[\]{}^`-]|%[0-9A-Fa-f]{2})*")
# Separators and dots in disguise: servers and proxies decode them at different times.
_DISGUISED = re.compile(r"%(?:2[eEfF]|5[cC])")
_CONTROL = re.compile(r"%(?:[01][0-9A-Fa-f]|7[fF])")
_SLASHES = re.compile(r"[/\\]")
_MAX_DECODED = 3  # times; a link inside is decoded further, by filter.checks.carried
_MAILTO = re.compile(
    r"mailto:([A-Za-z0-9!#$&'*+/=^_`{|}~.-]+@[A-Za-z0-9.-]+)(?:\?(.*))?", re.IGNORECASE
)
_TEL = re.compile(r"tel:(\+?\(?[0-9][0-9().-]*)", re.IGNORECASE)
# RFC 3966 section 3: visual separators mean nothing. A blank is none of them but people write it.
_SEPARATORS = re.compile(r"[ ().-]|%20")


class UrlError(ValueError):
    """A link that could be read in more than one way. ``code`` is the reason code."""

    def __init__(self, message: str, code: str = "link.spelling") -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Url:
    """A plainly spelled link. ``query`` and ``fragment`` are None where there is none.

    For mailto ``host`` is the address, for tel the number without visual separators.
    """

    scheme: str
    host: str
    port: int | None = None
    path: str = ""
    query: str | None = None
    fragment: str | None = None

    @property
    def segments(self) -> tuple[str, ...]:
        """The path's segments, percent-decoded: ``/a/b%20c`` is ``("a", "b c")``."""
        return tuple(unquote(segment) for segment in self.path.split("/")[1:])


@lru_cache(maxsize=4096)
def parse_url(text: str) -> Url:
    """Return what a plainly spelled link says.

    Raises UrlError: ``link.scheme`` for schemes other than https, http, mailto and tel,
    ``link.spelling`` for everything that is not plain.
    """
    if len(text) > MAX_CHARACTERS:
        raise UrlError(f"it is longer than {MAX_CHARACTERS} characters")
    scheme = _SCHEME.match(text)
    match scheme.group(1).lower() if scheme else "":
        case "https" | "http":
            return _parse_web(text)
        case "mailto":
            return _parse_mailto(text)
        case "tel":
            return _parse_tel(text)
        case "":
            raise UrlError("it has no scheme")
        case other:
            raise UrlError(f"{other}: links are never allowed", "link.scheme")


def with_scheme(text: str) -> str:
    """Return a link as text shows it with the scheme that a client would give it."""
    if text.lower().startswith(("https:", "http:", "mailto:", "tel:")) or "://" in text:
        return text
    return "https://" + text.lstrip("/\\")


@dataclass(frozen=True, slots=True)
class BrowserParts:
    """What a browser makes of a link, plainly spelled or not; every part as it would send it."""

    scheme: str
    user: str
    host: str
    port: str
    path: str
    query: str
    fragment: str


def read_as_browser(text: str) -> BrowserParts | None:
    """Return the parts of a link as a browser reads them, None when it cannot; for explanations."""
    if len(text) > MAX_CHARACTERS:
        return None
    try:
        read = ada_url.parse_url(text)
    except (ValueError, UnicodeError):
        return None
    user, password = str(read["username"]), str(read["password"])
    return BrowserParts(
        scheme=str(read["protocol"]).removesuffix(":"),
        user=f"{user}:{password}" if password else user,
        host=str(read["hostname"]),
        port=str(read["port"]),
        path=str(read["pathname"]),
        query=str(read["search"]).removeprefix("?"),
        fragment=str(read["hash"]).removeprefix("#"),
    )


def to_unicode(host: str) -> str:
    """Return a host name as people would see it: xn-- labels in their own letters."""
    try:
        return str(ada_url.idna_to_unicode(host.encode("ascii")))
    except (ValueError, UnicodeError):
        return host


def plain_number(text: str) -> str:
    """Return a telephone number without visual separators (RFC 3966 section 3)."""
    return _SEPARATORS.sub("", text)


def plain_address(text: str) -> str:
    """Return an e-mail address in the form in which addresses are compared.

    Domains have no letter case; of local parts only their owner knows (RFC 5321 section 2.4).
    """
    local, at, domain = text.rpartition("@")
    return f"{local}{at}{domain.lower()}"


def _parse_web(text: str) -> Url:
    found = _WEB.fullmatch(text)
    if found is None:
        raise UrlError(_what_is_odd(text))
    scheme, host = found["scheme"].lower(), found["host"]
    path, query, fragment = found["path"] or "/", found["query"], found["fragment"]
    _refuse_odd_rest(path, query, fragment)
    port = _port(scheme, found["port"])
    return Url(scheme, _host(text, host), port, path, query, fragment)


def _host(text: str, spelled: str) -> str:
    """Return the host as a browser reads it, if it is spelled just so."""
    try:
        host = str(ada_url.parse_url(text)["hostname"])
    except (ValueError, UnicodeError) as exc:
        raise UrlError(f"browsers cannot read its host {spelled!a}") from exc
    if spelled.isascii():
        if host != spelled.lower():
            raise UrlError(f"its host {spelled} is read as {host}")
    elif to_unicode(host) != spelled.lower():
        raise UrlError(f"its host {spelled!a} is read as {host}")
    if host.endswith("."):
        raise UrlError("its host ends in a dot")
    return host


def _port(scheme: str, spelled: str | None) -> int | None:
    if spelled is None or int(spelled) == _DEFAULT_PORTS[scheme]:
        return None
    return int(spelled)


def _refuse_odd_rest(path: str, query: str | None, fragment: str | None) -> None:
    if _PATH.fullmatch(path) is None:
        raise UrlError(f"its path has {_first_odd(_PATH, path)}")
    for rest in (query, fragment):
        if rest is not None and _REST.fullmatch(rest) is None:
            raise UrlError(f"after its path it has {_first_odd(_REST, rest)}")
        if rest is not None and _CONTROL.search(rest):
            raise UrlError("it has an encoded control character")
    if _DISGUISED.search(path):
        raise UrlError("its path has an encoded separator or dot")
    if _CONTROL.search(path):
        raise UrlError("its path has an encoded control character")
    _refuse_odd_decoded(path, query, fragment)


def _refuse_odd_decoded(path: str, query: str | None, fragment: str | None) -> None:
    """Refuse what shows only when the percent signs are decoded, as often as servers may do it."""
    if _has_dot_segments(path):
        raise UrlError("its path has dot segments")
    for part in (path, query, fragment):
        if not part or "%" not in part:
            continue
        for layer in _decoded(part):
            if part is path and "\ufffd" in layer:
                raise UrlError("its path has encoded bytes that are not UTF-8")
            unseen = find_unseen(layer)
            if unseen:
                raise UrlError(f"it has an encoded {describe_character(unseen)}")
            if part is path and _has_dot_segments(compatible(layer)):
                raise UrlError("its path has dot segments")


def _decoded(text: str) -> Iterator[str]:
    for _ in range(_MAX_DECODED):
        decoded = unquote(text)
        if decoded == text:
            return
        yield decoded
        text = decoded


def _has_dot_segments(path: str) -> bool:
    # What follows a semicolon is no part of the segment to some servers: /..;/ is /../
    return any(segment.partition(";")[0] in (".", "..") for segment in _SLASHES.split(path))


def _first_odd(plain: re.Pattern[str], text: str) -> str:
    found = plain.match(text)
    odd = text[found.end() if found else 0 :][:1]
    if odd == "%":
        return "a percent sign that encodes nothing"
    return f"the character U+{ord(odd):04X}"


def _what_is_odd(text: str) -> str:
    authority = re.split(r"[/?#]", re.sub(r"^[A-Za-z]+:/*", "", text), maxsplit=1)[0]
    if re.search(r"[\x00-\x20\x7f]", text):
        return "it has blanks or control characters"
    if "\\" in text:
        return "it has a backslash, which browsers read as a slash"
    if "@" in authority:
        return "it has a user name before its host"
    if "%" in authority:
        return "its host is percent-encoded"
    if not re.match(r"https?://(?!/)", text, re.IGNORECASE):
        return "there are not just two slashes after its scheme"
    return "its host or port is not spelled plainly"


def _parse_mailto(text: str) -> Url:
    found = _MAILTO.fullmatch(text)
    if found is None:
        raise UrlError("it is not mailto: and one plain address")
    query = found[2]
    if query is not None and (_REST.fullmatch(query) is None or _CONTROL.search(query)):
        raise UrlError("what follows its address is not spelled plainly")
    return Url("mailto", plain_address(found[1]), query=query)


def _parse_tel(text: str) -> Url:
    found = _TEL.fullmatch(text.replace("%20", " ").replace(" ", ""))
    if found is None:
        raise UrlError("it is not tel: and one plain number")
    return Url("tel", plain_number(found[1]))
