"""What ``--explain`` shows: each text of a message beside its template, each bad link in parts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass

import click

from filter.checks.linkexplain import LinkExplanation, explain_link
from filter.cli.output import count, has_room_for_two, on_terminal, plain, print_beside
from filter.message import Message
from filter.reading.text import describe_character
from filter.reasons import REASONS
from filter.ruleset import Match, RuleSet
from filter.templates.sidebyside import Beside, Stretch, set_beside
from filter.verdict import Finding, Verdict

_INDENT = "        "
_MAX_LINKS = 12
_FOLDED = 40  # equal words in a row that are left out, but for some at each end
_ENDS = 8
_MAX_WORDS = 150  # of one stretch that differs
_MAX_ROWS = 60  # stretches of one text
_MAX_NAMED = 8  # characters named under one text
_MAX_VALUE = 200


@dataclass(frozen=True, slots=True)
class Explanation:
    """One message explained; ``template`` is "" when none comes near."""

    template: str
    fits: bool
    texts: tuple[Beside, ...]
    links: tuple[LinkExplanation, ...]
    unseen: tuple[tuple[str, str], ...] = ()  # views without a template: name and text


def explain(message: Message, verdict: Verdict, rules: RuleSet) -> Explanation:
    """Return what there is to say about a judged message."""
    found = rules.matcher.match(message)
    values = found.values if isinstance(found, Match) else None
    nearest = verdict.nearest.template if verdict.nearest else ""
    name = found.template.id if isinstance(found, Match) else nearest
    template = next((one for one in rules.templates if one.id == name), None)
    blamed = _blamed_links(message, verdict)
    only = found.template.links if isinstance(found, Match) else None
    return Explanation(
        template=name if template else "",
        fits=isinstance(found, Match),
        texts=set_beside(message, template) if template else (),
        links=tuple(explain_link(url, rules, values, only=only) for url in blamed),
        unseen=() if template else tuple((view.name, view.text) for view in message.views),
    )


def _blamed_links(message: Message, verdict: Verdict) -> list[str]:
    """Return the links of the places that a finding on links names, or that it quotes."""
    blames = [finding for finding in verdict.findings if finding.code.startswith("link.")]
    urls = dict.fromkeys(
        link.url for link in message.links if any(_is_about(one, link.url) for one in blames)
    ) or dict.fromkeys(
        link.url for link in message.links if any(one.where == link.where for one in blames)
    )
    return list(urls)[:_MAX_LINKS]


def _is_about(finding: Finding, url: str) -> bool:
    return bool(url) and (url in finding.detail or url[:60] in finding.detail)


def explanation_json(explanation: Explanation) -> dict[str, object]:
    """Return an explanation for machines."""
    return {
        "template": explanation.template or None,
        "views": [
            {
                "name": text.label,
                "where": text.where,
                "fits": text.fits,
                "text": text.text,
                "wording": text.wording,
                "differences": [
                    {"wanted": one.wanted, "said": one.said}
                    for one in text.stretches
                    if not one.same
                ],
                "values": dict(text.values),
                "refused": text.refused,
            }
            for text in explanation.texts
        ]
        or [{"name": name, "text": text} for name, text in explanation.unseen],
        "links": [asdict(link) for link in explanation.links],
    }


def print_meanings(verdict: Verdict) -> None:
    """Print what each code found means and what to do, once."""
    for code in dict.fromkeys(finding.code for finding in verdict.findings):
        if reason := REASONS.get(code):
            text = f"{code}: {reason.meaning} {reason.remedy}"
            click.echo(on_terminal(text, "      ", _INDENT))


def print_explanation(explanation: Explanation) -> None:
    """Print texts and links so that a person sees where they part from what is approved."""
    if explanation.template:
        word = "fits" if explanation.fits else "nearest template"
        click.echo(f"      {word}: {plain(explanation.template)}")
        strange = [text.label for text in explanation.texts if not text.fits]
        if strange:
            differing = f"{count(len(strange), 'text')} of {len(explanation.texts)} differ"
            click.echo(on_terminal(f"{differing}: {plain('; '.join(strange))}", "      "))
    else:
        click.echo("      no template comes near")
    shown: dict[tuple[str, str], str] = {}
    for text in explanation.texts:
        _print_text(text, shown)
    for name, said in explanation.unseen[:_MAX_ROWS]:
        click.echo(on_terminal(f"{plain(name)}: {_said(said)}", "      ", _INDENT))
    for link in explanation.links:
        _print_link(link)


def _print_text(text: Beside, shown: dict[tuple[str, str], str]) -> None:
    label = plain(text.label)
    key = (text.text, text.wording)
    if key in shown:
        click.echo(f"      {label}: the same as {shown[key]}")
        return
    shown[key] = label
    words = "as approved" if text.fits else "differs" if text.wording else "none is approved"
    click.echo(f"      {label}: {words}")
    if not text.fits:
        _print_difference(text)
    for name, value in text.values.items():
        click.echo(on_terminal(f"{{{plain(name)}}} = {written(value[:_MAX_VALUE])}", _INDENT))
    if text.refused:
        click.echo(on_terminal(written(text.refused[: 2 * _MAX_VALUE]), _INDENT))
    for name in _strange_characters(text):
        click.echo(f"{_INDENT}{name}")
    if text.uncompared and not text.fits:
        click.echo(f"{_INDENT}… {text.uncompared} more characters were not compared …")


def _print_difference(text: Beside) -> None:
    rows = [_row(one) for one in text.stretches[:_MAX_ROWS]]
    if has_room_for_two():
        print_beside([("approved", "this message", False), *rows], _INDENT)
    else:
        merged = " ".join(
            right if not differs else f"{left} {right}".strip() for left, right, differs in rows
        )
        click.echo(on_terminal(merged, _INDENT))
    if len(text.stretches) > _MAX_ROWS:
        click.echo(f"{_INDENT}… and {len(text.stretches) - _MAX_ROWS} more stretches …")


def _row(one: Stretch) -> tuple[str, str, bool]:
    if one.same:
        return _folded(one.wanted), _folded(one.said), False
    wanted = f"[-{_said(one.wanted)}-]" if one.wanted else ""
    return wanted, f"{{+{_said(one.said)}+}}" if one.said else "", True


def _folded(text: str) -> str:
    words = text.split(" ")
    left_out = len(words) - 2 * _ENDS
    if len(words) <= _FOLDED:
        return written(text)
    middle = f"… {left_out} words the same …"
    return written(" ".join([*words[:_ENDS], middle, *words[-_ENDS:]]))


def _said(text: str) -> str:
    words = text[:4000].split(" ")
    more = f" … {len(text.split(' ')) - _MAX_WORDS} more words"
    cut = " ".join(words[:_MAX_WORDS])
    return written(cut) + (more if len(words) > _MAX_WORDS else "")


def written(text: str) -> str:
    """Return a text with each character that does not show written out by number and name."""
    return "".join(c if c.isprintable() else f"<{describe_character(c)}>" for c in text)


def _strange_characters(text: Beside) -> Iterator[str]:
    """Yield the letters that show, but are of another alphabet than what is approved."""
    approved = set(text.wording)
    said = "".join(one.said for one in text.stretches if not one.same)
    odd = dict.fromkeys(c for c in said if c > "~" and c.isprintable() and c not in approved)
    for character in list(odd)[:_MAX_NAMED]:
        yield f"{character} {describe_character(character)}"


def _print_link(link: LinkExplanation) -> None:
    click.echo(on_terminal(f"link {written(link.link[:500])}", "      ", _INDENT))
    rows: list[tuple[str, str]] = []
    if link.parts is None:
        rows.append(("unreadable", "no browser reads this as a link"))
    else:
        names = ("scheme", "user", "host", "port", "path", "query", "fragment")
        rows += [(name, getattr(link.parts, name)) for name in names]
        if link.parts.shown_host != link.parts.host:
            letters = [describe_character(c) for c in link.parts.shown_host if c > "~"]
            rows.append(("shown as", f"{link.parts.shown_host} ({', '.join(letters)})"))
        rows += [("carries", carried) for carried in link.parts.carried]
    rows += [("spelling", link.spelling), *(("character", odd) for odd in link.odd)]
    if link.nearest is None:
        rows.append(("nearest", "no entry of the allowlist is near"))
    else:
        near = link.nearest
        rows.append(("nearest", f"{near.id} ({near.source}): {near.allows}"))
        rows += [("differs", what) for what in near.differs]
    for name, value in rows:
        if value:
            click.echo(on_terminal(f"{name:<10} {written(value[:500])}", _INDENT, " " * 19))
