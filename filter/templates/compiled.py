"""A template ready to be matched, and everything that can be wrong with one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from filter.message import Channel, View, ViewKind
from filter.ruleset import MatchMode, Slot, Template
from filter.templates.markup import MarkupWording, as_markup
from filter.templates.pattern import (
    Either,
    PatternError,
    Token,
    can_be_empty,
    parse_pattern,
    slot_uses,
    structures,
)
from filter.templates.slots import problems_of
from filter.templates.wording import Wording, compile_tokens, join, outside_repeats


class TemplateError(PatternError):
    """A template cannot be obeyed. Names the template, the field, and the place in its text."""

    def __init__(self, template: Template, fault: Fault) -> None:
        super().__init__(f'template "{template.id}": {fault.field}: {fault.message}', fault.offset)
        self.template_id = template.id
        self.source = template.source
        self.field = fault.field


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a template: in which field, and where in its text."""

    field: str  # "texts[0]", "slots.code", "subjects"
    message: str
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Compiled:
    """A template with its wordings compiled, footers included."""

    template: Template
    slots: Mapping[str, Slot]
    texts: tuple[Wording, ...]
    htmls: tuple[Wording, ...]
    subjects: tuple[Wording, ...]
    preheaders: tuple[Wording, ...]
    markups: tuple[MarkupWording, ...]
    filed: tuple[Wording, ...]  # ``texts`` with white space folded, by which they are looked up

    def wordings_for(self, view: View) -> tuple[Wording, ...]:
        """Return what a view may say: an HTML view one of ``htmls``, or of ``texts`` if none."""
        return self.htmls if view.kind is ViewKind.HTML else self.texts

    def text_of(self, view: View) -> str:
        """Return the text of a view as it is held against its wordings."""
        is_exact = self.template.match is MatchMode.EXACT and view.kind is ViewKind.TEXT
        return view.exact if is_exact else view.text


def compile_template(template: Template) -> Compiled:
    """Return the template compiled. Raises TemplateError for the first thing that is wrong."""
    for fault in faults_of(template):
        raise TemplateError(template, fault)
    slots = {slot.name: slot for slot in template.slots}
    common = _common_slots(template)
    footers = _parse_all(template.footers)

    def ready(
        patterns: Sequence[tuple[Token, ...]], mode: MatchMode = MatchMode.FOLDED
    ) -> tuple[Wording, ...]:
        return tuple(compile_tokens(tokens, slots, mode, common) for tokens in patterns)

    folded = ready(_with_footers(_parse_all(template.texts), footers))
    texts = folded
    if template.match is MatchMode.EXACT:
        exactly = [parse_pattern(text, exact=True) for text in template.texts]
        texts = ready(exactly, MatchMode.EXACT)
    elif template.match is MatchMode.DLT:
        texts = ready(_with_footers(_parse_all(template.texts), footers), MatchMode.DLT)
    return Compiled(
        template=template,
        slots=slots,
        texts=texts,
        htmls=ready(_with_footers(_parse_all(template.htmls), footers)) or folded,
        subjects=ready(_parse_all(template.subjects)),
        preheaders=ready(_parse_all(template.preheaders)),
        markups=tuple(map(as_markup, ready(_parse_all(template.markups)))),
        filed=texts if template.match is MatchMode.DLT else folded,
    )


def faults_of(template: Template) -> list[Fault]:
    """Return everything that is wrong with a template's meaning; [] when nothing is."""
    faults = [
        Fault(f"slots.{slot.name}", problem)
        for slot in template.slots
        for problem in problems_of(slot)
    ]
    declared = [slot.name for slot in template.slots]
    faults += [
        Fault(f"slots.{name}", f'the slot "{name}" is described twice')
        for name in sorted(set(declared))
        if declared.count(name) > 1
    ]
    for field, pattern in _patterns(template):
        faults += _pattern_faults(field, pattern, frozenset(declared))
    return [*faults, *_structure_faults(template), *_missing(template)]


def _missing(template: Template) -> Iterator[Fault]:
    if not template.channels:
        yield Fault("channels", "no channel; add channel: [email] or [sms]")
    if not template.senders:
        yield Fault("senders", "nobody may send it; add from: [no-reply@health.example]")
    if not template.texts and not template.htmls:
        yield Fault("texts", "no text; a template approves at least one")
    if Channel.SMS in template.channels and not template.texts:
        yield Fault("texts", "a text message has no HTML; add text")
    if template.match is MatchMode.DLT and template.channels != {Channel.SMS}:
        yield Fault("match", "dlt is for text messages alone")
    if template.match is MatchMode.EXACT and template.footers:
        yield Fault("footers", "an exact text has no footers; write them into the text")
    if template.markups and template.footers:
        yield Fault("footers", "a relay's footer changes the mark-up; leave one of them out")
    if Channel.EMAIL in template.channels and not template.subjects:
        yield Fault("subjects", "no subject, so no e-mail can match; add subject")


def _patterns(template: Template) -> Iterator[tuple[str, str]]:
    """Yield every pattern of a template with the name of its field."""
    for name in ("texts", "htmls", "subjects", "preheaders", "markups", "footers"):
        for place, pattern in enumerate(getattr(template, name)):
            yield f"{name}[{place}]", pattern
    for place, attachment in enumerate(template.attachments):
        yield f"attachments[{place}].name", attachment.name
    for place, alt in enumerate(template.pictures.alt_texts):
        yield f"pictures.alt_texts[{place}]", alt


def _pattern_faults(field: str, pattern: str, declared: frozenset[str]) -> Iterator[Fault]:
    try:
        tokens = parse_pattern(pattern)
    except PatternError as error:
        yield Fault(field, error.message, error.offset)
        return
    if not tokens and not field.startswith("pictures."):
        yield Fault(field, "it is empty; an empty text approves nothing, leave it out")
    elif can_be_empty(tokens) and not field.startswith("pictures."):
        yield Fault(field, "all of it may be left out; put words outside of the structures")
    for token in slot_uses(tokens):
        if token.name not in declared:
            yield Fault(
                field, f'the slot "{token.name}" is not described under slots', token.offset
            )


def _structure_faults(template: Template) -> Iterator[Fault]:
    """Yield structures of one name that cannot go the same way."""
    shapes: dict[str, tuple[str, int]] = {}
    for field, pattern in _patterns(template):
        try:
            tokens = parse_pattern(pattern)
        except PatternError:
            continue
        for token in structures(tokens):
            branches = len(token.options) if isinstance(token, Either) else 0
            shape = ("either", branches) if branches else ("repeat", 0)
            if not token.name or shapes.setdefault(token.name, shape) == shape:
                continue
            yield Fault(
                field,
                f'the structure "{token.name}" has other branches elsewhere; name it otherwise',
                token.offset,
            )


def _common_slots(template: Template) -> frozenset[str]:
    """Return the slots that stand outside of repeats somewhere: they have one value everywhere.

    Alternative texts do not count: that of a picture in a repeat says the values of its round.
    """
    return frozenset(
        name
        for field, text in _patterns(template)
        if not field.startswith("pictures.")
        for name in outside_repeats(parse_pattern(text))
    )


def _parse_all(patterns: Sequence[str]) -> list[tuple[Token, ...]]:
    return [parse_pattern(pattern) for pattern in patterns]


def _with_footers(
    patterns: list[tuple[Token, ...]], footers: list[tuple[Token, ...]]
) -> list[tuple[Token, ...]]:
    """Return the patterns alone, then each with each footer that a relay may append."""
    return patterns + [join(pattern, footer) for pattern in patterns for footer in footers]
