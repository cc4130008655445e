"""What does the gate do with a sample, under the battery's rules?"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from filter.inspection import inspect
from filter.message import Client, Transaction
from filter.reading.sandbox import Sandbox
from filter.rulefiles.load import load_rules
from filter.ruleset import RuleSet
from filter.settings import Inspection
from filter.verdict import Disposition, Verdict
from tests.battery.sample import Sample

LIMITS = Inspection()
RULES = Path(__file__).parent / "rules"


@cache
def battery_rules() -> RuleSet:
    """Return the rules that every legitimate sample is approved by."""
    return load_rules(RULES)


@cache
def looker() -> Sandbox:
    """Return the child processes that look at pictures and documents; ended with the process."""
    return Sandbox(LIMITS)


def judge(sample: Sample, rules: RuleSet | None = None) -> Verdict:
    """Return the verdict on a sample."""
    return inspect(transaction_of(sample), rules or battery_rules(), looker(), LIMITS)


def transaction_of(sample: Sample) -> Transaction:
    """Return the sample as a submission."""
    return Transaction(
        id="battery",
        channel=sample.channel,
        received_at=datetime(2026, 1, 1, tzinfo=UTC),
        client=Client(name="battery"),
        envelope=sample.envelope,
        content=sample.content,
        text=sample.text,
    )


def what_is_wrong(sample: Sample) -> str:
    """Return how the gate fails on a sample: "" when it does what it has to."""
    verdict = judge(sample)
    passed = verdict.disposition is Disposition.PASS
    found = [f"{finding.code} ({finding.detail})" for finding in verdict.findings]
    if not sample.because:
        return "" if passed else f"held by mistake: {'; '.join(found)}"
    if passed:
        return f"MISSED, passed as {verdict.template}"
    if any(finding.code.startswith(sample.because) for finding in verdict.findings):
        return ""
    return f"held, but not for {sample.because}: {'; '.join(found)}"
