"""``sallyport quarantine``: look at held messages, send them on, discard or export them."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from filter.cli import exitcodes
from filter.cli.casewords import case_json
from filter.cli.heldwords import (
    COLUMNS,
    explained_json,
    folded_case_row,
    item_json,
    item_row,
    print_explained,
    print_item,
    step_json,
    write_raw,
)
from filter.cli.options import Choice, json_option, load_or_exit, pictures_option, settings_option
from filter.cli.output import count, print_json, print_rows
from filter.cli.selection import (
    Selection,
    channel_option,
    choose,
    is_agreed,
    reason_option,
    selection_options,
    sender_option,
    with_progress,
)
from filter.cli.shelf import (
    actor,
    limit_option,
    open_pauses,
    open_shelf,
    recipient_spellings,
    release_check,
    since_option,
)
from filter.message import Channel

if TYPE_CHECKING:
    from filter.limits.releasecheck import ReleaseCheck
    from filter.quarantine.interface import Shelf
    from filter.quarantine.item import HeldItem
    from filter.quarantine.release import Releaser
    from filter.settings import Settings

STATES = ("held", "releasing", "released", "discarded", "expired", "failed", "unknown")
# A next hop that is away for so many messages in a row is away for the rest.
MAX_AWAY = 3

note_option = click.option("--note", default="", help="Why, for the history.")


@click.group("quarantine")
def quarantine_command() -> None:
    """List, show, release, discard and export held messages."""


@quarantine_command.command("list")
@settings_option
@click.option(
    "--state",
    type=Choice([*STATES, "all"]),
    default="held",
    show_default=True,
    help="Where in its life.",
)
@channel_option
@since_option
@reason_option
@sender_option
@click.option("--to", "recipient", default="", metavar="A", help="One of its recipients, whole.")
@click.option("--case", "case_id", default="", metavar="F_ID", help="The messages of this flood.")
@click.option("--all", "unfolded", is_flag=True, help="Messages of floods one by one, too.")
@click.option("--before", metavar="ID", help="Go on after the last id of a former list.")
@click.option("--full", is_flag=True, help="Show recipients whole.")
@limit_option
@json_option
def list_items(
    *,
    settings: Path | None,
    state: str,
    channel: str | None,
    since: datetime | None,
    reason: str,
    sender: str,
    recipient: str,
    case_id: str,
    unfolded: bool,
    before: str | None,
    limit: int,
    full: bool,
    as_json: bool,
) -> None:
    """List held messages, newest first. Recipients are masked unless --full is given.

    The messages of a flood are one line, its case, as long as nothing but --since is asked for.
    """
    from filter.quarantine.interface import CaseQuery, ItemQuery  # noqa: PLC0415 - quick --help
    from filter.quarantine.item import State  # noqa: PLC0415

    asked = channel or reason or sender or recipient or case_id or unfolded or state != "held"
    query = ItemQuery(
        state=None if state == "all" else State(state),
        channel=Channel(channel) if channel else None,
        since=since,
        reason=reason,
        sender=sender,
        recipients=recipient_spellings(recipient, settings),
        case=case_id,
        is_single=not asked,
        before=before,
        limit=limit,
    )
    with open_shelf(settings) as shelf:
        items = shelf.find_items(query)
        folded = (
            shelf.cases(CaseQuery(is_open=True, since=since, limit=limit))
            if not (asked or before)
            else ()
        )
        lost = [] if state in ("unknown", "all") else shelf.items(state=State.UNKNOWN)
    cases = [case for case in folded if case.held]
    if as_json:
        for case in cases:
            print_json(case_json(case))
        for item in items:
            print_json(item_json(item, full=full))
    else:
        now = datetime.now(UTC)
        columns = COLUMNS if state == "held" else ("id", "state", *COLUMNS[1:])
        rows = [folded_case_row(case, now) for case in cases]
        print_rows(columns, [*rows, *(item_row(item, now, full=full) for item in items)])
    if cases:
        words = f"{count(len(cases), 'flood')}, a line each"
        click.echo(f"{words}; see `sallyport cases list`, or --all", err=True)
    if len(items) == limit:
        click.echo(f"there may be more: --before {items[-1].transaction.id}", err=True)
    if lost:
        click.echo(f"{len(lost)} releases ended without an answer; see `--state unknown`", err=True)


@quarantine_command.command("show")
@settings_option
@json_option
@click.option("--raw", is_flag=True, help="Write the exact bytes of the message to stdout.")
@click.option("--explain", is_flag=True, help="Each view beside the template, by today's rules.")
@pictures_option
@click.argument("transaction_id", metavar="ID")
def show_item(
    settings: Path | None,
    transaction_id: str,
    *,
    as_json: bool,
    raw: bool,
    explain: bool,
    pictures: Path | None,
) -> None:
    """Show one message: why it was held, what is nearest, who sent it to whom, what became."""
    with open_shelf(settings) as shelf:
        item = shelf.get_item(transaction_id)
        history = shelf.history(transaction_id)
    if raw:
        write_raw(item)
    elif as_json:
        more = explained_json(item, settings) if explain else {}
        if pictures is not None:
            from filter.cli.heldpictures import pictures_json  # noqa: PLC0415 - numpy, lazily

            more |= pictures_json(item, settings, pictures)
        steps = [step_json(step) for step in history]
        print_json(item_json(item, full=True) | {"history": steps} | more)
    else:
        print_item(item, history)
        if explain:
            print_explained(item, settings)
        if pictures is not None:
            from filter.cli.heldpictures import print_pictures  # noqa: PLC0415 - numpy, lazily

            print_pictures(item, settings, pictures)


@quarantine_command.command("release")
@settings_option
@selection_options
@note_option
@click.option(
    "--despite-pause",
    is_flag=True,
    help="Even what a pause in force covers; only for messages by id, and with a --note.",
)
@json_option
def release_items(
    selection: Selection,
    settings: Path | None,
    note: str,
    *,
    despite_pause: bool,
    as_json: bool,
) -> None:
    """Send held messages to the next hop, exactly as they came, without judging them again.

    What a pause in force covers stays held. Exit 0 when all were released, 1 when one was not.
    """
    if despite_pause and (selection.everything or not note.strip()):
        message = "--despite-pause is for messages by id, and wants a --note for the history"
        raise click.UsageError(message)
    table = load_or_exit(settings)
    with open_shelf(settings) as shelf, open_pauses(table) as pauses:
        items = choose(shelf, selection)
        if not is_agreed("release", items, selection):
            return
        check = release_check(table, pauses)
        manner = _Manner(note, check, despite_pause=despite_pause)
        done = asyncio.run(_release(shelf, items, table, manner))
    _report(done, "released", as_json=as_json)


@quarantine_command.command("discard")
@settings_option
@selection_options
@note_option
@json_option
def discard_items(selection: Selection, settings: Path | None, note: str, *, as_json: bool) -> None:
    """Decide that held messages are never sent. Their bytes are deleted a week later."""
    from filter.quarantine.item import State, StateConflict  # noqa: PLC0415 - keeps --help quick

    done = []
    with open_shelf(settings) as shelf:
        items = choose(shelf, selection)
        if not is_agreed("discard", items, selection):
            return
        for item in with_progress(items, "discarding"):
            transaction_id = item.transaction.id
            try:
                shelf.change(transaction_id, State.HELD, State.DISCARDED, by=actor(), note=note)
            except StateConflict as exc:
                done.append((transaction_id, item.state.value, str(exc)))
            else:
                done.append((transaction_id, State.DISCARDED.value, note))
    _report(done, "discarded", as_json=as_json)


@quarantine_command.command("export")
@settings_option
@selection_options
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for one file a message: ID.eml with its exact bytes, ID.json for a text.",
)
@click.option(
    "--mbox", type=click.Path(dir_okay=False, path_type=Path), help="Mailbox file for all e-mail."
)
@json_option
def export_items(
    selection: Selection,
    settings: Path | None,
    output: Path | None,
    mbox: Path | None,
    *,
    as_json: bool,
) -> None:
    """Write messages to files that `sallyport scan` reads. No file is overwritten."""
    from filter.cli.export import export  # noqa: PLC0415 - keeps --help quick

    if (output is None) == (mbox is None):
        raise click.UsageError("say where to: --output DIR or --mbox FILE")
    done = []
    with open_shelf(settings) as shelf:
        items = choose(shelf, selection)
        if selection.dry_run or not items:
            is_agreed("export", items, selection)
            return
        for item in with_progress(items, "exporting"):
            transaction_id = item.transaction.id
            state, note = export(shelf.get_item(transaction_id), output, mbox)
            done.append((transaction_id, state, note))
    _report(done, "exported", as_json=as_json)


@quarantine_command.command("resolve")
@settings_option
@click.option(
    "--as",
    "end",
    type=Choice(["held", "released"]),
    required=True,
    help="released: it was sent. held: it was not, and may be released again.",
)
@click.option("--note", required=True, help="How you know, for the history.")
@json_option
@click.argument("transaction_id", metavar="ID")
def resolve_item(
    settings: Path | None, end: str, note: str, transaction_id: str, *, as_json: bool
) -> None:
    """Say what became of a release that ended unknown; or put one that failed back to held.

    Look into the next hop's log first: what was sent and is released again arrives twice.
    """
    from filter.quarantine.item import State, StateConflict  # noqa: PLC0415 - keeps --help quick
    from filter.quarantine.release import mark_interrupted  # noqa: PLC0415

    with open_shelf(settings) as shelf:
        mark_interrupted(shelf)
        start = shelf.get_item(transaction_id).state
        if start not in {State.UNKNOWN, State.FAILED}:
            click.echo(f"sallyport: {transaction_id} is {start}, not unknown or failed", err=True)
            sys.exit(exitcodes.FOUND)
        try:
            shelf.change(transaction_id, start, State(end), by=actor(), note=note)
        except StateConflict as exc:
            click.echo(f"sallyport: {exc}", err=True)
            sys.exit(exitcodes.FOUND)
    _report([(transaction_id, end, note)], end, as_json=as_json)


@dataclass(frozen=True, slots=True)
class _Manner:
    note: str
    check: ReleaseCheck
    despite_pause: bool

    def why_not(self, item: HeldItem) -> str:
        """Return what the release asks: which pause covers the message, unless that was meant."""
        return "" if self.despite_pause else self.check(item)

    def note_for(self, item: HeldItem) -> str:
        """Return the note, which names the pause that is passed over. Raises StoreError."""
        over = [pause.id for pause in self.check.find_pauses(item)] if self.despite_pause else ()
        return f"despite {', '.join(over)}: {self.note}" if over else self.note


async def _release(
    shelf: Shelf, items: Sequence[HeldItem], table: Settings, manner: _Manner
) -> list[tuple[str, str, str]]:
    from filter.mail.release import MailReleaser  # noqa: PLC0415 - each loads a client library
    from filter.quarantine.item import State, StateConflict, StoreError  # noqa: PLC0415
    from filter.quarantine.release import (  # noqa: PLC0415
        CannotRelease,
        NotRecorded,
        Paused,
        release,
    )
    from filter.sms.release import TextReleaser  # noqa: PLC0415

    mail, text = MailReleaser(table.mail.next_hop), TextReleaser(table.sms.providers)
    providers = {item.transaction.provider for item in items if item.transaction.provider}
    releasers: dict[str, Releaser] = {"": mail, **dict.fromkeys(providers, text)}
    done: list[tuple[str, str, str]] = []
    away = 0
    try:
        for item in with_progress(items, "releasing"):
            transaction_id = item.transaction.id
            try:
                ended = await release(
                    transaction_id,
                    shelf,
                    releasers,
                    by=actor(),
                    note=manner.note_for(item),
                    why_not=manner.why_not,
                )
            except (StateConflict, CannotRelease, Paused) as exc:
                state = shelf.get_item(transaction_id).state
                done.append((transaction_id, state.value, str(exc)))
                continue
            except StoreError as exc:
                state = State.UNKNOWN if isinstance(exc, NotRecorded) else State.HELD
                done.append((transaction_id, state.value, str(exc)))
                click.echo("stopped: the store is in trouble", err=True)
                break
            done.append((transaction_id, ended.state.value, ended.note))
            away = away + 1 if ended.next_hop_was_away else 0
            if away == MAX_AWAY:
                click.echo("stopped: the next hop is away", err=True)
                break
    finally:
        await mail.close()
    return done


def _report(done: Sequence[tuple[str, str, str]], wanted: str, *, as_json: bool) -> None:
    columns = ("id", "state", "note")
    print_rows(columns, (dict(zip(columns, row, strict=True)) for row in done), as_json=as_json)
    if any(state != wanted for _, state, _ in done):
        sys.exit(exitcodes.FOUND)
