"""Every way in which a text says a pattern.

A walk along the pattern's graph with a stack of its own. A place from which the text cannot be
finished is not visited twice with the same values, so the work grows with the length of the text
and not with the number of ways to cut it; a budget bounds it all the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from filter.templates.graph import (
    LOOK_AHEAD,
    End,
    Fork,
    Graph,
    Opening,
    Round,
    Value,
    Words,
    in_round,
)


class Budget:
    """How many cuts of a text may still be tried; spent ones are never given back.

    Beside the tries it counts ``looks``: what is read of the text to find cuts that no slot takes.
    """

    __slots__ = ("left", "looks")

    def __init__(self, tries: int = 10_000) -> None:
        self.left = tries
        self.looks = 4 * tries

    def allows_one(self) -> bool:
        """Take one try, if there is one left."""
        self.left -= 1
        return self.left >= 0

    @contextmanager
    def share(self, tries: int) -> Iterator[Budget]:
        """Lend a budget of at most so many tries; what was spent of them is gone here, too."""
        own = Budget(max(min(tries, self.left), 0))
        given = own.left
        yield own
        self.left -= given - max(own.left, 0)

    def allows_looks(self, count: int) -> bool:
        """Take some looks; where there are too few left, there are no tries either."""
        self.looks -= count
        if self.looks < 0:
            self.left = 0
        return self.looks >= 0


class Said(Protocol):
    """A text as a matching mode compares it."""

    @property
    def text(self) -> str:
        """What literals are looked for in."""
        ...

    @property
    def folds(self) -> bool:
        """Whether a blank after a blank, or at either end, is nothing."""
        ...

    def value(self, start: int, stop: int) -> str:
        """Return what a slot is asked about, for a stretch of ``text``."""
        ...

    def same(self, value: str) -> str:
        """Return how ``text`` has a value that is already known."""
        ...


_READ_AT_ONCE = 16  # characters of a value, or four times as many that are searched, are one look
# A place in the graph, a place in the text, and the rounds of the repeats around it.
_State: TypeAlias = tuple[int, int, tuple[int, ...]]
# Where a move leads, and what it binds to which name ("" is nothing).
_Move: TypeAlias = tuple[_State, str, str]


@dataclass(slots=True)
class _Frame:
    """A state with the moves that were not tried yet."""

    moves: Iterator[_Move]
    state: _State
    key: object
    found: int  # ways that were found before
    bound: str = ""  # the name that the last move bound


def ways(
    graph: Graph, said: Said, bound: Mapping[str, str], budget: Budget
) -> Iterator[dict[str, str]]:
    """Yield the values of every way in which the text says the pattern, added to ``bound``.

    Slots inside repeats are named with their round (``item#2``), choices ``#name``.
    """
    return _Walk(graph, said, bound, budget).go()


class _Walk:
    def __init__(self, graph: Graph, said: Said, bound: Mapping[str, str], budget: Budget) -> None:
        self._graph = graph
        self._said = said
        self._text = said.text
        self._values = dict(bound)
        self._budget = budget
        self._shared: list[tuple[str, str]] = []  # what is bound of the graph's shared names
        self._dead: set[object] = set()
        # By place and position, the rounds from which no later round gets any further.
        self._dead_rounds: dict[tuple[int, int], list[tuple[int, ...]]] = {}
        self._by_round = not graph.shared and not any("#" in name for name in bound)

    def go(self) -> Iterator[dict[str, str]]:
        """Yield the values of every way."""
        found = 0
        frames: list[_Frame] = []
        state = self._run((self._graph.start, 0, ()))
        while True:
            if state is not None and self._is_end(state):
                found += 1
                yield dict(self._values)
            elif state is not None and not self._is_dead(state, key := self._key(state)):
                frames.append(_Frame(self._moves(state), state, key, found))
            if not frames:
                return
            move = self._next_move(frames[-1])
            if move is None:
                frame = frames.pop()
                if frame.found == found:
                    self._bury(frame)
                state = None
                continue
            if not self._budget.allows_one():
                return
            state = self._run(move)

    def _next_move(self, frame: _Frame) -> _State | None:
        """Take back what the frame's last move bound, and return where the next one leads."""
        if frame.bound:
            del self._values[frame.bound]
            if self._is_shared(frame.bound):
                self._shared.pop()
            frame.bound = ""
        move = next(frame.moves, None)
        if move is None:
            return None
        onward, name, value = move
        if name and name not in self._values:
            self._values[name] = value
            frame.bound = name
            if self._is_shared(name):
                self._shared.append((name, value))
        return onward

    def _is_dead(self, state: _State, key: object) -> bool:
        """Tell whether the text cannot be finished from here.

        What fails in a round fails in every later one: fewer rounds are left then, and nothing
        else differs unless a name is asked for.
        """
        if key in self._dead:
            return True
        at, position, rounds = state
        earlier = self._dead_rounds.get((at, position), ()) if rounds else ()
        return any(all(a <= b for a, b in zip(one, rounds, strict=True)) for one in earlier)

    def _bury(self, frame: _Frame) -> None:
        at, position, rounds = frame.state
        if rounds and self._by_round and min(rounds) >= self._graph.most_least:
            self._dead_rounds.setdefault((at, position), []).append(rounds)
        else:
            self._dead.add(frame.key)

    def _key(self, state: _State) -> object:
        return (state, tuple(self._shared)) if self._graph.shared else state

    def _is_shared(self, name: str) -> bool:
        shared = self._graph.shared
        return bool(shared) and (name in shared or name.rpartition("#")[0] in shared)

    def _is_end(self, state: _State) -> bool:
        return isinstance(self._graph.places[state[0]], End)

    def _run(self, state: _State) -> _State | None:
        """Follow what leaves no choice; None where the text says something else."""
        at, position, rounds = state
        places = self._graph.places
        while True:
            match places[at]:
                case Words(text, onward):
                    position = self._past(text, position)
                    if position < 0:
                        return None
                    at = onward
                case Opening(onward):
                    at, rounds = onward, (*rounds, 0)
                case End():
                    return (at, position, rounds) if position == len(self._text) else None
                case _:
                    return at, position, rounds

    def _past(self, words: str, position: int) -> int:
        """Return where the text goes on after these words, -1 if they do not stand here."""
        text = self._text
        if self._said.folds:
            if words[0] == " " and (position == 0 or text[position - 1] == " "):
                words = words[1:]
            if words[-1:] == " " and position + len(words) - 1 == len(text):
                words = words[:-1]
        return position + len(words) if text.startswith(words, position) else -1

    def _moves(self, state: _State) -> Iterator[_Move]:
        at, position, rounds = state
        place = self._graph.places[at]
        if isinstance(place, Value):
            yield from self._cuts(place, position, rounds)
        elif isinstance(place, Fork):
            name = in_round(place.name, rounds) if place.per_round else place.name
            known = self._values.get(name) if name else None
            for number, branch in enumerate(place.branches):
                if known is None or known == str(number):
                    yield (branch, position, rounds), name, str(number)
        elif isinstance(place, Round):
            yield from self._rounds(place, position, rounds)

    def _rounds(self, place: Round, position: int, rounds: tuple[int, ...]) -> Iterator[_Move]:
        *outer, done = rounds
        name = in_round(place.name, tuple(outer)) if place.per_round else place.name
        known = self._values.get(name) if name else None
        wanted = int(known) if known is not None else None
        if done >= place.least and wanted in (None, done):
            yield (place.onward, position, tuple(outer)), name, str(done)
        if done < (place.most if wanted is None else wanted):
            yield (place.body, position, (*outer, done + 1)), "", ""

    def _cuts(self, place: Value, position: int, rounds: tuple[int, ...]) -> Iterator[_Move]:
        name = in_round(place.name, rounds) if place.per_round else place.name
        known = self._values.get(name)
        if known is not None:
            same = self._said.same(known)
            if self._text.startswith(same, position):
                yield (place.onward, position + len(same), rounds), "", ""
            return
        for stop in self._stops(place, position):
            if not self._budget.allows_looks(1 + (stop - position) // _READ_AT_ONCE):
                return
            value = self._said.value(position, stop)
            if place.accepts(value):
                yield (place.onward, stop, rounds), name, value

    def _stops(self, place: Value, position: int) -> Iterator[int]:
        """Yield where a value that starts here may end, the nearest first."""
        end = len(self._text)
        nearest, furthest = position + place.shortest, min(position + place.longest, end)
        if place.follows is None:
            yield from range(nearest, furthest + 1)
            return
        # Not to the end of the text: each try would cost as much as the text is long.
        seen = nearest
        for found in place.follows.finditer(self._text, nearest, furthest + LOOK_AHEAD):
            if found.start() > furthest:
                return
            if not self._budget.allows_looks((found.start() - seen) // (4 * _READ_AT_ONCE)):
                return
            seen = found.start()
            yield seen
        if not self._budget.allows_looks(max(furthest - seen, 0) // (4 * _READ_AT_ONCE)):
            return
        if place.may_end and nearest <= end <= furthest:
            yield end
