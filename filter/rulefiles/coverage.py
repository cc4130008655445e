"""Which of what is approved does a pass example show?

A wording that no example shows is approved unseen. Counted are the wordings of every template and
variant (subjects, texts, HTML, preview texts), the ways through their choices and repeats, and the
slots of each template.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeAlias

from filter.message import Channel, ViewKind
from filter.mode import Mode
from filter.rulefiles.examples import ExampleOutcome, base_id, enforced, said_by
from filter.ruleset import Match, RuleSet, Template
from filter.templates.pattern import Either, Repeat, Token, parse_pattern
from filter.templates.written import as_pattern

_Key: TypeAlias = tuple[str, str, str]  # template, kind, name

_SHOWN_CHARACTERS = 48
_MOST_BRANCHES = 200  # of one pattern


@dataclass(frozen=True, slots=True)
class Piece:
    """Something that is approved: a wording of a template, or one of its slots."""

    template: str  # "sign-in-sms", "sign-in-sms/ms"
    kind: str  # "text", "html", "subject", "preheader", "branch", "slot"
    name: str  # the pattern, the way through a structure, or the slot's name
    source: str  # of the template, "rules/otp.yaml:3"

    def __str__(self) -> str:
        words = " ".join(self.name.split())
        cut = len(words) > _SHOWN_CHARACTERS
        shown = f"{words[: _SHOWN_CHARACTERS - 1]}…" if cut else words
        return (
            f"{self.kind} {shown}" if self.kind in ("slot", "branch") else f'{self.kind} "{shown}"'
        )


class Coverage:
    """What the pass examples show, filled in one outcome after the other."""

    def __init__(self, rules: RuleSet, templates: Container[str] | None = None) -> None:
        self._rules = enforced(rules)
        self._pieces: dict[_Key, Piece] = {}  # what a variant shares is the template's
        self._seen: set[_Key] = set()
        self._run: set[str] = set()
        self._templates: dict[str, str] = {}
        for template in self._rules.templates:
            name = base_id(template)
            if template.mode is Mode.OFF or (templates is not None and name not in templates):
                continue
            self._templates.setdefault(name, template.source)
            for piece in _pieces_of(template):
                self._pieces.setdefault((name, piece.kind, piece.name), piece)

    def add(self, outcome: ExampleOutcome) -> None:
        """Count what an example shows; only pass examples that do pass show anything."""
        self._run.add(outcome.template)
        message = outcome.message
        if message is None or not outcome.example.expect_pass or not outcome.is_right:
            return
        found = self._rules.matcher.match(message)
        if not isinstance(found, Match):
            return
        template = found.template
        for view in message.views:
            is_html = view.kind is ViewKind.HTML and bool(template.htmls)
            patterns = template.htmls if is_html else template.texts
            self._show(found, "html" if is_html else "text", patterns, view.text)
            self._show(found, "preheader", template.preheaders, view.preheader)
        if message.channel is Channel.EMAIL:
            self._show(found, "subject", template.subjects, message.subject or "")
        for key in found.values:
            self._mark(template, "slot", key.partition("#")[0])

    @property
    def total(self) -> int:
        """How many pieces there are."""
        return len(self._pieces)

    @property
    def shown(self) -> int:
        """How many of them a pass example shows."""
        return len(self._seen & self._pieces.keys())

    @property
    def percent(self) -> float:
        """Share of the pieces that are shown; 100 where there are none."""
        return 100 * self.shown / self.total if self.total else 100.0

    @property
    def missing(self) -> list[Piece]:
        """What no pass example shows, in the order of the files."""
        return [piece for key, piece in self._pieces.items() if key not in self._seen]

    @property
    def silent(self) -> dict[str, str]:
        """Templates of which no example was run, and where they stand."""
        return {name: place for name, place in self._templates.items() if name not in self._run}

    def _show(self, found: Match, kind: str, patterns: Sequence[str], text: str) -> None:
        template = found.template
        for pattern in said_by(patterns, template, text, found.values):
            self._mark(template, kind, pattern)
            for branch, restricted in branches_of(pattern):
                # Rounds are counted otherwise there, so the values are not asked for.
                if next(said_by((restricted,), template, text, {}), None) is not None:
                    self._mark(template, "branch", branch)

    def _mark(self, template: Template, kind: str, name: str) -> None:
        self._seen.add((base_id(template), kind, name))


def _pieces_of(template: Template) -> Iterator[Piece]:
    patterns = [
        *(("text", one) for one in template.texts),
        *(("html", one) for one in template.htmls),
        *(("subject", one) for one in template.subjects if Channel.EMAIL in template.channels),
        *(("preheader", one) for one in template.preheaders),
    ]
    for kind, pattern in patterns:
        yield Piece(template.id, kind, pattern, template.source)
        for branch, _ in branches_of(pattern):
            yield Piece(template.id, "branch", branch, template.source)
    for slot in template.slots:
        yield Piece(base_id(template), "slot", slot.name, template.source)


def branches_of(pattern: str) -> tuple[tuple[str, str], ...]:
    """Return of each way through a pattern's structures its name and the pattern that goes there.

    A choice is one way for each of its wordings; a repeat that may be left out is two.
    """
    found = islice(_branches(parse_pattern(pattern)), _MOST_BRANCHES)
    return tuple((name, as_pattern(tokens)) for name, tokens in found)


def _branches(tokens: Sequence[Token]) -> Iterator[tuple[str, tuple[Token, ...]]]:
    for index, token in enumerate(tokens):
        before, after = tokens[:index], tokens[index + 1 :]
        match token:
            case Either(name, options):
                for option in options:
                    said = as_pattern(option).strip()
                    shown = f'"{said}"' if said else "left out"
                    yield f"{name or 'choice'}: {shown}", (*before, *option, *after)
                    for inner, way in _branches(option):
                        yield inner, (*before, *way, *after)
            case Repeat(name, least, most, body):
                if least == 0:
                    yield f"{name or 'repeat'}: left out", (*before, *after)
                    there = Repeat(name, 1, most, body)
                    yield f"{name or 'repeat'}: there", (*before, there, *after)
                rest = Repeat("", 0, most, body)
                for inner, way in _branches(body):
                    yield inner, (*before, rest, *way, rest, *after)
            case _:
                pass
