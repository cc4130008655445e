"""A flood case in words, as a row, and for machines; recipients stay masked."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import click

from filter.cli.output import count, on_terminal
from filter.cli.shelf import block, moment_words, printable, reason_words, span_words
from filter.decisions import mask

if TYPE_CHECKING:
    from filter.quarantine.caserelease import CaseEnd, ItemEnd, Plan
    from filter.quarantine.item import Alert, Case, HeldItem

COLUMNS = ("id", "age", "held", "of", "rule", "key", "since")
# Clients and templates of a case that are named; the others are counted.
MOST_NAMED = 5
# Of a case that is so much one client's, a pause of that client is what helps.
MOSTLY = 0.8
END_COLUMNS = ("id", "result", "note")


@dataclass(frozen=True, slots=True)
class Look:
    """What a reviewer needs to know of a case.

    ``plan`` is what a release would do now, None when no valid rules tell what is of use; ``why``
    are the words of the latest finding that is about the flood. Of those that wait, ``refused`` are
    how many the client was told of that they are not sent.
    """

    case: Case
    why: str
    recipients: int
    clients: Mapping[str, int]
    templates: Mapping[str, int]
    refused: int
    unapproved: int
    plan: Plan | None
    sample: tuple[HeldItem, ...]
    alerts: tuple[Alert, ...]


def number(value: int) -> str:
    """Return a number that people can read: ``1 204``."""
    return f"{value:,}".replace(",", " ")


def counts_words(case: Case) -> str:
    """Return how many are in which state: ``894 held, 310 released``."""
    return ", ".join(f"{number(many)} {state}" for state, many in case.counts.items() if many)


def case_row(case: Case, now: datetime) -> Mapping[str, object]:
    """Return the row of a list."""
    return {
        "id": case.id,
        "age": span_words(now - case.last_at),
        "held": case.held,
        "of": case.total,
        "rule": case.rule,
        "key": case.key,
        "since": moment_words(case.since),
    }


def case_json(case: Case) -> dict[str, object]:
    """Return a case for machines."""
    return {
        "case": case.id,
        "rule": case.rule,
        "key": case.key,
        "open": case.is_open,
        "since": case.since.isoformat(),
        "first_held_at": case.first_at.isoformat(),
        "last_held_at": case.last_at.isoformat(),
        "held": case.held,
        "total": case.total,
        "counts": {state.value: many for state, many in case.counts.items() if many},
    }


def look_json(look: Look) -> dict[str, object]:
    """Return what a reviewer needs to know, for machines."""
    plan = look.plan
    return case_json(look.case) | {
        "why": look.why,
        "different_recipients": look.recipients,
        "clients": dict(look.clients),
        "templates": dict(look.templates),
        "refused": look.refused,
        "unapproved": look.unapproved,
        "of_no_more_use": None if plan is None else len(plan.expired),
        "sample": [_sample_json(item) for item in look.sample],
        "alerts": [alert_json(alert) for alert in look.alerts],
    }


def _sample_json(item: HeldItem) -> Mapping[str, object]:
    transaction = item.transaction
    return {
        "id": transaction.id,
        "state": item.state.value,
        "held_at": item.held_at.isoformat(),
        "recipients_masked": [mask(one) for one in transaction.envelope.recipients],
        "reason": reason_words(item.verdict),
        "title": item.title,
    }


def alert_json(alert: Alert) -> Mapping[str, object]:
    """Return an alert for machines."""
    return {
        "at": alert.at.isoformat(),
        "rule": alert.rule,
        "key": alert.key,
        "text": alert.text,
        "case": alert.flood or None,
    }


def end_json(end: ItemEnd) -> Mapping[str, object]:
    """Return what became of one message, for machines."""
    return {"id": end.transaction_id, "result": end.fate.value, "note": end.note}


def summary_json(case_id: str, end: CaseEnd) -> Mapping[str, object]:
    """Return the last line of a release, for machines."""
    counts = {fate.value: many for fate, many in end.counts.items()}
    return {"case": case_id, "counts": counts, "stopped": end.stopped or None}


def summary_words(case_id: str, end: CaseEnd) -> str:
    """Return the last line: ``f_…: 894 released, 310 expired``."""
    told = ", ".join(f"{number(many)} {fate}" for fate, many in sorted(end.counts.items()))
    return f"{case_id}: {told or 'nothing to do'}"


def plan_words(plan: Plan, per_second: float, *, discards_expired: bool) -> str:
    """Return a rehearsal: ``would release 1 204 messages in 61 s at 20/s, skip 310 expired``."""
    many = len(plan.to_send)
    seconds = max(round(many / per_second), 1) if many else 0
    took = f"{seconds} s" if seconds < 600 else span_words(timedelta(seconds=seconds))  # noqa: PLR2004 - 10 minutes
    words = f"would release {number(many)} {'message' if many == 1 else 'messages'}"
    if many:
        words += f" in {took} at {per_second:g}/s"
    if plan.expired:
        verb = "discard" if discards_expired else "skip"
        words += f", {verb} {number(len(plan.expired))} expired"
    if plan.unapproved:
        words += f", leave {number(len(plan.unapproved))} that are not approved"
    if refused := sum(item.was_refused for item in plan.to_send):
        words += f"; {number(refused)} were refused: their clients do not expect them"
    return words


def print_look(look: Look, now: datetime) -> None:
    """Print what, since when, how many, to whom, what they say, and what to type next."""
    case = look.case
    state = "OPEN" if case.is_open else "CLOSED"
    click.echo(f"{state}  {case.id}  {printable(case.rule)}")
    if look.why:
        click.echo(on_terminal(printable(look.why), "  what        ", " " * 14))
    click.echo(f"  key         {printable(case.key)}")
    since = f"{moment_words(case.since)} ({span_words(now - case.since)} ago)"
    click.echo(f"  since       {since}")
    held = f"{moment_words(case.first_at)} to {moment_words(case.last_at)}"
    click.echo(f"  held        {held}")
    click.echo(f"  messages    {number(case.total)}: {counts_words(case)}")
    click.echo(f"  recipients  {number(look.recipients)} different")
    click.echo(f"  clients     {_most_words(look.clients)}")
    click.echo(f"  templates   {_most_words(look.templates)}")
    if look.refused:
        click.echo(
            f"  refused     {number(look.refused)}: their clients were told that they are not sent,"
            " and do not expect a release"
        )
    if look.plan is None:
        click.echo("  expired     nobody knows: there are no valid rules that say what is of use")
    elif look.plan.expired:
        expired = number(len(look.plan.expired))
        click.echo(f"  expired     {expired} are of no more use; a release skips them")
    if look.unapproved:
        click.echo(
            f"  unapproved  {number(look.unapproved)} were held for their content, too, or by a"
            " template that is gone; a release leaves them"
        )
    _print_sample(look.sample, now)
    for alert in look.alerts:
        click.echo(f"\nAlert {moment_words(alert.at)}")
        click.echo(block(alert.text, "  "))
    if case.is_open:
        _print_next(look)


def _most_words(counts: Mapping[str, int]) -> str:
    """Return those with the most: ``kiosk 1 204, portal 3, 12 others 40``."""
    ranked = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    words = [f"{printable(name) or '-'} {number(many)}" for name, many in ranked[:MOST_NAMED]]
    if others := ranked[MOST_NAMED:]:
        words.append(f"{count(len(others), 'other')} {number(sum(many for _, many in others))}")
    return ", ".join(words)


def _print_sample(sample: Sequence[HeldItem], now: datetime) -> None:
    if sample:
        click.echo("\nSample, oldest to newest")
    for item in sample:
        recipients = item.transaction.envelope.recipients
        more = f" +{len(recipients) - 1}" if len(recipients) > 1 else ""
        to = printable("".join(mask(one) for one in recipients[:1]) + more)
        age = span_words(now - item.held_at)
        click.echo(f"  {item.transaction.id}  {age}  {to}")
        click.echo(block(item.title))
        if item.changed_by:
            note = f": {printable(item.note)}" if item.note else ""
            ended = f"{item.state} by {printable(item.changed_by)}{note}"
            click.echo(f"    {moment_words(item.changed_at)}  {ended}")


def _print_next(look: Look) -> None:
    case = look.case
    click.echo("\nWhat to type next")
    lines = []
    if case.held:
        lines = [
            (f"cases release {case.id} --dry-run", "what a release would do"),
            (f"cases release {case.id} --sample 5", "try with five"),
            (f"cases release {case.id}", "release all that is of use"),
            (f'cases discard {case.id} --reason "…"', "they are never sent"),
        ]
    if look.unapproved:
        lines.append((f"quarantine list --case {case.id}", "look at each"))
    client, many = max(look.clients.items(), key=lambda pair: pair[1], default=("", 0))
    if client and many >= MOSTLY * sum(look.clients.values()) and not case.rule.startswith("p_"):
        who = shlex.quote(printable(client))
        lines.append((f'pause --client {who} --reason "…"', "stop that client alone"))
    lines += [
        (f"quarantine list --case {case.id} --state {state}", f"{count(many, 'message')} {state}")
        for state, many in case.counts.items()
        if many and state.value in {"unknown", "failed"}
    ]
    width = max((len(command) for command, _ in lines), default=0)
    for command, what in lines:
        click.echo(f"  sallyport {command:<{width}}  {what}")
