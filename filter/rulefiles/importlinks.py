"""Where the links of imported templates lead: entries for ``links:``, each place once."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import unquote

from filter.dialects.addresses import Address, address_of
from filter.reading.links import LinksUnreadable, find_links
from filter.rulefiles.drafts import DraftFile, DraftLink
from filter.rulefiles.draftwriter import write_rules
from filter.rulefiles.load import check_sources
from filter.rulefiles.sources import SourceFile
from filter.templates.pattern import Either, Literal, Repeat, SlotUse, Token

_MAX_ID = 60
_CARRIED = re.compile(r"(?<=[=?&])https?(?:://|%3A%2F%2F)[^&\s#]+", re.IGNORECASE)
_MOST_CARRIED = 5
_MOST_SEGMENTS = 20  # of a path that are tried
# A web address in text: up to a blank or a sign that is around it and not in it. A slot is one
# character of a private area there.
_REST = r"[^\s<>\"'()\[\]{}]*[^\s<>\"'()\[\]{}.,;:!?]"
_ADDRESS = re.compile(rf"(?:https?|[\ue000-\uf8ff])://{_REST}|[\ue000-\uf8ff]/{_REST}")
# {site_url}/help is an address, {done}/{all} is not.
_LEADING = re.compile(r"url|link|site|host|domain|origin", re.IGNORECASE)
_FIRST = 0xE000
_MOST = 0x1800  # slots in a row of text that get a character of their own


@dataclass(slots=True)
class LinkBook:
    """The entries of all messages of one import. ``taken`` are ids that other files have."""

    taken: set[str] = field(default_factory=set)
    entries: dict[DraftLink, DraftLink] = field(default_factory=dict)  # without its id, to itself

    def add(self, link: DraftLink) -> str:
        """Return the id of the entry that says what ``link`` says; its own id does not count."""
        plain = replace(link, id="", remark="")
        known = self.entries.get(plain)
        if known is not None:
            return known.id
        name = wanted = _id_of(link)
        number = 1
        while name in self.taken:
            number += 1
            name = f"{wanted}-{number}"
        self.taken.add(name)
        self.entries[plain] = replace(link, id=name)
        return name

    @property
    def links(self) -> tuple[DraftLink, ...]:
        """The entries, by host and id."""
        return tuple(
            sorted(self.entries.values(), key=lambda e: (e.host or e.mailto or e.tel, e.id))
        )


@dataclass(frozen=True, slots=True)
class Leads:
    """Where a link leads: entries, and what a person must look at."""

    links: tuple[DraftLink, ...]
    doubt: str = ""


def usable(link: DraftLink) -> DraftLink | None:
    """Return an entry that rules take: the link, or one for a beginning of its path; else None."""
    if _is_valid(link):
        return link
    segments = link.path.split("/")[1:]
    for count in range(min(len(segments), _MOST_SEGMENTS) - 1, -1, -1):
        shorter = replace(link, path="/".join(["", *segments[:count], "**"]))
        if _is_valid(shorter):
            return shorter
    return None


def _is_valid(link: DraftLink) -> bool:
    named = replace(link, id="a", remark="")
    content = write_rules(DraftFile(links=(named,))).encode()
    problems = check_sources([SourceFile("a.yaml", "a.yaml", Path("a.yaml"), content)]).problems
    return not any(problem.is_error for problem in problems)


def leads_of(
    tokens: Sequence[Token], known: Collection[str], hosts: Sequence[str], place: str
) -> Leads:
    """Return the entries that an address of a template needs.

    ``known`` are the slots that the texts show, ``hosts`` where addresses lead that are filled in
    as a whole. ``place`` is file and line, for the remark.
    """
    address = address_of(tokens, known)
    if address.mailto or address.tel:
        return Leads((_entry(address, place),))
    if address.host:
        text = "".join(token.text for token in tokens if isinstance(token, Literal))
        if "&amp;" in text and isinstance(address.query, tuple):
            # In a style sheet it is no reference: the parameters are "amp" and "display" there.
            address = replace(address, query=(*address.query, "amp"))
        return Leads((_entry(address, place),), address.doubt)
    if not address.slot or address.scheme not in ("https", "http"):
        return Leads((), f"{address.doubt}; {address.remedy}" if address.doubt else "")
    open_ended = replace(address, path="/**", query="any")
    return Leads(tuple(_entry(replace(open_ended, host=host), place) for host in hosts))


def leads_anywhere(hosts: Sequence[str], place: str) -> tuple[DraftLink, ...]:
    """Return the entries for an address that the application fills in as a whole."""
    return tuple(DraftLink(id="", host=host, query="any", remark=place) for host in hosts)


def carried_by(tokens: Sequence[Token], place: str) -> tuple[DraftLink, ...]:
    """Return the entries for addresses that a fixed address carries: ``share?u=https://…``."""
    if len(tokens) != 1 or not isinstance(tokens[0], Literal):
        return ()
    found = _CARRIED.findall(tokens[0].text)
    leads = [leads_of((Literal(unquote(one)),), (), (), place) for one in found[:_MOST_CARRIED]]
    return tuple(link for one in leads for link in one.links)


