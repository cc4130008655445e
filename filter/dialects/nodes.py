"""What a template of any dialect says, once it is read: text, holes, choices and loops.

Every dialect's reader returns these nodes; nothing after it knows which dialect it was.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from filter.ruleset import SlotType


class DialectError(ValueError):
    """A template cannot be read for certain.

    Names the file and the line (from 1), says what is in the way and what to write instead.
    """

    def __init__(self, file: str, line: int, message: str, remedy: str = "") -> None:
        super().__init__(f"{file}:{line}: {message}" + (f"; {remedy}" if remedy else ""))
        self.file = file
        self.line = line
        self.message = message
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Source:
    """One template file as it was written. ``name`` is how people and includes know it."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Text:
    """What the engine writes out as it stands, white space and all."""

    text: str
    line: int = 0


@dataclass(frozen=True, slots=True)
class Hole:
    """A value that the application fills in.

    ``name`` is the slot's (a letter, then letters, digits, underscores); the same expression has
    the same name in every part of a message, another expression another. ``expression`` is as
    written, for comments. ``hint`` is what a filter or a function tells of the value
    (``|date`` is a date), ``values`` are the only ones it can have, where that is known.
    ``optional`` says that the engine may write nothing there in a usual message.
    """

    name: str
    expression: str
    line: int = 0
    hint: SlotType | None = None
    values: tuple[str, ...] = ()
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several branches, of which one may be empty: an ``if`` without ``else``.

    ``name`` is made of the condition: where the same condition stands twice, both go the same way.
    A negated condition has the name of the plain one, with the branches exchanged.
    """

    name: str
    branches: tuple[tuple[Node, ...], ...]
    line: int = 0


@dataclass(frozen=True, slots=True)
class Loop:
    """A body that repeats. ``name`` is made of what is gone through; loops over it go as often.

    Holes in the body have another value each time. ``most`` is a bound that a person may change.
    """

    name: str
    body: tuple[Node, ...]
    line: int = 0
    least: int = 0
    most: int = 50


Node: TypeAlias = Text | Hole | Choice | Loop

# Finds what a template includes or extends, by the name written there; None when there is none.
Loader: TypeAlias = Callable[[str], Source | None]
