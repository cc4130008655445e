"""``sallyport quarantine show --explain``, as people and scripts use it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from filter.cli import explained
from filter.message import Transaction
from filter.quarantine.item import State
from tests.battery.good import CODE_TEXT
from tests.battery.good import mail as approved_mail
from tests.battery.sample import ENVELOPE
from tests.quarantine.commandworld import World
from tests.quarantine.messages import HOLD, mail, text

RULES = """
senders:
  - {id: clinic, from: "MyHealth <no-reply@health.example>"}
  - {id: texts, from: MYHEALTH}
links:
  - {id: home, host: health.example, path: /}
templates:
  - id: code
    channel: [email, sms]
    from: [clinic, texts]
    subject: Your sign-in code
    text: "Hello {name}, your sign-in code is {code}. It expires in 10 minutes. Never share it."
    slots:
      name: {type: name, max_length: 60}
      code: digits 6
    examples:
      pass: ["Hello Anna, your sign-in code is 493021. It expires in 10 minutes. Never share it."]
      hold: ["Hello Anna, your sign-in code is 493021. Never share it."]
"""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "code.yaml").write_text(RULES)
    world = World(tmp_path, f"rules: {rules}\n")
    with world.store:
        yield world


def letter(content: bytes) -> Transaction:
    return replace(mail(content), envelope=ENVELOPE)


def hostile() -> bytes:
    return approved_mail(f"{CODE_TEXT} Call https://evil.example/x\n")


def test_it_shows_the_texts_beside_the_template_of_today(world: World) -> None:
    transaction_id = world.holds(letter(hostile()))

    result = world.run("quarantine", "show", "--explain", transaction_id)

    assert result.exit_code == 0
    explained_lines = result.stdout.partition("\nExplained\n")[2].splitlines()
    assert explained_lines[0].startswith("  under the rules ")
    assert explained_lines[0].endswith("; it was held under 0123456789ab")
    assert explained_lines[1] == "  now       template.none, link.not_allowed"
    assert "      nearest template: code" in explained_lines
    assert any("{+Call https://evil.example/x+}" in line for line in explained_lines)
    assert "        {code} = 493021" in explained_lines
    assert "        host       evil.example" in explained_lines


def test_machines_are_told_the_same(world: World) -> None:
    transaction_id = world.holds(letter(hostile()))

    (item,) = world.objects("quarantine", "show", "--explain", transaction_id)

    shown = item["explained"]
    assert isinstance(shown, dict)
    assert shown["template"] == "code"
    assert [link["link"] for link in shown["links"]] == ["https://evil.example/x"]
    assert item["explained_codes"] == ["template.none", "link.not_allowed"]
    assert item["explained_rules"] != "0123456789ab"
    (plain,) = world.objects("quarantine", "show", transaction_id)
    assert "explained" not in plain


def test_what_would_pass_by_now_is_told_so(world: World) -> None:
    transaction_id = world.holds(letter(approved_mail()))

    lines = world.run("quarantine", "show", "--explain", transaction_id).stdout.splitlines()

    assert "  now       it would pass" in lines
    assert "      fits template: code" in lines


def test_under_the_same_rules_none_are_named(world: World) -> None:
    first = world.holds(letter(hostile()))
    (item,) = world.objects("quarantine", "show", "--explain", first)
    again = world.holds(letter(hostile()), replace(HOLD, revision=str(item["explained_rules"])))

    assert "under the rules" not in world.run("quarantine", "show", "--explain", again).stdout


def test_a_text_message_is_explained_too(world: World) -> None:
    transaction_id = world.holds(text())

    out = world.run("quarantine", "show", "--explain", transaction_id).stdout

    assert "link evil.example" in out


def test_content_that_retention_deleted_is_not_explained(world: World) -> None:
    transaction_id = world.holds(letter(hostile()))
    world.store.change(transaction_id, State.HELD, State.DISCARDED, by="x")
    now = datetime.now(UTC)
    world.store.sweep(now + timedelta(days=365), now - timedelta(days=365))

    out = world.run("quarantine", "show", "--explain", transaction_id).stdout

    assert out.endswith("Explained\n  its content was deleted by retention\n")
    (item,) = world.objects("quarantine", "show", "--explain", transaction_id)
    assert "explained" not in item


def test_an_explanation_that_fails_is_one_line(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RecursionError

    monkeypatch.setattr(explained, "set_beside", fail)
    transaction_id = world.holds(letter(hostile()))

    result = world.run("quarantine", "show", "--explain", transaction_id)

    assert result.exit_code == 0
    assert result.stdout.endswith("      the explanation failed: RecursionError\n")
