"""Near misses as they are written beside a template: what they say, and that they are held."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from filter.message import Channel
from filter.reading.sandbox import Sandbox
from filter.rulefiles.drafts import DraftExample, DraftFile, DraftLink, DraftSlot, DraftTemplate
from filter.rulefiles.draftwriter import write_rules
from filter.rulefiles.examples import run_examples
from filter.rulefiles.load import check_sources
from filter.rulefiles.missexamples import DraftInvalid, with_near_misses
from filter.rulefiles.nearmisses import Change
from filter.rulefiles.sources import SourceFile
from filter.ruleset import Slot, SlotType
from filter.settings import Inspection

LIMITS = Inspection()
TEXT = "Dear {name}, order {order} of RM 25 is ready. See https://www.shop.example/orders/{order}"
SAID = "Dear Aisha, order 493021 of RM 25 is ready. See https://www.shop.example/orders/493021"
DRAFT = DraftTemplate(
    id="order",
    channels=(Channel.SMS,),
    senders=("SHOP",),
    texts=(TEXT,),
    slots=(
        DraftSlot(Slot("name", SlotType.NAME)),
        DraftSlot(Slot("order", SlotType.DIGITS, min_length=6, max_length=6)),
    ),
    passing=(DraftExample(text=SAID),),
)
LINK = DraftLink("orders", host="www.shop.example", path="/orders/{order}")


@pytest.fixture(scope="module")
def looker() -> Iterator[Sandbox]:
    with Sandbox(LIMITS) as sandbox:
        yield sandbox


def wrong_of(file: DraftFile, looker: Sandbox) -> tuple[list[str], int]:
    source = SourceFile("r.yaml", "r.yaml", Path("r.yaml"), write_rules(file).encode())
    checked = check_sources([source])
    assert checked.rules is not None, [p.render() for p in checked.problems]
    outcomes = list(run_examples(checked.rules, looker, LIMITS))
    return [f"{o.name}: {o.trouble}" for o in outcomes if not o.is_right], len(outcomes)


@pytest.mark.parametrize("channels", [(Channel.SMS,), (Channel.SMS, Channel.EMAIL)])
def test_a_draft_gets_near_misses_that_are_held_as_they_say(
    looker: Sandbox, channels: tuple[Channel, ...]
) -> None:
    senders = ("SHOP", "Shop <hello@shop.example>")[: len(channels)]
    template = DraftTemplate(
        id="order",
        channels=channels,
        senders=senders,
        subjects=("Order {order}",)[: len(channels) - 1],
        texts=DRAFT.texts,
        slots=DRAFT.slots,
        passing=DRAFT.passing,
    )
    done = with_near_misses(DraftFile((template,), (LINK,)), write_rules, [], looker, LIMITS)

    assert done.holes == ()
    held = {one.name: one.code for one in done.file.templates[0].holding}
    assert held[Change.LINK] == "link.not_allowed"
    assert held["link in the slot name"] == "template.slot"
    assert all(held.values())
    assert len(held) >= 10
    wrong, count = wrong_of(done.file, looker)
    assert wrong == []
    assert count > len(held)


def test_what_a_template_holds_already_stays(looker: Sandbox) -> None:
    own = DraftExample(name="my own", text="Dear.")
    template = DraftTemplate(
        id="order",
        channels=DRAFT.channels,
        senders=DRAFT.senders,
        texts=DRAFT.texts,
        slots=DRAFT.slots,
        passing=DRAFT.passing,
        holding=(own,),
    )
    done = with_near_misses(DraftFile((template,), (LINK,)), write_rules, [], looker, LIMITS)

    assert done.file.templates[0].holding[0] == own


def test_what_would_pass_is_no_example_but_told(looker: Sandbox) -> None:
    note = DraftSlot(Slot("name", SlotType.TEXT, max_length=200))
    template = DraftTemplate(
        id="order",
        channels=DRAFT.channels,
        senders=DRAFT.senders,
        texts=DRAFT.texts,
        slots=(note, DRAFT.slots[1]),
        passing=DRAFT.passing,
    )
    done = with_near_misses(DraftFile((template,), (LINK,)), write_rules, [], looker, LIMITS)

    assert [one.miss.name for one in done.holes] == ["sentence in the slot name"]
    assert wrong_of(done.file, looker)[0] == []


def test_a_draft_that_is_no_rule_is_refused_with_its_problems(looker: Sandbox) -> None:
    with pytest.raises(DraftInvalid, match="E0"):
        with_near_misses(DraftFile((DRAFT,)), lambda _: "templates: [1]\n", [], looker, LIMITS)
