"""``sallyport templates learn``: rules from messages that were sent."""

from __future__ import annotations

import contextlib
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from filter.cli import exitcodes
from filter.cli.options import as_typed, json_option, load_or_exit, rules_option, settings_option
from filter.cli.output import count, plain, print_json
from filter.cli.shelf import since_option

if TYPE_CHECKING:
    from filter.cli.learnsources import Stored, Taken
    from filter.learning.learn import Learned
    from filter.learning.proposals import Proposal
    from filter.learning.seen import Sample
    from filter.rulefiles.sources import SourceFile
    from filter.ruleset import RuleSet
    from filter.settings import Settings

DEFAULT_NAME = "learnt.yaml"
_MOST = 100_000
_EVERY = 200  # messages between two signs of progress


@click.command("learn")
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE…")
@settings_option
@rules_option
@click.option(
    "--domain", "domains", multiple=True, metavar="DOMAIN",
    help="A domain of yours; default: those that send as a rule. May be repeated.",
)  # fmt: skip
@click.option("--from", "sender", default="", metavar="SENDER", help="Sender of rows of a CSV.")
@since_option
@click.option(
    "--min-count", type=click.IntRange(min=2), default=20, show_default=True,
    help="Fewest messages of what --accept-all accepts.",
)  # fmt: skip
@click.option(
    "--min-recipients", type=click.IntRange(min=1), default=10, show_default=True,
    help="Fewest recipients of it.",
)  # fmt: skip
@click.option(
    "--min-days", type=click.IntRange(min=1), default=3, show_default=True,
    help="Fewest days on which it was sent, where dates are known.",
)  # fmt: skip
@click.option(
    "--max-messages", type=click.IntRange(min=1), default=_MOST, show_default=True,
    help="Learn from a fair choice of so many, where there are more.",
)  # fmt: skip
@click.option("--accept", "accepted", multiple=True, metavar="ID", help="Accept a proposal.")
@click.option("--accept-all", is_flag=True, help="Accept all that nothing speaks against.")
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path),
    help=f"The new rule file; default: {DEFAULT_NAME} in the folder of the rules.",
)  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Write nothing, only show.")
@click.option("--force", is_flag=True, help="Overwrite the file.")
@click.option("--show-values", is_flag=True, help="Show values whole, not shortened.")
@json_option
def learn_command(  # noqa: PLR0917 - one for each option
    sources: tuple[str, ...],
    settings: Path | None,
    rules: Path | None,
    domains: tuple[str, ...],
    sender: str,
    since: datetime | None,
    min_count: int,
    min_recipients: int,
    min_days: int,
    max_messages: int,
    accepted: tuple[str, ...],
    accept_all: bool,  # noqa: FBT001 - click gives them by name
    out: Path | None,
    dry_run: bool,  # noqa: FBT001
    force: bool,  # noqa: FBT001
    show_values: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
) -> None:
    """Propose rules for messages that were sent: mbox, Maildir, folders, CSV, or `decisions`.

    Shows every proposal with its evidence and its doubts. Without --accept, --accept-all or
    --dry-run a terminal is asked one by one.

    Exit 0 when something was written (or nothing was to be), 1 when nothing was accepted.
    """
    from filter.learning.doubts import Bar, own_domains  # noqa: PLC0415 - keeps --help quick
    from filter.learning.learn import learn  # noqa: PLC0415
    from filter.learning.seen import Sample  # noqa: PLC0415

    table = load_or_exit(settings)
    folder = rules or table.rules
    target = out or as_typed(folder) / DEFAULT_NAME
    if target.exists() and not force and not dry_run:
        raise click.UsageError(f"{target} is there; name another file with --out, or say --force")
    others, ruleset = _rules_beside(folder, target)
    sample = Sample(max_messages)
    unread: Counter[str] = Counter()
    approved = 0
    senders: Counter[tuple[str, int | None]] = Counter()
    with _stored(sources, settings, sender, since) as stored:
        for taken in _read(stored, ruleset, table):
            seen = taken.seen
            if seen is None:
                unread[taken.code] += 1
                continue
            senders[seen.sender, seen.at.toordinal() if seen.at else None] += 1
            if seen.approved:
                approved += 1
            else:
                sample.add(seen)
    own = tuple(one.lower() for one in domains) or own_domains(list(senders.elements()))
    days = [day for _, day in senders if day is not None]
    span = max(days) - min(days) + 1 if days else 0
    bar = Bar(own, min_count, min_recipients, min_days, span, _likeness)
    learned = learn(sample.messages(), bar, _progress, _ids_of(ruleset))
    if not as_json:
        _print_summary(learned, sample, unread, approved, own)
    chosen = _choose(
        learned, accepted, accept_all=accept_all,
        ask=_asks(accepted, accept_all, dry_run, as_json), whole=show_values, as_json=as_json,
    )  # fmt: skip
    if dry_run:
        return
    if not chosen:
        if not as_json:
            click.echo("nothing accepted, nothing written", err=True)
        sys.exit(exitcodes.FOUND)
    _write(chosen, others, target, table, ruleset)


def _rules_beside(folder: Path, target: Path) -> tuple[list[SourceFile], RuleSet]:
    """Return the rule files but the one that is to be written, and what they say."""
    from filter.rulefiles.load import check_sources  # noqa: PLC0415
    from filter.rulefiles.sources import read_sources  # noqa: PLC0415

    found: list[SourceFile] = []
    if folder.is_dir():
        files, _ = read_sources(folder)
        found = [one for one in files if one.path.resolve() != target.resolve()]
    checked = check_sources(found)
    if checked.rules is None:
        for problem in checked.problems:
            click.echo(problem.render(), err=True)
        sys.exit(exitcodes.INVALID)
    return found, checked.rules


