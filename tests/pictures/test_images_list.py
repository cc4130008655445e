"""`sallyport images list`: at once, and whatever is wrong with other rules."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from filter.cli.images import images_command
from filter.rulefiles.load import check_rules

HASH = "1f" * 32
KNOWN = f"images:\n  - {{id: prank, label: Singer, views: ['whole:{HASH}:90']}}\n"
BROKEN = "templates:\n  - {id: t, channel: fax}\n"


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    (tmp_path / "known.yaml").write_text(KNOWN)
    return tmp_path


def _list(rules: Path) -> Result:
    return CliRunner().invoke(images_command, ["list", "--json", "--rules", str(rules)])


def test_pictures_are_listed_while_a_template_is_broken(rules: Path) -> None:
    (rules / "letter.yaml").write_text(BROKEN)
    assert check_rules(rules).rules is None

    run = _list(rules)

    assert run.exit_code == 0
    assert json.loads(run.stdout)["id"] == "prank"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"images:\n  - {{id: other, views: ['whloe:{HASH}:90']}}\n", "did you mean `whole`?"),
        (f"imags:\n  - {{id: other, views: ['whole:{HASH}:90']}}\n", "did you mean `images`?"),
        (f"approved_pictures:\n  - {{id: x, sha256: {HASH}, size: big}}\n", "as 280x72"),
        (KNOWN, "a second picture `prank`"),
        ("images: [\n", "error[E002]"),
    ],
)
def test_a_picture_that_cannot_be_read_is_told_and_nothing_is_listed(
    rules: Path, text: str, said: str
) -> None:
    (rules / "more.yaml").write_text(text)

    run = _list(rules)

    assert (run.exit_code, run.stdout) == (3, "")
    assert said in run.stderr


def test_a_folder_without_rules_says_so(tmp_path: Path) -> None:
    run = _list(tmp_path)

    assert run.exit_code == 3
    assert "there is no rule file" in run.stderr


def test_a_list_waits_for_nothing_that_only_templates_or_comparing_need(rules: Path) -> None:
    script = (
        "import sys\n"
        "from filter.cli.images import images_command\n"
        f"images_command(['list', '--rules', {str(rules)!r}], standalone_mode=False)\n"
        "print(sorted({'numpy', 'PIL', 'linkify_it', 'filter.settings'} & set(sys.modules)))\n"
    )

    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )

    assert run.stdout.splitlines()[-1] == "[]"
