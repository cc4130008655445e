"""Rule files, fitted to their models, to one RuleSet: what only all of them together can tell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TypeVar

from filter.basis import digest_of_pictures
from filter.floodrules import FloodRules
from filter.mode import Mode
from filter.problems import Problem, did_you_mean
from filter.rulefiles.examplerules import compile_examples
from filter.rulefiles.floods import compile_floods
from filter.rulefiles.gather import Gathered
from filter.rulefiles.imagelists import compile_image_list
from filter.rulefiles.items import Item
from filter.rulefiles.links import compile_link, slots_of
from filter.rulefiles.model import (
    FooterRule,
    ImageListRule,
    LinkRule,
    SenderRule,
    TemplateRule,
)
from filter.rulefiles.pictures import compile_all_approved, compile_images
from filter.rulefiles.senders import SharedSenders, read_senders, read_shared
from filter.rulefiles.templates import Shared, compile_template
from filter.ruleset import (
    ApprovedPicture,
    BankedImage,
    ImageList,
    LinkEntry,
    RuleSet,
    Template,
)
from filter.strictyaml import Document
from filter.templates.compiled import TemplateError
from filter.templates.matcher import compile_matcher
from filter.templates.pattern import PatternError, parse_pattern, slot_uses, structures

Tried = TypeVar("Tried", Template, LinkEntry, BankedImage, ImageList)


def compile_rules(
    documents: Iterable[Document],
    revision: str,
    *,
    complete: bool = True,
    lists: Mapping[str, bytes] = MappingProxyType({}),
) -> tuple[RuleSet | None, list[Problem]]:
    """Return the set, or None when there is an error, and every problem found.

    ``lists`` are the contents of the files that the rules name, by path: lists of pictures and
    sources of templates.
    ``complete`` says that no file is missing; otherwise an unknown name may well be defined.
    """
    gathered = Gathered()
    for names in gathered.names.values():
        names.complete = complete
    sources = []
    for document in documents:
        gathered.add(document)
        sources.append(document.file)
    problems = gathered.problems
    links = _compile_links(gathered)
    images = tuple(compile_images(gathered))
    image_lists = _compile_image_lists(gathered, lists)
    approved = compile_all_approved(gathered, images)
    templates = _compile_templates(gathered, links, approved, lists)
    _check_link_slots(gathered, links)
    floods = _compile_floods(gathered)
    if any(p.is_error for p in problems):
        return None, problems
    try:
        matcher = compile_matcher(templates)
    except TemplateError as exc:
        problems.append(Problem("E027", str(exc), exc.source))
        return None, problems
    rules = RuleSet(
        revision=revision,
        templates=tuple(templates),
        links=tuple(links),
        images=images,
        matcher=matcher,
        sources=tuple(sources),
        floods=floods,
        image_lists=tuple(image_lists),
        links_by_host=links_by_host(links),
        approved=tuple(approved.values()),
        pictures_digest=digest_of_pictures(images, image_lists),
    )
    return replace(rules, trial=_on_trial(rules)), problems


def links_by_host(links: Iterable[LinkEntry]) -> Mapping[str, tuple[LinkEntry, ...]]:
    """Return the entries of each host, in their order."""
    by_host: dict[str, list[LinkEntry]] = {}
    for link in links:
        by_host.setdefault(link.host, []).append(link)
    return MappingProxyType({host: tuple(them) for host, them in by_host.items()})


def _on_trial(rules: RuleSet) -> RuleSet | None:
    """Return the rules as if templates and links in shadow were enforced; None if none is.

    The matcher has those templates alone: it is asked about what no enforced one approves.
    """
    tried = [one for one in rules.templates if one.mode is Mode.SHADOW]
    if not tried and all(link.mode is not Mode.SHADOW for link in rules.links):
        return None
    links = tuple(as_enforced(link) for link in rules.links)
    return replace(
        rules,
        templates=tuple(as_enforced(one) for one in rules.templates),
        links=links,
        links_by_host=links_by_host(links),
        matcher=compile_matcher([as_enforced(one) for one in tried]),
    )


def as_enforced(rule: Tried) -> Tried:
    """Return a rule in shadow as if it were enforced, any other as it is."""
    return replace(rule, mode=Mode.ENFORCE) if rule.mode is Mode.SHADOW else rule


def _compile_links(gathered: Gathered) -> list[LinkEntry]:
    entries: list[LinkEntry] = []
    seen: dict[tuple[object, ...], str] = {}
    item: Item[LinkRule]
    for item in gathered.items["links"]:
        entry, problems = compile_link(item)
        gathered.problems += problems
        if entry is None:
            continue
        place = (entry.scheme, entry.host, entry.port, entry.path, entry.query, entry.parameters)
        if place in seen:
            message = f"the same place as link entry `{seen[place]}`"
            gathered.problems.append(item.report("W164", message, help="remove one", warn=True))
        seen.setdefault(place, entry.id)
        entries.append(entry)
    return entries


def _compile_image_lists(gathered: Gathered, lists: Mapping[str, bytes]) -> list[ImageList]:
    entries: list[ImageList] = []
    item: Item[ImageListRule]
    for item in gathered.items["image_lists"]:
        entry, problems = compile_image_list(item, lists)
        gathered.problems += problems
        if entry is not None:
            entries.append(entry)
    return entries


def _compile_floods(gathered: Gathered) -> FloodRules:
    floods, problems = compile_floods(
        gathered.items, gathered.names, templates_fit="templates" not in gathered.unfit
    )
    gathered.problems += problems
    return floods


def _check_link_slots(gathered: Gathered, links: Iterable[LinkEntry]) -> None:
    """Report a slot in a link's path that no template has: nothing could ever fit it."""
    known = {name for item in gathered.items["templates"] for name in item.rule.slots}
    names = gathered.names["templates"]
    if names.broken or not names.complete:
        return
    places = {item.rule.id: item for item in gathered.items["links"]}
    for link in links:
        for slot in slots_of(link.path):
            if slot not in known:
                message = f"no template describes the slot `{slot}`"
                help_ = did_you_mean(slot, known) or "write `*` for any one segment"
                problem = places[link.id].report("E057", message, "path", help=help_)
                gathered.problems.append(problem)


