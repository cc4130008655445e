"""What ``sallyport test`` runs and prints."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import click

from filter.cli import exitcodes
from filter.cli.output import count, plain, print_json, print_reasons
from filter.cli.testreports import Case, Fault, github_line, sarif, write_junit
from filter.problems import Problem, did_you_mean
from filter.reading.sandbox import Sandbox
from filter.rulefiles.coverage import Coverage
from filter.rulefiles.examples import ExampleOutcome, base_id, run_examples
from filter.rulefiles.load import RulesInvalid, load_rules
from filter.ruleset import RuleSet
from filter.settings import Inspection
from filter.verdict import Disposition


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for on the command line."""

    folder: Path
    paths: tuple[Path, ...]
    limits: Inspection
    only: str
    form: str
    junit: Path | None
    verbose: bool
    coverage: bool
    min_percent: float
    fail_on_empty: bool


def run(asked: Asked) -> bool:
    """Run the examples, print what was found, and return whether all is well."""
    rules = load(asked)
    chosen = chosen_templates(asked, rules)
    coverage = Coverage(rules, chosen)
    cases: list[Case] = []
    with Sandbox(asked.limits) as looker:
        for outcome in run_examples(rules, looker, asked.limits, only=asked.only, templates=chosen):
            coverage.add(outcome)
            cases.append(_case(outcome))
            if asked.form == "json":
                print_json(_as_json(outcome))
            elif asked.form == "text" and (asked.verbose or not outcome.is_right):
                _print(outcome)
    if not cases:
        say_nothing_ran(asked, rules)
    unseen = _unseen(coverage, asked) if asked.coverage else []
    conclude(asked, cases, unseen)
    wrong = sum(case.fault is not None for case in cases)
    if asked.form == "text":
        _print_sums(cases, coverage if asked.coverage else None, unseen)
    elif asked.form == "json" and asked.coverage:
        print_json(_coverage_as_json(coverage))
    low = asked.coverage and coverage.percent < asked.min_percent
    return bool(cases) and not wrong and not low and not (asked.fail_on_empty and unseen)


def load(asked: Asked) -> RuleSet:
    """Return the rules, or tell every problem in the form that was asked for and leave with 3."""
    try:
        return load_rules(asked.folder)
    except RulesInvalid as exc:
        if asked.form in ("github", "sarif"):
            tell(asked, [_of_problem(problem) for problem in exc.problems])
        else:
            for problem in exc.problems:
                click.echo(problem.render(), err=True)
        sys.exit(exitcodes.INVALID)


def chosen_templates(asked: Asked, rules: RuleSet) -> frozenset[str] | None:
    """Return the ids of the templates in the paths that were named, None for all of them."""
    if not asked.paths or asked.folder.resolve() in {path.resolve() for path in asked.paths}:
        return None
    for path in asked.paths:
        if not path.resolve().is_relative_to(asked.folder.resolve()):
            message = (
                f"{path} is not below {asked.folder}; name the folder of the rules with --rules"
            )
            raise click.UsageError(message)
    roots = [path.resolve() for path in asked.paths]
    return frozenset(
        base_id(template)
        for template in rules.templates
        if any(_file_of(template.source).is_relative_to(root) for root in roots)
    )


def _file_of(source: str) -> Path:
    return Path(source.rpartition(":")[0]).resolve()


def say_nothing_ran(asked: Asked, rules: RuleSet) -> None:
    """Say why nothing was tried, and what may have been meant."""
    if not asked.only:
        click.echo("there is no template that is not off, so nothing was run", err=True)
        return
    near = did_you_mean(asked.only.partition(" ")[0], sorted({base_id(t) for t in rules.templates}))
    help_ = f"; {near}" if near else ""
    click.echo(f"nothing holds `{asked.only}` in its `template / name`{help_}", err=True)


