"""``sallyport test`` for machines and for near misses, as people call it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner, Result

from filter.cli.main import cli
from filter.rulefiles.tidy import comments_of
from filter.strictyaml import read_yaml

RULES = """\
# Orders.
templates:
  - id: order
    channel: [sms, email]
    from: [SHOP, "Shop <hello@shop.example>"]
    subject: Order {order}
    text: "Dear {name}, order {order} is ready. See https://www.shop.example/orders/{order}"
    slots: {name: name 1-40, order: digits 6}
    examples:
      pass:
        - "Dear Aisha, order 493021 is ready. See https://www.shop.example/orders/493021"
      hold: [{name: short, text: Dear.}] # more to come

  # The next one.
  - id: code
    channel: sms
    from: SHOP
    text: ["Your code is {code}.", "Code: {code}"]
    slots: {code: digits 6}
    examples:
      pass: ["Your code is 123456."]
      hold:
        - "Your code is 12345."
        # the end

links:
  - {id: orders, host: www.shop.example, path: "/orders/{order}"}
"""
Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command in a folder with rules/shop.yaml in it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SALLYPORT_SETTINGS", raising=False)
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "shop.yaml").write_text(RULES, encoding="utf-8")

    def call(*arguments: str) -> Result:
        return CliRunner().invoke(cli, ["test", *arguments], catch_exceptions=False)

    return call


def spoil(tmp_path: Path) -> None:
    path = tmp_path / "rules" / "shop.yaml"
    path.write_text(RULES.replace('pass: ["Your code is', 'pass: ["Your code, 100 %: was'))


def test_github_is_told_file_and_line_and_the_difference(run: Run, tmp_path: Path) -> None:
    spoil(tmp_path)
    result = run("--format", "github")

    assert result.exit_code == 1
    (line,) = result.output.splitlines()
    assert line.startswith(
        "::error file=rules/shop.yaml,line=21,title=code / Your code%2C 100 %25%3A was 123456.::"
        "expected pass, got held template.none; nearest code ("
    )
    assert "{+" in line


def test_github_is_told_of_invalid_rules(run: Run, tmp_path: Path) -> None:
    (tmp_path / "rules" / "shop.yaml").write_text("links:\n  - {id: a, hots: x}\n")
    result = run("--format", "github")

    assert result.exit_code == 3
    assert "::error file=rules/shop.yaml,line=2,title=E010::unknown key `hots`" in result.output


def test_sarif_has_a_rule_for_every_result(run: Run, tmp_path: Path) -> None:
    spoil(tmp_path)
    result = run("--format", "sarif", "--coverage")

    log = json.loads(result.output)
    (one,) = log["runs"]
    rules = one["tool"]["driver"]["rules"]
    assert log["version"] == "2.1.0"
    assert [(r["ruleId"], r["level"]) for r in one["results"]] == [
        ("example-held", "error"),
        ("not-shown", "warning"),
        ("not-shown", "warning"),
        ("not-shown", "warning"),
    ]
    for found in one["results"]:
        assert rules[found["ruleIndex"]]["id"] == found["ruleId"]
        place = found["locations"][0]["physicalLocation"]
        assert place["artifactLocation"]["uri"] == "rules/shop.yaml"
        assert place["region"]["startLine"] >= 1
        assert found["message"]["text"]


def test_junit_lists_every_example_and_what_went_wrong(run: Run, tmp_path: Path) -> None:
    spoil(tmp_path)
    result = run("--junit", "out/junit.xml")

    assert result.output.endswith("2 templates, 6 examples: 5 right, 1 wrong\n")
    root = ET.parse(tmp_path / "out" / "junit.xml").getroot()
    assert (root.get("tests"), root.get("failures")) == ("6", "1")
    assert [suite.get("name") for suite in root] == ["order", "code"]
    case = root[1][0]
    assert (case.get("file"), case.get("line")) == ("rules/shop.yaml", "21")
    assert "template.none" in (case[0].text or "")


def test_coverage_names_what_is_not_shown_and_can_be_demanded(run: Run) -> None:
    result = run("--coverage")

    assert result.exit_code == 0
    assert 'none  code: no pass example shows the text "Code: {code}"' in result.output
    assert "      rules/shop.yaml:15\n" in result.output
    assert result.output.endswith("6 examples: 6 right, 0 wrong; 6 of 7 shown (86 %)\n")
    assert run("--min-coverage", "85").exit_code == 0
    assert run("--min-coverage", "86").exit_code == 1
    assert run("--fail-on-empty").exit_code == 1
    assert run("--fail-on-empty", "rules/shop.yaml", "--run", "order /").exit_code == 1
    told = json.loads(run("--coverage", "--json").output.splitlines()[-1])
    assert told["coverage"]["missing"][0]["name"] == "Code: {code}"


def test_only_templates_of_the_named_files_are_tried(run: Run, tmp_path: Path) -> None:
    other = RULES[: RULES.index("  # The next")].replace("id: order", "id: other")
    (tmp_path / "rules" / "other.yaml").write_text(other.replace("Dear", "Hello"))

    assert run("rules/other.yaml").output.startswith("1 template, 4 examples: 4 right")
    assert run("rules").output.startswith("3 templates, 10 examples: 10 right")
    (tmp_path / "elsewhere.yaml").write_text(RULES)
    result = run("elsewhere.yaml")
    assert result.exit_code == 2
    assert "elsewhere.yaml is not below rules; name the folder of the rules with" in result.output


def test_near_misses_are_judged_and_nothing_is_written(run: Run, tmp_path: Path) -> None:
    result = run("--near-misses", "-v")

    assert result.exit_code == 0
    assert "held  order / sms: changed link (link.not_allowed)" in result.output
    assert "would pass" in result.output.splitlines()[-1]
    assert (tmp_path / "rules" / "shop.yaml").read_text() == RULES


def test_a_near_miss_that_would_pass_is_a_hole(run: Run, tmp_path: Path) -> None:
    loose = RULES.replace("name: name 1-40", "name: text 1-200")
    (tmp_path / "rules" / "shop.yaml").write_text(loose)
    result = run(
        "--near-misses", "--format", "github", "--run", "order / sentence in the slot name"
    )

    assert result.exit_code == 1
    assert "title=order / sentence in the slot name::the slot name takes" in result.output


def test_near_misses_are_written_and_all_else_stays(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "rules" / "shop.yaml"
    result = run("--write-near-misses")

    assert result.exit_code == 0, result.output
    after = path.read_text(encoding="utf-8")
    assert "rules/shop.yaml\n2 templates: " in result.output
    added = Counter(after.splitlines()) - Counter(RULES.splitlines())
    lost = Counter(RULES.splitlines()) - Counter(after.splitlines())
    assert list(lost) == ["      hold: [{name: short, text: Dear.}] # more to come"]
    assert "      hold: # more to come" in added
    assert "        - {name: short, text: Dear.}" in added
    comments = [list(comments_of(read_yaml(t.encode(), "r")[0])) for t in (RULES, after)]
    assert comments[0] == comments[1]
    assert run().output.splitlines()[-1].endswith(" 0 wrong")
    assert "name: look-alike host with a foreign letter" in after
    assert after.isascii()  # what looks like something else is written out
    assert run("--write-near-misses").output.endswith(
        "0 templates: 0 near misses added under `hold:`\n"
    )
    assert path.read_text(encoding="utf-8") == after


def test_examples_in_brackets_of_brackets_are_left_and_told(run: Run, tmp_path: Path) -> None:
    text = RULES[RULES.index("templates:") : RULES.index("  - id: order")] + (
        '  - {id: a, channel: sms, from: SHOP, text: "Hello, this is your reminder.",\n'
        '     examples: {pass: ["Hello, this is your reminder."], hold: [Dear.]}}\n'
    )
    (tmp_path / "rules" / "shop.yaml").write_text(text)
    result = run("--write-near-misses")

    assert result.exit_code == 1
    assert "left  a: its examples are written in brackets" in result.output
    assert (tmp_path / "rules" / "shop.yaml").read_text() == text


def test_what_was_written_is_told_in_json(run: Run) -> None:
    told = json.loads(run("--write-near-misses", "--json").output)

    assert told["files"] == ["rules/shop.yaml"]
    assert set(told["added"]) == {"order", "code"}
    assert (told["refused"], told["holes"]) == ({}, [])


def test_looking_and_writing_are_two_things(run: Run) -> None:
    assert run("--near-misses", "--write-near-misses").exit_code == 2
    assert run("--near-misses", "--coverage").exit_code == 2
