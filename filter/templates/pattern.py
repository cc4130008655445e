"""Which words of an approved text are fixed, and where are its slots?

An approved text is written as it is read: ``Your code is {code}.`` Anything but a slot is literal;
``{{`` and ``}}`` stand for braces. What may be left out, what may stand instead and what may
repeat is marked: ``{#maybe trial}…{#end}``, ``{#either plan}…{#or}…{#end}``,
``{#repeat items 0-20}…{#end}``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TypeAlias

from filter.reading.text import compose, normalise

# Also the grammar of RE2's group names, so that a slot can be a group of its own name.
_SLOT_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
_SPECIAL = re.compile(r"\{\{|\}\}|\{|\}")
_NAME = _SLOT_NAME.pattern
_MARK = re.compile(
    r"#(?:(?P<end>end)|(?P<or>or)"
    rf"|(?P<maybe>maybe|either)(?: +(?P<name>{_NAME}))?"
    rf"|repeat(?: +(?P<loop>{_NAME}))? +(?P<least>[0-9]{{1,4}})-(?P<most>[0-9]{{1,4}}))"
)
MAX_ROUNDS = 1000
MAX_DEPTH = 8  # structures inside structures
_HOW = (
    "write {#maybe name}…{#end}, {#either name}…{#or}…{#end} or {#repeat name 0-20}…{#end}, the"
    " name may be left out"
)
# A private-use character composes with nothing and is not white space: it keeps the blanks at the
# ends of a literal, which stand beside a slot, from being trimmed.
_FENCE = "\ue000"


class PatternError(ValueError):
    """A pattern is not well-formed. ``offset`` counts characters from 0 to where it goes wrong."""

    def __init__(self, message: str, offset: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


@dataclass(frozen=True, slots=True)
class Literal:
    """Text that must stand exactly so: NFC, white space folded to single blanks."""

    text: str


@dataclass(frozen=True, slots=True)
class SlotUse:
    """A place where a slot's value stands. ``offset`` counts characters into the source."""

    name: str
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Either:
    """A place where one of several wordings stands; an empty one may be left out.

    Structures of one name take the same branch everywhere in a message; "" is no name.
    """

    name: str
    options: tuple[tuple[Token, ...], ...]
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Repeat:
    """A wording that stands there ``least`` to ``most`` times, slots with a value each time.

    Repeats of one name go as often everywhere in a message; "" is no name.
    """

    name: str
    least: int
    most: int
    body: tuple[Token, ...]
    offset: int = 0


Token: TypeAlias = Literal | SlotUse | Either | Repeat


def slot_uses(tokens: Iterable[Token]) -> Iterator[SlotUse]:
    """Yield every use of a slot, those inside structures too, in order."""
    for token in tokens:
        if isinstance(token, SlotUse):
            yield token
        for inner in inside(token):
            yield from slot_uses(inner)


def structures(tokens: Iterable[Token]) -> Iterator[Either | Repeat]:
    """Yield every structure, outer ones first."""
    for token in tokens:
        if isinstance(token, Either | Repeat):
            yield token
        for part in inside(token):
            yield from structures(part)


def can_be_empty(tokens: Sequence[Token]) -> bool:
    """Return whether a text without any word says it."""
    return all(
        (isinstance(token, Literal) and not token.text.strip(" "))
        or (isinstance(token, Either) and any(map(can_be_empty, token.options)))
        or (isinstance(token, Repeat) and (token.least == 0 or can_be_empty(token.body)))
        for token in tokens
    )


def inside(token: Token) -> tuple[tuple[Token, ...], ...]:
    """Return the wordings inside a structure; () for what is none."""
    if isinstance(token, Either):
        return token.options
    return (token.body,) if isinstance(token, Repeat) else ()


@lru_cache(maxsize=8192)  # rules ask for the same text when they are checked and compiled
def parse_pattern(text: str, *, exact: bool = False) -> tuple[Token, ...]:
    """Return the tokens of an approved text, in order; neighbours are never both literals.

    ``exact`` keeps white space as it is written, but for line ends at the very end. Raises
    PatternError when a brace is neither doubled nor part of a slot or a structure.
    """
    return normalised(_Parser(text).parse(), exact=exact)


