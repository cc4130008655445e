# ruff: noqa: T201 - it prints what it measures
"""How well are templates learnt? A mailbox whose truth is known, and the real gate afterwards.

    python -m tests.campaign.learning --count 20000

Prints precision and recall of templates, slots and types, time and memory; then judges fresh
renderings, noise and changed messages by the rules that were learnt.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from filter.checks.lookalikes import find_likeness
from filter.cli.learnsources import Reader, Stored
from filter.cli.learnwriting import write_checked
from filter.learning.doubts import Bar, own_domains
from filter.learning.learn import Learned, learn
from filter.learning.proposals import Proposal
from filter.learning.seen import Sample, Seen
from filter.rulefiles.load import check_sources
from filter.rulefiles.sources import SourceFile
from filter.ruleset import RuleSet
from filter.scanning import Scanner, Source, SourceKind
from filter.settings import Inspection
from filter.templates.matcher import matches_any
from tests.learning.mailbox import (
    KINDS,
    Made,
    Mail,
    kind_of,
    mail,
    mailbox,
    noise,
    page_of,
    poisoned,
    render,
    slots_of,
    templates,
)

LIMITS = Inspection()
_FOUND = 0.95  # of its messages in one proposal of which as many are its own


class NoLooker:
    """Nothing here has pictures or documents."""

    def look_at_picture(self, *_: object) -> object:
        raise AssertionError

    def look_at_document(self, *_: object) -> object:
        raise AssertionError


def empty_rules() -> RuleSet:
    rules = check_sources([]).rules
    assert rules is not None
    return rules


def stored_of(one: Mail) -> Stored:
    if one.is_sms:
        fields = {"from": one.sender, "to": one.recipient, "body": one.text}
        return Stored("sms", SourceKind.TEXT, json.dumps(fields).encode(), one.at)
    return Stored("mail", SourceKind.MAIL, one.content, one.at)


def reader_of(rules: RuleSet) -> Reader:
    looker = NoLooker()
    return Reader(rules, Scanner(rules, looker, LIMITS, keeps_message=True), LIMITS)  # type: ignore[arg-type]


def read_all(mails: Iterator[Mail]) -> tuple[dict[tuple[object, ...], Mail], Sample, Counter[str]]:
    """Return the truth by the message it belongs to, the sample, and what cannot be read."""
    reader = reader_of(empty_rules())
    sample = Sample(100_000)
    truth: dict[tuple[object, ...], Mail] = {}
    unread: Counter[str] = Counter()
    for one in mails:
        taken = reader.read(stored_of(one))
        if taken.seen is None:
            unread[taken.code] += 1
            continue
        truth[taken.seen.order] = one
        sample.add(taken.seen)
    return truth, sample, unread


def bar_of(messages: Sequence[Seen]) -> Bar:
    def likeness(host: str, domains: Sequence[str]) -> str:
        found = find_likeness(host, domains)
        return found.host if found else ""

    own = own_domains([(one.sender, one.at.toordinal() if one.at else None) for one in messages])
    days = [one.at.toordinal() for one in messages if one.at]
    return Bar(own, span_days=max(days) - min(days) + 1 if days else 0, likeness=likeness)


def compare(
    learned: Learned, truth: dict[tuple[object, ...], Mail], made: Sequence[Made]
) -> dict[str, object]:
    """Return precision and recall of templates, slots and types."""
    total = Counter(one.template for one in truth.values())
    matched: dict[str, Proposal] = {}
    pure = 0
    mixed: list[str] = []
    parts: Counter[str] = Counter()
    joined: dict[str, list[str]] = {}
    for proposal in learned.proposals:
        of = Counter(truth[one.order].template for one in proposal.messages)
        if "" not in of and len(of) > 1 and _is_choice(proposal, truth):
            pure += 1
            joined[proposal.template.id] = sorted(of)
            continue
        name, most = of.most_common(1)[0]
        if name and most >= _FOUND * proposal.count:
            pure += 1
            parts[name] += 1
            if most >= _FOUND * total[name]:
                matched.setdefault(name, proposal)
        else:
            mixed.append(f"{proposal.template.id}: {dict(of.most_common(3))}")
    names = {name for name in total if name}
    together = {name for several in joined.values() for name in several}
    wanted = found = right = proposed = hit = 0
    wrong: Counter[str] = Counter()
    by_id = {one.id: one for one in made}
    for name, proposal in matched.items():
        mails = [truth[one.order] for one in proposal.messages]
        columns = _columns(proposal)
        slots = slots_of(by_id[name])
        wanted += len(slots)
        proposed += len(columns)
        used = set()
        for slot in slots:
            values = [one.values[slot] for one in mails]
            match = next(
                (s for s in columns if _equal(columns[s], values, mails, by_id[name], slot)), None
            )
            if match is None:
                wrong[f"{kind_of(slot)} not found"] += 1
                continue
            used.add(match)
            found += 1
            kind = next(s.type for s in proposal.template.slots if s.name == match)
            if str(kind) in KINDS[kind_of(slot)]:
                right += 1
            else:
                wrong[f"{kind_of(slot)} as {kind}"] += 1
        hit += len(used)
    return {
        "proposals": len(learned.proposals),
        "template precision": pure / max(1, len(learned.proposals)),
        "template recall": (len(matched) + len(together - set(matched))) / len(names),
        "joined by a choice": list(joined.values()),
        "missed": sorted(names - set(matched) - together),
        "in parts": {name: count for name, count in parts.items() if count > 1},
        "mixed": mixed,
        "slot precision": hit / max(1, proposed),
        "slot recall": found / max(1, wanted),
        "type accuracy": right / max(1, found),
        "slots wrong": dict(wrong),
        "in bulk": sum(one.in_bulk for one in learned.proposals),
        "doubts": dict(Counter(d.code for one in learned.proposals for d in one.doubts)),
    }


def _is_choice(proposal: Proposal, truth: dict[tuple[object, ...], Mail]) -> bool:
    """Return whether one slot of type choice tells the templates apart: each value is one's own."""
    columns = _columns(proposal)
    for slot in proposal.template.slots:
        if str(slot.type) == "choice":
            pairs = {
                (value, truth[one.order].template)
                for value, one in zip(columns[slot.name], proposal.messages, strict=True)
            }
            if len(pairs) == len({value for value, _ in pairs}):
                return True
    return False


