"""Which of the texts that a wording with choices and repeats can say comes nearest to this one?

For people: what differs is shown against literals and slots alone. Branches and rounds are chosen
by the words that the text has; nothing is decided by it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from filter.ruleset import MatchMode, Slot
from filter.templates.graph import in_round
from filter.templates.pattern import Either, Literal, Repeat, SlotUse, Token, normalised
from filter.templates.wording import Wording, compile_tokens

_MAX_CHARACTERS = 4000  # of the text that are looked at
_MAX_ROUNDS = 20  # that are written out
_MAX_STEPS = 4000  # tokens that are looked at: rounds within rounds grow fast
_WORD = re.compile(r"[^\W_]+")


def settle(wording: Wording, text: str) -> Wording:
    """Return the wording without structures that is likely nearest to the text.

    Slots inside repeats are named with their round: ``item#2``.
    """
    if not wording.is_structured:
        return wording
    settling = _Settling(text[:_MAX_CHARACTERS], wording)
    tokens = normalised(tuple(settling.choose(wording.tokens, ())))
    return compile_tokens(tokens, settling.slots, MatchMode.FOLDED)


class _Settling:
    def __init__(self, text: str, wording: Wording) -> None:
        self._text = text
        self._words = frozenset(_WORD.findall(text.casefold()))
        self._common = wording.common
        self._described = wording.slots
        self.slots: dict[str, Slot] = dict(wording.slots)
        self._steps = 0
        self._chosen: dict[int, tuple[Token, ...]] = {}  # by the choice: the text stays the same

    def choose(self, tokens: Sequence[Token], rounds: tuple[int, ...]) -> Iterator[Token]:
        """Yield the tokens with one branch for each choice and a number of rounds."""
        for token in tokens:
            self._steps += 1
            match token:
                case Either():
                    yield from self.choose(self._branch(token), rounds)
                case Repeat():
                    for number in range(1, self._rounds(token) + 1):
                        if self._steps > _MAX_STEPS:
                            break
                        yield from self.choose(token.body, (*rounds, number))
                case SlotUse(name, offset) if rounds and name not in self._common:
                    named = in_round(name, rounds)
                    self.slots[named] = self._described[name]
                    yield SlotUse(named, offset)
                case _:
                    yield token

    def _branch(self, token: Either) -> tuple[Token, ...]:
        if id(token) not in self._chosen:
            self._chosen[id(token)] = max(token.options, key=self._likeness)
        return self._chosen[id(token)]

    def _likeness(self, option: Sequence[Token]) -> float:
        """Return how many of an option's words the text has, less those it has not."""
        words = [word for text in _literals(option) for word in _WORD.findall(text.casefold())]
        known = sum(word in self._words for word in words)
        whole = any(len(text) > 1 and text in self._text for text in _literals(option))
        return known - 1.5 * (len(words) - known) + 0.5 * whole

    def _rounds(self, token: Repeat) -> int:
        longest = max(_literals(token.body), key=len, default="").strip()
        seen = self._text.count(longest) if longest else token.least
        return min(max(token.least, min(seen, token.most)), max(_MAX_ROUNDS, token.least))


def _literals(tokens: Sequence[Token]) -> Iterator[str]:
    for token in tokens:
        if isinstance(token, Literal):
            yield token.text
        elif isinstance(token, Repeat):
            yield from _literals(token.body)
        elif isinstance(token, Either):
            yield from _literals(token.options[0])
