"""What a template is made of, in order, and on which line of its source it stands."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from filter.dialects.nodes import Choice, Hole, Loop, Node, Text
from filter.reading.text import normalise

_NAMED = re.compile(r"'([^']+)'|(<[a-z0-9:]+)|property ([a-z-]+)|([a-z]+-[a-z-]+)|([a-z]+):")


def texts_of(nodes: Sequence[Node]) -> Iterator[tuple[int, str]]:
    """Yield every text with its line, those inside of structures too."""
    for node in nodes:
        match node:
            case Text(text, line):
                yield line, text
            case Choice(_, branches):
                for branch in branches:
                    yield from texts_of(branch)
            case Loop(_, body):
                yield from texts_of(body)
            case _:
                pass


def holes_of(nodes: Sequence[Node]) -> Iterator[Hole]:
    """Yield every hole, those inside of structures too."""
    for node in nodes:
        match node:
            case Hole():
                yield node
            case Choice(_, branches):
                for branch in branches:
                    yield from holes_of(branch)
            case Loop(_, body):
                yield from holes_of(body)
            case _:
                pass


def merged(nodes: Iterable[Node]) -> tuple[Node, ...]:
    """Return nodes with neighbouring texts joined, empty ones left out."""
    result: list[Node] = []
    texts: list[str] = []
    line = 0
    for node in nodes:
        if isinstance(node, Text):
            line = line if texts else node.line
            texts.append(node.text)
            continue
        if any(texts):
            result.append(Text("".join(texts), line))
        texts = []
        result.append(node)
    if any(texts):
        result.append(Text("".join(texts), line))
    return tuple(result)


class Lines:
    """Finds the line of the source that a finding is about, as well as that can be told."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self._texts = [(line, text, text.lower()) for line, text in texts_of(nodes)]

    def of_text(self, wanted: str) -> int:
        """Return the first line that holds the text, 0 if none does."""
        wanted = wanted.lower()
        if not normalise(wanted):
            return 0
        for line, text, lowered in self._texts:
            place = lowered.find(wanted)
            if place >= 0 and line:
                return line + text.count("\n", 0, place)
        return 0

    def of_detail(self, detail: str) -> int:
        """Return the first line that holds what a finding names: a quotation, a tag, a property."""
        for named_part in _NAMED.findall(detail):
            if line := self.of_text(next(filter(None, named_part))):
                return line
        return 0
