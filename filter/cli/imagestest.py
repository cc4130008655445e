"""``sallyport images test``: are these pictures known?"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from filter.cli import exitcodes
from filter.cli.options import json_option, load_rules_or_exit, rules_option, settings_option
from filter.cli.output import print_rows
from filter.cli.picturefiles import rules_folder, running_sandbox

if TYPE_CHECKING:
    from filter.message import Appearance
    from filter.pictures.likeness import Agreement, Likeness
    from filter.reading.sandbox import Sandbox
    from filter.ruleset import RuleSet


@click.command("test", short_help="Would these pictures, or those in PDF files, be held?")
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
    in_force = load_rules_or_exit(rules_folder(rules, settings))
    columns = ["file", "where", "known", "nearest", "view", "distance", "limit", "detail"]
    with running_sandbox(settings) as sandbox:
        rows = [row for path in files for row in _test(sandbox, path, in_force)]
        shown = [row.shown(as_json=as_json) for row in rows]
        if side_by_side is not None:
            from filter.cli.imagefiles import write_side_by_side  # noqa: PLC0415 - lazily

            columns.append("side_by_side")
            pictures = write_side_by_side(sandbox, files, in_force, side_by_side)
            for row, written in zip(shown, pictures, strict=True):
                names = [str(one.path) for one in written if not one.trouble]
                row["side_by_side"] = names if as_json else " ".join(names)
    print_rows(columns, shown, as_json=as_json)
    sys.exit(exitcodes.FOUND if any(row.is_held for row in rows) else exitcodes.OK)


@dataclass(frozen=True, slots=True)
class _Row:
    """What is to be said of one picture; ``listed`` are the lists of others that it is on."""

    path: Path
    where: str
    is_known: bool
    troubles: tuple[str, ...]
    nearest: Likeness | Agreement | None
    listed: tuple[str, ...] = ()

    @property
    def is_held(self) -> bool:
        return self.is_known or bool(self.troubles)

    def shown(self, *, as_json: bool) -> dict[str, object]:
        near = self.nearest
        return {
            "file": self.path,
            "where": self.where,
            "known": "yes" if self.is_known else "no",
            "nearest": near.known.id if near else None,
            **_measured(near, as_json=as_json),
            "detail": "; ".join((*self.troubles, *self.listed)) or None,
        }


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


def _nearest_of(found: tuple[Likeness | Agreement, ...]) -> Likeness | Agreement | None:
    """Return what a picture is known as: by its views when it can, with the closest of them."""
    from filter.pictures.likeness import Agreement  # noqa: PLC0415 - numpy, lazily

    by_views = [one for one in found if not isinstance(one, Agreement)]
    if by_views:
        return max(by_views, key=lambda one: one.limit_bits - one.distance_bits)
    by_places = [one for one in found if isinstance(one, Agreement)]
    return max(by_places, key=lambda one: one.places, default=None)


def _test(sandbox: Sandbox, path: Path, rules: RuleSet) -> Iterator[_Row]:
    from filter.pictures.likeness import find_known, find_nearest  # noqa: PLC0415 - numpy, lazily
    from filter.pictures.lists import explain_listed, find_listed  # noqa: PLC0415 - as above

    views, troubles = _views_in(sandbox, path)
    for where, seen in views:
        listed = tuple(explain_listed(one) for one in find_listed(seen, rules.image_lists))
        found = find_known(seen, rules.images)
        nearest = _nearest_of(found) or find_nearest(seen, rules.images)
        yield _Row(path, where, bool(found or listed), troubles, nearest, listed)
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
