"""What the commands share that work on the store: opening it, times as people write them."""

from __future__ import annotations

import contextlib
import functools
import getpass
import os
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from filter.cli import exitcodes
from filter.cli.options import load_or_exit
from filter.cli.output import on_terminal
from filter.reasons import REASONS
from filter.ruleset import RuleSet
from filter.verdict import Effect, Finding, Trial, TrialKind, Verdict

if TYPE_CHECKING:
    from filter.limits.releasecheck import ReleaseCheck
    from filter.quarantine.pauses import StoredPauses
    from filter.quarantine.store import Store
    from filter.settings import Settings

# Where the gate keeps the last valid rules, in the state folder.
KEPT_RULES = "rules.json"
_WOULD = {
    Effect.HOLD: "it would have been held",
    Effect.BLOCK: "it would have been held, and the client told no",
    Effect.DEFER: "it would have been left with the client",
    Effect.REPEAT: "it would not have been sent again",
    Effect.PASS: "it would have passed",
    Effect.NONE: "nothing would have changed",
}
# What differs, as filter/templates/nearest.py writes it: the approved words, then what is said.
_CHANGE = re.compile(r"\[-(?:.*?)-\](?:\{\+.*?\+\})?|\{\+.*?\+\}")
_MAX_CHANGES = 100
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def parse_since(ctx: click.Context, param: click.Parameter, text: str | None) -> datetime | None:
    """Return the moment of ``2h``, ``3d`` or an ISO date; a time without a zone is local."""
    if text is None:
        return None
    span = re.fullmatch(r"(\d{1,6})([smhdw])", text)
    try:
        if span:
            return datetime.now(UTC) - timedelta(**{_UNITS[span[2]]: int(span[1])})
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError) as exc:
        message = f"{text!r} is no time; write 2h, 3d or 2021-06-30T12:00"
        raise click.BadParameter(message, ctx, param) from exc


since_option = click.option(
    "--since",
    metavar="TIME",
    callback=parse_since,
    help="Only newer: 30m, 2h, 3d, 2021-06-30.",
)
limit_option = click.option(
    "--limit", type=click.IntRange(min=1), default=100, show_default=True, help="At most so many."
)


@contextlib.contextmanager
def open_shelf(settings: Path | None) -> Iterator[Store]:
    """Give the store of the settings; its trouble ends the command with one line and a code."""
    from filter.quarantine.store import Store  # noqa: PLC0415 - SQLAlchemy takes half a second

    table = load_or_exit(settings)
    with store_or_exit(table.state), Store(table.state, table.quarantine, create=False) as store:
        yield store


@contextlib.contextmanager
def open_pauses(table: Settings) -> Iterator[StoredPauses]:
    """Give the pauses of the settings' store; its trouble ends the command as in open_shelf."""
    from filter.quarantine.pauses import StoredPauses  # noqa: PLC0415 - as above

    with store_or_exit(table.state), StoredPauses(table.state) as pauses:
        yield pauses


@contextlib.contextmanager
def store_or_exit(folder: Path) -> Iterator[None]:
    """Turn the trouble of a store into one line and an exit code."""
    from filter.quarantine.item import NoSuchItem, StoreError  # noqa: PLC0415 - keeps --help quick

    if folder.exists() and not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        click.echo(f"sallyport: {folder} is not yours to work in; use the gate's user", err=True)
        sys.exit(exitcodes.NOT_AUTHORISED)
    try:
        yield
    except NoSuchItem as exc:
        click.echo(f"sallyport: {exc}", err=True)
        sys.exit(exitcodes.FOUND)
    except StoreError as exc:
        click.echo(f"sallyport: {exc}", err=True)
        sys.exit(exitcodes.AWAY)


def release_check(table: Settings, pauses: StoredPauses) -> ReleaseCheck:
    """Return what knows which held messages a pause in force covers."""
    from filter.limits.releasecheck import ReleaseCheck  # noqa: PLC0415 - keeps --help quick

    # Read at most once, and only when a pause is in force.
    return ReleaseCheck(pauses, table.limits, functools.cache(lambda: find_rules(table)))


def find_rules(table: Settings) -> RuleSet | None:
    """Return the rules of the settings, else those that were last valid, else None."""
    from filter.rulefiles.keep import recall  # noqa: PLC0415 - keeps --help quick
    from filter.rulefiles.load import RulesInvalid, check_sources, load_rules  # noqa: PLC0415

    try:
        return load_rules(table.rules)
    except RulesInvalid:
        kept = recall(table.state / KEPT_RULES)
        return check_sources(kept).rules if kept else None


def recipient_spellings(recipient: str, settings: Path | None) -> tuple[str, ...]:
    """Return how records may have the recipient that was asked for; nothing for none."""
    from filter.limits.recipients import spellings_of  # noqa: PLC0415 - keeps --help quick

    if not recipient or "*" in recipient:  # masked: as records have it
        return (recipient,) if recipient else ()
    return spellings_of(recipient, load_or_exit(settings).limits)


