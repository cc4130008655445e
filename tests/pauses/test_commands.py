"""`pause`, `resume` and `pauses` without a gate: what they say, refuse and keep."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from filter.cli.main import cli
from filter.decisions import Decision
from filter.limits.pause import Pause
from filter.quarantine.item import StoreError
from filter.quarantine.pauses import StoredPauses
from filter.quarantine.store import Store
from filter.rulefiles.watch import RulesHolder
from filter.settings import Quarantine
from tests.quarantine.messages import decision_on, mail, text
from tests.run.gate import RULES


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "receipt.yaml").write_text(RULES, encoding="utf-8")
    with Store(tmp_path / "state", Quarantine()) as store:
        store.probe()
    file = tmp_path / "sallyport.yaml"
    callers = [{"name": "kiosk", "password": "caller-token"}]
    file.write_text(yaml.safe_dump({"sms": {"callers": callers}}), encoding="utf-8")
    return file


def run(settings: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, [*arguments, "--settings", str(settings)])


def in_force(settings: Path) -> list[dict[str, object]]:
    lines = run(settings, "pauses", "--json").stdout.splitlines()
    return [json.loads(line) for line in lines]


def test_what_is_paused_is_said_and_listed(settings: Path) -> None:
    done = run(settings, "pause", "--client", "kiosk", "--channel", "sms", "--reason", "stolen")

    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("holds: channel=sms client=kiosk, until it is resumed\n")
    assert "no message has come yet" in done.stdout
    assert "no gate runs here now" in done.stdout
    (pause,) = in_force(settings)
    assert (pause["words"], pause["reason"]) == ("channel=sms client=kiosk", "stolen")
    assert f"sallyport resume {pause['id']}" in done.stdout


def test_values_of_one_option_are_or_options_are_and(settings: Path) -> None:
    run(settings, "pause", "--country", "MY", "--country", "sg", "--recipient", "+60 12-345 6789",
        "--reason", "x", "--drop", "--for", "2h")  # fmt: skip

    (pause,) = in_force(settings)
    assert pause["scope"] == {"country": ["MY", "SG"], "recipient": ["+60123456789"]}
    assert pause["drops"] is True
    assert pause["until"] is not None


@pytest.mark.parametrize(
    ("arguments", "trouble"),
    [
        (["--template", "reciept", "--reason", "x"], "did you mean `receipt`?"),
        (["--class", "otp", "--reason", "x"], "no class is called `otp`"),
        (["--client", "kisok", "--reason", "x"], "did you mean `kiosk`?"),
        (["--reason", "x"], "say what to pause"),
        (["--all", "--client", "kiosk", "--reason", "x"], "say what to pause"),
        (["--all"], "Missing option '--reason'"),
        (["--all", "--reason", "  "], "needs a reason"),
        (["--all", "--reason", "x", "--for", "soon"], "is no span of time"),
        (["--all", "--reason", "x", "--until", "2001-01-01"], "over before it begins"),
        (["--channel", "emial", "--reason", "x"], "did you mean `email`?"),
        (["--client", "", "--reason", "x"], "must not be empty"),
    ],
)
def test_what_is_not_certain_is_refused_and_nothing_is_paused(
    settings: Path, arguments: list[str], trouble: str
) -> None:
    done = run(settings, "pause", *arguments)

    assert done.exit_code == 2
    assert trouble in done.output
    assert in_force(settings) == []


def test_force_insists_on_an_unknown_name(settings: Path) -> None:
    refused = run(settings, "pause", "--client", "kisok", "--reason", "x")
    assert "say --force" in refused.output

    assert run(settings, "pause", "--client", "kisok", "--reason", "x", "--force").exit_code == 0
    assert len(in_force(settings)) == 1


def test_the_last_valid_rules_know_names_while_the_files_are_broken(settings: Path) -> None:
    rules = settings.parent / "rules" / "receipt.yaml"
    RulesHolder(rules.parent, settings.parent / "state" / "rules.json").reload()  # as a gate does
    rules.write_text(RULES.replace("digits", "digit"), encoding="utf-8")

    assert run(settings, "pause", "--template", "receipt", "--reason", "x").exit_code == 0
    typo = run(settings, "pause", "--template", "reciept", "--reason", "x")

    assert "did you mean `receipt`?" in typo.output


def test_without_any_valid_rules_a_template_has_to_be_insisted_on(settings: Path) -> None:
    (settings.parent / "rules" / "receipt.yaml").write_text("nonsense", encoding="utf-8")

    done = run(settings, "pause", "--template", "receipt", "--reason", "x")

    assert done.exit_code == 2
    assert "there are no valid rules that would know the template receipt" in done.output
    assert run(settings, "pause", "--all", "--reason", "x").exit_code == 0


def test_a_dry_run_pauses_nothing(settings: Path) -> None:
    done = run(settings, "pause", "--all", "--reason", "x", "--dry-run")

    assert done.exit_code == 0
    assert done.stdout.startswith("would hold: every message, until it is resumed\n")
    assert in_force(settings) == []


def test_a_dry_run_for_machines_has_the_reach_and_no_id(settings: Path) -> None:
    remember(settings, decision_on(mail()), decision_on(text()), decision_on(text()))

    done = run(settings, "pause", "--channel", "sms", "--reason", "x", "--dry-run", "--json")

    said = json.loads(done.stdout)
    assert "id" not in said
    assert said["words"] == "channel=sms"
    reach = said["reach"]
    assert (reach["messages"], reach["stopped"], reach["at_most"]) == (3, 2, 2)
    assert in_force(settings) == []


def remember(settings: Path, *decisions: Decision) -> None:
    async def record() -> None:
        for decision in decisions:
            await store.record(decision)

    with Store(settings.parent / "state", Quarantine()) as store:
        asyncio.run(record())


OF_TWO = "of the last 2 messages (since …)"
LESS = "how many of these it would have stopped cannot be told"


@pytest.mark.parametrize(
    ("scope", "sentence"),
    [
        (
            ["--all"],
            f"{OF_TWO} 2 would have been stopped, the last one at …",
        ),
        (
            ["--recipient-domain", "EXAMPLE.org."],
            f"{OF_TWO} 1 would have been stopped, the last one at …",
        ),
        (
            ["--recipient-domain", "example.net"],
            f"{OF_TWO} none was such a one: is it what you meant?",
        ),
        (
            ["--recipient", "+60123456789"],
            f"how many {OF_TWO} it would have stopped cannot be told: the log masks recipients",
        ),
        (
            ["--channel", "sms", "--country", "MY"],
            f"{OF_TWO} 1 had channel=sms; {LESS}: the log masks recipients",
        ),
        (
            ["--channel", "email", "--end-user-ip", "192.0.2.1"],
            f"{OF_TWO} 1 had channel=email; {LESS}: the log keeps no end users",
        ),
        (
            ["--client", "kiosk", "--end-user", "7"],
            f"{OF_TWO} none was such a one: is it what you meant?",
        ),
    ],
)
def test_how_much_it_would_have_stopped_is_told_as_far_as_the_log_knows(
    settings: Path, scope: list[str], sentence: str
) -> None:
    remember(settings, decision_on(mail()), decision_on(text()))

    done = run(settings, "pause", *scope, "--reason", "x", "--dry-run")

    moment = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC"
    assert re.sub(moment, "…", done.stdout.splitlines()[1]) == sentence


def test_resume_ends_one_or_all_and_says_what_it_cannot(settings: Path) -> None:
    for client in ("kiosk", "192.0.2.1"):
        run(settings, "pause", "--client", client, "--reason", "x")
    first, second = (str(pause["id"]) for pause in in_force(settings))

    assert run(settings, "resume").exit_code == 2
    assert run(settings, "resume", first, "--note", "done").exit_code == 0
    again = run(settings, "resume", first)
    assert again.exit_code == 1
    assert "was resumed by" in again.output
    assert [pause["id"] for pause in in_force(settings)] == [second]
    assert run(settings, "resume", "--all").exit_code == 0
    assert run(settings, "resume", "--all").exit_code == 0
    assert in_force(settings) == []
    history = run(settings, "pauses", "--history").stdout
    assert history.count("\tresumed\t") == 2
    assert "done" in history


def pause(settings: Path, client: str) -> str:
    """Pause a client and return the id."""
    return str(
        json.loads(run(settings, "pause", "--client", client, "--reason", "x", "--json").stdout)[
            "id"
        ]
    )


def test_resume_ends_what_is_there_and_tells_of_what_is_not(settings: Path) -> None:
    first, second = pause(settings, "kiosk"), pause(settings, "192.0.2.1")

    done = run(settings, "resume", first, "p_none", second)

    assert done.exit_code == 1
    assert done.stdout.splitlines() == [
        f"resumed {first}  client=kiosk",
        f"resumed {second}  client=192.0.2.1",
    ]
    assert done.stderr == "sallyport: there is no pause p_none\n"
    assert in_force(settings) == []


def test_resume_all_is_content_with_a_pause_that_ends_meanwhile(
    settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = pause(settings, "kiosk"), pause(settings, "192.0.2.1")
    resume = StoredPauses.resume

    def late(shelf: StoredPauses, pause_id: str, *, by: str, note: str = "") -> Pause:
        if pause_id == first:
            resume(shelf, first, by="ben")
        return resume(shelf, pause_id, by=by, note=note)

    monkeypatch.setattr(StoredPauses, "resume", late)
    done = run(settings, "resume", "--all")

    assert done.exit_code == 0
    assert done.stdout == f"resumed {second}  client=192.0.2.1\n"
    assert f"{first} was resumed by ben" in done.stderr


def test_resume_tells_what_it_ended_before_the_store_failed(
    settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = pause(settings, "kiosk"), pause(settings, "192.0.2.1")
    resume = StoredPauses.resume

    def failing(shelf: StoredPauses, pause_id: str, *, by: str, note: str = "") -> Pause:
        if pause_id == second:
            raise StoreError("the disk hangs")
        return resume(shelf, pause_id, by=by, note=note)

    monkeypatch.setattr(StoredPauses, "resume", failing)
    done = run(settings, "resume", first, second)

    assert done.exit_code == 5
    assert done.stdout == f"resumed {first}  client=kiosk\n"
    assert done.stderr == "sallyport: the disk hangs\n"


def test_beside_too_many_pauses_only_what_stops_many_is_taken(
    settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("filter.limits.pause.MOST_PAUSES", 2)
    monkeypatch.setattr("filter.limits.pause.RESERVED_PAUSES", 1)
    for number in ("+60123456781", "+60123456782"):
        assert run(settings, "pause", "--recipient", number, "--reason", "x").exit_code == 0

    refused = run(settings, "pause", "--recipient", "+60123456783", "--reason", "x")

    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "2 pauses are in force, and 2 is the most; name several values in one" in refused.stderr
    assert "nothing is paused" in refused.stderr
    assert run(settings, "pause", "--recipient-prefix", "+6012", "--reason", "x").exit_code == 0
    assert run(settings, "pause", "--country", "MY", "--reason", "x").exit_code == 2
    assert run(settings, "pause", "--all", "--reason", "x").exit_code == 0
    assert len(in_force(settings)) == 4


def test_without_a_store_nothing_is_paused_and_the_command_says_so(settings: Path) -> None:
    for file in (settings.parent / "state").iterdir():
        file.unlink()

    done = run(settings, "pause", "--all", "--reason", "x")

    assert done.exit_code == 5
    assert "no such file" in done.stderr
    assert "nothing is paused; are these the settings of the gate (--settings)?" in done.stderr
    assert done.stdout == ""
    assert list((settings.parent / "state").iterdir()) == []
