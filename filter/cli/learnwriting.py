"""Accepted proposals to a rule file that is valid, and whose examples come out as they should."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from filter.learning.links import LinkPlace
from filter.learning.proposals import Filling, Proposal
from filter.message import Channel
from filter.problems import Problem
from filter.reading.look import Looker
from filter.rulefiles.drafts import DraftExample, DraftFile, DraftLink, DraftSlot, DraftTemplate
from filter.rulefiles.draftwriter import SCHEMA, write_rules
from filter.rulefiles.examples import ExampleOutcome, run_examples
from filter.rulefiles.load import check_sources
from filter.rulefiles.sources import SourceFile
from filter.settings import Inspection

EXTRA = "Your account is blocked: reply today with your password."
_MOST_ID = 48


@dataclass(frozen=True, slots=True)
class Written:
    """The text of a rule file and what is in it; ``dropped`` says why others are not."""

    text: str
    proposals: tuple[Proposal, ...]
    dropped: tuple[tuple[Proposal, str], ...] = ()
    problems: tuple[Problem, ...] = ()


def write_checked(  # noqa: PLR0917 - what a file is judged by
    accepted: Sequence[Proposal],
    others: Sequence[SourceFile],
    out: Path,
    looker: Looker,
    limits: Inspection,
    taken: frozenset[str] = frozenset(),
) -> Written:
    """Return the rule file of proposals, valid beside the other files.

    A proposal whose examples do not come out as they should is left out, and said why.
    """
    kept = list(accepted)
    dropped: list[tuple[Proposal, str]] = []
    while kept:
        schema = SCHEMA if (out.parent / SCHEMA).is_file() else ""
        text = write_rules(draft_of(kept, taken), schema=schema)
        source = SourceFile(out.name, str(out), out, text.encode())
        checked = check_sources([*others, source])
        if checked.rules is None:
            errors = tuple(problem for problem in checked.problems if problem.is_error)
            return Written(text, tuple(kept), tuple(dropped), errors)
        ids = "|".join(re.escape(one.template.id) for one in kept)
        wrong: dict[str, ExampleOutcome] = {}
        for outcome in run_examples(checked.rules, looker, limits, only=f"^(?:{ids}) / "):
            if not outcome.is_right:
                wrong.setdefault(outcome.template, outcome)
        if not wrong:
            return Written(text, tuple(kept), tuple(dropped))
        dropped += [(one, _why(wrong[one.template.id])) for one in kept if one.template.id in wrong]
        kept = [one for one in kept if one.template.id not in wrong]
    return Written("", (), tuple(dropped))


def _why(outcome: ExampleOutcome) -> str:
    found = outcome.verdict.findings if outcome.verdict else ()
    detail = f": {found[0].detail}" if found and outcome.example.expect_pass else ""
    return f"its example {outcome.name!r}: {outcome.trouble}{detail}"


def draft_of(proposals: Iterable[Proposal], taken: frozenset[str] = frozenset()) -> DraftFile:
    """Return the rule file that proposals make; one link entry for each place."""
    chosen = sorted(proposals, key=lambda one: one.template.id)
    ids = _link_ids((place for one in chosen for place in one.template.places), taken)
    return DraftFile(
        templates=tuple(_template(one, ids) for one in chosen),
        links=tuple(_link(place, name) for place, name in sorted(ids.items(), key=lambda i: i[1])),
        remarks=("Learnt from messages that were sent (sallyport templates learn).",),
    )


def _template(proposal: Proposal, ids: Mapping[LinkPlace, str]) -> DraftTemplate:
    template = proposal.template
    passing = _example(proposal.plain, template.channel, only_html=not template.texts)
    return DraftTemplate(
        id=template.id,
        channels=(template.channel,),
        senders=tuple(_sender(name, address) for name, address in template.senders),
        subjects=template.subjects,
        texts=template.texts,
        htmls=template.htmls,
        preheaders=template.preheaders,
        slots=tuple(DraftSlot(slot) for slot in template.slots),
        links=tuple(sorted(ids[place] for place in template.places)),
        alt_texts=template.alts,
        min_pictures=0,
        # Pictures that are fetched are not counted, but rules want a number where they have texts.
        max_pictures=max(template.pictures[1], int(bool(template.alts))),
        passing=(passing,),
        holding=(_near_miss(passing),),
        remarks=tuple(_remarks(proposal)),
    )


def _sender(name: str, address: str) -> str:
    if not name:
        return address
    plain = re.fullmatch(r"[\w .&'-]+", name)
    return f"{name} <{address}>" if plain else f'"{name}" <{address}>'


def _example(filling: Filling, channel: Channel, *, only_html: bool) -> DraftExample:
    page = None if filling.html is None else f"<p>{html.escape(filling.html, quote=False)}</p>"
    return DraftExample(
        subject=filling.subject if channel is Channel.EMAIL else None,
        text=None if only_html else filling.text,
        html=page,
    )


def _near_miss(passing: DraftExample) -> DraftExample:
    page = passing.html and passing.html.replace("</p>", f" {EXTRA}</p>")
    text = passing.text and f"{passing.text} {EXTRA}"
    return DraftExample(name="extra sentence", subject=passing.subject, text=text, html=page)


def _remarks(proposal: Proposal) -> Iterable[str]:
    when = ""
    if proposal.first and proposal.last:
        when = f", {proposal.first:%Y-%m-%d} to {proposal.last:%Y-%m-%d}"
    yield f"Learnt from {proposal.count} messages to {proposal.recipients} recipients{when}."
    for doubt in proposal.doubts:
        yield f"Look at this: {doubt.text}."


def _link_ids(places: Iterable[LinkPlace], taken: frozenset[str]) -> dict[LinkPlace, str]:
    used = set(taken)
    ids: dict[LinkPlace, str] = {}
    for place in sorted(set(places), key=str):
        words = re.findall(r"[a-z0-9]+", re.sub(r"[*{}]", " ", f"{place.host}{place.path}".lower()))
        name = "-".join(words)[:_MOST_ID].strip("-") or "link"
        if not name[0].isalpha():
            name = f"link-{name}"
        free, number = name, 2
        while free in used:
            free, number = f"{name}-{number}", number + 1
        used.add(free)
        ids[place] = free
    return ids


def _link(place: LinkPlace, name: str) -> DraftLink:
    query: str | tuple[str, ...] = place.query or "none"
    if place.scheme == "mailto":
        return DraftLink(name, mailto=place.host, query=query)
    if place.scheme == "tel":
        return DraftLink(name, tel=place.host)
    return DraftLink(
        name,
        host=place.host,
        path=place.path or "/",
        scheme=place.scheme,
        port=place.port,
        query=query,
        fragment=place.fragment,
    )
