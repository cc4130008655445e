"""Renderings of an HTML template without its application: one with all branches, and samples.

Values are words that stand nowhere else, so that they are found again in whatever a reader shows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from filter.dialects.outline import Cycle, Fork, Outline, Piece, Value, public_name
from filter.reading.walk import MARKS
from filter.templates.pattern import Either, Literal, Repeat, SlotUse, Token

_MOST_TOGETHER = 16  # renderings of one attribute that several choices stand in

_SIZES = frozenset(
    ("width", "height", "border", "cellpadding", "cellspacing", "colspan", "rowspan", "size",
     "hspace", "vspace", "start", "value")
)  # fmt: skip
_PLAUSIBLE = {
    "bgcolor": "#336699", "color": "#336699", "dir": "ltr", "lang": "en", "xml:lang": "en",
    "align": "left", "valign": "top", "charset": "utf-8", "face": "Arial",
}  # fmt: skip
_PROLOGUE = re.compile(r"<(?:!doctype|html|head|body)\b", re.IGNORECASE)
_PROPERTY = re.compile(r"([a-z-]+)\s*:[^;:{}]*\Z", re.IGNORECASE)
_PLAUSIBLE_STYLES = {
    "font-family": "Arial", "direction": "ltr", "text-align": "left", "display": "block",
    "vertical-align": "top", "font-weight": "bold", "float": "none",
}  # fmt: skip

# Which branch each choice takes and how often each loop goes, by name.
Assignment: TypeAlias = Mapping[str, int]


class Words:
    """One word for each slot, of letters and digits, that the source does not hold."""

    def __init__(self, names: Sequence[str], source: str) -> None:
        stem = "zq"
        while stem in source.lower():
            stem += "q"
        self.by_name = {name: f"{stem}{n}zx" for n, name in enumerate(dict.fromkeys(names))}
        self._names = {word: name for name, word in self.by_name.items()}
        self._word = re.compile(rf"{stem}[0-9]+zx", re.IGNORECASE)

    def before_first(self, text: str) -> str:
        """Return what a text begins with, up to the first word that stands for a slot."""
        found = self._word.search(text)
        return text if found is None else text[: found.start()]

    def tokens(self, text: str) -> tuple[Token, ...]:
        """Return a text with its words as the slots they stand for."""
        tokens: list[Token] = []
        position = 0
        for found in self._word.finditer(text):
            if found.start() > position:
                tokens.append(Literal(text[position : found.start()]))
            tokens.append(SlotUse(self._names[found[0].lower()]))
            position = found.end()
        if position < len(text):
            tokens.append(Literal(text[position:]))
        return tuple(tokens)


@dataclass(frozen=True, slots=True)
class Sample:
    """One rendering; ``cause`` is the structure that goes another way than in the first one."""

    html: str
    cause: str
    line: int


# --- one document with everything


@dataclass(frozen=True, slots=True)
class _Mark:
    """What a mark in the text says: a structure begins, its next branch begins, it ends."""

    part: Fork | Cycle
    branch: int = -1
    ends: bool = False


@dataclass(slots=True)
class Marked:
    """A document with the branches of its choices one after the other, and a round of each loop."""

    html: str = ""
    marks: list[_Mark] = field(default_factory=list)

    def tokens(self, text: str, words: Words) -> tuple[Token, ...]:
        """Return what a text that was read of the document says, its structures around it."""
        return _Parting(self.marks, words).part(text)

    def lost_in(self, text: str) -> Fork | Cycle | None:
        """Return the first structure that has lost a mark in a text, or has one out of its place.

        Parsers put comments before <html> and after </body> where they like.
        """
        found = [ord(c) - MARKS.start for c in text if ord(c) in MARKS]
        for place, mark in enumerate(self.marks):
            if place >= len(found) or found[place] != place:
                return mark.part
        return None


def mark_all(outline: Outline, words: Words) -> Marked:
    """Return the document that has everything of a template in it."""
    marked = Marked()
    marked.html = "".join(_marked(outline, words, marked.marks))
    if _PROLOGUE.search(marked.html) is None:
        marked.html = f"<html><body>{marked.html}"
    return marked


def _marked(outline: Outline, words: Words, marks: list[_Mark]) -> Iterator[str]:
    def mark(part: Fork | Cycle, branch: int = -1, *, ends: bool = False) -> str:
        if not (part.is_shown if isinstance(part, Cycle) else part.is_whole):
            return ""
        marks.append(_Mark(part, branch, ends))
        return f"<!--{chr(MARKS.start + len(marks) - 1)}-->"

    for part in outline:
        match part:
            case Piece(text):
                yield text
            case Value():
                yield fill_in(part, words)
            case Fork(_, branches):
                yield mark(part)
                for number, branch in enumerate(branches if part.is_whole else branches[:1]):
                    yield mark(part, number)
                    yield from _marked(branch, words, marks)
                yield mark(part, ends=True)
            case Cycle(_, body):
                yield mark(part)
                yield from _marked(body, words, marks)
                yield mark(part, ends=True)


class _Parting:
    """Takes a text apart at its marks."""

    def __init__(self, marks: Sequence[_Mark], words: Words) -> None:
        self._marks = marks
        self._words = words

    def part(self, text: str) -> tuple[Token, ...]:
        outermost: list[Token] = []
        open_: list[tuple[Fork | Cycle, dict[int, list[Token]]]] = []
        target = outermost
        for piece in re.split(f"([{chr(MARKS.start)}-{chr(MARKS[-1])}])", text):
            if len(piece) != 1 or ord(piece) not in MARKS:
                target += self._words.tokens(piece)
                continue
            mark = self._marks[ord(piece) - MARKS.start]
            if mark.ends:
                if any(part is mark.part for part, _ in open_):
                    while open_[-1][0] is not mark.part:
                        _close(open_, outermost)
                    target = _close(open_, outermost)
            elif mark.branch < 0:
                open_.append((mark.part, {}))
                target = open_[-1][1].setdefault(0, [])
            elif open_ and open_[-1][0] is mark.part:
                target = open_[-1][1].setdefault(mark.branch, [])
        while open_:  # a preview text ends where the first text is seen
            target = _close(open_, outermost)
        return tuple(outermost)


def _close(
    open_: list[tuple[Fork | Cycle, dict[int, list[Token]]]], outermost: list[Token]
) -> list[Token]:
    """End the innermost structure; return where what follows goes."""
    part, branches = open_.pop()
    target = outermost
    if open_:
        inner = open_[-1][1]
        target = inner[max(inner)]
    name = public_name(part.name)
    if isinstance(part, Fork):
        options = tuple(tuple(branches.get(n, ())) for n in range(len(part.branches)))
        target.append(Either(name, options))
    else:
        target.append(Repeat(name, part.least, part.most, tuple(branches[0])))
    return target


# --- samples


def samples_of(outline: Outline, words: Words) -> Iterator[Sample]:
    """Yield renderings in which every branch is taken, and loops go never, once and twice."""
    done: set[str] = set()
    for assignment, cause, line in _assignments(outline):
        html = render(outline, words, assignment)
        if html not in done:
            done.add(html)
            yield Sample(html, cause, line)


def _assignments(outline: Outline) -> Iterator[tuple[dict[str, int], str, int]]:
    yield {}, "", 0
    last: dict[str, int] = {}
    for part, path in _structures(outline, {}):
        if isinstance(part, Fork):
            last[part.name] = len(part.branches) - 1
            for branch in range(len(part.branches)):
                if branch or path:
                    yield {**path, part.name: branch}, part.name, part.line
        else:
            last[part.name] = part.least
            for rounds in {part.least, min(2, part.most)}:
                yield {**path, part.name: rounds}, part.name, part.line
    yield last, "", 0
    for together in _attributes(outline, {}):
        yield from ((choice, "", 0) for choice in together)


def _structures(
    outline: Outline, path: dict[str, int]
) -> Iterator[tuple[Fork | Cycle, dict[str, int]]]:
    """Yield every structure with the ways that lead to it."""
    for part in outline:
        if isinstance(part, Fork) and part.is_shown:
            yield part, path
            for number, branch in enumerate(part.branches):
                yield from _structures(branch, {**path, part.name: number})
        elif isinstance(part, Cycle) and part.is_shown:
            yield part, path
            yield from _structures(part.body, path)


def _attributes(outline: Outline, path: dict[str, int]) -> Iterator[list[dict[str, int]]]:
    """Yield all ways of filling attributes that hold several choices."""
    together: list[Fork] = []
    for part in (*outline, Piece('"')):
        if isinstance(part, Piece) and ('"' in part.text or "'" in part.text or ">" in part.text):
            if len(together) > 1:
                yield _combined(together, path)
            together = []
        elif isinstance(part, Fork) and not part.is_whole and part.is_shown:
            together.append(part)
        elif isinstance(part, Fork):
            for number, branch in enumerate(part.branches):
                yield from _attributes(branch, {**path, part.name: number})
        elif isinstance(part, Cycle):
            yield from _attributes(part.body, path)


def _combined(forks: Sequence[Fork], path: dict[str, int]) -> list[dict[str, int]]:
    ways: list[dict[str, int]] = [path]
    for fork in {fork.name: fork for fork in forks}.values():
        ways = [{**way, fork.name: n} for way in ways for n in range(len(fork.branches))]
        if len(ways) >= _MOST_TOGETHER:
            break
    return ways[:_MOST_TOGETHER]


def render(outline: Outline, words: Words, assignment: Assignment) -> str:
    """Return the document where the structures go as assigned: the first branch, one round."""
    return "".join(_rendered(outline, words, assignment))


def _rendered(outline: Outline, words: Words, assignment: Assignment) -> Iterator[str]:
    for part in outline:
        match part:
            case Piece(text):
                yield text
            case Value():
                yield fill_in(part, words)
            case Fork(name, branches):
                way = assignment.get(name, 0)
                yield from _rendered(
                    branches[way] if way < len(branches) else (), words, assignment
                )
            case Cycle(name, body, _, least, most):
                for _ in range(assignment.get(name, min(max(1, least), most))):
                    yield from _rendered(body, words, assignment)


def fill_in(value: Value, words: Words) -> str:
    """Return a word for a value, or in styles and sizes something that can stand there."""
    place, hole = value.place, value.hole
    if place in ("style", "<style>"):
        return hole.values[0] if hole.values else _style_value(value.before, words, hole.name)
    if place in _SIZES and place != "value":
        return "10"
    return _PLAUSIBLE.get(place) or words.by_name[hole.name]


def _style_value(before: str, words: Words, name: str) -> str:
    if before.rstrip().endswith("#"):
        return "336699"
    if re.search(r"url\(\s*[\"']?[^)]*\Z", before):
        return words.by_name[name]
    found = _PROPERTY.search(before)
    called = found[1].lower() if found else ""
    if "color" in called or called in ("background", "fill"):
        return "#336699"
    return _PLAUSIBLE_STYLES.get(called, "10" if found else "")
