"""``sallyport cases``: review a flood as one, release it at a bearable pace, or discard it."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from filter.cli import exitcodes
from filter.cli.casewords import (
    COLUMNS,
    END_COLUMNS,
    Look,
    case_json,
    case_row,
    end_json,
    look_json,
    number,
    plan_words,
    print_look,
    summary_json,
    summary_words,
)
from filter.cli.options import Choice, json_option, load_or_exit, settings_option
from filter.cli.output import plain, print_json, print_rows
from filter.cli.sending import open_releasers
from filter.cli.shelf import (
    actor,
    find_rules,
    limit_option,
    open_pauses,
    open_shelf,
    recipient_spellings,
    release_check,
    since_option,
)

if TYPE_CHECKING:
    from filter.quarantine.caserelease import (
        CaseEnd,
        CaseRelease,
        ItemEnd,
        Manner,
        Plan,
        Validity,
    )
    from filter.quarantine.item import Case, HeldItem
    from filter.quarantine.store import Store
    from filter.settings import Settings

# As many messages are shown of a case, from the oldest to the newest.
SAMPLE = 5
MAX_ALERTS = 3
DEFAULT_PER_SECOND = 10.0  # caserelease.PER_SECOND, which would load the database for --help

case_argument = click.argument("case_id", metavar="CASE")


@click.group("cases")
def cases_command() -> None:
    """Floods: all messages that were held for one limit, one sign or one pause are a case."""


@cases_command.command("list")
@settings_option
@click.option(
    "--state",
    type=Choice(["open", "closed", "all"]),
    default="open",
    show_default=True,
    help="Open: something waits for a person.",
)
@since_option
@click.option("--rule", default="", metavar="ID", help="Only of this rule, or this pause.")
@limit_option
@json_option
def list_cases(
    *,
    settings: Path | None,
    state: str,
    since: datetime | None,
    rule: str,
    limit: int,
    as_json: bool,
) -> None:
    """List cases: open ones first, of these the one with the latest message first."""
    from filter.quarantine.interface import CaseQuery  # noqa: PLC0415 - keeps --help quick

    is_open = None if state == "all" else state == "open"
    with open_shelf(settings) as shelf:
        cases = shelf.cases(CaseQuery(is_open=is_open, rule=rule, since=since, limit=limit))
    if as_json:
        for case in cases:
            print_json(case_json(case))
    else:
        now = datetime.now(UTC)
        print_rows(COLUMNS, (case_row(case, now) for case in cases))
    if len(cases) == limit:
        click.echo(f"there may be more: --limit {2 * limit}", err=True)


@cases_command.command("show")
@settings_option
@json_option
@case_argument
def show_case(settings: Path | None, case_id: str, *, as_json: bool) -> None:
    """Show one case: what, since when, how many to whom, what they say, what to type next."""
    table = load_or_exit(settings)
    with open_shelf(settings) as shelf:
        look = _look(shelf, case_id, _find_validity(table))
    if as_json:
        print_json(look_json(look))
    else:
        print_look(look, datetime.now(UTC))


def _look(shelf: Store, case_id: str, validity: Validity | None) -> Look:
    from filter.quarantine.caserelease import Choice, all_items, plan_release  # noqa: PLC0415
    from filter.quarantine.interface import AlertQuery  # noqa: PLC0415 - keeps --help quick
    from filter.quarantine.item import State  # noqa: PLC0415

    case = shelf.get_case(case_id)
    items = list(all_items(shelf, case_id, state=None))
    waiting = [item for item in items if item.state is State.HELD]
    plan = None
    if validity is not None:
        plan = plan_release(shelf, case_id, Choice(), validity, datetime.now(UTC))
    shown = waiting or items
    last, gaps = len(shown) - 1, max(min(SAMPLE, len(shown)) - 1, 1)
    places = [last * place // gaps for place in range(min(SAMPLE, len(shown)))]
    sample = tuple(shelf.get_item(shown[place].id) for place in places)
    return Look(
        case=case,
        why=_why(case, sample),
        recipients=len({one.lower() for item in items for one in item.recipients}),
        clients=Counter(item.client for item in items),
        templates=Counter(item.template for item in items),
        refused=sum(item.was_refused for item in waiting),
        unapproved=(
            sum(1 for item in waiting if item.content_codes)
            if plan is None
            else len(plan.unapproved)
        ),
        plan=plan,
        sample=sample,
        alerts=tuple(shelf.alerts(AlertQuery(case=case_id, limit=MAX_ALERTS))),
    )


def _why(case: Case, sample: tuple[HeldItem, ...]) -> str:
    """Return the words of the latest finding of the case's own rule, else of one about a flood.

    What other rules held while the flood went on joined the case, and tells less of it.
    """
    from filter.quarantine.item import FLOOD_AREAS  # noqa: PLC0415 - keeps --help quick

    found = [
        finding
        for item in sample
        for finding in item.verdict.findings
        if finding.code.partition(".")[0] in FLOOD_AREAS
    ]
    # The words of a finding end in the name of its rule or pause, in brackets.
    own = [f for f in found if f.code == case.rule or f" {case.rule})" in f.detail]
    return (own or found)[-1].detail if found else ""


def choice_options(command: Callable[..., None]) -> Callable[..., None]:
    """Let a command choose among the messages of a case."""
    for option in (
        click.option(
            "--only", multiple=True, metavar="ID", help="Only this message; may be repeated."
        ),
        click.option("--recipient", default="", metavar="A", help="Only to this whole address."),
        click.option("--client", default="", metavar="NAME", help="Only what it submitted."),
        click.option("--template", default="", metavar="ID", help="Only of this template."),
    ):
        command = option(command)
    return command


@cases_command.command("release")
@settings_option
@choice_options
@click.option("--limit", type=click.IntRange(min=1), help="So many of the oldest.")
@click.option(
    "--sample", type=click.IntRange(min=1), help="So many from oldest to newest, to try it out."
)
@click.option(
    "--per-second",
    type=click.FloatRange(min=0.01, max=1000),
    default=DEFAULT_PER_SECOND,
    show_default=True,
    metavar="N",
    help="No more messages a second than this.",
)
@click.option("--discard-expired", is_flag=True, help="Discard what is of no more use.")
@click.option("--note", default="", help="Why, for the history.")
@click.option("--dry-run", is_flag=True, help="Only say what it would do.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask; needed without a terminal.")
@json_option
@case_argument
def release_case(
    *,
    settings: Path | None,
    case_id: str,
    only: tuple[str, ...],
    recipient: str,
    client: str,
    template: str,
    limit: int | None,
    sample: int | None,
    per_second: float,
    discard_expired: bool,
    note: str,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Send the held messages of a case on, oldest first, so many a second.

    Messages that are of no more use by the `valid` of their template stay held, and so does what a
    pause covers, what was held for its content, too, and what has lost its template. It stops when
    the next hop is away; Ctrl-C ends it after what is under way. Doing it again takes what is still
    held.

    Exit 0 when all that is of use was sent, 1 when something was not.
    """
    from filter.quarantine.caserelease import Choice, Manner, plan_release  # noqa: PLC0415

    if limit is not None and sample is not None:
        raise click.UsageError("--limit and --sample are two ways to say how many; give one")
    table = load_or_exit(settings)
    recipients = recipient_spellings(recipient, settings)
    choice = Choice(only, recipients, client, template, limit, sample)
    manner = Manner(
        by=actor(),
        note=note or f"released with {case_id}",
        per_second=per_second,
        discards_expired=discard_expired,
    )
    with open_shelf(settings) as shelf:
        validity = _get_validity(table)
        plan = plan_release(shelf, case_id, choice, validity, datetime.now(UTC))
        words = plan_words(plan, per_second, discards_expired=discard_expired)
        if dry_run:
            _rehearse(plan, words, as_json=as_json)
            _tell_pauses(table)
            return
        if not (plan.to_send or (plan.expired and discard_expired)):
            click.echo(f"nothing to release: {words}", err=True)
            return
        _agree("release", words, yes=yes)
        end = asyncio.run(_release(shelf, table, plan, manner, validity, as_json=as_json))
    _tell_end(case_id, end, as_json=as_json)


