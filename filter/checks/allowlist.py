"""Which entries of the allowlist allow a link, and if none, why not?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from urllib.parse import unquote, unquote_plus

from filter.checks.numbers import number_forms
from filter.checks.urls import Url, plain_address, plain_number
from filter.mode import Mode
from filter.ruleset import LinkEntry, QueryRule, RuleSet

_WEB = frozenset({"https", "http"})


class Allowlist:
    """The entries of one mode, or those of them that a template names."""

    def __init__(self, rules: RuleSet, mode: Mode, only: frozenset[str] | None) -> None:
        self._rules = rules
        self._mode = mode
        self._only = only
        self.used: set[str] = set()  # ids of the entries by which links were allowed

    @cached_property
    def hosts(self) -> tuple[str, ...]:
        """The hosts of all http and https entries, each once, for explanations."""
        return tuple(dict.fromkeys(e.host.lower() for e in self._rules.links if e.scheme in _WEB))

    def knows_host(self, host: str) -> bool:
        """Return whether any entry, of any mode, has this host."""
        return host in self._rules.links_by_host or host in self.hosts

    def entries_that_allow(
        self, url: Url, values: Mapping[str, str] | None, *, any_scheme: bool = False
    ) -> Iterator[LinkEntry]:
        """Yield the entries that allow the link; ``values`` are those of the template's slots."""
        for entry in self._entries_for(url, any_scheme=any_scheme):
            if not _misfit(entry, url, values):
                yield entry

    def refusal(
        self, url: Url, values: Mapping[str, str] | None, *, any_scheme: bool = False
    ) -> str:
        """Return why no entry allows the link, "" if one does.

        ``any_scheme`` is for links that stand in text without a scheme: clients try https or http,
        and dial a number as it is written in its country.
        """
        reasons: list[str] = []
        for entry in self._entries_for(url, any_scheme=any_scheme):
            reason = _misfit(entry, url, values)
            if not reason:
                self.used.add(entry.id)
                return ""
            reasons.append(f"{reason} ({entry.id})")
        if reasons:
            return "; ".join(reasons[:3])
        return self._nothing_for(url)

    def _entries_for(self, url: Url, *, any_scheme: bool) -> Iterator[LinkEntry]:
        for entry in self._of_host(url, any_form=any_scheme):
            schemes = _WEB if any_scheme and url.scheme in _WEB else {url.scheme}
            allowed = self._only is None or entry.id in self._only
            if entry.mode is self._mode and entry.scheme in schemes and allowed:
                yield entry

    def _of_host(self, url: Url, *, any_form: bool = False) -> Iterator[LinkEntry]:
        if url.scheme in _WEB:
            yield from self._rules.links_by_host.get(url.host, ())
        elif url.scheme == "tel" and any_form:
            yield from self._numbers.get(url.host, ())
        else:
            yield from self._contacts.get((url.scheme, url.host), ())

    @cached_property
    def _numbers(self) -> Mapping[str, list[LinkEntry]]:
        """The tel entries by every way in which people write their number."""
        numbers: dict[str, list[LinkEntry]] = {}
        for entry in self._rules.links:
            if entry.scheme == "tel":
                for form in number_forms(plain_number(entry.host)):
                    numbers.setdefault(form, []).append(entry)
        return numbers

    @cached_property
    def _contacts(self) -> Mapping[tuple[str, str], list[LinkEntry]]:
        """The mailto and tel entries by their plain address or number."""
        contacts: dict[tuple[str, str], list[LinkEntry]] = {}
        for entry in self._rules.links:
            if entry.scheme not in _WEB:
                plain = plain_address if entry.scheme == "mailto" else plain_number
                contacts.setdefault((entry.scheme, plain(entry.host)), []).append(entry)
        return contacts

    def _nothing_for(self, url: Url) -> str:
        known = list(self._of_host(url))
        if any(entry.mode is self._mode and entry.scheme == url.scheme for entry in known):
            return f"the template does not allow {url.host}"
        if any(entry.mode is self._mode for entry in known):
            return f"{url.host} is on the list, but not for {url.scheme}"
        return f"{url.host} is not on the list"


def _misfit(entry: LinkEntry, url: Url, values: Mapping[str, str] | None) -> str:
    """Return why an entry of the same host and scheme does not allow the link, "" if it does."""
    return next(misfits(entry, url, values), "")


def misfits(entry: LinkEntry, url: Url, values: Mapping[str, str] | None) -> Iterator[str]:
    """Yield everything but host and scheme in which a link differs from what an entry allows."""
    if url.scheme in _WEB:
        if url.port != _port_of(entry):
            yield f"the port is not {entry.port or 'the usual one'}"
        if not path_fits(entry.path, url, values):
            yield f"the path {url.path} is not {_as_values_say(entry.path, values)}"
        if url.fragment is not None and not entry.fragment:
            yield "a fragment (#) is not allowed"
    query = _query_misfit(entry, url.query)
    if query:
        yield query


def _as_values_say(pattern: str, values: Mapping[str, str] | None) -> str:
    """Return the path of an entry, with what its slots must be in this message."""
    said = {f"{{{name}}}": value for name, value in (values or {}).items()}
    known = [said[segment] for segment in pattern.split("/") if segment in said]
    return f"{pattern} with {' and '.join(known)}" if known else pattern


def _port_of(entry: LinkEntry) -> int | None:
    usual = {"https": 443, "http": 80}[entry.scheme]
    return None if entry.port == usual else entry.port


def path_fits(pattern: str, url: Url, values: Mapping[str, str] | None) -> bool:
    """Return whether the path fits by segment: ``*`` is one segment, a last ``**`` any rest.

    ``{slot}`` is the value that the slot has in the message; without a template, when ``values``
    is None, any segment.
    """
    wanted = [unquote(segment) for segment in pattern.split("/")[1:]]
    segments = list(url.segments)
    if wanted and wanted[-1] == "**":
        wanted.pop()
        if len(segments) < len(wanted):
            return False
        segments = segments[: len(wanted)]
    return len(wanted) == len(segments) and all(
        _segment_fits(want, segment, values) for want, segment in zip(wanted, segments, strict=True)
    )


def _values_of(slot: str, values: Mapping[str, str]) -> Iterator[str]:
    """Yield the slot's value, or those of each round where it stands in a repeat."""
    for name, value in values.items():
        if name == slot or name.startswith(f"{slot}#"):
            yield value


def _segment_fits(wanted: str, segment: str, values: Mapping[str, str] | None) -> bool:
    if wanted == "*":
        return segment != ""
    if wanted[:1] == "{" and wanted[-1:] == "}":
        return segment != "" if values is None else segment in _values_of(wanted[1:-1], values)
    return wanted == segment


def _pairs(query: str) -> Iterator[str]:
    """Yield the parameters; to some servers a semicolon divides them like an ampersand."""
    for pair in query.split("&"):
        first, *others = pair.split(";")
        yield from (one for one in (first, *(o for o in others if "=" in o)) if one)


def _query_misfit(entry: LinkEntry, query: str | None) -> str:
    if query is None or entry.query is QueryRule.ANY:
        return ""
    if entry.query is QueryRule.NONE:
        return "a query (?) is not allowed"
    names = [unquote_plus(pair.partition("=")[0]) for pair in _pairs(query)]
    strange = [name for name in names if name not in entry.parameters]
    if strange:
        return f'the parameter "{strange[0][:40]}" is not allowed'
    if len(set(names)) < len(names):
        return "a parameter stands twice"
    return ""
