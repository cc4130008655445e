"""Could the message be read for certain?"""

from __future__ import annotations

from filter.checks.case import Case
from filter.verdict import CheckResult, Cleared

NAME = "structure"


def check(case: Case) -> CheckResult:
    """Clear a message that every reader reads alike; else return what was uncertain."""
    troubles = case.message.troubles
    if troubles:
        return CheckResult(findings=troubles)
    views = len(case.message.views)
    return CheckResult(cleared=Cleared(NAME, f"read without doubt, {views} view(s)"))
