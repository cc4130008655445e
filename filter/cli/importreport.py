"""What ``sallyport templates import`` says at its end, for people and for programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import click

from filter.cli.output import count, on_terminal, plain
from filter.rulefiles.importall import Imported

_INDENT = "      "
_SHARED = 4  # a doubt of as many messages is said once, below them
_NAMED = 8  # files of those that were left out for one reason


def print_summary(
    imported: Imported, problems: Sequence[str], folder: Path, *, dry_run: bool
) -> None:
    """Print what was imported, what has doubts, what was not imported and why."""
    of = Counter(doubt for each in imported.doubts.values() for doubt in dict.fromkeys(each))
    shared = {doubt: many for doubt, many in of.items() if many >= _SHARED}
    for template in imported.templates:
        doubts = imported.doubts.get(template.id, ())
        click.echo(f"{'look' if doubts else 'ok  '}  {template.id}")
        for doubt in (doubt for doubt in doubts if doubt not in shared):
            click.echo(on_terminal(plain(doubt), _INDENT, _INDENT + "  "))
    for doubt, many in shared.items():
        click.echo(on_terminal(plain(f"look  {many} messages: {doubt}"), "", _INDENT))
    for same in imported.same:
        click.echo(f"same  {same.id}: says the same as {same.other}")
    for failed in imported.failed:
        click.echo(f"FAIL  {failed.id}")
        place = f"{failed.file}:{failed.line}" if failed.line else failed.file
        click.echo(on_terminal(plain(f"{place}: {failed.why}"), _INDENT, _INDENT + "  "))
        if failed.remedy:
            click.echo(on_terminal(plain(f"help: {failed.remedy}"), _INDENT, _INDENT + "  "))
    _print_left_out(imported)
    for problem in problems:
        click.echo(plain(problem))
    click.echo(_last(imported, problems, folder, dry_run=dry_run))


def _print_left_out(imported: Imported) -> None:
    """Print what was left out, each reason once; files beside messages first."""
    drafted = imported.drafted.values()
    folders = {part.source.name.rpartition("/")[0] for one in drafted for part in one.found.parts}
    reasons: dict[str, list[str]] = {}
    for left in imported.left_out:
        said = f"{left.why}; {left.remedy}" if left.remedy else left.why
        reasons.setdefault(said, []).append(left.file)
    for said, files in reasons.items():
        if len(files) == 1:
            click.echo(f"left  {plain(files[0])}: {said}")
            continue
        click.echo(f"left  {count(len(files), 'file')}: {said}")
        files.sort(key=lambda file: file.rpartition("/")[0] not in folders)
        for file in files[:_NAMED]:
            click.echo(f"{_INDENT}{plain(file)}")
        if len(files) > _NAMED:
            click.echo(f"{_INDENT}… {len(files) - _NAMED} more; --json names all")


def _last(imported: Imported, problems: Sequence[str], folder: Path, *, dry_run: bool) -> str:
    if not (imported.templates or imported.same or imported.failed or imported.left_out):
        return "no templates found: no file there has an ending that one of the dialects has"
    doubtful = sum(template.id in imported.doubts for template in imported.templates)
    counts = [count(len(imported.templates), "message") + " imported"]
    if doubtful:
        counts.append(f"{doubtful} of them to look at")
    if imported.same:
        counts.append(f"{len(imported.same)} the same as another")
    counts.append(f"{len(imported.failed)} not imported")
    if imported.left_out:
        counts.append(f"{count(len(imported.left_out), 'file')} left out")
    said = ", ".join(counts)
    if not imported.sources:
        return said
    where = f"{count(len(imported.sources), 'file')} in {folder}"
    if dry_run:
        return f"{said}; a dry run: {where} would be written"
    if problems:
        return f"{said}; {where} written, and {count(len(problems), 'thing')} wrong with them"
    return f"{said}; {where} written: valid, and their examples come out right"


def summary_json(
    imported: Imported, problems: Sequence[str], *, dry_run: bool
) -> dict[str, object]:
    """Return the same for programs."""
    return {
        "imported": [
            {
                "template": template.id,
                "files": [p.source.name for p in imported.drafted[template.id].found.parts],
                "dialect": imported.drafted[template.id].dialect or None,
                "slots": len(template.slots),
                "doubts": list(imported.doubts.get(template.id, ())),
            }
            for template in imported.templates
        ],
        "same": [{"template": s.id, "file": s.file, "as": s.other} for s in imported.same],
        "failed": [
            {
                "template": f.id,
                "file": f.file,
                "line": f.line,
                "why": f.why,
                "remedy": f.remedy or None,
            }
            for f in imported.failed
        ],
        "left_out": [
            {"file": one.file, "why": one.why, "remedy": one.remedy or None}
            for one in imported.left_out
        ],
        "written": [] if dry_run else [str(source.path) for source in imported.sources],
        "problems": list(problems),
    }
