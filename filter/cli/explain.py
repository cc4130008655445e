"""``sallyport explain``: what a reason code means, or why one message was held or passed."""

from __future__ import annotations

import difflib
from pathlib import Path

import click

from filter.cli.options import json_option, settings_option
from filter.cli.output import print_json
from filter.reasons import REASONS


@click.command("explain")
@settings_option
@json_option
@click.argument("what", metavar="CODE|ID", required=False)
@click.pass_context
def explain_command(
    ctx: click.Context, settings: Path | None, what: str | None, *, as_json: bool
) -> None:
    """Say what a reason code means, or why the message with this id was held or let through.

    Without an argument: every code with its meaning.
    """
    if what is None:
        for code, reason in REASONS.items():
            _print(code, reason.meaning, reason.remedy, as_json=as_json)
    elif what in REASONS:
        _print(what, REASONS[what].meaning, REASONS[what].remedy, as_json=as_json)
    elif what.startswith("m_"):
        from filter.cli.decisions import decisions_command  # noqa: PLC0415 - opens the store

        show = decisions_command.commands["show"]
        ctx.invoke(show, settings=settings, transaction_id=what, as_json=as_json)
    else:
        near = difflib.get_close_matches(what, REASONS, 1, 0.5)
        hint = f"; did you mean {near[0]}?" if near else "; `sallyport explain` lists all codes"
        raise click.UsageError(f"{what} is neither a reason code nor a transaction id{hint}")


def _print(code: str, meaning: str, remedy: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"code": code, "meaning": meaning, "remedy": remedy})
    else:
        click.echo(f"{code}\n    {meaning}\n    {remedy}")