def _columns(proposal: Proposal) -> dict[str, list[str]]:
    template = proposal.template
    kinds = {
        "subject": template.subjects,
        "text": template.texts,
        "html": template.htmls or template.texts,
        "preheader": template.preheaders,
    }
    columns: dict[str, list[str]] = {slot.name: [] for slot in template.slots}
    for message in proposal.messages:
        values: dict[str, str] = {}
        for surface in message.surfaces:
            values = dict(
                matches_any(kinds[surface.kind], template.slots, surface.text, values) or values
            )
        for name, column in columns.items():
            column.append(values.get(name, ""))
    return columns


def _equal(
    column: Sequence[str], values: Sequence[str], mails: Sequence[Mail], made: Made, slot: str
) -> bool:
    """Return whether a column has the slot's values; fixed letters may stand outside of it."""
    del mails, made, slot
    same = sum(
        one == value or (len(one) >= 3 and value.endswith(one))
        for one, value in zip(column, values, strict=True)
    )
    return same >= _FOUND * len(values)


def rules_with(proposals: Sequence[Proposal]) -> tuple[RuleSet, list[str]]:
    """Return the rules that accepted proposals make, and why some were dropped."""
    out = Path("learnt.yaml")
    written = write_checked(proposals, [], out, NoLooker(), LIMITS)  # type: ignore[arg-type]
    assert not written.problems, [problem.render() for problem in written.problems][:5]
    text = written.text
    rules = check_sources([SourceFile("learnt.yaml", "learnt.yaml", out, text.encode())]).rules
    assert rules is not None
    return rules, [f"{one.template.id}: {why}" for one, why in written.dropped]


