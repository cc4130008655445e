"""``sallyport images``: known and approved pictures, and lists of other people."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from filter.cli.imagesadd import add_images
from filter.cli.imagesapprove import approve_command
from filter.cli.imageseval import evaluate_images
from filter.cli.imageslists import export_list, import_list, show_lists
from filter.cli.imagesrecent import recent_command
from filter.cli.imagesremove import remove_images
from filter.cli.imagestest import test_images
from filter.cli.options import json_option, rules_option, settings_option
from filter.cli.output import print_rows
from filter.cli.picturefiles import load_pictures_or_exit, rules_folder

if TYPE_CHECKING:
    from filter.ruleset import ApprovedPicture, BankedImage


@click.group("images")
def images_command() -> None:
    """Known and approved pictures: add, test, list, remove."""


images_command.add_command(add_images)
images_command.add_command(remove_images)
images_command.add_command(test_images)
images_command.add_command(show_lists)
images_command.add_command(import_list)
images_command.add_command(export_list)
images_command.add_command(approve_command)
images_command.add_command(recent_command)
images_command.add_command(evaluate_images)


@images_command.command("list", short_help="Show the known pictures in the rules.")
@click.option("--approved", is_flag=True, help="Show the approved pictures instead.")
@rules_option
@settings_option
@json_option
def list_images(
    approved: bool,  # noqa: FBT001
    rules: Path | None,
    settings: Path | None,
    as_json: bool,  # noqa: FBT001
) -> None:
    """Show the known pictures in the rules, or the approved ones.

    What templates say, or what is wrong with them, does not matter for that.
    """
    pictures = load_pictures_or_exit(rules_folder(rules, settings))
    if approved:
        _print_approved(pictures.approved, as_json=as_json)
    else:
        _print_known(pictures.known, as_json=as_json)


def _print_known(known: Iterable[BankedImage], *, as_json: bool) -> None:
    rows = (
        {
            "id": image.id,
            "label": image.label,
            "mode": image.mode.value,
            "max_distance_bits": image.max_distance_bits,
            "views": len(image.appearance.views),
            "added": image.added,
            "added_by": image.added_by,
            "source": image.origin,
            "algorithm": image.algorithm,
            "thumbnail": image.thumbnail,
            "file": image.source,
            "reason": image.reason,
        }
        for image in known
    )
    columns = ("id", "label", "mode", "max_distance_bits", "views", "added", "added_by", "source")
    print_rows((*columns, "file", "reason"), rows, as_json=as_json)


def _print_approved(approved: Iterable[ApprovedPicture], *, as_json: bool) -> None:
    rows = (
        {
            "id": one.id,
            "label": one.label,
            "kind": one.kind.value,
            "files": len(one.digests),
            "size": list(one.sizes) if as_json else " ".join(f"{w}x{h}" for w, h in one.sizes),
            "also_similar": one.also_similar if as_json else "yes" if one.also_similar else "no",
            "file": one.source,
        }
        for one in approved
    )
    columns = ("id", "label", "kind", "files", "size", "also_similar", "file")
    print_rows(columns, rows, as_json=as_json)
