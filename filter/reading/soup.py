"""Does BeautifulSoup's tree say the same as the tree that was judged?

The door of beautifulsoup4. Its tree costs ten times what lxml's does, and whether parsers agree
depends on the markup alone once the lexical check (markup.py) has refused what is ambiguous. So the
tree is built once for each skeleton - tags and attribute names, without text and values - and a
skeleton on which all agreed is remembered. A template's mails share one.
"""

from __future__ import annotations

import re
from hashlib import blake2b

from bs4 import BeautifulSoup

from filter.reading.markup import is_nested_plainly
from filter.reading.secondopinion import Opinion, join_dense

REMEMBERED_SKELETONS = 4096
_TOKEN = re.compile(r"<!--.*?-->|<(?:[^<>\"']++|\"[^\"]*\"|'[^']*')*+>|[^<]+|<", re.DOTALL)
_VALUE = re.compile(r"\"[^\"]*\"|'[^']*'")
_LEFT_OUT = ("style", "script", "title")
_ADDRESSES = ("href", "src", "background")

_agreed: set[bytes] = set()


def agrees(html: str, opinion: Opinion) -> bool:
    """Return whether BeautifulSoup finds this text and these addresses, and nothing is moved.

    ``html`` must have passed the lexical check: the memory of skeletons relies on it.
    """
    skeleton = skeleton_of(html)
    if skeleton in _agreed:
        return True
    if not is_nested_plainly(html) or ask_soup(html) != opinion:
        return False
    if len(_agreed) >= REMEMBERED_SKELETONS:
        _agreed.clear()
    _agreed.add(skeleton)
    return True


def ask_soup(html: str) -> Opinion:
    """Return what BeautifulSoup finds on lxml."""
    # string_containers: without it get_text() leaves out ruby text and templates.
    soup = BeautifulSoup(html, "lxml", string_containers={})
    for element in soup.find_all(_LEFT_OUT):
        element.decompose()
    addresses = sorted(
        str(element[name]) for name in _ADDRESSES for element in soup.find_all(None, {name: True})
    )
    return Opinion(join_dense([soup.get_text()]), tuple(addresses))


def skeleton_of(html: str) -> bytes:
    """Return a digest of the markup: comments and tags whole, but without text and values."""
    tokens = _TOKEN.findall(html)
    # By the tokens' own texts: rows of a table repeat the same tags.
    kept = {token: _without_values(token) for token in set(tokens)}
    markup = "".join([kept[token] for token in tokens])
    return blake2b(markup.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _without_values(token: str) -> str:
    if token[0] != "<":
        return " " if token.isspace() else "."
    return _VALUE.sub('""', token) if "=" in token and not token.startswith("<!") else token