@dataclass(slots=True)
class _Open:
    """A structure whose end was not read yet."""

    mark: re.Match[str] | None
    offset: int = 0
    options: list[tuple[Token, ...]] = field(default_factory=list)
    tokens: list[Token] = field(default_factory=list)


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._open = [_Open(None)]

    def parse(self) -> tuple[Token, ...]:
        text, position = self._text, 0
        while special := _SPECIAL.search(text, position):
            if special.start() > position:
                self._add(Literal(text[position : special.start()]))
            position = special.end()
            match special.group():
                case "{{":
                    self._add(Literal("{"))
                case "}}":
                    self._add(Literal("}"))
                case "{":
                    position = self._braced(special.start())
                case _:
                    raise PatternError(
                        'a "}" without its "{"; write "}}" for a brace', special.start()
                    )
        if position < len(text):
            self._add(Literal(text[position:]))
        if len(self._open) > 1:
            raise PatternError("a structure without its {#end}; add it", self._open[-1].offset)
        return tuple(self._open[0].tokens)

    def _add(self, token: Token) -> None:
        self._open[-1].tokens.append(token)

    def _braced(self, start: int) -> int:
        """Read the slot or the mark that begins here; return where it ends."""
        end = self._text.find("}", start)
        inside = self._text[start + 1 : end] if end >= 0 else self._text[start + 1 :]
        if end >= 0 and inside.startswith("#"):
            self._mark(inside, start)
            return end + 1
        slot = _slot_at(self._text, start)
        self._add(slot)
        return start + len(slot.name) + 2

    def _mark(self, inside: str, start: int) -> None:
        mark = _MARK.fullmatch(inside)
        if mark is None:
            raise PatternError(f'"{{{inside[:40]}}}" is no structure; {_HOW}', start)
        if mark["end"]:
            self._close(start)
        elif mark["or"]:
            current = self._open[-1]
            if current.mark is None or not current.mark["maybe"] or "either" not in current.mark[0]:
                raise PatternError(f"an {{#or}} outside of {{#either}}; {_HOW}", start)
            current.options.append(tuple(current.tokens))
            current.tokens = []
        else:
            if mark["least"] and not 0 < int(mark["most"]) <= MAX_ROUNDS:
                raise PatternError(f"a repeat goes 1 to {MAX_ROUNDS} times at most", start)
            if mark["least"] and int(mark["least"]) > int(mark["most"]):
                raise PatternError("a repeat's least is more than its most; exchange them", start)
            if len(self._open) > MAX_DEPTH:
                raise PatternError(f"more than {MAX_DEPTH} structures inside each other", start)
            self._open.append(_Open(mark, start))

    def _close(self, start: int) -> None:
        done = self._open.pop() if len(self._open) > 1 else None
        if done is None or done.mark is None:
            raise PatternError(f"an {{#end}} without its beginning; {_HOW}", start)
        mark, body = done.mark, tuple(done.tokens)
        if mark["least"]:
            if not body:
                raise PatternError("a repeat of nothing; remove it", done.offset)
            least, most = int(mark["least"]), int(mark["most"])
            self._add(Repeat(mark["loop"] or "", least, most, body, done.offset))
            return
        options = (*done.options, body)
        if mark["maybe"] == "maybe":
            options = (body, ())
        elif len(options) == 1:
            raise PatternError("an either without {#or}; write {#maybe}…{#end}", done.offset)
        if not any(options):
            raise PatternError("a structure of nothing; remove it", done.offset)
        self._add(Either(mark["name"] or "", options, done.offset))


def _slot_at(text: str, start: int) -> SlotUse:
    end = text.find("}", start)
    inside = text[start + 1 : end] if end >= 0 else text[start + 1 :]
    if end < 0:
        raise PatternError('a "{" without its "}"; write "{{" for a brace', start)
    if not inside.strip():
        raise PatternError('an empty slot; name it, as in "{code}", or write "{{}}"', start)
    if _SLOT_NAME.fullmatch(inside) is None:
        raise PatternError(
            f'"{{{inside[:40]}}}" is not a slot: a name is a letter, then letters, digits and'
            ' underscores; write "{{" for a brace',
            start,
        )
    return SlotUse(inside, start)


def normalised(tokens: Sequence[Token], *, exact: bool = False) -> tuple[Token, ...]:
    """Return tokens with literals joined and in NFC, white space folded unless ``exact``.

    Blanks beside slots and structures stay, those at the ends of the whole go.
    """
    result = _joined(tokens, exact=exact)
    if exact:
        if result and isinstance(result[-1], Literal):
            result[-1] = Literal(result[-1].text.rstrip("\n"))
        return _without_empty(result)
    return trimmed(result)


def trimmed(tokens: Sequence[Token]) -> tuple[Token, ...]:
    """Return a pattern without blanks at its ends."""
    result = list(tokens)
    if result and isinstance(result[0], Literal):
        result[0] = Literal(result[0].text.lstrip(" "))
    if result and isinstance(result[-1], Literal):
        result[-1] = Literal(result[-1].text.rstrip(" "))
    return _without_empty(result)


def _without_empty(tokens: Iterable[Token]) -> tuple[Token, ...]:
    return tuple(one for one in tokens if not isinstance(one, Literal) or one.text)


def _joined(tokens: Iterable[Token], *, exact: bool) -> list[Token]:
    merged: list[Token] = []
    for token in tokens:
        last = merged[-1] if merged else None
        if isinstance(token, Literal) and isinstance(last, Literal):
            merged[-1] = Literal(last.text + token.text)
        elif isinstance(token, Either):
            options = tuple(tuple(_joined(option, exact=exact)) for option in token.options)
            merged.append(replace(token, options=options))
        elif isinstance(token, Repeat):
            merged.append(replace(token, body=tuple(_joined(token.body, exact=exact))))
        else:
            merged.append(token)
    result = [
        Literal(_folded(one.text, exact=exact)) if isinstance(one, Literal) else one
        for one in merged
    ]
    return [one for one in result if not isinstance(one, Literal) or one.text]


def _folded(text: str, *, exact: bool) -> str:
    if exact:
        return compose(text)
    folded = normalise(f"{_FENCE}{text}{_FENCE}").removeprefix(_FENCE)
    return folded.removesuffix(_FENCE)
