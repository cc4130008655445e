"""`sallyport images`: a picture is added, listed, and known in another dress."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from PIL import Image, ImageOps

from filter.cli.images import images_command
from filter.rulefiles.load import load_rules

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "pictures"


def _run(*arguments: object) -> Result:
    return CliRunner().invoke(images_command, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rules")
    run = _run(
        "add", FIXTURES / "prank.jpg", "--label", "A singer", "--reason", "2021", "--rules", folder
    )
    assert run.exit_code == 0, run.output
    return folder


def test_an_added_picture_stands_in_the_rules(rules: Path) -> None:
    (image,) = load_rules(rules).images

    assert (image.id, image.label, image.reason) == ("a-singer", "A singer", "2021")
    assert image.source.endswith("known-pictures.yaml:3")
    assert {"whole", "centre-60"} <= {view.name for view in image.appearance.views}
    assert len(image.appearance.keypoints) == 2


def test_known_pictures_are_listed(rules: Path) -> None:
    run = _run("list", "--rules", rules, "--json")

    assert run.exit_code == 0
    row = json.loads(run.stdout)
    assert (row["id"], row["mode"], row["max_distance_bits"]) == ("a-singer", "enforce", 52)


def test_a_dressed_picture_is_known_and_an_innocent_one_is_not(rules: Path, tmp_path: Path) -> None:
    dressed = tmp_path / "dressed.webp"
    ImageOps.expand(ImageOps.mirror(Image.open(FIXTURES / "prank.jpg")), 40, "white").save(dressed)

    both = _run("test", dressed, FIXTURES / "clinic.jpg", "--rules", rules, "--json")
    innocent = _run("test", FIXTURES / "clinic.jpg", FIXTURES / "spacer.gif", "--rules", rules)

    rows = [json.loads(line) for line in both.stdout.splitlines()]
    assert both.exit_code == 1
    assert [row["known"] for row in rows] == ["yes", "no"]
    assert (rows[0]["nearest"], rows[0]["limit"]) == ("a-singer", 52)
    assert rows[0]["distance"] < 20
    assert rows[1]["distance"] > rows[1]["limit"]
    assert innocent.exit_code == 0


def test_a_picture_on_a_page_is_known(rules: Path, tmp_path: Path) -> None:
    Image.open(FIXTURES / "prank.jpg").save(tmp_path / "page.pdf")

    run = _run("test", tmp_path / "page.pdf", "--rules", rules, "--json")

    assert run.exit_code == 1
    assert json.loads(run.stdout.splitlines()[0])["where"] == "page 1"


def test_a_picture_that_cannot_be_read_would_be_held(rules: Path, tmp_path: Path) -> None:
    (tmp_path / "half.jpg").write_bytes((FIXTURES / "prank.jpg").read_bytes()[:9_000])

    run = _run("test", tmp_path / "half.jpg", "--rules", rules, "--json")

    assert run.exit_code == 1
    assert "end marker" in json.loads(run.stdout)["detail"]


def test_a_flat_picture_is_not_added(tmp_path: Path) -> None:
    Image.new("RGB", (200, 200), "white").save(tmp_path / "white.png")

    run = _run("add", tmp_path / "white.png", "--rules", tmp_path)

    assert run.exit_code == 1
    assert "nothing in it that could be recognised; not added" in run.stderr
    assert not (tmp_path / "known-pictures.yaml").exists()


def test_a_second_copy_is_added_when_that_is_wished_with_a_warning_and_an_id_of_its_own(
    tmp_path: Path,
) -> None:
    _run("add", FIXTURES / "prank.jpg", "--rules", tmp_path)

    run = _run("add", FIXTURES / "prank.jpg", "--rules", tmp_path, "--again")

    assert run.exit_code == 0
    assert 'is already known as "prank" (prank), distance 0, limit 52' in run.stderr
    assert {image.id for image in load_rules(tmp_path).images} == {"prank", "prank-2"}


def test_rules_that_are_no_folder_are_a_usage_error(tmp_path: Path) -> None:
    assert _run("list", "--rules", tmp_path / "nowhere").exit_code == 2


def test_a_picture_that_is_known_by_places_says_so_and_shows_no_distance(
    rules: Path, tmp_path: Path
) -> None:
    tilted = tmp_path / "tilted.png"
    picture = Image.open(FIXTURES / "prank.jpg").convert("RGB")
    picture.rotate(10, expand=True, fillcolor="white").save(tilted)

    run = _run("test", tilted, "--rules", rules, "--json")

    row = json.loads(run.stdout)
    assert (row["known"], row["nearest"]) == ("yes", "a-singer")
    assert (row["view"], row["distance"], row["limit"]) == ("whole ~ whole", None, None)
    assert row["places"] >= row["least_places"]
