"""Could an alternative text, a title or a label change what the text around it says?

Where pictures are blocked, their alternative texts stand in their places; titles are pointed at,
labels are read aloud. What repeats the line or element it belongs to says nothing new.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from filter.reading.text import normalise

BREAK = "\x1e"  # between pieces of text: the end of a line; a text node of it alone is a blank
MAX_OWN_PIECES = 64  # of an element whose own text a label may repeat


class Alt(NamedTuple):
    """The alternative text of a picture that stands before the piece of text ``place``."""

    place: int
    text: str


class Label(NamedTuple):
    """A title or label of an element, and which pieces and alternative texts are inside of it."""

    text: str
    start: int
    end: int
    first_alt: int
    last_alt: int


@dataclass(frozen=True, slots=True)
class Spoken:
    """What must be approved.

    ``between``: in a line with other text, or of an element that says something else: it must be
    listed. ``alone``: nothing stands beside it. ``inside``: in the middle of a word.
    """

    between: tuple[str, ...] = ()
    alone: tuple[str, ...] = ()
    inside: tuple[str, ...] = ()
    blocked: str = ""  # the whole text with pictures blocked, where that could matter


def judge_spoken(
    pieces: Sequence[str], alts: Sequence[Alt], labels: Iterable[Label], runs: Iterable[str]
) -> Spoken:
    """Return what of the alternative texts and labels is more than a repetition.

    ``runs`` are further texts that may be repeated whole, such as the labels of links.
    """
    labels = tuple(labels)
    if not alts and not labels:
        return Spoken()
    lines = list(_lines(pieces, alts))
    repeated = {line.text for line in lines} | set(runs)
    between: list[str] = []
    alone: list[str] = []
    inside: list[str] = []
    for line in lines:
        for alt in line.alts:
            if line.is_alone():
                if alt.text not in repeated:
                    alone.append(alt.text)
                continue
            if alt.text == line.text and len(line.alts) == 1:
                continue  # an icon before the words that it says again
            between.append(alt.text)
            if _is_in_word(pieces, alt.place, line):
                inside.append(alt.text)
    alone += [
        label.text
        for label in labels
        if label.text not in repeated and label.text not in _own(pieces, alts, label)
    ]
    blocked = normalise("".join(_with_alts(pieces, alts))) if between else ""
    return Spoken(
        tuple(dict.fromkeys(between)), tuple(dict.fromkeys(alone)), tuple(inside), blocked
    )


class _Line(NamedTuple):
    start: int
    end: int
    text: str
    alts: Sequence[Alt]

    def is_alone(self) -> bool:
        """Tell whether the line has no text, and its pictures all say the same."""
        return not self.text and len({alt.text for alt in self.alts}) == 1


def _lines(pieces: Sequence[str], alts: Sequence[Alt]) -> Iterator[_Line]:
    start = first = 0
    for end in (*(n for n, piece in enumerate(pieces) if piece is BREAK), len(pieces)):
        last = first
        while last < len(alts) and alts[last].place <= end:
            last += 1
        if end > start or last > first:
            yield _Line(start, end, normalise("".join(pieces[start:end])), alts[first:last])
        start, first = end + 1, last


def _is_in_word(pieces: Sequence[str], place: int, line: _Line) -> bool:
    before = pieces[place - 1][-1:] if place > line.start else ""
    after = pieces[place][:1] if place < line.end else ""
    return before.isalnum() and after.isalnum()


def _own(pieces: Sequence[str], alts: Sequence[Alt], label: Label) -> set[str]:
    """Return what an element shows: its text, its pictures' alternative texts, and both."""
    if label.end - label.start > MAX_OWN_PIECES:
        return set()
    said = alts[label.first_alt : label.last_alt]
    text = pieces[label.start : label.end]
    inner = [Alt(alt.place - label.start, alt.text) for alt in said]
    return {
        normalise("".join(text)),
        normalise(" ".join(dict.fromkeys(alt.text for alt in said))),
        normalise("".join(_with_alts(text, inner))),
    }


def _with_alts(pieces: Sequence[str], alts: Sequence[Alt]) -> Iterator[str]:
    done = 0
    for alt in alts:
        yield from pieces[done : alt.place]
        yield alt.text
        done = max(done, alt.place)
    yield from pieces[done:]
