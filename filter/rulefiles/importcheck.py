"""Are proposed templates valid rules, and do the real checks let their own renderings pass?"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from filter.reading.look import Looker
from filter.rulefiles.drafts import DraftExample, DraftFile, DraftLink, DraftTemplate
from filter.rulefiles.draftwriter import write_rules
from filter.rulefiles.examples import ExampleOutcome, run_examples
from filter.rulefiles.load import CheckedRules, check_sources
from filter.rulefiles.missexamples import with_near_misses
from filter.rulefiles.nearmisses import Change
from filter.rulefiles.sources import SourceFile
from filter.ruleset import RuleSet
from filter.settings import Inspection

LINKS_FILE = "links.yaml"  # unless the import is given another name for it
MOST_HOLDING = 4
# Which near misses tell most, the first first (filter/rulefiles/nearmisses.py, Change).
_TELLING = (
    Change.LINK, Change.HIDDEN_LINK, Change.SENTENCE, "sentence in the slot", Change.LOOKALIKE,
    Change.DROPPED, "link in the slot", Change.WORD, Change.SENDER,
)  # fmt: skip
_PLACEHOLDER = DraftExample(name="to be made", sender="X <x@evil.example>")
_SMS_PLACEHOLDER = DraftExample(name="to be made", text="This is another message.")


@dataclass(frozen=True, slots=True)
class Refused:
    """A proposed template that cannot be used, and why; ``same_as`` is the one that says it all."""

    id: str
    why: str
    same_as: str = ""


@dataclass(frozen=True, slots=True)
class Checked:
    """Templates with examples of both kinds, the links they need, and what was refused.

    ``doubts`` are by template: renderings that would be held, near misses that would pass.
    """

    templates: tuple[DraftTemplate, ...]
    links: tuple[DraftLink, ...]
    refused: tuple[Refused, ...] = ()
    doubts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def check_drafts(
    templates: Sequence[DraftTemplate],
    links: Sequence[DraftLink],
    others: Sequence[SourceFile],
    looker: Looker,
    limits: Inspection,
) -> Checked:
    """Return those templates that are valid and pass their own renderings, with near misses.

    ``others`` are the rule files that will stand beside them.
    """
    refused: list[Refused] = []
    rules, kept = _valid(list(templates), links, others, refused)
    doubts: dict[str, list[str]] = {}
    if rules is not None:
        outcomes = list(run_examples(rules, looker, limits))
        kept = [
            better
            for one in kept
            if (better := _passing(one, outcomes, refused, doubts)) is not None
        ]
    needed = {name for one in kept for name in one.links or ()}
    used = tuple(link for link in links if link.id in needed)
    if kept:
        done = with_near_misses(DraftFile(tuple(kept), used), write_rules, others, looker, limits)
        kept = [_with_few(one) for one in done.file.templates]
        for hole in done.holes:
            said = f"a near miss passes, {hole.miss.name}: {hole.hole}"
            doubts.setdefault(hole.template, []).append(said)
    return Checked(
        tuple(kept),
        used,
        tuple(refused),
        {name: tuple(dict.fromkeys(said)) for name, said in doubts.items()},
    )


def sources_of(
    templates: Iterable[DraftTemplate],
    links: Sequence[DraftLink],
    folder: Path = Path(),
    links_file: str = LINKS_FILE,
) -> list[SourceFile]:
    """Return the rule files of templates: one each, and one for all links."""
    drafts = {f"{one.id}.yaml": DraftFile((one,)) for one in templates}
    if links:
        remark = "Where the links of the imported templates lead."
        drafts[free_file(links_file, drafts)] = DraftFile(links=tuple(links), remarks=(remark,))
    return [
        SourceFile(name, str(folder / name), folder / name, write_rules(draft).encode())
        for name, draft in drafts.items()
    ]


def free_file(name: str, taken: Collection[str]) -> str:
    """Return a name for the file of the links that no template's file has: ``links-2.yaml``."""
    stem, number, free = name.removesuffix(".yaml"), 1, name
    while free in taken:
        number += 1
        free = f"{stem}-{number}.yaml"
    return free


def _valid(
    templates: list[DraftTemplate],
    links: Sequence[DraftLink],
    others: Sequence[SourceFile],
    refused: list[Refused],
) -> tuple[RuleSet | None, list[DraftTemplate]]:
    """Return the rules of those templates that are valid; the others are refused."""
    kept = templates
    while kept:
        whole = [_with_placeholder(one) for one in kept]
        checked = check_sources([*others, *sources_of(whole, links)])
        if checked.rules is not None:
            return checked.rules, kept
        wrong = _errors(checked)
        faulty = [one for one in kept if f"{one.id}.yaml" in wrong]
        refused += [Refused(one.id, wrong[f"{one.id}.yaml"]) for one in faulty]
        if not faulty:  # the links, or what stands there already
            why = next(iter(wrong.values()))
            refused += [Refused(one.id, why) for one in kept]
            return None, []
        kept = [one for one in kept if one not in faulty]
    return None, []


def _errors(checked: CheckedRules) -> dict[str, str]:
    """Return the first error of each file."""
    wrong: dict[str, str] = {}
    for problem in checked.problems:
        if problem.is_error:
            help_ = f"; {problem.help}" if problem.help else ""
            wrong.setdefault(problem.file, f"{problem.code} {problem.message}{help_}")
    return wrong


def _with_placeholder(one: DraftTemplate) -> DraftTemplate:
    if one.holding:
        return one
    is_mail = any("@" in sender for sender in one.senders)
    return replace(one, holding=(_PLACEHOLDER if is_mail else _SMS_PLACEHOLDER,))


def _with_few(one: DraftTemplate) -> DraftTemplate:
    """Return the template with few of its near misses, each of another kind: people read them."""
    telling = [next((e for e in one.holding if e.name.startswith(name)), None) for name in _TELLING]
    kept = [example for example in telling if example is not None]
    return replace(one, holding=tuple(kept[:MOST_HOLDING]) or one.holding[:1])


def _passing(
    one: DraftTemplate,
    outcomes: Sequence[ExampleOutcome],
    refused: list[Refused],
    doubts: dict[str, list[str]],
) -> DraftTemplate | None:
    """Return the template with those examples that pass; None, and refused, when none does."""
    mine = [o for o in outcomes if o.template == one.id and o.example.expect_pass]
    right = {o.example.name for o in mine if o.is_right}
    passing = tuple(example for example in one.passing if example.name in right)
    wrong = [o for o in mine if not o.is_right]
    if not passing:
        other = next((_other(o) for o in wrong if _other(o)), "")
        why = _reason(wrong[0]) if wrong else "it has no rendering"
        if other:
            why = f"it says the same as {other}, under which its messages pass"
        refused.append(Refused(one.id, why, other))
        return None
    doubts.setdefault(one.id, []).extend(
        f"a rendering of it would be held ({o.example.name}): {_reason(o)}" for o in wrong
    )
    return replace(one, passing=passing)


def _other(outcome: ExampleOutcome) -> str:
    """Return the template as which an example passed, "" when it did not pass."""
    verdict = outcome.verdict
    return (verdict.template or "") if verdict is not None and not verdict.findings else ""


def _reason(outcome: ExampleOutcome) -> str:
    verdict = outcome.verdict
    if verdict is None or not verdict.findings:
        return outcome.trouble
    first = verdict.findings[0]
    return f"{first.code} {first.detail}"
