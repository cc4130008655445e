"""A template that messages suggest, with everything that people need to say yes or no to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from filter.learning.anatomy import Block, Fixed, Hole, Piece
from filter.learning.links import LinkPlace, find_places
from filter.learning.refine import Found, Outlier
from filter.learning.seen import HTML, PREHEADER, SUBJECT, TEXT, Seen
from filter.learning.support import spare_of
from filter.message import Channel
from filter.ruleset import Slot, SlotType

_MOST_ALTS = 20
_MOST_SENDERS = 12
_SENDER_SHARE = 0.1  # of the messages of the most frequent one
_SAMPLES = 3


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something to look at. With ``blocks`` nobody accepts the proposal in bulk."""

    code: str
    text: str
    blocks: bool = True


@dataclass(frozen=True, slots=True)
class Filling:
    """One message as the template would say it: None where it has no such text."""

    subject: str | None
    text: str | None
    html: str | None


@dataclass(frozen=True, slots=True)
class Template:
    """What would be approved. All texts are patterns."""

    id: str
    channel: Channel
    senders: tuple[tuple[str, str], ...]  # display name and address
    subjects: tuple[str, ...]
    texts: tuple[str, ...]
    htmls: tuple[str, ...]  # empty: as the texts
    preheaders: tuple[str, ...]
    slots: tuple[Slot, ...]
    places: tuple[LinkPlace, ...]
    alts: tuple[str, ...]
    pictures: tuple[int, int]  # fewest, most


@dataclass(frozen=True, slots=True)
class Proposal:
    """A template with its evidence. ``samples`` are values of slots as messages had them.

    ``count`` is how many messages it takes; ``newly`` how many of them the rules in force hold.
    """

    template: Template
    count: int
    newly: int
    recipients: int
    days: int | None
    first: datetime | None
    last: datetime | None
    samples: tuple[Mapping[str, str], ...]
    plain: Filling
    widest: Filling
    outliers: tuple[Outlier, ...]
    outlier_count: int
    doubts: tuple[Doubt, ...] = ()
    messages: tuple[Seen, ...] = field(default=(), repr=False)

    @property
    def in_bulk(self) -> bool:
        """Whether it may be accepted with others, without a look at it."""
        return not any(doubt.blocks for doubt in self.doubts)


@dataclass(slots=True)
class Evidence:
    """A template that was found and all messages that it takes, with the values of its slots."""

    found: Found
    messages: list[Seen]
    values: list[Mapping[str, str]]
    patterns: dict[str, tuple[str, ...]]

    def of_slot(self, name: str) -> list[str]:
        """Return the values of a slot, of all messages that have one."""
        return [values[name] for values in self.values if name in values]


def evidence_of(found: Found) -> Evidence:
    """Return a template with the messages that it was found by."""
    names = {column: slot.name for column, slot in found.slots.items()}
    values: list[Mapping[str, str]] = []
    for place in range(len(found.messages)):
        own = {
            name: value
            for column, name in names.items()
            if (value := found.columns[column][place]) is not None
        }
        values.append(own)
    return Evidence(found, list(found.messages), values, patterns_of(found))


def patterns_of(found: Found) -> dict[str, tuple[str, ...]]:
    """Return the patterns of a template by kind of text, each once."""
    patterns: dict[str, dict[str, None]] = {}
    for wording in found.wordings:
        text = "".join(_written(found, wording.pieces)).strip()
        patterns.setdefault(wording.kind, {})[text] = None
    return {kind: tuple(texts) for kind, texts in patterns.items()}


def _written(found: Found, pieces: Sequence[Piece]) -> Iterator[str]:
    for piece in pieces:
        match piece:
            case Fixed(text):
                yield text.replace("{", "{{").replace("}", "}}")
            case Hole(column):
                yield f"{{{found.slots[column].name}}}"
            case Block(column, body):
                yield f"{{#maybe {found.blocks[column]}}}"
                yield from _written(found, body)
                yield "{#end}"


def filled(found: Found, values: Mapping[str, str]) -> Filling:
    """Return one message, every block of it there."""
    texts: dict[str, str] = {}
    for wording in found.wordings:
        said = " ".join("".join(_said(found, wording.pieces, values)).split())
        texts.setdefault(wording.kind, said)
    html = texts.get(HTML)
    return Filling(texts.get(SUBJECT), texts.get(TEXT), html)