async def _release(
    shelf: Store, table: Settings, plan: Plan, manner: Manner, validity: Validity, *, as_json: bool
) -> CaseEnd:
    from filter.quarantine.caserelease import CaseRelease  # noqa: PLC0415 - keeps --help quick

    with open_pauses(table) as pauses:
        async with open_releasers(table) as releasers:
            work = CaseRelease(
                shelf,
                releasers,
                manner,
                validity,
                tell=_teller(as_json=as_json),
                why_not=release_check(table, pauses),
            )
            _stop_on_signals(work)
            return await work.run(plan)


def _stop_on_signals(work: CaseRelease) -> None:
    """Let the first Ctrl-C (or SIGTERM) end it in order, and a second one at once."""
    loop = asyncio.get_running_loop()
    signals = (signal.SIGINT, signal.SIGTERM)

    def stop() -> None:
        work.stop("interrupted")
        click.echo("stopping after what is under way; again to stop at once", err=True)
        for one in signals:
            loop.remove_signal_handler(one)

    for one in signals:
        loop.add_signal_handler(one, stop)


@cases_command.command("discard")
@settings_option
@choice_options
@click.option("--reason", required=True, help="Why they are never to be sent, for the history.")
@click.option("--dry-run", is_flag=True, help="Only say what it would do.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask; needed without a terminal.")
@json_option
@case_argument
def discard_case(
    *,
    settings: Path | None,
    case_id: str,
    only: tuple[str, ...],
    recipient: str,
    client: str,
    template: str,
    reason: str,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Decide that the held messages of a case are never sent. Their bytes go a week later."""
    from filter.quarantine.caserelease import (  # noqa: PLC0415 - keeps --help quick
        CaseEnd,
        Choice,
        Fate,
        chosen_items,
    )

    if not reason.strip():
        raise click.UsageError("--reason is empty; who comes next has to know why")
    with open_shelf(settings) as shelf:
        choice = Choice(only, recipient_spellings(recipient, settings), client, template)
        ids = [item.id for item in chosen_items(shelf, case_id, choice)]
        words = f"would discard {number(len(ids))} {'message' if len(ids) == 1 else 'messages'}"
        if dry_run:
            click.echo(words)
            return
        if not ids:
            click.echo("nothing to discard", err=True)
            return
        _agree("discard", words, yes=yes)
        ends = _discard(shelf, ids, reason, as_json=as_json)
    counts = {fate: n for fate in (Fate.DISCARDED, Fate.TAKEN) if (n := ends.count(fate))}
    _tell_end(case_id, CaseEnd(counts), as_json=as_json)


def _discard(shelf: Store, ids: list[str], reason: str, *, as_json: bool) -> list[str]:
    from filter.quarantine.caserelease import Fate, ItemEnd  # noqa: PLC0415 - keeps --help quick

    tell = _teller(as_json=as_json)
    fates: list[str] = []
    for first in range(0, len(ids), 1000):
        some = ids[first : first + 1000]
        refused = shelf.discard_items(some, by=actor(), note=reason)
        for one in some:
            fates.append(Fate.TAKEN if one in refused else Fate.DISCARDED)
            tell(ItemEnd(one, Fate(fates[-1]), refused.get(one, "")))
    return fates


def _teller(*, as_json: bool) -> Callable[[ItemEnd], None]:
    """Return what prints the end of each message as soon as it has ended."""

    def tell(end: ItemEnd) -> None:
        if as_json:
            print_json(end_json(end))
        else:
            click.echo("\t".join(plain(value) for value in end_json(end).values()))

    if not as_json:
        click.echo("\t".join(END_COLUMNS))
    return tell


def _tell_end(case_id: str, end: CaseEnd, *, as_json: bool) -> None:
    if as_json:
        print_json(summary_json(case_id, end))
    click.echo(summary_words(case_id, end), err=True)
    if end.stopped:
        click.echo(f"stopped: {end.stopped}", err=True)
        click.echo(f"the rest stays held: `sallyport cases release {case_id}` takes it", err=True)
    if not end.is_good:
        sys.exit(exitcodes.FOUND)


def _rehearse(plan: Plan, words: str, *, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "case": plan.case_id,
                "would_release": len(plan.to_send),
                "expired": len(plan.expired),
                "unapproved": len(plan.unapproved),
            }
        )
    else:
        click.echo(words)


def _tell_pauses(table: Settings) -> None:
    """Say what may stay held, though the plan counts it: pauses are asked message by message."""
    from filter.limits.pausewords import scope_words  # noqa: PLC0415 - keeps --help quick
    from filter.quarantine.pauses import StoredPauses  # noqa: PLC0415 - as above

    with StoredPauses(table.state) as shelf:
        for pause in shelf.pauses(datetime.now(UTC)):
            words = plain(scope_words(pause.scope))
            click.echo(f"note: what {pause.id} covers ({words}) stays held", err=True)


def _agree(verb: str, words: str, *, yes: bool) -> None:
    """Return when it was agreed to; asks on a terminal, wants --yes elsewhere."""
    if yes:
        return
    what = words.removeprefix("would ")
    if not sys.stdin.isatty():
        raise click.UsageError(f"say --yes to {what} without being asked")
    if not click.confirm(f"{what}?", err=True):
        click.echo(f"nothing was {verb}{'d' if verb.endswith('e') else 'ed'}", err=True)
        sys.exit(0)


def _find_validity(table: Settings) -> Validity | None:
    from filter.quarantine.caserelease import Validity  # noqa: PLC0415 - keeps --help quick

    rules = find_rules(table)
    return Validity(rules) if rules is not None and rules.templates else None


def _get_validity(table: Settings) -> Validity:
    """Return how long messages are of use, or leave with exit code 3."""
    validity = _find_validity(table)
    if validity is None:
        click.echo("sallyport: no valid rules say which messages are of no more use", err=True)
        click.echo("help: see `sallyport check`", err=True)
        sys.exit(exitcodes.INVALID)
    return validity
