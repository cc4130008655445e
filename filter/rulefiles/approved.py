"""Which pictures are approved, and which of them a template shows: `approved_pictures:`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from filter.message import Appearance, PictureView
from filter.pictures.bank import LEAST_QUALITY
from filter.problems import Problem, did_you_mean
from filter.rulefiles.approvedmodel import ApprovedPictureRule
from filter.rulefiles.images import read_views
from filter.rulefiles.items import Item, Names
from filter.rulefiles.model import PicturesRule, TemplateRule
from filter.ruleset import ApprovedKind, ApprovedPicture, BankedImage, PictureRule

_FILE_ONLY = ("sha256", "also_similar", "max_distance_bits", "views")
_WRITES = "`sallyport images approve` writes these entries"


def compile_approved(
    item: Item[ApprovedPictureRule],
) -> tuple[ApprovedPicture | None, list[Problem]]:
    """Return the entry, or None and what is wrong with it."""
    rule = item.rule
    problems = list(_check_kind(item))
    views, faults = read_views(item, rule.views, _WRITES)
    problems += faults
    if rule.also_similar and not problems:
        problems += _check_similar(item, views)
    if any(p.is_error for p in problems):
        return None, problems
    entry = ApprovedPicture(
        id=rule.id,
        source=item.source,
        label=rule.label or rule.id,
        kind=rule.kind,
        digests=frozenset(rule.sha256),
        sizes=tuple(_pixels(size) for size in rule.size),
        views=tuple(views),
        also_similar=rule.also_similar,
        max_distance_bits=rule.max_distance_bits,
    )
    return entry, problems


def _pixels(text: str) -> tuple[int, int]:
    width, _, height = text.partition("x")
    return int(width), int(height)


def _check_kind(item: Item[ApprovedPictureRule]) -> Iterator[Problem]:
    rule = item.rule
    if rule.kind is ApprovedKind.FILE:
        if not rule.sha256:
            yield item.report("E094", "an approved file without `sha256`", help=_WRITES)
        return
    for key in _FILE_ONLY:
        if key in rule.model_fields_set:
            message = f"`{key}` has no meaning for the kind `{rule.kind}`"
            yield item.report("E094", message, key, help=f"remove `{key}:`", at_key=True)
    if rule.kind is ApprovedKind.GENERATED and not rule.size:
        message = "`generated` needs the size by which the picture is known"
        yield item.report("E094", message, "kind", help="add `size: 600x300`")
    elif rule.kind is not ApprovedKind.GENERATED and rule.size:
        message = f"`size` has no meaning for the kind `{rule.kind}`"
        yield item.report("E094", message, "size", help="remove `size:`", at_key=True)


def _check_similar(item: Item[ApprovedPictureRule], views: list[PictureView]) -> Iterator[Problem]:
    if not views or not item.rule.size:
        message = "`also_similar` needs `views` and `size` to compare with"
        yield item.report("E094", message, "also_similar", help=_WRITES)
    elif any(view.quality < LEAST_QUALITY for view in views if view.name.startswith("whole")):
        message = "it is too flat to be told from others by its looks"
        help_ = "remove `also_similar:`; its exact bytes are approved"
        yield item.report("E094", message, "also_similar", help=help_)


def compare_with_known(
    item: Item[ApprovedPictureRule], entry: ApprovedPicture, known: tuple[BankedImage, ...]
) -> Iterator[Problem]:
    """Warn of an approved picture that would be held as a known one."""
    if not entry.views or not known:
        return
    # numpy, only where it is needed
    from filter.pictures.likeness import explain_measure, find_known  # noqa: PLC0415

    for likeness in find_known(Appearance(entry.views), known):
        message = (
            f"looks like the known picture `{likeness.known.id}`, {explain_measure(likeness)}: "
            "it would be held"
        )
        help_ = f"look at both; lower `max_distance_bits` of `{likeness.known.id}`, or remove one"
        yield item.report("W176", message, help=help_, warn=True)


# --- what templates say of them


def check_listed(item: Item[TemplateRule], names: Names) -> Iterator[Problem]:
    """Report approved pictures of a template that nobody has approved."""
    rule = item.rule.pictures
    if rule is None:
        return
    inner = Item(rule, item.document, (*item.path, "pictures"))
    listed = rule.approved or ()
    for text, path in zip(listed, inner.paths("approved", len(listed)), strict=True):
        help_ = names.unknown(text)
        if help_ is not None:
            yield inner.report("E093", f"unknown approved picture `{text}`", *path, help=help_)
    if rule.approved is not None and not rule.approved and rule.max > 0:
        message = "no picture is approved, and yet it may show some"
        yield inner.report("E093", message, "approved", help="name them, or set `max: 0`")
    for text, path in zip(rule.required, inner.paths("required", len(rule.required)), strict=True):
        if text not in listed:
            message = f"`{text}` is required and not approved here"
            help_ = did_you_mean(text, listed) or "add it to `approved:`"
            yield inner.report("E093", message, *path, help=help_)


def picture_rule(rule: PicturesRule, approved: Mapping[str, ApprovedPicture]) -> PictureRule:
    """Return which pictures a template shows."""
    entries = None
    if rule.approved is not None:
        entries = tuple(approved[name] for name in rule.approved if name in approved)
    remote = rule.remote or ("allow" if rule.approved is None else "hold")
    return PictureRule(
        rule.min,
        rule.max,
        rule.alt,
        entries,
        frozenset(rule.required),
        remote == "allow",
    )


def find_unlisted(items: Mapping[str, list[Item[Any]]]) -> Iterator[Problem]:
    """Note approved pictures that no template shows, and templates that show any picture.

    The latter only where there are approved pictures: rules that have none do without.
    """
    approved: list[Item[ApprovedPictureRule]] = items["approved_pictures"]
    templates: list[Item[TemplateRule]] = items["templates"]
    used: set[str] = set()
    for template in templates:
        pictures = template.rule.pictures
        if pictures is None or pictures.max == 0:
            continue
        if pictures.approved is not None:
            used.update(pictures.approved)
        elif approved:
            message = "any picture may stand in it that is not a known one"
            help_ = "name its pictures under `approved:`; `sallyport images approve` adds them"
            yield template.report("W178", message, "pictures", help=help_, warn=True, at_key=True)
    for item in approved:
        if item.rule.id not in used:
            message = f"no template shows the approved picture `{item.rule.id}`"
            help_ = "name it under `pictures: approved:`, or remove it"
            yield item.report("W177", message, "id", help=help_, warn=True)
