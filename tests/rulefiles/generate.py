"""Writes what the documentation says of rule fields, settings and problem codes from the models.

Run `python -m tests.rulefiles.generate` after a change to a field or its description.
"""

from __future__ import annotations

import json
import re
import types
import typing
from collections.abc import Callable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from filter.rulefiles import durations, floodmodel, model
from filter.rulefiles.schema import rules_schema, settings_schema
from filter.ruleset import Slot
from filter.settings import Settings
from filter.templates.slots import KINDS, bounds_of

DOCS = Path(__file__).parent.parent.parent / "docs"
RULES: dict[str, type[BaseModel]] = {
    name: one
    for module in (durations, floodmodel, model)
    for name, one in vars(module).items()
    if isinstance(one, type) and issubclass(one, BaseModel) and name == one.__name__
}
TABLE = re.compile(r"(<!-- (fields|settings|slots): ?(\w*) -->\n).*?(<!-- end -->)", re.DOTALL)


def renewed(page: str) -> str:
    """Return a page with each of its tables written from the models."""
    makers: dict[str, Callable[[str], str]] = {
        "fields": fields_table,
        "settings": settings_table,
        "slots": lambda _: slots_table(),
    }
    return TABLE.sub(lambda m: f"{m[1]}\n{makers[m[2]](m[3])}\n{m[4]}", page)


def fields_table(name: str) -> str:
    """Return the table of one kind of rule."""
    kind: type[BaseModel] = RULES[name]
    lines = ["| field | meaning | default | example |", "|---|---|---|---|"]
    for key, field in kind.model_fields.items():
        examples = [f"`{_shown(example)}`" for example in field.examples or []]
        default = "**required**" if field.is_required() else _default(field)
        row = (f"`{field.alias or key}`", field.description or "", default, " or ".join(examples))
        lines.append("| " + " | ".join(_cell(text) for text in row) + " |")
    return "\n".join(lines) + "\n"


def settings_table(section: str) -> str:
    """Return the table of one section of the settings; "" is the top."""
    lines = ["| setting | type | default | meaning |", "|---|---|---|---|"]
    lines += [
        f"| `{name}` | {_cell(_type(field.annotation))} | {_cell(_default(field))} | "
        f"{_cell(field.description or '')} |"
        for name, field in _settings(Settings)
        if name.partition(".")[0] == section or (not section and "." not in name)
    ]
    return "\n".join(lines) + "\n"


def _settings(table: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, FieldInfo]]:
    for key, field in table.model_fields.items():
        inner = _table_in(field.annotation)
        if inner is None:
            yield f"{prefix}{key}", field
            continue
        marks: dict[Any, str] = {tuple: ".N", dict: ".NAME"}
        mark = marks.get(typing.get_origin(field.annotation), "")
        if mark:
            yield f"{prefix}{key}", field
        yield from _settings(inner, f"{prefix}{key}{mark}.")


def _table_in(annotation: Any) -> type[BaseModel] | None:
    for one in (annotation, *typing.get_args(annotation)):
        if isinstance(one, type) and issubclass(one, BaseModel):
            return one
    return None


def slots_table() -> str:
    """Return the table of slot types."""
    lines = [
        "| type | holds | characters | with `max_length` up to | options |",
        "|---|---|---|---|---|",
    ]
    words = {"minimum": "min", "maximum": "max"}
    for kind, about in KINDS.items():
        shortest, longest = bounds_of(Slot("x", kind))
        options = sorted(words.get(option, option) for option in about.options)
        shown = ", ".join(f"`{option}`" for option in options)
        lines.append(
            f"| `{kind}` | {about.rule} | {shortest} to {longest} | {about.most} | {shown} |"
        )
    return "\n".join(lines) + "\n"


def _type(annotation: Any) -> str:  # noqa: PLR0911 - one row a kind
    arguments = typing.get_args(annotation)
    origin = typing.get_origin(annotation)
    if origin is typing.Annotated:
        return _type(arguments[0])
    if origin is tuple:
        return f"list of {_type(arguments[0])}s"
    if origin is dict:
        return f"{_type(arguments[1])} by name"
    if origin in (typing.Union, types.UnionType):
        return " or ".join(_type(a) for a in arguments if a is not type(None))
    if origin is Literal:
        return ", ".join(f"`{a}`" for a in arguments)
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return ", ".join(f"`{member}`" for member in annotation)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "table"
    plain: dict[Any, str] = {
        int: "whole number",
        float: "number",
        bool: "true or false",
        str: "text",
    }
    return {**plain, Path: "path", SecretStr: "secret"}.get(annotation, str(annotation))


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "**required**"
    value = field.get_default(call_default_factory=True)
    if value is None or value in ((), {}, "") or isinstance(value, BaseModel):
        return ""
    if isinstance(value, tuple):
        return ", ".join(f"`{item}`" for item in value)
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _shown(example: object) -> str:
    return example if isinstance(example, str) else json.dumps(example, ensure_ascii=False)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def pages() -> Iterator[tuple[Path, str]]:
    """Yield every generated file and what it must say."""
    for name in ("rules.md", "settings.md"):
        yield DOCS / name, renewed((DOCS / name).read_text(encoding="utf-8"))
    for name, schema in (("rules", rules_schema()), ("settings", settings_schema())):
        text = json.dumps(schema, ensure_ascii=False, indent=2) + "\n"
        yield DOCS / f"{name}.schema.json", text


if __name__ == "__main__":
    for path, text in pages():
        path.write_text(text, encoding="utf-8")
