"""`sallyport images eval`: how well a folder's pictures are known, and what is mistaken."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from PIL import Image

from filter.cli.images import images_command
from filter.cli.imagesevalreport import print_report, report_as_json
from filter.pictures.evaluation.counting import Look, Tally
from filter.pictures.evaluation.dresses import DRESSES
from filter.pictures.evaluation.matching import DEFAULT_BITS, Pairing
from filter.pictures.evaluation.trials import Cast
from tests.pictures.draw import draw_banner, draw_clinic, draw_logo

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "pictures"


def _run(*arguments: object) -> Result:
    return CliRunner().invoke(images_command, ["eval", *(str(argument) for argument in arguments)])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A prank, a photograph, a copy of one of them, a logo, something flat, half a file."""
    folder = tmp_path_factory.mktemp("pictures")
    (folder / "photographs").mkdir()
    (folder / "graphics").mkdir()
    prank = (FIXTURES / "prank.jpg").read_bytes()
    (folder / "photographs" / "prank.jpg").write_bytes(prank)
    (folder / "photographs" / "half.jpg").write_bytes(prank[:9_000])
    draw_clinic().resize((320, 240)).save(folder / "photographs" / "clinic.png")
    draw_clinic().resize((200, 150)).save(folder / "photographs" / "clinic-small.webp")
    draw_banner().save(folder / "graphics" / "banner.png")
    Image.new("RGB", (200, 200), "white").save(folder / "graphics" / "white.png")
    (folder / "notes.txt").write_text("no picture")
    return folder


