"""Writes the pages that come from the code: ``python -m tests.generate_docs``.

tests/test_docs.py finds them out of date.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
from click.testing import CliRunner

from filter.cli.main import COMMANDS, cli
from filter.reasons import REASONS

ROOT = Path(__file__).parent.parent
WIDTH = 100
GENERATED = "<!-- Made by `python -m tests.generate_docs` from {source}. Edit that instead. -->"
HELP_START, HELP_END = "<!-- help: start -->", "<!-- help: end -->"


def reasons_page() -> str:
    """Return docs/reasons.md: a heading for each code, grouped by its first word."""
    lines = [
        GENERATED.format(source="`filter/reasons.py`"),
        "",
        "# Reason codes",
        "",
        "Why a message was held. Codes are stable: logs, decisions, `--json` and rules name them.",
        "`sallyport explain CODE` prints the same on the command line.",
    ]
    group = ""
    for code in sorted(REASONS):
        if code.partition(".")[0] != group:
            group = code.partition(".")[0]
            lines += ["", f"## {group}"]
        reason = REASONS[code]
        lines += ["", f"### {code}", "", reason.meaning, "", f"*What to do:* {reason.remedy}"]
    return "\n".join(lines) + "\n"


def cli_page() -> str:
    """Return docs/cli.md: the help of every command, as the program prints it."""
    lines = [
        GENERATED.format(source="the commands' own help"),
        "",
        "# The command line",
        "",
        "Data goes to standard output, everything else to standard error. Lists are tables on a",
        "terminal, tab-separated with a header line in a pipe, and one JSON object a line with",
        "`--json`. `NO_COLOR` is respected.",
        "",
        "| exit code | meaning |",
        "|---|---|",
        "| 0 | fine; the message would pass |",
        "| 1 | the message would be held; an example or the demo failed |",
        "| 2 | wrong usage |",
        "| 3 | settings or rules are invalid |",
        "| 4 | not authorised |",
        "| 5 | the store or the gate cannot be reached |",
        "| 130 | interrupted |",
        "",
        "## sallyport",
        "",
        *_block(help_of()),
    ]
    for name in COMMANDS:
        for path in _commands((name,)):
            lines += ["", f"{'#' * (len(path) + 1)} {' '.join(('sallyport', *path))}", ""]
            lines += _block(help_of(*path))
    return "\n".join(lines) + "\n"


def help_of(*path: str) -> str:
    """Return what ``sallyport … --help`` prints."""
    shown = CliRunner().invoke(
        cli, [*path, "--help"], prog_name="sallyport", terminal_width=WIDTH, color=False
    )
    if shown.exit_code:
        raise RuntimeError(f"sallyport {' '.join(path)} --help: {shown.output}")
    return shown.output.rstrip()


def with_help(readme: str) -> str:
    """Return the README with the help between its markers brought up to date."""
    start = readme.index(HELP_START) + len(HELP_START)
    end = readme.index(HELP_END)
    return readme[:start] + "\n" + "\n".join(_block(help_of())) + "\n" + readme[end:]


def _block(text: str) -> list[str]:
    return ["```text", *text.splitlines(), "```"]


def _commands(path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    command: click.Command | None = cli
    for name in path:
        if not isinstance(command, click.Group):
            return
        command = command.get_command(click.Context(command), name)
    if command is None:
        return
    yield path
    if isinstance(command, click.Group):
        for name in command.list_commands(click.Context(command)):
            yield from _commands((*path, name))


def main() -> None:
    """Write the generated pages."""
    (ROOT / "docs" / "reasons.md").write_text(reasons_page(), encoding="utf-8")
    (ROOT / "docs" / "cli.md").write_text(cli_page(), encoding="utf-8")
    readme = ROOT / "README.md"
    readme.write_text(with_help(readme.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
