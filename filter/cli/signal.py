"""``sallyport signal``: was a message used, did nobody ask for it, and how many were?"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from filter.cli import exitcodes
from filter.cli.options import json_option, load_or_exit, load_rules_or_exit, settings_option
from filter.cli.output import print_json, print_rows
from filter.cli.shelf import has_counted_nothing, open_shelf
from filter.problems import did_you_mean, one_of

if TYPE_CHECKING:
    from filter.limits.interface import LimitStore, Signal, UseRate
    from filter.ruleset import RuleSet
    from filter.settings import Settings

T = TypeVar("T")

RATE_COLUMNS = ("rule", "key", "sent", "used", "unrequested", "rate")


@click.group("signal")
def signal_command() -> None:
    """Report what became of a message, and see how many codes are used."""


id_option = click.option("--id", "transaction_id", default="", metavar="ID", help="Our id: m_….")
to_option = click.option(
    "--to", "recipient", default="", metavar="A", help="The latest message to this recipient."
)
template_option = click.option(
    "--template", default="", metavar="ID", help="With --to: the latest of this template."
)


@signal_command.command("used")
@settings_option
@id_option
@to_option
@template_option
@json_option
def used(
    settings: Path | None, transaction_id: str, recipient: str, template: str, *, as_json: bool
) -> None:
    """Report that the code in a message was used."""
    from filter.limits.interface import Signal  # noqa: PLC0415 - keeps --help quick

    _report(settings, Signal.USED, transaction_id, recipient, template, as_json=as_json)


@signal_command.command("unrequested")
@settings_option
@id_option
@to_option
@template_option
@json_option
def unrequested(
    settings: Path | None, transaction_id: str, recipient: str, template: str, *, as_json: bool
) -> None:
    """Report that whoever got a message never asked for it."""
    from filter.limits.interface import Signal  # noqa: PLC0415 - keeps --help quick

    _report(settings, Signal.UNREQUESTED, transaction_id, recipient, template, as_json=as_json)


@signal_command.command("link")
@settings_option
@click.option("--to", "recipient", required=True, metavar="A", help="Who is to get the link.")
@click.option("--template", default="", metavar="ID", help="The template that carries it.")
@json_option
def link(settings: Path | None, recipient: str, template: str, *, as_json: bool) -> None:
    """Make the signed link with which a person says "I never asked for this".

    Good until the end of the day after tomorrow (UTC).
    """
    from filter.limits.recipients import addressee_of  # noqa: PLC0415 - keeps --help quick
    from filter.limits.reportlinks import last_day, links_for  # noqa: PLC0415

    table = load_or_exit(settings)
    links = links_for(table.limits)
    if links is None:
        click.echo("sallyport: limits.report_url is not set; see docs/signals.md", err=True)
        sys.exit(exitcodes.INVALID)
    if template:
        _check_template(template, load_rules_or_exit(table.rules))
    addressee = addressee_of(recipient, table.limits)
    if not (addressee.domain or addressee.country):
        raise click.UsageError(f"`{recipient}` is no address, and no number of a known country")
    now = datetime.now(UTC)
    url = links.make(addressee.recipient, template, now)
    if as_json:
        print_json({"url": url, "last_day": last_day(now).isoformat()})
    else:
        click.echo(url)


def _check_template(name: str, rules: RuleSet) -> None:
    """Raise UsageError for a template that no message fits: its link would report nothing."""
    known = {template.id.partition("/")[0] for template in rules.templates}
    if name not in known:
        help_ = did_you_mean(name, known) or one_of(sorted(known))
        raise click.UsageError(f"there is no template `{name}`; {help_}")


@signal_command.command("rates")
@settings_option
@json_option
def rates(settings: Path | None, *, as_json: bool) -> None:
    """List how many codes were sent, used and unrequested, by the rule and key of floors."""
    table = load_or_exit(settings)
    found = _run(table, lambda store: store.use_rates())
    print_rows(RATE_COLUMNS, map(_row, found), as_json=as_json)


def _row(rate: UseRate) -> dict[str, object]:
    share = round(100 * rate.used / rate.sent, 1) if rate.sent else None
    return {
        "rule": rate.rule,
        "key": rate.label,
        "sent": rate.sent,
        "used": rate.used,
        "unrequested": rate.unrequested,
        "rate": None if share is None else f"{share} %",
    }


def _report(
    settings: Path | None,
    signal: Signal,
    transaction_id: str,
    recipient: str,
    template: str,
    *,
    as_json: bool,
) -> None:
    from filter.limits.recipients import addressee_of  # noqa: PLC0415 - keeps --help quick
    from filter.limits.references import references_for  # noqa: PLC0415
    from filter.limits.signals import Signals, clients_of  # noqa: PLC0415

    if bool(transaction_id) == bool(recipient):
        raise click.UsageError("one of --id and --to says which message is meant")
    if transaction_id and template:
        raise click.UsageError("--template goes with --to; an id says it already")
    table = load_or_exit(settings)
    with open_shelf(settings) as shelf:

        async def report(store: LimitStore) -> bool:
            signals = Signals(
                store, references_for(table.limits), shelf, shelf, clients=clients_of(table)
            )
            if transaction_id:
                return await signals.by_id_of_any(transaction_id, signal)
            whom = addressee_of(recipient, table.limits).recipient
            return await signals.by_recipient_of_any(whom, template, signal)

        is_known = _run(table, report)
    if as_json:
        print_json({"known": is_known})
    elif is_known:
        click.echo(f"Counted as {signal}.")
    else:
        click.echo("sallyport: no message is known for this; it counts for nothing", err=True)
    if not is_known:
        sys.exit(exitcodes.FOUND)


def _run(settings: Settings, ask: Callable[[LimitStore], Awaitable[T]]) -> T:
    """Return what the limit store answers; its trouble ends the command with one line."""
    from filter.limits.interface import LimitStoreAway  # noqa: PLC0415 - keeps --help quick
    from filter.limits.stores import LimitStoreMissing  # noqa: PLC0415

    async def run() -> T:
        async with _opened(settings) as store:
            return await ask(store)

    try:
        return asyncio.run(run())
    except (LimitStoreAway, LimitStoreMissing) as exc:
        click.echo(f"sallyport: the limit store cannot be asked: {exc}", err=True)
        sys.exit(exitcodes.AWAY)


@contextlib.asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[LimitStore]:
    from filter.limits.stores import open_store  # noqa: PLC0415 - keeps --help quick

    store = open_store(settings, looks=has_counted_nothing(settings))
    try:
        yield store
    finally:
        await store.close()
