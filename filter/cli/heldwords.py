"""A held message in words, as a row, and for machines; personal data only where it is asked for."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from filter.cli.options import load_or_exit, load_rules_or_exit
from filter.cli.output import count
from filter.cli.shelf import (
    block,
    moment_words,
    nearest_words,
    print_verdict,
    printable,
    reason_words,
    span_words,
    verdict_json,
)
from filter.decisions import mask

if TYPE_CHECKING:
    from filter.cli.explained import Explanation
    from filter.message import TextMedia, Transaction
    from filter.quarantine.item import Case, Change, HeldItem
    from filter.verdict import Verdict

COLUMNS = ("id", "age", "channel", "reason", "from", "to", "subject", "expires", "nearest")
EXPIRING = ("held", "failed", "unknown")
# What a person reads of a message on a terminal; the rest is in `--raw`.
MAX_SHOWN = 4000


def item_row(item: HeldItem, now: datetime, *, full: bool) -> Mapping[str, object]:
    """Return the row of a list."""
    recipients = _recipients(item, full=full)
    more = f" +{len(recipients) - 1}" if len(recipients) > 1 and not full else ""
    return {
        "id": item.transaction.id,
        "state": item.state.value,
        "age": span_words(now - item.held_at),
        "channel": item.transaction.channel.value,
        "reason": reason_words(item.verdict),
        "from": item.transaction.envelope.sender or "<>",
        "to": " ".join(recipients) if full else "".join(recipients[:1]) + more,
        "subject": item.title,
        "expires": _expiry(item, now),
        "nearest": nearest_words(item.verdict),
    }


def folded_case_row(case: Case, now: datetime) -> Mapping[str, object]:
    """Return the row of a case in a list of items."""
    return {
        "id": case.id,
        "age": span_words(now - case.last_at),
        "reason": case.rule,
        "subject": f"{count(case.held, 'message')} held, {case.key}",
    }


def item_json(item: HeldItem, *, full: bool) -> dict[str, object]:
    """Return an item for machines, without its bytes."""
    transaction = item.transaction
    return {
        "id": transaction.id,
        "state": item.state.value,
        "channel": transaction.channel.value,
        "held_at": item.held_at.isoformat(),
        "expires_at": item.expires_at.isoformat(),
        "changed_at": item.changed_at.isoformat(),
        "changed_by": item.changed_by,
        "note": item.note,
        "answer": item.answer,
        "client": transaction.client.name or transaction.client.address,
        "sender": transaction.envelope.sender,
        "recipients" if full else "recipients_masked": _recipients(item, full=full),
        "title": item.title,
        "size_bytes": item.size_bytes,
        "content_deleted": item.content_deleted,
        "provider": transaction.provider,
        "case": item.verdict.flood.id if item.verdict.flood else None,
        "verdict": verdict_json(item.verdict),
    }


def step_json(step: Change) -> Mapping[str, object]:
    """Return one step of an item's history for machines."""
    return {
        "at": step.at.isoformat(),
        "by": step.by,
        "from": None if step.start is None else step.start.value,
        "to": step.end.value,
        "note": step.note,
    }


def print_item(item: HeldItem, history: Sequence[Change]) -> None:
    """Print why first, then what, from whom to whom, and what became of it."""
    now = datetime.now(UTC)
    transaction = item.transaction
    click.echo(f"{item.state.value.upper()}  {transaction.id}  {transaction.channel}")
    if _expiry(item, now):
        click.echo(f"  expires   {_expiry(item, now)} ({moment_words(item.expires_at)})")
    if item.note:
        click.echo(f"  note      {printable(item.note)}")
    if item.answer:
        click.echo(f"  answer    {printable(item.answer)}")
    if item.verdict.flood is not None:
        case = printable(f"{item.verdict.flood.id}  {item.verdict.flood.key}")
        click.echo(f"  case      {case} (`sallyport cases show {item.verdict.flood.id}`)")
    print_verdict(item.verdict)
    _print_envelope(item)
    _print_text(item)
    click.echo("\nHistory")
    for step in history:
        by = f" by {printable(step.by)}" if step.by else ""
        note = f": {printable(step.note)}" if step.note else ""
        click.echo(f"  {moment_words(step.at)}  {step.end.value}{by}{note}")


def print_explained(item: HeldItem, settings: Path | None) -> None:
    """Print the stored message beside the nearest template, under the rules in force now."""
    from filter.cli.explained import print_explanation, print_meanings  # noqa: PLC0415

    click.echo("\nExplained")
    if item.content_deleted:
        click.echo("  its content was deleted by retention")
        return
    verdict, explanation = _judged_now(item, settings)
    if verdict.revision != item.verdict.revision:
        click.echo(
            f"  under the rules {verdict.revision}; it was held under {item.verdict.revision}"
        )
    codes = ", ".join(dict.fromkeys(finding.code for finding in verdict.findings))
    click.echo(f"  now       {codes or 'it would pass'}")
    print_meanings(verdict)
    if explanation is not None:
        print_explanation(explanation)


