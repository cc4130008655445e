"""The pictures of a held message beside the known ones that they look like, by today's rules."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from filter.cli.likenessfiles import PictureFiles, Written, pictures_of
from filter.cli.options import load_or_exit, load_rules_or_exit

if TYPE_CHECKING:
    from filter.quarantine.item import HeldItem


def print_pictures(item: HeldItem, settings: Path | None, folder: Path) -> None:
    """Write the files and print what they are called."""
    click.echo("\nPictures")
    if item.content_deleted:
        click.echo("  its content was deleted by retention")
        return
    written, failed = _write(item, settings, folder)
    for one in written:
        click.echo(f"  {one.line()}")
    if failed:
        click.echo(f"  its pictures cannot be read: {failed}")
    elif not written:
        click.echo("  none of its pictures is known under the rules in force now")


def pictures_json(item: HeldItem, settings: Path | None, folder: Path) -> dict[str, object]:
    """Write the files and return what they are called; nothing when the content is gone."""
    if item.content_deleted:
        return {}
    written, failed = _write(item, settings, folder)
    more = {"pictures_failed": failed} if failed else {}
    return {"pictures": [one.as_json() for one in written], **more}


def _write(item: HeldItem, settings: Path | None, folder: Path) -> tuple[tuple[Written, ...], str]:
    """Read the stored message again and write a file for each likeness, or return what failed."""
    from filter.inspection import look, read  # noqa: PLC0415 - parsers load slowly
    from filter.reading.sandbox import Sandbox  # noqa: PLC0415

    table = load_or_exit(settings)
    rules = load_rules_or_exit(table.rules)
    with Sandbox(table.inspection) as sandbox:
        try:
            message = look(read(item.transaction, table.inspection), sandbox)
        except Exception as exc:  # noqa: BLE001 - a view that fails must not hide the rest
            return (), type(exc).__name__
        files = PictureFiles(folder, sandbox, rules)
        return files.write(item.transaction.id, pictures_of(message)), ""
