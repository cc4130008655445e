"""`sallyport images remove`: known and approved pictures leave the rules, and nothing else does."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from filter.cli.images import images_command
from filter.cli.picturefiles import alone_in
from filter.rulefiles.load import check_rules, load_rules

VIEW = "whole:" + "1f" * 32 + ":90"
KNOWN = f"""\
# ours
images:
  # case 7
  - id: singer
    label: A singer
    thumbnail: files/pictures/singer.webp
    views: ["{VIEW}"]
  - id: dancer   # the second one
    thumbnail: files/pictures/shared.webp
    views: ["{VIEW}"]
  - id: walker
    thumbnail: files/pictures/shared.webp
    views: ["{VIEW}"]
"""
APPROVED = f"approved_pictures:\n  - {{id: logo, sha256: {'0f' * 32}, size: 280x72}}\n"
LETTER = """\
templates:
  - {id: letter, channel: email, from: a@health.example, subject: s, text: t,
     pictures: {max: 1, approved: logo}, examples: {pass: [t], hold: [x]}}
"""


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    folder = tmp_path / "rules"
    (folder / "files" / "pictures").mkdir(parents=True)
    for name in ("singer", "shared"):
        (folder / "files" / "pictures" / f"{name}.webp").write_bytes(b"x")
    (folder / "known.yaml").write_text(KNOWN)
    (folder / "approved.yaml").write_text(APPROVED)
    return folder


def _run(*arguments: object) -> Result:
    return CliRunner().invoke(images_command, [str(argument) for argument in arguments])


def _small_copies(rules: Path) -> set[str]:
    return {path.stem for path in (rules / "files" / "pictures").iterdir()}


def test_a_known_picture_goes_with_its_small_copy_and_says_from_which_file(rules: Path) -> None:
    run = _run("remove", "singer", "--rules", rules, "--json")

    assert run.exit_code == 0, run.output
    row = json.loads(run.stdout)
    assert (row["id"], row["kind"], row["label"], row["removed"]) == (
        "singer",
        "known",
        "A singer",
        "yes",
    )
    assert row["file"] == f"{rules / 'known.yaml'}:4"
    assert row["thumbnail"] == str(rules / "files" / "pictures" / "singer.webp")
    assert _small_copies(rules) == {"shared"}
    lines = KNOWN.splitlines(keepends=True)
    assert (rules / "known.yaml").read_text() == "".join([*lines[:3], *lines[7:]])


def test_a_small_copy_stays_until_no_entry_names_it(rules: Path) -> None:
    assert _run("remove", "dancer", "--rules", rules).exit_code == 0
    assert _small_copies(rules) == {"singer", "shared"}

    assert _run("remove", "walker", "--rules", rules).exit_code == 0
    assert _small_copies(rules) == {"singer"}


def test_several_go_at_once_and_the_rest_is_valid(rules: Path) -> None:
    run = _run("remove", "singer", "dancer", "walker", "logo", "--rules", rules)

    assert run.exit_code == 0, run.output
    assert (rules / "known.yaml").read_text() == "# ours\nimages:\n  # case 7\n"
    assert _small_copies(rules) == set()
    assert (load_rules(rules).images, load_rules(rules).approved) == ((), ())


def test_a_dry_run_says_what_would_go_and_leaves_everything(rules: Path) -> None:
    run = _run("remove", "singer", "logo", "--dry-run", "--rules", rules, "--json")

    rows = [json.loads(line) for line in run.stdout.splitlines()]
    assert [(row["kind"], row["removed"]) for row in rows] == [("known", "no"), ("approved", "no")]
    assert "nothing was removed" in run.stderr
    assert ((rules / "known.yaml").read_text(), (rules / "approved.yaml").read_text()) == (
        KNOWN,
        APPROVED,
    )
    assert _small_copies(rules) == {"singer", "shared"}


def test_an_unknown_id_removes_nothing_and_says_what_may_be_meant(rules: Path) -> None:
    run = _run("remove", "singer", "dancr", "zzz", "--rules", rules)

    assert run.exit_code == 2
    assert "no picture or list `dancr`; did you mean `dancer`?" in run.stderr
    assert "no picture or list `zzz`; `sallyport images list`" in run.stderr
    assert (rules / "known.yaml").read_text() == KNOWN


def test_an_approved_picture_that_a_template_shows_stays_unless_forced(rules: Path) -> None:
    (rules / "letter.yaml").write_text(LETTER)

    refused = _run("remove", "logo", "--rules", rules)
    before = (rules / "approved.yaml").read_text()
    forced = _run("remove", "logo", "--force", "--rules", rules)

    assert refused.exit_code == 1
    assert f"{rules / 'letter.yaml'}:2: the template `letter` shows `logo`" in refused.stderr
    assert before == APPROVED
    assert forced.exit_code == 0
    assert "the rules are invalid until the templates are changed" in forced.stderr
    assert {problem.code for problem in check_rules(rules).problems} >= {"E093"}


def test_a_picture_that_is_known_and_approved_by_one_id_is_named_by_its_kind(rules: Path) -> None:
    (rules / "approved.yaml").write_text(APPROVED.replace("logo", "singer"))

    unclear = _run("remove", "singer", "--rules", rules)
    clear = _run("remove", "singer", "--kind", "approved", "--rules", rules)

    assert unclear.exit_code == 2
    assert "say which one with --kind" in unclear.stderr
    assert clear.exit_code == 0
    assert (rules / "known.yaml").read_text() == KNOWN
    assert load_rules(rules).approved == ()


def test_an_entry_of_an_algorithm_that_is_gone_can_be_removed(rules: Path) -> None:
    old = f"images:\n  - id: old\n    algorithm: dct256-v0\n    views: ['{VIEW}']\n"
    (rules / "old.yaml").write_text(old)
    assert check_rules(rules).rules is None

    assert _run("remove", "old", "--rules", rules).exit_code == 0

    assert check_rules(rules).rules is not None


def test_a_list_of_others_is_removed_and_its_file_is_left(rules: Path) -> None:
    (rules / "lists.yaml").write_text(
        "image_lists:\n  - id: exchange\n    file: files/exchange.csv\n    algorithm: pdq\n"
    )
    (rules / "files" / "exchange.csv").write_text("1f" * 32 + "\n")
    assert len(load_rules(rules).image_lists) == 1

    run = _run("remove", "exchange", "--rules", rules)

    assert run.exit_code == 0
    assert f"{rules / 'files' / 'exchange.csv'} is left where it is" in run.stderr
    assert load_rules(rules).image_lists == ()
    assert (rules / "files" / "exchange.csv").exists()


def test_what_cannot_be_taken_out_by_lines_is_left_to_people(rules: Path) -> None:
    text = f"images: [{{id: a, views: ['{VIEW}']}}]\n"
    (rules / "more.yaml").write_text(text)

    run = _run("remove", "a", "singer", "--rules", rules)

    assert run.exit_code == 2
    assert "more.yaml" in run.stderr
    assert "edit it by hand" in run.stderr
    assert (rules / "known.yaml").read_text() == KNOWN


def test_nothing_is_removed_while_a_file_cannot_be_read(rules: Path) -> None:
    (rules / "broken.yaml").write_text("images: [\n")

    run = _run("remove", "singer", "--rules", rules)

    assert run.exit_code == 3
    assert "error[E002]" in run.stderr
    assert (rules / "known.yaml").read_text() == KNOWN


def test_a_rule_file_keeps_its_mode(rules: Path) -> None:
    (rules / "known.yaml").chmod(0o640)

    assert _run("remove", "singer", "--rules", rules).exit_code == 0

    assert (rules / "known.yaml").stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("name", ["../outside.webp", "/etc/hostname", "a\\0b", ""])
def test_a_small_copy_elsewhere_is_not_touched(rules: Path, name: str) -> None:
    outside = rules.parent / "outside.webp"
    outside.write_bytes(b"x")
    (rules / "more.yaml").write_text(
        f'images:\n  - id: more\n    thumbnail: "{name}"\n    views: ["{VIEW}"]\n'
    )

    run = _run("remove", "more", "--rules", rules, "--json")

    assert run.exit_code == 0, run.output
    assert json.loads(run.stdout)["thumbnail"] is None
    assert outside.exists()


@pytest.mark.parametrize("name", ["known.yaml", "more.yaml", "files/list.csv"])
def test_no_rule_file_is_deleted_as_a_small_copy(name: str, rules: Path) -> None:
    (rules / "files" / "list.csv").write_text("x")
    (rules / "more.yaml").write_text(
        f'images:\n  - id: more\n    thumbnail: "{name}"\n    views: ["{VIEW}"]\n'
    )

    run = _run("remove", "more", "--rules", rules)

    assert run.exit_code == 0, run.output
    assert (rules / name).exists()


def test_a_rule_file_that_is_a_link_stays_one(rules: Path) -> None:
    shared = rules.parent / "shared.yaml"
    (rules / "known.yaml").rename(shared)
    (rules / "known.yaml").symlink_to(shared)

    run = _run("remove", "singer", "--rules", rules)

    assert run.exit_code == 0, run.output
    assert (rules / "known.yaml").is_symlink()
    assert "singer" not in shared.read_text()


def test_two_that_remove_at_once_wait_for_each_other(rules: Path) -> None:
    command = [sys.executable, "-m", "filter", "images", "remove", "singer", "--rules", str(rules)]

    with alone_in(rules):
        other = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        with pytest.raises(subprocess.TimeoutExpired):
            other.wait(3)
        (rules / "known.yaml").write_text(KNOWN.replace("dancer", "juggler"))

    assert other.wait(60) == 0
    assert "juggler" in (rules / "known.yaml").read_text()
    assert "singer" not in (rules / "known.yaml").read_text()


def test_approved_pictures_are_listed_when_that_is_asked(rules: Path) -> None:
    run = _run("list", "--approved", "--rules", rules, "--json")

    row = json.loads(run.stdout)
    assert (row["id"], row["kind"], row["size"], row["also_similar"]) == (
        "logo",
        "file",
        [[280, 72]],
        False,
    )
