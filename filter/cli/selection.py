"""Which held messages a command means, whether to go on with them, and how far it got."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

import click

from filter.cli.options import Choice
from filter.cli.output import count
from filter.cli.shelf import printable, reason_words, since_option
from filter.message import Channel

if TYPE_CHECKING:
    from filter.quarantine.interface import Shelf
    from filter.quarantine.item import HeldItem

T = TypeVar("T")

# All that match are read in lists of so many.
PAGE = 500
# A question names so many of the messages it is about.
SHOWN = 5


@dataclass(frozen=True, slots=True)
class Selection:
    """What was asked for on the command line."""

    ids: tuple[str, ...]
    everything: bool
    case_id: str
    reason: str
    channel: str | None
    since: datetime | None
    sender: str
    dry_run: bool
    yes: bool


channel_option = click.option("--channel", type=Choice(["email", "sms"]), help="Way out.")
reason_option = click.option(
    "--reason", default="", metavar="CODE", help="A reason (link.lookalike) or area (link)."
)
sender_option = click.option("--from", "sender", default="", metavar="A", help="Envelope sender.")


def selection_options(command: Callable[..., None]) -> Callable[..., None]:
    """Let a command take ids, or all that match, and be rehearsed: it gets a Selection."""

    @functools.wraps(command)
    def wrapped(**given: object) -> None:
        names = Selection.__dataclass_fields__
        selection = Selection(**{name: given.pop(name) for name in names})  # type: ignore[arg-type]  # click's types, as the options below declare them
        command(selection, **given)

    for option in (
        click.option("--yes", "-y", is_flag=True, help="Do not ask; needed without a terminal."),
        click.option("--dry-run", is_flag=True, help="Only say which messages it would be."),
        sender_option,
        since_option,
        channel_option,
        reason_option,
        click.option("--case", "case_id", default="", metavar="F_ID", help="All of this flood."),
        click.option(
            "--all", "everything", is_flag=True, help="All held ones that match; no floods."
        ),
        click.argument("ids", nargs=-1, metavar="[ID…|-]"),
    ):
        wrapped = option(wrapped)
    return wrapped


def choose(shelf: Shelf, selection: Selection) -> Sequence[HeldItem]:
    """Return the items that are meant, oldest first. Raises NoSuchItem for an unknown id."""
    narrowed = selection.reason or selection.channel or selection.since or selection.sender
    if sum(map(bool, (selection.everything, selection.case_id, selection.ids))) != 1:
        raise click.UsageError("name messages by id, or say --all or --case (see `list`)")
    if not selection.ids:
        return tuple(reversed(list(_pages(shelf, selection))))
    if narrowed:
        raise click.UsageError(
            "--reason, --channel, --since and --from choose among --all or --case"
        )
    ids = sys.stdin.read().split() if selection.ids == ("-",) else selection.ids
    return tuple(_without_content(shelf.get_item(one)) for one in dict.fromkeys(ids))


def _without_content(item: HeldItem) -> HeldItem:
    return replace(item, transaction=replace(item.transaction, content=b""))


def _pages(shelf: Shelf, selection: Selection) -> Iterator[HeldItem]:
    from filter.quarantine.interface import ItemQuery  # noqa: PLC0415 - keeps --help quick
    from filter.quarantine.item import State  # noqa: PLC0415

    before: str | None = None
    while True:
        page = shelf.find_items(
            ItemQuery(
                state=State.HELD,
                channel=Channel(selection.channel) if selection.channel else None,
                since=selection.since,
                reason=selection.reason,
                sender=selection.sender,
                case=selection.case_id,
                is_single=selection.everything,
                before=before,
                limit=PAGE,
            )
        )
        yield from page
        if len(page) < PAGE:
            return
        before = page[-1].transaction.id


def is_agreed(verb: str, items: Sequence[HeldItem], selection: Selection) -> bool:
    """Return whether to go on: asks on a terminal, wants --yes elsewhere, never in a dry run."""
    if not items:
        click.echo(f"nothing to {verb}", err=True)
        return False
    if selection.dry_run:
        for item in items:
            click.echo(_line(item))
        click.echo(f"would {verb} {count(len(items), 'message')}", err=True)
        return False
    if selection.yes:
        return True
    if not sys.stdin.isatty():
        messages = count(len(items), "message")
        raise click.UsageError(f"say --yes to {verb} {messages} without being asked")
    for item in items[:SHOWN]:
        click.echo(f"  {_line(item)}", err=True)
    if len(items) > SHOWN:
        click.echo(f"  and {len(items) - SHOWN} more", err=True)
    return click.confirm(f"{verb} {count(len(items), 'message')}?", err=True)


def with_progress(things: Sequence[T], label: str) -> Iterable[T]:
    """Give the things one by one, with a bar on a terminal when there are many."""
    if len(things) <= SHOWN or not sys.stderr.isatty():
        yield from things
        return
    with click.progressbar(things, label=label, file=sys.stderr) as bar:
        yield from bar


def _line(item: HeldItem) -> str:
    return printable(f"{item.transaction.id}  {reason_words(item.verdict)}  {item.title}")
