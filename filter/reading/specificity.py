"""How much does a selector weigh against others (Selectors 4 section 17)?"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# No number of the lower adds up to one of the higher; a sheet is shorter than that.
CLASS = 10**6
ID = 10**12
_LEGACY_PSEUDO_ELEMENTS = _words("before after first-line first-letter")
_AS_THE_HEAVIEST = _words("not is has matches -webkit-any -moz-any")


def split_selectors(tokens: Iterable[Any]) -> list[list[Any]]:
    """Return the tokens of each selector of a list, without comments."""
    selectors: list[list[Any]] = [[]]
    for token in tokens:
        if token.type == "literal" and token.value == ",":
            selectors.append([])
        elif token.type != "comment":
            selectors[-1].append(token)
    return selectors


def weigh(tokens: list[Any]) -> int:
    """Return the specificity of a selector: ids in ID, classes in CLASS."""
    weight = 0
    before = ""  # what the last token announced: a class or a pseudo-class
    for token in tokens:
        kind, announced, before = token.type, before, ""
        if kind == "hash":
            weight += ID
        elif kind == "[] block":
            weight += CLASS
        elif kind == "literal":
            before = announced + token.value if token.value == ":" else token.value
        elif kind == "function":
            weight += _weigh_function(token)
        elif kind == "ident" and announced == ":":
            weight += 1 if token.lower_value in _LEGACY_PSEUDO_ELEMENTS else CLASS
        elif kind == "ident":
            weight += CLASS if announced == "." else 1
    return weight


def _weigh_function(token: Any) -> int:
    if token.lower_name == "where":
        return 0
    if token.lower_name in _AS_THE_HEAVIEST:
        return max(map(weigh, split_selectors(token.arguments)))
    return CLASS
