"""The pages about rules and settings say what the models say."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

from filter.rulefiles.load import check_rules
from tests.rulefiles.generate import DOCS, RULES, pages

ROOT = DOCS.parent
PEOPLE = ("problems", "strictyaml", "schemaproblems", "settingsfile", "settingschecks")


def models() -> Iterator[type[BaseModel]]:
    yield from (one for name, one in RULES.items() if name not in ("BaseModel", "Rule", "RuleFile"))


@pytest.mark.parametrize(
    ("path", "text"), list(pages()), ids=lambda value: getattr(value, "name", "")
)
def test_generated_pages_are_current(path: Path, text: str) -> None:
    assert path.read_text(encoding="utf-8") == text, "run `python -m tests.rulefiles.generate`"


def test_every_field_of_every_rule_has_a_description_that_is_a_sentence() -> None:
    silent = [
        f"{one.__name__}.{name}"
        for one in models()
        for name, field in one.model_fields.items()
        if not (field.description or "").endswith(".")
    ]

    assert silent == []


def test_every_field_of_every_rule_has_a_row_in_the_docs() -> None:
    page = (DOCS / "rules.md").read_text(encoding="utf-8")
    missing = [
        f"{one.__name__}.{field.alias or name}"
        for one in models()
        for name, field in one.model_fields.items()
        if f"| `{field.alias or name}` |" not in page
    ]

    assert missing == []


def test_every_problem_code_is_explained_and_every_explained_code_exists() -> None:
    sources = [*(ROOT / "filter" / "rulefiles").glob("*.py")]
    sources += [ROOT / "filter" / f"{name}.py" for name in PEOPLE]
    used = {
        code
        for source in sources
        for code in re.findall(r'"([EW]\d{3})"', source.read_text(encoding="utf-8"))
    }
    page = "".join(
        (DOCS / f"{name}.md").read_text(encoding="utf-8") for name in ("rules", "settings")
    )

    assert set(re.findall(r"^\| ([EW]\d{3}) \|", page, re.MULTILINE)) == used


def test_the_rules_shown_on_the_page_about_limits_are_valid_beside_those_that_ship(
    tmp_path: Path,
) -> None:
    page = (DOCS / "limits.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```yaml\n((?:limits|watches|floors|repeats):\n.*?)```", page, re.DOTALL)

    for number, block in enumerate(blocks):
        folder = tmp_path / str(number)
        shutil.copytree(ROOT / "rules", folder)
        (folder / "shown.yaml").write_text(block, encoding="utf-8")
        assert [p.render() for p in check_rules(folder).problems] == []
    assert len(blocks) >= 8
