"""Rules on trial, and rules tried on what has passed a gate that runs."""

from __future__ import annotations

import json
import shutil
import smtplib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.run.gate import RULES, Gate, Sink
from tests.run.test_run import run, wait_for

TRIAL = """\
templates:
  - id: reminder
    description: A reminder, on trial
    mode: shadow
    channel: email
    from: ["Shop <shop@example.org>"]
    subject: "Reminder {number}"
    text: "Remember receipt {number}: https://shop.example/r/{number}"
    slots:
      number: {type: digits, max_length: 8}
    examples:
      pass: [{subject: "Reminder 1", text: "Remember receipt 1: https://shop.example/r/1"}]
      hold: [{subject: "Reminder 1", text: "Forget receipt 1: https://shop.example/r/1"}]
links:
  - {id: receipts, host: shop.example, path: "/r/{number}", mode: shadow}
"""
LOST = "Your receipt 1 is lost. Thank you."
REMINDER = "Remember receipt 7: https://shop.example/r/7"


def _send(port: int, subject: str, text: str) -> str:
    with smtplib.SMTP("127.0.0.1", port, timeout=60) as client:
        client.ehlo("app.example.org")
        client.mail("shop@example.org")
        client.rcpt("someone@example.org")
        _, reply = client.data(
            "From: Shop <shop@example.org>\r\nTo: someone@example.org\r\n"
            f"Subject: {subject}\r\nMIME-Version: 1.0\r\n"
            f"Content-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n"
        )
    return reply.decode()


def _receipt(port: int, number: str) -> str:
    return _send(port, f"Receipt {number}", f"Your receipt {number} is ready. Thank you.")


def _kept(gate: Gate) -> int:
    with sqlite3.connect(gate.folder / "state" / "sallyport.db") as store:
        return int(store.execute("SELECT count(*) FROM passed").fetchone()[0])


def _candidate(gate: Gate, old: str, new: str) -> Path:
    """Return a folder with the gate's rules, changed."""
    folder = gate.folder / "new"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(gate.rules, folder)
    file = folder / "receipt.yaml"
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new))
    return folder


def _replay(gate: Gate, rules: Path, *more: str) -> dict[str, object]:
    arguments = ("--settings", str(gate.settings), "--rules", str(rules), "--json", *more)
    done = run("replay", *arguments)
    assert done.returncode == 0, done.stderr
    answer: dict[str, object] = json.loads(done.stdout)
    return answer


@pytest.fixture
def keeping(tmp_path: Path, sink: Sink) -> Iterator[Gate]:
    with Gate(tmp_path, sink.port, quarantine={"passed_days": 7}) as running:
        yield running


def test_changed_rules_are_tried_on_messages_that_were_kept(keeping: Gate) -> None:
    short, long = _receipt(keeping.port, "12"), _receipt(keeping.port, "12345")
    held = _send(keeping.port, "Receipt 1", LOST).split()[-1]
    assert "taken" in short
    assert "taken" in long
    wait_for(lambda: _kept(keeping) == 2)
    new = _candidate(keeping, "max_length: 8", "max_length: 3")
    text = (new / "receipt.yaml").read_text()
    ready = 'text: "Your receipt {number} is ready. Thank you."'
    both = 'text: ["Your receipt {number} is ready. Thank you.", "Your receipt {number} is lost. '
    (new / "receipt.yaml").write_text(text.replace(ready, both + 'Thank you."]'))

    said = _replay(keeping, new)

    assert said["decisions"] == 3
    assert said["counts"] == {
        "newly-held": 1,
        "may-be-held": 0,
        "newly-passed": 1,
        "may-be-passed": 0,
        "stays-passed": 1,
        "stays-held": 0,
    }
    changes = said["changes"]
    assert isinstance(changes, list)
    first, second = changes
    assert (first["change"], first["rule"], first["reason"]) == (
        "newly-held",
        "receipt",
        "template.slot",
    )
    assert '"12345"' in first["detail"]
    assert (second["change"], second["rule"]) == ("newly-passed", "receipt")
    assert second["latest"] == [held]
    shown = run("replay", "--settings", str(keeping.settings), "--rules", str(new)).stdout
    assert shown.index("PASS -> HOLD") < shown.index("HOLD -> PASS")
    failing = ("--fail-on", "newly-passed", "--rules", str(new))
    assert run("replay", "--settings", str(keeping.settings), *failing).returncode == 1


