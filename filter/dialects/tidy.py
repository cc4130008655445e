"""Which is the plainest pattern that says the same?

Structures that make no difference go, and what all branches of a choice share stands beside it,
so that people see at a glance where wordings part.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeAlias

from filter.templates.pattern import Either, Literal, Repeat, Token, normalised

Tokens: TypeAlias = tuple[Token, ...]

_RUN = re.compile(r"\s+")


def tidied(tokens: Sequence[Token], *, keep_lines: bool = False) -> Tokens:
    """Return a pattern that takes the same texts, folded, with fewer and smaller structures.

    Literals come with single blanks; ``keep_lines`` leaves line ends in them, which mean the same
    to the gate and more to people.
    """
    known = _without_outer_blanks(_tidied(tuple(tokens), keep_lines=keep_lines))
    return known if keep_lines else normalised(known)


def _tidied(tokens: Tokens, *, keep_lines: bool) -> Tokens:
    inner: list[Token] = []
    for token in tokens:
        match token:
            case Literal(text):
                inner.append(Literal(_folded(text, keep_lines=keep_lines)))
            case Either(name, options, _):
                tidy = tuple(_tidied(option, keep_lines=keep_lines) for option in options)
                inner += _of_choice(name, tidy)
            case Repeat(name, least, most, body, _):
                inner += _of_loop(name, least, most, _tidied(body, keep_lines=keep_lines))
            case _:
                inner.append(token)
    return _with_shared_blanks(_merged(inner))


def _folded(text: str, *, keep_lines: bool) -> str:
    def fold(run: re.Match[str]) -> str:
        ends = run[0].count("\n") if keep_lines else 0
        return "\n\n" if ends > 1 else "\n" if ends else " "

    return _RUN.sub(fold, text)


def _of_choice(name: str, options: tuple[Tokens, ...]) -> Tokens:
    """Return a choice: nothing of it when all branches say the same, once what they share."""
    if not name:
        options = tuple(dict.fromkeys(options))
    if len(set(options)) <= 1:
        return options[0] if options else ()
    before: list[Token] = []
    after: list[Token] = []
    while (shared := _shared_start(options)) is not None:
        before.append(shared)
        options = tuple(_cut_start(option, shared) for option in options)
    while (shared := _shared_end(options)) is not None:
        after.insert(0, shared)
        options = tuple(_cut_end(option, shared) for option in options)
    return (*before, Either(name, options), *after)


def _of_loop(name: str, least: int, most: int, body: Tokens) -> Tokens:
    if not body or most < 1:
        return ()
    if _is_blank(body):
        return body if least else (Either("", (body, ())),)
    return (Repeat(name, least, most, body),)


def _merged(tokens: Sequence[Token]) -> list[Token]:
    merged: list[Token] = []
    for token in tokens:
        last = merged[-1] if merged else None
        if isinstance(token, Literal) and isinstance(last, Literal):
            merged[-1] = Literal(_joined(last.text, token.text))
        elif not (isinstance(token, Literal) and not token.text):
            merged.append(token)
    return merged


def _joined(left: str, right: str) -> str:
    """Return two literals as one; where both have a blank there, it is one."""
    if left[-1:].isspace() and right[:1].isspace():
        run = left[len(left.rstrip()) :] + right[: len(right) - len(right.lstrip())]
        blank = "\n\n" if run.count("\n") > 1 else "\n" if "\n" in run else " "
        return left.rstrip() + blank + right.lstrip()
    return left + right


def _with_shared_blanks(tokens: list[Token]) -> Tokens:
    """Drop the blanks at the borders of structures where one stands beside them anyway."""
    result: list[Token] = []
    for place, token in enumerate(tokens):
        before = _ends_blank(result[-1:])
        after = _begins_blank(tokens[place + 1 : place + 2])
        if isinstance(token, Either):
            options = tuple(_trimmed(option, start=before, end=after) for option in token.options)
            result += _of_choice(token.name, options) if options != token.options else (token,)
        elif isinstance(token, Repeat) and _begins_blank(token.body) and _ends_blank(token.body):
            body = _trimmed(token.body, start=before, end=after and not before)
            result.append(Repeat(token.name, token.least, token.most, body))
        else:
            result.append(token)
    return tuple(_merged(result))


def _without_outer_blanks(tokens: Tokens) -> Tokens:
    """Drop the blanks at both ends of a whole pattern, in structures that stand there, too."""
    tokens = _trimmed(tokens, start=True, end=True)
    if len(tokens) == 1 and isinstance(tokens[0], Either):
        one = tokens[0]
        return _of_choice(one.name, tuple(_without_outer_blanks(o) for o in one.options))
    if tokens and isinstance(tokens[0], Either):
        first = tokens[0]
        options = tuple(_trimmed(option, start=True, end=False) for option in first.options)
        if options != first.options:
            tokens = (*_of_choice(first.name, options), *tokens[1:])
    if tokens and isinstance(tokens[-1], Either):
        last = tokens[-1]
        options = tuple(_trimmed(option, start=False, end=True) for option in last.options)
        if options != last.options:
            tokens = (*tokens[:-1], *_of_choice(last.name, options))
    return tuple(_merged(tokens))


def _is_blank(tokens: Sequence[Token]) -> bool:
    return all(isinstance(token, Literal) and not token.text.strip() for token in tokens)


def _begins_blank(tokens: Sequence[Token]) -> bool:
    return bool(tokens) and isinstance(tokens[0], Literal) and tokens[0].text[:1].isspace()


def _ends_blank(tokens: Sequence[Token]) -> bool:
    return bool(tokens) and isinstance(tokens[-1], Literal) and tokens[-1].text[-1:].isspace()


def _trimmed(tokens: Tokens, *, start: bool, end: bool) -> Tokens:
    if start and _begins_blank(tokens):
        tokens = (_literal(tokens[0], start=True, end=False), *tokens[1:])
    if end and _ends_blank(tokens):
        tokens = (*tokens[:-1], _literal(tokens[-1], start=False, end=True))
    return tuple(t for t in tokens if not (isinstance(t, Literal) and not t.text))


def _literal(token: Token, *, start: bool, end: bool) -> Token:
    text = token.text if isinstance(token, Literal) else ""
    text = text.lstrip() if start else text
    return Literal(text.rstrip() if end else text)


# --- what all branches begin or end with


def _shared_start(options: tuple[Tokens, ...]) -> Token | None:
    if not all(options):
        return None
    first = options[0][0]
    if all(option[0] == first for option in options):
        return first
    texts = [option[0].text for option in options if isinstance(option[0], Literal)]
    if len(texts) < len(options):
        return None
    alone = [len(option) == 1 for option in options]
    common = _common(texts)
    for length in range(common, 0, -1):
        if all(
            _is_border(text, length, ends=ends) for text, ends in zip(texts, alone, strict=True)
        ):
            return Literal(texts[0][:length])
    return None


def _shared_end(options: tuple[Tokens, ...]) -> Token | None:
    if not all(options):
        return None
    final = options[0][-1]
    if all(option[-1] == final for option in options):
        return final
    texts = [option[-1].text for option in options if isinstance(option[-1], Literal)]
    if len(texts) < len(options):
        return None
    alone = [len(option) == 1 for option in options]
    turned = [text[::-1] for text in texts]
    for length in range(_common(turned), 0, -1):
        if all(
            _is_border(text, length, ends=ends) for text, ends in zip(turned, alone, strict=True)
        ):
            return Literal(texts[0][-length:])
    return None


def _common(texts: Sequence[str]) -> int:
    """Return how many characters all texts begin with."""
    least, greatest = min(texts), max(texts)
    place = 0
    while place < len(least) and least[place] == greatest[place]:
        place += 1
    return place


def _is_border(text: str, place: int, *, ends: bool) -> bool:
    """Tell whether a word ends at the place; ``ends``: nothing follows the text."""
    if place == len(text):
        return ends or text[place - 1].isspace()
    return text[place].isspace() or text[place - 1].isspace()


def _cut_start(option: Tokens, shared: Token) -> Tokens:
    first = option[0]
    if isinstance(first, Literal) and isinstance(shared, Literal):
        rest = first.text[len(shared.text) :]
        return (Literal(rest), *option[1:]) if rest else option[1:]
    return option[1:]


def _cut_end(option: Tokens, shared: Token) -> Tokens:
    final = option[-1]
    if isinstance(final, Literal) and isinstance(shared, Literal):
        rest = final.text[: len(final.text) - len(shared.text)]
        return (*option[:-1], Literal(rest)) if rest else option[:-1]
    return option[:-1]
