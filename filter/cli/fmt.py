"""``sallyport fmt``: rule files as they should look, comments and all."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from filter.cli import exitcodes
from filter.cli.options import as_typed, json_option, load_or_exit, settings_option
from filter.cli.output import count, print_json

if TYPE_CHECKING:
    from filter.rulefiles.sources import SourceFile


@dataclass(frozen=True, slots=True)
class _Done:
    """A file, what it would be, and why it cannot be: problems, ready to be printed."""

    file: SourceFile
    content: bytes
    troubles: tuple[str, ...] = ()

    @property
    def changes(self) -> bool:
        return not self.troubles and self.content != self.file.content


@click.command("fmt")
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
@settings_option
@click.option("--check", "only_check", is_flag=True, help="Write nothing; exit 1 for a change.")
@click.option("--diff", "show_diff", is_flag=True, help="Write nothing; show what would change.")
@json_option
def fmt_command(
    paths: tuple[Path, ...],
    settings: Path | None,
    *,
    only_check: bool,
    show_diff: bool,
    as_json: bool,
) -> None:
    """Tidy rule files: keys in the documented order, indentation, lines of 100 characters.

    PATHS are files and folders; without any it is the folder of the rules. Comments, quotes, blocks
    and empty lines stay, and so does every meaning: a file that cannot be written anew without
    another one is left as it is. With --check and --diff exit 1 when a file would change; exit 3
    when one cannot be read or kept.
    """
    from filter.cli.picturefiles import alone_in, replace_file  # noqa: PLC0415 - lazily

    roots = paths or (as_typed(load_or_exit(settings).rules),)
    done = [one for root in roots for one in _tidy_all(root)]
    for one in done:
        if one.troubles:
            for trouble in one.troubles:
                click.echo(trouble, err=True)
        elif one.changes:
            if not (only_check or show_diff):
                with alone_in(one.file.path.parent):
                    if one.file.path.read_bytes() != one.file.content:
                        click.echo(
                            f"{one.file.shown} was changed meanwhile; run it again", err=True
                        )
                        sys.exit(exitcodes.AWAY)
                    replace_file(one.file.path, one.content.decode())
            if show_diff and not as_json:
                click.echo("".join(_difference(one)), nl=False)
            elif not as_json:
                click.echo(one.file.shown)
    _conclude(done, only_check=only_check or show_diff, as_json=as_json)


def _conclude(done: Sequence[_Done], *, only_check: bool, as_json: bool) -> None:
    changed = sum(one.changes for one in done)
    bad = sum(bool(one.troubles) for one in done)
    if as_json:
        print_json(
            {
                "files": len(done),
                "changed": [one.file.shown for one in done if one.changes],
                "refused": {one.file.shown: one.troubles for one in done if one.troubles},
                "written": not only_check,
            }
        )
    else:
        words = "would be changed" if only_check else "changed"
        left = f", {bad} left as {'it is' if bad == 1 else 'they are'}" if bad else ""
        click.echo(f"{count(len(done), 'file')}: {changed} {words}{left}", err=True)
    if bad or not done:
        sys.exit(exitcodes.INVALID)
    sys.exit(exitcodes.FOUND if changed and only_check else exitcodes.OK)


def _tidy_all(root: Path) -> list[_Done]:
    """Return every rule file of a folder, or the one file, tidied; none when the rules change."""
    from filter.rulefiles.load import check_sources  # noqa: PLC0415 - lazily
    from filter.rulefiles.sources import SourceFile, read_sources  # noqa: PLC0415
    from filter.rulefiles.tidy import meaning_of  # noqa: PLC0415

    if root.is_dir():
        files, problems = read_sources(root)
        for problem in problems:
            click.echo(problem.render(), err=True)
    else:
        files = [SourceFile(root.name, str(root), root, root.read_bytes())]
    done = [_tidy(file) for file in files if not file.is_named]
    before = check_sources(files).rules
    if before is None or not any(one.changes for one in done):
        return done  # each file says the same, value by value
    lists = [file for file in files if file.is_named]
    after = check_sources([*lists, *_anew(done)]).rules
    if after is None or meaning_of(before) != meaning_of(after):
        trouble = f"{root}: written anew the rules would not be the same"
        return [_Done(one.file, one.content, one.troubles or (trouble,)) for one in done]
    return done


def _tidy(file: SourceFile) -> _Done:
    from filter.rulefiles.tidy import Unreadable, Untidied, tidied  # noqa: PLC0415 - lazily

    try:
        return _Done(file, tidied(file.content, file.shown))
    except Unreadable as exc:
        return _Done(file, file.content, tuple(problem.render() for problem in exc.problems))
    except Untidied as exc:
        return _Done(file, file.content, (str(exc),))


def _anew(done: Iterable[_Done]) -> Iterator[SourceFile]:
    from filter.rulefiles.sources import SourceFile  # noqa: PLC0415 - lazily

    for one in done:
        yield SourceFile(one.file.relative, one.file.shown, one.file.path, one.content)


def _difference(one: _Done) -> Iterator[str]:
    before, after = one.file.content.decode(), one.content.decode()
    name = one.file.shown
    for line in difflib.unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), name, name
    ):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
