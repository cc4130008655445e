"""`sallyport images approve` and `recent`, and what `images add` says of innocent pictures."""

from __future__ import annotations

import asyncio
import hashlib
import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from PIL import Image

from filter.cli.images import images_command
from filter.pictures import likeness
from filter.pictures.agreement import TooAlikeError
from filter.pictures.approvedfile import Approval, insert_approval
from filter.quarantine.looks import encode_look
from filter.quarantine.picturebook import Passed
from filter.quarantine.store import Store
from filter.reading.sandbox import Sandbox
from filter.rulefiles.load import check_rules, load_rules
from filter.settings import Quarantine
from tests.quarantine.waiting import until

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "pictures"
LOGO, BANNER, CLINIC = (FIXTURES / name for name in ("logo.png", "banner.png", "clinic.jpg"))


def _run(*arguments: object) -> Result:
    return CliRunner().invoke(images_command, [str(argument) for argument in arguments])


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    folder = tmp_path / "rules"
    folder.mkdir()
    return folder


@pytest.fixture
def settings(tmp_path: Path, rules: Path) -> Path:
    file = tmp_path / "sallyport.yaml"
    file.write_text(f"rules: {rules}\nstate: {tmp_path / 'state'}\n")
    return file


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_an_approved_picture_stands_in_the_rules(rules: Path) -> None:
    run = _run("approve", LOGO, "--id", "logo", "--label", "Our logo", "--by", "anna",
               "--reason", "head of each letter", "--rules", rules)  # fmt: skip

    assert run.exit_code == 0, run.output
    (entry,) = load_rules(rules).approved
    assert (entry.id, entry.label, entry.digests) == (
        "logo",
        "Our logo",
        frozenset({_digest(LOGO)}),
    )
    assert entry.sizes == ((280, 72),)
    assert not entry.also_similar
    assert {"whole", "whole@dark"} <= {view.name for view in entry.views}
    text = (rules / "approved-pictures.yaml").read_text()
    assert 'added_by: "anna"' in text
    assert 'reason: "head of each letter"' in text
    assert f'added: "{datetime.now(UTC).date().isoformat()}"' in text


