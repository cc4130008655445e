"""Does every link point at an allowlisted host, and nowhere else?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from filter.checks.allowlist import Allowlist
from filter.checks.carried import TooDeep, find_carried
from filter.checks.case import Case
from filter.checks.lookalikes import Likeness, find_likeness
from filter.checks.numbers import find_numbers
from filter.checks.urls import (
    Url,
    UrlError,
    parse_url,
    plain_address,
    plain_number,
    read_as_browser,
    to_unicode,
    with_scheme,
)
from filter.message import Link, LinkKind
from filter.mode import Mode
from filter.reading.links import LinksUnreadable, find_links
from filter.reading.suffixes import registrable_domain
from filter.ruleset import Match, SlotType
from filter.verdict import CheckResult, Cleared, Finding, TrialKind

NAME = "links"
_MAX_QUOTE = 160  # characters of a link in a finding
_MAX_CARRIED = 20  # links inside one link that are looked at
# Each is compared with every host on the list; a message with a thousand hosts is held for less.
_MAX_EXPLAINED = 20
_MAX_FINDINGS = 50
_INTERNET_NUMBER = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}")
_FOUND_IN_TEXT = frozenset({LinkKind.BARE, LinkKind.DOCUMENT_TEXT})
_WEB = ("https", "http")
# What an application may write into these is not said by their type; digits in all others are.
_FREE_TYPES = frozenset({SlotType.TEXT, SlotType.WORDS})


@dataclass(frozen=True, slots=True)
class _Objection:
    code: str
    detail: str


def check(case: Case) -> CheckResult:
    """Object to every link that no enforced entry of the allowlist allows."""
    judge = _Judge(case)
    findings: list[Finding] = []
    shadow: list[Finding] = []
    tried: dict[tuple[TrialKind, str, str], None] = {}
    links = _links_of(case)
    for link in links:
        objections = list(judge.objections(link))
        findings += [
            Finding(NAME, one.code, f"{_quote(link.url)}: {one.detail}", link.where)
            for one in objections
        ]
        if objections:
            for entry, finding in judge.on_trial(link):
                shadow.append(finding)
                tried[(TrialKind.LINK, entry, objections[0].code)] = None
    on_trial = tuple(tried)
    if findings:
        some = tuple(findings[:_MAX_FINDINGS])
        return CheckResult(findings=some, shadow=tuple(shadow), on_trial=on_trial)
    grounds = f"{len(links)} links, all on the list" if links else "no links"
    return CheckResult(
        Cleared(NAME, grounds), shadow=tuple(shadow), on_trial=on_trial, entries=judge.used
    )


def refused_links(case: Case) -> tuple[Link, ...]:
    """Return the links that the check objects to, for those who explain them."""
    judge = _Judge(case)
    return tuple(link for link in _links_of(case) if any(judge.objections(link)))


class _Judge:
    """Holds the links of one message against the allowlist."""

    def __init__(self, case: Case) -> None:
        found = case.found if isinstance(case.found, Match) else None
        only = found.template.links if found else None
        self._enforced = Allowlist(case.rules, Mode.ENFORCE, only)
        self._shadow = Allowlist(case.rules, Mode.SHADOW, only)
        self._values: Mapping[str, str] | None = found.values if found else None
        self._contacts = frozenset(_contacts(found)) if found else frozenset[str]()
        self._numbers = frozenset(_internet_numbers(found)) if found else frozenset[str]()
        self._explained: dict[str, Likeness | None] = {}
        self._judged: dict[tuple[str, bool], tuple[_Objection, ...]] = {}
        self._content_ids = frozenset(p.content_id for p in case.message.pictures if p.content_id)
        self._hosts_led_to = frozenset(self._allowed_hosts(case.message.links))

    @property
    def used(self) -> frozenset[str]:
        """The ids of the entries by which links were allowed so far."""
        return frozenset(self._enforced.used)

    def _allowed_hosts(self, links: tuple[Link, ...]) -> Iterator[str]:
        """Yield the hosts that the message's buttons lead to, by leave of the list."""
        for link in links:
            if link.kind is LinkKind.ANCHOR and not self._object_once(link.url, bare=False):
                yield _host_in(link.url).lower()

    def objections(self, link: Link) -> Iterator[_Objection]:
        """Yield what is wrong with a link."""
        if self._is_inside(link):
            return
        # The name of a host, as a button's label or beside it, leads nowhere else than the button.
        if link.kind is not LinkKind.BARE or link.url.lower() not in self._hosts_led_to:
            yield from self._object_once(link.url, bare=link.kind in _FOUND_IN_TEXT)
        if link.label:
            yield from _object_to_label(link)

    def _object_once(self, url: str, *, bare: bool) -> tuple[_Objection, ...]:
        """Return what is wrong with a link; most stand in several places of a message."""
        judged = self._judged.get((url, bare))
        if judged is None:
            judged = self._judged[(url, bare)] = tuple(self._object(url, bare=bare))
        return judged

    def on_trial(self, link: Link) -> Iterator[tuple[str, Finding]]:
        """Yield the entries in shadow that would allow a link, each with what is noted of it."""
        try:
            url = parse_url(with_scheme(link.url))
        except UrlError:
            return
        for entry in self._shadow.entries_that_allow(url, self._values):
            noted = f"{_quote(link.url)}: the entry {entry.id}, in shadow, would allow it"
            yield entry.id, Finding(NAME, "link.on_trial", noted, link.where)

    def _is_inside(self, link: Link) -> bool:
        """Return whether a link leads nowhere: to a place in the text, or an enclosed picture."""
        if link.kind is LinkKind.ANCHOR and link.url.startswith("#"):
            return True
        if link.kind is not LinkKind.RESOURCE or not link.url.lower().startswith("cid:"):
            return False
        return link.url[4:] in self._content_ids

    def _object(self, text: str, *, bare: bool) -> Iterator[_Objection]:
        if bare and text in self._numbers:
            return
        try:
            url = parse_url(with_scheme(text) if bare else text)
        except UrlError as error:
            yield self._object_to_spelling(text, error)
            return
        if url.host in self._contacts and url.query is None:
            return
        refusal = self._enforced.refusal(url, self._values, any_scheme=bare and "://" not in text)
        if refusal:
            yield self._object_to_host(url, refusal)
        elif url.scheme in _WEB:
            yield from self._object_to_carried(url)

    def _object_to_spelling(self, text: str, error: UrlError) -> _Objection:
        host = _host_in(text)
        likeness = None if host.isascii() else self._find_likeness(host)
        if likeness:
            shown = _shown(host)
            return _Objection(
                "link.lookalike", f"{shown} looks like {likeness.host}; {likeness.by}"
            )
        return _Objection(error.code, str(error))

    def _find_likeness(self, host: str) -> Likeness | None:
        if len(self._explained) >= _MAX_EXPLAINED and host not in self._explained:
            return None
        if host not in self._explained:
            self._explained[host] = find_likeness(host, self._enforced.hosts)
        return self._explained[host]

    def _object_to_host(self, url: Url, refusal: str) -> _Objection:
        if url.scheme in _WEB and not self._enforced.knows_host(url.host):
            likeness = self._find_likeness(url.host)
            if likeness:
                detail = f"{_shown(url.host)} looks like {likeness.host}; {likeness.by}"
                return _Objection("link.lookalike", detail)
        return _Objection("link.not_allowed", refusal)

    def _object_to_carried(self, url: Url) -> Iterator[_Objection]:
        try:
            carried = find_carried(url)
        except (TooDeep, LinksUnreadable) as error:
            yield _Objection("link.carried", str(error))
            return
        if len(carried) > _MAX_CARRIED:
            yield _Objection("link.carried", f"it carries {len(carried)} links")
        for inner in carried[:_MAX_CARRIED]:
            for objection in self._object(_absolute(inner), bare=":" not in inner[:12]):
                detail = f"it carries {_quote(inner)}: {objection.detail}"
                yield _Objection("link.carried", detail)
                return


