"""Who mistypes a name is told which one was meant."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from filter.cli.main import cli
from tests.rulefiles.test_commands import CODE


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SALLYPORT_SETTINGS", raising=False)
    (tmp_path / "rules" / "files").mkdir(parents=True)
    (tmp_path / "rules" / "code.yaml").write_text(CODE, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("tset", "did you mean `test`?"),
        ("xyzzy", "`sallyport --help` lists the commands"),
        ("templates imprt", "did you mean `import`?"),
        ("images lst", "'list'"),
        ("check --ruels x", "'--rules'"),
        ("test --format githb", "did you mean `github`?"),
        ("schema settngs", "did you mean `settings`?"),
        ("explain link.not_alowed", "did you mean link.not_allowed?"),
        ("test --run cod3", "did you mean `code`?"),
        ("check --rules ruels", "did you mean `rules`?"),
    ],
)
def test_commands_options_and_values(folder: Path, typed: str, meant: str) -> None:
    result = CliRunner().invoke(cli, typed.split(), prog_name="sallyport")

    assert result.exit_code != 0
    assert meant in result.output


@pytest.mark.parametrize(
    ("old", "new", "meant"),
    [
        ("slots:", "slot:", "did you mean `slots`?"),
        ("digits 6", "digit 6", "did you mean `digits`?"),
        ("{code}", "{cod}", "did you mean `code`?"),
        ("channel: sms", "channel: smss", "did you mean `sms`?"),
        ("from: MYHEALTH", "from: clinicc", "did you mean `clinic`?"),
        ('["Your code is 12345."]', "[{text: Code., code: template.slt}]", "`template.slot`?"),
        ('["Your code is 12345."]', "[{file: files/bookin.json}]", "`files/booking.json`?"),
        ("slots:", "footer: confidental\n    slots:", "did you mean `confidential`?"),
        ("slots:", "links: [sit]\n    slots:", "did you mean `site`?"),
        ("slots:", "mode: shadw\n    slots:", "did you mean `shadow`?"),
        ("slots:", "valid: 10 minuts\n    slots:", "did you mean `minutes`?"),
    ],
)
def test_names_in_rule_files(folder: Path, old: str, new: str, meant: str) -> None:
    (folder / "rules" / "files" / "booking.json").write_text("{}")
    (folder / "rules" / "shared.yaml").write_text(
        "senders:\n  - {id: clinic, from: CLINIC}\nfooters:\n  - {id: confidential, text: Hush.}\n"
        "links:\n  - {id: site, host: www.health.example}\n"
    )
    assert CODE.count(old)
    (folder / "rules" / "code.yaml").write_text(CODE.replace(old, new, 1))
    result = CliRunner().invoke(cli, ["check"])

    assert result.exit_code == 3
    assert meant in result.output


@pytest.mark.parametrize(
    ("settings", "meant"),
    [
        ("mdoe: shadow\n", "did you mean `mode`?"),
        ("mode: shadwo\n", "did you mean `shadow`?"),
        ("limits: {country: my}\n", "did you mean `MY`?"),
        ("sms: {providers: {twillio: {upstream: 'https://x.example'}}}\n", "`twilio`"),
    ],
)
def test_names_in_settings(folder: Path, settings: str, meant: str) -> None:
    (folder / "sallyport.yaml").write_text(settings)
    result = CliRunner().invoke(cli, ["check"])

    assert result.exit_code == 3
    assert meant in result.output


def test_a_setting_in_the_environment(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SALLYPORT_MAIL__NEXT_HOP__PROT", "25")

    assert "did you mean `port`?" in CliRunner().invoke(cli, ["check"]).output