def _said(found: Found, pieces: Sequence[Piece], values: Mapping[str, str]) -> Iterator[str]:
    for piece in pieces:
        match piece:
            case Fixed(text):
                yield text
            case Hole(column):
                yield values[found.slots[column].name]
            case Block(_, body):
                yield from _said(found, body, values)


def template_of(evidence: Evidence, name: str) -> tuple[Template, list[Doubt]]:
    """Return what would be approved, and doubts about what has no place in it."""
    found = evidence.found
    patterns = evidence.patterns
    used = [slot for _, slot in sorted(found.slots.items())]
    contacts = frozenset(
        slot.name
        for slot in used
        if slot.type in (SlotType.EMAIL, SlotType.PHONE, SlotType.PATTERN)
    )
    links = find_places([one.links for one in evidence.messages], evidence.values, contacts)
    alts, doubts = _alts(evidence)
    senders, more = _senders(evidence)
    htmls = patterns.get(HTML, ())
    texts = patterns.get(TEXT, ())
    pictures = [one.pictures for one in evidence.messages]
    doubts += [
        Doubt("link.unreadable", f"a link is not in plain spelling: {url[:80]}")
        for url in links.unreadable[:3]
    ]
    template = Template(
        id=name,
        channel=evidence.messages[0].channel,
        senders=senders,
        subjects=patterns.get(SUBJECT, ()),
        texts=texts,
        htmls=() if set(htmls) == set(texts) else htmls,
        preheaders=patterns.get(PREHEADER, ()),
        slots=tuple(used),
        places=links.places,
        alts=alts,
        pictures=(min(pictures), max(pictures)),
    )
    return template, [*doubts, *more]


def _senders(evidence: Evidence) -> tuple[tuple[tuple[str, str], ...], list[Doubt]]:
    counts = Counter((one.name, one.sender) for one in evidence.messages)
    ordered = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    least = max(ordered[0][1] * _SENDER_SHARE, 1)
    kept = [sender for sender, count in ordered if count >= least][:_MOST_SENDERS]
    out = len(evidence.messages) - sum(counts[sender] for sender in kept)
    doubts = []
    if out:
        doubts.append(
            Doubt(
                "sender.rare",
                f"{out} messages of rarer senders or display names would still be held",
                blocks=out > len(evidence.messages) / 20,
            )
        )
    if len(counts) > _MOST_SENDERS:
        doubts.append(
            Doubt("sender.many", f"{len(counts)} senders or display names; is the name a slot?")
        )
    return tuple(kept), doubts


def _alts(evidence: Evidence) -> tuple[tuple[str, ...], list[Doubt]]:
    counts = Counter(alt for one in evidence.messages for alt in one.alts)
    spare = spare_of(len(evidence.messages))
    kept = {alt.replace("{", "{{").replace("}", "}}") for alt in counts if counts[alt] > spare}
    rare = 0
    for one, values in zip(evidence.messages, evidence.values, strict=True):
        for alt in one.alts:
            if counts[alt] > spare:
                continue
            slot = next((name for name, value in sorted(values.items()) if value == alt), None)
            if slot is None:
                rare += 1
            else:
                kept.add(f"{{{slot}}}")
    doubts = []
    if rare or len(kept) > _MOST_ALTS:
        doubts.append(
            Doubt("picture.texts", f"{rare} alternative texts of pictures are not the usual ones")
        )
    return tuple(sorted(kept)[:_MOST_ALTS]), doubts


def samples_of(evidence: Evidence) -> tuple[Mapping[str, str], ...]:
    """Return a few different sets of values, the same for the same messages."""
    different = {tuple(sorted(values.items())): values for values in evidence.values}
    ordered = [different[key] for key in sorted(different)]
    step = max(1, len(ordered) // _SAMPLES)
    return tuple(ordered[::step][:_SAMPLES])


def days_of(messages: Iterable[Seen]) -> int | None:
    """Return on how many days they were sent, None where nobody knows."""
    days = {one.at.date() for one in messages if one.at is not None}
    return len(days) or None