def _compile_templates(
    gathered: Gathered,
    links: Iterable[LinkEntry],
    approved: Mapping[str, ApprovedPicture],
    files: Mapping[str, bytes],
) -> list[Template]:
    link_slots = {link.id: slots_of(link.path) for link in links}
    shared_senders = _compile_senders(gathered)
    footers = _compile_footers(gathered)
    templates: list[Template] = []
    item: Item[TemplateRule] | None
    for written in gathered.items["templates"]:
        item = _with_wordings(written, files, gathered.problems)
        if item is None:
            continue
        senders, reply_to, problems = read_senders(item, shared_senders, gathered.names["senders"])
        shared = Shared(
            senders=senders,
            reply_to=reply_to,
            footers=footers,
            footer_names=gathered.names["footers"],
            link_names=gathered.names["links"],
            link_slots=link_slots,
            approved=approved,
            approved_names=gathered.names["approved_pictures"],
        )
        examples, example_problems = compile_examples(item)
        compiled, template_problems = compile_template(item, shared, examples)
        gathered.problems += [*problems, *template_problems, *example_problems]
        templates += compiled
    return templates


def _with_wordings(
    item: Item[TemplateRule], files: Mapping[str, bytes], problems: list[Problem]
) -> Item[TemplateRule] | None:
    """Return the rule with what its sources say; None when they cannot be used."""
    if item.rule.source is None and all(one.source is None for one in item.rule.variants):
        return item
    from filter.rulefiles.derived import with_wordings  # noqa: PLC0415 - parsers of the dialects

    derived, found = with_wordings(item, files)
    problems += found
    return derived


def _compile_senders(gathered: Gathered) -> dict[str, SharedSenders]:
    shared: dict[str, SharedSenders] = {}
    item: Item[SenderRule]
    for item in gathered.items["senders"]:
        entry, problems = read_shared(item)
        gathered.problems += problems
        if any(p.is_error for p in problems):
            gathered.names["senders"].broken.add(item.rule.id)
        else:
            shared[item.rule.id] = entry
    return shared


def _compile_footers(gathered: Gathered) -> Mapping[str, str]:
    footers: dict[str, str] = {}
    item: Item[FooterRule]
    for item in gathered.items["footers"]:
        problem = _footer_problem(item)
        if problem is not None:
            gathered.problems.append(problem)
        footers[item.rule.id] = item.rule.text
    return footers


def _footer_problem(item: Item[FooterRule]) -> Problem | None:
    try:
        tokens = parse_pattern(item.rule.text)
    except PatternError as exc:
        message, _, help_ = exc.message.partition("; ")
        return item.report_within("E026", message, ("text",), exc.offset, 1, help_)
    if not tokens:
        return item.report("E032", "`text` is empty", "text")
    structure = next(structures(tokens), None)
    if structure is not None:
        message = "a footer has no choices and repeats"
        help_ = "list its wordings as footers of their own"
        return item.report_within("E026", message, ("text",), structure.offset, 1, help_)
    slot = next(slot_uses(tokens), None)
    if slot is None:
        return None
    message = f"a footer has no slots: `{{{slot.name}}}`"
    help_ = "a footer is the same below every message; write `{{` for a brace"
    return item.report_within("E026", message, ("text",), slot.offset, len(slot.name) + 2, help_)
