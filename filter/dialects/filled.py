"""Wordings that say something: no rule approves a text that may be left out whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from filter.dialects.nodes import DialectError
from filter.dialects.tidy import Tokens, tidied
from filter.templates.pattern import Either, Repeat, can_be_empty

MAX_WORDINGS = 32


def filled(tokens: Tokens, *, file: str = "") -> tuple[Tokens, ...]:
    """Return wordings that together take what the pattern takes, but for the empty text.

    () where it takes nothing else. Raises DialectError when they would be more than MAX_WORDINGS.
    """
    if not can_be_empty(tokens):
        return (tokens,)
    found: dict[Tokens, None] = {}
    for one in _filled(tokens):
        found.setdefault(tidied(one))
        if len(found) > MAX_WORDINGS:
            raise DialectError(
                file, 0, "a text of which everything may be left out", "put words outside"
            )
    return tuple(found)


def _filled(tokens: Tokens) -> Iterator[Tokens]:
    """Yield a wording for each token that may be the first to say something."""
    if not can_be_empty(tokens):
        yield tokens
        return
    for place, token in enumerate(tokens):
        rest = tokens[place + 1 :]
        if isinstance(token, Either):
            for option in token.options:
                yield from ((*one, *rest) for one in _filled(option))
        elif isinstance(token, Repeat) and not can_be_empty(token.body):
            yield (replace(token, least=1), *rest)
        elif isinstance(token, Repeat):
            more = Repeat("", 0, token.most - 1, token.body)
            yield from ((*one, more, *rest) for one in _filled(token.body))
