"""`sallyport images add`: folders, twins, what cannot be read, and what an entry says."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from PIL import Image, ImageDraw, ImageFont

from filter.cli.images import images_command
from filter.pictures.blocks import read_head
from filter.pictures.points import count_telling
from filter.rulefiles.load import load_rules
from tests.pictures.codes import draw_code

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "pictures"


def _run(*arguments: object) -> Result:
    return CliRunner().invoke(images_command, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    """A folder of two pictures, a twin, a broken one and what is none, added to empty rules."""
    folder = tmp_path_factory.mktemp("pictures")
    (folder / "inner").mkdir()
    (folder / ".hidden").mkdir()
    shutil.copy(FIXTURES / "prank.jpg", folder / "b.jpg")
    shutil.copy(FIXTURES / "prank.jpg", folder / "inner" / "twin.jpg")
    shutil.copy(FIXTURES / "clinic.jpg", folder / "inner" / "a.jpg")
    shutil.copy(FIXTURES / "clinic.jpg", folder / ".hidden" / "x.jpg")
    (folder / "c.jpg").write_bytes((FIXTURES / "prank.jpg").read_bytes()[:900])
    (folder / "notes.txt").write_text("no picture")
    rules = tmp_path_factory.mktemp("rules")
    run = _run(
        "add", folder, "--rules", rules, "--json", "--reason", "tests", "--source", "case 7",
        "--added-by", "aminah",
    )  # fmt: skip
    return rules, run


def test_a_folder_is_walked_in_a_stable_order(walked: tuple[Path, Result]) -> None:
    rules, run = walked

    assert [json.loads(line)["id"] for line in run.stdout.splitlines()] == ["b", "a"]
    assert [image.id for image in load_rules(rules).images] == ["b", "a"]


def test_what_is_left_out_of_a_folder_is_named(walked: tuple[Path, Result]) -> None:
    _, run = walked

    assert ".hidden: hidden; left out" in run.stderr
    assert "notes.txt: not a picture that is looked at; left out" in run.stderr


def test_one_picture_that_cannot_be_read_does_not_stop_the_others(
    walked: tuple[Path, Result],
) -> None:
    _, run = walked

    assert run.exit_code == 1
    assert "c.jpg: the JPEG ends before its end marker; not added" in run.stderr
    assert "1 picture of 4 not added" in run.stderr


def test_the_same_picture_is_said_and_not_added_again(walked: tuple[Path, Result]) -> None:
    rules, run = walked

    again = _run("add", FIXTURES / "prank.jpg", "--rules", rules)

    assert "twin.jpg: the same picture is b already; not added" in run.stderr
    assert again.exit_code == 0
    assert "the same picture is b already" in again.stderr
    assert len(load_rules(rules).images) == 2


def test_an_entry_says_where_it_comes_from_and_how_it_was_made(
    walked: tuple[Path, Result],
) -> None:
    rules, _ = walked

    image = load_rules(rules).images[0]

    assert (image.origin, image.reason, image.added_by) == ("case 7", "tests", "aminah")
    assert image.added is not None
    assert abs((date.today() - image.added).days) <= 1  # noqa: DTZ011
    assert image.algorithm == "dct256-v1"
    assert [one.algorithm for one in image.appearance.listed] == ["pdq", "phash64"]


def test_known_pictures_are_listed_with_who_added_them(walked: tuple[Path, Result]) -> None:
    rules, _ = walked

    row = json.loads(_run("list", "--rules", rules, "--json").stdout.splitlines()[0])

    assert (row["added_by"], row["source"], row["algorithm"]) == ("aminah", "case 7", "dct256-v1")


def test_the_bank_is_exported_in_each_format(walked: tuple[Path, Result]) -> None:
    rules, _ = walked
    pdq, phash = (one.hash.hex() for one in load_rules(rules).images[0].appearance.listed)

    shown = {
        name: _run("export", "--format", name, "--rules", rules).stdout.splitlines()
        for name in ("pdq-csv", "threatexchange-json", "phash")
    }

    assert shown["pdq-csv"][:2] == ["hash,quality,label", f"{pdq},100,b"]
    assert shown["phash"][:2] == ["hash,label", f"{phash},b"]
    assert json.loads(shown["threatexchange-json"][0])["indicator"] == pdq


def test_what_was_exported_is_imported_and_matched_as_what_it_is(
    walked: tuple[Path, Result], tmp_path: Path
) -> None:
    rules, _ = walked
    ours = tmp_path / "rules"
    ours.mkdir()
    mirrored = tmp_path / "mirrored.png"
    Image.open(FIXTURES / "prank.jpg").transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(mirrored)
    for name in ("pdq-csv", "threatexchange-json", "phash"):
        file = tmp_path / f"{name}.lst"
        file.write_text(_run("export", "--format", name, "--rules", rules).stdout)
        assert _run("import", file, "--rules", ours).exit_code == 0

    known = _run("test", mirrored, "--rules", ours, "--json")
    innocent = _run("test", FIXTURES / "banner.png", FIXTURES / "logo.png", "--rules", ours)
    lists = [json.loads(x) for x in _run("lists", "--rules", ours, "--json").stdout.splitlines()]

    assert known.exit_code == 1
    detail = json.loads(known.stdout)["detail"]
    assert detail.count("is on the list") == 3
    assert 'files/pdq-csv.csv line 2 "b", pdq at distance' in detail
    assert innocent.exit_code == 0
    assert {one["id"]: (one["algorithm"], one["hashes"]) for one in lists} == {
        "pdq-csv": ("pdq", 2),
        "threatexchange-json": ("pdq", 2),
        "phash": ("phash64", 2),
    }


def test_an_imported_list_is_replaced_only_when_that_is_wished(tmp_path: Path) -> None:
    file = tmp_path / "exchange.txt"
    file.write_text("0f" * 32 + "\n")
    assert _run("import", file, "--rules", tmp_path).exit_code == 0
    file.write_text("0f" * 32 + "\n" + "f0" * 32 + "\n")

    refused = _run("import", file, "--rules", tmp_path)
    before = load_rules(tmp_path)
    replaced = _run("import", file, "--rules", tmp_path, "--replace")
    after = load_rules(tmp_path)

    assert refused.exit_code == 2
    assert "write --replace" in refused.stderr
    assert replaced.exit_code == 0
    assert (before.image_lists[0].hashes.count, after.image_lists[0].hashes.count) == (1, 2)
    assert before.revision != after.revision


def test_a_list_that_cannot_be_read_is_not_imported_and_told_by_line(tmp_path: Path) -> None:
    file = tmp_path / "exchange.txt"
    file.write_text("0f" * 32 + "\nrubbish\n")

    run = _run("import", file, "--rules", tmp_path)

    assert run.exit_code == 1
    assert "exchange.txt:2: `rubbish` is no pdq hash; pdq hashes are 64 hexadecimal" in run.stderr
    assert not list(tmp_path.rglob("*.yaml"))


def test_a_pale_picture_is_added_with_a_word_on_what_its_quality_means(tmp_path: Path) -> None:
    pale = Image.open(FIXTURES / "prank.jpg").convert("L").point(lambda level: 110 + level // 10)
    pale.save(tmp_path / "pale.png")

    run = _run("add", tmp_path / "pale.png", "--rules", tmp_path)

    assert run.exit_code == 0
    assert "its pdq hash has quality" in run.stderr
    assert "images export` leaves it out" in run.stderr


def test_a_picture_of_few_places_is_added_with_what_that_means_and_what_is_better(
    tmp_path: Path,
) -> None:
    run = _run("add", FIXTURES / "logo.png", FIXTURES / "prank.jpg", "--rules", tmp_path)

    assert run.exit_code == 0
    (warning,) = (line for line in run.stderr.splitlines() if "telling places" in line)
    assert warning.startswith(f"{FIXTURES / 'logo.png'}: it has few telling places (")
    assert "may not be known" in warning
    assert "other pictures of its design may be held" in warning
    assert "`sallyport images approve` is the better rule" in warning


def test_places_that_look_like_others_of_their_picture_are_not_counted_as_telling(
    tmp_path: Path,
) -> None:
    letter = Image.new("L", (300, 300), 255)
    for line in range(12):
        text = f"No. {line}: Dear patient, your visit"
        place = (8, 8 + line * 24)
        ImageDraw.Draw(letter).text(place, text, fill=0, font=ImageFont.load_default(18))
    letter.save(tmp_path / "letter.png")

    run = _run("add", tmp_path / "letter.png", "--rules", tmp_path)

    (known,) = load_rules(tmp_path).images
    told = max(map(count_telling, known.appearance.keypoints))
    assert f"it has few telling places ({told};" in run.stderr
    assert told < max(read_head(block)[0] for block in known.appearance.keypoints)


def test_a_code_is_added_although_only_the_whole_of_it_is_kept(tmp_path: Path) -> None:
    draw_code("https://pay.example/invoices/2026/").save(tmp_path / "code.png")

    run = _run("add", tmp_path / "code.png", "--rules", tmp_path)

    assert run.exit_code == 0, run.output
    (known,) = load_rules(tmp_path).images
    assert [view.name for view in known.appearance.views] == ["whole"]


def test_a_folder_without_pictures_is_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no picture")

    for command in ("add", "approve"):
        run = _run(command, tmp_path, "--rules", tmp_path)

        assert run.exit_code == 2
        assert "notes.txt: not a picture that is looked at; left out" in run.stderr
        assert "there is no picture in it" in run.stderr


@pytest.mark.parametrize("name", ["known.txt", ".known.yaml", "/tmp/known.yaml"])
def test_a_rule_file_that_would_not_be_read_is_a_usage_error(tmp_path: Path, name: str) -> None:
    run = _run("add", FIXTURES / "prank.jpg", "--rules", tmp_path, "--file", name)

    assert run.exit_code == 2
    assert "would not be read as a rule file" in run.stderr


def test_few_views_are_no_warning_where_places_tell_crops(walked: tuple[Path, Result]) -> None:
    _, run = walked

    assert "b.jpg" not in run.stderr
    assert "much of it is flat" not in run.stderr
