"""Which wordings, branches and slots a pass example shows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from filter.reading.sandbox import Sandbox
from filter.rulefiles.coverage import Coverage, branches_of
from filter.rulefiles.examples import run_examples
from filter.rulefiles.load import check_sources
from filter.rulefiles.sources import SourceFile
from filter.settings import Inspection

LIMITS = Inspection()
RULES = """\
templates:
  - id: order
    channel: [sms, email]
    from: [SHOP, "Shop <hello@shop.example>"]
    subject: ["Order {order}", "Your order {order}"]
    text:
      - "Order {order} is {#either state}ready{#or}late by {days} days{#end}.
         {#maybe gift}It is a gift.{#end}{#repeat items 0-3}Item {item}. {#end}"
      - "Order {order} was cancelled."
    variants:
      - {language: ms, text: "Pesanan {order}."}
    slots: {order: digits 6, days: number 1-60, item: digits 3, unused: digits 2}
    examples:
      pass: ["Order 493021 is ready. Item 123."]
      hold: [{name: no name, text: Dear.}]
"""


@pytest.fixture(scope="module")
def looker() -> Iterator[Sandbox]:
    with Sandbox(LIMITS) as sandbox:
        yield sandbox


def covered(text: str, looker: Sandbox, only: str = "") -> Coverage:
    checked = check_sources([SourceFile("r.yaml", "r.yaml", Path("r.yaml"), text.encode())])
    assert checked.rules is not None, [p.render() for p in checked.problems]
    coverage = Coverage(checked.rules)
    for outcome in run_examples(checked.rules, looker, LIMITS, only=only):
        assert outcome.is_right or not outcome.example.expect_pass, outcome.trouble
        coverage.add(outcome)
    return coverage


def test_what_no_pass_example_shows_is_named(looker: Sandbox) -> None:
    text = RULES.replace(", unused: digits 2", "")
    coverage = covered(text, looker)

    assert [f"{piece.template}: {piece}" for piece in coverage.missing] == [
        'order: branch state: "late by {days} days"',
        'order: branch gift: "It is a gift."',
        "order: branch items: left out",
        'order: text "Order {order} was cancelled."',
        'order: subject "Your order {order}"',
        "order: slot days",
        'order/ms: text "Pesanan {order}."',
    ]
    assert coverage.shown == coverage.total - 7


def test_every_example_adds_to_what_is_shown(looker: Sandbox) -> None:
    text = RULES.replace(", unused: digits 2", "").replace(
        'pass: ["', 'pass: ["Order 493021 is late by 3 days. It is a gift.", "Pesanan 493021.", "'
    )
    coverage = covered(text, looker)

    assert [str(piece) for piece in coverage.missing] == [
        'text "Order {order} was cancelled."',
        'subject "Your order {order}"',
    ]


def test_a_template_of_which_nothing_ran_is_silent(looker: Sandbox) -> None:
    coverage = covered(RULES.replace(", unused: digits 2", ""), looker, only="nothing")

    assert coverage.silent == {"order": "r.yaml:2"}
    assert coverage.percent == 0


def test_branches_inside_branches_are_ways_of_their_own() -> None:
    ways = branches_of(
        "a {#maybe x}b {#either}c{#or}d{#end}{#end}{#repeat r 1-2}{#maybe}e{#end}f{#end}"
    )

    assert [name for name, _ in ways] == [
        'x: "b {#either}c{#or}d{#end}"',
        'choice: "c"',
        'choice: "d"',
        "x: left out",
        'choice: "e"',
        "choice: left out",
    ]
