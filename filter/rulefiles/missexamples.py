"""Near misses that are held, as they are written under ``hold:`` beside their template."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from filter.message import Channel
from filter.problems import Invalid
from filter.reading.look import Looker
from filter.rulefiles.drafts import DraftExample, DraftFile, DraftTemplate
from filter.rulefiles.examples import base_id
from filter.rulefiles.load import check_sources
from filter.rulefiles.nearmisses import Change, Tried, try_near_misses
from filter.rulefiles.sources import SourceFile
from filter.ruleset import Example, RuleSet
from filter.settings import Inspection

_PLACEHOLDER = "near misses are generated"


@dataclass(frozen=True, slots=True)
class HoldExample:
    """An example that says what differs from the first pass example; None is left out.

    ``channel`` is there where the near miss is held for another reason on another channel.
    """

    name: str
    code: str
    channel: Channel | None = None
    sender: str | None = None
    subject: str | None = None
    text: str | None = None
    html: str | None = None


@dataclass(frozen=True, slots=True)
class Completed:
    """A draft with near misses under ``hold:``, and those that would pass: doubts to be told."""

    file: DraftFile
    holes: tuple[Tried, ...] = ()


class DraftInvalid(Invalid):
    """A draft cannot be used as it stands; ``problems`` say why."""


def hold_examples(
    template: str, rules: RuleSet, tried: Iterable[Tried], *, known: Collection[str] = ()
) -> list[HoldExample]:
    """Return one near miss for each kind of change, as it is written beside the template.

    Hold examples take what they do not say from the template's first pass example, so only changes
    of that are taken. ``known`` are the names of hold examples that are there already.
    """
    family = [one for one in rules.templates if base_id(one) == template]
    channels = family[0].channels if family else frozenset()
    firsts = _firsts(example for one in family for example in one.examples)
    held: dict[Change, list[Tried]] = {}
    for one in tried:
        first = firsts.get(one.base.channel)
        if one.code and one.template == template and first is not None and _is_of(one.base, first):
            held.setdefault(one.miss.change, []).append(one)
    found = (_written(them, firsts, channels) for them in held.values())
    return [one for one in found if one.name not in known]


def with_near_misses(
    file: DraftFile,
    write: Callable[[DraftFile], str],
    others: Sequence[SourceFile],
    looker: Looker,
    limits: Inspection,
    *,
    folder: Path = Path(),
) -> Completed:
    """Return a draft whose templates have near misses under ``hold:``, each held by the real rules.

    ``write`` makes a rule file of a draft, ``others`` are the rule files that stand beside it.
    Hold examples that a template has already stay; one of which nothing could be made keeps a
    message that says something else, since a template needs one. Raises DraftInvalid.
    """
    whole = replace(file, templates=tuple(_with_placeholder(one) for one in file.templates))
    path = folder / "draft.yaml"
    source = SourceFile("draft.yaml", str(path), path, write(whole).encode())
    checked = check_sources([*others, source])
    if checked.rules is None:
        raise DraftInvalid(checked.problems)
    ids = {one.id for one in whole.templates}
    tried = list(try_near_misses(checked.rules, looker, limits, templates=ids))
    by_template: dict[str, list[Tried]] = {}
    for one in tried:
        by_template.setdefault(one.template, []).append(one)
    templates = tuple(
        _with_holding(template, checked.rules, by_template.get(template.id, []))
        for template in whole.templates
    )
    return Completed(replace(file, templates=templates), tuple(one for one in tried if one.hole))


def _with_placeholder(template: DraftTemplate) -> DraftTemplate:
    if template.holding:
        return template
    words = "This is another message."
    only_html = bool(template.htmls) and not template.texts
    example = DraftExample(
        name=_PLACEHOLDER,
        text=None if only_html else words,
        html=f"<p>{words}</p>" if only_html else None,
    )
    return replace(template, holding=(example,))


def _with_holding(template: DraftTemplate, rules: RuleSet, tried: Sequence[Tried]) -> DraftTemplate:
    known = {one.name for one in template.holding}
    made = [
        DraftExample(
            name=one.name,
            subject=one.subject,
            text=one.text,
            html=one.html,
            sender=one.sender,
            code=one.code,
        )
        for one in hold_examples(template.id, rules, tried, known=known)
        if one.channel is None  # a draft cannot say it
    ]
    kept = [one for one in template.holding if one.name != _PLACEHOLDER]
    if not kept and not made:
        kept = [replace(one, name="another message") for one in template.holding]
    return replace(template, holding=(*kept, *made))


def _firsts(examples: Iterable[Example]) -> dict[Channel, Example]:
    """Return the pass example of each channel that hold examples complete themselves from."""
    firsts: dict[Channel, Example] = {}
    for example in examples:
        if example.expect_pass and not example.file:
            firsts.setdefault(example.channel, example)
    return firsts


def _is_of(base: Example, first: Example) -> bool:
    return (base.source, base.text, base.html) == (first.source, first.text, first.html)


def _written(
    tried: Sequence[Tried], firsts: dict[Channel, Example], channels: Collection[Channel]
) -> HoldExample:
    one = tried[0]
    changed, base = one.miss.example, one.base
    reworded = (changed.text, changed.html) != (base.text, base.html)
    sender = changed.sender if changed.sender != base.sender else None
    subject = changed.subject if changed.subject != base.subject else None
    page = changed.html if reworded else None
    every_channel = len(channels) > 1 and sender is None and subject is None and page is None
    elsewhere = [
        {finding.code for finding in other.verdict.findings}
        for other in tried[1:]
        if other.base.channel is not one.base.channel and other.miss.name == one.miss.name
    ]
    same = len(elsewhere) == len(firsts) - 1 and all(one.code in codes for codes in elsewhere)
    return HoldExample(
        name=one.miss.name,
        code=one.code,
        channel=one.base.channel if every_channel and not same else None,
        sender=sender,
        subject=subject,
        text=changed.text if reworded else None,
        html=page,
    )
