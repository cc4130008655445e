"""What `sallyport status` says of a gate, without one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from filter.cli.main import cli
from tests.pauses.test_confirmation import gate

READY = {"pid": 1, "ready": True, "rules": "1a19f426cc66", "pauses": [], "settled": []}
STARTING = READY | {"ready": False, "rules": None}
OTHER = READY | {"rules": "0123456789ab"}
STATUS = {
    "mode": "enforce",
    "rules": "1a19f426cc66",
    "rules_valid": True,
    "templates": 1,
    "mail": [],
    "sms": [],
    "workers": [READY, READY],
    "restarts": 1,
    "pauses": [],
}
PAUSE = {
    "words": "client=kiosk",
    "reason": "stolen key",
    "by": "anna",
    "since": "2026-07-01T12:00:00+00:00",
    "until": None,
    "drops": False,
    "matches_nothing": False,
    "workers": 2,
    "in_force": 2,
}


def status(folder: Path, **other: object) -> str:
    """Return what the command prints when the gate says this."""
    (folder / "state").mkdir()
    settings = folder / "sallyport.yaml"
    settings.write_text(yaml.safe_dump({"state": "state"}), encoding="utf-8")
    said = json.dumps(STATUS | other).encode() + b"\n"
    with gate(folder / "state", lambda connection: connection.sendall(said)):
        done = CliRunner().invoke(cli, ["status", "--settings", str(settings)])
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.mark.parametrize("workers", [[READY, READY], [READY, STARTING], [STARTING, STARTING]])
def test_a_worker_that_is_starting_does_not_disagree(
    tmp_path: Path, workers: list[dict[str, object]]
) -> None:
    assert "WARNING" not in status(tmp_path, workers=workers)


def test_workers_with_different_rules_are_told_of_in_plain_words(tmp_path: Path) -> None:
    said = status(tmp_path, workers=[READY, OTHER, STARTING])

    assert "WARNING workers have different rules: 0123456789ab, 1a19f426cc66\n" in said


def test_rules_that_are_invalid_on_disk_are_told_with_those_that_stay(tmp_path: Path) -> None:
    problem = "rules/receipt.yaml:3: error[E021]: unknown key"

    said = status(tmp_path, rules_valid=False, rule_problems=[problem])

    assert problem in said
    assert "WARNING the rules on disk are invalid; 1a19f426cc66 stays in force\n" in said


def test_of_many_pauses_the_newest_are_shown_and_all_are_counted(tmp_path: Path) -> None:
    said = status(tmp_path, pauses=[PAUSE | {"id": f"p_{number}"} for number in range(100)])

    assert said.count("PAUSED p_") == 20
    assert "PAUSED p_99 holds client=kiosk" in said
    assert "PAUSED 100 in all: see `sallyport pauses`\n" in said
