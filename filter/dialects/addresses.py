"""What of an address in a template is fixed, and what does the application fill in?

An entry of the link allowlist names one host, so a host that is filled in must be named by a
person. Of the path, a segment that is filled in is any one segment.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from filter.message import LinkKind
from filter.templates.pattern import Literal, SlotUse, Token

_HOST = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+", re.IGNORECASE)
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_SLOT_MARK = re.compile("\ue000([0-9]+)\ue001")
# Slots that may hold several segments, by what they are called.
_LONG = re.compile(r"path|ur[il]|link|route|slug", re.IGNORECASE)
_WEB = frozenset({"http", "https"})
_NAME = re.compile(r"[A-Za-z0-9_.~\[\]-]+")


@dataclass(frozen=True, slots=True)
class PageLink:
    """An address that a template follows or fetches; ``tokens`` are literals and slots alone.

    ``line`` is where it stands in the source, 0 when that is not known.
    """

    tokens: tuple[Token, ...]
    kind: LinkKind
    line: int = 0


@dataclass(frozen=True, slots=True)
class Address:
    """What an entry of ``links:`` would say of an address.

    ``doubt`` says why a person must look, ``remedy`` what to write; "" when nobody must. ``host``
    is "" where it is not known, ``slot`` is then the slot that the host, or all, comes from.
    """

    scheme: str = "https"
    host: str = ""
    port: int | None = None
    path: str = "/"
    query: str | tuple[str, ...] = "none"
    fragment: bool = False
    mailto: str = ""
    tel: str = ""
    slot: str = ""
    doubt: str = ""
    remedy: str = ""


def address_of(tokens: Sequence[Token], known: Collection[str] = ()) -> Address:
    """Return what can be said of an address whose slots are filled in later.

    ``known`` are the slots that the message's own texts show: in a path their value is asked for.
    Other slots of a path are ``*``, any one segment.
    """
    slots = [token.name for token in tokens if isinstance(token, SlotUse)]
    text = ""
    for token in tokens:
        if isinstance(token, SlotUse):
            text += f"\ue000{slots.index(token.name)}\ue001"
        elif isinstance(token, Literal):
            text += token.text
    return _Reader(tuple(slots), frozenset(known)).read(text.strip())


class _Reader:
    def __init__(self, slots: tuple[str, ...], known: frozenset[str]) -> None:
        self._slots = slots
        self._known = known

    def read(self, text: str) -> Address:
        whole = _SLOT_MARK.fullmatch(text)
        if whole is not None:
            name = self._slots[int(whole[1])]
            return Address(
                slot=name,
                path="/**",
                query="any",
                doubt=f"the whole address is filled in by {{{name}}}",
                remedy="name the host it leads to",
            )
        scheme = _SCHEME.match(text)
        if scheme is None:
            return self._without_scheme(text)
        name, rest = scheme[1].lower(), text[scheme.end() :]
        if name in ("mailto", "tel"):
            return self._contact(name, rest)
        if name not in _WEB or not rest.startswith("//"):
            return self._doubtful(f"{name}: is no address of the web", "write https://… instead")
        return self._web(name, rest[2:])

    def _without_scheme(self, text: str) -> Address:
        first = _SLOT_MARK.match(text)
        if first is not None and text[first.end() : first.end() + 3] == "://":
            read = self._web("https", text[first.end() + 3 :])
            return read if read.doubt else _with(read, "its scheme is filled in", "write https://")
        if first is not None:  # {site_url}/verify/{token}
            name = self._slots[int(first[1])]
            read = self._path(Address(slot=name), text[first.end() :])
            return _with(read, f"its host is filled in by {{{name}}}", "name the host it leads to")
        if text.startswith("//"):
            read = self._web("https", text[2:])
            return read if read.doubt else _with(read, "it has no scheme", "write https://")
        if text.startswith(("/", "#", "?")) or not _HOST.match(text):
            return self._doubtful("it leads to no host", "write the whole address, https://…")
        return self._web("https", text)  # a name that clients make a link of

    def _web(self, scheme: str, text: str) -> Address:
        end = next((n for n, c in enumerate(text) if c in "/?#"), len(text))
        authority, rest = text[:end], text[end:]
        glued = _SLOT_MARK.search(authority)
        if glued is not None and glued.start() and _HOST.fullmatch(authority[: glued.start()]):
            # https://app.example{path}: the value must begin with a slash, which nobody promises
            name = self._slots[int(glued[1])]
            return self._doubtful(
                f"{{{name}}} right after the host could make another host of it",
                'put a "/" between them in the source',
                slot=name,
            )
        if glued is not None:
            name = self._slots[int(glued[1])]
            read = self._path(Address(scheme, slot=name), rest)
            return _with(read, f"its host is filled in by {{{name}}}", "name the host it leads to")
        host, _, port = authority.partition(":")
        if not _HOST.fullmatch(host) or (port and not port.isascii()) or "@" in authority:
            return self._doubtful(f"{authority} is no plain host", "write host and path only")
        number = int(port) if port.isdecimal() else None
        return self._path(Address(scheme, host.lower(), number), rest)

    def _path(self, found: Address, rest: str) -> Address:
        rest, hash_sign, _ = rest.partition("#")
        path, mark, query = rest.partition("?")
        return Address(
            found.scheme,
            found.host,
            found.port,
            self._segments(path),
            self._query(query) if mark else "none",
            bool(hash_sign),
            slot=found.slot,
        )

    def _segments(self, path: str) -> str:
        segments = path.removeprefix("/").split("/")
        told: list[str] = []
        for place, segment in enumerate(segments):
            whole = _SLOT_MARK.fullmatch(segment)
            if whole is None:
                told.append("*" if _SLOT_MARK.search(segment) else segment)
                continue
            name = self._slots[int(whole[1])]
            if name in self._known:
                told.append(f"{{{name}}}")
            elif place == len(segments) - 1 and _LONG.search(name):
                told.append("**")
            else:
                told.append("*")
        return "/" + "/".join(told)

    def _query(self, query: str) -> str | tuple[str, ...]:
        names: dict[str, None] = {}
        for pair in query.replace("&amp;", "&").split("&"):
            name = pair.partition("=")[0]
            if _SLOT_MARK.search(name) or (name and not _NAME.fullmatch(name)):
                return "any"
            if name:
                names[name] = None
        return tuple(names) or "none"

    def _contact(self, scheme: str, rest: str) -> Address:
        found = _SLOT_MARK.search(rest.partition("?")[0])
        if found is not None:
            name = self._slots[int(found[1])]
            return Address(
                scheme,
                slot=name,
                doubt=f"the {scheme} address is filled in by {{{name}}}",
                remedy=f"name it, or show it as a slot of type {_TYPES[scheme]} in the text",
            )
        address, mark, query = rest.partition("?")
        asked = self._query(query) if mark else "none"
        if scheme == "mailto":
            return Address(scheme, mailto=address, query=asked)
        return Address(scheme, tel=address)

    def _doubtful(self, doubt: str, remedy: str, slot: str = "") -> Address:
        return Address(slot=slot, path="/**", doubt=doubt, remedy=remedy)


_TYPES = {"mailto": "email", "tel": "phone"}


def _with(read: Address, doubt: str, remedy: str) -> Address:
    return Address(
        read.scheme, read.host, read.port, read.path, read.query, read.fragment,
        slot=read.slot, doubt=doubt, remedy=remedy,
    )  # fmt: skip
