"""The tree that a browser would build of an HTML text.

The door of selectolax (lexbor, an HTML5 parser in C).
"""

from __future__ import annotations

from selectolax.lexbor import LexborHTMLParser as Tree
from selectolax.lexbor import LexborNode as Node
from selectolax.lexbor import SelectolaxError

__all__ = ["Node", "SelectorError", "Tree", "select"]


class SelectorError(ValueError):
    """A CSS selector that cannot be read."""


def select(tree: Tree, selector: str) -> list[Node]:
    """Return the elements that a CSS selector names. Raises SelectorError."""
    try:
        return tree.css(selector)
    except (SelectolaxError, ValueError) as exc:
        raise SelectorError(f"{selector[:60]!a} cannot be read") from exc
