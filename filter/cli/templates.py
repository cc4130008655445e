"""``sallyport templates``: get approved templates from what an organisation already has."""

from __future__ import annotations

import click

from filter.cli.lazy import LazyGroup

# command -> module and what to show in the list
COMMANDS: dict[str, tuple[str, str]] = {
    "import": ("filter.cli.templatesimport", "Rules from the templates that applications render."),
    "learn": ("filter.cli.templateslearn", "Rules from messages that were sent."),
}


@click.group("templates", cls=LazyGroup, table=COMMANDS)
def templates_command() -> None:
    """Get approved templates from what you already have: template sources, or sent messages."""
