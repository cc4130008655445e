"""``sallyport templates``: get approved templates from what an organisation already has."""

from __future__ import annotations

import importlib

import click

# command -> module and what to show in the list
COMMANDS: dict[str, tuple[str, str]] = {
    "import": ("filter.cli.templatesimport", "Rules from the templates that applications render."),
    "learn": ("filter.cli.templateslearn", "Rules from messages that were sent."),
}


class _LazyGroup(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return super().get_command(ctx, cmd_name)
        module = importlib.import_module(COMMANDS[cmd_name][0])
        command = getattr(module, f"{cmd_name}_command")
        if not isinstance(command, click.Command):
            raise TypeError(f"{module.__name__}.{cmd_name}_command is not a command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group("templates", cls=_LazyGroup)
def templates_command() -> None:
    """Get approved templates from what you already have: template sources, or sent messages."""
