"""``sallyport status`` and ``sallyport reload``: talk to the running gate."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from filter.cli import exitcodes
from filter.cli.options import json_option, load_or_exit, settings_option
from filter.cli.output import count, print_json
from filter.cli.shelf import printable

# The newest ones; hundreds would push everything else off the screen.
MOST_PAUSES_SHOWN = 20
MATCHES_NOTHING = "matches nothing in the rules in force"


@click.command("status")
@settings_option
@json_option
def status_command(settings: Path | None, *, as_json: bool) -> None:
    """Show what the running gate is doing. Exit 5 when none answers."""
    answer = _ask(settings, "status") | {"waiting": _find_waiting(settings)}
    if as_json:
        print_json(answer)
    else:
        _print_status(answer)


@click.command("reload")
@settings_option
@json_option
def reload_command(settings: Path | None, *, as_json: bool) -> None:
    """Have the running gate read its rules again. Exit 3 when they are invalid and the old stay."""
    answer = _ask(settings, "reload")
    if as_json:
        print_json(answer)
    elif answer.get("reloaded"):
        click.echo(f"rules {answer['rules']} loaded, {answer['templates']} templates")
    else:
        for problem in _list(answer.get("rule_problems")):
            click.echo(problem, err=True)
        click.echo(f"kept rules {answer['rules']}", err=True)
    if not answer.get("reloaded"):
        sys.exit(exitcodes.INVALID)


def _ask(settings: Path | None, command: str) -> dict[str, object]:
    from filter.control import ask, control_path  # noqa: PLC0415 - keeps --help quick

    state = load_or_exit(settings).state
    try:
        return ask(state, command)
    except (OSError, ValueError) as exc:
        reason = getattr(exc, "strerror", None) or exc
        click.echo(f"sallyport: no gate answers at {control_path(state)}: {reason}", err=True)
        click.echo("help: is `sallyport run` running with the same settings?", err=True)
        sys.exit(exitcodes.AWAY)


def _find_waiting(settings: Path | None) -> dict[str, int] | None:
    """Return what waits for people; None when the store cannot tell (the gate says why itself)."""
    from filter.quarantine.item import StoreError  # noqa: PLC0415 - keeps --help quick
    from filter.quarantine.store import Store  # noqa: PLC0415

    table = load_or_exit(settings)
    try:
        with Store(table.state, table.quarantine, create=False) as store:
            return asdict(store.overview(datetime.now(UTC)))
    except StoreError:
        return None


def _print_status(answer: dict[str, object]) -> None:
    click.echo(f"mode {answer['mode']}   rules {answer['rules']} ({answer['templates']} templates)")
    for word in ("mail", "sms"):
        click.echo(f"{word:5} {' '.join(map(str, _list(answer[word]))) or 'off'}")
    workers = [worker for worker in _list(answer["workers"]) if isinstance(worker, dict)]
    ready = [worker for worker in workers if worker["ready"]]
    click.echo(f"workers {len(ready)} of {len(workers)} ready, {answer['restarts']} restarts")
    # One that is starting has none yet, and loads those on disk before its first message.
    revisions = sorted({worker["rules"] or "none" for worker in ready})
    if len(revisions) > 1:
        click.echo(f"WARNING workers have different rules: {', '.join(revisions)}")
    problems = _list(answer.get("rule_problems"))
    for problem in problems:
        click.echo(problem)
    if not answer["rules_valid"]:
        kept = f"{answer['rules']} stays in force" if answer["rules"] else "there are none in force"
        click.echo(f"WARNING the rules on disk are invalid; {kept}")
    waiting = answer.get("waiting")
    if isinstance(waiting, dict):
        _print_waiting(waiting)
    limits = answer.get("limits")
    if isinstance(limits, dict):
        _print_limits(limits, len(workers))
    pauses = [pause for pause in _list(answer.get("pauses")) if isinstance(pause, dict)]
    for pause in pauses[-MOST_PAUSES_SHOWN:]:
        _print_pause(pause)
    if len(pauses) > MOST_PAUSES_SHOWN:
        click.echo(f"PAUSED {len(pauses)} in all: see `sallyport pauses`")


def _print_waiting(waiting: Mapping[str, int]) -> None:
    """Print what waits for a person, and only then."""
    if waiting["open_cases"]:
        cases = count(waiting["open_cases"], "open case")
        held = count(waiting["held_in_cases"], "message")
        click.echo(f"FLOODS {cases}, {held} held: see `sallyport cases list`")
    if waiting["alerts_last_hour"]:
        alerts = count(waiting["alerts_last_hour"], "alert")
        click.echo(f"ALERTS {alerts} in the last hour: see `sallyport alerts list`")
    stopped, passing = waiting["would_be_held_last_day"], waiting["would_pass_last_day"]
    if stopped or passing:
        told = f"{count(stopped, 'message')} would have been held, {passing} let through"
        click.echo(f"SHADOW in the last day {told}: see `sallyport decisions shadow`")


def _print_limits(limits: Mapping[str, Any], workers: int) -> None:
    if limits["away"]:
        click.echo(f"LIMITS store AWAY on {limits['away']} of {workers} workers: ", nl=False)
        click.echo(f"{printable(limits['why'])}; policy: {limits['policy']}")
    else:
        click.echo(f"limits counted in the {limits['store']} store")


def _print_pause(pause: Mapping[str, Any]) -> None:
    """Print what is stopped so that nobody overlooks it."""
    verb = "drops" if pause["drops"] else "holds"
    until = pause["until"] or "resumed"
    click.echo(f"PAUSED {pause['id']} {verb} {printable(pause['words'])} until {until}")
    click.echo(f"       since {pause['since']} by {printable(pause['by'])}: ", nl=False)
    click.echo(printable(pause["reason"]))
    if pause["matches_nothing"]:
        click.echo(f"       WARNING {MATCHES_NOTHING}")
    on = f"on {pause['in_force']} of {pause['workers']} workers"
    click.echo(f"       {'' if pause['in_force'] == pause['workers'] else 'WARNING only '}{on}")


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
