"""Does a text say one approved wording, whole, and what are the values of its slots?

Where a wording is literals and slots alone, the quick way goes from literal to literal with
str.find and asks each slot about what lies between: that is as fast as Python gets and decides
nearly always. Where it does not do (a value that holds the words after it, a choice, a repeat),
the wording is walked as a graph (filter/templates/walk.py), on a budget, so that no text can make
us think for long.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import lru_cache

from filter.ruleset import MatchMode, Slot
from filter.templates.graph import CHOICE, Graph, build_graph
from filter.templates.modes import Plain, lenient, lenient_tokens
from filter.templates.pattern import (
    Either,
    Literal,
    PatternError,
    Repeat,
    SlotUse,
    Token,
    inside,
    parse_pattern,
    slot_uses,
    trimmed,
)
from filter.templates.slots import Accepts, bounds_of, compile_slot, why_not
from filter.templates.walk import Budget, Said, ways

__all__ = ["Budget", "Misfit", "Step", "Wording", "compile_tokens", "compile_wording", "join"]

MAX_SLOTS = 500  # uses in one wording
MAX_PIECES = 3000  # literals, slots and structures in one wording


@dataclass(frozen=True, slots=True)
class Step:
    """A slot and the literal after it ("" before another slot and at the end)."""

    name: str
    slot: Slot
    accepts: Accepts
    shortest: int
    longest: int
    after: str


@dataclass(frozen=True, slots=True)
class Misfit:
    """A text with all the words of a wording, but a value that its slot does not take."""

    slot: str
    value: str
    why: str


@dataclass(frozen=True, slots=True, eq=False)
class Wording:
    """One approved wording, compiled. ``tokens`` are as they are compared, see ``mode``.

    Without structures: a literal (``first``), then ``steps``, slots each with the literal after
    it, ``last`` of all. With structures ``first`` and ``last`` are what every text begins and ends
    with, blanks aside, and there are no steps.
    """

    tokens: tuple[Token, ...]
    slots: Mapping[str, Slot] = field(repr=False)
    common: AbstractSet[str] = field(repr=False)  # slots with one value in the whole message
    first: str
    steps: tuple[Step, ...]
    last: str
    is_structured: bool
    mode: MatchMode = MatchMode.FOLDED

    @property
    def looseness(self) -> int:
        """How many slots have nothing after them but a blank, another slot or a structure."""
        return _looseness_of(self)

    @property
    def is_fixed(self) -> bool:
        """Whether one text alone says it."""
        return not self.steps and not self.is_structured

    def could_fit(self, text: str) -> bool:
        """Return whether the ends of the text are those of the wording; the cheapest question."""
        if self.mode is MatchMode.DLT:
            text = lenient(text).text
        if self.is_fixed:
            return text == self.first
        return text.startswith(self.first) and text.endswith(self.last)

    def fit(self, text: str, bound: Mapping[str, str]) -> dict[str, str] | None:
        """Return the values by the first way of cutting the text, added to those already bound.

        None says only that this one way fails; all of them are tried by ``fits``.
        """
        if self.is_structured or self.mode is MatchMode.DLT:
            return None
        end = self._end_of_last_slot(text)
        if end < 0:
            return None
        values = dict(bound)
        position = len(self.first)
        final = len(self.steps) - 1
        for index, step in enumerate(self.steps):
            if index == final:
                stop = end
            else:
                stop = text.find(step.after, position + step.shortest, end) if step.after else -1
                if stop < 0:
                    return None
            value = text[position:stop]
            known = values.get(step.name)
            if known is None:
                if not step.accepts(value):
                    return None
                values[step.name] = value
            elif known != value:
                return None
            position = stop + len(step.after)
        return values

    def fits(self, text: str, bound: Mapping[str, str], budget: Budget) -> Iterator[dict[str, str]]:
        """Yield the values of every way of cutting the text that the slots accept."""
        if not self.could_fit(text):
            return
        if self.is_fixed:
            yield dict(bound)
            return
        said: Said
        if self.mode is MatchMode.DLT:
            said = lenient(text)
        else:
            said = Plain(text, folds=self.mode is MatchMode.FOLDED)
        yield from ways(_graph_of(self), said, bound, budget)

    def says(self, text: str, budget: Budget) -> bool:
        """Return whether there is any way to cut the text, as far as the budget goes."""
        return next(self.fits(text, {}, budget), None) is not None

    def explain(self, text: str) -> Misfit | None:
        """Return which slot refuses its value, if the text has the wording's words in order.

        Of a wording with structures nothing is said: see filter/templates/settling.py.
        """
        if self.is_structured or self.mode is MatchMode.DLT:
            return None
        end = self._end_of_last_slot(text)
        if end < 0:
            return None
        misfit: Misfit | None = None
        position = len(self.first)
        values: dict[str, str] = {}
        for index, step in enumerate(self.steps):
            last = index == len(self.steps) - 1
            stop = end if last else text.find(step.after, position, end)
            if stop < position:
                return None
            value = text[position:stop]
            misfit = misfit or _misfit(step, value, values.setdefault(step.name, value))
            position = stop + len(step.after)
        return misfit

    def _end_of_last_slot(self, text: str) -> int:
        """Return where the last slot must end, or -1 if the text cannot be this wording."""
        if not self.could_fit(text):
            return -1
        if not self.steps:
            return len(text)
        end = len(text) - len(self.last)
        return end if end >= len(self.first) else -1


@lru_cache(maxsize=4096)  # asked whenever the quick way does not do
def _looseness_of(wording: Wording) -> int:
    return _looseness(wording.tokens)


@lru_cache(maxsize=1024)
def _graph_of(wording: Wording) -> Graph:
    return build_graph(wording.tokens, wording.slots, wording.common)


def compile_wording(
    source: str,
    slots: Mapping[str, Slot],
    mode: MatchMode = MatchMode.FOLDED,
    common: AbstractSet[str] = frozenset(),
) -> Wording:
    """Return the wording that a pattern describes. Raises PatternError, also for unknown slots."""
    tokens = parse_pattern(source, exact=mode is MatchMode.EXACT)
    return compile_tokens(tokens, slots, mode, common)


def compile_tokens(
    tokens: tuple[Token, ...],
    slots: Mapping[str, Slot],
    mode: MatchMode = MatchMode.FOLDED,
    common: AbstractSet[str] = frozenset(),
) -> Wording:
    """Return the wording of an already parsed pattern. Raises PatternError for unknown slots.

    ``common`` are slots that have one value in the whole message even where they stand in a
    repeat; those outside of repeats here are among them anyhow.
    """
    uses = list(slot_uses(tokens))
    for use in uses:
        if use.name not in slots:
            raise PatternError(f'the slot "{use.name}" is not described under slots', use.offset)
    if len(uses) > MAX_SLOTS:
        raise PatternError(f"{len(uses)} slots in one text, more than {MAX_SLOTS}", uses[-1].offset)
    pieces = _count(tokens)
    if pieces > MAX_PIECES:
        raise PatternError(f"{pieces} pieces in one text, more than {MAX_PIECES}")
    if mode is MatchMode.DLT:
        tokens = trimmed(lenient_tokens(tokens))
    structured = any(isinstance(token, Either | Repeat) for token in tokens)
    first = tokens[0].text if tokens and isinstance(tokens[0], Literal) else ""
    if structured:
        last = tokens[-1].text if isinstance(tokens[-1], Literal) else ""
        return Wording(
            tokens, slots, common | outside_repeats(tokens), first.rstrip(" "), (),
            last.lstrip(" "), True, mode,
        )  # fmt: skip
    steps = tuple(
        _step(slots[token.name], tokens[index + 1 : index + 2])
        for index, token in enumerate(tokens)
        if isinstance(token, SlotUse)
    )
    last = steps[-1].after if steps else first
    return Wording(tokens, slots, common, first, steps, last, False, mode)


def outside_repeats(tokens: Sequence[Token]) -> frozenset[str]:
    """Return the slots, and structures as ``#name``, that stand outside of repeats.

    They go one way everywhere in a message.
    """
    names: set[str] = set()
    for token in tokens:
        if isinstance(token, Either | Repeat) and token.name:
            names.add(CHOICE(token.name))
        if isinstance(token, SlotUse):
            names.add(token.name)
        elif isinstance(token, Either):
            for option in token.options:
                names |= outside_repeats(option)
    return frozenset(names)


def join(tokens: tuple[Token, ...], more: tuple[Token, ...]) -> tuple[Token, ...]:
    """Return one pattern that says both, with a blank between them."""
    left, right = list(tokens), list(more)
    middle = " "
    if left and isinstance(left[-1], Literal):
        middle = left.pop().text + middle  # type: ignore[union-attr]  # just asked
    if right and isinstance(right[0], Literal):
        middle += right.pop(0).text  # type: ignore[union-attr]  # just asked
    return (*left, Literal(middle), *right)


def _looseness(tokens: tuple[Token, ...]) -> int:
    found = 0
    for place, token in enumerate(tokens):
        after = tokens[place + 1] if place + 1 < len(tokens) else None
        is_told = after is None or (isinstance(after, Literal) and after.text.strip(" ") != "")
        found += isinstance(token, SlotUse) and not is_told
        found += sum(_looseness(part) for part in inside(token))
    return found


def _count(tokens: tuple[Token, ...]) -> int:
    return sum(1 + sum(_count(part) for part in inside(token)) for token in tokens)


def _step(slot: Slot, following: tuple[Token, ...]) -> Step:
    after = following[0].text if following and isinstance(following[0], Literal) else ""
    shortest, longest = bounds_of(slot)
    return Step(slot.name, slot, compile_slot(slot), shortest, longest, after)


def _misfit(step: Step, value: str, known: str) -> Misfit | None:
    if known != value:
        return Misfit(step.name, value, f'it is "{known}" earlier in the same text')
    why = why_not(step.slot, value)
    return Misfit(step.name, value, why) if why else None
