"""Options that several commands share, and what they do when settings are invalid."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from filter.cli import exitcodes
from filter.problems import did_you_mean

if TYPE_CHECKING:
    from filter.ruleset import RuleSet
    from filter.settings import Settings


class Choice(click.Choice[str]):
    """One of a few words; says which one was meant when it is none of them."""

    def get_invalid_choice_message(self, value: object, ctx: click.Context | None) -> str:
        """Return what is wrong, and the word that was meant."""
        near = did_you_mean(str(value), [str(one) for one in self.choices])
        message: str = super().get_invalid_choice_message(value, ctx)
        return f"{message.rstrip('.')}; {near}" if near else message


settings_option = click.option(
    "--settings",
    type=click.Path(path_type=Path),
    help="Settings file; default: $SALLYPORT_SETTINGS, then ./sallyport.yaml, then defaults.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
rules_option = click.option(
    "--rules", type=click.Path(path_type=Path), help="Folder of the rule files."
)

pictures_option = click.option(
    "--pictures",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write each picture that is known beside the known one: a PNG each.",
)


def load_or_exit(path: Path | None) -> Settings:
    """Return the settings, or print every problem and leave with exit code 3."""
    from filter.settingsfile import SettingsInvalid, load_settings  # noqa: PLC0415 - lazily

    try:
        return load_settings(path)
    except SettingsInvalid as exc:
        for problem in exc.problems:
            click.echo(problem.render(), err=True)
        sys.exit(exitcodes.INVALID)


def load_rules_or_exit(folder: Path) -> RuleSet:
    """Return the compiled rules, or print every problem and leave with exit code 3."""
    from filter.rulefiles.load import RulesInvalid, load_rules  # noqa: PLC0415 - lazily

    try:
        return load_rules(folder)
    except RulesInvalid as exc:
        for problem in exc.problems:
            click.echo(problem.render(), err=True)
        sys.exit(exitcodes.INVALID)


def as_typed(folder: Path) -> Path:
    """Return a folder as people would type it here, for messages."""
    try:
        return folder.relative_to(Path.cwd())
    except ValueError:
        return folder
