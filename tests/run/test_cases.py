"""What a pause held is one case, reviewed and released as one, on a gate as its users run it."""

from __future__ import annotations

import json

from tests.run.gate import Gate, Sink
from tests.run.test_pauses import pause, resume, sallyport
from tests.run.test_run import send

MESSAGES = 8
PRANK = "Your receipt is a prank."


def test_what_a_pause_held_is_released_as_one_but_for_what_was_never_approved(
    gate: Gate, sink: Sink
) -> None:
    pause_id = pause(gate, "--all")
    held = [send(gate.port).split()[-1] for _ in range(MESSAGES)]
    prank = send(gate.port, PRANK).split()[-1]

    assert f"FLOODS 1 open case, {MESSAGES + 1} messages held" in sallyport(gate, "status").stdout
    (case,) = sallyport(gate, "cases", "list").stdout.splitlines()[1:]
    case_id, _, waiting, _, rule, *_ = case.split("\t")
    assert (waiting, rule) == (str(MESSAGES + 1), pause_id)

    paused = sallyport(gate, "cases", "release", case_id, "--yes")
    assert paused.returncode == 1
    assert f"\tunder the pause {pause_id}" in paused.stdout
    assert f"{MESSAGES} paused" in paused.stderr
    assert sink.contents == []

    resume(gate, pause_id)
    done = sallyport(gate, "cases", "release", case_id, "--yes", "--per-second", "50", "--json")

    assert done.returncode == 0, done.stderr
    *ends, summary = [json.loads(line) for line in done.stdout.splitlines()]
    assert {end["id"]: end["result"] for end in ends} == {
        **dict.fromkeys(held, "released"),
        prank: "unapproved",
    }
    assert summary["counts"] == {"released": MESSAGES, "unapproved": 1}
    assert len(sink.contents) == MESSAGES
    assert not any(PRANK.encode() in content for content in sink.contents)
    assert "FLOODS 1 open case, 1 message held" in sallyport(gate, "status").stdout
    shown = sallyport(gate, "quarantine", "show", prank).stdout
    assert f"`sallyport cases show {case_id}`" in shown
