"""The known and the approved pictures of a folder, without what else the rules say.

For commands that show or change the pictures: they need not wait for templates to be compiled, and
they are of use where a template is broken, or names a picture that is about to be approved.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from filter.problems import Problem
from filter.rulefiles.approved import compare_with_known, compile_approved, find_unlisted
from filter.rulefiles.approvedmodel import ApprovedPictureRule
from filter.rulefiles.gather import Gathered
from filter.rulefiles.images import compile_image
from filter.rulefiles.items import Item
from filter.rulefiles.model import ImageRule
from filter.rulefiles.sources import read_rule_files
from filter.ruleset import ApprovedPicture, BankedImage
from filter.strictyaml import read_yaml

PICTURE_SECTIONS = ("images", "approved_pictures")


@dataclass(frozen=True, slots=True)
class PictureRules:
    """The pictures that can be read, and what is wrong with the others."""

    known: tuple[BankedImage, ...]
    approved: tuple[ApprovedPicture, ...]
    problems: tuple[Problem, ...]


def load_pictures(folder: Path) -> PictureRules:
    """Return the pictures of a folder of rules. Never raises.

    Problems are those of files that cannot be read, and of pictures; not of other rules.
    """
    files, problems = read_rule_files(folder)
    gathered = Gathered()
    for file in files:
        document, faults = read_yaml(file.content, file.shown)
        gathered.problems += faults
        if not any(fault.is_error for fault in faults):
            gathered.add(document, PICTURE_SECTIONS)
    known = tuple(compile_images(gathered))
    approved = tuple(entry for _, entry in _approved(gathered))
    return PictureRules(known, approved, (*problems, *gathered.problems))


def compile_images(gathered: Gathered) -> list[BankedImage]:
    """Return the known pictures; what is wrong with the others is among the problems."""
    entries: list[BankedImage] = []
    item: Item[ImageRule]
    for item in gathered.items["images"]:
        entry, problems = compile_image(item)
        gathered.problems += problems
        if entry is not None:
            entries.append(entry)
    return entries


def compile_all_approved(
    gathered: Gathered, known: tuple[BankedImage, ...]
) -> dict[str, ApprovedPicture]:
    """Return the approved pictures by id; those that are known, or never shown, are a problem."""
    entries: dict[str, ApprovedPicture] = {}
    for item, entry in _approved(gathered):
        entries[entry.id] = entry
        gathered.problems += compare_with_known(item, entry, known)
    if "templates" not in gathered.unfit and gathered.names["templates"].complete:
        gathered.problems += find_unlisted(gathered.items)
    return entries


def _approved(
    gathered: Gathered,
) -> Iterator[tuple[Item[ApprovedPictureRule], ApprovedPicture]]:
    item: Item[ApprovedPictureRule]
    for item in gathered.items["approved_pictures"]:
        entry, problems = compile_approved(item)
        gathered.problems += problems
        if entry is not None:
            yield item, entry
