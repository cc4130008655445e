"""Does the whole message fit one approved template, with one value for each slot?"""

from __future__ import annotations

from filter.checks.case import Case
from filter.ruleset import Match
from filter.verdict import CheckResult, Cleared, Finding

NAME = "templates"
_MAX_SHADOW = 20  # templates on trial that one decision names


def check(case: Case) -> CheckResult:
    """Vouch with the template's name, or say why none fits."""
    found = case.found
    shadow = tuple(
        Finding(NAME, "template.on_trial", f"the template {name}, in shadow, would fit")
        for name in found.shadow[:_MAX_SHADOW]
    )
    if isinstance(found, Match):
        grounds = f"fits the template {found.template.id} ({found.template.source})"
        return CheckResult(Cleared(NAME, grounds), shadow=shadow)
    return CheckResult(findings=found.findings, shadow=shadow)
