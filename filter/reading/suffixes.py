"""Which last labels of a name are real top-level domains?

The door of publicsuffixlist.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from publicsuffixlist import PublicSuffixList

_LIST_FILE = "public_suffix_list.dat"
# Not in the list: reserved for documentation and tests (RFC 2606 section 2, RFC 6761), where a
# host stands for a real one, and the name space of Tor (RFC 7686).
_SPECIAL_USE = frozenset({"example", "test", "invalid", "localhost", "onion"})


_SOURCE = files("publicsuffixlist").joinpath(_LIST_FILE).read_text(encoding="utf-8")


def _read_top_level() -> frozenset[str]:
    """Return every top-level domain of the public suffix list, in Unicode and in A-label form.

    The list is the one inside the installed package: nothing is fetched.
    """
    found: set[str] = set()
    for line in _SOURCE.splitlines():
        rule = line.strip()
        if not rule or rule.startswith("//"):
            continue
        label = rule.split(maxsplit=1)[0].rsplit(".", 1)[-1].lower()
        found.add(label)
        if not label.isascii():
            found.add("xn--" + label.encode("punycode").decode("ascii"))
    return frozenset(found)


TOP_LEVEL = _read_top_level() | _SPECIAL_USE


@cache
def _suffixes() -> PublicSuffixList:
    """Return the list as a tree: a tenth of a second that checking rules need not wait for."""
    return PublicSuffixList()


def is_public_suffix(host: str) -> bool:
    """Return whether anybody can have a name below this one, as below ``co.uk``.

    Looks into the text of the list, for a few hosts of a rule file.
    """
    name = ".".join(_unicode_label(label) for label in host.lower().split("."))
    _, dot, parent = name.partition(".")
    if not dot or f"\n{name}\n" in _SOURCE:
        return True
    return f"\n*.{parent}\n" in _SOURCE and f"\n!{name}\n" not in _SOURCE


def _unicode_label(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        return label[4:].encode("ascii").decode("punycode")
    except UnicodeError:
        return label


def registrable_domain(host: str) -> str:
    """Return the part of a host name that somebody registered, or "" for a bare suffix.

    Not for IP addresses: the caller has told those apart.
    """
    return _suffixes().privatesuffix(host.lower()) or ""