def _links_of(case: Case) -> tuple[Link, ...]:
    """Return the message's links, and those that a client would make of slot values, each once."""
    seen: dict[tuple[str, LinkKind, str], Link] = {}
    for link in (*case.message.links, *_links_in_values(case)):
        seen.setdefault((link.url, link.kind, link.label), link)
    return tuple(seen.values())


def _links_in_values(case: Case) -> Iterator[Link]:
    if isinstance(case.found, Match):
        free = {s.name for s in case.found.template.slots if s.type in _FREE_TYPES}
        for name, value in case.found.values.items():
            where = f"slot {name}"
            yield from find_links(value, where)
            if name in free:
                yield from (Link(f"tel:{n}", LinkKind.BARE, where) for n in find_numbers(value))


def _contacts(found: Match) -> Iterator[str]:
    """Yield the addresses and numbers that the template lets stand where they stand."""
    types = {slot.name: slot.type for slot in found.template.slots}
    for name, value in found.values.items():
        if types.get(name) is SlotType.EMAIL:
            yield plain_address(value)
        elif types.get(name) is SlotType.PHONE:
            yield plain_number(value)


def _internet_numbers(found: Match) -> Iterator[str]:
    """Yield the addresses of machines that slots hold which have a pattern for them.

    "New sign-in from 203.0.113.7": programs that make a link of digits and dots are few.
    """
    patterns = {slot.name for slot in found.template.slots if slot.type is SlotType.PATTERN}
    for name in patterns & found.values.keys():
        if _INTERNET_NUMBER.fullmatch(found.values[name]):
            yield found.values[name]


def _object_to_label(link: Link) -> Iterator[_Objection]:
    """Object to a label that is itself a link, of somebody else."""
    try:
        shown = find_links(link.label, link.where)
        host = parse_url(link.url).host
    except (LinksUnreadable, UrlError):
        return  # what cannot be read is objected to on its own
    for said in shown:
        named = _host_in(said.url)
        if _owner(named) != _owner(host):
            yield _Objection(
                "link.label", f'its label "{_quote(link.label)}" names {named}, it leads to {host}'
            )
            return


def _owner(host: str) -> str:
    _, _, domain = host.lower().rpartition("@")
    return registrable_domain(domain) or domain


def _absolute(inner: str) -> str:
    return "https:" + inner if inner[:2] == "//" else inner


def _host_in(text: str) -> str:
    """Return what stands where the host stands, for explanations only."""
    rest = text.partition("://")[2] or text.removeprefix("mailto:")
    for end in "/?#\\":
        rest = rest.partition(end)[0]
    return rest.rpartition("@")[2] if "://" in text else rest


def _shown(host: str) -> str:
    """Return a host as a reader sees it, behind it what a browser asks for: "bär (xn--br-via)"."""
    read = None if host.isascii() else read_as_browser(f"https://{host}")
    asked = read.host if read else host
    letters = to_unicode(asked)
    return _quote(letters) if letters == asked else f"{_quote(letters)} ({_quote(asked)})"


def _quote(text: str) -> str:
    shown = "".join(c if c.isprintable() else f"<U+{ord(c):04X}>" for c in text)
    return shown if len(shown) <= _MAX_QUOTE else shown[: _MAX_QUOTE - 1] + "…"
