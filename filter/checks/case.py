"""What every check is given."""

from __future__ import annotations

from dataclasses import dataclass

from filter.message import Message
from filter.ruleset import Match, Miss, RuleSet


@dataclass(frozen=True, slots=True)
class Case:
    """A message, the rules in force, and the template that it fits (or why none does)."""

    message: Message
    rules: RuleSet
    found: Match | Miss
