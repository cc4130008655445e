"""How proposals are shown: to people one after the other, to programs as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

import click

from filter.cli.output import count, on_terminal, plain
from filter.learning.fillings import shortened
from filter.learning.proposals import Proposal
from filter.ruleset import Slot
from filter.templates.slots import describe

_HANGING = " " * 15
_WIDEST = 300  # characters of a message that are shown


def print_proposal(proposal: Proposal, *, whole: bool) -> None:
    """Print a proposal: its texts, slots with values, links, and doubts."""
    template = proposal.template
    head = f"{template.id}  {evidence(proposal)}"
    click.echo(("" if proposal.in_bulk else "? ") + head)
    for name, address in template.senders[:3]:
        click.echo(f"      from     {plain(f'{name} <{address}>' if name else address)}")
    for word, texts in (
        ("subject", template.subjects), ("text", template.texts), ("html", template.htmls),
        ("preview", template.preheaders), ("pictures", template.alts),
    ):  # fmt: skip
        for text in texts:
            click.echo(on_terminal(plain(text), f"      {word:<9}", _HANGING))
    for slot in template.slots:
        values = dict.fromkeys(_shown(slot, sample, whole=whole) for sample in proposal.samples)
        said = ", ".join(value for value in values if value)
        click.echo(
            on_terminal(
                f"{{{slot.name}}} {_range(slot)}: {plain(said)}", "      slot     ", _HANGING
            )
        )
    for place in template.places:
        click.echo(f"      link     {place}")
    wide = proposal.widest.text or proposal.widest.html or ""
    if wide and wide != (proposal.plain.text or proposal.plain.html):
        click.echo(on_terminal(plain(wide[:_WIDEST]), "      would pass ", _HANGING))
    for outlier in proposal.outliers[:3]:
        value = outlier.value if whole else outlier.value[:12] + "…"
        click.echo(f"      left out {{{outlier.slot}}} {plain(value)}")
    for doubt in proposal.doubts:
        mark = "doubt" if doubt.blocks else "note"
        click.echo(on_terminal(f"{plain(doubt.text)} [{doubt.code}]", f"      {mark:<9}", _HANGING))


def evidence(proposal: Proposal) -> str:
    """Return how many messages say it, and to whom and when they were sent."""
    parts = [count(proposal.count, "message"), count(proposal.recipients, "recipient")]
    if proposal.days is not None:
        parts.append(count(proposal.days, "day"))
    if proposal.first and proposal.last:
        parts.append(f"{proposal.first:%Y-%m-%d} to {proposal.last:%Y-%m-%d}")
    parts.append(f"{proposal.newly} held by the rules of today")
    return ", ".join(parts)


def _shown(slot: Slot, sample: Mapping[str, str], *, whole: bool) -> str:
    value = sample.get(slot.name, "")
    return value if whole else shortened(slot, value)


def _range(slot: Slot) -> str:
    words = [describe(slot)]
    if slot.min_length is not None and slot.min_length == slot.max_length:
        words.append(f"{slot.max_length} long")
    elif slot.max_length is not None:
        words.append(f"up to {slot.max_length} characters")
    if slot.max_words is not None:
        words.append(f"up to {slot.max_words} words")
    return ", ".join(words)


def proposal_json(proposal: Proposal, *, whole: bool, accepted: bool) -> dict[str, object]:
    """Return the object that ``--json`` prints for a proposal."""
    template = proposal.template
    return {
        "id": template.id,
        "channel": str(template.channel),
        "from": [f"{name} <{address}>" if name else address for name, address in template.senders],
        "subject": list(template.subjects),
        "text": list(template.texts),
        "html": list(template.htmls),
        "preheader": list(template.preheaders),
        "slots": {slot.name: dict(_slot_json(slot)) for slot in template.slots},
        "links": [str(place) for place in template.places],
        "pictures": {"min": template.pictures[0], "max": template.pictures[1]},
        "alt": list(template.alts),
        "count": proposal.count,
        "newly_passed": proposal.newly,
        "recipients": proposal.recipients,
        "days": proposal.days,
        "first": proposal.first and proposal.first.isoformat(),
        "last": proposal.last and proposal.last.isoformat(),
        "samples": [
            {slot.name: _shown(slot, sample, whole=whole) for slot in template.slots}
            for sample in proposal.samples
        ],
        "would_pass": proposal.widest.text or proposal.widest.html,
        "left_out": proposal.outlier_count,
        "doubts": [
            {"code": one.code, "text": one.text, "bulk": not one.blocks} for one in proposal.doubts
        ],
        "bulk": proposal.in_bulk,
        "accepted": accepted,
    }


def _slot_json(slot: Slot) -> Iterator[tuple[str, object]]:
    yield "type", str(slot.type)
    for name in (
        "min_length", "max_length", "minimum", "maximum", "decimals", "currency", "formats",
        "values", "max_words", "pattern",
    ):  # fmt: skip
        value = getattr(slot, name)
        if value not in (None, (), ""):
            yield name, value


def print_left(left: int, unread: Counter[str], approved: int) -> None:
    """Say what became of the messages that suggest nothing."""
    if approved:
        click.echo(f"{count(approved, 'message')} pass already", err=True)
    if left:
        words = "suggest no template (letters, one-offs)"
        click.echo(f"{count(left, 'message')} {words}", err=True)
    for code, number in unread.most_common(5):
        click.echo(f"{count(number, 'message')} cannot be read for certain: {code}", err=True)
