"""What pictures that go on look like is remembered, and of no others."""

from __future__ import annotations

from dataclasses import replace

import pytest

from filter.floodrules import FloodRules, RepeatRule
from filter.inspection import judge_message
from filter.message import Appearance, Message, Picture, PictureView
from filter.outcome import Answer, NextHopAway, Relayed
from filter.ruleset import PictureRule, RuleSet
from filter.settings import GateMode
from filter.subject import Scope
from filter.templates.matcher import compile_matcher
from tests.core.pipelineworld import HOLD, PASS, World
from tests.templates.build import OTP, mail

SHOWING = replace(OTP, pictures=PictureRule(0, 5))
RULES = RuleSet("r1", (SHOWING,), (), (), compile_matcher((SHOWING,)))
SEEN = Appearance((PictureView("whole", bytes(32), 80),))
LOGO = Picture("a" * 64, "image/png", "part 2", b"x", width=9, height=8, appearance=SEEN)


def _letter(*pictures: Picture) -> Message:
    body = "Your code is 493021. It expires in 5 minutes."
    return replace(mail("Your code 493021", body), pictures=pictures)


async def test_what_was_relayed_is_remembered() -> None:
    world = World()

    assert isinstance(await world.send(), Relayed)

    assert world.remembered == [PASS]


@pytest.mark.parametrize(
    "answer", [Answer(False, "550 5.7.1 no", "550"), NextHopAway("gone", may_have_sent=True)]
)
async def test_what_the_next_hop_refuses_is_not(answer: Answer[str] | Exception) -> None:
    world = World()
    world.hop.answer = answer

    await world.send()

    assert world.remembered == []


async def test_what_is_held_is_not() -> None:
    world = World()
    world.judge_as(HOLD)

    await world.send()

    assert world.remembered == []


async def test_a_memory_that_fails_changes_no_answer() -> None:
    world = World()

    class Full(list[object]):
        def append(self, _one: object) -> None:
            raise MemoryError

    world.remembered = Full()  # type: ignore[assignment]

    assert isinstance(await world.send(), Relayed)


async def test_a_gate_on_trial_remembers_no_pictures_that_it_would_hold() -> None:
    world = World()
    world.mode = GateMode.SHADOW
    world.judge_as(HOLD)

    assert isinstance(await world.send(), Relayed)

    assert all(verdict.pictures == () for verdict in world.remembered)


def test_the_verdict_of_a_passing_message_has_its_pictures_once() -> None:
    inside = replace(LOGO, digest="b" * 64, content=b"")

    verdict = judge_message(_letter(LOGO, LOGO, inside), RULES)

    assert [(p.digest, p.width, p.height) for p in verdict.pictures] == [
        ("a" * 64, 9, 8),
        ("b" * 64, 9, 8),
    ]
    assert verdict.pictures[0].views is SEEN.views


def test_codes_for_one_person_and_what_shows_nothing_are_left_out() -> None:
    code = replace(LOGO, is_code=True)
    spacer = replace(LOGO, digest="c" * 64, appearance=Appearance())

    assert judge_message(_letter(code, spacer), RULES).pictures == ()


def test_a_fingerprint_and_the_pictures_go_together() -> None:
    floods = FloodRules(repeats=(RepeatRule("twice", "rules/limits.yaml:1", Scope(), 60),))

    verdict = judge_message(_letter(LOGO), replace(RULES, floods=floods))

    assert verdict.fingerprint
    assert verdict.pictures


def test_a_message_that_is_held_has_none() -> None:
    assert judge_message(replace(_letter(LOGO), views=()), RULES).pictures == ()
