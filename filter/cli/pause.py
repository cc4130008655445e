"""``sallyport pause``, ``resume`` and ``pauses``: the kill switch."""

from __future__ import annotations

import functools
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from filter.cli import exitcodes
from filter.cli.control import MATCHES_NOTHING
from filter.cli.options import json_option, load_or_exit, settings_option
from filter.cli.output import print_json, print_rows
from filter.cli.shelf import (
    actor,
    find_rules,
    limit_option,
    moment_words,
    open_pauses,
    printable,
    span_words,
)
from filter.limits.pause import Pause, PauseRecord, PauseShelf
from filter.subject import Dimension, Scope

if TYPE_CHECKING:
    from filter.confirmation import Confirmation
    from filter.pausing import PauseRefused
    from filter.ruleset import RuleSet
    from filter.settings import Settings

COLUMNS = ("id", "scope", "does", "since", "until", "by", "reason")
PAST_COLUMNS = ("id", "state", "scope", "since", "ended", "by", "ended by", "reason", "note")
_NAMED_IN_RULES = frozenset({Dimension.TEMPLATE, Dimension.CLASS})
_HELP = {
    Dimension.TEMPLATE: ("T", "Id of a template, with its variants."),
    Dimension.CLASS: ("C", "Class of templates: otp."),
    Dimension.CHANNEL: ("email|sms", "Way out."),
    Dimension.SENDER: ("S", "Envelope sender of e-mail, sender of texts."),
    Dimension.CLIENT: ("C", "Name of a client (its account), or its address."),
    Dimension.RECIPIENT: ("R", "One number or e-mail address."),
    Dimension.PREFIX: ("+6012", "Numbers that begin so."),
    Dimension.COUNTRY: ("MY", "Numbers of a country."),
    Dimension.DOMAIN: ("D", "E-mail addresses of a domain."),
    Dimension.END_USER: ("U", "An end user, as the client names it."),
    Dimension.END_USER_IP: ("IP", "An end user's address."),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for on the command line."""

    everything: bool
    values: dict[str, list[str]]
    reason: str
    span: str | None
    moment: str | None
    drops: bool
    force: bool
    dry_run: bool


def _scope_options(command: Callable[..., None]) -> Callable[..., None]:
    """Let a command take one option a dimension; it gets ``values``."""

    @functools.wraps(command)
    def wrapped(**given: object) -> None:
        found = {d.value: given.pop(d.value.replace("-", "_")) for d in Dimension}
        values = {name: list(v) for name, v in found.items() if isinstance(v, tuple) and v}
        command(values=values, **given)

    for dimension in reversed(Dimension):
        metavar, text = _HELP[dimension]
        option = click.option(
            f"--{dimension}",
            dimension.value.replace("-", "_"),
            multiple=True,
            metavar=metavar,
            help=text,
        )
        wrapped = option(wrapped)
    return wrapped


@click.command("pause")
@settings_option
@click.option("--all", "everything", is_flag=True, help="Every message.")
@_scope_options
@click.option("--reason", required=True, metavar="TEXT", help="Why; who comes next reads it.")
@click.option("--for", "span", metavar="SPAN", help="Ends by itself: 30m, 2h, 3d.")
@click.option("--until", "moment", metavar="TIME", help="Ends by itself: 18:30, 2026-06-30T18:30.")
@click.option("--drop", "drops", is_flag=True, help="Answer 451 or 503 instead of holding.")
@click.option("--force", is_flag=True, help="Even if rules and settings know no such name.")
@click.option("--dry-run", is_flag=True, help="Only say what it would stop.")
@json_option
def pause_command(
    settings: Path | None, *, as_json: bool, values: dict[str, list[str]], **given: object
) -> None:
    """Stop messages now, on every worker, until they are resumed.

    Options of one kind can be given several times: any of them fits. Different kinds all have to
    fit. What falls under the pause is held, as one case; what is held already stays held. Exit 0
    when every worker of the running gate has it, or no gate runs; 1 when one has not.
    """
    from filter.limits.pausewords import pause_json  # noqa: PLC0415 - keeps --help quick

    asked = Asked(values=values, **given)  # type: ignore[arg-type]  # click's types, as declared
    table = load_or_exit(settings)
    pause = _read(asked, table)
    if asked.dry_run:
        _say_trial(pause, table, as_json=as_json)
        return
    from filter.confirmation import wait_until_paused  # noqa: PLC0415 - keeps --help quick

    with open_pauses(table) as shelf:
        started = time.monotonic()
        _put_in_force(pause, shelf)
        if not as_json:
            _say_what(pause)
        seen = wait_until_paused(table.state, [pause.id], started, releasing=shelf.releasing)
    if as_json:
        print_json(pause_json(pause, full=True) | {"confirmed": seen.as_json()})
    else:
        _say_reach(pause.scope, table)
        click.echo(f"{pause.id}  {_after(seen)}")
        click.echo(f"to end it: sallyport resume {pause.id}")
    _leave(seen)


def _put_in_force(pause: Pause, shelf: PauseShelf) -> None:
    """Return when it is on disk; otherwise leave, and say that nothing is paused."""
    from filter.limits.pause import TooManyPauses  # noqa: PLC0415 - keeps --help quick
    from filter.pausing import PauseRefused  # noqa: PLC0415
    from filter.quarantine.item import StoreError  # noqa: PLC0415

    try:
        same = [other.id for other in shelf.pauses(pause.since) if other.scope == pause.scope]
        shelf.pause(pause)
    except TooManyPauses as exc:
        _refuse(PauseRefused([str(exc)]))
    except StoreError as exc:
        click.echo(f"sallyport: {exc}", err=True)
        help_ = "nothing is paused; are these the settings of the gate (--settings)?"
        click.echo(f"help: {help_}", err=True)
        sys.exit(exitcodes.AWAY)
    for other in same:
        click.echo(f"the same is paused already: {other}", err=True)


def _read(asked: Asked, table: Settings) -> Pause:
    from filter.pausing import (  # noqa: PLC0415 - keeps --help quick
        Names,
        PauseRefused,
        check_names,
        make_pause,
        read_scope,
        read_until,
    )

    if asked.everything == bool(asked.values):
        raise click.UsageError("say what to pause: --client, --template, …, or --all alone")
    now = datetime.now(UTC)
    try:
        scope = read_scope(asked.values, table.limits)
        if not asked.force:
            check_names(scope, Names.of(table, _rules_for(scope, table)))
        return make_pause(
            scope,
            reason=asked.reason,
            by=actor(),
            until=read_until(asked.span, asked.moment, now),
            drops=asked.drops,
            now=now,
        )
    except PauseRefused as exc:
        _refuse(exc)


def _rules_for(scope: Scope, table: Settings) -> RuleSet | None:
    return find_rules(table) if {*_NAMED_IN_RULES, Dimension.SENDER} & scope.values.keys() else None


def _refuse(refusal: PauseRefused) -> NoReturn:
    for problem in refusal.problems:
        click.echo(f"sallyport: {printable(problem)}", err=True)
    remedy = "nothing is paused"
    if refusal.is_unknown:
        remedy += "; say --force to pause it all the same"
    click.echo(f"help: {remedy}", err=True)
    sys.exit(exitcodes.USAGE)


# --- what it will stop


_VERBS = {
    False: ("holds", "would hold"),
    True: ("leaves with its client (451, 503)", "would leave with its client (451, 503)"),
}


def _say_what(pause: Pause, *, is_trial: bool = False) -> None:
    who = "every message" if not pause.scope.values else printable(pause.scope.describe())
    end = "until it is resumed" if pause.until is None else f"until {moment_words(pause.until)}"
    click.echo(f"{_VERBS[pause.drops][is_trial]}: {who}, {end}")


def _say_reach(scope: Scope, table: Settings) -> None:
    from filter.cli.reach import find_reach  # noqa: PLC0415 - keeps --help quick

    reach = find_reach(scope, table)
    if reach is None:
        click.echo("what it would have stopped so far cannot be told: the store cannot be read")
    else:
        click.echo(reach.words())


def _say_trial(pause: Pause, table: Settings, *, as_json: bool) -> None:
    """Say what a pause would stop. It has no id, as there is none."""
    from filter.cli.reach import find_reach  # noqa: PLC0415 - keeps --help quick
    from filter.limits.pausewords import pause_json  # noqa: PLC0415

    if not as_json:
        _say_what(pause, is_trial=True)
        _say_reach(pause.scope, table)
        return
    reach = find_reach(pause.scope, table)
    said = {key: value for key, value in pause_json(pause, full=True).items() if key != "id"}
    print_json(said | {"reach": None if reach is None else reach.as_json()})


# --- whether every worker has it


def _after(seen: Confirmation) -> str:
    if not seen.is_running:
        words = "no gate runs here now; it is in force as soon as one starts"
        released = "" if seen.settled_seconds is not None else "; a release that had begun goes on"
        return words + released
    words = seen.words("in force")
    if not seen.is_done:
        return f"WARNING {words}; look at `sallyport status` and the log"
    if seen.settled_seconds is None:
        return f"{words}; some messages that were on their way before are not answered yet"
    return f"{words}; nothing from before is on its way any more"


def _leave(seen: Confirmation) -> None:
    if seen.is_running and not seen.is_done:
        sys.exit(exitcodes.FOUND)


# --- resume


@click.command("resume")
@settings_option
@click.option("--all", "everything", is_flag=True, help="Every pause in force.")
@click.option("--note", default="", metavar="TEXT", help="Why, for the history.")
@json_option
@click.argument("ids", nargs=-1, metavar="[ID…]")
def resume_command(
    settings: Path | None, ids: tuple[str, ...], note: str, *, everything: bool, as_json: bool
) -> None:
    """End pauses. What they hold stays held until it is released or discarded.

    Exit 0 when every worker of the running gate has let go, or no gate runs; 1 when one has not, or
    when one of the ids is of no pause in force: the others are ended all the same.
    """
    from filter.confirmation import (  # noqa: PLC0415 - keeps --help quick
        Confirmation,
        wait_until_resumed,
    )

    if everything == bool(ids):
        raise click.UsageError("name pauses by id, or say --all (see `sallyport pauses`)")
    table = load_or_exit(settings)
    with open_pauses(table) as shelf:
        in_force = [pause.id for pause in shelf.pauses(datetime.now(UTC))]
        started = time.monotonic()
        ends = _end_each(shelf, in_force if everything else ids, note)
    if everything and not in_force:
        click.echo("nothing is paused", err=True)
    ended = [pause.id for pause in ends.ended]
    seen = wait_until_resumed(table.state, ended, started) if ended else Confirmation()
    _say_ended(ends.ended, seen, as_json=as_json)
    for problem in (*ends.gone, *ends.troubles):
        click.echo(f"sallyport: {printable(problem)}", err=True)
    if ends.troubles:
        sys.exit(exitcodes.AWAY)
    if ends.gone and not everything:  # of all, that it is over is what was wanted
        sys.exit(exitcodes.FOUND)
    _leave(seen)


@dataclass(frozen=True, slots=True)
class _Ends:
    """Which pauses were ended, which were not there, and why the rest was not tried."""

    ended: list[Pause] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)


def _end_each(shelf: PauseShelf, ids: Iterable[str], note: str) -> _Ends:
    """End pauses one by one; what was ended is known even if the store fails before the last."""
    from filter.quarantine.item import NoSuchItem, StoreError  # noqa: PLC0415 - keeps --help quick

    ends = _Ends()
    for one in dict.fromkeys(ids):
        try:
            ends.ended.append(shelf.resume(one, by=actor(), note=note))
        except NoSuchItem as exc:
            ends.gone.append(str(exc))
        except StoreError as exc:
            ends.troubles.append(str(exc))
            break
    return ends


def _say_ended(ended: Sequence[Pause], seen: Confirmation, *, as_json: bool) -> None:
    from filter.limits.pausewords import pause_json  # noqa: PLC0415 - keeps --help quick

    for pause in ended:
        if as_json:
            print_json(pause_json(pause, full=True) | {"confirmed": seen.as_json()})
        else:
            click.echo(f"resumed {pause.id}  {printable(pause.scope.describe())}")
    if not as_json and seen.is_running:
        click.echo(seen.words("let go"))
        click.echo("what was held meanwhile stays held: sallyport cases list", err=True)


# --- list


@click.command("pauses")
@settings_option
@click.option("--history", is_flag=True, help="Those that are over, too.")
@limit_option
@json_option
def pauses_command(settings: Path | None, limit: int, *, history: bool, as_json: bool) -> None:
    """List the pauses in force: what is stopped, since when, by whom and why."""
    from filter.limits.pausewords import record_json  # noqa: PLC0415 - keeps --help quick

    now = datetime.now(UTC)
    table = load_or_exit(settings)
    with open_pauses(table) as shelf:
        in_force = shelf.pauses(now)
        records = shelf.records(limit) if history else ()
    if not history:
        records = tuple(PauseRecord(pause) for pause in in_force)
    idle = _find_idle(in_force, table)
    if as_json:
        for record in records:
            said = {"matches_nothing": record.pause.id in idle}
            print_json(record_json(record, now, full=True) | said)
        return
    rows = [_row(record, now, is_idle=record.pause.id in idle) for record in records]
    print_rows(PAST_COLUMNS if history else COLUMNS, rows)
    if not records:
        click.echo("nothing is paused", err=True)


def _find_idle(pauses: Sequence[Pause], table: Settings) -> frozenset[str]:
    """Return the ids of those that the rules leave with nothing to stop."""
    from filter.pausing import Names, matches_nothing  # noqa: PLC0415 - keeps --help quick

    asking = [pause for pause in pauses if _NAMED_IN_RULES & pause.scope.values.keys()]
    names = Names.of(table, find_rules(table) if asking else None)
    return frozenset(pause.id for pause in asking if matches_nothing(pause.scope, names))


def _row(record: PauseRecord, now: datetime, *, is_idle: bool) -> dict[str, object]:
    from filter.limits.pausewords import state_of  # noqa: PLC0415 - keeps --help quick

    pause = record.pause
    ended = record.ended_at or (pause.until if pause.is_over(now) else None)
    return {
        "id": pause.id,
        "state": state_of(record, now),
        "scope": pause.scope.describe() + (f" ({MATCHES_NOTHING})" if is_idle else ""),
        "does": "drops" if pause.drops else "holds",
        "since": f"{moment_words(pause.since)} ({span_words(now - pause.since)})",
        "until": "resumed" if pause.until is None else moment_words(pause.until),
        "ended": "" if ended is None else moment_words(ended),
        "by": pause.by,
        "ended by": record.ended_by,
        "reason": pause.reason,
        "note": record.note,
    }
