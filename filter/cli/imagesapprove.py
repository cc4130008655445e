"""``sallyport images approve``: write down the pictures that templates may show."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING

import click

from filter.cli import exitcodes
from filter.cli.options import json_option, rules_option, settings_option
from filter.cli.output import print_rows
from filter.cli.picturefiles import (
    alone_in,
    edited,
    find_pictures,
    free_id,
    id_option,
    load_pictures_or_exit,
    login_name,
    replace_file,
    rule_file,
    rules_folder,
    running_sandbox,
)

if TYPE_CHECKING:
    from filter.pictures.approvedfile import Approval
    from filter.reading.look import PictureLook
    from filter.reading.sandbox import Sandbox
    from filter.ruleset import ApprovedPicture, BankedImage

_DEFAULT_FILE = "approved-pictures.yaml"
# Of one entry: a logo with transparency has 30, a film of many scenes hundreds.
_MOST_VIEWS = 60


@click.command("approve", short_help="Approve pictures for templates to show.")
@click.argument(
    "files",
    nargs=-1,
    required=True,
    type=click.Path(path_type=Path, exists=True),
    metavar="FILE…|DIR",
)
@id_option("One entry of this id for all of them; default: one each, by its file's name.")
@click.option("--label", default="", help="What it shows; default: the file's name.")
@click.option("--reason", default="", help="Why, or what for.")
@click.option(
    "--added-by", "--by", "by", default="", help="Who approves it; default: your login name."
)
@click.option("--force", is_flag=True, help="Even when it is a known picture and would be held.")
@click.option("--also-similar", is_flag=True, help="Also what looks alike; small changes pass.")
@click.option("--file", "file_name", default=_DEFAULT_FILE, show_default=True, help="Rule file.")
@rules_option
@settings_option
@json_option
def approve_command(  # noqa: PLR0917 - one parameter an option
    files: tuple[Path, ...],
    given_id: str,
    label: str,
    reason: str,
    by: str,
    force: bool,  # noqa: FBT001
    also_similar: bool,  # noqa: FBT001
    file_name: str,
    rules: Path | None,
    settings: Path | None,
    as_json: bool,  # noqa: FBT001
) -> None:
    """Approve pictures, or all pictures of a folder, for templates to show.

    A template names them under `pictures: approved:` and then shows no others. The exact bytes are
    approved: approve the file that the application sends.
    """
    folder = rules_folder(rules, settings)
    target = rule_file(folder, file_name)
    # Not only of valid rules: a template may name a picture before it is approved.
    pictures = load_pictures_or_exit(folder, may_be_empty=True)
    approved, known = pictures.approved, pictures.known
    taken = {entry.id for entry in approved}
    if given_id in taken:
        place = next(entry.source for entry in approved if entry.id == given_id)
        raise click.UsageError(f"`{given_id}` is there already, in {place}; choose another --id")
    seen = [
        one for one in _look(files, settings, known, force=force) if not _is_approved(one, approved)
    ]
    if not seen:
        sys.exit(exitcodes.OK)
    groups = [seen] if given_id else [[one] for one in seen]
    entries: list[Approval] = []
    rows: list[dict[str, object]] = []
    for group in groups:
        name = given_id or free_id(label or group[0].path.stem, taken)
        taken.add(name)
        entry = _entry(name, label or group[0].path.stem, group)
        entry = replace(entry, added_by=by or login_name(), reason=reason)
        if also_similar:
            entry = _with_likeness(entry, group)
        entries.append(entry)
        rows.append(
            {
                "id": name,
                "label": entry.label,
                "pictures": len(group),
                "similar": "yes" if entry.also_similar else "no",
                "file": target,
            }
        )
    with alone_in(folder):
        _write(target, entries)
    print_rows(("id", "label", "pictures", "similar", "file"), rows, as_json=as_json)


@dataclass(frozen=True, slots=True)
class _Seen:
    path: Path
    digest: str
    look: PictureLook


def _look(
    files: tuple[Path, ...], settings: Path | None, known: tuple[BankedImage, ...], *, force: bool
) -> list[_Seen]:
    """Return what was seen of every file; leave when one would be held whatever is approved."""
    seen: dict[str, _Seen] = {}
    is_unfit = False
    paths = list(find_pictures(files))
    if not paths:
        raise click.UsageError("there is no picture in it")
    with running_sandbox(settings) as sandbox:
        for path in paths:
            one = _look_at(sandbox, path)
            for trouble in one.look.troubles:
                click.echo(f"{path}: {trouble.detail}", err=True)
                is_unfit = True
            is_unfit |= _is_known(one, known) and not force
            for code in one.look.codes:
                click.echo(f"{path}: a code in it says {code.text!r}, which is judged", err=True)
            seen.setdefault(one.digest, one)
    if is_unfit:
        click.echo("nothing was approved", err=True)
        sys.exit(exitcodes.FOUND)
    return list(seen.values())


def _look_at(sandbox: Sandbox, path: Path) -> _Seen:
    content = path.read_bytes()
    look = sandbox.look_at_picture(content, "", path.name)
    return _Seen(path, hashlib.sha256(content).hexdigest(), look)


def _is_known(one: _Seen, known: tuple[BankedImage, ...]) -> bool:
    """Return whether it is a known picture, which is held whatever is approved; say of which."""
    from filter.pictures.agreement import TooAlikeError  # noqa: PLC0415 - numpy, lazily
    from filter.pictures.likeness import explain, find_known  # noqa: PLC0415 - the same

    try:
        found = find_known(one.look.appearance, known)
    except TooAlikeError:
        click.echo(
            f"{one.path}: too many of its places look like others to be compared, so it is held "
            "wherever it stands (image.too_alike); --force approves it all the same",
            err=True,
        )
        return True
    for likeness in found:
        click.echo(
            f"{one.path}: {explain(likeness)}; known pictures are held wherever they stand, so "
            f"remove that one first (`sallyport images remove {likeness.known.id}`), or approve "
            "this one all the same with --force",
            err=True,
        )
    return bool(found)


def _is_approved(one: _Seen, approved: Sequence[ApprovedPicture]) -> bool:
    before = next((entry for entry in approved if one.digest in entry.digests), None)
    if before is not None:
        click.echo(f"{one.path}: is approved already, as {before.id}", err=True)
    return before is not None


def _entry(name: str, label: str, group: Sequence[_Seen]) -> Approval:
    from filter.pictures.approved import upright  # noqa: PLC0415 - lazily
    from filter.pictures.approvedfile import Approval  # noqa: PLC0415 - lazily

    every = dict.fromkeys(view for one in group for view in upright(one.look.appearance.views))
    views = sorted(every, key=lambda view: not view.name.startswith("whole"))[:_MOST_VIEWS]
    return Approval(
        id=name,
        label=label,
        added_by="",
        added=datetime.now(UTC).date().isoformat(),
        reason="",
        digests=tuple(one.digest for one in group),
        sizes=tuple(dict.fromkeys((one.look.width, one.look.height) for one in group)),
        views=tuple(views),
    )


def _with_likeness(entry: Approval, group: Sequence[_Seen]) -> Approval:
    """Return the entry with likeness where that means something; say where it does not."""
    from filter.pictures.approved import wholes  # noqa: PLC0415 - lazily
    from filter.pictures.bank import LEAST_QUALITY  # noqa: PLC0415 - lazily

    for one in group:
        whole = wholes(one.look.appearance.views)
        why = ""
        if not whole or any(view.quality < LEAST_QUALITY for view in whole):
            why = "it is too flat to be told from others"
        elif any("@frame-" in view.name for view in whole):
            why = "it is a film"
        if why:
            click.echo(f"{one.path}: {why}; only its exact bytes are approved", err=True)
            return entry
    return replace(entry, also_similar=True)


def _write(target: Path, entries: Sequence[Approval]) -> None:
    """Put the entries into the file, all of them or none."""
    from filter.pictures.approvedfile import insert_approval  # noqa: PLC0415 - lazily

    replace_file(target, edited(target, lambda text: reduce(insert_approval, entries, text)))
