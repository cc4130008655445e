"""What is wrong in a file that people write, where exactly, and what to write instead."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from typing import NamedTuple

# A source line longer than this is shown only around its caret.
SHOWN_COLUMNS = 100
_BEFORE_CARET = 40


class Severity(StrEnum):
    """An error stops the file from being used; a warning does not."""

    ERROR = "error"
    WARNING = "warning"


class Place(NamedTuple):
    """A range of characters in a file; lines and columns count from 1, the end is exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


START = Place(1, 1, 1, 1)


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem: ``file:line:col: error[E021]: message``, the line with a caret, and the help.

    ``line`` 0 means the file as a whole. ``caret_columns`` is the width of the mark.
    """

    code: str
    message: str
    file: str
    line: int = 0
    column: int = 0
    caret_columns: int = 1
    source_line: str | None = None
    help: str = ""
    severity: Severity = Severity.ERROR

    @property
    def is_error(self) -> bool:
        """Whether the file cannot be used with it."""
        return self.severity is Severity.ERROR

    def headline(self) -> str:
        """Return the first line alone, for logs."""
        where = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        return f"{where}: {self.severity}[{self.code}]: {self.message}"

    def render(self) -> str:
        """Return the whole problem as people read it, without a line end."""
        lines = [self.headline()]
        if self.line and self.source_line is not None and self.source_line.strip():
            shown, start, width = _excerpt(self.source_line, self.column, self.caret_columns)
            tail = f" help: {self.help}" if self.help else ""
            lines.append(f"{self.line:>5} | {shown}")
            lines.append(f"      | {' ' * start}{'^' * width}{tail}")
        elif self.help:
            lines.append(f"      help: {self.help}")
        return "\n".join(lines)

    def as_json(self) -> dict[str, object]:
        """Return what ``--json`` prints of it."""
        return {
            "severity": self.severity.value,
            "code": self.code,
            "message": self.message,
            "file": self.file,
            "line": self.line,
            "column": self.column,
            "help": self.help,
        }


class Invalid(Exception):  # noqa: N818 - a fact about the files, like its subclasses
    """A file, or several, cannot be used. ``problems`` are all that were found, warnings too."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(problem.render() for problem in self.problems))


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return ``did you mean `x`?`` when one of the known words is close, else ""."""
    by_fold = {k.casefold(): k for k in known}
    folded = word.casefold()
    close = get_close_matches(folded, by_fold, n=1, cutoff=0.6)
    return f"did you mean `{by_fold[close[0]]}`?" if close else ""


def one_of(known: Iterable[str]) -> str:
    """Return ``one of `a`, `b`, `c```, for helps."""
    return "one of " + ", ".join(f"`{word}`" for word in known)


def _excerpt(line: str, column: int, width: int) -> tuple[str, int, int]:
    """Return the line as a terminal shows it, and where on it the caret begins and how wide.

    Wide characters take two columns and combining ones none, so that the caret stands below what
    it means; what a terminal would act on is shown as a replacement character.
    """
    first = max(column - 1, 0)
    begin = max(first - _BEFORE_CARET, 0) if len(line) > SHOWN_COLUMNS else 0
    shown = "".join(_plain(c) for c in line[begin : begin + SHOWN_COLUMNS]).rstrip()
    prefix = "…" if begin else ""
    before = "".join(_plain(c) for c in line[begin:first])
    marked = "".join(_plain(c) for c in line[first : first + width])
    room = max(_columns(shown) - _columns(before), 1)
    return prefix + shown, len(prefix) + _columns(before), min(max(_columns(marked), 1), room)


def _plain(character: str) -> str:
    if character == "\t":
        return " "
    return character if character.isprintable() else "\N{REPLACEMENT CHARACTER}"


def _columns(text: str) -> int:
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in text)
    return len(text) + wide - sum(unicodedata.combining(c) > 0 for c in text)
