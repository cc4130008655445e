"""Which pictures are known for a prank: what `sallyport images add` writes."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from filter.message import Appearance, ListedHash, PictureView
from filter.pictures.bank import (
    ALGORITHM,
    LEAST_QUALITY,
    UnknownViewError,
    parse_listed,
    parse_view,
)
from filter.pictures.blocks import read_head
from filter.problems import Problem, did_you_mean
from filter.rulefiles.approvedmodel import ApprovedPictureRule
from filter.rulefiles.items import Item
from filter.rulefiles.model import ImageRule
from filter.rulefiles.named import is_inside
from filter.rulefiles.nearfiles import near_file
from filter.ruleset import BankedImage

_Read = TypeVar("_Read")


def compile_image(item: Item[ImageRule]) -> tuple[BankedImage | None, list[Problem]]:
    """Return the entry, or None and what is wrong with it; warnings come with an entry."""
    rule = item.rule
    problems: list[Problem] = []
    if rule.algorithm != ALGORITHM:
        message = f"hashes of the algorithm `{rule.algorithm}` cannot be compared"
        help_ = did_you_mean(rule.algorithm, [ALGORITHM]) or (
            f"add the picture again with `sallyport images add`: `{ALGORITHM}` is current"
        )
        problems.append(item.report("E072", message, "algorithm", help=help_))
    views, faults = read_views(item, rule.views, "`sallyport images add` writes these lines")
    problems += faults
    if views and not problems and all(view.quality < LEAST_QUALITY for view in views):
        message = "every view is too flat to be told from others; this entry holds nothing"
        problems.append(item.report("W171", message, "views", at_key=True, warn=True))
    listed, troubles = _listed(item)
    keypoints, more = _keypoints(item)
    problems += [*troubles, *more, *_thumbnail_problems(item)]
    if any(p.is_error for p in problems):
        return None, problems
    entry = BankedImage(
        id=rule.id,
        source=item.source,
        label=rule.label or rule.id,
        appearance=Appearance(tuple(views), keypoints, listed),
        max_distance_bits=rule.max_distance_bits,
        reason=rule.reason,
        mode=rule.mode,
        origin=rule.source,
        added_by=rule.added_by,
        added=rule.added,
        algorithm=rule.algorithm,
        thumbnail=rule.thumbnail or "",
    )
    return entry, problems


def read_views(
    item: Item[ImageRule] | Item[ApprovedPictureRule], texts: Sequence[str], help_: str
) -> tuple[list[PictureView], list[Problem]]:
    """Return the views that stand under `views:`, and the problems of those that are wrong."""
    views: list[PictureView] = []
    problems: list[Problem] = []
    for index, text in enumerate(texts):
        try:
            views.append(parse_view(text))
        except UnknownViewError as exc:
            better = did_you_mean(exc.word, exc.known) or help_
            problems.append(item.report("E071", str(exc), "views", index, help=better))
        except ValueError as exc:
            problems.append(item.report("E071", str(exc), "views", index, help=help_))
    return views, problems


def _listed(item: Item[ImageRule]) -> tuple[tuple[ListedHash, ...], list[Problem]]:
    help_ = "`sallyport images add` writes these lines"
    return _parsed(item, "listed", item.rule.listed, parse_listed, "E071", help_)


def _keypoints(item: Item[ImageRule]) -> tuple[tuple[bytes, ...], list[Problem]]:
    help_ = "add the picture again with `sallyport images add`; or remove `keypoints:`"
    return _parsed(item, "keypoints", item.rule.keypoints, _block, "E073", help_)


def _parsed(  # noqa: PLR0917 - what is read, how, and what is said of a fault
    item: Item[ImageRule],
    key: str,
    texts: Sequence[str],
    parse: Callable[[str], _Read],
    code: str,
    help_: str,
) -> tuple[tuple[_Read, ...], list[Problem]]:
    """Return what the texts under a key stand for, and the problems of those that are wrong."""
    read: list[_Read] = []
    problems: list[Problem] = []
    for text, where in zip(texts, item.paths(key, len(texts)), strict=True):
        try:
            read.append(parse(text))
        except ValueError as exc:
            problems.append(item.report(code, str(exc), *where, help=help_))
    return tuple(read), problems


def _block(text: str) -> bytes:
    """Return the block that the text stands for. Raises ValueError when nothing can read it."""
    try:
        block = base64.b64decode("".join(text.split()), validate=True)
    except ValueError:
        raise ValueError("the key points are not base64") from None
    read_head(block)
    return block


def _thumbnail_problems(item: Item[ImageRule]) -> list[Problem]:
    name = item.rule.thumbnail
    if name is None:
        return []
    if not is_inside(name):
        message = f"`{name}` leaves the folder of this rule file"
        help_ = "paths begin at the folder of this rule file"
        return [item.report("E074", message, "thumbnail", help=help_)]
    if not _is_file(Path(item.folder, name)):
        message = f"there is no file `{name}`"
        near = near_file(Path(item.folder), name)
        help_ = near or "put it there, or remove `thumbnail:`; pictures are known without it"
        return [item.report("W172", message, "thumbnail", help=help_, warn=True)]
    return []


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name that no file can have
        return False
