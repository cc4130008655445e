"""From alike messages to wordings with typed slots: taken apart, split, and what is odd left out.

What is one template and what are two is decided so: a place with a few frequent values is a slot
of type choice; where two such places always change together (another word in the subject and
another sentence below) they are templates of their own, because a choice would also pass the
mixture that nobody ever sent. So are texts between which whole sentences differ.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from filter.learning.anatomy import Anatomy, Block, Fixed, Hole, Piece, dissect, mask
from filter.learning.clusters import group_alike
from filter.learning.naming import name_columns
from filter.learning.seen import Seen
from filter.learning.support import Stamp, spare_of
from filter.learning.values import Typed, type_values
from filter.learning.words import split
from filter.ruleset import Slot, SlotType

_DEPTH = 4  # times that a cluster is split again
_ROUNDS = 3  # times that odd messages are left out and the rest taken apart again
_PART_EACH = 5  # messages of each part, or a cluster stays whole
_FEW = 6  # values by which a cluster is split
_KINDS_SHARE = 0.95  # of the messages that sentences of their own must cover
_KINDS = 12
_KIND_WORDS = 2  # that all its texts have
MOST_OUTLIERS = 20  # that are kept to be shown


@dataclass(frozen=True, slots=True)
class Wording:
    """One text of a template, taken apart; holes and blocks name their columns."""

    kind: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Outlier:
    """A message left out because a slot does not take its value."""

    seen: Seen
    slot: str
    value: str


@dataclass(frozen=True, slots=True)
class Found:
    """One template as the messages show it.

    ``columns`` hold one value a message, None where it has none; ``slots`` and ``blocks`` name the
    columns that are slots, and those that say whether a block is there.
    """

    messages: tuple[Seen, ...]
    wordings: tuple[Wording, ...]
    columns: tuple[tuple[str | None, ...], ...]
    slots: dict[int, Slot]
    blocks: dict[int, str]
    outliers: tuple[Outlier, ...] = ()
    outlier_count: int = 0


def refine(messages: Sequence[Seen], depth: int = 0) -> tuple[list[Found], list[Seen]]:
    """Return the templates of alike messages, and the messages that fit none of them."""
    rows = list(messages)
    left: list[Seen] = []
    outliers: list[Outlier] = []
    count = 0
    for number in range(_ROUNDS):
        if not rows:
            return [], left
        taken = _take_apart(rows)
        parts = _parts_of(taken, rows) if depth < _DEPTH else []
        if parts:
            found: list[Found] = []
            for part in parts:
                more, rest = refine([rows[place] for place in part], depth + 1)
                found += more
                left += rest
            inside = {place for part in parts for place in part}
            left += [one for place, one in enumerate(rows) if place not in inside]
            return found, left
        refused = {place for places in taken.refused.values() for place in places}
        odd = taken.anatomy.odd | refused
        if not odd:
            return [_found(taken, rows, outliers, count)], left
        names = name_columns(taken.wordings, taken.slots)
        for column, places in sorted(taken.refused.items()):
            for place in places:
                value = taken.anatomy.columns[column][place]
                if place not in taken.anatomy.odd and value is not None:
                    count += 1
                    if len(outliers) < MOST_OUTLIERS:
                        outliers.append(Outlier(rows[place], names[column], value))
        left += [rows[place] for place in sorted(taken.anatomy.odd)]
        rows = [one for place, one in enumerate(rows) if place not in odd]
        del number
    return [], [*left, *rows]


@dataclass(slots=True)
class _Taken:
    """Messages taken apart; ``same`` leads from each column to the one that has its values."""

    anatomy: Anatomy
    wordings: list[Wording]
    same: dict[int, int]
    slots: dict[int, Slot]
    refused: dict[int, tuple[int, ...]]
    hopeless: bool = False


def _take_apart(rows: Sequence[Seen]) -> _Taken:
    stamps = [Stamp(one.at, one.client) for one in rows]
    anatomy = Anatomy()
    wordings = []
    done: dict[tuple[str, ...], tuple[Piece, ...]] = {}
    for number, surface in enumerate(rows[0].surfaces):
        texts = tuple(one.surfaces[number].text for one in rows)
        pieces = done.get(texts)
        if pieces is None:
            pieces = done[texts] = dissect([split(text) for text in texts], stamps, anatomy)
        wordings.append(Wording(surface.kind, pieces))
    same = _same_columns(anatomy)
    wordings = [replace(one, pieces=_renamed(one.pieces, same)) for one in wordings]
    slots: dict[int, Slot] = {}
    refused: dict[int, tuple[int, ...]] = {}
    hopeless = False
    for column in sorted(set(same.values()) - anatomy.presence):
        values = [
            None if place in anatomy.odd else value
            for place, value in enumerate(anatomy.columns[column])
        ]
        if not any(value is not None for value in values):
            continue
        typed: Typed | None = type_values(values, stamps)
        if typed is None:
            hopeless = True
            refused[column] = tuple(p for p, value in enumerate(values) if value is not None)
            typed = Typed(Slot("slot", SlotType.TEXT, max_length=1))
        slots[column] = typed.slot
        if typed.refused and not hopeless:
            refused[column] = typed.refused
    return _Taken(anatomy, wordings, same, slots, refused, hopeless)


def _same_columns(anatomy: Anatomy) -> dict[int, int]:
    """Return for each column the first one with the same values in all messages that fit."""
    first: dict[tuple[str | None, ...], int] = {}
    same = {}
    for number, column in enumerate(anatomy.columns):
        kept = tuple(None if place in anatomy.odd else value for place, value in enumerate(column))
        mark = ("block" if number in anatomy.presence else None, *kept)
        same[number] = first.setdefault(mark, number)
    return same


def _renamed(pieces: Sequence[Piece], same: dict[int, int]) -> tuple[Piece, ...]:
    renamed: list[Piece] = []
    for piece in pieces:
        match piece:
            case Fixed():
                renamed.append(piece)
            case Hole(column):
                renamed.append(Hole(same[column]))
            case Block(column, body):
                renamed.append(Block(same[column], _renamed(body, same)))
    return tuple(renamed)


# --- one template, or several?


def _parts_of(taken: _Taken, rows: Sequence[Seen]) -> list[list[int]]:
    """Return the places of messages in parts that are templates of their own; [] for none."""
    by = _dependent_column(taken, len(rows))
    if by is not None:
        return _parts_by(list(taken.anatomy.columns[by]), taken.anatomy.odd)
    for column, slot in taken.slots.items():
        if slot.type in (SlotType.WORDS, SlotType.TEXT):
            parts = _kinds_of(taken.anatomy.columns[column], taken.anatomy.odd)
            if parts:
                return parts
    return []


def _parts_by(values: Sequence[str | None], odd: set[int]) -> list[list[int]]:
    parts: dict[str | None, list[int]] = defaultdict(list)
    for place, value in enumerate(values):
        if place not in odd:
            parts[value].append(place)
    large = [part for part in parts.values() if len(part) >= _PART_EACH]
    return large if len(large) > 1 else []


def _dependent_column(taken: _Taken, count: int) -> int | None:
    """Return a column of few values that always changes together with another one."""
    few: dict[int, tuple[str | None, ...]] = {}
    for column in sorted(set(taken.same.values())):
        values = taken.anatomy.columns[column]
        kept = tuple(v for place, v in enumerate(values) if place not in taken.anatomy.odd)
        is_choice = column in taken.slots and taken.slots[column].type is SlotType.CHOICE
        if (is_choice or column in taken.anatomy.presence) and 1 < len(set(kept)) <= _FEW:
            few[column] = kept
    for one, other in combinations(sorted(few), 2):
        pairs = Counter(zip(few[one], few[other], strict=True))
        if any(None in pair for pair in pairs):
            continue
        usual = [pair for pair, times in pairs.items() if times > spare_of(count)]
        left, right = {pair[0] for pair in usual}, {pair[1] for pair in usual}
        both = len(usual) == len(left) == len(right) > 1
        blocks = {one, other} & taken.anatomy.presence
        if both:
            return one
        # A block that is there for some of the values only: mixtures were never sent.
        for column, sides in ((one, right), (other, left)):
            if column in blocks and len(usual) == len(sides) > 1:
                return column
    return None


def _kinds_of(values: Sequence[str | None], odd: set[int]) -> list[list[int]]:
    """Return places of texts that are sentences of different kinds."""
    places = [p for p, value in enumerate(values) if value is not None and p not in odd]
    if len(places) < 2 * _PART_EACH:
        return []
    texts = [tuple(map(mask, split(values[place] or ""))) for place in places]
    groups = group_alike(texts, [()] * len(texts))
    least = max(_PART_EACH, len(places) // 50)
    large = [group for group in groups if len(group) >= least]
    covered = sum(map(len, large))
    if not 1 < len(large) <= _KINDS or covered < _KINDS_SHARE * len(places):
        return []
    for group in large:
        common = set.intersection(*(set(texts[one]) for one in group[:: max(1, len(group) // 50)]))
        if len(common) < _KIND_WORDS:
            return []
    return [[places[one] for one in group] for group in large]


def _found(taken: _Taken, rows: Sequence[Seen], outliers: list[Outlier], count: int) -> Found:
    names = name_columns(taken.wordings, taken.slots)
    return Found(
        messages=tuple(rows),
        wordings=tuple(taken.wordings),
        columns=tuple(tuple(column) for column in taken.anatomy.columns),
        slots={column: replace(slot, name=names[column]) for column, slot in taken.slots.items()},
        blocks={column: names[column] for column in names if column not in taken.slots},
        outliers=tuple(outliers),
        outlier_count=count,
    )
