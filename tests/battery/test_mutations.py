"""Whatever changes what a reader sees is held; whatever only writes it otherwise passes.

Every legitimate message of the battery is a starting point, one that is chosen anew for each
example. ``--hypothesis-profile=deep`` takes many more.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from random import Random

import pytest
import unicodedata2  # type: ignore[import-not-found]  # a C extension without stubs
from hypothesis import assume, given, note, settings
from hypothesis import strategies as st

from filter.verdict import Disposition
from tests.battery import htmltokens
from tests.battery.changes import CHANGES, Told, samples_known, with_body
from tests.battery.judge import judge
from tests.battery.mailtree import Node, Writing, put_together, take_apart
from tests.battery.sample import Sample

EXAMPLES = max(5, settings().max_examples // 5)
TRIES = 40  # of samples, until one has what is to be changed
SEEDS = st.integers(0, 2**32 - 1)
# Ways of writing a mail, and of writing HTML.
OF_MAIL = ("order", "case", "fold", "words", "charset", "encoding", "boundary", "x-headers")
OF_HTML = ("entities", "blanks", "attributes", "tag-case", "css")


@cache
def tree_of(name: str) -> Node | None:
    sample = samples_known()[name]
    return take_apart(sample.content) if sample.text is None else None


def told_by(sample: Sample) -> Told:
    root = tree_of(sample.id)
    return Told(sample, root.copy() if root else None)


def written(sample: Sample, told: Told, way: Writing) -> Sample:
    if told.root is None:
        return with_body(sample, told.body)
    return replace(sample, content=put_together(told.root, way))


def findings_on(sample: Sample) -> list[str]:
    """Return what the gate objects to, [] when it lets the sample pass."""
    verdict = judge(sample)
    if verdict.disposition is Disposition.PASS:
        return []
    return [f"{finding.code} ({finding.detail}) {finding.where}" for finding in verdict.findings]


@pytest.mark.parametrize("change", CHANGES)
@settings(max_examples=EXAMPLES)
@given(seed=SEEDS)
def test_what_changes_the_words_or_a_link_never_passes(change: str, seed: int) -> None:
    chance = Random(seed)
    samples = list(samples_known().values())
    for sample in chance.sample(samples, min(TRIES, len(samples))):
        told = told_by(sample)
        if CHANGES[change](told, chance):
            break
    else:
        assume(False)
    changed = written(sample, told, Writing(chance))
    note(f"{sample.id}\n{changed.content.decode('utf-8', 'backslashreplace')[:20_000]}")

    assert findings_on(changed) != []


_NAMES_CHARSET = re.compile(r"charset=[\"']?(?!utf-?8)", re.IGNORECASE)


@pytest.mark.parametrize("freedom", [*OF_MAIL, *OF_HTML, "NFD", "blank lines", "all"])
@settings(max_examples=EXAMPLES)
@given(seed=SEEDS)
def test_what_changes_only_the_writing_still_passes(freedom: str, seed: int) -> None:
    chance = Random(seed)
    sample = chance.choice(list(samples_known().values()))
    told = told_by(sample)
    freedoms = frozenset((*OF_MAIL, *OF_HTML) if freedom == "all" else (freedom,))
    for node in told.htmls():
        node.text = htmltokens.rewrite(node.text or "", freedoms, chance)
    if freedom == "NFD":
        # A page that says it is in ISO 8859 cannot be written so: no such charset has the marks.
        assume(not any(_NAMES_CHARSET.search(node.text or "") for node in told.htmls()))
        for place in told.places():
            place.set(unicodedata2.normalize("NFD", place.get()))
    if freedom == "blank lines":
        # Between elements of HTML a blank may be seen.
        for place in [*told.places()[:1], *told.plain()]:
            place.set(chance.choice(("", " ")) + place.get() + chance.choice(("", " ", "  ")))
    again = written(sample, told, Writing(chance, freedoms))
    note(f"{sample.id}\n{again.content.decode('utf-8', 'backslashreplace')[:20_000]}")

    assert findings_on(again) == []
