"""What rules in shadow would have done, as it is kept, counted, listed and forgotten."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from filter.quarantine.retention import sweep
from filter.settings import Quarantine
from filter.verdict import Effect, Trial, TrialKind
from tests.quarantine.commandworld import World
from tests.quarantine.messages import HOLD, PASS, decision_on, mail, older

PRANK = Trial(TrialKind.PICTURE, "prank", Effect.HOLD, "image.known")
VISIT = Trial(TrialKind.TEMPLATE, "visit", Effect.PASS, "template.none")
SITE = Trial(TrialKind.LINK, "site", Effect.PASS, "template.none")


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def _passes(world: World, *trials: Trial, age: timedelta = timedelta()) -> str:
    decision = decision_on(older(mail(), age), replace(PASS, trials=trials))
    asyncio.run(world.store.record(decision))
    return decision.id


def _counts(world: World, *options: str) -> list[tuple[object, ...]]:
    found = world.objects("decisions", "shadow", *options)
    return [(one["rule"], one["would_be"], one["messages"]) for one in found]


def test_messages_are_counted_by_rule_and_effect_most_first(world: World) -> None:
    first = _passes(world, PRANK, age=timedelta(hours=5))
    last = _passes(world, PRANK)
    world.holds(mail(), replace(HOLD, trials=(VISIT, SITE)))

    assert sorted(_counts(world)) == [
        ("prank", "held", 2),
        ("site", "passed", 1),
        ("visit", "passed", 1),
    ]
    (header, row) = world.rows("decisions", "shadow", "--rule", "prank")
    assert header == ["kind", "rule", "would be", "messages", "reason", "since", "last", "latest"]
    assert row[:6] == ["picture", "prank", "held", "2", "image.known", "5h"]
    assert row[7] == f"{last} {first}"


def test_only_the_span_that_is_asked_for_counts(world: World) -> None:
    _passes(world, PRANK, age=timedelta(days=2))
    _passes(world, PRANK)

    assert _counts(world, "--since", "1d") == [("prank", "held", 1)]


def test_without_trials_there_is_one_sentence(world: World) -> None:
    _passes(world)

    result = world.run("decisions", "shadow")

    assert "no message met a rule in shadow" in result.stderr


def test_messages_are_listed_by_what_would_have_become_of_them(world: World) -> None:
    pranked, plain = _passes(world, PRANK), _passes(world)
    held = world.holds(mail(), replace(HOLD, trials=(VISIT, SITE)))

    def ids(*options: str) -> list[object]:
        return [one["id"] for one in world.objects("decisions", "list", *options)]

    assert ids("--would-be", "held") == [pranked]
    assert ids("--would-be", "passed") == [held]
    assert ids("--rule", "site") == [held]
    assert ids("--would-be", "held", "--rule", "site") == []
    assert ids("--would-be", "held", "--since", "1h") == [pranked]
    assert set(ids()) == {pranked, plain, held}


def test_one_message_says_it_too(world: World) -> None:
    transaction_id = _passes(world, PRANK)

    shown = world.run("decisions", "show", transaction_id).stdout
    (record,) = world.objects("decisions", "show", transaction_id)

    assert "picture prank, in shadow: it would have been held (image.known)" in shown
    assert json.dumps(record).count('"effect": "hold"') == 1


def test_the_overview_counts_messages_not_rules(world: World) -> None:
    world.holds(mail(), replace(HOLD, trials=(VISIT, SITE)))
    _passes(world, PRANK)
    _passes(world, PRANK, age=timedelta(days=3))

    seen = world.store.overview(datetime.now(UTC))

    assert (seen.would_be_held_last_day, seen.would_pass_last_day) == (1, 1)


def test_they_go_with_their_decisions(world: World) -> None:
    _passes(world, PRANK, age=timedelta(days=400))
    _passes(world, PRANK)

    sweep(world.store, datetime.now(UTC), Quarantine(min_free_bytes=0))

    assert _counts(world) == [("prank", "held", 1)]
