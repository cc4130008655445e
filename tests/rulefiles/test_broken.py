"""Every broken rule file dies with exactly the message that stands beside it.

``python -m tests.rulefiles.test_broken`` writes the messages anew; read the difference before you
commit it.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from pathlib import Path

import pytest

from filter.rulefiles.load import RulesInvalid, load_rules

BROKEN = Path(__file__).parent / "broken"
CASES = sorted(p for p in BROKEN.iterdir() if p.suffix != ".txt")


def message_of(case: Path, folder: Path) -> str:
    """Return what the rules die with when the case is all there is in ``rules/``."""
    rules = folder / "rules"
    if case.is_dir():
        shutil.copytree(case, rules)
    else:
        rules.mkdir()
        shutil.copy(case, rules / case.name)
    with contextlib.chdir(folder), pytest.raises(RulesInvalid) as caught:
        load_rules(Path("rules"))
    return "\n".join(problem.render() for problem in caught.value.problems) + "\n"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_broken_rules_die_with_their_message(case: Path, tmp_path: Path) -> None:
    expected = case.with_name(case.stem + ".txt").read_text(encoding="utf-8")

    assert message_of(case, tmp_path) == expected


def test_there_are_at_least_three_hundred_of_them() -> None:
    assert len(CASES) >= 300


def test_every_message_names_a_remedy() -> None:
    silent = [
        case.stem
        for case in CASES
        if "help:" not in case.with_name(case.stem + ".txt").read_text(encoding="utf-8")
    ]

    assert silent == []


if __name__ == "__main__":
    for one in CASES:
        with tempfile.TemporaryDirectory() as place:
            text = message_of(one, Path(os.path.realpath(place)))
        one.with_name(one.stem + ".txt").write_text(text, encoding="utf-8")
