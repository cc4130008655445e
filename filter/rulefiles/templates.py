"""What does an approved message look like: a template rule, its variants, everything about them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from filter.message import Channel
from filter.problems import Problem, did_you_mean
from filter.reading.sniff import is_read
from filter.rulefiles.approved import check_listed, picture_rule
from filter.rulefiles.items import Item, Names
from filter.rulefiles.model import AttachmentRule, SlotRule, TemplateRule, VariantRule
from filter.rulefiles.wordings import SLOT_NAME, check_texts, texts_of
from filter.ruleset import (
    AllowedAttachment,
    AllowedSender,
    ApprovedPicture,
    Example,
    MatchMode,
    PictureRule,
    Slot,
    Template,
)
from filter.templates.slots import problems_of

# Between a template's id and a variant's language; no id holds it.
VARIANT_MARK = "/"

_EMAIL_ONLY = ("subject", "html", "markup", "preheader")
# A file that starts a program when it is opened is in no approved message.
_PROGRAMS = re.compile(
    r"\.(?:exe|com|scr|bat|cmd|js|jse|vbs?|wsf|hta|jar|msi|ps1|lnk|html?|svg|apk|dmg|iso)$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Shared:
    """What a template takes from other rules, already resolved."""

    senders: tuple[AllowedSender, ...]
    reply_to: frozenset[str]
    footers: Mapping[str, str]
    footer_names: Names
    link_names: Names
    link_slots: Mapping[str, tuple[str, ...]]  # by id of the entry
    approved: Mapping[str, ApprovedPicture]
    approved_names: Names


def compile_template(
    item: Item[TemplateRule], shared: Shared, examples: tuple[Example, ...]
) -> tuple[list[Template], list[Problem]]:
    """Return the template and its variants, and what is wrong with them."""
    texts = list(texts_of(item))
    problems = [
        *_check_fields(item),
        *_check_markups(item),
        *_check_slots(item),
        *check_texts(item, texts),
        *_check_references(item, shared),
        *_check_attachments(item),
        *_check_pictures(item),
        *check_listed(item, shared.approved_names),
        *_check_variants(item),
    ]
    if any(p.is_error for p in problems):
        return [], problems
    return list(_build(item, shared, examples)), problems


def _build(
    item: Item[TemplateRule], shared: Shared, examples: tuple[Example, ...]
) -> Iterator[Template]:
    rule = item.rule
    base = _template(item, shared)
    wordings: list[Template] = [base] if rule.text or rule.html else []
    wordings += [_variant(base, variant) for variant in rule.variants]
    # The examples speak for the whole family; they travel with its first member.
    for index, template in enumerate(wordings):
        yield replace(template, examples=examples) if index == 0 else template


def _template(item: Item[TemplateRule], shared: Shared) -> Template:
    rule = item.rule
    pictures = rule.pictures
    return Template(
        id=rule.id,
        source=item.source,
        channels=frozenset(rule.channel),
        senders=shared.senders,
        texts=rule.text,
        htmls=rule.html,
        subjects=rule.subject,
        preheaders=rule.preheader,
        markups=rule.markup,
        footers=tuple(shared.footers[name] for name in rule.footer if name in shared.footers),
        reply_to=shared.reply_to,
        slots=tuple(slot_of(name, slot) for name, slot in rule.slots.items()),
        attachments=tuple(
            AllowedAttachment(a.type, a.name, a.max_size, a.required, a.text)
            for a in rule.attachments
        ),
        pictures=PictureRule() if pictures is None else picture_rule(pictures, shared.approved),
        links=None if rule.links is None else frozenset(rule.links),
        language=rule.language or "",
        template_class=rule.template_class or "",
        valid_seconds=rule.valid,
        description=rule.description,
        mode=rule.mode,
        match=rule.match,
    )


def _variant(base: Template, variant: VariantRule) -> Template:
    """Return the template in another language; what it does not say in its own it shares."""
    return replace(
        base,
        id=f"{base.id}{VARIANT_MARK}{variant.language}",
        language=variant.language,
        texts=variant.text,
        htmls=variant.html,
        markups=variant.markup,
        subjects=variant.subject or base.subjects,
        preheaders=variant.preheader or (base.preheaders if not base.texts else ()),
        mode=variant.mode or base.mode,
    )


def slot_of(name: str, rule: SlotRule) -> Slot:
    """Return the slot that a rule describes."""
    return Slot(
        name=name,
        type=rule.type,
        min_length=rule.length if rule.length is not None else rule.min_length,
        max_length=rule.length if rule.length is not None else rule.max_length,
        minimum=None if rule.min is None else float(rule.min),
        maximum=None if rule.max is None else float(rule.max),
        decimals=rule.decimals,
        currency=rule.currency,
        formats=rule.formats,
        values=rule.values,
        max_words=rule.max_words,
        pattern=rule.pattern or "",
    )


# --- fields and channels


def _check_fields(item: Item[TemplateRule]) -> Iterator[Problem]:
    rule = item.rule
    if not rule.text and not rule.html and not rule.variants:
        yield item.report("E030", "the template approves no wording", help="add `text:`")
    if len(set(rule.channel)) < len(rule.channel):
        yield item.report("E031", "a channel is named twice", "channel", help="name it once")
    yield from _check_match(item)
    if Channel.EMAIL not in rule.channel:
        for key in _EMAIL_ONLY:
            if key in rule.model_fields_set:
                message = f"`{key}` has no meaning for sms"
                help_ = f"remove `{key}:`, or add email to `channel:`"
                yield item.report("E031", message, key, help=help_, at_key=True)
        return
    wordings: tuple[TemplateRule | VariantRule, ...] = (rule, *rule.variants)
    path: tuple[str | int, ...]
    for index, wording in enumerate(wordings):
        if (wording.text or wording.html) and not (wording.subject or rule.subject):
            path = ("variants", index - 1) if index else ()
            message = "an e-mail needs a subject"
            yield item.report("E030", message, *path, help="add `subject:`")
        if Channel.SMS in rule.channel and wording.html and not wording.text:
            path = ("variants", index - 1, "html") if index else ("html",)
            message = "a text message has no HTML"
            yield item.report("E030", message, *path, help="add `text:`", at_key=True)
        if wording.preheader and not (wording.html or rule.html):
            path = ("variants", index - 1, "preheader") if index else ("preheader",)
            message = "a hidden preview text without an HTML part to hide it in"
            yield item.report("E031", message, *path, help="add `html:`", at_key=True)


def _check_match(item: Item[TemplateRule]) -> Iterator[Problem]:
    rule = item.rule
    if rule.match is MatchMode.DLT and tuple(rule.channel) != (Channel.SMS,):
        help_ = "remove `match:`; white space is folded anyhow"
        yield item.report("E031", "`dlt` is for text messages alone", "match", help=help_)
    if rule.match is MatchMode.EXACT and rule.footer:
        message = "an exact text has no footers"
        yield item.report("E031", message, "footer", help="write them into the text", at_key=True)


def _check_markups(item: Item[TemplateRule]) -> Iterator[Problem]:
    """Report what would be held, or would pass, by mark-up that one wording has and others not."""
    rule = item.rule
    wordings: tuple[TemplateRule | VariantRule, ...] = (rule, *rule.variants)
    if not any(wording.markup for wording in wordings):
        return
    if rule.footer:
        message = "a footer that a relay appends changes the mark-up"
        yield item.report("E031", message, "footer", help="remove it, or `markup:`", at_key=True)
    for index, wording in enumerate(wordings):
        if (wording.text or wording.html) and not wording.markup:
            path = ("variants", index - 1) if index else ()
            message = "no mark-up is approved here, but elsewhere in the template"
            yield item.report("E030", message, *path, help="add `markup:` to each, or remove it")


def _check_variants(item: Item[TemplateRule]) -> Iterator[Problem]:
    seen = {item.rule.language.lower()} if item.rule.language and item.rule.text else set()
    for index, variant in enumerate(item.rule.variants):
        if variant.language.lower() in seen:
            message = f"language `{variant.language}` stands here twice"
            help_ = "list the wordings of one language under one `text:`"
            yield item.report("E033", message, "variants", index, "language", help=help_)
        seen.add(variant.language.lower())
        if not variant.text and not variant.html:
            yield item.report(
                "E030", "the variant approves no wording", "variants", index, help="add `text:`"
            )


# --- slots


def _check_slots(item: Item[TemplateRule]) -> Iterator[Problem]:
    for name, rule in item.rule.slots.items():
        if not SLOT_NAME.fullmatch(name):
            message = f"`{name}` is not the name of a slot"
            help_ = "a letter, then letters, digits and underscores"
            yield item.report("E023", message, "slots", name, help=help_, at_key=True)
            continue
        if rule.length is not None and (rule.min_length or rule.max_length) is not None:
            message = "`length` sets both lengths"
            help_ = "remove it, or remove `min_length` and `max_length`"
            yield item.report("E024", message, "slots", name, "length", help=help_, at_key=True)
        for problem in problems_of(slot_of(name, rule)):
            yield _slot_problem(item, name, problem)


_OPTION = re.compile(
    r'"?(min_length|max_length|min|max|decimals|currency|formats|values|max_words)\b|the (pattern)'
)


def _slot_problem(item: Item[TemplateRule], name: str, problem: str) -> Problem:
    """Place a sentence of filter/templates/slots.py at the option that it is about."""
    rule = item.rule.slots[name]
    message, _, help_ = problem.partition("; ")
    if message.startswith("pattern: "):
        return _regex_problem(item, name, message.removeprefix("pattern: "), help_)
    quoted = re.search(r'(?:value|format) "([^"]*)"', message)
    message, help_ = re.sub(r'"([^"]*)"', r"`\1`", message), re.sub(r'^"([^"]*)"', r"`\1`", help_)
    code = "E025" if "without a limit" in message else "E024"
    for option in ("values", "formats"):
        given: tuple[str, ...] = getattr(rule, option)
        if quoted and quoted[1] in given:
            index = len(given) - 1 - given[::-1].index(quoted[1])
            path = list(_inner_paths(item, name, option, len(given)))[index]
            help_ = help_ or f"`{option}`: {SlotRule.model_fields[option].description}"
            return item.report(code, message, *path, help=help_)
    found = _OPTION.match(problem)
    if found is None:
        return item.report(code, message, "slots", name, help=help_)
    option = found[1] or found[2]
    help_ = help_ or f"`{option}`: {SlotRule.model_fields[option].description}"
    if option not in rule.model_fields_set and option.endswith("_length"):
        option = "length"
        message = message.replace(found[1], option)
    return item.report(code, message, "slots", name, option, help=help_)


def _regex_problem(item: Item[TemplateRule], name: str, message: str, help_: str) -> Problem:
    """Place what is wrong with a pattern at the characters that it names first."""
    path = ("slots", name, "pattern")
    named = re.match(r'"([^"]+)": ', message)
    if named is None:
        return item.report("E041", f"pattern: {message}", *path, help=help_)
    pattern = item.rule.slots[name].pattern or ""
    message = f"`{named[1]}` in a pattern: {message[named.end() :]}"
    offset = max(pattern.find(named[1]), 0)
    return item.report_within("E041", message, path, offset, len(named[1]), help_)


def _inner_paths(
    item: Item[TemplateRule], name: str, option: str, count: int
) -> Iterator[tuple[str | int, ...]]:
    inner = Item(item.rule.slots[name], item.document, (*item.path, "slots", name))
    return (("slots", name, *path) for path in inner.paths(option, count))


# --- references


def _check_references(item: Item[TemplateRule], shared: Shared) -> Iterator[Problem]:
    rule = item.rule
    for text, path in zip(rule.footer, item.paths("footer", len(rule.footer)), strict=True):
        help_ = shared.footer_names.unknown(text)
        if help_ is not None:
            yield item.report("E055", f"unknown footer `{text}`", *path, help=help_)
    links = rule.links or ()
    for text, path in zip(links, item.paths("links", len(links)), strict=True):
        help_ = shared.link_names.unknown(text)
        if help_ is not None:
            yield item.report("E056", f"unknown link entry `{text}`", *path, help=help_)
        for slot in shared.link_slots.get(text, ()):
            if slot not in rule.slots:
                message = (
                    f"link entry `{text}` needs the slot `{slot}`, which is not described here"
                )
                help_ = did_you_mean(slot, rule.slots) or "add it under `slots:` and to the texts"
                yield item.report("E057", message, *path, help=help_)


# --- attachments and pictures


def _check_attachments(item: Item[TemplateRule]) -> Iterator[Problem]:
    seen: set[tuple[str, str]] = set()
    for index, rule in enumerate(item.rule.attachments):
        path = ("attachments", index, "name")
        if "/" in rule.name or "\\" in rule.name:
            message = "`name` is a file name, without folders"
            yield item.report("E082", message, *path, help="write the last part alone")
        if (rule.type, rule.name) in seen:
            message = f"`{rule.name}` stands here twice"
            yield item.report("E082", message, *path, help="remove one")
        seen.add((rule.type, rule.name))
        yield from _check_type(item, index, rule)


def _check_type(item: Item[TemplateRule], index: int, rule: AttachmentRule) -> Iterator[Problem]:
    if rule.type in ("application/octet-stream", "text/html") or rule.type.startswith("multipart/"):
        message = f"`{rule.type}` says nothing that could be checked"
        help_ = "name the type of the file itself, as application/pdf"
        yield item.report("E083", message, "attachments", index, "type", help=help_)
    elif not is_read(rule.type):
        message = f"nothing here looks into `{rule.type}`, so each such file would be held"
        help_ = "send a PDF, a picture, a calendar file or plain text"
        yield item.report("E083", message, "attachments", index, "type", help=help_)
    program = _PROGRAMS.search(rule.name)
    if program:
        message = f"a file that ends in `{program[0]}` can run as a program"
        yield item.report("E083", message, "attachments", index, "name", help="send a PDF instead")


def _check_pictures(item: Item[TemplateRule]) -> Iterator[Problem]:
    rule = item.rule.pictures
    if rule is None:
        return
    if rule.min > rule.max:
        message = f"`min` {rule.min} is more than `max` {rule.max}"
        yield item.report("E084", message, "pictures", "min", help="exchange them")
    if rule.alt and rule.max == 0:
        message = "alternative texts for no pictures"
        yield item.report("E084", message, "pictures", "alt", help="set `max:`", at_key=True)
