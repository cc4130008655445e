"""``sallyport config``: the settings in force, and where each one comes from."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from filter.cli import exitcodes
from filter.cli.options import json_option, settings_option
from filter.cli.output import print_json, print_rows

if TYPE_CHECKING:
    from filter.settingsfile import LoadedSettings


@click.group("config")
def config_command() -> None:
    """Show the settings in force."""


@config_command.command("show")
@settings_option
@click.option("--origin", is_flag=True, help="Also say where each value comes from.")
@json_option
def show(settings: Path | None, *, origin: bool, as_json: bool) -> None:
    """Print every setting with its value, secrets masked."""
    from filter.settingsfile import SettingsInvalid, read_settings  # noqa: PLC0415 - lazily

    try:
        loaded = read_settings(settings)
    except SettingsInvalid as exc:
        for problem in exc.problems:
            click.echo(problem.render(), err=True)
        sys.exit(exitcodes.INVALID)
    rows = list(_rows(loaded))
    if as_json and not origin:
        print_json({str(row["setting"]): row["value"] for row in rows})
        return
    columns = ["setting", "value", *(["origin"] if origin else [])]
    shown = rows if as_json else [{**row, "value": _text(row["value"])} for row in rows]
    print_rows(columns, shown, as_json=as_json)


def _rows(loaded: LoadedSettings) -> Iterator[dict[str, object]]:
    for name, value in _leaves("", loaded.settings.model_dump(mode="json")):
        origin = loaded.origins.get(name) or next(
            (place for key, place in loaded.origins.items() if key.startswith(f"{name}.")),
            "default",
        )
        yield {"setting": name, "value": value, "origin": origin}


def _leaves(name: str, value: object) -> Iterator[tuple[str, object]]:
    items: list[tuple[object, object]] = []
    if isinstance(value, dict) and value:
        items = list(value.items())
    elif isinstance(value, list) and any(isinstance(item, dict) for item in value):
        items = list(enumerate(value))
    if not items:
        yield name, value
    for key, item in items:
        yield from _leaves(f"{name}.{key}" if name else str(key), item)


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
