"""The commands check, test, schema and config, as people call them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from filter.cli.main import cli

ROOT = Path(__file__).parent.parent.parent
CODE = """\
templates:
  - id: code
    channel: sms
    from: MYHEALTH
    text: "Your code is {code}."
    slots:
      code: digits 6
    examples:
      pass: ["Your code is 123456."]
      hold: ["Your code is 12345."]
"""
Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command in an empty folder with rules/code.yaml in it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SALLYPORT_SETTINGS", raising=False)
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "code.yaml").write_text(CODE, encoding="utf-8")

    def call(*arguments: str) -> Result:
        return CliRunner().invoke(cli, arguments, catch_exceptions=False)

    return call


def test_check_says_one_line_when_all_is_well(run: Run) -> None:
    result = run("check")

    assert result.exit_code == 0
    assert result.output.startswith(
        "sallyport: default settings and 1 rule file are valid"
        " (1 template, 0 link entries, 0 pictures, 0 limits; revision "
    )
    assert result.output.count("\n") == 1


def test_check_prints_every_problem_of_settings_and_rules_and_exits_with_3(
    run: Run, tmp_path: Path
) -> None:
    (tmp_path / "rules" / "code.yaml").write_text(CODE.replace("digits", "digit"))
    (tmp_path / "sallyport.yaml").write_text("sms:\n  listen: ['127.0.0.1:8025']\n")
    result = run("check")

    assert result.exit_code == 3
    assert "sallyport.yaml:2:11: warning[W113]" in result.output
    assert "rules/code.yaml:7:13: error[E013]: `type` cannot be `digit`" in result.output
    assert "did you mean `digits`?" in result.output
    assert result.output.endswith("1 error, 1 warning\n")


def test_check_without_valid_settings_says_that_the_rules_were_not_checked(
    run: Run, tmp_path: Path
) -> None:
    (tmp_path / "sallyport.yaml").write_text("mdoe: shadow\n")
    result = run("check")

    assert result.exit_code == 3
    assert result.output.endswith("1 error, 0 warnings; the rules were not checked\n")
    assert "1 error" in run("check", "--rules", "rules").output


def test_warnings_are_fatal_only_on_request(run: Run, tmp_path: Path) -> None:
    doubtful = "links:\n  - {id: a, host: h.example, scheme: http}\n"
    (tmp_path / "rules" / "l.yaml").write_text(doubtful)

    assert run("check").exit_code == 0
    assert ", 1 warning" in run("check").output
    assert run("check", "--lint-fatal").exit_code == 3


def test_check_answers_in_json(run: Run, tmp_path: Path) -> None:
    valid = json.loads(run("check", "--json").output)
    assert (valid["valid"], valid["templates"], valid["problems"]) == (True, 1, [])

    (tmp_path / "rules" / "code.yaml").write_text("links: {}\n")
    broken = json.loads(run("check", "--json").output)
    assert (broken["valid"], broken["rules"]) == (False, None)
    assert broken["problems"][0] == {
        "severity": "error",
        "code": "E011",
        "message": "`links` must be a list, not a mapping",
        "file": "rules/code.yaml",
        "line": 1,
        "column": 8,
        "help": "begin each entry with `- `",
    }


def test_check_counts_the_rules_that_count(run: Run, tmp_path: Path) -> None:
    (tmp_path / "rules" / "limits.yaml").write_text(
        "limits:\n  - {id: a, allow: 5 in 1 h}\n  - {id: b, allow: 5 in 1 h, mode: off}\n"
        "watches:\n  - {id: c, per: country, sign: first-seen}\n"
    )
    told = json.loads(run("check", "--json").output)

    assert ", 1 limit, 1 watch; revision " in run("check").output
    assert (told["limits"], told["watches"], told["floors"], told["repeats"]) == (1, 1, 0, 0)


def test_check_warns_of_clients_that_the_settings_do_not_have(run: Run, tmp_path: Path) -> None:
    (tmp_path / "rules" / "limits.yaml").write_text(
        "limits:\n  - {id: a, match: {client: [kiosk, 192.0.2.1, app]}, allow: 5 in 1 h, safe: s}\n"
        "safe_lists:\n  - {id: s, client: moniter}\n"
    )
    assert run("check").output.count("W207") == 0  # without settings nobody knows

    (tmp_path / "sallyport.yaml").write_text(
        "sms:\n  callers:\n    - {name: app, password: x}\n    - {name: monitor, password: y}\n"
    )
    output = run("check").output

    assert "limits.yaml:2:1: warning[W207]: the settings have no client `kiosk`" in output
    assert "no client `moniter`, which `a` names\n      help: did you mean `monitor`?" in output
    assert output.count("W207") == 2


def test_check_loads_nothing_that_it_does_not_need() -> None:
    script = (
        "import sys; from filter.cli.main import main\n"
        f"sys.argv = ['sallyport', 'check', '--rules', {str(ROOT / 'rules')!r}]\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = ['sqlalchemy', 'httpx', 'imagehash', 'numpy', 'PIL', 'starlette', 'aiosmtpd',\n"
        "         'rich', 'watchfiles', 'bs4', 'lxml', 'asyncio', 'jinja2', 'liquid', 'babel',\n"
        "         'ruamel', 'filter.dialects', 'filter.learning']\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT
    )

    assert done.stdout.splitlines()[-1] == "[]"


def test_the_running_gate_loads_nothing_that_is_only_for_proposals() -> None:
    script = (
        "import sys; import filter.cli.run, filter.supervisor, filter.worker\n"
        "heavy = ['jinja2', 'liquid', 'babel', 'ruamel', 'filter.dialects', 'filter.learning']\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT
    )

    assert done.stdout.strip() == "[]"


def test_test_counts_and_lists(run: Run) -> None:
    quiet, verbose = run("test"), run("test", "-v")

    assert (quiet.exit_code, quiet.output) == (0, "1 template, 2 examples: 2 right, 0 wrong\n")
    assert verbose.output.splitlines()[:2] == [
        "ok    code / sms passes: Your code is 123456.",
        "ok    code / sms holds: Your code is 12345.",
    ]


def test_a_wrong_example_is_shown_with_what_happened_and_the_nearest_template(
    run: Run, tmp_path: Path
) -> None:
    text = CODE.replace('"Your code is 123456."', '"Your code was 123456."')
    (tmp_path / "rules" / "code.yaml").write_text(text)
    result = run("test")

    assert result.exit_code == 1
    assert "FAIL  code / sms passes: Your code was 123456." in result.output
    assert "rules/code.yaml:9: expected pass, got held template.none" in result.output
    assert "Your code [-is {code}.-]{+was 123456.+}" in result.output
    assert result.output.endswith("1 template, 2 examples: 1 right, 1 wrong\n")


def test_examples_can_be_chosen_and_nothing_chosen_is_a_failure(run: Run) -> None:
    assert run("test", "--run", "12345\\.").output.startswith("1 template, 1 example:")
    assert run("test", "--run", "nothing").exit_code == 1
    assert run("test", "--run", "(").exit_code == 2


def test_test_answers_in_json_one_object_an_example(run: Run) -> None:
    lines = [json.loads(line) for line in run("test", "--json").output.splitlines()]

    assert [(o["expected"], o["disposition"], o["right"]) for o in lines] == [
        ("pass", "pass", True),
        ("quarantine", "quarantine", True),
    ]
    assert lines[1]["findings"][0]["code"] == "template.slot"


def test_test_with_invalid_rules_exits_with_3(run: Run, tmp_path: Path) -> None:
    (tmp_path / "rules" / "code.yaml").write_text("links: {}\n")

    assert run("test").exit_code == 3


def test_schema_prints_or_writes_the_schema(run: Run, tmp_path: Path) -> None:
    printed = run("schema")
    run("schema", "-o", "s.json")

    assert json.loads(printed.output) == json.loads((tmp_path / "s.json").read_text())
    assert printed.output == (ROOT / "docs" / "rules.schema.json").read_text(encoding="utf-8")
    assert len(run("schema", "--json").output.splitlines()) == 1
    assert "mail" in json.loads(run("schema", "settings").output)["properties"]


def test_config_show_masks_secrets_and_says_where_values_come_from(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "secret").write_text("hunter2\n")
    (tmp_path / "sallyport.yaml").write_text(
        "mode: shadow\nmail:\n  next_hop: {username: gate, password_file: secret, tls: starttls}\n"
    )
    monkeypatch.setenv("SALLYPORT_MAIL__NEXT_HOP__PORT", "587")
    output = run("config", "show", "--origin").output
    rows = dict(line.split("\t", 1) for line in output.splitlines())

    assert "hunter2" not in output
    assert rows["mode"] == "shadow\tsallyport.yaml:1"
    assert rows["mail.next_hop.port"] == "587\t$SALLYPORT_MAIL__NEXT_HOP__PORT"
    assert rows["mail.next_hop.password"] == f"**********\t{tmp_path / 'secret'}"
    assert rows["rules"] == f"{tmp_path / 'rules'}\tdefault"
    assert json.loads(run("config", "show", "--json").output)["mail.next_hop.port"] == 587


def test_config_show_with_invalid_settings_exits_with_3(run: Run, tmp_path: Path) -> None:
    (tmp_path / "sallyport.yaml").write_text("mdoe: shadow\n")

    assert run("config", "show").exit_code == 3


def test_check_warns_of_two_templates_that_one_message_fits(tmp_path: Path) -> None:
    entry = (
        "  - {{id: {id}, channel: sms, from: MYHEALTH, text: '{text}', slots: {{x: {type}}},"
        " examples: {{pass: ['Code 493021.'], hold: ['No.']}}}}\n"
    )
    (tmp_path / "a.yaml").write_text(
        "templates:\n"
        + entry.format(id="narrow", text="Code {x}.", type="digits")
        + entry.format(id="wide", text="Code {x}.", type="words"),
        encoding="utf-8",
    )
    result = CliRunner().invoke(cli, ["check", "--rules", str(tmp_path)])
    assert result.exit_code == 0
    assert "warning[W120]: a message can be both `narrow`" in result.output
    assert '"Code 493021."' in result.output
