"""Which messages are likely to come from one template? A first cut, refined by ``anatomy``.

As Drain does for log lines (He et al. 2017) messages are parted by what is cheap and sure first,
here sender, parts and elements of the HTML, then compared with one leader of each cluster; unlike
there not position by position, because values have any number of words.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from filter.learning.alignment import Lexicon, likeness
from filter.learning.seen import SUBJECT, Seen
from filter.learning.words import is_value, split
from filter.message import Channel

LEAST_TEXT = 0.66  # of the frequent words of two messages that are equal
LEAST_SUBJECT = 0.3
_SHARE = 0.002  # of the messages of a group that say a word, and at least three: a frequent word
_LEAST = 3
_LEADERS = 24  # that a message is compared with
_KEYS = 12  # rarest frequent words by which leaders are found


@dataclass(slots=True)
class _Leader:
    text: str
    subject: str
    members: list[int] = field(default_factory=list)


def group_of(seen: Seen) -> Hashable:
    """Return what all messages of one template have in common for certain."""
    sender = seen.sender
    if seen.channel is Channel.SMS and sender.lstrip("+").isdigit():
        sender = "a number"  # many numbers send for one service
    return seen.channel, sender, tuple(one.kind for one in seen.surfaces), seen.skeleton


def clusters_of(messages: Sequence[Seen]) -> list[list[Seen]]:
    """Return the messages in clusters, largest first; their order decides, so sort them before."""
    groups: dict[Hashable, list[Seen]] = defaultdict(list)
    for one in messages:
        groups[group_of(one)].append(one)
    found = [cluster for group in groups.values() for cluster in _clusters_of_group(group)]
    return sorted(found, key=len, reverse=True)


def _clusters_of_group(group: list[Seen]) -> Iterable[list[Seen]]:
    texts = [_words_of(one, subject=False) for one in group]
    subjects = [_words_of(one, subject=True) for one in group]
    for members in group_alike(texts, subjects):
        yield [group[place] for place in members]


def _words_of(seen: Seen, *, subject: bool) -> tuple[str, ...]:
    return tuple(
        word
        for one in seen.surfaces
        if (one.kind == SUBJECT) is subject
        for word in split(one.text)
    )


def group_alike(
    texts: Sequence[tuple[str, ...]],
    subjects: Sequence[tuple[str, ...]],
    least: float = LEAST_TEXT,
) -> list[list[int]]:
    """Return the places of alike texts together; a text is alike by its frequent words."""
    frequent = _frequent(texts)
    about = _frequent(subjects)
    lexicon = Lexicon()
    shapes: dict[tuple[str, str], list[int]] = defaultdict(list)
    words_of: dict[tuple[str, str], tuple[str, ...]] = {}
    for place, (text, subject) in enumerate(zip(texts, subjects, strict=True)):
        kept = tuple(word for word in text if word in frequent)
        shape = (
            lexicon.encode(kept),
            lexicon.encode(word for word in subject if word in about),
        )
        shapes[shape].append(place)
        words_of.setdefault(shape, kept)
    leaders: list[_Leader] = []
    index: dict[str, list[int]] = defaultdict(list)
    ordered = sorted(shapes, key=lambda one: (-len(shapes[one]), shapes[one][0]))
    for shape in ordered:
        keys = sorted(set(words_of[shape]), key=lambda word: (frequent[word], word))[:_KEYS]
        best = _nearest(shape, keys, leaders, index, least)
        if best is None:
            best = len(leaders)
            leaders.append(_Leader(*shape))
            for word in dict.fromkeys(words_of[shape]):
                index[word].append(best)
        leaders[best].members += shapes[shape]
    return [sorted(leader.members) for leader in leaders]


def _frequent(texts: Sequence[tuple[str, ...]]) -> Mapping[str, int]:
    counts = Counter(word for text in texts for word in set(text) if not is_value(word))
    least = max(_LEAST, int(_SHARE * len(texts))) if len(texts) >= 2 * _LEAST else 1
    return {word: count for word, count in counts.items() if count >= least}


def _nearest(
    shape: tuple[str, str],
    keys: Sequence[str],
    leaders: Sequence[_Leader],
    index: Mapping[str, list[int]],
    least: float,
) -> int | None:
    if not keys:
        same = [place for place, one in enumerate(leaders) if (one.text, one.subject) == shape]
        return same[0] if same else None
    votes = Counter(place for word in keys for place in index.get(word, ()))
    ranked = sorted(votes.items(), key=lambda one: (-one[1], one[0]))
    best: int | None = None
    score = least
    for place, _ in ranked[:_LEADERS]:
        leader = leaders[place]
        if likeness(shape[1], leader.subject, LEAST_SUBJECT) < LEAST_SUBJECT:
            continue
        alike = likeness(shape[0], leader.text, score)
        if alike > score or (best is None and alike >= score):
            best, score = place, alike
    return best
