"""``sallyport check``: are settings and rules valid? One line when they are."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from filter.cli import exitcodes
from filter.cli.options import as_typed, json_option, rules_option, settings_option
from filter.cli.output import count, print_json

if TYPE_CHECKING:
    from filter.floodrules import FloodRules
    from filter.problems import Problem
    from filter.rulefiles.load import CheckedRules
    from filter.settingsfile import LoadedSettings


@click.command("check")
@settings_option
@rules_option
@click.option("--lint-fatal", is_flag=True, help="Exit with 3 for warnings, too.")
@json_option
def check_command(
    settings: Path | None, rules: Path | None, *, lint_fatal: bool, as_json: bool
) -> None:
    """Check settings and rules, and print every problem with its place and one fix.

    Exit 0 when they are valid, 3 when they are not. What is running is not touched.
    """
    from filter.rulefiles.ambiguous import ambiguous_templates  # noqa: PLC0415
    from filter.rulefiles.clients import unknown_clients  # noqa: PLC0415 - keeps --help quick
    from filter.rulefiles.load import check_rules  # noqa: PLC0415
    from filter.settingsfile import SettingsInvalid, read_settings  # noqa: PLC0415

    loaded: LoadedSettings | None = None
    problems: list[Problem] = []
    try:
        loaded = read_settings(settings)
        problems += loaded.warnings
    except SettingsInvalid as exc:
        problems += exc.problems
    folder = rules or (as_typed(loaded.settings.rules) if loaded else None)
    checked = check_rules(folder) if folder is not None else None
    problems += checked.problems if checked else ()
    if checked is not None and checked.rules is not None:
        problems += ambiguous_templates(checked.rules)
    if loaded is not None and loaded.file and checked is not None and checked.rules is not None:
        problems += unknown_clients(checked.rules, loaded.settings)
    if as_json:
        _print_json(loaded, checked, problems)
    else:
        _print(loaded, checked, problems)
    fatal = any(p.is_error or lint_fatal for p in problems)
    sys.exit(exitcodes.INVALID if fatal else exitcodes.OK)


def _print(
    loaded: LoadedSettings | None, checked: CheckedRules | None, problems: Sequence[Problem]
) -> None:
    for problem in problems:
        click.echo(problem.render())
    errors = sum(p.is_error for p in problems)
    warnings = len(problems) - errors
    if errors or loaded is None or checked is None or checked.rules is None:
        unchecked = "" if checked else "; the rules were not checked"
        click.echo(f"{count(errors, 'error')}, {count(warnings, 'warning')}{unchecked}")
        return
    rules = checked.rules
    where = loaded.file or "default settings"
    counts = (
        count(len(rules.templates), "template"),
        count(len(rules.links), "link entry", "link entries"),
        count(len(rules.images), "picture"),
        *((count(len(rules.approved), "approved picture"),) if rules.approved else ()),
        *_counting(rules.floods),
    )
    click.echo(
        f"sallyport: {where} and {count(checked.file_count, 'rule file')} are valid"
        f" ({', '.join(counts)}; revision {checked.revision})"
        + (f", {count(warnings, 'warning')}" if warnings else "")
    )


def _counting(floods: FloodRules) -> Iterator[str]:
    """Yield how many rules count messages; those that are off are not among them."""
    yield count(len(floods.limits), "limit")
    if floods.watches:
        yield count(len(floods.watches), "watch", "watches")
    if floods.floors:
        yield count(len(floods.floors), "floor")
    if floods.repeats:
        yield count(len(floods.repeats), "repeats rule")


def _print_json(
    loaded: LoadedSettings | None, checked: CheckedRules | None, problems: Sequence[Problem]
) -> None:
    rules = checked.rules if checked else None
    print_json(
        {
            "valid": not any(p.is_error for p in problems),
            "settings": str(loaded.file) if loaded and loaded.file else None,
            "rules": rules.revision if rules else None,
            "files": checked.file_count if checked else 0,
            "templates": len(rules.templates) if rules else 0,
            "links": len(rules.links) if rules else 0,
            "images": len(rules.images) if rules else 0,
            "limits": len(rules.floods.limits) if rules else 0,
            "watches": len(rules.floods.watches) if rules else 0,
            "floors": len(rules.floods.floors) if rules else 0,
            "repeats": len(rules.floods.repeats) if rules else 0,
            "problems": [problem.as_json() for problem in problems],
        }
    )
