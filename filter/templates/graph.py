"""A pattern as a graph to be walked: what may stand after what.

Built from tokens when a text could say the pattern; a walk (filter/templates/walk.py) goes along
its edges.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import TypeAlias

from filter.ruleset import Slot
from filter.templates.pattern import (
    Either,
    Literal,
    Repeat,
    SlotUse,
    Token,
    inside,
    structures,
)
from filter.templates.slots import Accepts, bounds_of, compile_slot

LOOK_AHEAD = 64  # characters of what may come next that tell where a value can end
# A structure's branch, or how often it goes round, is bound like a slot's value under this name.
CHOICE = "#{}".format


def in_round(name: str, rounds: tuple[int, ...]) -> str:
    """Return the name of what is bound in these rounds: ``item#2``, ``item#2.1`` in a nested one.

    "", and a name outside of repeats, stay as they are.
    """
    return f"{name}#{'.'.join(map(str, rounds))}" if name and rounds else name


@dataclass(slots=True)
class Words:
    """Fixed text, then ``onward``."""

    text: str
    onward: int


@dataclass(slots=True)
class Value:
    """A slot's value. ``per_round`` says that each round of a repeat has its own.

    ``follows`` finds where a value may end: before one of the texts that may come next; None where
    it may end anywhere. ``may_end`` says that nothing need follow.
    """

    name: str
    accepts: Accepts
    shortest: int
    longest: int
    per_round: bool
    onward: int
    follows: re.Pattern[str] | None = None
    may_end: bool = False


@dataclass(slots=True)
class Fork:
    """A choice of branches; ``name`` is what the choice is bound to, "" is nothing.

    ``per_round`` as for values.
    """

    name: str
    per_round: bool
    branches: tuple[int, ...]


@dataclass(slots=True)
class Round:
    """Where a repeat begins, and comes back to after each round."""

    name: str
    per_round: bool
    least: int
    most: int
    body: int
    onward: int


@dataclass(slots=True)
class Opening:
    """Where a repeat is entered: round 0."""

    onward: int


@dataclass(slots=True)
class End:
    """All is said."""


Place: TypeAlias = Words | Value | Fork | Round | Opening | End


@dataclass(frozen=True, slots=True)
class Graph:
    """The places of a pattern; the walk starts at ``start``.

    ``shared`` are the names that are bound in one place and asked for in another.
    """

    places: tuple[Place, ...]
    start: int
    shared: frozenset[str]
    most_least: int  # the most rounds that any repeat must go


def build_graph(
    tokens: Sequence[Token], slots: Mapping[str, Slot], common: AbstractSet[str]
) -> Graph:
    """Return the pattern as a graph.

    ``common`` are the slots, and structures as ``#name``, that go one way in the whole message,
    also inside repeats: those that stand outside of any, somewhere in the template.
    """
    builder = _Builder(slots, common)
    end = builder.put(End())
    start = builder.chain(tokens, end)
    places = tuple(builder.places)
    again = _in_repeats(tokens) & common
    for place in places:
        if isinstance(place, Value):
            _look_ahead(places, place)
    counts = Counter(_names(tokens))
    # One that stands once, in a repeat, is asked for again in the next round.
    shared = frozenset(name for name, count in counts.items() if count > 1 or name in again)
    most_least = max((place.least for place in places if isinstance(place, Round)), default=0)
    return Graph(places, start, shared, most_least)


@dataclass(slots=True)
class _Builder:
    slots: Mapping[str, Slot]
    common: AbstractSet[str]
    places: list[Place] = field(default_factory=list)

    def put(self, place: Place) -> int:
        self.places.append(place)
        return len(self.places) - 1

    def chain(self, tokens: Sequence[Token], onward: int) -> int:
        """Return where a sequence of tokens starts that goes on to ``onward``."""
        for token in reversed(tokens):
            onward = self._one(token, onward)
        return onward

    def _one(self, token: Token, onward: int) -> int:
        match token:
            case Literal(text):
                return self.put(Words(text, onward))
            case SlotUse(name):
                slot = self.slots[name]
                shortest, longest = bounds_of(slot)
                alone = name not in self.common
                return self.put(Value(name, compile_slot(slot), shortest, longest, alone, onward))
            case Either(name, options):
                branches = tuple(self.chain(option, onward) for option in options)
                choice = CHOICE(name) if name else ""
                return self.put(Fork(choice, choice not in self.common, branches))
            case Repeat(name, least, most, body):
                choice = CHOICE(name) if name else ""
                head = Round(choice, choice not in self.common, least, most, -1, onward)
                at = self.put(head)
                head.body = self.chain(body, at)
                return self.put(Opening(at))


def _names(tokens: Sequence[Token]) -> Iterator[str]:
    for token in tokens:
        if isinstance(token, SlotUse):
            yield token.name
        elif isinstance(token, Either | Repeat) and token.name:
            yield CHOICE(token.name)
        for part in inside(token):
            yield from _names(part)


def _in_repeats(tokens: Sequence[Token]) -> frozenset[str]:
    return frozenset(
        name
        for token in structures(tokens)
        if isinstance(token, Repeat)
        for name in _names(token.body)
    )


def _look_ahead(places: Sequence[Place], value: Value) -> None:
    """Work out before which texts the value may end."""
    texts: set[str] = set()
    anywhere = False
    for place in _followers(places, value.onward):
        if isinstance(place, Words):
            texts.add(place.text[:LOOK_AHEAD].rstrip(" ") or " ")
            # A blank may be the one that ends the text, where none is left.
            value.may_end |= not place.text.strip(" ")
        elif isinstance(place, Value):
            anywhere = True
        else:
            value.may_end = True
    if not anywhere:
        choice = "|".join(re.escape(text) for text in sorted(texts))
        value.follows = re.compile(f"(?={choice})") if texts else re.compile(r"(?!)")


def _followers(places: Sequence[Place], start: int) -> Iterator[Words | Value | End]:
    """Yield the words, values and the end that may come next."""
    seen: set[int] = set()
    waiting = [start]
    while waiting:
        at = waiting.pop()
        if at in seen:
            continue
        seen.add(at)
        place = places[at]
        if isinstance(place, Fork):
            waiting += place.branches
        elif isinstance(place, Round):
            waiting += [place.body, place.onward]
        elif isinstance(place, Opening):
            waiting.append(place.onward)
        else:
            yield place
