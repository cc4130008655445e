"""Values for the slots of imported templates: plain ones, long ones, awkward ones.

An address must lead to where the rules let links lead, so its host is one of theirs.
"""

from __future__ import annotations

from collections.abc import Sequence

from filter.dialects.guess import samples_of_pattern
from filter.ruleset import Slot, SlotType
from filter.templates.samples import samples_of
from filter.templates.slots import accepts

_PATHS = ("/start", "/a/b?id=17", "/verify?flow=8f2a-41&token=eyJhbGciOi_JIUzI1NiJ9-x", "/")
_LONG = "/confirm/" + "0123456789abcdef" * 12


def sample_values(slot: Slot, hosts: Sequence[str]) -> tuple[str, ...]:
    """Return values that the slot takes, the plain one first; never empty.

    Raises ValueError for a slot of which no value is known: its pattern is a person's own.
    """
    values: tuple[str, ...]
    if slot.type is SlotType.URL:
        values = tuple(f"https://{host}{path}" for host in hosts for path in (*_PATHS, _LONG))
    elif slot.type is SlotType.PATTERN and samples_of_pattern(slot.pattern):
        values = samples_of_pattern(slot.pattern, hosts[0] if hosts else "www.example.org")
    else:
        values = samples_of(slot)
    fitting = tuple(value for value in dict.fromkeys(values) if accepts(slot, value))
    if not fitting:
        raise ValueError(f"no value is known that the slot {slot.name} takes")
    return fitting
