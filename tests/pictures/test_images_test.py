"""`sallyport images test`: folders are walked, and each file says whether it would be held."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from PIL import Image

from filter.cli.images import images_command
from filter.pictures import likeness
from filter.pictures.agreement import TooAlikeError

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "pictures"
PRANK, CLINIC = FIXTURES / "prank.jpg", FIXTURES / "clinic.jpg"


def _run(*arguments: object) -> Result:
    return CliRunner().invoke(images_command, [str(argument) for argument in arguments])


def _rows(run: Result) -> list[dict[str, object]]:
    return [json.loads(line) for line in run.stdout.splitlines()]


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The prank on trial, in a folder of its own."""
    folder = tmp_path_factory.mktemp("rules")
    assert _run("add", PRANK, "--mode", "shadow", "--rules", folder).exit_code == 0
    return folder


@pytest.fixture(scope="module")
def enforced(rules: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The prank on trial and, from another file of rules, in force."""
    folder = tmp_path_factory.mktemp("enforced")
    text = (rules / "known-pictures.yaml").read_text()
    (folder / "trial.yaml").write_text(text.replace("thumbnail:", "source:"))
    text = text.replace("mode: shadow", "mode: enforce").replace("- id: prank", "- id: old")
    (folder / "old.yaml").write_text(text.replace("thumbnail:", "source:"))
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pictures")
    (folder / "inner").mkdir()
    shutil.copy(CLINIC, folder / "b.jpg")
    Image.open(PRANK).save(folder / "inner" / "page.pdf")
    (folder / "c.jpg").write_bytes(PRANK.read_bytes()[:9_000])
    (folder / "notes.txt").write_text("no picture")
    return folder


def test_a_folder_is_walked_with_its_pdf_files(enforced: Path, folder: Path) -> None:
    run = _run("test", folder, "--rules", enforced, "--json")

    rows = {Path(str(row["file"])).name: row for row in _rows(run)}
    assert run.exit_code == 1
    assert {name: row["held"] for name, row in rows.items()} == {
        "b.jpg": "no",
        "c.jpg": "yes",
        "page.pdf": "yes",
    }
    assert "notes.txt: not a picture or PDF file; left out" in run.stderr


def test_a_picture_and_its_page_are_one_row(enforced: Path, folder: Path, tmp_path: Path) -> None:
    page = folder / "inner" / "page.pdf"

    run = _run("test", page, "--rules", enforced, "--json", "--side-by-side", tmp_path / "out")

    (row,) = _rows(run)
    assert row["where"] == "page 1"
    drawn = row["side_by_side"]
    assert isinstance(drawn, list)
    assert len(drawn) == 4, "two pictures beside two known ones"


def test_what_is_known_in_shadow_mode_only_is_not_held(rules: Path) -> None:
    run = _run("test", PRANK, "--rules", rules, "--json")

    (row,) = _rows(run)
    assert (row["held"], row["known"], row["nearest"]) == ("no", "yes", "prank")
    assert row["detail"] == "prank in shadow mode, which holds nothing"
    assert run.exit_code == 0


def test_what_holds_is_told_before_what_does_not(enforced: Path) -> None:
    run = _run("test", PRANK, "--rules", enforced, "--json")

    (row,) = _rows(run)
    assert (row["held"], row["nearest"]) == ("yes", "old")
    assert row["detail"] == "is also known as prank; prank in shadow mode, which holds nothing"
    assert run.exit_code == 1


def test_a_list_in_shadow_mode_does_not_hold(rules: Path, tmp_path: Path) -> None:
    exported = tmp_path / "ours.csv"
    exported.write_text(_run("export", "--rules", rules).stdout)
    ours = tmp_path / "rules"
    ours.mkdir()
    assert _run("import", exported, "--mode", "shadow", "--rules", ours).exit_code == 0

    run = _run("test", PRANK, "--rules", ours, "--json")

    (row,) = _rows(run)
    assert (row["held"], row["known"], run.exit_code) == ("no", "yes", 0)
    assert str(row["detail"]).endswith("; ours in shadow mode, which holds nothing")


def test_a_folder_without_pictures_is_a_usage_error(rules: Path, tmp_path: Path) -> None:
    run = _run("test", tmp_path, "--rules", rules)

    assert run.exit_code == 2
    assert "no picture or PDF file" in run.stderr


def test_a_device_is_not_read_until_memory_is_full(rules: Path) -> None:
    run = _run("test", "/dev/zero", CLINIC, "--rules", rules, "--json")

    assert run.exit_code == 0
    assert "/dev/zero: not a file; left out" in run.stderr
    assert [row["file"] for row in _rows(run)] == [str(CLINIC)]


def test_a_picture_that_cannot_be_compared_with_all_known_ones_would_be_held(
    enforced: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise TooAlikeError

    monkeypatch.setattr(likeness, "find_known", refuse)

    run = _run("test", CLINIC, "--rules", enforced, "--json")

    assert run.exit_code == 1
    assert [(row["held"], row["detail"]) for row in _rows(run)] == [
        ("yes", "too many known pictures are too much like it")
    ]


def test_a_picture_is_added_although_too_many_are_like_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise TooAlikeError

    assert _run("add", PRANK, "--rules", tmp_path).exit_code == 0
    monkeypatch.setattr(likeness, "find_known", refuse)

    run = _run("add", CLINIC, "--rules", tmp_path)

    assert run.exit_code == 0, run.output
    assert "too many known pictures are too much like it" in run.stderr
