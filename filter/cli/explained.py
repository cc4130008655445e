"""What ``--explain`` shows: each text of a message beside its template, each bad link in parts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import groupby

import click

from filter.checks.case import Case
from filter.checks.linkexplain import LinkExplanation, explain_link
from filter.checks.links import refused_links
from filter.cli.output import count, has_room_for_two, on_terminal, plain, print_beside
from filter.message import Link, LinkKind, Message
from filter.mode import Mode
from filter.reading.text import describe_character
from filter.reasons import REASONS
from filter.ruleset import Match, Miss, RuleSet, Template
from filter.templates.compiled import compile_template
from filter.templates.matcher import TemplateMatcher
from filter.templates.nearest import Stretch
from filter.templates.sidebyside import Beside, set_beside
from filter.verdict import Verdict

_INDENT = "        "
_MAX_LINKS = 12
_MAX_ATTACHED = 8
_FOLDED = 24  # equal words in a row that are left out, but for some at each end
_ENDS = 8
_MAX_WORDS = 150  # of one stretch that differs
_MAX_ROWS = 60  # stretches of one text
_MAX_NAMED = 8  # characters named under one text
_MAX_VALUE = 200


@dataclass(frozen=True, slots=True)
class Explanation:
    """One message explained; ``template`` is "" when none comes near.

    ``failed`` says what went wrong in explaining; then there is nothing else.
    """

    template: str
    fits: bool
    texts: tuple[Beside, ...]
    links: tuple[LinkExplanation, ...]
    more_links: int = 0  # refused, but not explained
    unseen: tuple[tuple[str, str], ...] = ()  # views without a template: name and text
    on_trial: bool = False  # the template is in shadow: no other comes near
    attached: tuple[Explanation, ...] = ()  # of messages in this one
    failed: str = ""

    @property
    def shows_differences(self) -> bool:
        """Return whether all that differs is shown here and need not be told elsewhere."""
        return bool(self.texts) and all(one.texts for one in self.attached)


def explain(message: Message, rules: RuleSet) -> Explanation:
    """Return what there is to say about a judged message. Never raises: a report comes first."""
    try:
        return _explain(message, rules)
    except Exception as exc:  # noqa: BLE001 - what only explains must not end a scan
        return Explanation("", False, (), (), failed=type(exc).__name__)


def _explain(message: Message, rules: RuleSet) -> Explanation:
    whole = _explain_one(message, rules)
    inner = tuple(_explain_one(one, rules) for one in message.enclosed[:_MAX_ATTACHED])
    return replace(whole, attached=inner)


def _explain_one(message: Message, rules: RuleSet) -> Explanation:
    found = rules.matcher.match(message)
    fits = isinstance(found, Match)
    on_trial = False
    if isinstance(found, Match):
        template: Template | None = found.template
    else:
        name = found.nearest.template if found.nearest else ""
        template = next((one for one in rules.templates if one.id == name), None)
        if template is None:
            template = _nearest_on_trial(message, rules)
            on_trial = template is not None
    case = Case(message, rules, found)
    refused = list({link.url: link for link in refused_links(case)}.values())
    return Explanation(
        template=template.id if template else "",
        fits=fits,
        texts=set_beside(message, template) if template else (),
        links=tuple(_explain_links(rules, found, refused[:_MAX_LINKS])),
        more_links=len(refused[_MAX_LINKS:]),
        unseen=() if template else tuple((view.name, view.text) for view in message.views),
        on_trial=on_trial,
    )


def _nearest_on_trial(message: Message, rules: RuleSet) -> Template | None:
    """Return the template in shadow that fits or comes nearest."""
    shadow = [one for one in rules.templates if one.mode is Mode.SHADOW]
    tried = [compile_template(replace(one, mode=Mode.ENFORCE)) for one in shadow]
    found = TemplateMatcher(tried).match(message)
    if isinstance(found, Match):
        return found.template
    name = found.nearest.template if found.nearest else ""
    return next((one for one in shadow if one.id == name), None)


def _explain_links(
    rules: RuleSet, found: Match | Miss, links: Iterable[Link]
) -> Iterator[LinkExplanation]:
    match = found if isinstance(found, Match) else None
    values, only = (match.values, match.template.links) if match else (None, None)
    for link in links:
        is_bare = link.kind is LinkKind.BARE
        yield explain_link(link.url, rules, values, only=only, is_bare=is_bare)


def explanation_json(explanation: Explanation) -> dict[str, object]:
    """Return an explanation for machines."""
    if explanation.failed:
        return {"failed": explanation.failed}
    return {
        "template": explanation.template or None,
        "shadow": explanation.on_trial,
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
        "more_links": explanation.more_links,
        "attached": [explanation_json(one) for one in explanation.attached],
    }


def print_meanings(verdict: Verdict) -> None:
    """Print what each code found means and what to do, once."""
    for code in dict.fromkeys(finding.code for finding in verdict.findings):
        if reason := REASONS.get(code):
            text = f"{code}: {reason.meaning} {reason.remedy}"
            click.echo(on_terminal(text, "      ", _INDENT))


def print_explanation(explanation: Explanation) -> None:
    """Print texts and links so that a person sees where they part from what is approved.

    Never raises but for an output that is gone.
    """
    try:
        _print(explanation)
    except OSError:
        raise
    except Exception as exc:  # noqa: BLE001 - what only explains must not end a scan
        click.echo(f"      the explanation failed: {type(exc).__name__}")


def _print(explanation: Explanation) -> None:
    if explanation.failed:
        click.echo(f"      the explanation failed: {explanation.failed}")
        return
    texts = explanation.texts
    values: dict[str, str] = {}
    if not explanation.template:
        has_text = any(said for _, said in explanation.unseen)
        click.echo(f"      {'no template comes near' if has_text else 'no text to compare'}")
    elif explanation.fits:
        click.echo(f"      fits template: {plain(explanation.template)}")
        labels = dict.fromkeys(plain(text.label) for text in texts)
        click.echo(on_terminal(f"as approved: {', '.join(labels)}", "      ", _INDENT))
        for text in texts:
            _print_values(text, values)
    else:
        word = "nearest template, in shadow" if explanation.on_trial else "nearest template"
        click.echo(f"      {word}: {plain(explanation.template)}")
        strange = [text.label for text in texts if not text.fits]
        if strange and len(texts) > 1:
            verb = "differs" if len(strange) == 1 else "differ"
            differing = f"{len(strange)} of {count(len(texts), 'text')} {verb}"
            named = "; ".join(dict.fromkeys(strange))
            click.echo(on_terminal(f"{differing}: {plain(named)}", "      ", _INDENT))
        shown: dict[tuple[str, str], str] = {}
        for text in texts:
            _print_text(text, shown, values)
    for name, said in explanation.unseen[:_MAX_ROWS]:
        click.echo(on_terminal(f"{plain(name)}: {_said(said)}", "      ", _INDENT))
    _print_links(explanation)
    for one in explanation.attached:
        click.echo("      attached message:")
        _print(one)


def _print_links(explanation: Explanation) -> None:
    for link in explanation.links:
        _print_link(link)
    if explanation.more_links:
        click.echo(f"      … and {count(explanation.more_links, 'more refused link')} …")


def _print_text(text: Beside, shown: dict[tuple[str, str], str], values: dict[str, str]) -> None:
    label = plain(text.label)
    key = (text.text, text.wording)
    if key in shown:
        click.echo(f"      {label}: the same as {shown[key]}")
        return
    shown[key] = label
    differs = "differs" if text.text else "is empty"
    words = "as approved" if text.fits else differs if text.wording else "none is approved"
    click.echo(f"      {label}: {words}")
    if not text.fits:
        _print_difference(text)
    _print_values(text, values)
    if text.refused:
        click.echo(on_terminal(written(text.refused[: 2 * _MAX_VALUE]), _INDENT))
    for name in _strange_characters(text):
        click.echo(f"{_INDENT}{name}")
    if text.uncompared and not text.fits:
        click.echo(f"{_INDENT}… {text.uncompared} more characters were not compared …")


def _print_values(text: Beside, known: dict[str, str]) -> None:
    """Print the values of slots that no text before had."""
    for name, value in text.values.items():
        if known.get(name) != value:
            known[name] = value
            click.echo(on_terminal(f"{{{plain(name)}}} = {written(value[:_MAX_VALUE])}", _INDENT))


def _print_difference(text: Beside) -> None:
    found = _merged(text.stretches)
    rows = [_row(one) for one in found[:_MAX_ROWS]]
    if has_room_for_two():
        print_beside([("approved", "this message", False), *rows], _INDENT)
    else:
        merged = " ".join(
            right if not differs else f"{left} {right}".strip() for left, right, differs in rows
        )
        click.echo(on_terminal(merged, _INDENT))
    if len(found) > _MAX_ROWS:
        click.echo(f"{_INDENT}… and {len(found) - _MAX_ROWS} more stretches …")


def _merged(found: Sequence[Stretch]) -> list[Stretch]:
    """Return stretches with neighbours that are alike in one: a slot's value need not stand out."""
    merged: list[Stretch] = []
    for same, group in groupby(found, key=lambda one: one.same):
        ones = list(group)
        wanted = " ".join(one.wanted for one in ones if one.wanted)
        merged.append(Stretch(same, wanted, " ".join(one.said for one in ones if one.said)))
    return merged