def conclude(asked: Asked, cases: list[Case], more: Iterable[Fault] = ()) -> None:
    """Write what machines read, apart from JSON lines."""
    if asked.junit is not None:
        try:
            write_junit(asked.junit, cases)
        except OSError as exc:
            click.echo(f"cannot write {asked.junit}: {exc.strerror}", err=True)
            sys.exit(exitcodes.AWAY)
    tell(asked, [*(case.fault for case in cases if case.fault is not None), *more])


def tell(asked: Asked, faults: list[Fault]) -> None:
    """Print faults as GitHub or as SARIF has them; nothing in other forms."""
    if asked.form == "github":
        for fault in faults:
            click.echo(github_line(fault))
    elif asked.form == "sarif":
        click.echo(sarif(faults))


def _of_problem(problem: Problem) -> Fault:
    place = f"{problem.file}:{problem.line}" if problem.line else problem.file
    help_ = f"; {problem.help}" if problem.help else ""
    return Fault(
        "rule-invalid", problem.code, f"{problem.message}{help_}", place, is_error=problem.is_error
    )


def _case(outcome: ExampleOutcome) -> Case:
    fault = None
    details = ""
    example, verdict = outcome.example, outcome.verdict
    kind = "passes" if example.expect_pass else "holds"
    name = f"{example.channel} {kind}: {outcome.name}"
    if not outcome.is_right:
        nearest = verdict.nearest if verdict else None
        message = plain(outcome.trouble)
        details = "\n".join(
            [message, *(f"{f.code}: {f.detail}" for f in (verdict.findings if verdict else ()))]
        )
        if nearest is not None:
            details += f"\nnearest {nearest.template} {nearest.score_percent} %"
            details += f"\n{nearest.difference}"
            message += f"; nearest {nearest.template} ({nearest.score_percent} %): "
            message += plain(nearest.difference)
        title = f"{outcome.template} / {outcome.name}"
        fault = Fault(_rule_of(outcome), title, message.rstrip(": "), example.source)
    return Case(outcome.template, name, example.source, fault, details)


def _rule_of(outcome: ExampleOutcome) -> str:
    if outcome.verdict is None:
        return "example-broken"
    passed = outcome.verdict.disposition is Disposition.PASS
    if passed == outcome.example.expect_pass:
        return "example-otherwise"
    return "example-passed" if passed else "example-held"


def _unseen(coverage: Coverage, asked: Asked) -> list[Fault]:
    """Return what no pass example shows; of a template without any example only that."""
    found = [
        Fault("not-shown", name, "no example of it was run", place, is_error=asked.fail_on_empty)
        for name, place in coverage.silent.items()
    ]
    found += [
        Fault(
            "not-shown",
            piece.template,
            f"no pass example shows the {piece}",
            piece.source,
            is_error=asked.fail_on_empty,
        )
        for piece in coverage.missing
        if piece.template.partition("/")[0] not in coverage.silent
    ]
    return found


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


def _print_sums(cases: list[Case], coverage: Coverage | None, unseen: Iterable[Fault]) -> None:
    for fault in unseen:
        click.echo(f"none  {fault.title}: {plain(fault.message)}")
        click.echo(f"      {fault.source}")
    wrong = sum(case.fault is not None for case in cases)
    counts = (
        count(len({case.suite for case in cases}), "template"),
        count(len(cases), "example"),
    )
    shown = ""
    if coverage is not None:
        shown = f"; {coverage.shown} of {coverage.total} shown ({coverage.percent:.0f} %)"
    click.echo(f"{', '.join(counts)}: {len(cases) - wrong} right, {wrong} wrong{shown}")


def _coverage_as_json(coverage: Coverage) -> dict[str, object]:
    return {
        "coverage": {
            "percent": round(coverage.percent, 1),
            "shown": coverage.shown,
            "total": coverage.total,
            "without_examples": list(coverage.silent),
            "missing": [
                {
                    "template": piece.template,
                    "kind": piece.kind,
                    "name": piece.name,
                    "source": piece.source,
                }
                for piece in coverage.missing
            ],
        }
    }


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
