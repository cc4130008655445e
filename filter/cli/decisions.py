"""``sallyport decisions``: what was sent by whom, and why it was let through or held."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from filter.cli.options import Choice, json_option, settings_option
from filter.cli.output import print_json, print_rows
from filter.cli.shelf import (
    limit_option,
    moment_words,
    nearest_words,
    open_shelf,
    print_verdict,
    printable,
    reason_words,
    recipient_spellings,
    since_option,
    span_words,
    verdict_json,
)
from filter.decisions import mask
from filter.message import Channel
from filter.verdict import Disposition, Effect

if TYPE_CHECKING:
    from filter.decisions import Decision
    from filter.quarantine.item import Record
    from filter.quarantine.trials import TrialCount

COLUMNS = (
    "id",
    "age",
    "channel",
    "disposition",
    "reason",
    "client",
    "from",
    "to",
    "nearest",
    "outcome",
)
DONE = {
    Disposition.PASS: "let through",
    Disposition.QUARANTINE: "held",
    Disposition.BLOCK: "held, and the client was told no",
    Disposition.DEFER: "left with the client",
}
WOULD_BE = {
    "held": frozenset({Effect.HOLD, Effect.BLOCK}),
    "deferred": frozenset({Effect.DEFER}),
    "repeated": frozenset({Effect.REPEAT}),
    "passed": frozenset({Effect.PASS}),
    "same": frozenset({Effect.NONE}),
}
TRIAL_COLUMNS = ("kind", "rule", "would be", "messages", "reason", "since", "last", "latest")
TRIAL_WORDS = {
    Effect.HOLD: "held",
    Effect.BLOCK: "blocked",
    Effect.DEFER: "deferred",
    Effect.REPEAT: "repeated",
    Effect.PASS: "passed",
    Effect.NONE: "same",
}
DISPOSITIONS = [disposition.value for disposition in Disposition]


@click.group("decisions")
def decisions_command() -> None:
    """What was sent by whom, and why it was let through or held."""


@decisions_command.command("list")
@settings_option
@since_option
@click.option("--disposition", type=Choice(DISPOSITIONS), help="What was done.")
@click.option("--channel", type=Choice(["email", "sms"]), help="Way out.")
@click.option("--template", default="", metavar="ID", help="The approved template that it fits.")
@click.option("--client", default="", metavar="NAME", help="Who submitted it.")
@click.option("--sender", default="", metavar="A", help="Envelope sender.")
@click.option("--recipient", default="", metavar="A", help="A recipient, whole or masked (j***@x).")
@click.option(
    "--code", default="", metavar="CODE", help="A reason (link.lookalike) or area (link)."
)
@click.option(
    "--shadow", default="", metavar="CODE", help="A reason or area that was only on trial."
)
@click.option(
    "--would-be", type=click.Choice(list(WOULD_BE)), help="What rules in shadow would have done."
)
@click.option("--rule", default="", metavar="ID", help="A rule in shadow that met it.")
@click.option("--repeats-of", default="", metavar="ID", help="The same message to the same people.")
@click.option("--before", metavar="ID", help="Go on after the last id of a former list.")
@limit_option
@json_option
def list_decisions(
    *,
    settings: Path | None,
    since: datetime | None,
    disposition: str | None,
    channel: str | None,
    template: str,
    client: str,
    sender: str,
    recipient: str,
    code: str,
    shadow: str,
    would_be: str | None,
    rule: str,
    repeats_of: str,
    before: str | None,
    limit: int,
    as_json: bool,
) -> None:
    """List decisions, newest first. Recipients are masked: the log never had them whole."""
    from filter.quarantine.interface import DecisionQuery  # noqa: PLC0415 - keeps --help quick

    spellings = recipient_spellings(recipient, settings)
    with open_shelf(settings) as shelf:
        digest = shelf.get_decision(repeats_of).decision.envelope_digest if repeats_of else ""
        query = DecisionQuery(
            disposition=Disposition(disposition) if disposition else None,
            channel=Channel(channel) if channel else None,
            since=since,
            template=template,
            client=client,
            sender=sender,
            recipients=tuple(one if "*" in one else mask(one) for one in spellings),
            reason=code,
            trial=shadow,
            would_be=WOULD_BE[would_be] if would_be else frozenset(),
            tried=rule,
            envelope_digest=digest,
            before=before,
            limit=limit,
        )
        records = shelf.find_decisions(query)
    if as_json:
        for record in records:
            print_json(_json(record))
    else:
        now = datetime.now(UTC)
        print_rows(COLUMNS, (_row(record, now) for record in records))


@decisions_command.command("shadow")
@settings_option
@since_option
@click.option("--rule", default="", metavar="ID", help="Of this rule alone.")
@json_option
def count_shadow(
    settings: Path | None, since: datetime | None, rule: str, *, as_json: bool
) -> None:
    """Count what rules in shadow, or the gate in shadow, would have done, by rule and reason.

    Each line is a rule and what would have become of messages that it met, had everything in shadow
    been enforced; "same": as it was. `decisions list --would-be held --rule ID` lists them.
    """
    with open_shelf(settings) as shelf:
        counts = shelf.find_trials(since, rule)
    if as_json:
        for one in counts:
            print_json(_trial_json(one))
        return
    now = datetime.now(UTC)
    print_rows(TRIAL_COLUMNS, (_trial_row(one, now) for one in counts))
    if not counts:
        click.echo("no message met a rule in shadow", err=True)


def _trial_row(one: TrialCount, now: datetime) -> dict[str, object]:
    return {
        "kind": one.kind.value,
        "rule": one.rule,
        "would be": TRIAL_WORDS[one.effect],
        "messages": one.messages,
        "reason": one.reason,
        "since": span_words(now - one.first_at),
        "last": span_words(now - one.last_at),
        "latest": " ".join(one.latest),
    }


def _trial_json(one: TrialCount) -> dict[str, object]:
    return {
        "kind": one.kind.value,
        "rule": one.rule,
        "would_be": TRIAL_WORDS[one.effect],
        "messages": one.messages,
        "reason": one.reason,
        "first_at": one.first_at.isoformat(),
        "last_at": one.last_at.isoformat(),
        "latest": one.latest,
    }


@decisions_command.command("show")
@settings_option
@json_option
@click.argument("transaction_id", metavar="ID")
def show_decision(settings: Path | None, transaction_id: str, *, as_json: bool) -> None:
    """Show everything that is known of one decision."""
    with open_shelf(settings) as shelf:
        record = shelf.get_decision(transaction_id)
    if as_json:
        print_json(_json(record))
    else:
        _print(record)


def _row(record: Record, now: datetime) -> dict[str, object]:
    decision = record.decision
    more = f" +{len(decision.recipients) - 1}" if len(decision.recipients) > 1 else ""
    return {
        "id": decision.id,
        "age": span_words(now - decision.at),
        "channel": decision.channel.value,
        "disposition": _disposition(decision),
        "reason": reason_words(decision.verdict) or decision.verdict.template,
        "client": decision.client,
        "from": decision.sender or "<>",
        "to": "".join(decision.recipients[:1]) + more,
        "outcome": _outcome(record),
        "nearest": nearest_words(decision.verdict),
    }


def _outcome(record: Record) -> str:
    outcomes = [later.text for later in record.afterwards if later.kind == "outcome"]
    # What people say of a message later does not hide what became of it.
    reports = [text for text in outcomes if text.startswith("reported ")]
    done = [text for text in outcomes if text not in reports]
    if outcomes:
        return "; ".join((*done[-1:], *reports[-1:]))
    disposition = record.decision.disposition
    return "unknown" if disposition is Disposition.PASS else DONE[disposition]


def _disposition(decision: Decision) -> str:
    if not _is_shadowed(decision):
        return decision.disposition.value
    return "would block" if decision.verdict.disposition is Disposition.BLOCK else "would hold"


def _is_shadowed(decision: Decision) -> bool:
    """Return whether the message passed only because the gate was in shadow mode."""
    return (
        decision.disposition is Disposition.PASS
        and decision.verdict.disposition is not Disposition.PASS
    )


def _is_told(record: Record) -> bool:
    return any(later.kind == "told" for later in record.afterwards)


def _json(record: Record) -> dict[str, object]:
    decision = record.decision
    return {
        "id": decision.id,
        "at": decision.at.isoformat(),
        "channel": decision.channel.value,
        "client": decision.client,
        "sender": decision.sender,
        "recipients_masked": decision.recipients,
        "disposition": decision.disposition.value,
        "verdict": verdict_json(decision.verdict),
        "size_bytes": decision.size_bytes,
        "envelope_digest": decision.envelope_digest,
        "milliseconds": decision.milliseconds,
        "outcome": _outcome(record),
        "told": _is_told(record),
        "afterwards": [
            {"at": later.at.isoformat(), "kind": later.kind, "text": later.text}
            for later in record.afterwards
        ],
    }


def _print(record: Record) -> None:
    decision, verdict = record.decision, record.decision.verdict
    done = DONE[decision.disposition]
    click.echo(f"{decision.id}  {decision.channel}  {done}  {moment_words(decision.at)}")
    if _is_shadowed(decision):
        click.echo("  The gate was in shadow mode: the verdict was to hold, and it passed anyway.")
    if verdict.template is not None:
        click.echo(f"  template    {printable(verdict.template)}")
    if verdict.flood is not None:
        click.echo(f"  flood       {printable(f'{verdict.flood.id}  {verdict.flood.key}')}")
    click.echo(f"  outcome     {printable(_outcome(record))}")
    click.echo(f"  client told {'yes' if _is_told(record) else 'not for certain'}")
    click.echo(f"  client      {printable(decision.client)}")
    click.echo(f"  from        {printable(decision.sender) or '<>'}")
    click.echo(f"  to (masked) {printable(', '.join(decision.recipients))}")
    click.echo(f"  rules       {verdict.revision}")
    click.echo(f"  size        {decision.size_bytes} bytes, judged in {decision.milliseconds} ms")
    click.echo(f"  digest      {decision.envelope_digest}")
    print_verdict(verdict)
    if record.afterwards:
        click.echo("\nAfterwards")
    for later in record.afterwards:
        text = "the client has read our answer" if later.kind == "told" else later.text
        click.echo(f"  {moment_words(later.at)}  {printable(text)}")