def _row(one: Stretch) -> tuple[str, str, bool]:
    if one.same:
        return _folded(one.wanted), _folded(one.said), False
    wanted = f"[-{_said(one.wanted)}-]" if one.wanted else ""
    return wanted, f"{{+{_said(one.said)}+}}" if one.said else "", True


def _folded(text: str) -> str:
    words = text.split(" ")
    if len(words) <= _FOLDED:
        return written(text)
    return written(" ".join([*words[:_ENDS], "…", *words[-_ENDS:]]))


def _said(text: str) -> str:
    words = text[:4000].split(" ")
    more = len(text.split(" ")) - _MAX_WORDS
    return written(" ".join(words[:_MAX_WORDS])) + (f" … {more} more words" if more > 0 else "")


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


def _in_nothing(link: LinkExplanation) -> str:
    return "in nothing but its spelling" if link.spelling else "in nothing"


def _print_link(link: LinkExplanation) -> None:
    click.echo(on_terminal(f"link {written(link.link[:500])}", "      ", _INDENT))
    rows: list[tuple[str, str]] = []
    if link.parts is None:
        rows.append(("host", "none that a browser would ask"))
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
        rows += [("differs", what) for what in near.differs or (_in_nothing(link),)]
    for name, value in rows:
        if value:
            click.echo(on_terminal(f"{name:<10} {written(value[:500])}", _INDENT, " " * 19))
