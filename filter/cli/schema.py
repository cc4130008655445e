"""``sallyport schema``: the JSON Schema by which editors complete and check what is typed."""

from __future__ import annotations

import json
from pathlib import Path

import click

from filter.cli.options import Choice


@click.command("schema")
@click.argument("what", type=Choice(["rules", "settings"]), default="rules")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file."
)
@click.option("--json", "as_json", is_flag=True, help="Print it on one line.")
def schema_command(what: str, output: Path | None, *, as_json: bool) -> None:
    """Print the JSON Schema of the rule files, or of the settings.

    Editors take it from a first line `# yaml-language-server: $schema=FILE`.
    """
    from filter.rulefiles.schema import rules_schema, settings_schema  # noqa: PLC0415 - lazily

    schema = rules_schema() if what == "rules" else settings_schema()
    text = json.dumps(schema, ensure_ascii=False, indent=None if as_json else 2)
    if output is None:
        click.echo(text)
    else:
        output.write_text(text + "\n", encoding="utf-8")
