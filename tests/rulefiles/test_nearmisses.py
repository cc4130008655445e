"""Near misses: an approved message with one thing changed is held, or a hole is told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filter.reading.sandbox import Sandbox
from filter.rulefiles.load import check_sources, load_rules
from filter.rulefiles.missedits import in_html
from filter.rulefiles.nearmisses import SENTENCE, Change, Tried, chosen, try_near_misses
from filter.rulefiles.sources import SourceFile
from filter.ruleset import RuleSet
from filter.settings import Inspection

ROOT = Path(__file__).parent.parent.parent
LIMITS = Inspection()
NOTE = """\
templates:
  - id: note
    channel: [sms, email]
    from: [SHOP, "Shop <hello@shop.example>"]
    subject: "Order {order}"
    text: "Dear {name}, order {order} of RM 25 is ready. {note} See https://www.shop.example/orders/{order}"
    slots: {name: name 1-40, order: digits 6, note: text 1-NOTE}
    examples:
      pass:
        - "Dear Aisha, order 493021 of RM 25 is ready. Bring a bag.
          See https://www.shop.example/orders/493021"
      hold: [{name: no name, text: Dear.}]
links:
  - {id: orders, host: www.shop.example, path: "/orders/{order}"}
"""
PAGE = """\
templates:
  - id: page
    channel: email
    from: Shop <hello@shop.example>
    subject: Your order
    html: Your order is ready. See the order or ask for help.
    examples:
      pass:
        - html: '<p>Your order is ready. See <a href="https://www.shop.example/orders">the order</a>
            or <a href="https://help.shop.example/ask">ask for help</a>.</p>'
      hold: [{name: no name, html: "<p>Dear.</p>"}]
links:
  - {id: orders, host: www.shop.example}
  - {id: help, host: help.shop.example}
"""


@pytest.fixture(scope="module")
def looker() -> Iterator[Sandbox]:
    with Sandbox(LIMITS) as sandbox:
        yield sandbox


def rules_of(text: str) -> RuleSet:
    checked = check_sources([SourceFile("r.yaml", "r.yaml", Path("r.yaml"), text.encode())])
    assert checked.rules is not None, [p.render() for p in checked.problems]
    return checked.rules


def tried(text: str, looker: Sandbox, only: str = "") -> list[Tried]:
    return list(try_near_misses(rules_of(text), looker, LIMITS, only=only))


def test_each_change_is_made_and_held_for_what_was_changed(looker: Sandbox) -> None:
    found = tried(NOTE.replace("NOTE", "20"), looker)

    assert [one.miss.name for one in found if one.hole] == []
    codes = {one.miss.change: one.code for one in found}
    assert codes == {
        Change.LINK: "link.not_allowed",
        Change.LOOKALIKE: "link.lookalike",
        Change.LOOKALIKE_LETTER: "link.lookalike",
        Change.SENTENCE: "template.slot",
        Change.DROPPED: codes[Change.DROPPED],
        Change.WORD: "template.none",
        Change.NUMBER: "template.none",
        Change.INVISIBLE: "text.invisible",
        Change.STUFFED_LINK: "template.slot",
        Change.STUFFED_SENTENCE: "template.slot",
        Change.STUFFED_LONG: "template.slot",
        Change.SENDER: "sender.not_allowed",
    }


def test_a_slot_that_takes_a_sentence_is_a_hole(looker: Sandbox) -> None:
    found = tried(NOTE.replace("NOTE", "200"), looker)

    holes = {one.miss.change: one.hole for one in found if one.hole}
    assert set(holes) == {Change.STUFFED_SENTENCE}
    assert holes[Change.STUFFED_SENTENCE].startswith(f'the slot note takes "{SENTENCE}": give')


def test_the_value_of_a_slot_is_changed_wherever_it_stands(looker: Sandbox) -> None:
    found = tried(NOTE.replace("NOTE", "20"), looker, only="sentence in the slot order")

    mail = next(one.miss.example for one in found if one.miss.example.subject is not None)
    assert mail.subject == f"Order {SENTENCE}"
    assert (mail.text or "").count(SENTENCE) == 2


def test_links_behind_words_are_changed_and_swapped(looker: Sandbox) -> None:
    found = {one.miss.change: one for one in tried(PAGE, looker)}

    assert found[Change.HIDDEN_LINK].code == "link.not_allowed"
    assert "evil.example/orders" in (found[Change.HIDDEN_LINK].miss.example.html or "")
    # Both places are approved, and nothing says which words lead where.
    assert found[Change.SWAPPED_LINKS].hole.startswith("it would pass: approve the mark-up")


def test_a_sentence_that_another_wording_leaves_out_is_no_near_miss(looker: Sandbox) -> None:
    rules = PAGE.replace(
        "    html: Your", "    html:\n      - See the order or ask for help.\n      - Your"
    )

    assert Change.DROPPED not in {one.miss.change for one in tried(rules, looker)}


def test_one_of_each_change_is_chosen_and_no_hole(looker: Sandbox) -> None:
    found = chosen(tried(NOTE.replace("NOTE", "200"), looker))

    changes = [one.miss.change for one in found]
    assert len(changes) == len(set(changes)) == 12
    assert all(one.code for one in found)


def test_of_the_rules_that_ship_only_swapped_links_would_pass(looker: Sandbox) -> None:
    found = list(try_near_misses(load_rules(ROOT / "rules"), looker, LIMITS))

    assert {one.miss.change for one in found if one.hole} <= {Change.SWAPPED_LINKS}
    assert len(found) > 100


STRUCTURED = """\
templates:
  - id: order
    channel: [sms, email]
    from: [SHOP, "Shop <hello@shop.example>"]
    subject: "Order {order}"
    match: MATCH
    text: "Order {order} is {#either}ready{#or}late{#end}. {#maybe}It is a gift. {#end}It holds:
      {#repeat items 1-3}{item}, {#end}and that is all."
    slots: {order: digits 6, item: words 1-30}
    examples:
      pass: ["Order 493021 is ready. It is a gift. It holds: red shoes, and that is all."]
      hold: [{name: no name, text: Dear.}]
"""


@pytest.mark.parametrize("mode", ["folded", "dlt"])
def test_choices_and_repeats_have_near_misses_too(looker: Sandbox, mode: str) -> None:
    text = STRUCTURED.replace("MATCH", mode)
    text = (
        text
        if mode == "folded"
        else text.replace("[sms, email]", "sms")
        .replace('[SHOP, "Shop <hello@shop.example>"]', "SHOP")
        .replace('    subject: "Order {order}"\n', "")
    )
    found = {one.miss.name: one for one in tried(text, looker)}

    # Without its commas, the sentence is three values of the repeat: truly a hole.
    holes = {"sentence in the slot item"} if mode == "dlt" else set()
    assert {one.miss.name for one in found.values() if one.hole} == holes
    # What may be left out is not what is left out: that would be approved.
    assert "It holds" not in (found["dropped sentence"].miss.example.text or "")
    assert "gift" in (found["dropped sentence"].miss.example.text or "")
    assert found["link in the slot item"].code == "template.slot" or mode == "dlt"
    assert {
        "changed word",
        "sentence in the slot order",
        "too long a value in the slot item",
    } <= set(found)


@given(st.text(st.sampled_from("<>&;/ab \"'=!-#x\n"), max_size=60))
def test_a_page_in_which_nothing_is_changed_stays_as_it_was_written(source: str) -> None:
    assert in_html(source, lambda text: text, attributes=True) == source
