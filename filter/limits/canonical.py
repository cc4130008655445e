"""Rules about how many, with whom they name in the one form that messages are counted in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeVar

from filter.floodrules import FloodRules, Floor, Limit, RepeatRule, Watch
from filter.limits.recipients import addressee_of
from filter.limits.subjects import sender_of
from filter.settings import Limits
from filter.subject import Dimension, Scope

Counting = TypeVar("Counting", Limit, Watch, Floor)
# How a value of these dimensions is written where messages are counted, however a person writes it.
FORMS: Mapping[Dimension, Callable[[str, Limits], str]] = {
    Dimension.RECIPIENT: lambda value, settings: addressee_of(value, settings).recipient,
    Dimension.DOMAIN: lambda value, settings: addressee_of(f"x@{value}", settings).domain,
    Dimension.SENDER: sender_of,
}


def canonical(rules: FloodRules, settings: Limits) -> FloodRules:
    """Return the rules for these settings.

    Whether a plus tag tells recipients apart, and that Gmail reads no dots, is known here and not
    where the files are read; a rule about `first.last@gmail.com` would never count anything.
    """
    return FloodRules(
        limits=tuple(_counting(rule, settings) for rule in rules.limits),
        watches=tuple(_counting(rule, settings) for rule in rules.watches),
        floors=tuple(_counting(rule, settings) for rule in rules.floors),
        repeats=tuple(_repeat(rule, settings) for rule in rules.repeats),
    )


def _counting(rule: Counting, settings: Limits) -> Counting:
    safe = tuple(_scope(scope, settings) for scope in rule.safe)
    return replace(rule, match=_scope(rule.match, settings), safe=safe)


def _repeat(rule: RepeatRule, settings: Limits) -> RepeatRule:
    return replace(rule, match=_scope(rule.match, settings))


def _scope(scope: Scope, settings: Limits) -> Scope:
    if scope.values.keys().isdisjoint(FORMS):
        return scope
    return Scope(
        {
            dimension: frozenset(FORMS.get(dimension, _same)(value, settings) for value in wanted)
            for dimension, wanted in scope.values.items()
        }
    )


def _same(value: str, _settings: Limits) -> str:
    return value
