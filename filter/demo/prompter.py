"""Runs the commands of the play and counts what does not come out as it should."""

from __future__ import annotations

import json
from collections.abc import Iterable

from filter.demo.narrator import Narrator
from filter.demo.stage import Stage, StageError

TOLD_AT_MOST = 5


class Prompter:
    """What all parts of the play share: a stage, somebody who tells, and the troubles so far."""

    def __init__(self, stage: Stage, narrator: Narrator) -> None:
        self.stage = stage
        self.narrator = narrator
        self.troubles = 0

    def run(self, *arguments: str, last: int | None = None) -> None:
        """Run a command and show what it prints, or the last lines of all that it says."""
        try:
            output = self.stage.ask(*arguments, notes=last is not None)
        except StageError as exc:
            self.trouble(str(exc))
        else:
            lines = output.splitlines()
            shown = lines if last is None else lines[-last:]
            self.narrator.command(("sallyport", *arguments), "\n".join(shown))

    def ask_lines(self, *arguments: str) -> list[dict[str, object]]:
        """Return the JSON lines that a command prints."""
        try:
            return [json.loads(line) for line in self.stage.ask(*arguments).splitlines()]
        except (StageError, ValueError) as exc:
            self.trouble(str(exc))
            return []

    def expect(self, wanted: int, found: int, what: str) -> None:
        """Count it as trouble when two numbers differ."""
        if wanted != found:
            self.trouble(f"{found} {what} instead of {wanted}")

    def trouble(self, text: str) -> None:
        """Count and tell one thing that did not come out as it should."""
        self.troubles += 1
        self.narrator.trouble(text)

    def troubles_of(self, what: str, texts: Iterable[str]) -> None:
        """Count many; tell the first few."""
        for number, text in enumerate(texts):
            if number < TOLD_AT_MOST:
                self.trouble(f"{what}: {text}")
            else:
                self.troubles += 1
