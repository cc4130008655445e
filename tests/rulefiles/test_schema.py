"""What editors are told: every field with words and an example, and nothing valid underlined."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from filter.rulefiles.load import check_sources
from filter.rulefiles.schema import rules_schema, settings_schema, tables_of
from filter.rulefiles.sources import SourceFile
from filter.ruleset import SlotType
from filter.strictyaml import read_yaml

ROOT = Path(__file__).parent.parent.parent
SCHEMAS: dict[str, dict[str, Any]] = {
    "rules": rules_schema(),
    "settings": settings_schema(),
}


def fields() -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    for which, schema in SCHEMAS.items():
        for table, inside in tables_of(schema):
            for name, field in inside["properties"].items():
                yield which, table, name, field


def validator_of(which: str, field: dict[str, Any] | None = None) -> Draft202012Validator:
    schema = SCHEMAS[which]
    if field is None:
        return Draft202012Validator(schema)
    return Draft202012Validator({"$defs": schema["$defs"], **field})


def errors_of(which: str, content: str) -> list[str]:
    value = read_yaml(content.encode(), "r.yaml")[0].value
    return [
        f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}"
        for error in validator_of(which).iter_errors(value)
    ]


def blocks(page: str) -> list[str]:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    sections = "|".join(SCHEMAS["rules"]["properties"])
    found = re.findall(r"^```yaml\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return [one for one in found if re.match(rf"(#.*\n)*({sections}):\n", one)]


@pytest.mark.parametrize("which", SCHEMAS)
def test_a_schema_is_one(which: str) -> None:
    Draft202012Validator.check_schema(SCHEMAS[which])


def test_every_field_has_a_description() -> None:
    silent = [
        f"{which}: {table}.{name}"
        for which, table, name, field in fields()
        if not field.get("description", "").endswith((".", ")")) and which == "rules"
    ]
    silent += [
        f"{which}: {table}.{name}"
        for which, table, name, field in fields()
        if not field.get("description")
    ]

    assert silent == []


def test_every_field_has_an_example() -> None:
    without = [
        f"{which}: {table}.{name}"
        for which, table, name, field in fields()
        if not field.get("examples") and not _is_a_table(which, field)
    ]

    assert without == []


def _is_a_table(which: str, field: dict[str, Any]) -> bool:
    """A section of the settings: its own fields have the examples."""
    target = SCHEMAS[which]["$defs"].get(field.get("$ref", "").rpartition("/")[2], {})
    return which == "settings" and "properties" in target


def test_examples_and_defaults_fit_their_field() -> None:
    wrong = [
        f"{which}: {table}.{name}: {one}: {error.message[:200]}"
        for which, table, name, field in fields()
        for one in (*field.get("examples", []), *([field["default"]] if "default" in field else []))
        for error in validator_of(which, field).iter_errors(one)
    ]

    assert wrong == []


def test_every_type_of_slot_is_described() -> None:
    types = SCHEMAS["rules"]["$defs"]["SlotType"]

    assert types["enum"] == [one.value for one in SlotType]
    assert len(types["enumDescriptions"]) == len(types["enum"])
    assert all(types["enumDescriptions"])


@pytest.mark.parametrize("path", sorted((ROOT / "rules").glob("*.yaml")), ids=lambda p: p.name)
def test_the_rules_that_ship_have_no_red_line(path: Path) -> None:
    assert errors_of("rules", path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("page", ["rules.md", "limits.md", "pictures.md", "tutorial.md"])
def test_rules_that_the_pages_show_have_no_red_line(page: str) -> None:
    for block in blocks(page):
        # Parts of a rule are shown, too: what is missing there is no mistake.
        wrong = [e for e in errors_of("rules", block) if "required property" not in e]
        assert wrong == [], block


def test_the_page_shows_rules() -> None:
    assert len(blocks("rules.md")) >= 3


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("digits 6", "{type: digit}", "templates/0/slots/code"),
        ("channel: sms", "channel: fax", "templates/0/channel"),
        ("from: MYHEALTH", "form: MYHEALTH", "templates/0"),
        ("hold:", "holds:", "templates/0/examples"),
        ("id: sign-in-sms", 'id: "Sign in"', "templates/0/id"),
    ],
)
def test_a_mistake_is_underlined_where_it_is(old: str, new: str, where: str) -> None:
    block = blocks("rules.md")[0]
    assert errors_of("rules", block) == []
    wrong = errors_of("rules", block.replace(old, new, 1))

    assert wrong
    assert any(error.startswith(f"{where}:") for error in wrong), wrong


def test_the_first_rules_of_the_page_are_valid() -> None:
    block = blocks("rules.md")[0]
    checked = check_sources([SourceFile("r.yaml", "r.yaml", Path("r.yaml"), block.encode())])

    assert [p.render() for p in checked.problems] == []
