from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from filter.verdict import CheckResult, Cleared, Disposition, Finding, judge

REQUIRED = ("structure", "templates", "links")


Answer = tuple[str, CheckResult]


def cleared(name: str) -> Answer:
    return name, CheckResult(cleared=Cleared(name, "fine"))


def silent(name: str) -> Answer:
    return name, CheckResult()


def found(name: str) -> Answer:
    return name, CheckResult(findings=(Finding(name, f"{name}.bad", "no"),))


def test_a_message_that_every_check_clears_passes() -> None:
    verdict = judge(REQUIRED, map(cleared, REQUIRED), revision="r1", template="otp")

    assert verdict.disposition is Disposition.PASS
    assert verdict.findings == ()


def test_one_finding_holds_whatever_the_others_say() -> None:
    results = [cleared("structure"), cleared("templates"), cleared("links"), found("links")]

    verdict = judge(REQUIRED, results, revision="r1", template="otp")

    assert verdict.disposition is Disposition.QUARANTINE


def test_a_silent_check_is_a_finding() -> None:
    verdict = judge(REQUIRED, [cleared("structure"), cleared("links")], revision="", template="t")

    assert verdict.disposition is Disposition.QUARANTINE
    assert [(f.check, f.code) for f in verdict.findings] == [("templates", "check.no_answer")]


def test_a_check_that_objects_in_another_checks_name_has_answered() -> None:
    crop = Finding("images", "picture.unreadable", "truncated")
    answers = [*map(cleared, ("templates", "links")), ("structure", CheckResult(findings=(crop,)))]

    assert judge(REQUIRED, answers, revision="", template="t").findings == (crop,)


def test_no_results_at_all_hold() -> None:
    verdict = judge((), (), revision="", template=None)

    assert verdict.disposition is Disposition.QUARANTINE
    assert verdict.findings


def test_clearances_without_a_template_hold() -> None:
    verdict = judge(REQUIRED, map(cleared, REQUIRED), revision="", template=None)

    assert verdict.disposition is Disposition.QUARANTINE
    assert [f.code for f in verdict.findings] == ["template.none"]


def test_shadow_findings_are_recorded_and_decide_nothing() -> None:
    trial = Finding("images", "image.known", "on trial")
    results = [*map(cleared, REQUIRED), ("images", CheckResult(shadow=(trial,)))]

    verdict = judge(REQUIRED, results, revision="", template="otp")

    assert verdict.disposition is Disposition.PASS
    assert verdict.shadow == (trial,)


@given(
    answers=st.lists(
        st.tuples(st.sampled_from([*REQUIRED, "other"]), st.sampled_from(["clear", "find", "none"]))
    ),
    template=st.sampled_from([None, "otp"]),
)
def test_a_pass_always_has_every_clearance_no_finding_and_a_template(
    answers: list[tuple[str, str]], template: str | None
) -> None:
    make = {"clear": cleared, "find": found, "none": silent}
    results = [make[kind](name) for name, kind in answers]

    verdict = judge(REQUIRED, results, revision="", template=template)

    should_pass = (
        {name for name, kind in answers if kind == "clear"}.issuperset(REQUIRED)
        and not any(kind == "find" for _, kind in answers)
        and template is not None
    )
    assert (verdict.disposition is Disposition.PASS) == should_pass
    assert should_pass or verdict.findings
