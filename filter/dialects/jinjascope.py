"""What may a name in a Jinja2 template stand for? A value, a macro, an imported file, ``loop``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from jinja2 import nodes as jinja

from filter.dialects.values import Place, Unknown, Value


@dataclass(frozen=True, slots=True)
class Macro:
    """A macro, with the scope that it was written in."""

    node: jinja.Macro | jinja.CallBlock
    scope: Scope
    file: str
    macros: tuple[str, ...] = ()  # that are being called where it stands


@dataclass(frozen=True, slots=True)
class Module:
    """What an imported file defines."""

    entries: Mapping[str, Entry]


@dataclass(frozen=True, slots=True)
class Round:
    """``loop`` within a loop: the round's number from 0 and how many; -1 where unknown."""

    over: Unknown
    number: int = -1
    rounds: int = -1


Entry: TypeAlias = Value | Macro | Module | Round
Scope: TypeAlias = dict[str, Entry]


class Statements(Protocol):
    """What expressions ask of statements: text that macros and blocks write."""

    def call(self, macro: Macro, call: jinja.Call, scope: Scope, at: Place) -> Value:
        """Return what a macro writes."""
        ...

    def block(self, name: str, scope: Scope, at: Place) -> Value:
        """Return what ``self.name()`` writes; ``super`` for the block above."""
        ...
