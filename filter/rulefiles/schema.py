"""What do editors need to complete and check rule files and settings as they are typed?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from filter.rulefiles.model import RuleFile
from filter.ruleset import SlotType
from filter.settings import Settings
from filter.templates.slots import KINDS

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def rules_schema() -> dict[str, object]:
    """Return the JSON Schema of a rule file."""
    schema = _completed(RuleFile.model_json_schema(by_alias=True, mode="validation"))
    types = schema["$defs"]["SlotType"]
    types["enumDescriptions"] = [f"{KINDS[SlotType(one)].rule}." for one in types["enum"]]
    return {"$schema": DIALECT, **schema, "title": "Sallyport rule file"}


def settings_schema() -> dict[str, object]:
    """Return the JSON Schema of the settings file."""
    schema = _completed(Settings.model_json_schema(mode="validation"))
    return {"$schema": DIALECT, **schema, "title": "Sallyport settings"}


def tables_of(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every table that a schema describes by its name: that of the file is ""."""
    yield "", schema
    for name, one in schema.get("$defs", {}).items():
        if "properties" in one:
            yield name, one


def _completed(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema in which each field that may say few things has them as examples.

    A default that says nothing (null, an empty list) is left out: editors would type it.
    """
    for _, table in tables_of(schema):
        for field in table["properties"].values():
            _complete(schema, field)
    return schema


def _complete(schema: dict[str, Any], field: dict[str, Any]) -> None:
    if "description" not in field and "$ref" in field:
        field["description"] = _target(schema, field).get("description", "")
    default = field.get("default")
    says = default not in (None, [], {}, "")
    if not says:
        field.pop("default", None)
    shown = list(_values(schema, field)) or ([default] if says else [])
    if shown:
        field.setdefault("examples", shown)


def _values(schema: dict[str, Any], field: dict[str, Any]) -> Iterator[object]:
    """Yield what a field may say, when that is a few words or true and false."""
    if "$ref" in field:
        yield from _values(schema, _target(schema, field))
    elif "enum" in field:
        yield from field["enum"]
    elif "const" in field:
        yield field["const"]
    elif field.get("type") == "boolean":
        yield from (True, False)
    for key in ("anyOf", "allOf", "oneOf"):
        for option in field.get(key, ()):
            yield from _values(schema, option)


def _target(schema: dict[str, Any], field: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = schema["$defs"][field["$ref"].removeprefix("#/$defs/")]
    return found
