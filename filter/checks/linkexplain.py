"""What does a link say to a browser, and which entry of the allowlist comes nearest to it?

For people who look at a refused link; nothing is decided here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from filter.checks.allowlist import misfits
from filter.checks.carried import TooDeep, find_carried
from filter.checks.lookalikes import find_likeness
from filter.checks.urls import (
    BrowserParts,
    Url,
    UrlError,
    parse_url,
    read_as_browser,
    to_unicode,
    with_scheme,
)
from filter.mode import Mode
from filter.reading.links import LinksUnreadable
from filter.reading.suffixes import registrable_domain
from filter.reading.text import describe_character
from filter.ruleset import LinkEntry, RuleSet

_WEB = frozenset({"https", "http"})
_MAX_ODD = 8
_MAX_CARRIED = 8
_PORTS = {"https": "443", "http": "80"}


@dataclass(frozen=True, slots=True)
class LinkParts:
    """A link taken apart. Parts that it lacks are "".

    ``host`` is what a browser connects to, in ASCII; ``shown_host`` the same in its own letters.
    For mailto and tel ``host`` is the address or number. ``carried`` are links inside of it.
    """

    scheme: str
    host: str
    shown_host: str
    port: str = ""
    path: str = ""
    query: str = ""
    fragment: str = ""
    user: str = ""
    carried: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NearestEntry:
    """The entry that comes nearest, and all in which the link differs; () when it is allowed."""

    id: str
    source: str
    allows: str  # "https://www.health.example/app/**?lang&utm_source"
    differs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LinkExplanation:
    """What there is to know about one link of a message.

    ``parts`` is None when no browser could read it. ``spelling`` says what is not plain about it.
    ``odd`` names the characters that are not printable ASCII: "U+0430 CYRILLIC SMALL LETTER A".
    """

    link: str
    parts: LinkParts | None
    spelling: str
    odd: tuple[str, ...]
    nearest: NearestEntry | None


def explain_link(
    link_url: str,
    rules: RuleSet,
    values: Mapping[str, str] | None = None,
    *,
    only: frozenset[str] | None = None,
    is_bare: bool = True,
) -> LinkExplanation:
    """Return how a browser reads a link, and the entry that is nearest to it.

    ``is_bare`` links stand in a text and may lack a scheme. ``values`` are those of the template's
    slots, None where no template fits; ``only`` the ids of the entries that the template names.
    """
    spelled = with_scheme(link_url) if is_bare else link_url
    plain, spelling = _read_plainly(spelled)
    parts = _parts(spelled, plain)
    return LinkExplanation(
        link=link_url,
        parts=parts,
        spelling=spelling,
        odd=_odd_characters(link_url),
        nearest=_nearest(parts, plain, rules, values, only) if parts else None,
    )


def _read_plainly(spelled: str) -> tuple[Url | None, str]:
    try:
        return parse_url(spelled), ""
    except UrlError as error:
        return None, str(error)


def _parts(spelled: str, plain: Url | None) -> LinkParts | None:
    if plain is not None and plain.scheme not in _WEB:
        return LinkParts(plain.scheme, plain.host, plain.host, query=plain.query or "")
    read = read_as_browser(spelled)
    if read is None:
        return None
    return LinkParts(
        scheme=read.scheme,
        host=read.host,
        shown_host=to_unicode(read.host),
        port=read.port or _PORTS.get(read.scheme, ""),
        path=read.path,
        query=read.query,
        fragment=read.fragment,
        user=read.user,
        carried=_carried(read),
    )


def _carried(read: BrowserParts) -> tuple[str, ...]:
    inside = Url(read.scheme, read.host, None, read.path, read.query, read.fragment)
    try:
        return find_carried(inside)[:_MAX_CARRIED]
    except (TooDeep, LinksUnreadable):
        return ()


def _odd_characters(text: str) -> tuple[str, ...]:
    odd = dict.fromkeys(c for c in text if not "!" <= c <= "~")
    return tuple(describe_character(character) for character in list(odd)[:_MAX_ODD])


def _nearest(
    parts: LinkParts,
    plain: Url | None,
    rules: RuleSet,
    values: Mapping[str, str] | None,
    only: frozenset[str] | None,
) -> NearestEntry | None:
    """Return the entry that comes nearest; of another host only when that is alike."""
    url = plain or Url(
        parts.scheme, parts.host, _port(parts), parts.path, parts.query or None,
        parts.fragment or None,
    )  # fmt: skip
    entries = [entry for entry in rules.links if entry.mode is not Mode.OFF]
    candidates = [entry for entry in entries if _is_same_place(entry, url)]
    strange: tuple[str, ...] = ()
    if not candidates and url.scheme in _WEB:
        host, why = _alike(url.host, entries)
        candidates = [entry for entry in entries if entry.scheme in _WEB and entry.host == host]
        strange = (why,)
    found = [(entry, (*strange, *_differences(entry, url, values, only))) for entry in candidates]
    if not found:
        return None
    entry, differs = min(
        found, key=lambda one: (bool(one[1]), -_common_segments(one[0].path, url), len(one[1]))
    )
    return NearestEntry(entry.id, entry.source, pattern_of(entry), differs)


def _common_segments(pattern: str, url: Url) -> int:
    """Return how many segments the paths begin with in common."""
    pairs = zip(pattern.split("/")[1:], url.segments, strict=False)
    return next((count for count, (a, b) in enumerate(pairs) if a != b), len(url.segments))


def _port(parts: LinkParts) -> int | None:
    usual = not parts.port or parts.port == _PORTS.get(parts.scheme)
    return None if usual else int(parts.port)


def _is_same_place(entry: LinkEntry, url: Url) -> bool:
    if url.scheme in _WEB:
        return entry.scheme in _WEB and entry.host == url.host
    return entry.scheme == url.scheme and _last_part(entry.host) == _last_part(url.host)


def _last_part(contact: str) -> str:
    """Return the domain of an address; the last six digits of a number."""
    return contact.rpartition("@")[2].lower() if "@" in contact else contact[-6:]


def _alike(host: str, entries: list[LinkEntry]) -> tuple[str, str]:
    """Return the listed host that this one looks like or is a relation of, and how."""
    known = tuple(dict.fromkeys(entry.host for entry in entries if entry.scheme in _WEB))
    likeness = find_likeness(host, known)
    if likeness:
        return likeness.host, f"{host} only looks like {likeness.host}: {likeness.by}"
    owner = registrable_domain(host)
    for other in known:
        if owner and registrable_domain(other) == owner:
            return other, f"the host is {host}, not {other}"
    return "", ""


def _differences(
    entry: LinkEntry,
    url: Url,
    values: Mapping[str, str] | None,
    only: frozenset[str] | None,
) -> Iterator[str]:
    if entry.scheme != url.scheme:
        yield f"the scheme is {url.scheme}, not {entry.scheme}"
    if url.scheme not in _WEB and entry.host.lower() != url.host.lower():
        yield f"it is {url.host}, not {entry.host}"
    yield from misfits(entry, url, values)
    if only is not None and entry.id not in only:
        yield "the template does not name this entry"
    if entry.mode is not Mode.ENFORCE:
        yield f"the entry is in {entry.mode.value}"


def pattern_of(entry: LinkEntry) -> str:
    """Return what an entry allows in one line, as a link would say it."""
    if entry.scheme not in _WEB:
        text = f"{entry.scheme}:{entry.host}"
    else:
        port = f":{entry.port}" if entry.port else ""
        text = f"{entry.scheme}://{entry.host}{port}{entry.path}"
    if entry.parameters:
        text += "?" + "&".join(sorted(entry.parameters))
    elif entry.query.value == "any":
        text += "?*"
    return text + ("#*" if entry.fragment else "")
