"""Which pictures are known for a prank: what `sallyport images add` writes."""

from __future__ import annotations

from filter.message import Appearance, PictureView
from filter.pictures.bank import ALGORITHM, LEAST_QUALITY, parse_view
from filter.pictures.thumbnailname import parts_of, thumbnail_name
from filter.problems import Problem, did_you_mean
from filter.rulefiles.items import Item
from filter.rulefiles.model import ImageRule
from filter.ruleset import BankedImage


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
    views: list[PictureView] = []
    for index, text in enumerate(rule.views):
        try:
            views.append(parse_view(text))
        except ValueError as exc:
            help_ = "`sallyport images add` writes these lines"
            problems.append(item.report("E071", str(exc), "views", index, help=help_))
    if views and not problems and all(view.quality < LEAST_QUALITY for view in views):
        message = "every view is too flat to be told from others; this entry holds nothing"
        problems.append(item.report("W171", message, "views", at_key=True, warn=True))
    if rule.thumbnail:
        try:
            parts_of(rule.thumbnail)
        except ValueError as exc:
            help_ = f"write `{thumbnail_name(rule.id)}`"
            problems.append(item.report("E079", str(exc), "thumbnail", help=help_))
    if any(p.is_error for p in problems):
        return None, problems
    entry = BankedImage(
        id=rule.id,
        source=item.source,
        label=rule.label or rule.id,
        appearance=Appearance(tuple(views)),
        max_distance_bits=rule.max_distance_bits,
        reason=rule.reason,
        mode=rule.mode,
        thumbnail=rule.thumbnail,
    )
    return entry, problems