def follows_host(tokens: Sequence[Token]) -> bool:
    """Tell whether a slot at the end follows a host at once, without a slash between them."""
    if not isinstance(tokens[-1], SlotUse):
        return False
    before = "".join(
        token.text if isinstance(token, Literal) else "\ue000" for token in tokens[:-1]
    )
    _, colon, host = before.partition("://")
    if colon:
        return bool(host) and re.search("[/?#]", host) is None
    return before == "\ue000"


def leads_below(tokens: Sequence[Token], hosts: Sequence[str], place: str) -> tuple[DraftLink, ...]:
    """Return the entries for an address whose path and query are filled in as a whole."""
    first = tokens[0].text if isinstance(tokens[0], Literal) else ""
    named = re.fullmatch(r"https?://([A-Za-z0-9.-]+)", first)
    return leads_anywhere([named[1].lower()] if named else hosts, place)


def _entry(address: Address, place: str) -> DraftLink:
    return DraftLink(
        id="",
        host=address.host,
        path=address.path if address.host else "/**",
        scheme=address.scheme if address.host else "https",
        port=address.port,
        query=address.query,
        fragment=address.fragment,
        mailto=address.mailto,
        tel=address.tel,
        remark=place,
    )


def addresses_in(tokens: Iterable[Token]) -> Iterator[tuple[Token, ...]]:
    """Yield the addresses that a text shows, with the slots that stand in them.

    Every branch and one round of a loop are read as they stand, one after the other.
    """
    for run in _runs(tokens):
        names: list[str] = []
        text = ""
        for token in run:
            if isinstance(token, SlotUse):
                names.append(token.name)
                text += chr(_FIRST + min(len(names) - 1, _MOST))
            elif isinstance(token, Literal):
                text += token.text
        found = [m[0] for m in _ADDRESS.finditer(text) if _leads(m[0], names)]
        yield from (_tokens(one, names) for one in found)
        yield from ((Literal(url),) for url in _others(_ADDRESS.sub(" ", text)))


def _leads(address: str, names: Sequence[str]) -> bool:
    if address[1:2] != "/":
        return True
    return _LEADING.search(names[ord(address[0]) - _FIRST]) is not None


def _others(text: str) -> Iterator[str]:
    """Yield links of other forms, as clients make them of text: bare hosts, e-mail addresses."""
    plain = re.sub("[\ue000-\uf8ff]", " \x00 ", text)
    try:
        for link in find_links(plain.replace("\x00", ""), "text"):
            yield link.url
    except LinksUnreadable:
        return


def _runs(tokens: Iterable[Token]) -> Iterator[list[Token]]:
    """Yield the tokens of each branch with what stands around it."""
    flat: list[Token] = []
    for token in tokens:
        match token:
            case Either(_, options):
                for option in options:
                    yield from _runs(option)
                flat.append(Literal(" "))
            case Repeat(_, _, _, body):
                yield from _runs(body)
                flat.append(Literal(" "))
            case _:
                flat.append(token)
    yield flat


def _tokens(text: str, names: Sequence[str]) -> tuple[Token, ...]:
    result: list[Token] = []
    for piece in re.split("([\ue000-\uf8ff])", text):
        if "\ue000" <= piece[:1] <= "\uf8ff":
            result.append(SlotUse(names[ord(piece) - _FIRST]))
        elif piece:
            result.append(Literal(piece))
    return tuple(result)


def _id_of(link: DraftLink) -> str:
    """Return a name for an entry, made of what it says."""
    if link.mailto or link.tel:
        words = f"mail-{link.mailto}" if link.mailto else f"call-{link.tel}"
    else:
        rest = "" if link.path in ("/", "/**") else link.path
        words = f"{link.host}{rest}"
    plain = re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")
    return plain[:_MAX_ID].rstrip("-") or "link"
