"""``sallyport images test``: would these pictures be held, and by which known picture?"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from filter.cli import exitcodes
from filter.cli.options import json_option, load_rules_or_exit, rules_option, settings_option
from filter.cli.output import count, print_rows
from filter.cli.picturefiles import MANY, find_pictures, rules_folder, running_sandbox

if TYPE_CHECKING:
    from filter.message import Appearance
    from filter.pictures.likeness import Agreement, Likeness
    from filter.pictures.lists import Listed
    from filter.reading.sandbox import Sandbox
    from filter.ruleset import RuleSet


@click.command("test", short_help="Would these pictures, or those in PDF files, be held?")
@click.argument(
    "files",
    nargs=-1,
    required=True,
    type=click.Path(path_type=Path, exists=True),
    metavar="FILE…|DIR",
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
    """Say whether pictures, or those in PDF files, would be held, and what they look most like.

    Folders are walked. The rules in force judge: what looks like a known picture in shadow mode,
    and like no other, is known and not held. Which pictures a template shows is not asked. Exit
    code 1 when one of them would be held.
    """
    in_force = load_rules_or_exit(rules_folder(rules, settings))
    paths = list(find_pictures(files, with_documents=True))
    if not paths:
        raise click.UsageError("there is no picture or PDF file in it")
    columns = ["file", "where", "held", "known", "nearest", "distance", "limit", "view", "detail"]
    with running_sandbox(settings) as sandbox:
        rows = list(_test_all(sandbox, paths, in_force))
        shown = [row.shown(as_json=as_json) for row in rows]
        if side_by_side is not None:
            from filter.cli.imagefiles import write_side_by_side  # noqa: PLC0415 - lazily

            columns.append("side_by_side")
            pictures = iter(write_side_by_side(sandbox, paths, in_force, side_by_side))
            for row, cells in zip(rows, shown, strict=True):
                written = [one for _ in range(max(1, row.pictures)) for one in next(pictures)]
                names = [str(one.path) for one in written if not one.trouble]
                cells["side_by_side"] = names if as_json else " ".join(names)
    print_rows(columns, shown, as_json=as_json)
    held = {row.path for row in rows if row.is_held}
    if sys.stdout.isatty():  # programs have the exit code
        click.echo(f"{len(held)} of {count(len(set(paths)), 'file')} would be held", err=True)
    sys.exit(exitcodes.FOUND if held else exitcodes.OK)


@dataclass(frozen=True, slots=True)
class _Row:
    """What is to be said of one picture, or of all that are seen on one page."""

    path: Path
    where: str
    pictures: int
    found: tuple[Likeness | Agreement, ...]
    listed: tuple[Listed, ...]
    troubles: tuple[str, ...]
    nearest: Likeness | Agreement | None

    @property
    def is_held(self) -> bool:
        from filter.mode import Mode  # noqa: PLC0415 - lazily

        known = [one.known.mode for one in (*self.found, *self.listed)]
        return bool(self.troubles) or Mode.ENFORCE in known

    def shown(self, *, as_json: bool) -> dict[str, object]:
        near = self.nearest
        return {
            "file": self.path,
            "where": self.where,
            "held": "yes" if self.is_held else "no",
            "known": "yes" if self.found or self.listed else "no",
            "nearest": near.known.id if near else None,
            **_measured(near, as_json=as_json),
            "detail": "; ".join(self._details()) or None,
        }

    def _details(self) -> Iterator[str]:
        from filter.mode import Mode  # noqa: PLC0415 - lazily
        from filter.pictures.lists import explain_listed  # noqa: PLC0415 - numpy, lazily

        yield from self.troubles
        yield from map(explain_listed, self.listed)
        near = self.nearest
        others = {one.known.id for one in self.found if near and one.known.id != near.known.id}
        if others:
            yield f"is also known as {', '.join(sorted(others))}"
        known = (*self.found, *self.listed)
        shadows = sorted({one.known.id for one in known if one.known.mode is Mode.SHADOW})
        if shadows:
            yield f"{', '.join(shadows)} in shadow mode, which holds nothing"


def _measured(near: Likeness | Agreement | None, *, as_json: bool) -> dict[str, object]:
    """Return how near it is: bits of a pair of views, or places; for people in the same columns."""
    from filter.pictures.likeness import Agreement  # noqa: PLC0415 - numpy, lazily

    if not isinstance(near, Agreement):
        return {
            "view": f"{near.seen_as} ~ {near.known_as}" if near else None,
            "distance": near.distance_bits if near else None,
            "limit": near.limit_bits if near else None,
        }
    view = f"{near.seen_as or 'whole'} ~ {'mirrored' if near.is_mirrored else 'whole'}"
    if as_json:
        counts = {"places": near.places, "least_places": near.least_places}
        return {"view": view, "distance": None, "limit": None, **counts}
    return {
        "view": view,
        "distance": f"{near.places} places",
        "limit": f"{near.least_places} places",
    }


def _test_all(sandbox: Sandbox, paths: Sequence[Path], rules: RuleSet) -> Iterator[_Row]:
    for number, path in enumerate(paths, start=1):
        if len(paths) > MANY and number % MANY == 0:
            click.echo(f"{number} of {len(paths)} files", err=True)
        yield from _test(sandbox, path, rules)


def _test(sandbox: Sandbox, path: Path, rules: RuleSet) -> Iterator[_Row]:
    """Yield a row for each picture; for each page, where a picture and its page are one."""
    from filter.pictures.agreement import TooAlikeError  # noqa: PLC0415 - numpy, lazily
    from filter.pictures.likeness import find_known, find_nearest  # noqa: PLC0415 - as above
    from filter.pictures.lists import find_listed  # noqa: PLC0415 - as above

    places, troubles = _pictures_in(sandbox, path)
    for where, seen in places.items():
        try:
            found = tuple(one for look in seen for one in find_known(look, rules.images))
        except TooAlikeError:
            found = ()
            troubles = (*troubles, "too many known pictures are too much like it")
        nearest = _first_of(found)
        if nearest is None:
            every = (find_nearest(look, rules.images) for look in seen)
            nearest = _first_of(tuple(one for one in every if one is not None))
        listed = [one for look in seen for one in find_listed(look, rules.image_lists)]
        closest = {one.known.id: one for one in sorted(listed, key=lambda one: -one.distance_bits)}
        yield _Row(path, where, len(seen), found, tuple(closest.values()), troubles, nearest)
    if not places:
        yield _Row(path, "", 0, (), (), troubles, None)


def _first_of(found: Sequence[Likeness | Agreement]) -> Likeness | Agreement | None:
    """Return what is to be told of a picture: what holds it before what does not, the surest."""
    from filter.mode import Mode  # noqa: PLC0415 - lazily
    from filter.pictures.strongest import strongest  # noqa: PLC0415 - numpy, lazily

    return strongest(one for one in found if one.known.mode is Mode.ENFORCE) or strongest(found)


def _pictures_in(
    sandbox: Sandbox, path: Path
) -> tuple[dict[str, list[Appearance]], tuple[str, ...]]:
    """Return what was seen in a file by place, and why it would be held whatever it shows."""
    try:
        content = path.read_bytes()
    except OSError as exc:
        return {}, (f"cannot be read: {exc.strerror}",)
    if not content.startswith(b"%PDF-"):
        look = sandbox.look_at_picture(content, "", path.name)
        return {"": [look.appearance]}, tuple(f.detail for f in look.troubles)
    document = sandbox.look_at_document(content, "application/pdf", path.name)
    pages: dict[str, list[Appearance]] = {}
    for picture in document.pictures:
        pages.setdefault(picture.where.rpartition(", ")[2], []).append(picture.appearance)
    return pages, tuple(f.detail for f in document.troubles)
