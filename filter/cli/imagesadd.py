"""``sallyport images add``: put pictures on the list of known ones."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from filter.cli import exitcodes
from filter.cli.imagesinnocent import holds_approved
from filter.cli.options import Choice, json_option, rules_option, settings_option
from filter.cli.output import count, print_rows
from filter.cli.picturefiles import (
    MANY,
    alone_in,
    edited,
    find_pictures,
    free_id,
    has_few_places,
    id_option,
    login_name,
    places_in,
    replace_file,
    rule_file,
    rules_folder,
    rules_if_any,
    running_sandbox,
)

if TYPE_CHECKING:
    from filter.message import Appearance
    from filter.reading.sandbox import Sandbox
    from filter.ruleset import ApprovedPicture, BankedImage

_DEFAULT_FILE = "known-pictures.yaml"
# Closer than this to the limit of a known picture, two pictures are worth a person's look.
_NEAR_BITS = 16


@dataclass(frozen=True, slots=True)
class _Wishes:
    """What the options say of all pictures that are added."""

    id: str
    label: str
    origin: str
    reason: str
    added_by: str
    mode: str
    max_distance_bits: int
    again: bool
    force: bool
    settings: Path | None
    approved: tuple[ApprovedPicture, ...]
    target: Path
    no_thumbnail: bool


@click.command("add", short_help="Add known pictures to the rules.")
@click.argument(
    "files",
    nargs=-1,
    required=True,
    type=click.Path(path_type=Path, exists=True),
    metavar="FILE…|DIR",
)
@click.option("--label", default="", help="What the picture shows; default: the file's name.")
@click.option("--source", "origin", default="", help="Where the picture came from.")
@click.option("--reason", default="", help="Why it is on the list.")
@click.option("--added-by", default=None, help="Who adds it; default: your login name.")
@id_option("Id of the entry; default: from the label, or the file's name.")
@click.option(
    "--mode",
    type=Choice(["enforce", "shadow", "off"]),
    default="enforce",
    show_default=True,
    help="shadow: decisions say what it would hold, and it holds nothing.",
)
@click.option(
    "--max-distance-bits",
    type=click.IntRange(0, 120),
    default=52,
    show_default=True,
    metavar="BITS",
    help="Most bits of 256 in which a copy may differ, from 0 to 120.",
)
@click.option("--again", is_flag=True, help="Add a picture that is on the list already, too.")
@click.option("--force", is_flag=True, help="Even when it would hold an approved picture.")
@click.option("--no-thumbnail", is_flag=True, help="Keep no small copy of it for people.")
@click.option("--file", "file_name", default=_DEFAULT_FILE, show_default=True, help="Rule file.")
@rules_option
@settings_option
@json_option
def add_images(  # noqa: PLR0917 - one parameter an option
    files: tuple[Path, ...],
    label: str,
    origin: str,
    reason: str,
    added_by: str | None,
    given_id: str,
    mode: str,
    max_distance_bits: int,
    again: bool,  # noqa: FBT001
    force: bool,  # noqa: FBT001
    no_thumbnail: bool,  # noqa: FBT001
    file_name: str,
    rules: Path | None,
    settings: Path | None,
    as_json: bool,  # noqa: FBT001
) -> None:
    """Add pictures to the rules; the gate knows copies of them, however they are dressed.

    Folders are walked. A picture that cannot be read does not stop the others, but the exit code
    is 1 then. The rule file is written once, at the end.
    """
    folder = rules_folder(rules, settings)
    in_force = rules_if_any(folder)
    wishes = _Wishes(
        id=given_id,
        label=label,
        origin=origin,
        reason=reason,
        added_by=login_name() if added_by is None else added_by,
        mode=mode,
        max_distance_bits=max_distance_bits,
        again=again,
        force=force,
        settings=settings,
        approved=in_force.approved if in_force else (),
        target=rule_file(folder, file_name),
        no_thumbnail=no_thumbnail,
    )
    known = in_force.images if in_force else ()
    paths = list(find_pictures(files))
    if not paths:
        raise click.UsageError("there is no picture in it")
    # Small copies are there before the entries are, and go again when those cannot be written.
    with ExitStack() as thumbnails:
        with running_sandbox(settings) as sandbox:
            added, failed = _look_at_all(sandbox, paths, wishes, known, thumbnails)
        if added:
            with alone_in(folder):
                _write(wishes.target, [entry for _, entry in added])
    rows = (
        {
            "id": entry.id,
            "label": entry.label,
            "views": len(entry.appearance.views),
            "file": wishes.target,
            "picture": path,
            "thumbnail": entry.thumbnail or None,
        }
        for path, entry in added
    )
    columns = ("id", "label", "views", "file", "picture", "thumbnail")
    print_rows(columns, rows, as_json=as_json)
    if failed:
        click.echo(f"{count(failed, 'picture')} of {len(paths)} not added", err=True)
    sys.exit(exitcodes.FOUND if failed else exitcodes.OK)


def _look_at_all(
    sandbox: Sandbox,
    paths: list[Path],
    wishes: _Wishes,
    known: tuple[BankedImage, ...],
    thumbnails: ExitStack,
) -> tuple[list[tuple[Path, BankedImage]], int]:
    """Return the new entries, and how many pictures could not be added.

    ``thumbnails`` keeps their small copies, for as long as nothing fails.
    """
    added: list[tuple[Path, BankedImage]] = []
    near = tuple(_widened(image) for image in known)
    failed = 0
    for number, path in enumerate(paths, start=1):
        if len(paths) > MANY and number % MANY == 0:
            click.echo(f"{number} of {len(paths)} pictures", err=True)
        try:
            content = path.read_bytes()
        except OSError as exc:
            click.echo(f"{path}: cannot be read: {exc.strerror}; not added", err=True)
            failed += 1
            continue
        seen = _look(sandbox, path, content)
        if seen is None:
            failed += 1
            continue
        twin = next((image for image in known if image.appearance.views == seen.views), None)
        if twin is not None and not wishes.again:
            click.echo(f"{path}: the same picture is {twin.id} already; not added", err=True)
            continue
        _warn_of_likeness(sandbox, path, content, near)
        entry = _entry(path, seen, wishes, known)
        if holds_approved(path, entry, wishes.approved, wishes.settings, force=wishes.force):
            failed += 1
            continue
        if not wishes.no_thumbnail:
            name = _keep_thumbnail(sandbox, path, content, entry, thumbnails)
            if not name:
                failed += 1
                continue
            entry = replace(entry, thumbnail=name)
        known, near = (*known, entry), (*near, _widened(entry))
        added.append((path, entry))
    return added, failed


def _keep_thumbnail(
    sandbox: Sandbox, path: Path, content: bytes, entry: BankedImage, thumbnails: ExitStack
) -> str:
    """Return what `thumbnail:` of the entry says, "" after saying why there can be none."""
    from filter.cli.thumbnailfiles import ThumbnailError, kept_thumbnail  # noqa: PLC0415 - lazily

    folder = Path(entry.source).parent
    try:
        return thumbnails.enter_context(kept_thumbnail(sandbox, folder, entry.id, content))
    except ThumbnailError as exc:
        click.echo(f"{path}: {exc}; not added. --no-thumbnail adds it without one", err=True)
        return ""


def _entry(
    path: Path, seen: Appearance, wishes: _Wishes, known: tuple[BankedImage, ...]
) -> BankedImage:
    from filter.mode import Mode  # noqa: PLC0415 - lazily
    from filter.pictures.bank import ALGORITHM  # noqa: PLC0415 - lazily
    from filter.ruleset import BankedImage  # noqa: PLC0415 - lazily

    return BankedImage(
        id=free_id(wishes.label or path.stem, (image.id for image in known), wishes.id),
        source=str(wishes.target),
        label=wishes.label or path.stem,
        appearance=seen,
        max_distance_bits=wishes.max_distance_bits,
        reason=wishes.reason,
        mode=Mode(wishes.mode),
        origin=wishes.origin,
        added_by=wishes.added_by,
        added=date.today(),  # noqa: DTZ011 - the day where the person is
        algorithm=ALGORITHM,
    )


def _look(sandbox: Sandbox, path: Path, content: bytes) -> Appearance | None:
    """Return what to keep of a picture, None when there is nothing; say what is doubtful."""
    from filter.pictures.bank import LEAST_QUALITY  # noqa: PLC0415 - lazily
    from filter.pictures.points import PHOTOGRAPH_POINTS  # noqa: PLC0415 - numpy, lazily

    look = sandbox.look_for_bank(content, path.name)
    seen = look.appearance
    fit = any(view.quality >= LEAST_QUALITY for view in seen.views)
    for trouble in look.troubles:
        ending = "" if fit else "; not added"
        click.echo(f"{path}: {trouble.detail}{ending}", err=True)
    if not fit:
        if not look.troubles:
            click.echo(f"{path}: nothing in it that could be recognised; not added", err=True)
        return None
    if has_few_places(seen):
        click.echo(
            f"{path}: it has few telling places ({places_in(seen)}; photographs have "
            f"{PHOTOGRAPH_POINTS} and more), so parts and tilted copies of it may not be known, "
            "and other pictures of its design may be held; where mail shows such pictures, "
            "`sallyport images approve` is the better rule",
            err=True,
        )
    listed = _upright(seen)
    _warn_of_quality(path, listed)
    return replace(seen, listed=listed.listed)


def _upright(seen: Appearance) -> Appearance:
    """Return the picture as lists of others have it: upright, on light ground, the first frame."""
    first = {one.algorithm: one for one in reversed(seen.listed)}
    return replace(seen, listed=tuple(first[name] for name in sorted(first)))


def _warn_of_quality(path: Path, seen: Appearance) -> None:
    from filter.pictures.algorithms import DEFAULT_QUALITY  # noqa: PLC0415 - lazily

    for one in seen.listed:
        least = DEFAULT_QUALITY[one.algorithm]
        if one.quality < least:
            click.echo(
                f"{path}: its {one.algorithm} hash has quality {one.quality}, below {least}: "
                "`sallyport images export` leaves it out, since flat pictures all look alike to it",
                err=True,
            )


def _widened(image: BankedImage) -> BankedImage:
    return replace(image, max_distance_bits=image.max_distance_bits + _NEAR_BITS)


def _warn_of_likeness(
    sandbox: Sandbox, path: Path, content: bytes, widened: tuple[BankedImage, ...]
) -> None:
    """Name the known picture that is nearest, when it is near.

    Asked with wider limits: to find the nearest of all takes seconds in a bank of some hundreds.
    """
    from filter.pictures.agreement import TooAlikeError  # noqa: PLC0415 - numpy
    from filter.pictures.likeness import Agreement, explain, find_known  # noqa: PLC0415 - numpy

    seen = sandbox.look_at_picture(content, "", path.name).appearance
    try:
        found = find_known(seen, widened)
    except TooAlikeError:
        click.echo(f"{path}: too many known pictures are too much like it", err=True)
        return
    by_views = [one for one in found if not isinstance(one, Agreement)]
    near = max(by_views, key=lambda one: one.limit_bits - one.distance_bits, default=None)
    if near is None:
        for other in found:
            click.echo(f"{path}: {explain(other)}", err=True)
        return
    limit = near.limit_bits - _NEAR_BITS
    word = "is already known as" if near.distance_bits <= limit else "is close to"
    click.echo(
        f'{path}: {word} "{near.known.label}" ({near.known.id}), distance {near.distance_bits}, '
        f"limit {limit}",
        err=True,
    )


def _write(target: Path, entries: list[BankedImage]) -> None:
    """Put the entries into the file, all of them or none."""
    from filter.pictures.bankfile import insert_entries  # noqa: PLC0415 - lazily

    replace_file(target, edited(target, lambda text: insert_entries(text, entries)))
