"""``sallyport replay``: who would be held, who would pass, if these were the rules?"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from filter.cli import exitcodes
from filter.cli.options import (
    as_typed,
    json_option,
    load_or_exit,
    load_rules_or_exit,
    rules_option,
    settings_option,
)
from filter.cli.output import count, plain, print_json
from filter.cli.shelf import KEPT_RULES, open_shelf, parse_since

if TYPE_CHECKING:
    from filter.message import Transaction
    from filter.quarantine.item import Record
    from filter.quarantine.store import Store
    from filter.replay import Group, Tally
    from filter.ruleset import RuleSet
    from filter.settings import Settings

_DEFAULT_SPAN = timedelta(days=7)
_MANY = 200  # fewer are done before anybody looks for a bar
_FLIPS = {
    "newly-held": "PASS -> HOLD",
    "may-be-held": "PASS -> HOLD?",
    "newly-passed": "HOLD -> PASS",
    "may-be-passed": "HOLD -> PASS?",
}
_HEADINGS = {
    "newly-held": "passed, would be held",
    "may-be-held": "passed, may be held: their bytes are not kept, and what let them pass changed",
    "newly-passed": "were held, would pass",
    "may-be-passed": "were held, may pass: their bytes are gone",
}


@click.command("replay")
@settings_option
@rules_option
@click.option(
    "--since",
    metavar="TIME",
    callback=parse_since,
    help="Only newer: 30m, 2h, 3d, 2021-06-30.  [default: 7d]",
)
@click.option(
    "--fail-on",
    multiple=True,
    type=click.Choice(list(_FLIPS)),
    help="Exit with 1 when there is one of these; may be given more than once.",
)
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=1_000_000,
    show_default=True,
    help="At most so many decisions, the newest.",
)
@click.option(
    "--named",
    type=click.IntRange(min=0),
    default=3,
    show_default=True,
    help="Messages that are named of each group.",
)
@json_option
def replay_command(
    *,
    settings: Path | None,
    rules: Path | None,
    since: datetime | None,
    fail_on: tuple[str, ...],
    limit: int,
    named: int,
    as_json: bool,
) -> None:
    """Judge recorded messages by other rules and say for whom something changes; send nothing.

    What passed and would be held comes first. A message whose bytes are not kept is known by the
    rules that let it pass: if these have changed, it may be held. Limits and pauses are not
    replayed. Exit 0, or 1 by --fail-on.
    """
    from filter.replay import Tally  # noqa: PLC0415 - keeps --help quick

    table = load_or_exit(settings)
    ruleset = load_rules_or_exit(rules or as_typed(table.rules))
    oldest = since or datetime.now(UTC) - _DEFAULT_SPAN
    tally = Tally(named)
    with open_shelf(settings) as shelf:
        _replay(shelf, ruleset, tally, oldest, limit, settings)
    if as_json:
        print_json(_as_json(tally, ruleset, oldest))
    else:
        _print(tally, ruleset, oldest)
    found = any(tally.flips[flip] for flip in tally.flips if flip.value in fail_on)
    sys.exit(exitcodes.FOUND if found else exitcodes.OK)


def _replay(  # noqa: PLR0917 - one call, each is needed
    shelf: Store,
    ruleset: RuleSet,
    tally: Tally,
    oldest: datetime,
    limit: int,
    settings: Path | None,
) -> None:
    from filter.inspection import inspect  # noqa: PLC0415 - parsers load slowly
    from filter.reading.sandbox import Sandbox  # noqa: PLC0415
    from filter.replay import Replay  # noqa: PLC0415

    table = load_or_exit(settings)
    limits = table.inspection
    total = min(shelf.count_decisions(oldest), limit)
    with Sandbox(limits) as looker:
        replay = Replay(
            ruleset,
            lambda content: inspect(content, ruleset, looker, limits),
            lambda: _rules_in_force(table),
        )
        for record, content in _with_progress(shelf.stream_decisions(oldest, limit), total):
            tally.add(replay.again(record.decision, content))


def _rules_in_force(table: Settings) -> RuleSet | None:
    """Return the rules that the gate judges by: the last valid ones that it has seen."""
    from filter.rulefiles.keep import recall  # noqa: PLC0415 - keeps --help quick
    from filter.rulefiles.load import check_sources  # noqa: PLC0415

    kept = recall(table.state / KEPT_RULES)
    return check_sources(kept).rules if kept else None


def _with_progress(
    records: Iterator[tuple[Record, Transaction | None]], total: int
) -> Iterator[tuple[Record, Transaction | None]]:
    if not sys.stderr.isatty() or total < _MANY:
        yield from records
        return
    with click.progressbar(records, length=total, label="replaying", file=sys.stderr) as bar:
        yield from bar


def _print(tally: Tally, ruleset: RuleSet, oldest: datetime) -> None:
    when = f"{oldest:%Y-%m-%d %H:%M} UTC"
    click.echo(f"{count(tally.total, 'decision')} since {when}, under rules {ruleset.revision}")
    groups = tally.groups()
    shown = ""
    for group in groups:
        if group.flip != shown:
            shown = group.flip
            number = tally.flips[group.flip]
            click.echo(f"\n{_FLIPS[shown]}  {number} {_HEADINGS[shown]}")
        _print_group(group)
    if not groups:
        click.echo("\nNothing changes for any of them.")
    _print_unchanged(tally)


def _print_group(group: Group) -> None:
    click.echo(f"  {group.messages:>7}  {plain(group.rule) or '-'}  {plain(group.reason)}")
    if group.detail:
        click.echo(f"           {plain(group.detail)}")
    if group.latest:
        click.echo(f"           {' '.join(group.latest)}")


def _print_unchanged(tally: Tally) -> None:
    from filter.replay import Flip, Known  # noqa: PLC0415

    passed, held = tally.flips[Flip.STAYS_PASSED], tally.flips[Flip.STAYS_HELD]
    click.echo(f"\nunchanged  {passed + held}: {passed} pass, {held} held")
    known = tally.known
    digests = known[Known.DIGEST] + known[Known.REVISION]
    click.echo(
        f"known by   {known[Known.CONTENT]} judged again, {digests} by digests of the rules,"
        f" {known[Known.NOTHING]} not for certain"
    )
    click.echo("           limits, pauses and repeats are not replayed")


def _as_json(tally: Tally, ruleset: RuleSet, oldest: datetime) -> dict[str, object]:
    from filter.replay import Flip, Known  # noqa: PLC0415

    return {
        "rules": ruleset.revision,
        "since": oldest.isoformat(),
        "decisions": tally.total,
        "counts": {flip.value: tally.flips[flip] for flip in Flip},
        "known_by": {known.value: tally.known[known] for known in Known},
        "changes": [
            {
                "change": group.flip.value,
                "rule": group.rule or None,
                "reason": group.reason,
                "detail": group.detail or None,
                "messages": group.messages,
                "latest": group.latest,
            }
            for group in tally.groups()
        ],
    }
