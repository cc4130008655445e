"""What a replay calls unchanged without the bytes is unchanged: held against many changed rules."""

from __future__ import annotations

import re
import shutil
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from filter.decisions import Decision
from filter.inspection import inspect
from filter.message import Transaction
from filter.reading.sandbox import Sandbox
from filter.replay import Flip, Replay
from filter.rulefiles.examples import transaction_of
from filter.rulefiles.load import RulesInvalid, load_rules
from filter.ruleset import RuleSet
from filter.settings import Inspection
from filter.verdict import Disposition, Verdict
from tests.quarantine.messages import decision_on

ROOT = Path(__file__).parents[2]
FILES = ("appointments.yaml", "links.yaml", "senders.yaml", "sign-in.yaml", "vaccination.yaml")
LIMITS = Inspection()
# Of some 1,400 changes; all of them, in five minutes: EVERY = 1.
EVERY = 40


def _changes(text: str) -> Iterator[str]:
    """Yield a file with one line less, one word doubled, one number or letter changed."""
    lines = text.splitlines(keepends=True)
    for place, line in enumerate(lines):
        changed = {
            "",
            re.sub(r"[0-9]+", lambda found: str(int(found[0]) + 1), line, count=1),
            re.sub(r"([a-z]{4,})(\W*)$", r"\1x\2", line, count=1),
            re.sub(r"^(\s+\w+: )", r"\1not ", line, count=1),
        }
        for new in sorted(changed - {line}):
            yield "".join([*lines[:place], new, *lines[place + 1 :]])


def _messages(rules: RuleSet) -> Iterator[Transaction]:
    for template in rules.templates:
        name = template.id.partition("/")[0]
        family = tuple(t for t in rules.templates if t.id.partition("/")[0] == name)
        for example in template.examples:
            if example.expect_pass:
                yield transaction_of(example, family)


def soundness(folder: Path, every: int) -> Counter[tuple[str, bool]]:
    """Return how often what a replay says came out so: (flip, whether the message passes)."""
    shutil.copytree(ROOT / "rules", folder)
    counts: Counter[tuple[str, bool]] = Counter()
    with Sandbox(LIMITS) as looker:

        def judge(content: Transaction, rules: RuleSet) -> Verdict:
            return inspect(content, rules, looker, LIMITS)

        old = load_rules(folder)
        passed: list[tuple[Transaction, Decision]] = []
        for content in _messages(old):
            verdict = judge(content, old)
            if verdict.disposition is Disposition.PASS:
                passed.append((content, decision_on(content, verdict)))
        for name in FILES:
            file = folder / name
            before = file.read_text(encoding="utf-8")
            for changed in _changes(before):
                if zlib.crc32(changed.encode()) % every:
                    continue
                file.write_text(changed, encoding="utf-8")
                try:
                    new = load_rules(folder)
                except RulesInvalid:
                    continue
                replay = Replay(new, lambda _: passed[0][1].verdict)
                for content, decision in passed:
                    said = replay.again(decision, None).flip
                    passes = judge(content, new).disposition is Disposition.PASS
                    counts[(said.value, passes)] += 1
            file.write_text(before, encoding="utf-8")
    return counts


def test_what_is_unchanged_by_digests_passes_again(tmp_path: Path) -> None:
    counts = soundness(tmp_path / "rules", EVERY)

    assert counts[(Flip.STAYS_PASSED, True)] > 50
    assert counts[(Flip.STAYS_PASSED, False)] == 0
    assert counts[(Flip.MAY_BE_HELD, False)] > 0