def explained_json(item: HeldItem, settings: Path | None) -> dict[str, object]:
    """Return the same for machines; nothing when the content is gone."""
    from filter.cli.explained import explanation_json  # noqa: PLC0415

    if item.content_deleted:
        return {}
    verdict, explanation = _judged_now(item, settings)
    shown = None if explanation is None else explanation_json(explanation)
    codes = list(dict.fromkeys(finding.code for finding in verdict.findings))
    return {
        "explained": shown,
        "explained_codes": codes,
        "explained_rules": verdict.revision,
    }


def _judged_now(item: HeldItem, settings: Path | None) -> tuple[Verdict, Explanation | None]:
    from filter.cli.explained import explain  # noqa: PLC0415 - parsers load slowly
    from filter.inspection import inspection_failed, judge_message, look, read  # noqa: PLC0415
    from filter.reading.sandbox import Sandbox  # noqa: PLC0415

    table = load_or_exit(settings)
    rules = load_rules_or_exit(table.rules)
    try:
        with Sandbox(table.inspection) as looker:
            message = look(read(item.transaction, table.inspection), looker)
        verdict = judge_message(message, rules)
    except Exception as exc:  # noqa: BLE001 - a view that fails must not hide the rest
        return inspection_failed(exc, rules), None
    return verdict, explain(message, rules)


def _print_envelope(item: HeldItem) -> None:
    transaction = item.transaction
    client, envelope = transaction.client, transaction.envelope
    click.echo("\nEnvelope")
    who = (client.name, client.address, client.helo)
    click.echo(f"  client    {printable(' '.join(part for part in who if part))}")
    click.echo(f"  from      {printable(envelope.sender) or '<>'}")
    for recipient in envelope.recipients:
        click.echo(f"  to        {printable(recipient)}")
    for argument in (envelope.mail_argument, *envelope.rcpt_arguments):
        if argument:
            click.echo(f"  verbatim  {printable(argument.decode(errors='replace'))}")
    if transaction.provider:
        click.echo(f"  provider  {printable(f'{transaction.provider} {transaction.route}')}")
    click.echo(f"  rules     {item.verdict.revision}")
    click.echo(f"  size      {item.size_bytes} bytes")


def _print_text(item: HeldItem) -> None:
    """Print what a reader would see: the text message, or the views of an e-mail."""
    click.echo(f"\nMessage   {printable(item.title)}")
    if item.content_deleted:
        click.echo("  its content was deleted by retention")
        return
    for name, text in _views(item.transaction):
        click.echo(f"  {printable(name)}")
        click.echo(block(text[:MAX_SHOWN]))
        if len(text) > MAX_SHOWN:
            click.echo(f"      … {len(text) - MAX_SHOWN} more characters, see --raw")


def _views(transaction: Transaction) -> Sequence[tuple[str, str]]:
    if transaction.text is not None:
        media = [("media", link) for link in transaction.text.media]
        files = [(file.where, media_words(file)) for file in transaction.text.files]
        return (("text", transaction.text.body), *media, *files)
    from filter.reading.mail import read_mail  # noqa: PLC0415 - parsers load slowly
    from filter.settings import Inspection  # noqa: PLC0415

    try:
        message = read_mail(transaction.envelope, transaction.content, Inspection())
    except Exception as exc:  # noqa: BLE001 - a preview that fails must not hide the rest
        return (("unreadable", f"{type(exc).__name__}; see --raw"),)
    links = [("link", link.url) for link in message.links]
    files = [
        ("attachment", f"{a.name or '(no name)'}  {a.media_type}  {a.size_bytes} bytes")
        for a in message.attachments
    ]
    return (*((view.name, view.text) for view in message.views), *links, *files)


def media_words(file: TextMedia) -> str:
    """Return what was seen of a picture or file of a text message, when it was judged."""
    source = f"fetched from {file.url}" if file.url else "came with the request"
    name = f"{file.name}  " if file.name else ""
    label = file.media_type or "no type"
    return f"{name}{label}  {file.size_bytes} bytes  {source}\nSHA-256 {file.digest}"


def write_raw(item: HeldItem) -> None:
    """Write the exact bytes to standard output, but not into a terminal, which would obey them."""
    if sys.stdout.isatty():
        raise click.UsageError("raw bytes can control a terminal; redirect --raw into a file")
    if item.content_deleted:
        raise click.ClickException("its content was deleted by retention")
    sys.stdout.buffer.write(item.transaction.content)
    sys.stdout.buffer.flush()


def _expiry(item: HeldItem, now: datetime) -> str:
    if item.state.value not in EXPIRING:
        return ""
    return span_words(item.expires_at - now) if item.expires_at > now else "due"


def _recipients(item: HeldItem, *, full: bool) -> tuple[str, ...]:
    recipients = item.transaction.envelope.recipients
    return recipients if full else tuple(mask(recipient) for recipient in recipients)