@contextlib.contextmanager
def _stored(
    sources: Sequence[str], settings: Path | None, sender: str, since: datetime | None
) -> Iterator[Iterator[Stored]]:
    from filter.cli.learnsources import (  # noqa: PLC0415
        DECISIONS,
        SourceError,
        find_kept,
        find_stored,
    )
    from filter.cli.shelf import open_shelf  # noqa: PLC0415

    paths = [one for one in sources if one != DECISIONS or Path(one).exists()]
    try:
        if len(paths) == len(sources):
            yield find_stored(paths, sender=sender, since=since)
            return
        with open_shelf(settings) as store:

            def both() -> Iterator[Stored]:
                yield from find_stored(paths, sender=sender, since=since)
                yield from find_kept(store, since)

            yield both()
    except (SourceError, OSError) as exc:
        click.echo(f"sallyport: {exc}", err=True)
        sys.exit(exitcodes.USAGE)


def _read(stored: Iterator[Stored], ruleset: RuleSet, table: Settings) -> Iterator[Taken]:
    from filter.cli.learnsources import Reader  # noqa: PLC0415
    from filter.reading.sandbox import Sandbox  # noqa: PLC0415
    from filter.scanning import Scanner  # noqa: PLC0415

    with Sandbox(table.inspection) as looker:
        scanner = Scanner(ruleset, looker, table.inspection, keeps_message=True)
        reader = Reader(ruleset, scanner, table.inspection)
        for number, one in enumerate(stored, 1):
            if number % _EVERY == 0:
                _progress("reading", number, 0)
            yield reader.read(one)


def _progress(step: str, done: int, total: int) -> None:
    if sys.stderr.isatty():
        of = f" of {total:,}" if total else ""
        click.echo(f"\r\x1b[K{step} {done:,}{of}\r", nl=False, err=True)


def _likeness(host: str, domains: Sequence[str]) -> str:
    from filter.checks.lookalikes import find_likeness  # noqa: PLC0415

    found = find_likeness(host, domains)
    return f"{found.host}; {found.by}" if found else ""


def _ids_of(ruleset: RuleSet) -> frozenset[str]:
    templates = {one.id.partition("/")[0] for one in ruleset.templates}
    return frozenset(templates | {one.id for one in ruleset.links})


def _asks(accepted: Sequence[str], *flags: bool) -> bool:
    return not (accepted or any(flags)) and sys.stdin.isatty() and sys.stdout.isatty()


def _print_summary(
    learned: Learned,
    sample: Sample,
    unread: Counter[str],
    approved: int,
    own: Sequence[str],
) -> None:
    from filter.cli.learnshown import print_left  # noqa: PLC0415

    if sys.stderr.isatty():
        click.echo("\r\x1b[K", nl=False, err=True)  # what showed the progress
    shown = ", ".join(own) or "none that is sure; --domain names them"
    click.echo(f"your domains: {shown}", err=True)
    if not (learned.proposals or learned.left or unread or approved or sample.too_long):
        click.echo("no messages found in what was named, and as recent as --since says", err=True)
    print_left(len(learned.left), unread, approved)
    if sample.too_long:
        click.echo(f"{count(sample.too_long, 'message')} too long to learn from", err=True)


def _choose(
    learned: Learned,
    accepted: Sequence[str],
    *,
    accept_all: bool,
    ask: bool,
    whole: bool,
    as_json: bool,
) -> list[Proposal]:
    """Show every proposal and return those that are accepted."""
    from filter.cli.learnshown import print_proposal, proposal_json  # noqa: PLC0415
    from filter.problems import did_you_mean  # noqa: PLC0415

    known = {one.template.id for one in learned.proposals}
    for name in accepted:
        if name not in known:
            raise click.UsageError(
                f"no proposal {name}; {did_you_mean(name, known) or 'see the list'}"
            )
    chosen: list[Proposal] = []
    waiting = 0
    for one in learned.proposals:
        impossible = any(doubt.code == "impossible" for doubt in one.doubts)
        takes = one.template.id in accepted or (accept_all and one.in_bulk)
        if as_json:
            print_json(proposal_json(one, whole=whole, accepted=takes and not impossible))
        else:
            print_proposal(one, whole=whole)
        if ask and not impossible:
            answer = click.prompt("      accept?", type=click.Choice(["y", "n", "q"]), default="n")
            if answer == "q":
                break
            takes = answer == "y"
        if takes and not impossible:
            chosen.append(one)
        elif accept_all:
            waiting += 1
    if waiting and not as_json:
        click.echo(
            f"{count(waiting, 'proposal')} with doubts left out; look at each, then --accept ID",
            err=True,
        )
    return chosen


def _write(
    chosen: Sequence[Proposal],
    others: list[SourceFile],
    target: Path,
    table: Settings,
    ruleset: RuleSet,
) -> None:
    from filter.cli.learnwriting import write_checked  # noqa: PLC0415
    from filter.reading.sandbox import Sandbox  # noqa: PLC0415

    with Sandbox(table.inspection) as looker:
        written = write_checked(chosen, others, target, looker, table.inspection, _ids_of(ruleset))
    for proposal, why in written.dropped:
        click.echo(f"left out {proposal.template.id}: {plain(why)}", err=True)
    if written.problems:
        for problem in written.problems:
            click.echo(problem.render(), err=True)
        sys.exit(exitcodes.INVALID)
    if not written.proposals:
        click.echo("nothing left to write", err=True)
        sys.exit(exitcodes.FOUND)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(written.text, encoding="utf-8")
    messages = sum(one.newly for one in written.proposals)
    click.echo(
        f"{target}: {count(len(written.proposals), 'template')};"
        f" {count(messages, 'message')} that were held would pass",
        err=True,
    )
