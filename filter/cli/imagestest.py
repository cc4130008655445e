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


@click.command("test")
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False)
)
@rules_option
@settings_option
@json_option
def test_images(
    files: tuple[Path, ...],
    rules: Path | None,
    settings: Path | None,
    as_json: bool,  # noqa: FBT001
) -> None:
    """Say whether pictures, or those in PDF files, are known, and which known picture is nearest.

    Exit code 1 when one of them would be held.
    """
    in_force = load_rules_or_exit(rules_folder(rules, settings))
    with running_sandbox(settings) as sandbox:
        rows = [row for path in files for row in _test(sandbox, path, in_force)]
    columns = ("file", "where", "known", "nearest", "view", "distance", "limit", "detail")
    print_rows(columns, (row.shown() for row in rows), as_json=as_json)
    sys.exit(exitcodes.FOUND if any(row.is_held for row in rows) else exitcodes.OK)


@dataclass(frozen=True, slots=True)
class _Row:
    """What is to be said of one picture; ``listed`` are the lists of others that it is on.

    ``nearest`` is the known picture that it shows, if it shows one.
    """

    path: Path
    where: str
    is_known: bool
    troubles: tuple[str, ...]
    nearest: Likeness | Agreement | None
    listed: tuple[str, ...] = ()

    @property
    def is_held(self) -> bool:
        return self.is_known or bool(self.troubles)

    def shown(self) -> dict[str, object]:
        from filter.pictures.likeness import Likeness, explain  # noqa: PLC0415 - numpy, lazily

        near = self.nearest
        by_view = near if isinstance(near, Likeness) else None
        by_places = (explain(near),) if near and not by_view else ()
        return {
            "file": self.path,
            "where": self.where,
            "known": "yes" if self.is_known else "no",
            "nearest": near.known.id if near else None,
            "view": f"{by_view.seen_as} ~ {by_view.known_as}" if by_view else None,
            "distance": by_view.distance_bits if by_view else None,
            "limit": by_view.limit_bits if by_view else None,
            "detail": "; ".join((*self.troubles, *self.listed, *by_places)) or None,
        }


def _test(sandbox: Sandbox, path: Path, rules: RuleSet) -> Iterator[_Row]:
    from filter.pictures.likeness import find_known, find_nearest  # noqa: PLC0415 - numpy, lazily
    from filter.pictures.lists import explain_listed, find_listed  # noqa: PLC0415 - as above

    views, troubles = _views_in(sandbox, path)
    for where, seen in views:
        listed = tuple(explain_listed(one) for one in find_listed(seen, rules.image_lists))
        found = find_known(seen, rules.images)
        nearest = found[0] if found else find_nearest(seen, rules.images)
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
