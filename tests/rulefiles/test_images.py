"""Known pictures and lists of other people, as rule files say them."""

from __future__ import annotations

import base64
from datetime import date
from pathlib import Path

import pytest

from filter.message import ListedHash
from filter.pictures.bankfile import insert_entries, insert_fields
from filter.rulefiles import imagelists
from filter.rulefiles.load import check_rules, load_rules
from filter.rulefiles.watch import RulesHolder, _fingerprint
from filter.ruleset import BankedImage

HASH = "1f" * 32


def _points(number: int) -> bytes:
    head = b"\x01" + number.to_bytes(2, "little") + b"\x00\x80\x00\x60"
    return head + bytes(range(38)) * number


FIRST, SECOND = _points(1), _points(2)
ENTRY = f"""\
images:
  - id: prank
    source: case 2021-17
    added_by: aminah
    added: 2026-11-28
    thumbnail: thumbnails/prank.webp
    listed: ["pdq:{HASH}:77", "phash64:{"0f" * 8}"]
    keypoints:
      - |
        {base64.b64encode(FIRST).decode()[:8]}
        {base64.b64encode(FIRST).decode()[8:]}
      - {base64.b64encode(SECOND).decode()}
    views:
      - whole:{HASH}:90
"""
LIST = """\
image_lists:
  - id: exchange
    file: files/exchange.csv
    algorithm: pdq
    reason: shared by the union of clinics
    added_by: aminah
"""


def _entry(folder: Path, text: str = ENTRY) -> BankedImage:
    (folder / "known.yaml").write_text(text, "utf-8")
    (image,) = load_rules(folder).images
    return image


def _lists(folder: Path, content: str = f"{HASH},90,bridge\n") -> Path:
    (folder / "lists.yaml").write_text(LIST, "utf-8")
    (folder / "files").mkdir()
    (folder / "files" / "exchange.csv").write_text(content, "utf-8")
    return folder / "files" / "exchange.csv"


def test_an_entry_says_everything_of_a_picture(tmp_path: Path) -> None:
    image = _entry(tmp_path)

    assert (image.origin, image.added_by, image.added) == (
        "case 2021-17",
        "aminah",
        date(2026, 11, 28),
    )
    assert image.thumbnail == "thumbnails/prank.webp"
    assert image.appearance.keypoints == (FIRST, SECOND)
    assert image.appearance.listed == (
        ListedHash("pdq", bytes.fromhex(HASH), 77),
        ListedHash("phash64", b"\x0f" * 8, 100),
    )


def test_one_text_of_key_points_is_one_block(tmp_path: Path) -> None:
    text = base64.b64encode(FIRST).decode()

    image = _entry(
        tmp_path, f"images:\n- {{id: a, views: ['whole:{HASH}:90'], keypoints: {text}}}\n"
    )

    assert image.appearance.keypoints == (FIRST,)


def test_a_thumbnail_that_is_not_there_is_a_warning(tmp_path: Path) -> None:
    (tmp_path / "known.yaml").write_text(ENTRY, "utf-8")
    missing = [problem.code for problem in check_rules(tmp_path).problems]
    (tmp_path / "thumbnails").mkdir()
    (tmp_path / "thumbnails" / "prank.webp").write_bytes(b"x")

    assert missing == ["W172"]
    assert check_rules(tmp_path).problems == ()


def test_what_is_written_is_read_back_as_the_same(tmp_path: Path) -> None:
    before = _entry(tmp_path)

    after = _entry(tmp_path, insert_entries("", [before]))

    for name in ("id", "label", "origin", "added_by", "added", "thumbnail", "appearance", "mode"):
        assert getattr(after, name) == getattr(before, name)


def test_long_key_points_are_written_in_lines(tmp_path: Path) -> None:
    block = _points(400)
    image = _entry(tmp_path)
    appearance = image.appearance.__class__(image.appearance.views, (block, FIRST), ())
    entry = BankedImage("long", "", "Long", appearance)

    text = insert_entries("", [entry])

    assert max(map(len, text.splitlines())) <= 110
    assert _entry(tmp_path, text).appearance.keypoints == (block, FIRST)


