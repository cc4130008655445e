"""What is fixed in alike texts, and what stands between? Words by alignment, then their edges.

The words that (nearly) all texts have in the same order are fixed. Between two of them lies a gap:
empty in some texts, it is a block that may stand there or not; otherwise it is one slot or
several. A text that lacks a fixed word, or whose value is odd, is left out and listed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from filter.learning.alignment import Lexicon, likeness, matches
from filter.learning.support import Stamp, spare_of
from filter.learning.values import NARROW, type_values
from filter.learning.words import CURRENCIES, split
from filter.ruleset import SlotType

Row: TypeAlias = tuple[str, ...] | None  # words of one text; None where the block is missing

_ALIGNED = 240  # texts by which words are found to be fixed
_CANDIDATES, _JURY = 12, 30  # for the text that stands for all
_MOST_PARTS = 4  # slots side by side in one gap
_BLOCK_EACH = 5  # texts with it, and as many without, before a block is one
_DEPTH = 3
_SEPARATORS = (" (", "), ", " - ", " \u2013 ", " · ", " / ", ": ", ", ", "#", "/", "-")
# What is not looked into any further; a code or a pattern may begin with the same letters always.
_WHOLE = NARROW - {SlotType.CODE, SlotType.PATTERN}
_UNSPLIT = NARROW | {SlotType.NAME}
_EDGE_SIGNS = re.compile(r"[^\w+$€£¥₹-]")
_DIGIT = re.compile(r"[0-9]")
_BOUNDARY = re.compile(r"(?<=[^\W\d_])(?=[0-9])|(?<=[^\w\s])(?=.)")


@dataclass(frozen=True, slots=True)
class Fixed:
    """Text that stands exactly so, blanks at its ends included."""

    text: str


@dataclass(frozen=True, slots=True)
class Hole:
    """A slot: which column of values it has."""

    column: int


@dataclass(frozen=True, slots=True)
class Block:
    """Pieces that stand in some texts; the column says in which ("1" or "")."""

    column: int
    body: tuple[Piece, ...]


Piece: TypeAlias = Fixed | Hole | Block


@dataclass(slots=True)
class Anatomy:
    """All texts of one cluster taken apart. ``columns`` have one value a message, or None.

    ``odd`` are the places of messages that do not fit. ``presence`` says which columns only tell
    whether a block is there.
    """

    columns: list[list[str | None]] = field(default_factory=list)
    odd: set[int] = field(default_factory=set)
    presence: set[int] = field(default_factory=set)


def dissect(
    rows: Sequence[Row], stamps: Sequence[Stamp], anatomy: Anatomy, depth: int = 0
) -> tuple[Piece, ...]:
    """Return the pieces of texts, and add their columns to the anatomy."""
    places = [place for place, row in enumerate(rows) if row is not None]
    masked = {place: tuple(map(mask, rows[place] or ())) for place in places}
    fixed = _fixed_words([masked[place] for place in places])
    gaps: list[dict[int, tuple[str, ...]]] = [{} for _ in range(len(fixed) + 1)]
    anchors: list[dict[int, tuple[str, ...]]] = [{} for _ in fixed]
    for place in places:
        row = rows[place] or ()
        pairs = matches(fixed, masked[place])
        if len(pairs) < len(fixed):
            anatomy.odd.add(place)
            continue
        before = 0
        for number, (_, at) in enumerate(pairs):
            gaps[number][place] = row[before:at]
            anchors[number][place] = row[at : at + 1]
            before = at + 1
        gaps[len(fixed)][place] = row[before:]
    pieces: list[Piece] = []
    for number, gap in enumerate(gaps):
        first, last = number == 0, number == len(fixed)
        edges = _Edges(before=not first, after=not last)
        inner = _gap_pieces(gap, _Scope(len(rows), stamps, anatomy, depth), edges)
        pieces += inner or ([_BLANK] if not first and not last else [])
        if not last:
            pieces += _anchor_pieces(fixed[number], anchors[number], len(rows), stamps, anatomy)
    return _joined(pieces)


def _anchor_pieces(
    word: str,
    said: dict[int, tuple[str, ...]],
    count: int,
    stamps: Sequence[Stamp],
    anatomy: Anatomy,
) -> list[Piece]:
    """Return a word that all texts have, or the slot where all of them have digits."""
    if _MASK not in word:
        return [Fixed(word)]
    (most, often), *others = Counter(words[0] for words in said.values()).most_common(2)
    if not others or len(said) - often <= spare_of(len(said)):
        anatomy.odd.update(place for place, words in said.items() if words[0] != most)
        return [Fixed(most)]
    return _leaf(said, count, stamps, anatomy)


_MASK = "\x00"  # stands in no text
_CORE = re.compile(r"[\w+$€£¥₹](?:.*\w)?")


def mask(word: str) -> str:
    """Return a word as it is aligned: what has digits in it may be anything, but for its edges."""
    return _CORE.sub(_MASK, word, count=1) if _DIGIT.search(word) else word


_BLANK = Fixed(" ")


def _joined(pieces: Sequence[Piece]) -> tuple[Piece, ...]:
    """Return the pieces with neighbouring fixed texts as one."""
    joined: list[Piece] = []
    for piece in pieces:
        last = joined[-1] if joined else None
        if isinstance(piece, Fixed) and isinstance(last, Fixed):
            joined[-1] = Fixed(last.text + piece.text)
        else:
            joined.append(piece)
    return tuple(joined)


def _fixed_words(rows: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    if not rows:
        return ()
    step = max(1, len(rows) // _ALIGNED)
    some = rows[::step]
    lexicon = Lexicon()
    codes = [lexicon.encode(row) for row in some]
    candidates = range(0, len(some), max(1, len(some) // _CANDIDATES))
    jury = range(0, len(some), max(1, len(some) // _JURY))
    best = max(
        candidates,
        key=lambda one: (sum(likeness(codes[one], codes[other]) for other in jury), -one),
    )
    leader = some[best]
    counts: Counter[int] = Counter()
    for row in some:
        counts.update(at for at, _ in matches(leader, row))
    needed = len(some) - spare_of(len(some))
    return tuple(word for at, word in enumerate(leader) if counts[at] >= needed)


@dataclass(frozen=True, slots=True)
class _Scope:
    """What stays the same in one text: how many messages, when sent, what was found, how deep."""

    count: int
    stamps: Sequence[Stamp]
    anatomy: Anatomy
    depth: int


@dataclass(frozen=True, slots=True)
class _Edges:
    """Whether there is a word before a gap, and one behind it."""

    before: bool
    after: bool

    def around(self, body: Sequence[Piece]) -> list[Piece]:
        """Return pieces with the blanks that part them from those words."""
        return [*([_BLANK] if self.before else []), *body, *([_BLANK] if self.after else [])]


def _gap_pieces(gap: dict[int, tuple[str, ...]], scope: _Scope, edges: _Edges) -> list[Piece]:
    anatomy = scope.anatomy
    filled = {place: words for place, words in gap.items() if words}
    empty = {place for place in gap if place not in filled}
    spare = spare_of(len(gap))
    # What is too rare to tell a block from an odd text is left out.
    if len(filled) <= spare or len(filled) < min(_BLOCK_EACH, len(empty)):
        anatomy.odd.update(filled)
        return []
    if len(empty) <= spare or len(empty) < _BLOCK_EACH:
        anatomy.odd.update(empty)
        return edges.around(_leaf(filled, scope.count, scope.stamps, anatomy))
    column = _add_column(
        anatomy,
        ["1" if p in filled else "" if p in gap else None for p in range(scope.count)],
    )
    anatomy.presence.add(column)
    inner: Sequence[Row] = [filled.get(place) for place in range(scope.count)]
    if scope.depth < _DEPTH:
        body = list(dissect(inner, scope.stamps, anatomy, scope.depth + 1))
    else:
        body = _leaf(filled, scope.count, scope.stamps, anatomy)
    # "A {#maybe}x {#end}B": the blank goes with the block.
    if edges.after:
        lead: list[Piece] = [_BLANK] if edges.before else []
        return [*lead, Block(column, _joined([*body, _BLANK]))]
    return [Block(column, _joined(edges.around(body)))]


def _add_column(anatomy: Anatomy, column: list[str | None]) -> int:
    anatomy.columns.append(column)
    return len(anatomy.columns) - 1


def _leaf(
    filled: dict[int, tuple[str, ...]], count: int, stamps: Sequence[Stamp], anatomy: Anatomy
) -> list[Piece]:
    """Return the slots of a gap that always has something in it."""
    values = [" ".join(filled[place]) if place in filled else None for place in range(count)]
    return _slots_of(values, stamps, anatomy, 0)


def _slots_of(
    values: list[str | None], stamps: Sequence[Stamp], anatomy: Anatomy, depth: int
) -> list[Piece]:
    """Return the slots of a stretch: one, or several where that says more of what they hold."""
    lead, trail, values = _without_edges(values, anatomy)
    inner = _split_up(values, stamps, anatomy, depth)
    return [*([Fixed(lead)] if lead else []), *inner, *([Fixed(trail)] if trail else [])]


def _split_up(
    values: list[str | None], stamps: Sequence[Stamp], anatomy: Anatomy, depth: int
) -> list[Piece]:
    typed = type_values(values, stamps)
    kind = typed.slot.type if typed else SlotType.TEXT
    if kind in _WHOLE:
        return [Hole(_add_column(anatomy, values))]
    head = _common_head(values)
    if head:
        return [Fixed(head), *_split_up(_without(values, head), stamps, anatomy, depth)]
    if kind not in _UNSPLIT and depth < _DEPTH:
        for parts, between in _partings(values):
            if all(
                v is None or v.strip() == v != "" for part in parts for v in part
            ) and _says_more(parts, stamps):
                pieces: list[Piece] = []
                for number, part in enumerate(parts):
                    pieces += [Fixed(between)] if number else []
                    pieces += _slots_of(part, stamps, anatomy, depth + 1)
                return pieces
    return [Hole(_add_column(anatomy, values))]


def _partings(values: Sequence[str | None]) -> Iterator[tuple[list[list[str | None]], str]]:
    """Yield ways to cut all values alike, and what stands at the cuts."""
    cut = [split(value) if value is not None else None for value in values]
    widths = {len(words) for words in cut if words is not None}
    if len(widths) == 1 and 1 < (width := widths.pop()) <= _MOST_PARTS:
        yield [[w[at] if w is not None else None for w in cut] for at in range(width)], " "
    if all(words is None or len(words) > 1 for words in cut):
        first = [w[0] if w is not None else None for w in cut]
        rest = [" ".join(w[1:]) if w is not None else None for w in cut]
        yield [first, rest], " "
        last = [w[-1] if w is not None else None for w in cut]
        rest = [" ".join(w[:-1]) if w is not None else None for w in cut]
        yield [rest, last], " "
    for sign in _SEPARATORS:
        if all(value is None or value.strip(sign).count(sign) == 1 for value in values):
            halves = [v.partition(sign) if v is not None else None for v in values]
            left = [h[0] if h is not None else None for h in halves]
            right = [h[2] if h is not None else None for h in halves]
            if all(left[i] and right[i] for i, v in enumerate(values) if v is not None):
                yield [left, right], sign


def _says_more(parts: Sequence[list[str | None]], stamps: Sequence[Stamp]) -> bool:
    """Return whether at least one part is narrow and none is free text."""
    kinds = []
    for part in parts:
        typed = type_values(part, stamps)
        if typed is None or typed.slot.type in (SlotType.TEXT, SlotType.URL):
            return False
        kinds.append(typed.slot.type)
    return any(kind in NARROW and kind is not SlotType.CHOICE for kind in kinds)


def _without_edges(values: list[str | None], anatomy: Anatomy) -> tuple[str, str, list[str | None]]:
    """Return signs that all values begin and end with, and the values without them."""
    lead = trail = ""
    while sign := _edge_sign(values, 0):
        lead += sign
        values = _drop(values, anatomy, sign, at_start=True)
    while sign := _edge_sign(values, -1):
        trail = sign + trail
        values = _drop(values, anatomy, sign, at_start=False)
    return lead, trail, values


def _edge_sign(values: Sequence[str | None], at: int) -> str:
    known = [value for value in values if value]
    if not known or any(len(value) < 2 for value in known):  # noqa: PLR2004 - nothing would be left
        return ""
    sign, count = Counter(value[at] for value in known).most_common(1)[0]
    few = len(known) - count > spare_of(len(known))
    return "" if few or _EDGE_SIGNS.fullmatch(sign) is None else sign


def _drop(
    values: Sequence[str | None], anatomy: Anatomy, sign: str, *, at_start: bool
) -> list[str | None]:
    """Return the values without a sign at one end; the messages of those that lack it are odd."""
    changed: list[str | None] = []
    for place, value in enumerate(values):
        if value is None:
            changed.append(None)
            continue
        rest = value.removeprefix(sign) if at_start else value.removesuffix(sign)
        if rest == value or not rest:
            anatomy.odd.add(place)
            changed.append(None)
        else:
            changed.append(rest)
    return changed


def _common_head(values: Sequence[str | None]) -> str:
    """Return the words or letters that all values begin with, up to where something else may."""
    known = [value for value in values if value is not None]
    if len(set(known)) < 2:  # noqa: PLR2004 - one value is no evidence
        return ""
    least, most = min(known), max(known)
    same = (at for at, (one, other) in enumerate(zip(least, most, strict=False)) if one != other)
    head = least[: next(same, min(len(least), len(most)))]
    ends = [one.start() for one in _BOUNDARY.finditer(head + "0") if one.start() <= len(head)]
    while ends:
        beginning = head[: ends.pop()]
        is_word = any(c.isalpha() for c in beginning) and beginning not in CURRENCIES
        if is_word and all(len(value) > len(beginning) for value in known):
            return beginning
    return ""


def _without(values: Sequence[str | None], head: str) -> list[str | None]:
    return [value[len(head) :] if value is not None else None for value in values]
