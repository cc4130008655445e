"""``sallyport test``: do the examples beside the templates come out as they should?"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from filter.cli import exitcodes
from filter.cli.options import (
    as_typed,
    json_option,
    load_or_exit,
    load_rules_or_exit,
    rules_option,
    settings_option,
)
from filter.cli.output import count, plain, print_json, print_reasons

if TYPE_CHECKING:
    from filter.rulefiles.examples import ExampleOutcome


def _pattern(ctx: click.Context, param: click.Parameter, value: str) -> str:  # noqa: ARG001
    try:
        re.compile(value)
    except re.error as exc:
        raise click.BadParameter(f"not a regular expression: {exc}") from None
    return value


@click.command("test")
@settings_option
@rules_option
@click.option(
    "--run",
    "only",
    default="",
    callback=_pattern,
    metavar="REGEX",
    help="Only examples whose `template / name` holds this.",
)
@click.option("-v", "--verbose", is_flag=True, help="List the ones that came out right, too.")
@json_option
def test_command(
    settings: Path | None, rules: Path | None, only: str, *, verbose: bool, as_json: bool
) -> None:
    """Run the examples beside the templates; rules in shadow are tried as if they were enforced.

    Exit 0 when every pass example passes and every hold example is held, 1 when not or when there
    was nothing to run.
    """
    from filter.reading.sandbox import Sandbox  # noqa: PLC0415 - keeps --help quick
    from filter.rulefiles.examples import run_examples  # noqa: PLC0415

    table = load_or_exit(settings)
    ruleset = load_rules_or_exit(rules or as_typed(table.rules))
    total = wrong = 0
    templates = set()
    with Sandbox(table.inspection) as looker:
        for outcome in run_examples(ruleset, looker, table.inspection, only=only):
            total += 1
            wrong += not outcome.is_right
            templates.add(outcome.template)
            if as_json:
                print_json(_as_json(outcome))
            elif verbose or not outcome.is_right:
                _print(outcome)
    if not as_json:
        counts = (count(len(templates), "template"), count(total, "example"))
        click.echo(f"{', '.join(counts)}: {total - wrong} right, {wrong} wrong")
    sys.exit(exitcodes.FOUND if wrong or not total else exitcodes.OK)


def _print(outcome: ExampleOutcome) -> None:
    example, verdict = outcome.example, outcome.verdict
    word = "ok  " if outcome.is_right else "FAIL"
    kind = "passes" if example.expect_pass else "holds"
    click.echo(f"{word}  {outcome.template} / {example.channel} {kind}: {plain(outcome.name)}")
    if outcome.is_right:
        return
    click.echo(f"      {example.source}: {plain(outcome.trouble)}")
    if verdict is not None:
        print_reasons(verdict)


def _as_json(outcome: ExampleOutcome) -> dict[str, object]:
    verdict, example = outcome.verdict, outcome.example
    nearest = verdict.nearest if verdict else None
    return {
        "template": outcome.template,
        "name": outcome.name,
        "source": example.source,
        "channel": str(example.channel),
        "expected": "pass" if example.expect_pass else "quarantine",
        "code": example.code or None,
        "right": outcome.is_right,
        "trouble": outcome.trouble or None,
        "disposition": str(verdict.disposition) if verdict else None,
        "findings": [
            {"check": f.check, "code": f.code, "detail": f.detail, "where": f.where}
            for f in (verdict.findings if verdict else ())
        ],
        "nearest": nearest
        and {
            "template": nearest.template,
            "score": nearest.score_percent,
            "difference": nearest.difference,
        },
    }