def passes(rules: RuleSet, mails: Iterator[Mail]) -> tuple[int, int, Counter[str], list[Mail]]:
    """Return how many messages pass, of how many; why others do not; those that pass."""
    scanner = Scanner(rules, NoLooker(), LIMITS)  # type: ignore[arg-type]
    passed: list[Mail] = []
    count = 0
    why: Counter[str] = Counter()
    for one in mails:
        stored = stored_of(one)
        report = scanner.scan(Source("x", stored.kind, held_bytes=stored.content))
        count += 1
        if report.would_pass:
            passed.append(one)
        else:
            found = report.verdict.findings[0]
            why[f"{one.template}: {found.code} {found.detail[:150]}"] += 1
    return len(passed), count, why, passed


def changed(made: Made, rng: random.Random) -> Mail:
    """Return a message that nobody approved: another link, a sentence more, words in a slot."""
    fresh = render(made, rng)
    values = dict(fresh.values)
    text, button = made.text, made.button
    match rng.randrange(4):
        case 0:
            text += " Visit evil.example now."
        case 1:
            text += " Your account is blocked, reply with your password."
        case 2:
            slot = rng.choice(list(slots_of(made)))
            values[slot] = f"{values[slot]} - please reply with the password of your account, now"
        case _:
            if not button:
                text = text.replace(" is ", " is not ", 1) if " is " in text else text + " No."
            else:
                button = "https://evil.example/login"
    body = text.format_map(values)
    if fresh.is_sms:
        return Mail("", values, fresh.at, fresh.recipient, b"", fresh.sender, body)
    page = page_of(made.layout, body, button.format_map(values)) if made.layout >= 0 else None
    subject = made.subject.format_map(values)
    if page is None and button != made.button:
        body += f" {button}"
    content = mail(made.sender, fresh.recipient, subject, body, page, fresh.at)
    return Mail("", values, fresh.at, fresh.recipient, content)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--fresh", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    made = templates()
    print(f"{len(made)} templates, {options.count} messages")
    start = time.monotonic()
    truth, sample, unread = read_all(mailbox(options.count, options.seed, made))
    print(f"made and read in {time.monotonic() - start:.1f} s; cannot be read: {dict(unread)}")
    messages = sample.messages()
    start = time.monotonic()
    learned = learn(messages, bar_of(messages))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"learnt in {time.monotonic() - start:.1f} s; {memory:.0f} MiB at most")
    for name, value in compare(learned, truth, made).items():
        print(f"  {name}: {value:.4f}" if isinstance(value, float) else f"  {name}: {value}")
    rng = random.Random(options.seed + 1)
    worth = [one for one in learned.proposals if one.count >= 20]
    for label, chosen in (
        ("in bulk", [one for one in learned.proposals if one.in_bulk]),
        ("one by one (20 messages or more)", worth),
    ):
        start = time.monotonic()
        rules, dropped = rules_with(chosen)
        print(f"{label}: {len(rules.templates)} templates; dropped {dropped[:5]}")
        fresh = passes(rules, (render(rng.choice(made), rng) for _ in range(options.fresh)))
        print(f"  fresh renderings that pass: {fresh[0]} of {fresh[1]} ({fresh[0] / fresh[1]:.2%})")
        for reason, number in fresh[2].most_common(12):
            print(f"    {number:4} {reason}")
        bad = passes(rules, (noise(rng, number) for number in range(500)))
        worse = passes(rules, (changed(rng.choice(made), rng) for _ in range(1500)))
        evil = passes(rules, (poisoned(made[0], rng) for _ in range(200)))
        print(
            f"  noise that passes: {bad[0]}; changed: {worse[0]} of {worse[1]}; poisoned: {evil[0]}"
        )
        for one in (*bad[3], *worse[3], *evil[3])[:5]:
            print("    ", one.values, one.text or one.content[-300:])
        print(f"  in {time.monotonic() - start:.1f} s")


if __name__ == "__main__":
    main()
