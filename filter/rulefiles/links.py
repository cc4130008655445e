"""Where may links lead: entries of the allowlist, one place each, spelled one way only."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from filter.problems import Problem, did_you_mean
from filter.reading.suffixes import is_public_suffix
from filter.rulefiles.items import Item
from filter.rulefiles.model import LinkRule
from filter.ruleset import LinkEntry, QueryRule

_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}")
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+){3}|\[.*\]|[0-9a-f]*:[0-9a-f:]+")
_TEL = re.compile(r"\+[1-9][0-9]{4,14}|[0-9*#]{2,8}")
_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@(?P<host>[a-z0-9.-]+)")
_PARAMETER = re.compile(r"[A-Za-z0-9._~\[\]-]+")
_SLOT = re.compile(r"\{[A-Za-z][A-Za-z0-9_]{0,63}\}")
_SEGMENT = re.compile(r"(?:[A-Za-z0-9._~!$'()+,;=:@&-]|%[0-9A-F]{2})+")

# Keys that say nothing about an address or a number.
_WEB_ONLY = ("scheme", "port", "path", "fragment")


def compile_link(item: Item[LinkRule]) -> tuple[LinkEntry | None, list[Problem]]:
    """Return the entry, or None and what is wrong with it; warnings come with an entry."""
    rule = item.rule
    given = [key for key in ("host", "mailto", "tel") if getattr(rule, key) is not None]
    if len(given) != 1:
        message = "an entry needs one of `host`, `mailto`, `tel`"
        if given:
            message = f"`{given[0]}` and `{given[1]}` in one entry"
        return None, [item.report("E060", message, help="make one entry for each place")]
    if given == ["host"]:
        entry, problems = _web(item)
    else:
        entry, problems = _address(item) if given == ["mailto"] else _telephone(item)
        problems += _check_web_only(item, given[0])
    problems += _check_query(item)
    return (None if any(p.is_error for p in problems) else entry), problems


def _web(item: Item[LinkRule]) -> tuple[LinkEntry, list[Problem]]:
    rule = item.rule
    problems = [*_check_host(item), *_check_path(item)]
    if rule.scheme == "http":
        message = "links without TLS can be changed on their way"
        problems.append(item.report("W161", message, "scheme", help="use https", warn=True))
    default = 443 if rule.scheme == "https" else 80
    if rule.port == default:
        message = f"{default} is the port of {rule.scheme} anyway"
        problems.append(item.report("W162", message, "port", help="remove `port:`", warn=True))
    names = rule.query if isinstance(rule.query, tuple) else ()
    entry = LinkEntry(
        id=rule.id,
        source=item.source,
        scheme=rule.scheme,
        host=rule.host or "",
        port=None if rule.port == default else rule.port,
        path=rule.path,
        query=_query_rule(rule),
        parameters=frozenset(names),
        fragment=rule.fragment,
        mode=rule.mode,
    )
    return entry, problems


def _query_rule(rule: LinkRule) -> QueryRule:
    if isinstance(rule.query, tuple):
        return QueryRule.NAMED if rule.query else QueryRule.NONE
    return QueryRule(rule.query)


def _address(item: Item[LinkRule]) -> tuple[LinkEntry, list[Problem]]:
    rule, problems = item.rule, []
    text = rule.mailto or ""
    found = _ADDRESS.fullmatch(text)
    if text.startswith("mailto:"):
        message = "`mailto` holds the address alone"
        problems.append(item.report("E067", message, "mailto", help=f"write `{text[7:]}`"))
    elif text != text.lower() and _ADDRESS.fullmatch(text.lower()):
        message = "capital letters in the host of an address"
        local, _, host = text.rpartition("@")
        help_ = f"write `{local}@{host.lower()}`"
        if host != host.lower():
            problems.append(item.report("E067", message, "mailto", help=help_))
    elif found is None or not _HOST.fullmatch(found["host"]):
        message = f"`{text}` is not an e-mail address"
        problems.append(item.report("E067", message, "mailto", help="write name@host.example"))
    return _plain_entry(item, "mailto", text), problems


def _telephone(item: Item[LinkRule]) -> tuple[LinkEntry, list[Problem]]:
    text = item.rule.tel or ""
    problems = []
    if not _TEL.fullmatch(text):
        digits = re.sub(r"[^0-9+*#]", "", text)
        help_ = f"write `{digits}`" if _TEL.fullmatch(digits) else "write it as +60388810200"
        message = f"`{text}` is not a telephone number of digits alone"
        problems.append(item.report("E068", message, "tel", help=help_))
    return _plain_entry(item, "tel", text), problems


def _plain_entry(item: Item[LinkRule], scheme: str, host: str) -> LinkEntry:
    rule = item.rule
    names = rule.query if isinstance(rule.query, tuple) else ()
    return LinkEntry(
        id=rule.id,
        source=item.source,
        scheme=scheme,
        host=host,
        path="",
        query=_query_rule(rule),
        parameters=frozenset(names),
        mode=rule.mode,
    )


def _check_web_only(item: Item[LinkRule], kind: str) -> Iterator[Problem]:
    for key in _WEB_ONLY:
        if key in item.rule.model_fields_set:
            message = f"`{key}` has no meaning with `{kind}`"
            yield item.report("E060", message, key, help=f"remove `{key}:`", at_key=True)


def _looks_like_pattern(host: str) -> bool:
    return re.search(r"[\\()\[\]^$|+?]", host) is not None and _NUMBER.fullmatch(host) is None


# What people write into `host`, in the order in which it is best explained.
_HOST_TROUBLES: tuple[tuple[str, str, Callable[[str], bool], str], ...] = (
    ("E061", "`host` is a name alone, without scheme", lambda h: "://" in h,
     "write {bare}; scheme and path have keys of their own"),
    ("E062", "a user name in a link hides its host", lambda h: "@" in h, "write {bare}"),
    ("E063", "`host` is one exact name, without wildcards", lambda h: "*" in h or h[0] == ".",
     "make one entry for each host"),
    ("E063", "`host` is one exact name, not a pattern", _looks_like_pattern,
     "make one entry for each host"),
    ("E061", "`host` holds a path", lambda h: "/" in h,
     "write {bare} and put the rest into `path:`"),
    ("E061", "`host` holds a port", lambda h: re.fullmatch(r"[^:]*:[0-9]+", h) is not None,
     "write {bare} and `port:`"),
    ("E064", "an IP address is not a place that readers know",
     lambda h: _NUMBER.fullmatch(h) is not None, "name the host"),
    ("E065", "capital letters in `host`; links are compared in small ones",
     lambda h: h.isascii() and h != h.lower(), "write {lower}"),
    ("E065", "`host` must be in its ASCII form", lambda h: not h.isascii(), "write {ascii}"),
    ("E065", "`host` ends in a dot", lambda h: h[-1] == ".", "write {bare}"),
    ("E061", "`host` is not a host name", lambda h: _HOST.fullmatch(h) is None,
     "write it as www.health.example"),
    ("E066", "anybody can have a name below it: a public suffix",
     is_public_suffix, "name the host itself"),
)  # fmt: skip


def _check_host(item: Item[LinkRule]) -> Iterator[Problem]:
    host = item.rule.host or ""
    for code, message, is_so, remedy in _HOST_TROUBLES:
        if is_so(host):
            yield item.report(code, message, "host", help=_fill(remedy, host))
            return


def _fill(remedy: str, host: str) -> str:
    bare = host.partition("://")[2] or host
    bare = re.split(r"[/?#]", bare)[0].rpartition("@")[2].partition(":")[0].rstrip(".")
    return remedy.format(bare=f"`{bare}`", lower=f"`{host.lower()}`", ascii=f"`{_ascii(host)}`")


def _ascii(host: str) -> str:
    labels = (
        label if label.isascii() else "xn--" + label.encode("punycode").decode()
        for label in host.lower().split(".")
    )
    return ".".join(labels)


def _check_path(item: Item[LinkRule]) -> Iterator[Problem]:
    path = item.rule.path
    if not path.startswith("/"):
        yield item.report("E069", "`path` begins with `/`", "path", help=f"write `/{path}`")
        return
    for sign, key in (("?", "query"), ("#", "fragment")):
        if sign in path:
            message = f"`path` holds a `{sign}`"
            help_ = f"cut it there and use `{key}:`"
            yield item.report("E069", message, "path", help=help_)
            return
    if re.search(r"\.\*|[\\^$|]|\[|\(\?|\.\+", path):
        message = "`path` is not a regular expression"
        help_ = "`*` is one segment, a last `**` any rest"
        yield item.report("E069", message, "path", help=help_)
        return
    segments = path[1:].split("/")
    for index, segment in enumerate(segments):
        last = index == len(segments) - 1
        trouble = _segment_trouble(segment, last=last)
        if trouble:
            yield item.report("E069", trouble[0], "path", help=trouble[1])
            return


def _segment_trouble(segment: str, *, last: bool) -> tuple[str, str] | None:  # noqa: PLR0911
    if segment == "*" or (last and segment in ("", "**")) or _SLOT.fullmatch(segment):
        return None
    if segment == "**":
        return "`**` stands only at the end of `path`", "use `*` for one segment"
    if "*" in segment:
        return f"`*` stands for a whole segment, not inside `{segment}`", "write `*` alone"
    if "{" in segment or "}" in segment:
        return f"a slot is a whole segment, not inside `{segment}`", "write `{slot}` alone, or `*`"
    if segment in ("", ".", ".."):
        return f"`/{segment}/` in `path`", "write the path that it leads to"
    if not _SEGMENT.fullmatch(segment):
        return f"`{segment}` is not how a link spells it", _spell(segment)
    return None


def slots_of(path: str) -> tuple[str, ...]:
    """Return the names of the slots that a link's path holds, in order."""
    return tuple(segment[1:-1] for segment in path.split("/") if _SLOT.fullmatch(segment))


def _spell(segment: str) -> str:
    if "%" in segment:
        return "write `%` and two capital hexadecimal digits"
    encoded = (
        c if _SEGMENT.fullmatch(c) else "".join(f"%{b:02X}" for b in c.encode()) for c in segment
    )
    return f"write `{''.join(encoded)}`"


def _check_query(item: Item[LinkRule]) -> Iterator[Problem]:
    query = item.rule.query
    if query == "any":
        message = "any query lets a sender say anything in the link"
        help_ = "list the names that are needed"
        yield item.report("W163", message, "query", help=help_, warn=True)
    if not isinstance(query, tuple):
        return
    for name, path in zip(query, item.paths("query", len(query)), strict=True):
        if not _PARAMETER.fullmatch(name):
            help_ = "write the names alone, as [lang, ref]"
            yield item.report("E069", f"`{name}` is not the name of a parameter", *path, help=help_)
        elif name in ("none", "any"):
            help_ = did_you_mean(name, ("none", "any")) and f"write `query: {name}`"
            yield item.report("E069", f"`{name}` in a list is a name", *path, help=help_)
