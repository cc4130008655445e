"""``sallyport run``: start the gate."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import click

from filter.cli import exitcodes
from filter.cli.options import load_or_exit, load_rules_or_exit, settings_option


@click.command("run")
@settings_option
@click.option("--workers", type=click.IntRange(min=1), help="Worker processes; default: cores.")
def run_command(settings: Path | None, workers: int | None) -> None:
    """Start the gate and keep it running: mail and text listeners, in N worker processes.

    SIGTERM or ^C drains and stops; SIGHUP reads the rules again.
    """
    table = load_or_exit(settings)
    if workers is not None:
        table = table.model_copy(update={"workers": workers})
    load_rules_or_exit(table.rules)
    from filter.supervisor import StartError, Supervisor  # noqa: PLC0415 - only run pays for it
    from filter.telemetry import set_up_logging  # noqa: PLC0415

    set_up_logging(table.log_level, table.log_format)
    try:
        asyncio.run(Supervisor(table).run())
    except StartError as exc:
        click.echo(f"sallyport: {exc}", err=True)
        sys.exit(exitcodes.AWAY)
