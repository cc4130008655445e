"""The hooks that other repositories use, run by the real pre-commit."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.rulefiles.test_commands import CODE

ROOT = Path(__file__).parent.parent.parent
TOOLS = Path(sys.executable).parent

pytestmark = pytest.mark.skipif(
    shutil.which("git") is None or not (TOOLS / "pre-commit").exists(),
    reason="git or pre-commit is not installed: pip install -e '.[dev]'",
)


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
    done = subprocess.run(
        ["git", *identity, *arguments], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a repository with rules and the hooks; what is staged in it can be checked."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PRE_COMMIT_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(TOOLS), prepend=os.pathsep)
    monkeypatch.delenv("SALLYPORT_SETTINGS", raising=False)
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    shutil.copy(ROOT / ".pre-commit-hooks.yaml", hooks)
    git(hooks, "init", "-q")
    git(hooks, "add", "-A")
    git(hooks, "commit", "-qm", "hooks")
    folder = tmp_path / "rules-repository"
    (folder / "rules").mkdir(parents=True)
    (folder / "rules" / "code.yaml").write_text(CODE, encoding="utf-8")
    (folder / ".pre-commit-config.yaml").write_text(
        f"repos:\n  - repo: {hooks}\n    rev: {git(hooks, 'rev-parse', 'HEAD')}\n    hooks:\n"
        "      - id: sallyport-fmt\n      - id: sallyport-check\n      - id: sallyport-test\n",
        encoding="utf-8",
    )
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    return folder


def run(folder: Path) -> tuple[int, str]:
    git(folder, "add", "-A")
    done = subprocess.run(
        [TOOLS / "pre-commit", "run", "--color", "never"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_the_hooks_say_what_is_wrong_until_nothing_is(repository: Path) -> None:
    rules = repository / "rules" / "code.yaml"
    code, output = run(repository)
    assert code == 0, output
    assert output.count("Passed") == 3

    rules.write_text(
        CODE.replace("channel: sms\n    from: MYHEALTH", "from: MYHEALTH\n    channel: sms")
    )
    code, output = run(repository)
    assert code == 1
    assert "files were modified by this hook" in output
    assert rules.read_text(encoding="utf-8") == CODE

    rules.write_text(CODE.replace("digits 6", "digits 7"))
    code, output = run(repository)
    assert code == 1
    assert "rules/code.yaml:9: expected pass, got held template.slot" in output

    rules.write_text(CODE.replace("digits", "digit"))
    code, output = run(repository)
    assert code == 1
    assert "rules/code.yaml:7:13: error[E013]" in output
