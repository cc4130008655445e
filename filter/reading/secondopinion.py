"""What text and links does another HTML parser find?

libxml2's HTML5 tokeniser, through lxml (the door of lxml). This way of parsing drops what lies
deeper than 256 elements: that is a disagreement like any other. The third opinion is soup.py's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lxml import etree  # type: ignore[import-untyped]  # stubs would be one more dependency

# Debian's lxml links an older libxml2, whose tokeniser is not HTML5's.
LEAST_LIBXML = (2, 14)
if etree.LIBXML_VERSION < LEAST_LIBXML:  # pragma: no cover - depends on the installation
    raise ImportError(
        f"lxml is linked with libxml2 {etree.LIBXML_VERSION}; install the wheel from the package"
        " index, which brings 2.14 or newer"
    )

_ADDRESSES = etree.XPath("//@href|//@src|//@background", smart_strings=False)


@dataclass(frozen=True, slots=True)
class Opinion:
    """All text without its white space, and all addresses, sorted."""

    text: str
    addresses: tuple[str, ...]


def ask_second(html: str) -> Opinion | None:
    """Return what libxml2 finds, or None when it gives up."""
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True)
    try:
        root = etree.fromstring(html.encode("utf-8"), parser)
    except (etree.LxmlError, UnicodeEncodeError):
        return None
    if root is None:
        return None
    addresses = tuple(sorted(map(str, _ADDRESSES(root))))
    etree.strip_elements(root, "style", "script", "title", with_tail=False)
    return Opinion(join_dense([etree.tostring(root, method="text", encoding="unicode")]), addresses)


def join_dense(texts: Iterable[str]) -> str:
    """Return the texts as one, without white space: how parsers break lines is not compared."""
    return "".join("".join(texts).split())
