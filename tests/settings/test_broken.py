"""Every broken settings file dies with exactly the message that stands beside it.

``python -m tests.settings.test_broken`` writes the messages anew; read the difference before you
commit it.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from pathlib import Path

import pytest

from filter.settingsfile import SettingsInvalid, read_settings

BROKEN = Path(__file__).parent / "broken"
CASES = sorted(BROKEN.glob("*.yaml"))


def message_of(case: Path, folder: Path) -> str:
    """Return what the settings die with when they are ``settings.yaml``."""
    shutil.copy(case, folder / "settings.yaml")
    (folder / "empty").write_bytes(b"\n")
    (folder / "secret").write_text("hunter2\n", encoding="utf-8")
    with contextlib.chdir(folder), pytest.raises(SettingsInvalid) as caught:
        read_settings(Path("settings.yaml"), {})
    text = "\n".join(problem.render() for problem in caught.value.problems) + "\n"
    return text.replace(f"{folder}{os.sep}", "")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_broken_settings_die_with_their_message(case: Path, tmp_path: Path) -> None:
    expected = case.with_suffix(".txt").read_text(encoding="utf-8")

    assert message_of(case, tmp_path) == expected


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_no_message_shows_a_secret(case: Path) -> None:
    assert "hunter2" not in case.with_suffix(".txt").read_text(encoding="utf-8")


def test_there_are_at_least_twenty_five_of_them() -> None:
    assert len(CASES) >= 25


if __name__ == "__main__":
    for one in CASES:
        with tempfile.TemporaryDirectory() as place:
            text = message_of(one, Path(os.path.realpath(place)))
        one.with_suffix(".txt").write_text(text, encoding="utf-8")
