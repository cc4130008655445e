"""Which approved wording comes closest to a text, and in which words do they differ?

The door of rapidfuzz. Never raises and never takes long, whatever the text: what is compared is a
short list of wordings and the beginning of the text.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise, product
from typing import TypeAlias

from rapidfuzz import fuzz
from rapidfuzz.distance import Indel

from filter.ruleset import Slot
from filter.templates.index import Entry
from filter.templates.pattern import Literal, SlotUse, Token
from filter.templates.settling import settle
from filter.templates.wording import Budget, Wording, compile_tokens
from filter.templates.written import as_pattern

MAX_CHARACTERS = 4000  # of a text that are compared
_SCORED_CHARACTERS = 1500  # by which the nearest of several is chosen
MAX_DIFFERENCE = 1500  # characters of a difference that are kept
# A word of a wording; the tokens it is made of where it has slots in it.
_Piece: TypeAlias = tuple[str, tuple[Token, ...]]
_MAX_CUTS = 30  # ways to cut one stretch that are tried
_CONTEXT_WORDS = 6  # equal words shown at each side of a change


@dataclass(frozen=True, slots=True)
class Stretch:
    """Words of a wording and of a text that are equal, or are not.

    A value that its slot takes is equal to the slot: "{code}." and "493021.".
    """

    same: bool
    wanted: str
    said: str
    values: Mapping[str, str] = field(default_factory=dict)


def nearest_of(text: str, entries: Iterable[Entry]) -> tuple[Entry, float] | None:
    """Return the wording most like the text and how much, from 0 to 100; None if there is none."""
    head = text[:_SCORED_CHARACTERS]
    best: tuple[Entry, float] | None = None
    for entry in entries:
        floor = best[1] if best else 0.0
        near = skeleton(settle(entry.wording, head))[:_SCORED_CHARACTERS]
        score = fuzz.ratio(near, head, score_cutoff=floor)
        if best is None or score > best[1]:
            best = (entry, score)
    return best


def skeleton(wording: Wording) -> str:
    """Return a wording as its pattern reads: "Your code is {code}"; braces are not doubled."""
    return "".join(
        token.text if isinstance(token, Literal) else as_pattern((token,))
        for token in wording.tokens
    )


def compare(wording: Wording, text: str) -> tuple[int, str]:
    """Return how alike they are in percent, and the difference word by word.

    A value that its slot takes counts as equal. ``[-approved-]`` is missing from the text,
    ``{+text+}`` is not in the wording; long equal stretches are left out.
    """
    found = stretches(wording, text)
    total = sum(len(one.said) + len(one.wanted) for one in found)
    equal = sum(len(one.said) + len(one.wanted) for one in found if one.same)
    parts = [(one.same, one.said if one.same else _change(one.wanted, one.said)) for one in found]
    percent = int(100 * equal / total) if total else 0
    return min(percent, 99 if any(not same for same, _ in parts) else 100), _shorten(parts)


def stretches(wording: Wording, text: str) -> list[Stretch]:
    """Return the beginning of a text in stretches that are equal to the wording, or are not.

    Of choices and repeats those are shown that the text seems to mean.
    """
    wording = settle(wording, text)
    approved = _pieces(wording.tokens)
    # A slot equals no word, not even its own name: a message that says "{code}" was never filled.
    names: list[Hashable] = [(text,) if _has_slot(tokens) else text for text, tokens in approved]
    words = text[:MAX_CHARACTERS].split(" ")
    slots = wording.slots
    return [
        one
        for start, end, begin, stop in _blocks(names, words)
        for one in _split(approved[start:end], words[begin:stop], slots)
    ]


def visible(text: str) -> str:
    """Return the text with what does not show on a screen written out: <U+200B>."""
    return "".join(c if c.isprintable() else f"<U+{ord(c):04X}>" for c in text)


def _pieces(tokens: Sequence[Token]) -> list[_Piece]:
    """Return the words of a wording, those with slots in them with the tokens they are made of."""
    pieces: list[_Piece] = []
    current: list[Token] = []
    for token in tokens:
        if not isinstance(token, Literal):  # a slot: structures are settled before
            current.append(token)
            continue
        first, *rest = token.text.split(" ")
        current.append(Literal(first))
        if rest:
            pieces.append(_piece(current))
            pieces += [(word, ()) for word in rest[:-1]]
            current = [Literal(rest[-1])]
    pieces.append(_piece(current))
    return [piece for piece in pieces if piece[0]]


def _piece(tokens: list[Token]) -> _Piece:
    kept = tuple(token for token in tokens if not isinstance(token, Literal) or token.text)
    return "".join(t.text if isinstance(t, Literal) else f"{{{t.name}}}" for t in kept), kept


def _has_slot(tokens: Sequence[Token]) -> bool:
    return any(isinstance(token, SlotUse) for token in tokens)


def _blocks(names: list[Hashable], words: list[str]) -> list[tuple[int, int, int, int]]:
    """Return stretches that are equal, and between them stretches that are not."""
    blocks = [
        (b.a, b.a + b.size, b.b, b.b + b.size)
        for b in Indel.opcodes(names, words).as_matching_blocks()
    ]
    fences = [(0, 0, 0, 0), *blocks]
    result: list[tuple[int, int, int, int]] = []
    for before, block in pairwise(fences):
        if before[1] < block[0] or before[3] < block[2]:
            result.append((before[1], block[0], before[3], block[2]))
        if block[0] < block[1]:
            result.append(block)
    return result


def _split(
    pieces: Sequence[_Piece], words: list[str], slots: Mapping[str, Slot]
) -> Iterator[Stretch]:
    """Yield a stretch whole, or values at its beginning apart from what differs."""
    wanted, said = _text_of(pieces), " ".join(words)
    values = _values_of(pieces, said, slots)
    if values is not None:
        yield Stretch(True, wanted, said, values)
        return
    for upto, until in _cuts(len(pieces), len(words)):
        beginning = " ".join(words[:until])
        values = _values_of(pieces[:upto], beginning, slots)
        if values:
            yield Stretch(True, _text_of(pieces[:upto]), beginning, values)
            yield Stretch(False, _text_of(pieces[upto:]), " ".join(words[until:]))
            return
    yield Stretch(False, wanted, said)


def _cuts(pieces: int, words: int) -> Iterator[tuple[int, int]]:
    """Yield where a short stretch may be cut in two, the longest beginnings first."""
    if pieces * words <= _MAX_CUTS:
        yield from sorted(product(range(1, pieces + 1), range(1, words + 1)), reverse=True)


def _text_of(pieces: Sequence[_Piece]) -> str:
    return " ".join(text for text, _ in pieces)


def _values_of(
    pieces: Sequence[_Piece], said: str, slots: Mapping[str, Slot]
) -> Mapping[str, str] | None:
    """Return the values of the slots where words say the same as the pieces, None where not."""
    if not any(_has_slot(tokens) for _, tokens in pieces):
        return {} if said == _text_of(pieces) else None
    merged: list[Token] = []
    for place, (text, tokens) in enumerate(pieces):
        blank = (Literal(" "),) if place else ()
        for token in (*blank, *(tokens or (Literal(text),))):
            last = merged[-1] if merged else None
            if isinstance(token, Literal) and isinstance(last, Literal):
                merged[-1] = Literal(last.text + token.text)
            else:
                merged.append(token)
    part = compile_tokens(tuple(merged), slots)
    return next(part.fits(said, {}, Budget(200)), None)


def _change(wanted: str, said: str) -> str:
    minus = f"[-{wanted}-]" if wanted else ""
    return minus + (f"{{+{visible(said)}+}}" if said else "")


def _shorten(parts: list[tuple[bool, str]]) -> str:
    shown = []
    for place, (same, text) in enumerate(parts):
        words = text.split(" ")
        if same and len(words) > 2 * _CONTEXT_WORDS + 1:
            head = words[:_CONTEXT_WORDS] if place else []
            tail = words[-_CONTEXT_WORDS:] if place < len(parts) - 1 else []
            shown.append(" ".join([*head, "…", *tail]))
        else:
            shown.append(text)
    difference = " ".join(shown)
    if len(difference) <= MAX_DIFFERENCE:
        return difference
    return difference[: MAX_DIFFERENCE - 1] + "…"
