"""Which of what is approved does a pass example show?

A wording that no example shows is approved unseen. Counted are the wordings of every template and
variant (subjects, texts, HTML, preview texts) and the slots of each template.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass

from filter.message import Channel, ViewKind
from filter.mode import Mode
from filter.rulefiles.examples import ExampleOutcome, base_id, enforced, said_by
from filter.ruleset import Match, RuleSet, Template

_SHOWN_CHARACTERS = 48


@dataclass(frozen=True, slots=True)
class Piece:
    """Something that is approved: a wording of a template, or one of its slots."""

    template: str  # "sign-in-sms", "sign-in-sms/ms"
    kind: str  # "text", "html", "subject", "preheader", "slot"
    name: str  # the pattern, or the slot's name
    source: str  # of the template, "rules/otp.yaml:3"

    def __str__(self) -> str:
        words = " ".join(self.name.split())
        cut = len(words) > _SHOWN_CHARACTERS
        shown = f"{words[: _SHOWN_CHARACTERS - 1]}…" if cut else words
        return f"{self.kind} {shown}" if self.kind == "slot" else f'{self.kind} "{shown}"'


class Coverage:
    """What the pass examples show, filled in one outcome after the other."""

    def __init__(self, rules: RuleSet, templates: Container[str] | None = None) -> None:
        self._rules = enforced(rules)
        self._pieces: dict[Piece, bool] = {}
        self._run: set[str] = set()
        self._templates: dict[str, str] = {}
        for template in self._rules.templates:
            name = base_id(template)
            if template.mode is Mode.OFF or (templates is not None and name not in templates):
                continue
            self._templates.setdefault(name, template.source)
            self._pieces.update(dict.fromkeys(_pieces_of(template), False))

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
        for name in found.values:
            self._mark(Piece(base_id(template), "slot", name, self._templates[base_id(template)]))

    @property
    def total(self) -> int:
        """How many pieces there are."""
        return len(self._pieces)

    @property
    def shown(self) -> int:
        """How many of them a pass example shows."""
        return sum(self._pieces.values())

    @property
    def percent(self) -> float:
        """Share of the pieces that are shown; 100 where there are none."""
        return 100 * self.shown / self.total if self.total else 100.0

    @property
    def missing(self) -> list[Piece]:
        """What no pass example shows, in the order of the files."""
        return [piece for piece, shown in self._pieces.items() if not shown]

    @property
    def silent(self) -> dict[str, str]:
        """Templates of which no example was run, and where they stand."""
        return {name: place for name, place in self._templates.items() if name not in self._run}

    def _show(self, found: Match, kind: str, patterns: Sequence[str], text: str) -> None:
        template = found.template
        for pattern in said_by(patterns, template, text, found.values):
            self._mark(Piece(template.id, kind, pattern, template.source))

    def _mark(self, piece: Piece) -> None:
        if piece in self._pieces:
            self._pieces[piece] = True


def _pieces_of(template: Template) -> Iterator[Piece]:
    patterns = [
        *(("text", one) for one in template.texts),
        *(("html", one) for one in template.htmls),
        *(("subject", one) for one in template.subjects if Channel.EMAIL in template.channels),
        *(("preheader", one) for one in template.preheaders),
    ]
    for kind, pattern in patterns:
        yield Piece(template.id, kind, pattern, template.source)
    for slot in template.slots:
        yield Piece(base_id(template), "slot", slot.name, template.source)
