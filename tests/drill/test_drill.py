from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from filter.drill.rehearsal import Moments, Plan, Report, report_words, summarise
from filter.drill.streams import RULES, Key, Sent, Told
from filter.message import Channel
from filter.rulefiles.load import load_rules
from tests.run.gate import Gate, Sink

# What says that too little was seen; everything else fails the first time.
TOO_SHORT = (
    "the drill has shown nothing",
    "did not go on over",
    "no message of the client went on",
    "the pause was confirmed by",
)
MAIL, TEXT = Channel.EMAIL, Channel.SMS
# The pause command runs from 10 to 11, the resume from 20 to 21.
MOMENTS = Moments(pause_begun=10, paused=11, resume_begun=20, resumed=21, released=30)
CONFIRMED = {"done": 2, "workers": 2, "seconds": 0.2, "settled_seconds": 0.3}


def key(number: int, who: str = "one", channel: Channel = MAIL) -> Key:
    return Key(who, channel, number)


# Before the pause one message went on; under it one was held; after it one went on, and the held
# one was released. The other client's went on all the time.
SENT = (
    Sent(key(1), Told.RELAYED, began=5),
    Sent(key(2), Told.HELD, began=12),
    Sent(key(3), Told.RELAYED, began=22),
    Sent(key(1, "other"), Told.RELAYED, began=12),
    Sent(key(1, "other", TEXT), Told.RELAYED, began=12),
)
CAME = (
    (key(1), 5.1),
    (key(1, "other"), 12.1),
    (key(1, "other", TEXT), 12.1),
    (key(3), 22.1),
    (key(2), 25.0),
)


def report(
    sent: tuple[Sent, ...] = SENT,
    came: tuple[tuple[Key, float], ...] = CAME,
    confirmed: dict[str, object] | None = None,
    plan: Plan | None = None,
) -> Report:
    return summarise(plan or Plan(), MOMENTS, confirmed or CONFIRMED, sent, came)


def test_a_pause_that_stops_one_client_alone_passes_and_the_report_has_the_numbers() -> None:
    found = report()

    assert found.is_passed, found.troubles
    words = "\n".join(report_words(found))
    assert "in force on 2 of 2 workers after 0.2 s" in words
    assert "5.90 s before the command returned; after that: none" in words
    assert "sent 5 = delivered 4 + held 1 + deferred 0; of those held 1 were released" in words
    assert "while the resume ran" not in words


def test_what_is_held_while_the_resume_runs_is_told_of_so_that_the_numbers_add_up() -> None:
    found = report(sent=(*SENT, Sent(key(9), Told.HELD, began=20.5)), came=(*CAME, (key(9), 25.5)))

    words = "\n".join(report_words(found))
    assert "of its messages sent under the pause: 1 held" in words
    assert "of its messages sent while the resume ran: 1 held" in words
    assert "held 2 + deferred 0; of those held 2 were released" in words


