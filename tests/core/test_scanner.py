from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GOOD = {
    "channel": "sms",
    "from": "MYHEALTH",
    "to": "+15550100",
    "body": "RM0.00 493021 is your sign-in code. It expires in 10 minutes.",
}


def scan(*arguments: str, stdin: bytes = b"") -> tuple[int, list[dict[str, object]], str]:
    ended = subprocess.run(
        [sys.executable, "-m", "filter", "scan", "--rules", str(ROOT / "rules"), *arguments],
        input=stdin,
        capture_output=True,
        check=False,
        cwd=ROOT,
    )
    lines = ended.stdout.decode().splitlines() if "--json" in arguments else []
    return ended.returncode, [json.loads(line) for line in lines], ended.stderr.decode()


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_every_message_is_answered_in_the_order_of_the_input(tmp_path: Path, jobs: str) -> None:
    for number in range(12):
        body = GOOD["body"] if number % 3 else "Pay at https://evil.example now"
        (tmp_path / f"{number:02}.json").write_text(json.dumps({**GOOD, "body": body}))

    code, reports, _ = scan("--json", "--jobs", jobs, str(tmp_path))

    assert code == 1
    assert [Path(str(r["path"])).name for r in reports] == [f"{n:02}.json" for n in range(12)]
    assert [r["disposition"] for r in reports] == ["quarantine", "pass", "pass"] * 4
    assert {"path", "channel", "disposition", "template", "findings", "rules"} <= set(reports[0])
    findings = reports[0]["findings"]
    assert isinstance(findings, list)
    assert all(set(finding) == {"check", "code", "detail", "where"} for finding in findings)


def test_only_passes_exit_0(tmp_path: Path) -> None:
    (tmp_path / "good.json").write_text(json.dumps(GOOD))

    code, (report,), _ = scan("--json", str(tmp_path / "good.json"))

    assert code == 0
    assert report["template"] == "sign-in-sms"
    assert report["findings"] == []


@pytest.mark.parametrize(
    ("content", "detail"),
    [
        (b"[]", "the JSON has to be an object"),
        (b'{"from": "A", "from": "B"}', "the key 'from' occurs twice"),
        (b'{"from": "A", "to": "+1", "body": 7}', "field 'body' must be a string"),
        (b'{"from": "A", "to": "+1", "body": "x", "cc": "+2"}', "unknown field 'cc'"),
        (b'{"from": "A", "to": "+1", "body": "\\ud800"}', "/body has half of a surrogate pair"),
        (b'{"from": "A", "to": "+1", "body": "x", "media": [1]}', "field 'media' must be a list"),
        (b'{"channel": "email", "from": "A", "to": "+1", "body": "x"}', "field 'channel' must be"),
        (b"\xff", "byte 0 is not UTF-8"),
    ],
)
def test_a_stored_text_that_cannot_be_read_is_held_and_says_why(
    tmp_path: Path, content: bytes, detail: str
) -> None:
    (tmp_path / "text.json").write_bytes(content)

    code, (report,), _ = scan("--json", str(tmp_path))

    assert code == 1
    findings = report["findings"]
    assert isinstance(findings, list)
    assert [finding["code"] for finding in findings] == ["scan.unreadable"]
    assert detail in findings[0]["detail"]


def test_standard_input_is_judged() -> None:
    code, (report,), _ = scan("--json", "-", stdin=json.dumps(GOOD).encode())

    assert code == 0
    assert report["path"] == "-"


def test_a_path_that_is_not_there_is_a_usage_error() -> None:
    code, _, error = scan("nowhere.eml")

    assert code == 2
    assert "no such file or folder: nowhere.eml" in error


def test_without_envelope_options_the_headers_give_it_and_with_them_they_do() -> None:
    mail = (
        b"From: MyHealth <no-reply@health.example>\nTo: someone@example.org\nSubject: x\n\nhello\n"
    )

    code, (report,), _ = scan(
        "--json", "--mail-from", "", "--rcpt-to", "a@example.org", "-", stdin=mail
    )

    assert code == 1
    assert report["channel"] == "email"
