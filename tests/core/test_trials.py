"""What would have been, had the rules in shadow been enforced; and that they decide nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from filter.inspection import judge_message
from filter.message import Appearance, Link, LinkKind, Message, Picture, PictureView
from filter.mode import Mode
from filter.rulefiles.load import load_rules
from filter.ruleset import BankedImage, RuleSet
from filter.verdict import Disposition, Effect, Trial, TrialKind
from tests.templates.build import mail

RULES = """\
templates:
  - id: code
    channel: email
    from: no-reply@health.example
    subject: "Your code {code}"
    text: "Your code is {code}."
    slots: {code: digits 6}
    pictures: {max: 1}
    examples: {pass: [Your code is 123456.], hold: [Your code is lost.]}
  - id: visit
    mode: MODE
    channel: email
    from: no-reply@health.example
    subject: "Your visit"
    text: "See https://www.health.example/visit for it."
    examples: {pass: ["See https://www.health.example/visit for it."], hold: [See us.]}
links:
  - {id: visits, host: www.health.example, path: /visit, mode: MODE}
"""
VISIT = "https://www.health.example/visit"
SEEN = Appearance((PictureView("whole", bytes(range(32)), 90),))
SHOWN = Picture("a" * 64, "image/png", "part 2", b"x", width=9, height=8, appearance=SEEN)


def _rules(folder: Path, mode: str = "shadow") -> RuleSet:
    folder.mkdir(exist_ok=True)
    (folder / "rules.yaml").write_text(RULES.replace("MODE", mode))
    return load_rules(folder)


def _visit(**more: object) -> Message:
    letter = mail("Your visit", f"See {VISIT} for it.")
    links = (Link(VISIT, LinkKind.BARE, "part 1.1"),)
    return replace(letter, links=links, **more)  # type: ignore[arg-type]


def _code() -> Message:
    return mail("Your code 493021", "Your code is 493021.")


@pytest.fixture
def rules(tmp_path: Path) -> RuleSet:
    return _rules(tmp_path / "rules")


def test_a_template_and_a_link_in_shadow_would_let_it_pass_together(rules: RuleSet) -> None:
    verdict = judge_message(_visit(), rules)

    assert verdict.disposition is Disposition.QUARANTINE
    assert verdict.trials == (
        Trial(TrialKind.TEMPLATE, "visit", Effect.PASS, "template.none"),
        Trial(TrialKind.LINK, "visits", Effect.PASS, "template.none"),
    )


def test_what_they_would_have_done_is_what_they_do_once_they_are_enforced(tmp_path: Path) -> None:
    verdict = judge_message(_visit(), _rules(tmp_path / "rules", "enforce"))

    assert verdict.disposition is Disposition.PASS
    assert verdict.trials == ()


def test_a_rule_that_met_a_message_held_for_something_else_changes_nothing(rules: RuleSet) -> None:
    evil = Link("https://evil.example/", LinkKind.ANCHOR, "part 1.2")
    letter = _visit()

    verdict = judge_message(replace(letter, links=(*letter.links, evil)), rules)

    assert {trial.effect for trial in verdict.trials} == {Effect.NONE}


def test_a_message_that_no_rule_in_shadow_meets_has_no_trials(rules: RuleSet) -> None:
    assert judge_message(mail("Hello", "You have won."), rules).trials == ()
    assert judge_message(_code(), rules).trials == ()


def test_a_known_picture_in_shadow_would_have_held_what_passed(rules: RuleSet) -> None:
    prank = BankedImage("prank", "x.yaml:1", "A prank", SEEN, mode=Mode.SHADOW)

    verdict = judge_message(replace(_code(), pictures=(SHOWN,)), replace(rules, images=(prank,)))

    assert verdict.disposition is Disposition.PASS
    assert verdict.trials == (Trial(TrialKind.PICTURE, "prank", Effect.HOLD, "image.known"),)


def test_what_a_picture_in_shadow_would_hold_a_template_in_shadow_would_not_let_pass(
    rules: RuleSet,
) -> None:
    prank = BankedImage("prank", "x.yaml:1", "A prank", SEEN, mode=Mode.SHADOW)

    verdict = judge_message(_visit(pictures=(SHOWN,)), replace(rules, images=(prank,)))

    assert verdict.disposition is Disposition.QUARANTINE
    assert {trial.effect for trial in verdict.trials} == {Effect.NONE}


def test_rules_without_anything_in_shadow_have_no_second_set(tmp_path: Path) -> None:
    assert _rules(tmp_path / "rules", "enforce").trial is None
    assert _rules(tmp_path / "rules", "off").trial is None


def test_a_variant_may_be_tried_beside_a_template_that_is_in_force(tmp_path: Path) -> None:
    variant = """
    variants:
      - {language: ms, subject: "Kod {code}", text: "Kod anda {code}.", mode: shadow}
"""
    rules = RULES.replace("    slots: {code: digits 6}\n", "    slots: {code: digits 6}" + variant)
    (tmp_path / "rules.yaml").write_text(rules.replace("MODE", "off"))
    tried = load_rules(tmp_path)

    verdict = judge_message(mail("Kod 493021", "Kod anda 493021."), tried)

    assert judge_message(_code(), tried).disposition is Disposition.PASS
    assert verdict.disposition is Disposition.QUARANTINE
    assert verdict.trials == (Trial(TrialKind.TEMPLATE, "code/ms", Effect.PASS, "template.none"),)
