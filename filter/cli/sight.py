"""What the commands share that look at pictures: the folder of the rules, the child process."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from filter.cli import exitcodes
from filter.cli.options import load_or_exit

if TYPE_CHECKING:
    from filter.reading.sandbox import Sandbox


def rules_folder(rules: Path | None, settings: Path | None) -> Path:
    """Return the folder of the rule files, as named or as in the settings."""
    folder = rules if rules is not None else load_or_exit(settings).rules
    if not folder.is_dir():
        raise click.UsageError(f"{folder} is not a folder; name the rules with --rules")
    return folder


@contextmanager
def open_sandbox(settings: Path | None) -> Iterator[Sandbox]:
    """Give a child process that has shown that it can look; otherwise end the command."""
    from filter.reading.sandbox import Sandbox, SandboxError  # noqa: PLC0415 - lazily

    with Sandbox(load_or_exit(settings).inspection) as sandbox:
        try:
            sandbox.warm_up()
        except SandboxError as exc:
            click.echo(str(exc), err=True)
            sys.exit(exitcodes.AWAY)
        yield sandbox


def pictures_in(paths: tuple[Path, ...]) -> Iterator[Path]:
    """Yield the files, and those below the folders that are pictures by their first bytes."""
    from filter.pictures.containers import sniff  # noqa: PLC0415 - lazily

    for path in paths:
        if not path.is_dir():
            yield path
            continue
        for file in sorted(path.rglob("*")):
            if file.is_file() and not file.name.startswith("."):
                with file.open("rb") as opened:
                    if sniff(opened.read(64)) is not None:
                        yield file
