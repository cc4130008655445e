"""A slot as somebody types it, on the command line: ``digits 6``, or a mapping in YAML."""

from __future__ import annotations

from pydantic import BaseModel, ValidationError

from filter.problems import did_you_mean
from filter.rulefiles.model import _Slot
from filter.rulefiles.templates import slot_of
from filter.ruleset import Slot, SlotType
from filter.strictyaml import read_yaml
from filter.templates.slots import problems_of


class _Slots(BaseModel):
    slots: dict[str, _Slot]


def read_typed_slot(name: str, text: str) -> Slot:
    """Return the slot that a text stands for. Raises ValueError, with the remedy in its text."""
    document, problems = read_yaml(text.encode(), "")
    if problems or document.value is None:
        raise ValueError(f"`{text}` is not a slot; write `digits 6`, or {{type: name}}")
    try:
        rule = _Slots.model_validate({"slots": {name: document.value}}).slots[name]
    except ValidationError as error:
        word = str(document.value).split()[0] if isinstance(document.value, str) else ""
        close = did_you_mean(word, [str(one) for one in SlotType]) if word else ""
        said = error.errors()[0]["msg"]
        raise ValueError(f"`{text}` is not a slot: {close or said}") from error
    slot: Slot = slot_of(name, rule)
    wrong = problems_of(slot)
    if wrong:
        raise ValueError(f"`{text}` is not a slot: {wrong[0]}")
    return slot
