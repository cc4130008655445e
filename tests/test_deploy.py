"""What deploy/ gives people to start from is valid."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from filter.settings import GateMode
from filter.settingsfile import read_settings
from tests.mail.certificates import make_certificates

DEPLOY = Path(__file__).parent.parent / "deploy"
EXAMPLES = sorted((DEPLOY / "examples").glob("*.yaml"))


def as_installed(example: Path, root: Path) -> Path:
    """Return a copy of an example whose files all exist, below ``root``."""
    text = example.read_text(encoding="utf-8")
    if ".pem" in text:
        made = make_certificates(root)
        made.chain.rename(root / "fullchain.pem")
        made.key.rename(root / "key.pem")
    for path in re.findall(r"/etc/sallyport/([\w.-]+)", text):
        place = root / path
        if path == "rules":
            place.mkdir()
        elif not place.exists():
            place.write_text("something-long-enough\n", encoding="utf-8")
            place.chmod(0o600)
    copy = root / "sallyport.yaml"
    text = text.replace("/etc/sallyport", str(root)).replace("/var/lib/sallyport", f"{root}/state")
    copy.write_text(text, encoding="utf-8")
    return copy


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_example_settings_load_without_a_warning(example: Path, tmp_path: Path) -> None:
    loaded = read_settings(as_installed(example, tmp_path), {})

    assert [problem.render() for problem in loaded.warnings] == []
    assert loaded.settings.control.listen


def test_there_are_the_three_examples_and_the_first_lets_everything_pass(tmp_path: Path) -> None:
    assert [path.stem for path in EXAMPLES] == ["before-queue", "smart-host", "twilio"]

    loaded = read_settings(as_installed(EXAMPLES[0], tmp_path), {})

    assert loaded.settings.mode is GateMode.SHADOW


def test_systemd_finds_nothing_wrong_with_the_unit(tmp_path: Path) -> None:
    if not shutil.which("systemd-analyze"):
        pytest.skip("the systemd unit was not verified: apt-get install systemd")
    unit = tmp_path / "sallyport.service"
    text = (DEPLOY / "sallyport.service").read_text(encoding="utf-8")
    unit.write_text(text.replace("/opt/sallyport/bin/sallyport", "/bin/true"), encoding="utf-8")

    done = subprocess.run(
        ["systemd-analyze", "verify", str(unit)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    complaints = [line for line in done.stderr.splitlines() if "sallyport.service" in line]
    assert complaints == []


def test_the_unit_gives_the_drain_its_time() -> None:
    text = (DEPLOY / "sallyport.service").read_text(encoding="utf-8")
    patience = re.search(r"^TimeoutStopSec=(\d+)$", text, re.MULTILINE)

    assert patience
    # The supervisor waits ten seconds longer than its workers' drain_seconds (30 by default).
    assert int(patience[1]) > 40


def test_the_image_installs_from_the_lock() -> None:
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")

    assert "--require-hashes -r /src/requirements.lock" in text
    assert "USER sallyport" in text
