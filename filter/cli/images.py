"""``sallyport images``: add, list and test known pictures, and exchange lists of them."""

from __future__ import annotations

from pathlib import Path

import click

from filter.cli.imagesadd import add_images
from filter.cli.imagesapprove import approve_command
from filter.cli.imageseval import evaluate_images
from filter.cli.imageslists import export_list, import_list, show_lists
from filter.cli.imagesrecent import recent_command
from filter.cli.imagestest import test_images
from filter.cli.options import json_option, rules_option, settings_option
from filter.cli.output import print_rows
from filter.cli.picturefiles import load_pictures_or_exit, rules_folder


@click.group("images")
def images_command() -> None:
    """Add, list and test known pictures."""


images_command.add_command(add_images)
images_command.add_command(test_images)
images_command.add_command(show_lists)
images_command.add_command(import_list)
images_command.add_command(export_list)
images_command.add_command(approve_command)
images_command.add_command(recent_command)
images_command.add_command(evaluate_images)


@images_command.command("list")
@rules_option
@settings_option
@json_option
def list_images(rules: Path | None, settings: Path | None, as_json: bool) -> None:  # noqa: FBT001
    """Show the known pictures in the rules."""
    known = load_pictures_or_exit(rules_folder(rules, settings)).known
    rows = (
        {
            "id": image.id,
            "label": image.label,
            "mode": image.mode.value,
            "max_distance_bits": image.max_distance_bits,
            "views": len(image.appearance.views),
            "added": image.added,
            "added_by": image.added_by,
            "origin": image.origin,
            "algorithm": image.algorithm,
            "thumbnail": image.thumbnail,
            "source": image.source,
            "reason": image.reason,
        }
        for image in known
    )
    columns = ("id", "label", "mode", "max_distance_bits", "views", "added", "added_by", "origin")
    print_rows((*columns, "source", "reason"), rows, as_json=as_json)