@pytest.mark.parametrize(
    ("found", "trouble"),
    [
        pytest.param(
            report(
                sent=(*SENT, Sent(key(9), Told.RELAYED, began=12)), came=(*CAME, (key(9), 12.5))
            ),
            "1 messages of the paused client reached the next hop under the pause",
            id="one got through",
        ),
        pytest.param(
            report(
                sent=(*SENT, Sent(key(9), Told.RELAYED, began=12)), came=(*CAME, (key(9), 20.5))
            ),
            "under the pause the client was told: 1 relayed",
            id="one was let through and came late",
        ),
        pytest.param(report(came=CAME[:-1]), "1 messages were lost", id="held and lost"),
        pytest.param(report(came=CAME[1:]), "1 messages were lost", id="relayed and lost"),
        pytest.param(report(came=(*CAME, (key(2), 26.0))), "twice", id="released twice"),
        pytest.param(
            report(sent=(*SENT, Sent(key(9), Told.DEFERRED, began=12)), came=(*CAME, (key(9), 26))),
            "1 messages reached the next hop that were never promised",
            id="deferred and sent",
        ),
        pytest.param(
            report(came=(*CAME, (Key("nobody", MAIL, 0), 26.0))), "never promised", id="a stranger"
        ),
        pytest.param(
            report(sent=(*SENT, Sent(key(9), Told.OTHER, began=12, answer="554 no"))),
            "an answer that is none: 554 no",
            id="refused",
        ),
        pytest.param(
            report(confirmed={**CONFIRMED, "done": 1}), "by 1 workers only", id="not confirmed"
        ),
        pytest.param(
            report(sent=(*SENT[:3], SENT[4]), came=(CAME[0], *CAME[2:])),
            "did not go on over email",
            id="the other client stopped, too",
        ),
        pytest.param(
            report(sent=(SENT[0], *SENT[2:]), came=CAME[:-1]),
            "no message was held: the drill has shown nothing",
            id="nothing was sent under the pause",
        ),
        pytest.param(
            report(sent=(*SENT[:2], *SENT[3:]), came=(*CAME[:3], CAME[4])),
            "after the resume no message of the client went on",
            id="still stopped after the resume",
        ),
    ],
)
def test_whatever_should_not_be_is_told(found: Report, trouble: str) -> None:
    assert not found.is_passed
    assert trouble in " / ".join(found.troubles)


def test_dropped_messages_stay_with_their_client_and_never_arrive() -> None:
    dropped = tuple(
        replace(one, told=Told.DEFERRED) if one.told is Told.HELD else one for one in SENT
    )

    assert report(dropped, CAME[:-1], plan=Plan(drops=True)).is_passed
    assert not report(dropped, CAME, plan=Plan(drops=True)).is_passed


def test_the_rules_of_the_drill_are_valid(tmp_path: Path) -> None:
    (tmp_path / "drill.yaml").write_text(RULES, encoding="utf-8")

    assert {template.id for template in load_rules(tmp_path).templates} == {
        "drill-mail",
        "drill-text",
    }


def sallyport(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "filter", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.parametrize("how", [(), ("--drop",)], ids=["hold", "drop"])
def test_the_drill_passes_on_a_real_gate(how: tuple[str, ...]) -> None:
    # On a busy machine a second may be too short for one message, or five for the command.
    for seconds in ("1", "4", "16"):
        done = sallyport("drill", "--seconds", seconds, "--rate", "10", "--json", *how)
        found = json.loads(done.stdout)
        short = [one for one in found["troubles"] if any(words in one for words in TOO_SHORT)]
        if not short or short != found["troubles"]:
            break

    assert done.returncode == 0, done.stdout + done.stderr
    assert found["passed"] is True
    assert found["late"] == 0
    assert found["confirmed"]["done"] == 2
    assert found["released"] == found["held"]


def test_the_running_gate_is_tried_without_harm(tmp_path: Path) -> None:
    with Sink() as sink, Gate(tmp_path, sink.port) as gate:
        for _ in range(3):  # the command gives up on a machine that is busy enough
            done = sallyport("drill", "--settings", str(gate.settings))
            if done.returncode == 0:
                break
        history = sallyport("pauses", "--history", "--json", "--settings", str(gate.settings))

    assert done.returncode == 0, done.stderr
    assert "a pause that stops nothing was in force on 2 of 2 workers after" in done.stdout
    assert "its end was known on 2 of 2 workers after" in done.stdout
    kept = json.loads(history.stdout.splitlines()[0])
    assert (kept["state"], kept["reason"]) == ("resumed", "drill: it stops nothing")


def test_a_gate_that_does_not_run_cannot_be_tried(tmp_path: Path) -> None:
    with Sink() as sink:
        gate = Gate(tmp_path, sink.port)
        missing = sallyport("drill", "--settings", str(gate.settings))
        with gate:
            pass
        stopped = sallyport("drill", "--settings", str(gate.settings))

    assert missing.returncode == 5
    assert stopped.returncode == 5
    assert "no gate runs on" in stopped.stderr