@pytest.fixture(scope="module")
def innocent(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("innocent")
    for seed in range(4):
        draw_logo(seed, f"Example {seed}").save(folder / f"logo-{seed}.png")
    draw_clinic(8).resize((320, 240)).save(folder / "house.png")
    Image.open(FIXTURES / "prank.jpg").resize((300, 225)).save(folder / "prank-again.png")
    return folder


@pytest.fixture(scope="module")
def report(folder: Path, innocent: Path) -> dict[str, Any]:
    run = _run(
        *(folder, "--innocent", innocent, "--json"),
        *("--transforms", "jpeg50,dihedral", "--transforms", "gif_frame"),
    )
    assert run.exit_code == 0, run.output
    said: dict[str, Any] = json.loads(run.stdout)
    return said


def test_recall_is_told_by_transform_and_by_group_beside_its_goal(
    report: dict[str, Any],
) -> None:
    names = [row["transform"] for row in report["transforms"]]
    assert names == ["jpeg50", "mirror", "flipv", "rot90", "rot180", "rot270", "gif_frame"]
    assert all(row["pictures"] == 3 for row in report["transforms"])
    assert report["groups"][0] == {
        "group": "easy",
        "recall": "1.000",
        "graphics": "1.000",
        "photographs": "1.000",
        "goal": "0.99",
        "met": "yes",
    }


def test_flat_pictures_copies_and_broken_files_are_left_out_and_named(
    report: dict[str, Any], folder: Path
) -> None:
    why = {Path(str(left["name"])).name: str(left["why"]) for left in report["left_out"]}

    assert [Path(str(name)).name for name in report["flat"]] == ["white.png"]
    assert set(why) == {"clinic.png", "half.jpg", "prank-again.png"}
    assert why["clinic.png"] == f"nearly the same as {folder / 'photographs/clinic-small.webp'}"
    assert why["prank-again.png"].endswith("prank.jpg")
    assert "end marker" in why["half.jpg"]


def test_false_matches_are_told_by_limit_and_by_folder(
    report: dict[str, Any],
) -> None:
    limits = {row["limit"]: row for row in report["limits"]}
    pairs = {(r["looked at"], r["as"], r["known"]): r["pairs"] for r in report["false_by_kind"]}

    assert "default" in str(limits[DEFAULT_BITS]["note"])
    assert set(limits[DEFAULT_BITS]) == {
        *("limit", "false", "rate", "note"),
        *("easy", "geometric", "embedded"),
    }
    assert report["innocent"] == 5
    assert pairs["(all)", "it is", "photographs"] == 10
    assert pairs["photographs", "it is", "photographs"] == 2
    assert pairs["photographs", "transformed", "graphics"] == 14


def test_the_report_is_the_same_every_time_however_many_work_on_it(folder: Path) -> None:
    words = (folder, "--transforms", "noise25", "--transforms", "crop_rnd25", "--sample", "2")

    one, three = _run(*words, "--jobs", "1"), _run(*words, "--jobs", "3")

    assert one.exit_code == 0
    assert one.stdout == three.stdout
    assert "3 known pictures, 2 of them in 2 transforms; 0 innocent pictures" in one.stdout


def test_what_each_limit_would_do_is_said_in_words(folder: Path) -> None:
    run = _run(folder, "--transforms", "jpeg50")

    assert "What each limit (max_distance_bits) would do" in run.stdout
    assert (
        f"The default, max_distance_bits: {DEFAULT_BITS}, mistakes no picture for another"
        in run.stdout
    )
    assert "white.png: too flat to be known by anything; left out" in run.stderr


def test_limits_of_the_rules_stand_in_the_table(folder: Path, tmp_path: Path) -> None:
    add = ["add", str(FIXTURES / "prank.jpg"), "--max-distance-bits", "47", "--rules"]
    assert CliRunner().invoke(images_command, [*add, str(tmp_path)]).exit_code == 0

    run = _run(folder, "--transforms", "jpeg50", "--rules", tmp_path, "--json")

    limits = {row["limit"]: row["note"] for row in json.loads(run.stdout)["limits"]}
    assert limits[47] == "in the rules"


def _tally(*needed: int) -> Tally:
    """Return what was seen when an innocent picture is taken for "a" from these limits on."""
    looks = [
        Look("a", "", "jpeg50", "a", (Pairing("a", DEFAULT_BITS - 2, "whole ~ whole"),)),
        Look("b", "", "jpeg50", "b", (Pairing("b", 4, "whole ~ whole"),)),
        *(Look(f"c{bits}", "", pairings=(Pairing("a", bits, "whole ~ tile"),)) for bits in needed),
    ]
    return Tally(looks, {"jpeg50": DRESSES["jpeg50"]}, {"a": "", "b": ""})


def test_a_known_picture_that_is_mistaken_is_named_with_a_limit_of_its_own(
    capsys: pytest.CaptureFixture[str],
) -> None:
    tally = _tally(DEFAULT_BITS - 10, DEFAULT_BITS + 2)

    report = report_as_json(tally, Cast(), ())
    print_report(tally, Cast(), ())

    safe = DEFAULT_BITS - 11
    said = capsys.readouterr().out
    assert report["largest_limit_without_false_match"] == safe
    assert report["smaller_limits"] == [
        {"known picture": "a", "max_distance_bits": safe, "mistaken": 1}
    ]
    assert f"max_distance_bits: {safe} for all mistakes no picture for another" in said
    assert said.count("easy: 0.500 instead of 1.000") == 2


def test_what_is_mistaken_at_every_limit_is_better_not_kept(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_report(_tally(0), Cast(), ())

    said = capsys.readouterr().out
    assert "Mistaken at every limit, so better not kept as known pictures: a." in said


@pytest.mark.parametrize("suffix", ["svg", "png"])
def test_a_plot_is_written(folder: Path, tmp_path: Path, suffix: str) -> None:
    plot = tmp_path / f"recall.{suffix}"

    run = _run(folder, "--transforms", "jpeg50", "--sample", "1", "--plot", plot)

    assert run.exit_code == 0
    assert plot.read_bytes().startswith({"svg": b"<svg", "png": b"\x89PNG"}[suffix])


def test_errors_say_what_is_wrong_and_what_there_is(folder: Path, tmp_path: Path) -> None:
    unknown = _run(folder, "--transforms", "crop11")
    empty = _run(tmp_path)
    plot = _run(folder, "--plot", tmp_path / "plot.pdf")
    nowhere = _run(tmp_path / "nowhere")

    assert [run.exit_code for run in (unknown, empty, plot, nowhere)] == [2, 2, 2, 2]
    assert 'no transform is called "crop11"; there are easy, encode,' in unknown.stderr
    assert "holds no picture" in empty.stderr
    assert "written as .svg or .png" in plot.stderr


def test_a_folder_of_flat_pictures_has_nothing_to_evaluate(tmp_path: Path) -> None:
    Image.new("RGB", (200, 200), "white").save(tmp_path / "white.png")

    run = _run(tmp_path)

    assert run.exit_code == 1
    assert "no picture in it can be known" in run.stderr
