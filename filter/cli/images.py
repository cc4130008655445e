"""``sallyport images``: add, list and test known pictures."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from filter.cli import exitcodes
from filter.cli.options import (
    json_option,
    load_or_exit,
    load_rules_or_exit,
    rules_option,
    settings_option,
)
from filter.cli.output import print_rows

if TYPE_CHECKING:
    from filter.message import Appearance
    from filter.pictures.likeness import Likeness
    from filter.reading.look import PictureLook
    from filter.reading.sandbox import Sandbox
    from filter.ruleset import BankedImage

_DEFAULT_FILE = "known-pictures.yaml"
# Closer than this to the limit of a known picture, two pictures are worth a person's look.
_NEAR_BITS = 16
_FEW_VIEWS = 8


@click.group("images")
def images_command() -> None:
    """Add, list and test known pictures."""


@images_command.command("list")
@rules_option
@settings_option
@json_option
def list_images(rules: Path | None, settings: Path | None, as_json: bool) -> None:  # noqa: FBT001
    """Show the known pictures in the rules."""
    known = load_rules_or_exit(_rules_folder(rules, settings)).images
    rows = (
        {
            "id": image.id,
            "label": image.label,
            "mode": image.mode.value,
            "max_distance_bits": image.max_distance_bits,
            "views": len(image.appearance.views),
            "source": image.source,
            "reason": image.reason,
        }
        for image in known
    )
    columns = ("id", "label", "mode", "max_distance_bits", "views", "source", "reason")
    print_rows(columns, rows, as_json=as_json)


@images_command.command("add")
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False)
)
@click.option("--label", default="", help="What the picture shows; default: the file's name.")
@click.option("--reason", default="", help="Why it is on the list.")
@click.option("--id", "image_id", default="", help="Id of the entry; default: from the label.")
@click.option("--mode", type=click.Choice(["enforce", "shadow", "off"]), default="enforce")
@click.option("--max-distance-bits", type=click.IntRange(0, 120), default=60, show_default=True)
@click.option("--no-thumbnail", is_flag=True, help="Keep no small copy of it for people.")
@click.option("--file", "file_name", default=_DEFAULT_FILE, show_default=True, help="Rule file.")
@rules_option
@settings_option
@json_option
def add_images(  # noqa: PLR0917 - one parameter an option
    files: tuple[Path, ...],
    label: str,
    reason: str,
    image_id: str,
    mode: str,
    max_distance_bits: int,
    file_name: str,
    rules: Path | None,
    settings: Path | None,
    as_json: bool,  # noqa: FBT001
    no_thumbnail: bool,  # noqa: FBT001
) -> None:
    """Add pictures to the rules; the gate knows copies of them, however they are dressed."""
    from filter.mode import Mode  # noqa: PLC0415 - lazily
    from filter.ruleset import BankedImage  # noqa: PLC0415 - lazily

    folder = _rules_folder(rules, settings)
    target = folder / file_name
    # A folder without any rule file is an error elsewhere; here it is about to get its first.
    known = load_rules_or_exit(folder).images if any(folder.rglob("*.y*ml")) else ()
    rows: list[dict[str, object]] = []
    with _sandbox(settings) as sandbox:
        for path in files:
            seen = _look_for_bank(sandbox, path)
            _warn_of_likeness(sandbox, path, known)
            entry = BankedImage(
                id=_free_id(image_id or label or path.stem, known),
                source=str(target),
                label=label or path.stem,
                appearance=seen.appearance,
                max_distance_bits=max_distance_bits,
                reason=reason,
                mode=Mode(mode),
            )
            if no_thumbnail:
                _write(target, entry)
            else:
                entry = _write_with_thumbnail(sandbox, folder, path, target, entry)
            known = (*known, entry)
            rows.append(
                {
                    "id": entry.id,
                    "label": entry.label,
                    "views": len(seen.appearance.views),
                    "file": target,
                    "thumbnail": entry.thumbnail or None,
                }
            )
    print_rows(("id", "label", "views", "file", "thumbnail"), rows, as_json=as_json)


@images_command.command("test")
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False)
)
@click.option(
    "--side-by-side",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write each picture that is known beside the known one: a PNG each.",
)
@rules_option
@settings_option
@json_option
def test_images(
    files: tuple[Path, ...],
    side_by_side: Path | None,
    rules: Path | None,
    settings: Path | None,
    as_json: bool,  # noqa: FBT001
) -> None:
    """Say whether pictures, or those in PDF files, are known, and which known picture is nearest.

    Exit code 1 when one of them would be held.
    """
    folder = _rules_folder(rules, settings)
    ruleset = load_rules_or_exit(folder)
    known = ruleset.images
    columns = ["file", "where", "known", "nearest", "view", "distance", "limit", "detail"]
    with _sandbox(settings) as sandbox:
        rows = [row for path in files for row in _test(sandbox, path, known)]
        shown = [row.shown() for row in rows]
        if side_by_side is not None:
            from filter.cli.imagefiles import write_side_by_side  # noqa: PLC0415 - lazily

            columns.append("side_by_side")
            pictures = write_side_by_side(sandbox, files, ruleset, folder, side_by_side)
            for row, written in zip(shown, pictures, strict=True):
                names = [str(one.path) for one in written if not one.trouble]
                row["side_by_side"] = names if as_json else " ".join(names)
    print_rows(columns, shown, as_json=as_json)
    sys.exit(exitcodes.FOUND if any(row.is_held for row in rows) else exitcodes.OK)


@dataclass(frozen=True, slots=True)
class _Row:
    """What is to be said of one picture."""

    path: Path
    where: str
    is_known: bool
    troubles: tuple[str, ...]
    nearest: Likeness | None

    @property
    def is_held(self) -> bool:
        return self.is_known or bool(self.troubles)

    def shown(self) -> dict[str, object]:
        near = self.nearest
        return {
            "file": self.path,
            "where": self.where,
            "known": "yes" if self.is_known else "no",
            "nearest": near.known.id if near else None,
            "view": f"{near.seen_as} ~ {near.known_as}" if near else None,
            "distance": near.distance_bits if near else None,
            "limit": near.limit_bits if near else None,
            "detail": "; ".join(self.troubles) or None,
        }


def _test(sandbox: Sandbox, path: Path, known: tuple[BankedImage, ...]) -> Iterator[_Row]:
    from filter.pictures.likeness import find_known, find_nearest  # noqa: PLC0415 - numpy, lazily

    views, troubles = _views_in(sandbox, path)
    for where, seen in views:
        yield _Row(path, where, bool(find_known(seen, known)), troubles, find_nearest(seen, known))
    if not views:
        yield _Row(path, "", False, troubles, None)


def _views_in(sandbox: Sandbox, path: Path) -> tuple[list[tuple[str, Appearance]], tuple[str, ...]]:
    content = path.read_bytes()
    if content.startswith(b"%PDF-"):
        document = sandbox.look_at_document(content, "application/pdf", path.name)
        pages = [(p.where.rpartition(", ")[2], p.appearance) for p in document.pictures]
        return pages, tuple(f.detail for f in document.troubles)
    look = sandbox.look_at_picture(content, "", path.name)
    return [("", look.appearance)], tuple(f.detail for f in look.troubles)


def _look_for_bank(sandbox: Sandbox, path: Path) -> PictureLook:
    """Return the views to keep, or leave when there are none."""
    look = sandbox.look_for_bank(path.read_bytes(), path.name)
    for trouble in look.troubles:
        click.echo(f"{path}: {trouble.detail}", err=True)
    if not any(view.name != "whole" for view in look.appearance.views):
        click.echo(f"{path}: nothing in it that could be recognised; not added", err=True)
        sys.exit(exitcodes.FOUND)
    views = len(look.appearance.views)
    if views < _FEW_VIEWS:
        click.echo(
            f"{path}: much of it is flat; only {views} views can be compared, so crops of it may "
            "not be known",
            err=True,
        )
    return look


def _warn_of_likeness(sandbox: Sandbox, path: Path, known: tuple[BankedImage, ...]) -> None:
    from filter.pictures.likeness import find_nearest  # noqa: PLC0415 - numpy, lazily

    near = find_nearest(sandbox.look_at_picture(path.read_bytes(), "", path.name).appearance, known)
    if near is None or near.distance_bits > near.limit_bits + _NEAR_BITS:
        return
    word = "is already known as" if near.distance_bits <= near.limit_bits else "is close to"
    click.echo(
        f'{path}: {word} "{near.known.label}" ({near.known.id}), distance {near.distance_bits}, '
        f"limit {near.limit_bits}",
        err=True,
    )


def _write_with_thumbnail(
    sandbox: Sandbox, folder: Path, path: Path, target: Path, entry: BankedImage
) -> BankedImage:
    """Write the small copy and the entry, both or neither; return the entry that names it."""
    from filter.cli.thumbnailfiles import ThumbnailError, kept_thumbnail  # noqa: PLC0415 - lazily

    try:
        with kept_thumbnail(sandbox, folder, entry.id, path.read_bytes()) as thumbnail:
            named = replace(entry, thumbnail=thumbnail)
            _write(target, named)
    except ThumbnailError as exc:
        click.echo(f"{path}: {exc}; not added. --no-thumbnail adds it without one", err=True)
        sys.exit(exitcodes.FOUND)
    return named


def _write(target: Path, entry: BankedImage) -> None:
    """Put the entry into the file, whole or not at all."""
    from filter.pictures.bankfile import insert_entry  # noqa: PLC0415 - lazily

    try:
        text = insert_entry(target.read_text("utf-8") if target.exists() else "", entry)
    except ValueError as exc:
        raise click.UsageError(f"cannot add to {target}: {exc}") from exc
    temporary = target.with_name(f".{target.name}.{os.getpid()}")
    temporary.write_text(text, "utf-8")
    temporary.replace(target)


def _free_id(wish: str, known: tuple[BankedImage, ...]) -> str:
    base = re.sub(r"[^a-z0-9]+", "-", wish.lower()).strip("-")[:60] or "picture"
    taken = {image.id for image in known}
    candidate, number = base, 1
    while candidate in taken:
        number += 1
        candidate = f"{base}-{number}"
    return candidate


def _rules_folder(rules: Path | None, settings: Path | None) -> Path:
    folder = rules if rules is not None else load_or_exit(settings).rules
    if not folder.is_dir():
        raise click.UsageError(f"{folder} is not a folder; name the rules with --rules")
    return folder


@contextmanager
def _sandbox(settings: Path | None) -> Iterator[Sandbox]:
    from filter.reading.sandbox import Sandbox, SandboxError  # noqa: PLC0415 - lazily

    with Sandbox(load_or_exit(settings).inspection) as sandbox:
        try:
            sandbox.warm_up()
        except SandboxError as exc:
            click.echo(str(exc), err=True)
            sys.exit(exitcodes.AWAY)
        yield sandbox
