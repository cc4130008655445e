"""``sallyport drill``: does the kill switch work? Shown before it is needed."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path

import click

from filter.cli import exitcodes
from filter.cli.options import json_option, load_or_exit
from filter.cli.output import on_terminal, print_json
from filter.cli.shelf import actor, store_or_exit


@click.command("drill")
@click.option(
    "--settings",
    type=click.Path(path_type=Path),
    help="Try the gate that runs with these settings, with a pause that stops nothing.",
)
@click.option(
    "--workers", type=click.IntRange(1, 64), default=2, show_default=True, help="So many."
)
@click.option(
    "--seconds",
    type=click.FloatRange(0.2, 600),
    default=2.0,
    show_default=True,
    help="Before, during and after the pause, each.",
)
@click.option(
    "--rate",
    "per_second",
    type=click.FloatRange(1, 1000),
    default=20.0,
    show_default=True,
    help="Messages a second, on each of four streams.",
)
@click.option("--drop", "drops", is_flag=True, help="Pause so that messages stay with the client.")
@json_option
def drill_command(
    settings: Path | None,
    *,
    workers: int,
    seconds: float,
    per_second: float,
    drops: bool,
    as_json: bool,
) -> None:
    """Show that a pause stops what is in flight, and nothing else.

    Starts a gate of its own on loopback, between stand-ins for the relay and the provider, lets two
    clients send approved messages over both channels, pauses one of them, resumes, releases, and
    counts. Nothing leaves this machine. With --settings it tries the running gate instead, without
    harm: it pauses what no message is and says how long until every worker had it.

    Exit 0 only if nothing got through and nothing was lost.
    """
    if settings is not None:
        _try_live(settings, as_json=as_json)
        return
    from filter.demo.stage import StageError  # noqa: PLC0415 - keeps --help quick
    from filter.drill.rehearsal import Plan, rehearse, report_words  # noqa: PLC0415

    if not as_json:
        click.echo("Starting a gate of its own on loopback; a few seconds…", err=True)
    try:
        report = rehearse(Plan(workers, seconds, per_second, drops))
    except StageError as exc:
        click.echo(f"sallyport: {exc}", err=True)
        sys.exit(exitcodes.AWAY)
    if as_json:
        print_json(asdict(report) | {"passed": report.is_passed})
    else:
        for line in report_words(report):
            click.echo(on_terminal(line, "", "  "))
        for trouble in report.troubles:
            click.echo(on_terminal(f"TROUBLE: {trouble}", "", "  "))
        click.echo("passed" if report.is_passed else "NOT passed")
    sys.exit(exitcodes.OK if report.is_passed else exitcodes.FOUND)


def _try_live(settings: Path, *, as_json: bool) -> None:
    from filter.drill.live import try_live  # noqa: PLC0415 - keeps --help quick

    state = load_or_exit(settings).state
    with store_or_exit(state):
        report = try_live(state, actor())
    if not report.paused.is_running:
        click.echo(f"sallyport: no gate runs on {state}", err=True)
        sys.exit(exitcodes.AWAY)
    if as_json:
        steps = {"paused": report.paused.as_json(), "resumed": report.resumed.as_json()}
        print_json({"id": report.pause_id, **steps, "passed": report.is_passed})
    else:
        click.echo(f"a pause that stops nothing was {report.paused.words('in force')}")
        click.echo(f"its end was {report.resumed.words('known')}")
    sys.exit(exitcodes.OK if report.is_passed else exitcodes.FOUND)
