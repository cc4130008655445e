"""Pass examples of an imported template: rendered as its engine would, every branch once."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence

from filter.dialects.nodes import Choice, DialectError, Hole, Loop, Node
from filter.dialects.rendering import Picks, TooLongError, most_branches, render
from filter.rulefiles.drafts import DraftExample
from filter.rulefiles.importsamples import sample_values
from filter.ruleset import Slot

MOST = 5  # examples of a template
_LEAST = 3
_NAMES = ("plain values", "short values, other branches", "awkward values")


def examples_of(
    subject: Sequence[Node],
    text: Sequence[Node],
    page: Sequence[Node],
    slots: Mapping[str, Slot],
    hosts: Sequence[str],
    *,
    is_sms: bool,
    file: str,
) -> tuple[DraftExample, ...]:
    """Return renderings of a message with values that its slots take.

    Raises DialectError when no value of a slot is known, or a rendering grows too long.
    """
    try:
        values = {name: sample_values(slot, hosts) for name, slot in slots.items()}
    except ValueError as error:
        raise DialectError(file, 1, str(error), "give it another type with --set") from error
    everything = (*subject, *text, *page)
    count = min(max(_LEAST, most_branches(everything)), MOST)
    examples: dict[tuple[str | None, ...], DraftExample] = {}
    for number in range(count):
        picks = picks_of(number, values)
        name = _NAMES[number] if number < len(_NAMES) else f"values {number + 1}"
        try:
            example = DraftExample(
                name=name,
                subject=None if is_sms else _one_line(render(subject, picks)),
                text=_trimmed(render(text, picks)) if text else None,
                html=_trimmed(render(page, picks, escape=html.escape)) if page else None,
            )
        except TooLongError as error:
            raise DialectError(file, 1, str(error), "make several templates of it") from error
        examples.setdefault((example.subject, example.text, example.html), example)
    return tuple(examples.values())


def picks_of(number: int, values: Mapping[str, Sequence[str]]) -> Picks:
    """Return what the rendering of a number picks: other values, branches and rounds each time."""

    def value(hole: Hole, turn: int) -> str:
        known = values.get(hole.name)
        if not known:  # it stands where nothing is approved of it
            return "x"
        return known[(number + turn) % len(known)]

    def branch(choice: Choice) -> int:
        return number % len(choice.branches)

    def rounds(loop: Loop) -> int:
        wanted = (2, loop.least, 3, 1, 5)[number % 5]
        return max(loop.least, min(wanted, loop.most))

    return Picks(value, branch, rounds, is_empty=number % 2 == 1)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _trimmed(text: str) -> str:
    lines = [line.rstrip() for line in text.replace("\r\n", "\n").strip().split("\n")]
    return "\n".join(lines) + ("\n" if len(lines) > 1 else "")
