"""Which last labels of a name are real top-level domains?

The door of publicsuffixlist.
"""

from __future__ import annotations

from importlib.resources import files

from publicsuffixlist import PublicSuffixList

_LIST_FILE = "public_suffix_list.dat"
# Not in the list: reserved for documentation and tests (RFC 2606 section 2, RFC 6761), where a
# host stands for a real one, and the name space of Tor (RFC 7686).
_SPECIAL_USE = frozenset({"example", "test", "invalid", "localhost", "onion"})


def _read_top_level() -> frozenset[str]:
    """Return every top-level domain of the public suffix list, in Unicode and in A-label form.

    The list is the one inside the installed package: nothing is fetched.
    """
    found: set[str] = set()
    source = files("publicsuffixlist").joinpath(_LIST_FILE).read_text(encoding="utf-8")
    for line in source.splitlines():
        rule = line.strip()
        if not rule or rule.startswith("//"):
            continue
        label = rule.split(maxsplit=1)[0].rsplit(".", 1)[-1].lower()
        found.add(label)
        if not label.isascii():
            found.add("xn--" + label.encode("punycode").decode("ascii"))
    return frozenset(found)


TOP_LEVEL = _read_top_level() | _SPECIAL_USE
_SUFFIXES = PublicSuffixList()


def registrable_domain(host: str) -> str:
    """Return the part of a host name that somebody registered, or "" for a bare suffix.

    Not for IP addresses: the caller has told those apart.
    """
    return _SUFFIXES.privatesuffix(host.lower()) or ""