def test_what_passed_and_is_not_kept_is_known_by_the_rules_that_it_passed_by(gate: Gate) -> None:
    _receipt(gate.port, "12")
    _send(gate.port, "Receipt 1", LOST)
    other_words = _candidate(gate, "A receipt", "Another description")
    unharmed = _replay(gate, other_words, "--fail-on", "may-be-held", "--fail-on", "newly-held")

    narrower = _replay(gate, _candidate(gate, "max_length: 8", "max_length: 3"))

    assert unharmed["changes"] == []
    assert unharmed["known_by"] == {"content": 1, "digest": 1, "revision": 0, "nothing": 0}
    assert narrower["changes"] == [
        {
            "change": "may-be-held",
            "rule": "receipt",
            "reason": "the template receipt changed",
            "detail": None,
            "messages": 1,
            "latest": narrower["changes"][0]["latest"],  # type: ignore[index]
        }
    ]


def test_a_replay_with_invalid_rules_or_without_a_store_says_so(tmp_path: Path) -> None:
    settings = tmp_path / "sallyport.yaml"
    settings.write_text("state: state\n")
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "receipt.yaml").write_text("templates: [{id: x}]\n")
    invalid = run("replay", "--settings", str(settings), "--rules", str(rules))
    (rules / "receipt.yaml").write_text(RULES)

    away = run("replay", "--settings", str(settings), "--rules", str(rules))

    assert (invalid.returncode, away.returncode) == (3, 5)


def test_rules_in_shadow_are_counted_and_let_nothing_pass(tmp_path: Path, sink: Sink) -> None:
    gate = Gate(tmp_path, sink.port)
    (gate.rules / "trial.yaml").write_text(TRIAL)
    with gate:
        held = _send(gate.port, "Reminder 7", REMINDER)
        _send(gate.port, "Reminder 7", "Remember nothing.")

        settings = ("--settings", str(gate.settings))
        counts = run("decisions", "shadow", "--json", *settings).stdout.splitlines()
        listed = run("decisions", "list", "--would-be", "passed", "--json", *settings).stdout
        status = run("status", *settings).stdout

    assert held.startswith("2.6.0 held as m_")
    assert sink.contents == []
    found = {(c["kind"], c["rule"], c["would_be"], c["messages"]) for c in map(json.loads, counts)}
    assert found == {("template", "reminder", "passed", 1), ("link", "receipts", "passed", 1)}
    assert [json.loads(line)["id"] for line in listed.splitlines()] == [held.split()[-1]]
    assert "SHADOW in the last day 0 messages would have been held, 1 let through" in status


def test_a_gate_in_shadow_counts_what_it_would_have_held(tmp_path: Path, sink: Sink) -> None:
    with Gate(tmp_path, sink.port, mode="shadow") as gate:
        passed = _send(gate.port, "Receipt 1", LOST)
        settings = ("--settings", str(gate.settings))
        (line,) = run("decisions", "shadow", "--json", *settings).stdout.splitlines()
        (of_gate,) = run("decisions", "list", "--would-be", "held", *settings).stdout.splitlines()[
            1:
        ]
        status = run("status", *settings).stdout

    assert "taken" in passed
    count = json.loads(line)
    assert (count["kind"], count["would_be"], count["reason"]) == ("gate", "held", "template.none")
    assert count["latest"] == [of_gate.split("\t")[0]]
    assert "1 message would have been held, 0 let through" in status
