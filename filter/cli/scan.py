"""``sallyport scan``: judge stored messages without sending them."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from filter.cli import exitcodes
from filter.cli.options import (
    json_option,
    load_or_exit,
    load_rules_or_exit,
    pictures_option,
    rules_option,
    settings_option,
)
from filter.cli.output import plain, print_json, print_reasons
from filter.cli.shelf import trial_words

if TYPE_CHECKING:
    from filter.cli.explained import Explanation
    from filter.cli.likenessfiles import PictureFiles, Written
    from filter.ruleset import RuleSet
    from filter.scanning import Report, Scanner, Source
    from filter.settings import Settings


@click.command("scan")
@settings_option
@rules_option
@click.option("--mail-from", metavar="A", help="Envelope sender; default: From.")
@click.option("--rcpt-to", metavar="A", multiple=True, help="Envelope recipient; default: To, Cc.")
@click.option("--jobs", type=click.IntRange(min=0), default=1, help="Processes; 0 is one a core.")
@click.option("--explain", is_flag=True, help="Each view beside the template; links in parts.")
@pictures_option
@json_option
@click.argument("paths", nargs=-1, required=True, metavar="PATH…")
def scan_command(
    settings: Path | None,
    rules: Path | None,
    mail_from: str | None,
    rcpt_to: tuple[str, ...],
    jobs: int,
    *,
    explain: bool,
    pictures: Path | None,
    as_json: bool,
    paths: tuple[str, ...],
) -> None:
    """Judge messages without sending: .eml, text messages as .json, folders, mbox, - for stdin.

    Exit 0 when all would pass, 1 when one would be held.
    """
    from filter.scanning import STDIN, find_sources  # noqa: PLC0415 - keeps --help quick

    table = load_or_exit(settings)
    ruleset = load_rules_or_exit(rules or table.rules)
    stdin = sys.stdin.buffer.read() if STDIN in paths else None
    missing = [path for path in paths if path != STDIN and not Path(path).exists()]
    if missing:
        raise click.UsageError(f"no such file or folder: {missing[0]}")
    sources = list(find_sources(paths, stdin))
    held = 0
    manner = (mail_from, rcpt_to, explain or pictures is not None)
    with (
        _reports(sources, ruleset, table, manner, jobs or os.cpu_count() or 1) as reports,
        _picture_files(pictures, ruleset, table) as files,
    ):
        for number, report in enumerate(_with_progress(reports, len(sources)), start=1):
            held += not report.would_pass
            written = _drawn(report, number, files)
            if as_json:
                more = _explained(report, ruleset) if explain else {}
                if files is not None:
                    more |= {"pictures": [one.as_json() for one in written]}
                print_json(report.as_json() | more)
            else:
                _print_report(report, ruleset if explain else None)
                for one in written:
                    click.echo(f"      picture  {one.line()}")
    if not as_json:
        click.echo(f"{len(sources)} judged, {held} would be held", err=True)
    sys.exit(exitcodes.FOUND if held else exitcodes.OK)


@contextlib.contextmanager
def _picture_files(
    folder: Path | None, ruleset: RuleSet, table: Settings
) -> Iterator[PictureFiles | None]:
    if folder is None:
        yield None
        return
    from filter.cli.likenessfiles import PictureFiles  # noqa: PLC0415 - keeps --help quick
    from filter.reading.sandbox import Sandbox  # noqa: PLC0415

    with Sandbox(table.inspection) as sandbox:
        yield PictureFiles(folder, sandbox, ruleset)


def _drawn(report: Report, number: int, files: PictureFiles | None) -> tuple[Written, ...]:
    """Write the pictures of a message that look like known ones beside those."""
    if files is None or report.message is None:
        return ()
    from filter.cli.likenessfiles import pictures_of  # noqa: PLC0415 - numpy, lazily

    return files.write(f"message-{number}", pictures_of(report.message))


@contextlib.contextmanager
def _reports(
    sources: Sequence[Source],
    ruleset: RuleSet,
    table: Settings,
    manner: tuple[str | None, tuple[str, ...], bool],
    jobs: int,
) -> Iterator[Iterator[Report]]:
    """Yield the reports in the order of the sources, made here or by ``jobs`` processes."""
    if jobs == 1 or len(sources) <= 1:
        from filter.reading.sandbox import Sandbox  # noqa: PLC0415
        from filter.scanning import Scanner  # noqa: PLC0415

        with Sandbox(table.inspection) as looker:
            yield map(Scanner(ruleset, looker, table.inspection, *manner).scan, sources)
        return
    import multiprocessing  # noqa: PLC0415

    # fork: the rules are compiled once and shared. No thread has been started yet.
    context = multiprocessing.get_context("fork")
    global _scanner_of_process  # noqa: PLW0603 - how a pool's processes are given their rules
    _scanner_of_process = (ruleset, table, manner)
    with context.Pool(jobs, initializer=_start_process) as pool:
        yield pool.imap(_scan_in_process, sources, chunksize=4)


_scanner_of_process: tuple[RuleSet, Settings, tuple[str | None, tuple[str, ...], bool]] | None = (
    None
)
_scanner: Scanner | None = None


def _start_process() -> None:
    from filter.reading.sandbox import Sandbox  # noqa: PLC0415
    from filter.scanning import Scanner  # noqa: PLC0415

    global _scanner  # noqa: PLW0603 - one scanner a process
    if _scanner_of_process is not None:
        ruleset, table, manner = _scanner_of_process
        _scanner = Scanner(ruleset, Sandbox(table.inspection), table.inspection, *manner)


def _scan_in_process(source: Source) -> Report:
    if _scanner is None:
        raise RuntimeError("the scanning process was not started")
    return _scanner.scan(source)


def _with_progress(reports: Iterator[Report], total: int) -> Iterator[Report]:
    """Pass the reports through, with a progress bar on a terminal when there are many."""
    if not sys.stderr.isatty() or sys.stdout.isatty() or total < 50:  # noqa: PLR2004 - long work only
        yield from reports
        return
    with click.progressbar(reports, length=total, label="judging", file=sys.stderr) as bar:
        yield from bar


def _explained(report: Report, ruleset: RuleSet) -> dict[str, object]:
    from filter.cli.explained import explanation_json  # noqa: PLC0415

    explanation = _explanation(report, ruleset)
    return {} if explanation is None else {"explained": explanation_json(explanation)}


def _explanation(report: Report, ruleset: RuleSet) -> Explanation | None:
    from filter.cli.explained import explain  # noqa: PLC0415 - libraries of texts and links

    return None if report.message is None else explain(report.message, ruleset)


def _print_report(report: Report, explained_by: RuleSet | None) -> None:
    explanation = _explanation(report, explained_by) if explained_by else None
    verdict = report.verdict
    word = "pass" if report.would_pass else "held"
    place = report.source.path + (f"#{report.source.index}" if report.source.index else "")
    click.echo(f"{word}  {plain(place)}  {verdict.template or ''}".rstrip())
    if report.segmentation is not None:
        click.echo(f"      {report.segmentation}")
    print_reasons(
        verdict, without_differences=explanation is not None and explanation.shows_differences
    )
    for finding in verdict.shadow:
        click.echo(f"      (shadow) {finding.code}  {plain(finding.detail)}")
    for trial in verdict.trials:
        click.echo(f"      (shadow) {trial_words(trial)}")
    if explained_by:
        from filter.cli.explained import print_explanation, print_meanings  # noqa: PLC0415

        print_meanings(verdict)
        if explanation is not None:
            print_explanation(explanation)
