"""How a slot is written into a rule file: ``digits 6``, or a mapping where there is more to say."""

from __future__ import annotations

import re
from collections.abc import Iterator

from filter.rulefiles.yamlwords import flow_mapping, inline
from filter.ruleset import Slot, SlotType

_COUNTED = (SlotType.NUMBER, SlotType.MONEY)
# What the short form takes for a number (filter/rulefiles/model.py).
_PLAIN_NUMBER = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,6})?")
# The key of each option, beside the length, and in which order they stand.
_KEYS = (
    ("min", "minimum"),
    ("max", "maximum"),
    ("decimals", "decimals"),
    ("currency", "currency"),
    ("formats", "formats"),
    ("values", "values"),
    ("max_words", "max_words"),
    ("pattern", "pattern"),
)


def write_slot(slot: Slot) -> str:
    """Return a slot as one value: the short form where it says the same, else a mapping."""
    options = dict(_options(slot))
    return _short(slot, options) or flow_mapping([("type", str(slot.type)), *options.items()])


def _options(slot: Slot) -> Iterator[tuple[str, str]]:
    if slot.min_length is not None and slot.min_length == slot.max_length:
        yield "length", str(slot.min_length)
    else:
        if slot.min_length is not None:
            yield "min_length", str(slot.min_length)
        if slot.max_length is not None:
            yield "max_length", str(slot.max_length)
    for key, field in _KEYS:
        value = getattr(slot, field)
        if value not in (None, (), ""):
            yield key, _value(value)


def _value(value: object) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(inline, value))}]"
    if isinstance(value, float):
        return _number(value)
    return inline(value) if isinstance(value, str) else str(value)


def _short(slot: Slot, options: dict[str, str]) -> str:
    """Return ``digits 6``, ``text 1-40``, ``number 1-60``, or "" when there is more to say."""
    counted = slot.type in _COUNTED
    low, high = ("min", "max") if counted else ("min_length", "max_length")
    # A number alone is the greatest value, or the exact length.
    alone = "max" if counted else "length"
    given = set(options)
    if not given:
        return str(slot.type)
    if given == {alone} and _PLAIN_NUMBER.fullmatch(options[alone]):
        return f"{slot.type} {options[alone]}"
    if given == {low, high} and all(map(_PLAIN_NUMBER.fullmatch, options.values())):
        return f"{slot.type} {options[low]}-{options[high]}"
    return ""


def _number(value: float) -> str:
    """Return a number as YAML 1.2 reads it; whole ones without a point."""
    if value == int(value) and abs(value) < 1e15:  # noqa: PLR2004 - beyond it floats are not exact
        return str(int(value))
    return repr(value)
