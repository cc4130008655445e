"""The whole demo, as people run it, and that it does not praise a gate that fails."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from filter.demo.director import Director, rules_folder
from filter.demo.narrator import Lines, Story, around
from filter.demo.play import Ending, Reason, Scene, Way
from filter.demo.provider import Provider
from filter.demo.relay import Relay
from filter.demo.stage import Stage, StageError

ROOT = Path(__file__).parent.parent.parent


@pytest.mark.xdist_group("demo")
def test_the_demo_comes_out_as_it_should(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "filter", "demo", "--json"],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path)},
    )
    assert done.returncode == 0, done.stdout + done.stderr

    events = [json.loads(line) for line in done.stdout.splitlines()]
    messages = [event for event in events if event["event"] == "message"]
    commands = [event for event in events if event["event"] == "command"]
    assert events[-1]["event"] == "summary"
    assert events[-1]["troubles"] == 0
    assert {m["disposition"] for m in messages} == {"pass", "quarantine"}
    assert all(m["disposition"] == m["expected"] for m in messages)
    assert sum("image.known" in str(m["findings"]) for m in messages) == 3
    assert [c["command"][1:3] for c in commands] == [
        ["cases", "show"],
        ["pause", "--client"],
        ["cases", "discard"],
        ["quarantine", "release"],
        ["decisions", "show"],
    ]
    told = {event["event"]: event for event in events}
    dresses = [event for event in events if event["event"] == "dress"]
    assert len({one["dress"] for one in dresses}) == 12
    known_by = " ".join(one["known_by"] for one in dresses)
    assert "distance" in known_by
    assert "places" in known_by
    pictures = told["pictures"]
    assert (pictures["dresses"], pictures["held"]) == (12, 12)
    assert (pictures["honest"], pictures["passed"]) == (50, 50)
    assert told["flood"]["sent"] == 5000
    # 30 at once, eight senders, and one more a second for ten seconds: more than 38 sends take.
    assert told["flood"]["first_held"] <= 48
    assert told["flood"]["held"] + told["flood"]["delivered"] == 5000
    assert told["paused"] == {"event": "paused", "sent": 200, "delivered": 0, "held": 200}
    assert told["sign_ins"] == {"event": "sign_ins", "sent": 50, "delivered": 50}
    assert list(tmp_path.iterdir()) == [], "the demo leaves nothing behind"


@pytest.mark.xdist_group("demo")
def test_the_demo_notices_a_flood_that_no_limit_stops(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rules = tmp_path / "rules"
    shutil.copytree(rules_folder(), rules)
    (rules / "limits.yaml").unlink()

    with (
        Relay() as relay,
        Provider() as provider,
        Stage(tmp_path, rules, relay_port=relay.port, provider_url=provider.url) as stage,
    ):
        Director(stage, relay, provider, Lines(), strangers=100).perform()

    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    told = [event["detail"] for event in events if event["event"] == "trouble"]
    assert "the flood was not held within its first 48 messages" in told
    assert "the flood is 0 cases instead of one" in told


@pytest.mark.xdist_group("demo")
def test_the_demo_notices_rules_that_let_the_wrong_things_through(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rules = tmp_path / "rules"
    shutil.copytree(rules_folder(), rules)
    known = rules / "known-pictures.yaml"
    known.write_text(known.read_text().replace("mode: enforce", "mode: off"))
    sign_in = rules / "sign-in.yaml"
    sign_in.write_text(
        sign_in.read_text().replace(
            "  - id: sign-in-mail\n", "  - id: sign-in-mail\n    mode: off\n"
        )
    )

    with (
        Relay() as relay,
        Provider() as provider,
        Stage(tmp_path, rules, relay_port=relay.port, provider_url=provider.url) as stage,
    ):
        troubles = Director(stage, relay, provider, Lines(), strangers=200).perform()

    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    wrong = [e for e in events if e["event"] == "message" and e["troubles"]]
    assert troubles > 0
    assert "it was held" in wrong[0]["troubles"]
    assert events[-1]["troubles"] == troubles


def test_a_gate_that_cannot_start_is_an_error_with_its_own_words(tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "bad.yaml").write_text("templates:\n  - id: x\n    colour: red\n")

    with (
        pytest.raises(StageError, match="colour"),
        Stage(tmp_path, rules, relay_port=9, provider_url="http://127.0.0.1:9"),
    ):
        pass


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("variable", "colours"), [("NO_COLOR", False), ("SOMETHING_ELSE", True)])
def test_the_story_is_coloured_on_a_terminal_unless_told_not_to(
    variable: str, monkeypatch: pytest.MonkeyPatch, *, colours: bool
) -> None:
    screen = Terminal()
    monkeypatch.setattr(sys, "stdout", screen)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv(variable, "1")
    scene = Scene("", "a prank", Way.MAIL, "", "", b"", codes=("image.known",))
    ending = Ending(scene, held=True, transaction_id="", reply="", reasons=(Reason("a.b", "why"),))

    Story().ending(1, ending)

    assert "a.b: why" in screen.getvalue()
    assert ("\x1b" in screen.getvalue()) is colours


def test_a_difference_is_shown_with_a_few_words_around_it() -> None:
    words = " ".join(f"w{n}" for n in range(40))

    assert around(f"{words} [-old-]{{+new+}} {words}") == (
        "… w35 w36 w37 w38 w39 [-old-]{+new+} w0 w1 w2 w3 w4 …"
    )
    assert around("same [-a-]{+b+} same") == "same [-a-]{+b+} same"
