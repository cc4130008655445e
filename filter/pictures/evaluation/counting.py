"""Recall and false matches, counted from what was seen of dressed and of innocent pictures."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from filter.pictures.evaluation.dress import Dress, Group
from filter.pictures.evaluation.matching import MOST_BITS, Pairing

GOALS: Mapping[Group, float] = {Group.EASY: 0.99, Group.GEOMETRIC: 0.95, Group.EMBEDDED: 0.85}
FALSE_GOAL = 1e-6  # false matches a pair of different pictures


@dataclass(frozen=True, slots=True)
class Look:
    """What one file showed. ``picture`` is known as ``own``, unless it is an innocent one."""

    picture: str
    kind: str  # the folder it came from: "photographs", "graphics", ""
    dress: str = ""  # "" as it is
    own: str = ""
    pairings: tuple[Pairing, ...] = ()
    troubles: tuple[str, ...] = ()

    def is_known(self, bits: int) -> bool:
        """Return whether the picture is known for itself at this limit."""
        return any(p.known == self.own and p.bits <= bits for p in self.pairings)


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    part: int
    whole: int

    @property
    def value(self) -> float | None:
        """Return the quotient, None of nothing."""
        return self.part / self.whole if self.whole else None


@dataclass(frozen=True, slots=True)
class FalseMatch:
    """A picture that was taken for another one, known as ``pairing.known``."""

    picture: str
    kind: str
    known_kind: str
    dress: str
    pairing: Pairing


@dataclass(frozen=True)
class Tally:
    """Everything that was seen. ``kinds`` has the folder of each known picture, by its id."""

    looks: Sequence[Look]
    dresses: Mapping[str, Dress]
    kinds: Mapping[str, str]
    false_matches: tuple[FalseMatch, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Collect what was mistaken, nearest first."""
        mistaken = [
            FalseMatch(look.picture, look.kind, self.kinds[p.known], look.dress, p)
            for look in self.looks
            for p in look.pairings
            if p.known != look.own
        ]
        mistaken.sort(key=lambda m: (m.pairing.bits, m.picture, m.dress, m.pairing.known))
        object.__setattr__(self, "false_matches", tuple(mistaken))

    def recall(self, bits: int, dresses: Collection[str], kind: str | None = None) -> Share:
        """Return how many pictures are known in these dresses."""
        chosen = [
            look for look in self.looks if look.dress in dresses and kind in {None, look.kind}
        ]
        return Share(sum(look.is_known(bits) for look in chosen), len(chosen))

    def group(self, group: Group) -> frozenset[str]:
        """Return the names of a group's dresses."""
        return frozenset(name for name, dress in self.dresses.items() if dress.group is group)

    def group_recall(self, bits: int, group: Group, kind: str | None = None) -> Share:
        """Return the recall over all dresses of a group."""
        return self.recall(bits, self.group(group), kind)

    def missed(self, bits: int, dress: str) -> Iterator[Look]:
        """Yield the looks at a dress in which the picture was not known."""
        return (look for look in self.looks if look.dress == dress and not look.is_known(bits))

    def mistaken(self, bits: int, *, dressed: bool | None = None) -> Share:
        """Return how many pairs of different pictures are taken for the same."""
        return Share(
            sum(
                m.pairing.bits <= bits and dressed in {None, bool(m.dress)}
                for m in self.false_matches
            ),
            sum(self.pairs(dressed=dressed).values()),
        )

    def mistaken_by_kind(self, bits: int) -> dict[tuple[str, str, bool], Share]:
        """Return the same, by folder of the picture, of the known one, and whether dressed."""
        counts = dict.fromkeys(sorted(self.pairs()), 0)
        for m in self.false_matches:
            if m.pairing.bits <= bits:
                counts[m.kind, m.known_kind, bool(m.dress)] += 1
        pairs = self.pairs()
        return {key: Share(count, pairs[key]) for key, count in counts.items()}

    def pairs(self, *, dressed: bool | None = None) -> dict[tuple[str, str, bool], int]:
        """Return how many pairs of different pictures were compared, keyed as above."""
        banked: dict[str, int] = {}
        for kind in self.kinds.values():
            banked[kind] = banked.get(kind, 0) + 1
        counts: dict[tuple[str, str, bool], int] = {}
        for look in self.looks:
            if dressed is not None and bool(look.dress) is not dressed:
                continue
            for kind, number in banked.items():
                others = number - (1 if look.own and self.kinds[look.own] == kind else 0)
                key = (look.kind, kind, bool(look.dress))
                if others:
                    counts[key] = counts.get(key, 0) + others
        return counts

    def recall_at(self, limits: Mapping[str, int], bits: int, group: Group) -> Share:
        """Return a group's recall when known pictures have limits of their own, by their ids."""
        names = self.group(group)
        chosen = [look for look in self.looks if look.dress in names]
        return Share(sum(look.is_known(limits.get(look.own, bits)) for look in chosen), len(chosen))

    def smaller_limits(self, bits: int) -> dict[str, int]:
        """Return the known pictures that are mistaken at this limit, and the largest at which none.

        -1 for one that is mistaken at every limit.
        """
        limits: dict[str, int] = {}
        for m in self.false_matches:
            if m.pairing.bits <= bits:
                limits.setdefault(m.pairing.known, m.pairing.bits - 1)
        return limits

    def safest_bits(self) -> int:
        """Return the largest limit that was tried at which nothing is mistaken; -1: there is none.

        At -1 even other measures than the limit mistake something.
        """
        if not self.false_matches:
            return MOST_BITS
        return self.false_matches[0].pairing.bits - 1


def limits_to_try(marked: Iterable[int], step: int = 4, least: int = 20) -> list[int]:
    """Return the limits of the table: a ladder, and those that somebody asks about."""
    return sorted({*range(least, MOST_BITS + 1, step), *(b for b in marked if 0 <= b <= MOST_BITS)})