def test_a_list_is_part_of_the_rules_with_the_limits_of_its_algorithm(tmp_path: Path) -> None:
    _lists(tmp_path)

    checked = check_rules(tmp_path)

    assert checked.rules is not None
    (known,) = checked.rules.image_lists
    assert (known.max_distance_bits, known.min_quality, known.hashes.count) == (31, 50, 1)
    assert (known.reason, known.added_by) == ("shared by the union of clinics", "aminah")
    assert checked.file_count == 1


def test_the_revision_changes_with_a_list(tmp_path: Path) -> None:
    file = _lists(tmp_path)
    before = load_rules(tmp_path).revision
    file.write_text(f"{HASH},91,bridge\n")

    assert load_rules(tmp_path).revision != before


def test_a_changed_list_is_noticed_and_loaded(tmp_path: Path) -> None:
    file = _lists(tmp_path)
    holder = RulesHolder(tmp_path)
    holder.reload()
    seen = _fingerprint(tmp_path)
    file.write_text(f"{HASH},90,bridge\n{'2e' * 32},90,other\n")

    assert _fingerprint(tmp_path) != seen
    holder.reload()
    rules = holder.current()
    assert rules is not None
    assert rules.image_lists[0].hashes.count == 2


def test_rules_stay_in_force_while_a_list_cannot_be_read(tmp_path: Path) -> None:
    file = _lists(tmp_path)
    keep = tmp_path / ".keep.json"
    holder = RulesHolder(tmp_path, keep)
    holder.reload()
    file.write_text("rubbish\n")

    (problem,) = holder.reload()
    restarted = RulesHolder(tmp_path, keep)
    restarted.reload()

    assert problem.headline().endswith("exchange.csv:1:1: error[E076]: `rubbish` is no pdq hash")
    for one in (holder, restarted):
        rules = one.current()
        assert rules is not None
        assert rules.image_lists[0].hashes.count == 1


def test_entries_that_are_left_out_are_a_warning(tmp_path: Path) -> None:
    _lists(tmp_path, f"{HASH},90,a\n{HASH},12,b\n")

    (problem,) = check_rules(tmp_path).problems

    assert (problem.code, problem.message) == (
        "W173",
        "1 entry is left out: of a quality below 50",
    )


def test_a_list_is_read_once_while_it_does_not_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _lists(tmp_path, f"{HASH},90,once\n")
    first = load_rules(tmp_path).image_lists[0].hashes
    monkeypatch.setattr(imagelists, "read_list", None)
    (tmp_path / "more.yaml").write_text("links:\n  - {id: site, host: www.health.example}\n")

    assert load_rules(tmp_path).image_lists[0].hashes is first


def test_a_link_to_a_file_outside_the_folder_is_not_read(tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    rules.mkdir()
    file = _lists(rules)
    file.rename(tmp_path / "outside.csv")
    file.symlink_to(tmp_path / "outside.csv")

    assert [problem.code for problem in check_rules(rules).problems] == ["E075"]


def test_an_entry_is_added_to_another_section(tmp_path: Path) -> None:
    text = insert_fields("# ours\nlinks: []\n", "image_lists", {"id": "a", "reason": None})

    assert text == "# ours\nlinks: []\n\nimage_lists:\n  - id: a\n"
    assert "  - id: b\n    mode: off\n  - id: a\n" in insert_fields(
        text, "image_lists", {"id": "b", "mode": "off"}
    )


@pytest.mark.parametrize(
    "name", ["loop.csv", "x" * 400 + ".csv", '"a\\0b.csv"', "a//..//b.csv", "."]
)
def test_a_path_that_leads_nowhere_is_an_error_and_no_crash(tmp_path: Path, name: str) -> None:
    (tmp_path / "loop.csv").symlink_to(tmp_path / "loop.csv")
    text = ENTRY.replace("thumbnails/prank.webp", name) + LIST.replace("files/exchange.csv", name)
    (tmp_path / "known.yaml").write_text(text, "utf-8")

    checked = check_rules(tmp_path)

    assert checked.rules is None
    assert {problem.code for problem in checked.problems} <= {"E001", "E074", "E075", "W172"}