def has_counted_nothing(table: Settings) -> bool:
    """Return whether there is no limit store yet, because no gate has made one.

    Where one is missing while a gate runs it has vanished, and nobody knows what it counted.
    """
    from filter.control import ask  # noqa: PLC0415 - keeps --help quick
    from filter.limits.stores import is_made  # noqa: PLC0415

    if is_made(table):
        return False
    try:
        ask(table.state, "pauses", 5.0)
    except (FileNotFoundError, ConnectionRefusedError):
        return True
    except (OSError, ValueError):
        return False  # it is there, and has no time
    return False


def actor() -> str:
    """Return who works here: behind sudo the person, not root."""
    return os.environ.get("SUDO_USER") or getpass.getuser()


def span_words(span: timedelta) -> str:
    """Return a span as its two largest units: ``4m``, ``1h52m``, ``12d``."""
    seconds = int(abs(span).total_seconds())
    days, rest = divmod(seconds, 86_400)
    hours, rest = divmod(rest, 3_600)
    minutes, seconds = divmod(rest, 60)
    if days:
        return f"{days}d{hours}h" if hours and days < 3 else f"{days}d"  # noqa: PLR2004
    if hours:
        return f"{hours}h{minutes}m" if minutes else f"{hours}h"
    return f"{minutes}m" if minutes else f"{seconds}s"


def moment_words(moment: datetime) -> str:
    """Return a moment in UTC to the second."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def reason_words(verdict: Verdict) -> str:
    """Return the first reason and how many more there are: ``template.none +2``."""
    codes = list(dict.fromkeys(finding.code for finding in verdict.findings))
    return f"{codes[0]} +{len(codes) - 1}" if len(codes) > 1 else "".join(codes)


def nearest_words(verdict: Verdict) -> str:
    """Return the nearest template and what differs, in short: ``otp 93 %: [-code-]{+prize+}``."""
    nearest = verdict.nearest
    if nearest is None:
        return ""
    changes = " … ".join(_CHANGE.findall(nearest.difference))
    if len(changes) > _MAX_CHANGES:
        changes = changes[: _MAX_CHANGES - 1] + "…"
    return f"{nearest.template} {nearest.score_percent} %" + (f": {changes}" if changes else "")


def block(text: str, indent: str = "      ") -> str:
    """Return text on lines of its own, with nothing a terminal would act on."""
    lines = text.splitlines() or [""]
    return "\n".join(on_terminal(printable(line), indent) for line in lines)


def printable(text: str) -> str:
    """Return text with every control and direction character replaced."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def finding_json(finding: Finding) -> Mapping[str, str]:
    """Return a finding with what its code means and what to do about it."""
    reason = REASONS.get(finding.code)
    words = {"meaning": reason.meaning, "remedy": reason.remedy} if reason else {}
    return {**asdict(finding), **words}


def verdict_json(verdict: Verdict) -> Mapping[str, object]:
    """Return a verdict for machines."""
    return {
        "disposition": verdict.disposition.value,
        "template": verdict.template,
        "rules": verdict.revision,
        "findings": [finding_json(f) for f in verdict.findings],
        "cleared": [asdict(c) for c in verdict.cleared],
        "shadow": [finding_json(f) for f in verdict.shadow],
        "nearest": asdict(verdict.nearest) if verdict.nearest else None,
        "flood": asdict(verdict.flood) if verdict.flood else None,
        "trials": [asdict(trial) for trial in verdict.trials],
        "basis": asdict(verdict.basis) if verdict.basis else None,
    }


def trial_words(trial: Trial) -> str:
    """Return what a rule in shadow would have done: ``picture prank, in shadow: it would …``."""
    who = "the gate" if trial.kind is TrialKind.GATE else f"{trial.kind} {trial.rule}"
    return f"{printable(who)}, in shadow: {_WOULD[trial.effect]} ({printable(trial.reason)})"


def print_verdict(verdict: Verdict) -> None:
    """Print why, in words first: each finding with its meaning and remedy, then the nearest."""
    if verdict.findings:
        click.echo("\nWhy")
    for finding in verdict.findings:
        _print_finding(finding)
    if verdict.nearest is not None:
        nearest = verdict.nearest
        click.echo(f"\nNearest template: {printable(nearest.template)} ({nearest.score_percent} %)")
        click.echo(block(nearest.difference))
    if verdict.shadow:
        click.echo("\nOnly noted (an alert, or a rule on trial)")
    for finding in verdict.shadow:
        _print_finding(finding)
    if verdict.trials:
        click.echo("\nHad it been enforced")
    for trial in verdict.trials:
        click.echo(on_terminal(trial_words(trial), "  ", "    "))
    if verdict.cleared:
        click.echo("\nCleared")
    for cleared in verdict.cleared:
        text = f"{printable(cleared.check):<12}{printable(cleared.grounds)}"
        click.echo(on_terminal(text, "  ", " " * 14))


def _print_finding(finding: Finding) -> None:
    reason = REASONS.get(finding.code)
    meaning = f"  {reason.meaning}" if reason else ""
    click.echo(on_terminal(printable(finding.code) + meaning, "  ", "    "))
    where = f"  ({finding.where})" if finding.where else ""
    click.echo(block(finding.detail + where))
    if reason:
        click.echo(block(f"To do: {reason.remedy}"))
