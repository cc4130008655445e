"""Which entries of the allowlist do the links of alike messages need?"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

_ALTERNATIVES = 8  # fixed segments that are entries of their own
_EACH = 0.1  # of the messages that have one, or it varies
MOST_ENTRIES = 20
_WEB = ("https", "http")


@dataclass(frozen=True, slots=True)
class LinkPlace:
    """A place that links lead to. ``path`` has ``{slot}`` and ``*`` segments, as in rule files.

    For scheme mailto and tel ``host`` is the address or the number.
    """

    scheme: str
    host: str
    port: int | None = None
    path: str = ""
    query: tuple[str, ...] = ()
    fragment: bool = False

    def __str__(self) -> str:
        if self.scheme not in _WEB:
            return f"{self.scheme}:{self.host}"
        port = f":{self.port}" if self.port else ""
        query = "?" + "&".join(f"{name}=" for name in self.query) if self.query else ""
        return f"{self.scheme}://{self.host}{port}{self.path}{query}{'#' * self.fragment}"


@dataclass(frozen=True, slots=True)
class _Link:
    row: int
    segments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LinksFound:
    """The places, and links that cannot be read as one (their spelling is not plain)."""

    places: tuple[LinkPlace, ...]
    unreadable: tuple[str, ...] = ()


def find_places(
    links: Sequence[Sequence[str]], values: Sequence[Mapping[str, str]], contacts: frozenset[str]
) -> LinksFound:
    """Return the places for the links of messages (one sequence each), given their slots' values.

    ``contacts`` are the slots of addresses, telephone numbers and numbers of machines, which need
    no entry where they stand as they are.
    """
    groups: dict[tuple[object, ...], list[_Link]] = defaultdict(list)
    places: set[LinkPlace] = set()
    unreadable: set[str] = set()
    for row, urls in enumerate(links):
        own = {values[row].get(name, "").lower() for name in contacts}
        for url in urls:
            if url.lower() in own:
                continue
            parts = _parse(url)
            if parts is None:
                unreadable.add(url)
            elif parts.scheme in _WEB:
                key, segments = _key_of(parts)
                groups[key].append(_Link(row, segments))
            elif parts.path.lower() not in own:
                names = tuple(sorted(name for name, _ in _pairs(parts.query)))
                places.add(LinkPlace(parts.scheme, parts.path, query=names))
    for key, group in groups.items():
        scheme, host, port, query, fragment, _ = key
        for path in _paths(group, values):
            places.add(
                LinkPlace(str(scheme), str(host), port, path, query, bool(fragment))  # type: ignore[arg-type]  # as _key_of made it
            )
    ordered = sorted(places, key=str)
    return LinksFound(tuple(ordered[:MOST_ENTRIES]), tuple(sorted(unreadable)))


def _parse(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url if ":" in url.partition("/")[0] else f"https://{url}")
        port = parts.port
    except ValueError:
        return None
    if parts.scheme in _WEB:
        host = parts.hostname or ""
        plain = host.isascii() and "." in host and parts.username is None
        return parts if plain and (port is None or port > 0) else None
    return parts if parts.scheme in ("mailto", "tel") and parts.path else None


def _key_of(parts: SplitResult) -> tuple[tuple[object, ...], tuple[str, ...]]:
    segments = tuple(unquote(one) for one in parts.path.split("/")[1:]) or ("",)
    names = tuple(sorted({name for name, _ in _pairs(parts.query)}))
    usual = {"https": 443, "http": 80}[parts.scheme]
    port = None if parts.port in (None, usual) else parts.port
    # `www.x.example` in a text: clients try either; approved is https.
    key = (parts.scheme, parts.hostname or "", port, names, bool(parts.fragment), len(segments))
    return key, segments


def _pairs(query: str) -> list[tuple[str, str]]:
    return parse_qsl(query, keep_blank_values=True)


def _paths(group: Sequence[_Link], values: Sequence[Mapping[str, str]], at: int = 0) -> set[str]:
    """Return the paths that the links have, segment by segment."""
    if at == len(group[0].segments):
        return {""}
    rows = len({one.row for one in group})
    counts = Counter(one.segments[at] for one in group)
    often = {value for value, count in counts.items() if count >= max(1, _EACH * rows)}
    if len(often) <= _ALTERNATIVES and len(often) == len(counts) and (len(counts) == 1 or rows > 2):  # noqa: PLR2004 - of one or two messages nothing is known
        heads = [
            (_fixed(value), [one for one in group if one.segments[at] == value])
            for value in sorted(often)
        ]
    else:
        fixed = sorted(v for v in often if counts[v] >= rows / 2)
        heads = [(_fixed(v), [one for one in group if one.segments[at] == v]) for v in fixed]
        rest = [one for one in group if one.segments[at] not in fixed]
        if rest:
            heads.append((_varying(rest, values, at), rest))
    return {f"/{head}{tail}" for head, part in heads for tail in _paths(part, values, at + 1)}


def _fixed(segment: str) -> str:
    plain = all(c.isalnum() or c in "-._~@+=,:" for c in segment) and segment.isascii()
    return segment if plain else "*"


def _varying(group: Sequence[_Link], values: Sequence[Mapping[str, str]], at: int) -> str:
    names = sorted(set.intersection(*(set(values[one.row]) for one in group)))
    for name in names:
        if all(values[one.row][name] == one.segments[at] for one in group):
            return f"{{{name}}}"
    return "*"