def test_several_files_are_one_entry_with_an_id_and_one_each_without(
    rules: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "art"
    folder.mkdir()
    for one in (LOGO, BANNER):
        shutil.copy(one, folder)
    (folder / "notes.txt").write_text("no picture")

    assert _run("approve", folder, "--rules", rules).exit_code == 0
    assert _run("approve", CLINIC, FIXTURES / "code.png", "--id", "both", "--also-similar",
                "--rules", rules).exit_code == 0  # fmt: skip

    entries = {entry.id: entry for entry in load_rules(rules).approved}
    assert set(entries) == {"banner", "logo", "both"}
    assert entries["both"].digests == {_digest(CLINIC), _digest(FIXTURES / "code.png")}
    assert entries["both"].also_similar


def test_what_is_approved_is_not_approved_twice_and_ids_are_not_taken(rules: Path) -> None:
    assert _run("approve", LOGO, "--id", "logo", "--rules", rules).exit_code == 0

    again = _run("approve", LOGO, "--rules", rules)
    taken = _run("approve", BANNER, "--id", "logo", "--rules", rules)

    assert (again.exit_code, taken.exit_code) == (0, 2)
    assert "is approved already, as logo" in again.output
    assert "`logo` is there already" in taken.output
    assert len(load_rules(rules).approved) == 1


def test_a_template_may_name_a_picture_before_it_is_approved(rules: Path) -> None:
    (rules / "letter.yaml").write_text(
        "templates:\n  - {id: t, channel: email, from: a@health.example, subject: s, text: t,"
        " pictures: {max: 1, approved: logo}, examples: {pass: [t], hold: [x]}}\n"
    )
    assert {problem.code for problem in check_rules(rules).problems} == {"E093"}

    assert _run("approve", LOGO, "--id", "logo", "--rules", rules).exit_code == 0

    assert check_rules(rules).problems == ()


def test_what_would_be_held_as_it_is_is_not_approved(rules: Path, tmp_path: Path) -> None:
    (tmp_path / "half.png").write_bytes(LOGO.read_bytes()[:900])

    run = _run("approve", tmp_path / "half.png", BANNER, "--rules", rules)

    assert run.exit_code == 1
    assert "nothing was approved" in run.output
    assert not list(rules.iterdir())


def test_likeness_is_not_for_films_and_flat_pictures(rules: Path, tmp_path: Path) -> None:
    film, flat = tmp_path / "film.gif", tmp_path / "flat.png"
    first = Image.open(BANNER).convert("RGB")
    first.save(film, save_all=True, append_images=[first.rotate(180)])
    Image.new("RGB", (200, 100), "white").save(flat)

    run = _run("approve", film, flat, "--also-similar", "--rules", rules)

    assert run.exit_code == 0
    assert "it is a film; only its exact bytes are approved" in run.output
    assert "too flat to be told from others; only its exact bytes" in run.output
    assert [entry.also_similar for entry in load_rules(rules).approved] == [False, False]


def test_a_known_picture_is_approved_only_with_force(rules: Path) -> None:
    assert _run("add", CLINIC, "--rules", rules).exit_code == 0

    refused = _run("approve", CLINIC, BANNER, "--rules", rules)
    before = load_rules(rules).approved
    forced = _run("approve", CLINIC, "--id", "house", "--force", "--rules", rules)

    assert refused.exit_code == 1
    assert 'clinic.jpg: looks like "clinic" (clinic): whole against whole' in refused.stderr
    assert "`sallyport images remove clinic`" in refused.stderr
    assert "nothing was approved" in refused.stderr
    assert before == ()
    assert forced.exit_code == 0
    assert 'looks like "clinic"' in forced.stderr
    assert "W176" in {problem.code for problem in check_rules(rules).problems}


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("command", ["approve", "add", "import"])
def test_line_ends_of_a_rule_file_stay_as_they_are(
    rules: Path, tmp_path: Path, command: str, mark: str
) -> None:
    section = {"approve": "approved_pictures", "add": "images", "import": "image_lists"}[command]
    before = (
        f"{mark}{section}: []  # ours\r\nlinks:\r\n  - {{id: site, host: www.health.example}}\r\n"
    )
    (rules / "ours.yaml").write_text(before, newline="")
    file = tmp_path / "list.txt"
    file.write_text("0f" * 32)

    run = _run(command, file if command == "import" else CLINIC, "--file", "ours.yaml",
               "--rules", rules)  # fmt: skip

    after = (rules / "ours.yaml").read_bytes().decode()
    loaded = load_rules(rules)
    assert run.exit_code == 0, run.output
    assert len(loaded.approved) + len(loaded.images) + len(loaded.image_lists) == 1
    assert after.startswith(f"{mark}{section}:")
    assert after.endswith(before.partition("\r\n")[2])
    assert after.count("\n") == after.count("\r\n")


@pytest.mark.parametrize("command", ["approve", "add", "import"])
def test_an_id_that_no_rule_can_have_is_a_usage_error(rules: Path, command: str) -> None:
    run = _run(command, LOGO, "--id", "My Logo", "--rules", rules)

    assert run.exit_code == 2
    assert "write small letters, digits" in run.stderr
    assert not list(rules.iterdir())


@pytest.mark.parametrize("name", ["approved.txt", ".approved.yaml", "/tmp/approved.yaml"])
def test_a_rule_file_that_would_not_be_read_is_a_usage_error(rules: Path, name: str) -> None:
    run = _run("approve", LOGO, "--file", name, "--rules", rules)

    assert run.exit_code == 2
    assert "would not be read as a rule file" in run.stderr


def test_what_is_too_much_like_known_pictures_is_approved_only_with_force(
    rules: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise TooAlikeError

    assert _run("add", CLINIC, "--rules", rules).exit_code == 0
    monkeypatch.setattr(likeness, "find_known", refuse)

    refused = _run("approve", BANNER, "--id", "banner", "--rules", rules)
    forced = _run("approve", BANNER, "--id", "banner", "--force", "--rules", rules)

    assert refused.exit_code == 1
    assert "banner.png: too many of its places look like others" in refused.stderr
    assert forced.exit_code == 0


def test_a_known_picture_that_would_hold_an_approved_one_needs_force(rules: Path) -> None:
    assert _run("approve", BANNER, "--id", "banner", "--rules", rules).exit_code == 0

    refused = _run("add", BANNER, "--rules", rules)
    assert refused.exit_code == 1
    assert 'would hold the approved picture "banner" (banner), distance 0' in refused.output
    assert "not added; remove what is approved first (`sallyport images remove`)" in refused.output
    assert load_rules(rules).images == ()

    assert _run("add", BANNER, "--force", "--rules", rules).exit_code == 0
    assert len(load_rules(rules).images) == 1
    assert _run("add", CLINIC, "--rules", rules).exit_code == 0


def _remember(folder: Path, sandbox: Sandbox, path: Path, messages: int) -> None:
    look = sandbox.look_at_picture(path.read_bytes(), "", "x")
    today = datetime.now(UTC).date()
    passed = Passed(
        today, _digest(path), "letter", messages, look.width, look.height,
        encode_look(look.appearance.views),
    )  # fmt: skip

    def is_kept(store: Store) -> Callable[[], bool]:
        return lambda: any(p.digest == passed.digest for p in store.recent_pictures(_now()))

    with Store(folder, Quarantine(min_free_bytes=0)) as store:
        store.note_pictures([passed])
        asyncio.run(until(is_kept(store)))


def _now() -> datetime:
    return datetime.now(UTC)


def test_a_known_picture_that_would_hold_what_passed_is_told_and_added(
    rules: Path, settings: Path, tmp_path: Path, sandbox: Sandbox
) -> None:
    _remember(tmp_path / "state", sandbox, CLINIC, 43)
    _remember(tmp_path / "state", sandbox, LOGO, 7)
    smaller = tmp_path / "house.jpg"
    Image.open(CLINIC).resize((320, 240)).save(smaller, quality=50)

    run = _run("add", smaller, "--settings", settings)

    assert run.exit_code == 0, run.output
    told = [line for line in run.output.splitlines() if "would hold" in line]
    assert len(told) == 1
    assert "a picture that passed in 43 messages (letter 43)" in told[0]
    assert "480 x 360 pixels" in told[0]
    assert len(load_rules(rules).images) == 1


def test_pictures_that_passed_are_listed(settings: Path, tmp_path: Path, sandbox: Sandbox) -> None:
    _remember(tmp_path / "state", sandbox, CLINIC, 43)

    rows = [
        json.loads(line)
        for line in _run("recent", "--settings", settings, "--json").stdout.splitlines()
    ]
    other = _run("recent", "--template", "other", "--settings", settings, "--json")

    today = datetime.now(UTC).date().isoformat()
    assert rows == [
        {
            "sha256": _digest(CLINIC),
            "size": [480, 360],
            "messages": 43,
            "templates": {"letter": 43},
            "first_day": today,
            "last_day": today,
        }
    ]
    assert other.stdout == ""
    assert _digest(CLINIC)[:12] in _run("recent", "--settings", settings).stdout


ENTRY = Approval("x", 'A "x"', "anna", "2026-11-28", "", ("ab" * 32,), ((9, 9),), ())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "links: []\n",
        "approved_pictures:\n",
        "approved_pictures: []  # none yet\n",
        "approved_pictures:\n- id: pixel\n  kind: spacer\nlinks: []\n",
        "approved_pictures:\n    # a list\n    - {id: pixel, kind: spacer}\n\nlinks: []\n",
        "approved_pictures:",
    ],
)
def test_an_entry_is_put_beside_what_stands_there(text: str, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(insert_approval(text, ENTRY))

    rules = load_rules(tmp_path)

    assert rules.approved[0].label == 'A "x"'
    assert len(rules.approved) == 1 + text.count("id: pixel")


def test_a_list_in_one_line_is_left_alone() -> None:
    with pytest.raises(ValueError, match="not a list of lines"):
        insert_approval("approved_pictures: [{id: pixel, kind: spacer}]\n", ENTRY)
