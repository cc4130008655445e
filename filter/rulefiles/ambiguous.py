"""Templates that one message fits both: reported by ``sallyport check``."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from filter.problems import Problem, Severity
from filter.ruleset import RuleSet
from filter.templates.ambiguity import find_overlaps

MAX_REPORTED = 20
_MAX_SHOWN = 80  # characters of the message


def ambiguous_templates(rules: RuleSet) -> Iterator[Problem]:
    """Yield a warning for each pair of templates that one message fits, with the message."""
    for overlap in islice(find_overlaps(rules.templates), MAX_REPORTED):
        file, _, line = overlap.second.source.rpartition(":")
        shown = overlap.text
        if len(shown) > _MAX_SHOWN:
            shown = f"{shown[: _MAX_SHOWN - 1]}…"
        yield Problem(
            code="W120",
            message=f"a message can be both `{overlap.first.id}` ({overlap.first.source}) and"
            f' `{overlap.second.id}`: "{shown}"',
            file=file,
            line=int(line),
            column=1,
            help="narrow a slot, or make them wordings of one template; the one that fits sender,"
            " files and pictures better decides, then the one that stands first",
            severity=Severity.WARNING,
        )
