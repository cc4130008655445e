"""How well are the templates of public projects imported, and is what their engines render passed?

A set is a folder that the person who runs this fetched; nothing of it is kept here. For each set:
how many messages import, how many renderings by the real engine pass, how many mutations pass.

    python -m tests.campaign.dialects go=kratos/templates handlebars=postmark/templates/basic
    python -m tests.campaign.dialects django=allauth/templates rendered=mjml

docs/import.md says which engines are needed and how the sets are fetched.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from filter.cli.importfiles import gathered
from filter.dialects.discover import Part
from filter.dialects.filenames import Role
from filter.dialects.nodes import Source
from filter.inspection import inspect
from filter.message import Channel
from filter.reading.sandbox import Sandbox
from filter.rulefiles.examples import enforced, families_of, transaction_of
from filter.rulefiles.importall import Imported, import_all
from filter.rulefiles.importing import Drafted, Wishes
from filter.rulefiles.load import check_sources
from filter.rulefiles.nearmisses import judge_near_miss, near_misses, tell
from filter.ruleset import Example, RuleSet, SlotType
from filter.settings import Inspection
from filter.verdict import Disposition
from tests.campaign.dialectcontexts import (
    django_context,
    go_context,
    handlebars_context,
    keycloak_context,
)
from tests.campaign.dialectengines import Job, render_all
from tests.campaign.dialectmutations import html_mutations
from tests.campaign.dialectvalues import HOST

SENDERS = ("Clinic <no-reply@clinic.example>", "CLINIC")
ROUNDS = 12  # renderings of each message
MUTATED = 2  # renderings of each message that are mutated


@dataclass(slots=True)
class Result:
    """The numbers of one set."""

    name: str
    messages: int = 0
    imported: int = 0
    same: int = 0
    rendered: int = 0
    passed: int = 0
    mutated: int = 0
    mutants: int = 0  # that passed
    free: int = 0  # of them: in slots for free text, which nobody can know
    held: Counter[str] = field(default_factory=Counter)  # why renderings were held
    troubles: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Message:
    """One message as an engine rendered it."""

    id: str
    example: Example


def main(arguments: Sequence[str]) -> int:
    """Run every set that is named: ``engine=folder``; print a table, and what went wrong."""
    is_verbose = "-v" in arguments
    results = []
    for one in arguments:
        engine, equals, folder = one.partition("=")
        if equals:
            results.append(run(engine, Path(folder)))
    print("set\tmessages\timported\tsame\trendered\tpassed\tmutated\tmutants passed\tin free text")  # noqa: T201
    for result in results:
        print(  # noqa: T201
            result.name, result.messages, result.imported, result.same, result.rendered,
            result.passed, result.mutated, result.mutants, result.free, sep="\t",
        )  # fmt: skip
    for result in results:
        for why, count in result.held.most_common(None if is_verbose else 8):
            print(f"{result.name}: held {count}: {why}")  # noqa: T201
        for trouble in result.troubles[: None if is_verbose else 20]:
            print(f"{result.name}: {trouble}")  # noqa: T201
    return 0


def run(engine: str, folder: Path) -> Result:
    """Return the numbers of one set."""
    files, named = gathered([folder])
    dialect = {"rendered": "handlebars", "mustachio": "handlebars"}.get(engine, engine)
    wishes = Wishes(
        senders=SENDERS, dialect=dialect, hosts=(HOST,), subjects=_subjects(folder, files)
    )
    result = Result(f"{engine} {folder.name}")
    limits = Inspection()
    with Sandbox(limits) as looker:
        imported = import_all(files, named, wishes, [], looker, limits)
        result.imported, result.same = len(imported.templates), len(imported.same)
        result.messages = result.imported + result.same + len(imported.failed)
        result.troubles += [f"{f.id}: {f.file}:{f.line}: {f.why}" for f in imported.failed]
        result.troubles += [
            f"{name}: {doubt}"
            for name, doubts in imported.doubts.items()
            for doubt in doubts
            if "near miss" in doubt or "rendering" in doubt or "held" in doubt
        ]
        checked = check_sources(list(imported.sources))
        if checked.rules is None:
            result.troubles += [problem.render() for problem in checked.problems[:5]]
            return result
        rules = enforced(checked.rules)
        for message in _rendered(engine, folder, files, imported, result):
            _judge(message, rules, looker, limits, result)
        mutated: Counter[str] = Counter()
        for message in _rendered(engine, folder, files, imported, Result("")):
            mutated[message.id] += 1
            if mutated[message.id] <= MUTATED:
                _mutate(message, rules, looker, limits, result)
    return result


def _subjects(folder: Path, files: Mapping[str, str]) -> dict[str, str]:
    """Return the subjects that stand beside the set, in ``subjects.properties``: id=subject."""
    text = files.get(f"{folder.name}/subjects.properties") or files.get(
        f"{folder.as_posix()}/subjects.properties", ""
    )
    lines = [line.partition("=") for line in text.splitlines() if "=" in line]
    return {name.strip(): said.strip() for name, _, said in lines}


# --- renderings


def _rendered(
    engine: str, folder: Path, files: Mapping[str, str], imported: Imported, result: Result
) -> Iterator[Message]:
    if engine == "rendered":
        yield from _prerendered(folder, imported)
        return
    jobs: list[Job] = []
    failed = {one.id for one in imported.failed}
    messages = {n: drafted for n, drafted in imported.drafted.items() if n not in failed}
    for name, drafted in messages.items():
        sources = [part.source.text for part in drafted.found.parts]
        for number in range(ROUNDS):
            data = _CONTEXTS[engine](sources, number)
            for role, part in _parts(drafted):
                kind = "html" if role is Role.HTML else "text"
                text = part.source.text
                if role is Role.SUBJECT and name in _subjects(folder, files):
                    text = _subjects(folder, files)[name]
                jobs.append(Job(f"{name}\t{number}\t{role}", kind, part.source.name, text, data))
    answers = {answer.id: answer for answer in render_all(engine, folder, jobs)}
    for name, drafted in messages.items():
        for number in range(ROUNDS):
            parts = {role: answers[f"{name}\t{number}\t{role}"] for role, _ in _parts(drafted)}
            wrong = [answer.error for answer in parts.values() if answer.error]
            if wrong:
                result.troubles.append(f"{name}: the engine says: {wrong[0]}")
                break
            under = {one.id: one.other for one in imported.same}.get(name, name)
            yield Message(under, _example({r: a.out for r, a in parts.items()}))


_CONTEXTS: Mapping[str, Callable[[list[str], int], dict[str, object]]] = {
    "go": go_context,
    "handlebars": handlebars_context,
    "mustachio": handlebars_context,
    "django": django_context,
    "freemarker": keycloak_context,
}


def _parts(drafted: Drafted) -> list[tuple[Role, Part]]:
    """Return the parts of a message by their role; a subject that was given has none in files."""
    parts = [(part.role, part) for part in drafted.found.parts]
    if drafted.nodes.subject and Role.SUBJECT not in dict(parts):
        parts.append((Role.SUBJECT, Part(Role.SUBJECT, Source("", ""))))
    return parts


def _prerendered(folder: Path, imported: Imported) -> Iterator[Message]:
    """Yield the renderings that stand beside the set: ``renderings.jsonl``, a message a line."""
    path = folder / "renderings.jsonl"
    known = {one.id for one in imported.templates} | {one.id for one in imported.same}
    under = {one.id: one.other for one in imported.same}
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        said = json.loads(line)
        if said["id"] in known:
            parts = {Role(key): said[key] for key in ("subject", "text", "html") if key in said}
            yield Message(under.get(said["id"], said["id"]), _example(parts))


def _example(parts: Mapping[Role, str]) -> Example:
    sms = parts.get(Role.SMS)
    subject = parts.get(Role.SUBJECT)
    return Example(
        expect_pass=True,
        source="",
        channel=Channel.SMS if sms is not None else Channel.EMAIL,
        sender=SENDERS[1] if sms is not None else SENDERS[0],
        subject=None if subject is None else " ".join(subject.split()),
        text=sms if sms is not None else parts.get(Role.TEXT),
        html=parts.get(Role.HTML),
    )


# --- judgements


def _judge(
    message: Message, rules: RuleSet, looker: Sandbox, limits: Inspection, result: Result
) -> None:
    result.rendered += 1
    family = families_of(rules.templates)[message.id]
    verdict = inspect(transaction_of(message.example, family), rules, looker, limits)
    if verdict.disposition is Disposition.PASS:
        result.passed += 1
        return
    first = verdict.findings[0]
    result.held[f"{message.id}: {first.code} {first.detail[:300]}"] += 1


def _mutate(
    message: Message, rules: RuleSet, looker: Sandbox, limits: Inspection, result: Result
) -> None:
    family = families_of(rules.templates)[message.id]
    told = tell(message.example, family, rules, limits)
    if told is None:
        return
    for miss in near_misses(told):
        judged = judge_near_miss(told, miss, rules, looker, limits)
        result.mutated += 1
        if judged is not None and judged.hole:
            kinds = {slot.name: slot.type for slot in told.template.slots}
            if kinds.get(miss.slot) is SlotType.TEXT:
                result.free += 1
                continue
            result.mutants += 1
            result.troubles.append(f"{message.id}: {miss.name} passes: {judged.hole}")
    for name, example in html_mutations(message.example):
        result.mutated += 1
        verdict = inspect(transaction_of(example, family), rules, looker, limits)
        if verdict.disposition is Disposition.PASS:
            result.mutants += 1
            result.troubles.append(f"{message.id}: {name} passes")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
