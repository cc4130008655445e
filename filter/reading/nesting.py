"""How deep do the elements of an HTML text stand inside of one another?

Parsers take quadratic time over depth: 25,000 open <ul> and <li> cost seconds. Counted on the tags,
before any parser sees them, and generously: what ends by itself, or where its parent ends, does not
count.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

MAX_NESTING = 500  # libxml2 reads 256; what people send has some forty
SHALLOW_TAGS = 4000  # so few take no time however they are nested

_NAME = re.compile(r"(/?)([A-Za-z][A-Za-z0-9]*)")
# https://html.spec.whatwg.org/multipage/syntax.html#optional-tags and #void-elements; links end
# where the next one begins.
_NOT_COUNTED = (
    frozenset(
        ("html", "head", "body", "p", "li", "dt", "dd", "option", "optgroup", "a", "tr", "td", "th")
    )
    | frozenset(
        ("thead", "tbody", "tfoot", "colgroup", "caption", "rt", "rp", "br", "hr", "img", "input")
    )
    | frozenset(("area", "base", "col", "embed", "link", "meta", "source", "track", "wbr"))
)


def is_too_deep(tags: Iterable[str]) -> bool:
    """Return whether more than MAX_NESTING elements are open at once.

    ``tags`` are texts that begin with what stands behind each "<".
    """
    opened: Counter[str] = Counter()
    depth = 0
    for tag in tags:
        found = _NAME.match(tag)
        if found is None:
            continue
        name = found[2].lower()
        if name in _NOT_COUNTED:
            continue
        if not found[1]:
            opened[name] += 1
            depth += 1
            if depth > MAX_NESTING:
                return True
        elif opened[name]:
            opened[name] -= 1
            depth -= 1
    return False
