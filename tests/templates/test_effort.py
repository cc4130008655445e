"""No text makes the gate think for long, whatever it may repeat."""

from __future__ import annotations

import time

import pytest

from filter.ruleset import Miss, Slot, SlotType
from filter.templates.matcher import compile_matcher
from tests.templates.build import sms, texts

LINK = Slot("b", SlotType.WORDS, max_length=500)
PROSE = Slot("b", SlotType.TEXT, max_length=5000)
DIGITS = Slot("d", SlotType.DIGITS)


@pytest.mark.parametrize(
    ("pattern", "slot", "said"),
    [
        ("{#repeat 0-1000}{b}{#maybe}x{#end}{#end}", LINK, "https://a.example/" * 400),
        ("{#repeat 0-1000}{b}{#repeat 0-50}{b}{#end}{#end}", PROSE, "xé zz " * 3000),
        ("{#repeat 0-1000}" * 4 + "{#maybe}x {#end}" + "{#end}" * 4, PROSE, "x " * 1000),
        ("".join(f"{{#maybe m{n % 150}}}w {{#end}}" for n in range(300)), PROSE, "w " * 151),
    ],
)
def test_a_text_that_nearly_fits_in_many_ways_is_held_soon(
    pattern: str, slot: Slot, said: str
) -> None:
    matcher = compile_matcher([texts(f"Hi {pattern} zz {{d}} end.", slots=[slot, DIGITS])])
    begun = time.process_time()

    outcome = matcher.match(sms(f"Hi {said} zz end."))

    assert isinstance(outcome, Miss)
    assert time.process_time() - begun < 3  # a second, on a machine that does nothing else
