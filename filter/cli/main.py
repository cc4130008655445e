"""``sallyport``: finds the command and loads only its module."""

from __future__ import annotations

import sys

import click

from filter import __version__
from filter.cli.lazy import LazyGroup

# command -> module and what to show in the list, so that --help imports none of them
COMMANDS: dict[str, tuple[str, str]] = {
    "run": ("filter.cli.run", "Start the gate: mail and text listeners, N workers."),
    "demo": ("filter.cli.demo", "Replay the 2021 incident through the whole product."),
    "check": ("filter.cli.check", "Are settings and rules valid?"),
    "test": ("filter.cli.test", "Run the examples beside the templates."),
    "fmt": ("filter.cli.fmt", "Tidy rule files; comments stay, and so does what they mean."),
    "templates": ("filter.cli.templates", "Rules from template sources or from sent messages."),
    "scan": ("filter.cli.scan", "Judge messages in files, without sending."),
    "replay": ("filter.cli.replay", "Who would be held, who would pass, by other rules."),
    "explain": ("filter.cli.explain", "Why a message was held; what a reason code means."),
    "reload": ("filter.cli.control", "Have the running gate read its rules again."),
    "status": ("filter.cli.control", "What the running gate is doing."),
    "pause": ("filter.cli.pause", "Stop messages now: by client, template, recipient, or all."),
    "resume": ("filter.cli.pause", "End pauses."),
    "drill": ("filter.cli.drill", "Show that a pause stops what is in flight."),
    "pauses": ("filter.cli.pause", "What is stopped, since when, by whom and why."),
    "quarantine": ("filter.cli.quarantine", "List, show, release, discard, export held messages."),
    "cases": ("filter.cli.cases", "Floods as one: list, show, release slowly, discard."),
    "alerts": ("filter.cli.alerts", "What people were to be told of: signs of floods."),
    "decisions": ("filter.cli.decisions", "What was sent by whom, and why it was let through."),
    "limits": ("filter.cli.limits", "How many may go on: rules, what is used up, when it frees."),
    "signal": ("filter.cli.signal", "Report a message as used or never asked for; rates; links."),
    "images": ("filter.cli.images", "Known and approved pictures: add, test, list, remove."),
    "schema": ("filter.cli.schema", "Print the JSON Schema of the rule files."),
    "config": ("filter.cli.config", "Show the settings in force and where each comes from."),
}


@click.group(
    cls=LazyGroup,
    table=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 fine or pass, 1 would be held or a test failed, 2 usage, 3 settings or "
    "rules invalid, 4 not authorised, 5 store or service unreachable.",
)
@click.version_option(__version__, prog_name="sallyport")
def cli() -> None:
    """Sallyport: the guarded gate that an organisation's outgoing messages leave by."""


def main() -> None:
    """Run the command line."""
    try:
        cli(prog_name="sallyport")
    except BrokenPipeError:
        sys.stderr.close()  # `| head` is not an error
        sys.exit(0)
