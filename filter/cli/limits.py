"""``sallyport limits``: the rules about how many, what is used of a key, and when it frees."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from filter.cli import exitcodes
from filter.cli.options import json_option, load_or_exit, load_rules_or_exit, settings_option
from filter.cli.output import count, print_json, print_rows
from filter.cli.shelf import (
    actor,
    has_counted_nothing,
    moment_words,
    open_shelf,
    span_words,
    store_or_exit,
)
from filter.subject import Dimension

if TYPE_CHECKING:
    from filter.floodrules import FloodRules, RepeatRule
    from filter.limits.charges import About, CountingRule
    from filter.limits.interface import LimitStore, Meter, Reading
    from filter.limits.looking import Look, Values
    from filter.ruleset import RuleSet
    from filter.settings import Settings

T = TypeVar("T")

LIST_COLUMNS = ("rule", "kind", "match", "per", "allows", "does", "where")
SHOW_COLUMNS = ("rule", "key", "used", "next", "all free", "flood", "does", "note")
FLOOD_COLUMNS = ("rule", "key", "since", "last", "attempts")
RESET_RULE = "limits.reset"
# So many of the latest messages to a person are looked at for who sent them.
MOST_DECISIONS = 1000
# What a rule does when it only tells people: the next message goes on at once.
_IN_NO_WAY = ("alert", "shadow (alert)")
_MICROS = 1_000_000

key_argument = click.argument("key", nargs=-1, required=True, metavar="KEY…")


@click.group("limits")
def limits_command() -> None:
    """How many messages may go on: the rules, what is used up, and when it frees."""


# --- list


@limits_command.command("list")
@settings_option
@json_option
def list_limits(settings: Path | None, *, as_json: bool) -> None:
    """List limits, watches, floors and rules for repeats, with their windows."""
    rules = load_rules_or_exit(load_or_exit(settings).rules)
    print_rows(LIST_COLUMNS, _rule_rows(rules.floods), as_json=as_json)
    if not _counting(rules.floods) and not rules.floods.repeats and not as_json:
        click.echo("no rules about how many; docs/limits.md shows how to write them", err=True)


def _counting(floods: FloodRules) -> tuple[CountingRule, ...]:
    return (*floods.limits, *floods.watches, *floods.floors)


def _rule_rows(floods: FloodRules) -> Iterator[Mapping[str, object]]:
    from filter.limits.rulewords import allowed_words, kind_of  # noqa: PLC0415 - as above
    from filter.limits.words import window_words  # noqa: PLC0415 - as above

    for rule in _counting(floods):
        yield {
            "rule": rule.id,
            "kind": kind_of(rule),
            "match": rule.match.describe(),
            "per": " ".join(rule.per) or "gate",
            "allows": allowed_words(rule),
            "does": _does(rule),
            "where": rule.source,
        }
    for repeat in floods.repeats:
        yield {
            "rule": repeat.id,
            "kind": "repeats",
            "match": repeat.match.describe(),
            "per": "",
            "allows": f"the same once in {window_words(repeat.seconds)}",
            "does": _does(repeat),
            "where": repeat.source,
        }


def _does(rule: CountingRule | RepeatRule) -> str:
    from filter.floodrules import RepeatRule  # noqa: PLC0415 - keeps --help quick
    from filter.mode import Mode  # noqa: PLC0415 - as above

    what = "first answer" if isinstance(rule, RepeatRule) else rule.action.value
    return f"shadow ({what})" if rule.mode is Mode.SHADOW else what


# --- show


@limits_command.command("show")
@settings_option
@json_option
@key_argument
def show(settings: Path | None, key: tuple[str, ...], *, as_json: bool) -> None:
    """Show what is used of a KEY, and when it frees.

    A KEY is `recipient=+60123456789`, `client=kiosk template=sign-in` and the like; a bare number,
    address, or name of a client, template, class or sender is understood, and `all` is the whole
    gate. Reads the store: the gate need not run.
    """
    table = load_or_exit(settings)
    rules = load_rules_or_exit(table.rules)
    given, looks = _look(key, rules, table)
    meters = [meter for look in looks for meter, _ in look.meters]
    readings = iter(_ask(table, lambda store: store.peek(meters)) if meters else ())
    found = [(look, row) for look in looks for row in _look_rows(look, readings)]
    # Of clients that nobody named only those that sent something tell anything.
    rows = [row for look, row in found if not look.any_client or row["count"]]
    if as_json:
        for row in rows:
            print_json(row)
        return
    print_rows(SHOW_COLUMNS, map(_words_of, rows))
    if not looks:
        what = _key_words(given) if given else "the whole gate (`per: gate`)"
        click.echo(f"no rule counts {what}", err=True)


def _look(key: Sequence[str], rules: RuleSet, table: Settings) -> tuple[Values, tuple[Look, ...]]:
    from filter.limits.looking import Unclear, looks_at, read_key  # noqa: PLC0415 - as above
    from filter.limits.signals import clients_of  # noqa: PLC0415

    clients = [*clients_of(table)]
    try:
        given = read_key(key, rules, table.limits, clients)
    except Unclear as exc:
        raise click.UsageError(str(exc)) from exc
    _note_unknown(given, rules, table)
    clients += _clients_that_wrote_to(given.get(Dimension.RECIPIENT, ""), table)
    looks = looks_at(given, rules, table.limits, dict.fromkeys(clients))
    return given, tuple(sorted(looks, key=lambda look: bool(look.lacks)))


def _note_unknown(given: Values, rules: RuleSet, table: Settings) -> None:
    """Say that nobody knows such a name: what was counted for it may be from before."""
    from filter.pausing import Names, PauseRefused, check_names  # noqa: PLC0415 - keeps --help quick
    from filter.subject import Scope  # noqa: PLC0415

    try:
        check_names(Scope({d: frozenset({v}) for d, v in given.items()}), Names.of(table, rules))
    except PauseRefused as exc:
        for problem in exc.problems:
            click.echo(f"note: {problem}", err=True)


def _clients_that_wrote_to(recipient: str, table: Settings) -> list[str]:
    """Return the clients of the latest messages to a person: many are known by address alone."""
    from filter.decisions import mask  # noqa: PLC0415 - keeps --help quick
    from filter.limits.recipients import spellings_of  # noqa: PLC0415
    from filter.quarantine.interface import DecisionQuery  # noqa: PLC0415
    from filter.quarantine.item import StoreError  # noqa: PLC0415
    from filter.quarantine.store import Store  # noqa: PLC0415

    if not recipient:
        return []
    masked = tuple(mask(one) for one in spellings_of(recipient, table.limits))
    try:
        with Store(table.state, table.quarantine, create=False) as store:
            found = store.find_decisions(DecisionQuery(recipients=masked, limit=MOST_DECISIONS))
    except StoreError:
        return []
    return [record.decision.client for record in found]


def _look_rows(look: Look, readings: Iterator[Reading]) -> Iterator[dict[str, object]]:
    base: dict[str, object] = {
        "rule": look.rule.id,
        "does": _does(look.rule),
        "safe": look.is_safe,
        "only": {d.value: sorted(wanted) for d, wanted in look.only.values.items()},
        "needs": [dimension.value for dimension in look.lacks],
    }
    if look.lacks:
        yield {**base, "key": None}
    for meter, about in look.meters:
        yield {**base, **_reading_row(meter, about, next(readings))}


def _reading_row(meter: Meter, about: About, reading: Reading) -> dict[str, object]:
    from filter.limits.rulewords import used_words  # noqa: PLC0415 - keeps --help quick

    return {
        "key": about.label,
        "used": used_words(about, reading),
        "count": reading.count,
        "allowed": getattr(meter.measure, "allowed", None),
        "burst": getattr(meter.measure, "burst", None),
        "window_seconds": getattr(meter.measure, "seconds", None),
        "usual": reading.usual,
        "codes_used": reading.used,
        "is_exceeded": reading.is_exceeded,
        "is_learning": reading.is_learning,
        "retry_seconds": reading.retry_seconds,
        "all_free_at": _iso(reading.until),
        # A reading asks what one more would meet: a flood that it would begin is none yet.
        "flood_since": None if reading.is_new else _iso(reading.since),
    }


def _iso(micros: int) -> str | None:
    return datetime.fromtimestamp(micros / _MICROS, UTC).isoformat() if micros else None


def _words_of(row: Mapping[str, object]) -> dict[str, object]:
    if row["key"] is None:
        needs = " and ".join(f"{name}=…" for name in _texts(row["needs"]))
        return {**row, "key": "-", "note": f"name {needs}, too"}
    return {
        **row,
        "next": _next_words(row),
        "all free": _free_words(row["all_free_at"]),
        "flood": _clock_words(row["flood_since"]),
        "note": "; ".join(_notes(row)),
    }


def _texts(value: object) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else []


def _next_words(row: Mapping[str, object]) -> str:
    from filter.limits.words import wait_words  # noqa: PLC0415 - keeps --help quick

    if not row["is_exceeded"] or row["does"] in _IN_NO_WAY:
        return "now"
    seconds = row["retry_seconds"]
    return f"in {wait_words(seconds)}" if isinstance(seconds, float) else "nobody can tell"


def _free_words(moment: object) -> str:
    words = _clock_words(moment)
    return "-" if words.endswith(" ago") else words


def _clock_words(moment: object) -> str:
    if not isinstance(moment, str):
        return "-"
    at, now = datetime.fromisoformat(moment), datetime.now(UTC)
    if at <= now:
        return f"{span_words(now - at)} ago"
    return f"in {span_words(at - now)}"


def _notes(row: Mapping[str, object]) -> Iterator[str]:
    if row["safe"]:
        yield "on a safe list, so not counted"
    if row["is_learning"]:
        yield "still learning"
    only = row["only"]
    if isinstance(only, dict) and only:
        yield "only " + " ".join(f"{name}={','.join(wanted)}" for name, wanted in only.items())


def _key_words(given: Values) -> str:
    from filter.limits.words import key_words  # noqa: PLC0415 - keeps --help quick

    return key_words(sorted(given.items()))


# --- floods


@limits_command.command("floods")
@settings_option
@json_option
def floods(settings: Path | None, *, as_json: bool) -> None:
    """List the keys that were too many in the last hour, the latest first."""
    marks = _ask(load_or_exit(settings), lambda store: store.floods())
    if as_json:
        for mark in marks:
            print_json(
                {
                    "rule": mark.rule,
                    "key": mark.label,
                    "since": _iso(mark.since),
                    "last": _iso(mark.last),
                    "attempts": mark.attempts,
                }
            )
        return
    rows = (
        {
            "rule": mark.rule,
            "key": mark.label,
            "since": moment_words(datetime.fromtimestamp(mark.since / _MICROS, UTC)),
            "last": _clock_words(_iso(mark.last)),
            "attempts": mark.attempts,
        }
        for mark in marks
    )
    print_rows(FLOOD_COLUMNS, rows)
    if not marks:
        click.echo("no floods in the last hour", err=True)


# --- reset


@limits_command.command("reset")
@settings_option
@click.option("--reason", required=True, metavar="TEXT", help="Why; alerts keep it.")
@click.option("--dry-run", is_flag=True, help="Only say what would be forgotten.")
@json_option
@key_argument
def reset(
    settings: Path | None, key: tuple[str, ...], reason: str, *, dry_run: bool, as_json: bool
) -> None:
    """Forget what was counted at a KEY.

    What a first-seen watch holds becomes known. Forgotten is what is counted for just this key, of
    a person through any client; what several keys share (a number's country, a client) stays
    counted: name that itself.
    `sallyport alerts list` shows who did it and why.
    """
    from filter.limits.looking import is_own  # noqa: PLC0415 - keeps --help quick
    from filter.quarantine.item import Alert  # noqa: PLC0415 - as above

    if not reason.strip():
        raise click.UsageError("a reset needs a reason: who comes next has to know why")
    table = load_or_exit(settings)
    rules = load_rules_or_exit(table.rules)
    given, looks = _look(key, rules, table)
    own = [look for look in looks if is_own(look, given)]
    meters = [meter for look in own for meter, _ in look.meters]
    names = list(dict.fromkeys(look.rule.id for look in own))
    if meters and not dry_run:
        text = f"reset by {actor()}: {' '.join(reason.split())} ({', '.join(names)})"
        with open_shelf(settings) as shelf:
            shelf.probe()  # or it would be reset and nobody told
            _ask(table, lambda store: store.reset(meters))
            shelf.note_alert(Alert(datetime.now(UTC), RESET_RULE, _key_words(given), text))
    _say_reset(given, names, looks, dry_run=dry_run, as_json=as_json)
    if not meters:
        sys.exit(exitcodes.FOUND)


def _say_reset(
    given: Values, names: Sequence[str], looks: Sequence[Look], *, dry_run: bool, as_json: bool
) -> None:
    others = [look for look in looks if look.lacks and given.keys() & set(look.rule.per)]
    if as_json:
        print_json({"key": _key_words(given), "reset": names, "dry_run": dry_run})
        return
    verb = "would forget" if dry_run else "forgot"
    if names:
        click.echo(f"{verb} {_key_words(given)} in {count(len(names), 'rule')}: {', '.join(names)}")
    else:
        click.echo(f"sallyport: no rule counts just {_key_words(given)}", err=True)
    for look in others:
        needs = " and ".join(f"{dimension}=…" for dimension in look.lacks)
        click.echo(f"{look.rule.id} counts by more than that: name {needs}, too", err=True)


# --- the store


def _ask(table: Settings, question: Callable[[LimitStore], Awaitable[T]]) -> T:
    """Return what the limit store answers; its trouble ends the command with one line."""
    from filter.limits.interface import LimitStoreAway  # noqa: PLC0415 - keeps --help quick
    from filter.limits.stores import LimitStoreMissing, open_store  # noqa: PLC0415 - as above

    async def ask() -> T:
        store = open_store(table, looks=looks)
        try:
            return await question(store)
        finally:
            await store.close()

    looks = has_counted_nothing(table)
    try:
        with store_or_exit(table.state):
            if looks:
                click.echo("nothing is counted yet: the gate has not run here", err=True)
            return asyncio.run(ask())
    except (LimitStoreAway, LimitStoreMissing) as exc:
        click.echo(f"sallyport: the limit store cannot be asked: {exc}", err=True)
        sys.exit(exitcodes.AWAY)
