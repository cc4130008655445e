"""The walk says what trying every way says: each branch, each number of rounds, each cut."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from filter.ruleset import Slot, SlotType
from filter.templates.pattern import Either, Literal, Repeat, SlotUse, Token, normalised, structures
from filter.templates.samples import fill
from filter.templates.slots import accepts
from filter.templates.walk import Budget
from filter.templates.wording import compile_tokens, outside_repeats

SLOTS = {
    "x": Slot("x", SlotType.PATTERN, pattern="[ab]{1,3}"),
    "y": Slot("y", SlotType.CHOICE, values=("a", "ab", "b a")),
    "z": Slot("z", SlotType.WORDS, max_length=4),
}
Bound = Mapping[str, str]


def _ways(  # noqa: C901, PLR0912 - one rule for each kind of token
    tokens: tuple[Token, ...], common: AbstractSet[str], bound: Bound, rounds: tuple[int, ...] = ()
) -> Iterator[tuple[list[str | SlotUse], Bound]]:
    """Yield every sequence of words and slots that the tokens can be, with what it binds."""
    if not tokens:
        yield [], bound
        return
    token, rest = tokens[0], tokens[1:]
    if isinstance(token, Literal):
        for more, values in _ways(rest, common, bound, rounds):
            yield [token.text, *more], values
    elif isinstance(token, SlotUse):
        name = token.name if token.name in common else _named(token.name, rounds)
        for more, values in _ways(rest, common, bound, rounds):
            yield [SlotUse(name), *more], values
    elif isinstance(token, Either):
        for number, option in enumerate(token.options):
            known = _bind(bound, token.name, str(number), common, rounds)
            if known is not None:
                for said, values in _ways(option, common, known, rounds):
                    for more, all_values in _ways(rest, common, values, rounds):
                        yield [*said, *more], all_values
    else:
        for times in range(token.least, token.most + 1):
            known = _bind(bound, token.name, str(times), common, rounds)
            if known is not None:
                for said, values in _times(token, 1, times, common, known, rounds):
                    for more, all_values in _ways(rest, common, values, rounds):
                        yield [*said, *more], all_values


def _times(  # noqa: PLR0917
    token: Repeat, number: int, times: int, common: AbstractSet[str], bound: Bound,
    rounds: tuple[int, ...],
) -> Iterator[tuple[list[str | SlotUse], Bound]]:  # fmt: skip
    if number > times:
        yield [], bound
        return
    for said, values in _ways(token.body, common, bound, (*rounds, number)):
        for more, rest in _times(token, number + 1, times, common, values, rounds):
            yield [*said, *more], rest


def _bind(
    bound: Bound, name: str, value: str, common: AbstractSet[str], rounds: tuple[int, ...]
) -> Bound | None:
    if not name:
        return bound
    name = f"#{name}" if f"#{name}" in common else _named(f"#{name}", rounds)
    return {**bound, name: value} if bound.get(name, value) == value else None


def _named(name: str, rounds: tuple[int, ...]) -> str:
    return f"{name}#{'.'.join(map(str, rounds))}" if rounds else name


def _cuts(said: list[str | SlotUse], text: str, bound: Bound) -> Iterator[Bound]:
    if not said:
        if not text:
            yield bound
        return
    first, rest = said[0], said[1:]
    if isinstance(first, str):
        if text.startswith(first):
            yield from _cuts(rest, text[len(first) :], bound)
        return
    for stop in range(len(text) + 1):
        value = text[:stop]
        slot = SLOTS[first.name.partition("#")[0]]
        if bound.get(first.name, value) == value and accepts(slot, value):
            yield from _cuts(rest, text[stop:], {**bound, first.name: value})


def _folded(said: list[str | SlotUse]) -> list[str | SlotUse]:
    """Join neighbouring words, with runs of blanks as one and none at the ends."""
    result: list[str | SlotUse] = []
    for one in said:
        if isinstance(one, str) and result and isinstance(result[-1], str):
            result[-1] += one
        else:
            result.append(one)
    result = [re.sub(" +", " ", one) if isinstance(one, str) else one for one in result]
    if result and isinstance(result[0], str):
        result[0] = result[0].lstrip(" ")
    if result and isinstance(result[-1], str):
        result[-1] = result[-1].rstrip(" ")
    return result


def all_ways(tokens: tuple[Token, ...], text: str, bound: Bound) -> set[frozenset[tuple[str, str]]]:
    """Return the values of every way in which the text says the tokens, by trying all."""
    common = COMMON | outside_repeats(tokens)
    return {
        frozenset(values.items())
        for said, known in _ways(tokens, common, bound)
        for values in _cuts(_folded(said), text, known)
    }


COMMON = frozenset({"z"})  # by another text of the template


def _literals() -> st.SearchStrategy[Token]:
    return st.builds(Literal, st.text("ab ,", min_size=1, max_size=3))


def _names() -> st.SearchStrategy[str]:
    return st.sampled_from(["", "", "p", "q"])


def _trees() -> st.SearchStrategy[tuple[Token, ...]]:
    leaf = _literals() | st.sampled_from([SlotUse(name) for name in SLOTS])

    def more(inner: st.SearchStrategy[Token]) -> st.SearchStrategy[Token]:
        several = st.lists(inner, min_size=1, max_size=3).map(tuple)
        either = st.builds(Either, _names(), st.tuples(several, several | st.just(())))
        repeat = st.builds(
            Repeat, _names().map(lambda name: name and f"r{name}"), st.integers(0, 2),
            st.integers(2, 3), several,
        )  # fmt: skip
        return either | repeat

    return (
        st.lists(st.recursive(leaf, more, max_leaves=5), min_size=1, max_size=4)
        .map(lambda tokens: normalised(tuple(tokens)))
        .filter(bool)
    )


def _bounds() -> st.SearchStrategy[Bound]:
    """What another text of the message may have bound before."""
    one = st.sampled_from(
        [("x", "a"), ("x", "ab"), ("z", "a"), ("z", "b"), ("x#1", "a"), ("y#1", "a"), ("y#2", "ab"),
         ("#p", "0"), ("#p", "1"), ("#rp", "2"), ("#rq", "0"), ("#p#1", "1"), ("x#1.1", "b")]
    )  # fmt: skip
    return st.just(()).map(dict) | st.lists(one, max_size=3).map(dict)


@st.composite
def _texts(draw: st.DrawFn, tokens: tuple[Token, ...], bound: Bound) -> str:
    """A text that is likely said: one of the ways with some values, sometimes changed."""
    common = COMMON | outside_repeats(tokens)
    ways: list[list[str | SlotUse]] = []
    for said, _ in _ways(tokens, common, bound):
        ways.append(said)
        if len(ways) == 300:
            break
    if not ways:
        return draw(st.text("ab ,", max_size=6))
    values = dict(bound)
    parts = []
    for one in draw(st.sampled_from(ways)):
        if isinstance(one, SlotUse):
            value = draw(st.sampled_from(["a", "ab", "b", "aa", "b a"]))
            parts.append(values.setdefault(one.name, value))
        else:
            parts.append(one)
    text = re.sub(" +", " ", "".join(parts)).strip(" ")
    if draw(st.integers(0, 3)) == 0 and text:
        place = draw(st.integers(0, len(text) - 1))
        text = text[:place] + draw(st.sampled_from(["", "a", "b", ","])) + text[place + 1 :]
        text = re.sub(" +", " ", text).strip(" ")
    return text


def _small(tokens: Iterable[Token]) -> int:
    total = 1
    for token in tokens:
        if isinstance(token, Either):
            total *= sum(map(_small, token.options))
        elif isinstance(token, Repeat):
            total *= sum(_small(token.body) ** n for n in range(token.least, token.most + 1))
    return total


@settings(max_examples=150)
@given(st.data())
def test_the_walk_says_what_trying_every_way_says(data: st.DataObject) -> None:
    tokens = data.draw(_trees().filter(lambda tree: _small(tree) < 2000))
    bound = data.draw(_bounds())
    text = data.draw(_texts(tokens, bound))
    if len(text) > 14:
        return
    wording = compile_tokens(tokens, SLOTS, common=COMMON)
    expected = all_ways(tokens, text, bound)
    found = [frozenset(one.items()) for one in wording.fits(text, bound, Budget(100_000))]
    assert set(found) == expected
    quick = wording.fit(text, bound)
    assert quick is None or frozenset(quick.items()) in expected


@settings(max_examples=150)
@given(_trees(), st.integers(0, 11))
def test_what_is_filled_in_is_said(tokens: tuple[Token, ...], number: int) -> None:
    slots = {
        "x": Slot("x", SlotType.DIGITS, 2, 2),
        "y": Slot("y", SlotType.CHOICE, values=("one", "two", "three")),
        "z": Slot("z", SlotType.MONEY, currency=("RM",)),
    }
    bounds: dict[str, tuple[int, int]] = {}
    for token in structures(tokens):
        if isinstance(token, Repeat) and token.name:
            bound = (token.least, token.most)
            assume(bounds.setdefault(token.name, bound) == bound)
    wording = compile_tokens(tokens, slots)
    said = fill(tokens, slots, number)
    assert next(wording.fits(said, {}, Budget(100_000)), None) is not None
