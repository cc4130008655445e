"""``sallyport test``: do the examples beside the templates come out as they should?"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import click

from filter.cli import exitcodes
from filter.cli.options import (
    Choice,
    as_typed,
    json_option,
    load_or_exit,
    rules_option,
    settings_option,
)


def _pattern(ctx: click.Context, param: click.Parameter, value: str) -> str:  # noqa: ARG001
    try:
        re.compile(value)
    except re.error as exc:
        raise click.BadParameter(f"not a regular expression: {exc}") from None
    return value


@click.command("test")
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
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
@click.option(
    "--format",
    "form",
    type=Choice(["text", "json", "github", "sarif"]),
    default="text",
    help="For people; one JSON object an example; annotations for GitHub; SARIF 2.1.0.",
)
@click.option(
    "--junit",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write JUnit XML to this file, too.",
)
@click.option(
    "--coverage", is_flag=True, help="Name wordings and slots that no pass example shows."
)
@click.option(
    "--min-coverage",
    type=click.FloatRange(0, 100),
    metavar="PERCENT",
    help="Exit 1 when fewer of them are shown.",
)
@click.option(
    "--fail-on-empty",
    is_flag=True,
    help="Exit 1 for a template, variant or wording that no pass example shows.",
)
@click.option(
    "--near-misses",
    is_flag=True,
    help="Judge messages that are almost approved ones instead of the examples.",
)
@click.option(
    "--write-near-misses",
    is_flag=True,
    help="Add those that are held as `hold:` examples to the rule files.",
)
@json_option
def test_command(
    paths: tuple[Path, ...],
    settings: Path | None,
    rules: Path | None,
    only: str,
    *,
    form: str,
    junit: Path | None,
    min_coverage: float | None,
    verbose: bool,
    coverage: bool,
    fail_on_empty: bool,
    near_misses: bool,
    write_near_misses: bool,
    as_json: bool,
) -> None:
    """Run the examples beside the templates; rules in shadow are tried as if they were enforced.

    PATHS are rule files, or folders below that of the rules: then only templates in them are tried.
    Exit 0 when every pass example passes and every hold example is held, 1 when not or when there
    was nothing to run, 3 when the rules are invalid.
    """
    from filter.cli.testmisses import run_misses, write_misses  # noqa: PLC0415 - keeps --help quick
    from filter.cli.testrun import Asked, run  # noqa: PLC0415

    if near_misses and write_near_misses:
        raise click.UsageError("--near-misses only looks, --write-near-misses writes: choose one")
    counting = coverage or min_coverage is not None or fail_on_empty
    if counting and (near_misses or write_near_misses):
        raise click.UsageError("near misses show nothing: coverage is counted of the examples")
    table = load_or_exit(settings)
    asked = Asked(
        folder=rules or as_typed(table.rules),
        paths=paths,
        limits=table.inspection,
        only=only,
        form="json" if as_json else form,
        junit=junit,
        verbose=verbose,
        coverage=counting,
        min_percent=min_coverage or 0.0,
        fail_on_empty=fail_on_empty,
    )
    command = write_misses if write_near_misses else run_misses if near_misses else run
    sys.exit(exitcodes.OK if command(asked) else exitcodes.FOUND)
