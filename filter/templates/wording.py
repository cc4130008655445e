"""Does a text say one approved wording, whole, and what are the values of its slots?

The walk goes from literal to literal with str.find and asks each slot about what lies between:
that is as fast as Python gets and decides nearly always. Where the first way of cutting the text
does not do (a value that holds the words after it), every other way is tried, on a budget, so
that no text can make us think for long.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from filter.ruleset import Slot
from filter.templates.pattern import Literal, PatternError, SlotUse, Token, parse_pattern
from filter.templates.slots import Accepts, bounds_of, compile_slot, why_not

MAX_SLOTS = 100  # uses in one wording; the walk recurses once for each


class Budget:
    """How many cuts of a text may still be tried; spent ones are never given back."""

    __slots__ = ("left",)

    def __init__(self, tries: int = 10_000) -> None:
        self.left = tries

    def allows_one(self) -> bool:
        """Take one try, if there is one left."""
        self.left -= 1
        return self.left >= 0


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
class _Search:
    """What stays the same while one text is cut in every possible way."""

    text: str
    end: int  # of the last slot
    budget: Budget


@dataclass(frozen=True, slots=True)
class Misfit:
    """A text with all the words of a wording, but a value that its slot does not take."""

    slot: str
    value: str
    why: str


@dataclass(frozen=True, slots=True)
class Wording:
    """One approved wording, compiled: a literal, then slots each with the literal after it."""

    tokens: tuple[Token, ...]
    first: str
    steps: tuple[Step, ...]
    last: str

    def could_fit(self, text: str) -> bool:
        """Return whether the ends of the text are those of the wording; the cheapest question."""
        if not self.steps:
            return text == self.first
        return text.startswith(self.first) and text.endswith(self.last)

    def fit(self, text: str, bound: Mapping[str, str]) -> dict[str, str] | None:
        """Return the values by the first way of cutting the text, added to those already bound.

        None says only that this one way fails; all of them are tried by ``fits``.
        """
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
        end = self._end_of_last_slot(text)
        if end >= 0:
            yield from self._cut(_Search(text, end, budget), 0, len(self.first), dict(bound))

    def explain(self, text: str) -> Misfit | None:
        """Return which slot refuses its value, if the text has the wording's words in order."""
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

    def _cut(
        self, search: _Search, index: int, position: int, values: dict[str, str]
    ) -> Iterator[dict[str, str]]:
        if index == len(self.steps):
            yield values
            return
        step = self.steps[index]
        for stop in self._stops(search, index, position, values.get(step.name)):
            if not search.budget.allows_one():
                return
            value = search.text[position:stop]
            if step.name in values or step.accepts(value):
                onward = {**values, step.name: value}
                yield from self._cut(search, index + 1, stop + len(step.after), onward)

    def _stops(
        self, search: _Search, index: int, position: int, known: str | None
    ) -> Iterator[int]:
        """Yield where the value that starts at ``position`` may end, the nearest first."""
        step = self.steps[index]
        last = index == len(self.steps) - 1
        if known is not None:
            stop = position + len(known)
            fits = search.text.startswith(known + step.after, position)
            ends = stop == search.end if last else stop + len(step.after) <= search.end
            if fits and ends:
                yield stop
            return
        if last:
            yield search.end
            return
        furthest = min(position + step.longest, search.end - len(step.after))
        stop = position + step.shortest
        while stop <= furthest:
            if step.after:
                stop = search.text.find(step.after, stop, furthest + len(step.after))
                if stop < 0:
                    return
            yield stop
            stop += 1


def compile_wording(source: str, slots: Mapping[str, Slot]) -> Wording:
    """Return the wording that a pattern describes. Raises PatternError, also for unknown slots."""
    return compile_tokens(parse_pattern(source), slots)


def compile_tokens(tokens: tuple[Token, ...], slots: Mapping[str, Slot]) -> Wording:
    """Return the wording of an already parsed pattern. Raises PatternError for unknown slots."""
    uses = [token for token in tokens if isinstance(token, SlotUse)]
    for use in uses:
        if use.name not in slots:
            raise PatternError(f'the slot "{use.name}" is not described under slots', use.offset)
    if len(uses) > MAX_SLOTS:
        raise PatternError(f"{len(uses)} slots in one text, more than {MAX_SLOTS}", uses[-1].offset)
    first = tokens[0].text if tokens and isinstance(tokens[0], Literal) else ""
    steps = tuple(
        _step(slots[token.name], tokens[index + 1 : index + 2])
        for index, token in enumerate(tokens)
        if isinstance(token, SlotUse)
    )
    return Wording(tokens, first, steps, steps[-1].after if steps else first)


def join(tokens: tuple[Token, ...], more: tuple[Token, ...]) -> tuple[Token, ...]:
    """Return one pattern that says both, with a blank between them."""
    left, right = list(tokens), list(more)
    middle = " "
    if left and isinstance(left[-1], Literal):
        middle = left.pop().text + middle  # type: ignore[union-attr]  # just asked
    if right and isinstance(right[0], Literal):
        middle += right.pop(0).text  # type: ignore[union-attr]  # just asked
    return (*left, Literal(middle), *right)


def _step(slot: Slot, following: tuple[Token, ...]) -> Step:
    after = following[0].text if following and isinstance(following[0], Literal) else ""
    shortest, longest = bounds_of(slot)
    return Step(slot.name, slot, compile_slot(slot), shortest, longest, after)


def _misfit(step: Step, value: str, known: str) -> Misfit | None:
    if known != value:
        return Misfit(step.name, value, f'it is "{known}" earlier in the same text')
    why = why_not(step.slot, value)
    return Misfit(step.name, value, why) if why else None
