"""Tells what happens: as a story for people, or as one JSON object a line."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import textwrap
from collections.abc import Sequence
from typing import Protocol

import click

from filter.cli.output import print_json
from filter.demo.play import Ending

# Columns of a line at most; a narrower terminal has narrower lines.
WIDTH = 100
INDENT = " " * 8
# Where the title of a message begins: behind its mark, number and outcome.
TITLE_COLUMN = 16
# What two texts have in common is shown this many words around each difference.
CONTEXT_WORDS = 6

_CHANGE = re.compile(r"(\[-.*?-\]|\{\+.*?\+\})", re.DOTALL)


class Narrator(Protocol):
    """What the director says; each method is one kind of fact."""

    def say(self, text: str) -> None:
        """Tell something that only people need."""
        ...

    def chapter(self, title: str) -> None:
        """Begin a part of the story."""
        ...

    def ending(self, number: int, ending: Ending) -> None:
        """Tell what became of one message."""
        ...

    def dress(self, dress: str, measure: str) -> None:
        """Tell what a dressed picture was known by; "" when it was not."""
        ...

    def fact(self, text: str, name: str, **numbers: float) -> None:
        """Tell a result in numbers; ``text`` is how people read it."""
        ...

    def command(self, command: Sequence[str], output: str) -> None:
        """Show a command that was run and what it printed."""
        ...

    def trouble(self, text: str) -> None:
        """Tell what did not come out as it should."""
        ...

    def summary(self, messages: int, troubles: int, seconds: float) -> None:
        """Tell the result."""
        ...


class Story:
    """For people: one block a message, colours where they are wanted."""

    def __init__(self) -> None:
        self._color = False if "NO_COLOR" in os.environ else None  # None: click asks the terminal
        self._width = min(WIDTH, shutil.get_terminal_size((WIDTH, 24)).columns)

    def say(self, text: str) -> None:
        """Print a paragraph."""
        self._echo(textwrap.fill(text, self._width))

    def chapter(self, title: str) -> None:
        """Print a heading."""
        self._echo("\n" + click.style(title, bold=True))

    def ending(self, number: int, ending: Ending) -> None:
        """Print one message: what it was, what became of it, and why."""
        scene = ending.scene
        mark = click.style("ok ", fg="green") if not ending.troubles else _red("BAD")
        word = click.style("held  ", fg="yellow") if ending.held else "passed"
        title = textwrap.fill(
            f"{scene.title} ({scene.way})",
            max(self._width - TITLE_COLUMN, TITLE_COLUMN),
            subsequent_indent=" " * TITLE_COLUMN,
        )
        self._echo(f"{mark} {number:2}  {word}  {title}")
        if not ending.held and ending.template:
            self._detail(f"approved as {ending.template}; answered {ending.reply}")
        for reason in ending.reasons:
            # The detail of a miss is the nearest template, which is told below.
            is_told = ending.nearest and reason.code == "template.none"
            self._detail("no approved text fits" if is_told else reason.detail, reason.code)
        if ending.nearest:
            title = f"nearest: {ending.nearest}, {ending.score_percent} % alike"
            self._detail(around(ending.difference), title)
        for trouble in ending.troubles:
            self._detail(_red(f"should not be: {trouble}"))

    def dress(self, dress: str, measure: str) -> None:
        """Print a line of the table of dresses."""
        self._echo(f"  {dress:<30}  {measure or _red('not known')}")

    def fact(self, text: str, name: str, **numbers: float) -> None:  # noqa: ARG002 - as text
        """Print a paragraph that says the numbers."""
        self.say(text)

    def command(self, command: Sequence[str], output: str) -> None:
        """Print a command line and, indented, what it printed."""
        self._echo(click.style(f"$ {shlex.join(command)}", bold=True))
        self._echo(textwrap.indent(output.rstrip(), "  "))

    def trouble(self, text: str) -> None:
        """Print what went wrong."""
        self._echo(_red(f"should not be: {text}"))

    def summary(self, messages: int, troubles: int, seconds: float) -> None:
        """Print the last line."""
        if troubles:
            self._echo("\n" + _red(f"{troubles} things did not come out as they should."))
        else:
            said = f"All {messages} messages came out as they should, in {seconds:.0f} s."
            self._echo("\n" + click.style(said, fg="green"))

    def _detail(self, text: str, title: str = "") -> None:
        told = f"{title}: {text}" if title else text
        self._echo(
            textwrap.fill(
                told,
                self._width,
                initial_indent=INDENT,
                subsequent_indent=INDENT,
                break_long_words=False,
                break_on_hyphens=False,
            )
        )

    def _echo(self, text: str) -> None:
        click.echo(text, color=self._color)


class Lines:
    """For programs: one JSON object a line, with a field ``event``."""

    def say(self, text: str) -> None:
        """Print nothing: only people need it."""

    def chapter(self, title: str) -> None:
        """Print nothing."""

    def ending(self, number: int, ending: Ending) -> None:
        """Print one message."""
        scene = ending.scene
        print_json(
            {
                "event": "message",
                "number": number,
                "title": scene.title,
                "way": scene.way,
                "expected": "pass" if scene.passes else "quarantine",
                "disposition": "quarantine" if ending.held else "pass",
                "id": ending.transaction_id,
                "template": ending.template or None,
                "findings": [{"code": r.code, "detail": r.detail} for r in ending.reasons],
                "nearest": ending.nearest or None,
                "difference": ending.difference or None,
                "reply": ending.reply,
                "troubles": list(ending.troubles),
            }
        )

    def dress(self, dress: str, measure: str) -> None:
        """Print what it was known by."""
        print_json({"event": "dress", "dress": dress, "known_by": measure or None})

    def fact(self, text: str, name: str, **numbers: float) -> None:  # noqa: ARG002 - as numbers
        """Print the numbers."""
        print_json({"event": name, **numbers})

    def command(self, command: Sequence[str], output: str) -> None:
        """Print a command and its output."""
        print_json({"event": "command", "command": list(command), "output": output})

    def trouble(self, text: str) -> None:
        """Print what went wrong."""
        print_json({"event": "trouble", "detail": text})

    def summary(self, messages: int, troubles: int, seconds: float) -> None:
        """Print the result."""
        print_json(
            {
                "event": "summary",
                "messages": messages,
                "troubles": troubles,
                "seconds": round(seconds, 2),
            }
        )


def around(difference: str) -> str:
    """Return a word difference with what is far from every change left out."""
    pieces = _CHANGE.split(difference)
    shown = []
    for index, piece in enumerate(pieces):
        words = piece.split(" ")
        is_change = index % 2 == 1
        if is_change or len(words) <= 2 * CONTEXT_WORDS:
            shown.append(piece)
            continue
        before = words[:CONTEXT_WORDS] if index > 0 else []
        after = words[-CONTEXT_WORDS:] if index < len(pieces) - 1 else []
        shown.append(" ".join([*before, "…", *after]))
    return "".join(shown)


def _red(text: str) -> str:
    return click.style(text, fg="red", bold=True)
