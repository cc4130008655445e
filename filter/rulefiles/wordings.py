"""Every text of a template rule: is it a pattern, are its slots described, can it be said?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from filter.problems import Problem, did_you_mean
from filter.reading.text import find_unseen, normalise
from filter.rulefiles.items import Item
from filter.rulefiles.model import TemplateRule
from filter.templates.pattern import (
    Either,
    PatternError,
    SlotUse,
    Token,
    can_be_empty,
    parse_pattern,
    slot_uses,
    structures,
)

_FIELDS = ("subject", "text", "html", "markup", "preheader")
SLOT_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")


@dataclass(frozen=True, slots=True)
class PlacedText:
    """One approved wording, and where it stands in the rule."""

    field: str
    text: str
    path: tuple[str | int, ...]


def texts_of(item: Item[TemplateRule]) -> Iterator[PlacedText]:
    """Yield every pattern of the rule with its path."""
    rule = item.rule
    for field in _FIELDS:
        wordings = getattr(rule, field)
        for text, path in zip(wordings, item.paths(field, len(wordings)), strict=True):
            yield PlacedText(field, text, path)
    for index, variant in enumerate(rule.variants):
        inner = Item(variant, item.document, (*item.path, "variants", index))
        for field in _FIELDS:
            wordings = getattr(variant, field)
            for text, path in zip(wordings, inner.paths(field, len(wordings)), strict=True):
                yield PlacedText(field, text, ("variants", index, *path))
    for index, attachment in enumerate(rule.attachments):
        yield PlacedText("name", attachment.name, ("attachments", index, "name"))
        inner_file = Item(attachment, item.document, (*item.path, "attachments", index))
        words = attachment.text
        for text, path in zip(words, inner_file.paths("text", len(words)), strict=True):
            yield PlacedText("file", text, ("attachments", index, *path))
    if rule.pictures is not None:
        inner_pictures = Item(rule.pictures, item.document, (*item.path, "pictures"))
        alts = rule.pictures.alt
        for text, path in zip(alts, inner_pictures.paths("alt", len(alts)), strict=True):
            yield PlacedText("alt", text, ("pictures", *path))


def check_texts(item: Item[TemplateRule], texts: list[PlacedText]) -> Iterator[Problem]:
    """Yield what is wrong with the texts, and slots that are in none of them."""
    declared = item.rule.slots
    used: set[str] = set()
    shapes: dict[str, int] = {}
    readable = True
    for one in texts:
        try:
            tokens = parse_pattern(one.text)
        except PatternError as exc:
            readable = False
            yield _pattern_problem(item, one, exc)
            continue
        if not tokens:
            help_ = "write the text as it is read, or remove the key"
            yield item.report("E032", f"`{one.field}` is empty", *one.path, help=help_)
        yield from _check_structures(item, one, tokens, shapes)
        names = list(slot_uses(tokens))
        used |= {token.name for token in names}
        for token in names:
            if token.name not in declared:
                yield _undeclared(item, one, token)
        yield from _check_doubts(item, one)
        if one.field == "markup":
            from filter.rulefiles.markups import check_markup  # noqa: PLC0415 - few rules have any

            yield from check_markup(item, one)
    for name in declared:
        if readable and name not in used and SLOT_NAME.fullmatch(name):
            message = f"slot `{name}` is in none of the texts"
            close = did_you_mean(name, used - set(declared)).removeprefix("did you mean ")
            help_ = f"write `{{{name}}}` where it stands, or remove it"
            if close:
                help_ = f"the texts have {close.rstrip('?')}"
            yield item.report("E022", message, "slots", name, help=help_, at_key=True)


def _check_structures(
    item: Item[TemplateRule], one: PlacedText, tokens: tuple[Token, ...], shapes: dict[str, int]
) -> Iterator[Problem]:
    """Report a text that may be empty, and structures of one name that cannot go the same way.

    ``shapes`` are the branches of each name so far, 0 for a repeat.
    """
    if tokens and can_be_empty(tokens) and one.field != "alt":
        message = f"all of `{one.field}` may be left out"
        help_ = "put words outside of the choices and repeats"
        yield item.report("E032", message, *one.path, help=help_)
    for structure in structures(tokens):
        shape = len(structure.options) if isinstance(structure, Either) else 0
        if structure.name and shapes.setdefault(structure.name, shape) != shape:
            message = f"the structure `{structure.name}` has other branches elsewhere"
            help_ = "those of one name go the same way everywhere: name it otherwise"
            yield item.report_within("E026", message, one.path, structure.offset, 1, help_)


def _undeclared(item: Item[TemplateRule], one: PlacedText, token: SlotUse) -> Problem:
    help_ = did_you_mean(token.name, item.rule.slots) or (
        f"add it: `slots: {{{token.name}: {{type: …}}}}`, or write `{{{{` for a brace"
    )
    message = f"slot `{token.name}` is not described under `slots:`"
    length = len(token.name) + 2
    return item.report_within("E020", message, one.path, token.offset, length, help_)


def _pattern_problem(item: Item[TemplateRule], one: PlacedText, exc: PatternError) -> Problem:
    message, _, help_ = exc.message.partition("; ")
    end = one.text.find("}", exc.offset)
    length = end - exc.offset + 1 if 0 <= end - exc.offset < 60 else 1  # noqa: PLR2004
    message = re.sub(r'"([^"]*)"', r"`\1`", message)
    return item.report_within("E026", message, one.path, exc.offset, length, help_)


def _check_doubts(item: Item[TemplateRule], one: PlacedText) -> Iterator[Problem]:
    unseen = find_unseen(one.text)
    if unseen and one.field != "markup":  # which fills previews up with such characters
        message = f"invisible character U+{ord(unseen[0]):04X}: a message with it is held"
        yield item.report(
            "W131", message, *one.path, help="remove it from the application", warn=True
        )
    if one.field == "subject" and normalise(one.text) != one.text.strip():
        message = "a subject is one line with single blanks"
        yield item.report("W132", message, *one.path, help="it is compared as such", warn=True)
