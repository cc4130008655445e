"""Approved mark-up in rule files."""

from __future__ import annotations

from pathlib import Path

import pytest

from filter.problems import Problem
from filter.reading.sandbox import Sandbox
from filter.rulefiles.examples import run_examples
from filter.rulefiles.load import CheckedRules, check_sources
from filter.rulefiles.sources import SourceFile
from filter.settings import Inspection

RULES = """\
templates:
  - id: code
    channel: email
    from: no-reply@health.example
    subject: Your code
    text: "Dear {{name}}, your code is {{code}}."
    markup: |
      {markup}
    slots: {{name: name, code: digits 6}}
    examples:
      pass:
        - text: Dear Jo, your code is 493021.
          html: '<P class="x">Dear Jo,<br />your code is <b>493021</b>.</P>'
      hold:
        - html: '<p class="y">Dear Jo,<br>your code is <b>493021</b>.</p>'
          text: Dear Jo, your code is 493021.
          code: template.markup
"""
MARKUP = '<p class="x">Dear {name},<br>your code is <b>{code}</b>.</p>'


def checked(markup: str = MARKUP, more: str = "") -> CheckedRules:
    text = RULES.format(markup=markup) + more
    return check_sources([SourceFile("r.yaml", "r.yaml", Path("r.yaml"), text.encode())])


def problems(markup: str) -> tuple[Problem, ...]:
    return checked(markup).problems


def test_the_examples_of_a_template_with_mark_up_come_out_right() -> None:
    rules = checked().rules
    assert rules is not None

    with Sandbox(Inspection()) as looker:
        outcomes = list(run_examples(rules, looker, Inspection()))

    assert [one.trouble for one in outcomes] == ["", ""]


@pytest.mark.parametrize(
    ("markup", "message", "help_"),
    [
        ("<P>{name} {code}</P>", "not in canonical form: `<P>{name}", "write `<p>{name}"),
        ("<p>{name} & {code}</p>", "not in canonical form", "&amp; {code}"),
        ("<p {name}>{code}</p>", "`name` stands inside of the tag <p>", "value of an attribute"),
        ("<{name}>{code}</p>", "a < that begins no tag", "write plain, closed tags"),
        ("<style>{name}</style>{code}", "stands in a style sheet", "write the style out"),
        ("<p>{name} < {code}", "a < that begins no tag", "write plain, closed tags"),
    ],
)
def test_mark_up_that_is_not_canonical_or_has_slots_elsewhere_is_an_error(
    markup: str, message: str, help_: str
) -> None:
    (problem,) = problems(markup)

    assert problem.code == "E104"
    assert message in problem.message
    assert help_ in problem.help


def test_every_wording_of_a_template_has_mark_up_or_none() -> None:
    variant = '    variants:\n      - {language: ms, text: "{name}: {code}."}\n'
    (problem,) = checked(more=variant).problems

    assert problem.code == "E030"
    assert problem.line == 19


def test_padding_of_a_preview_text_is_no_doubt() -> None:
    assert problems('<p class="x">Dear {name},\u200c<br>your code is <b>{code}</b>.</p>') == ()
