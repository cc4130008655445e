"""What looks like a known picture is written beside it: from files, stored and held messages."""

from __future__ import annotations

import io
import json
import stat
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from PIL import Image, ImageOps

from filter.cli import likenessfiles
from filter.cli.main import cli
from filter.message import Transaction
from filter.quarantine.item import State
from filter.rulefiles.load import load_rules
from tests.battery.sample import ENVELOPE
from tests.pictures.draw import draw_clinic, encoded
from tests.pictures.dresses import EMBEDDED
from tests.quarantine.commandworld import World
from tests.quarantine.messages import mail

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "pictures"
PRANK = FIXTURES / "prank.jpg"


def _run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rules")
    added = _run("images", "add", PRANK, "--label", "A singer", "--rules", folder)
    assert added.exit_code == 0, added.output
    return folder


def _letter(*files: tuple[str, str, bytes], name: str = "") -> bytes:
    """Return a letter with attachments, each of a type, a subtype and content."""
    letter = EmailMessage()
    letter["From"], letter["To"] = "clinic@health.example", "anna@example.org"
    letter["Subject"] = "Your appointment"
    letter.set_content("Hello\n")
    for number, (kind, subtype, content) in enumerate(files):
        called = name or f"file-{number}.{subtype}"
        letter.add_attachment(content, maintype=kind, subtype=subtype, filename=called)
    return letter.as_bytes(policy=letter.policy.clone(linesep="\r\n"))


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def _is_a_drawing(path: Path) -> bool:
    with Image.open(path) as drawn:
        drawn.load()
        return drawn.format == "PNG" and drawn.width > 900


@pytest.fixture(scope="module")
def dressed(prank: Image.Image) -> bytes:
    return encoded(ImageOps.mirror(prank), "PNG")


def test_files_that_are_known_are_drawn_and_named_in_json(
    rules: Path, dressed: bytes, prank: Image.Image, tmp_path: Path
) -> None:
    (tmp_path / "a b.png").write_bytes(dressed)
    prank.save(tmp_path / "page.pdf")
    folder = tmp_path / "out"
    files = (FIXTURES / "clinic.jpg", tmp_path / "a b.png", tmp_path / "page.pdf")

    run = _run("images", "test", *files, "--rules", rules, "--side-by-side", folder, "--json")

    assert run.exit_code == 1
    rows = [json.loads(line) for line in run.stdout.splitlines()]
    expected = ["file-2-1-a-singer.png", "file-3-1-a-singer.png", "file-3-2-a-singer.png"]
    assert _names(folder) == expected
    assert [name for row in rows for name in row["side_by_side"]] == [
        str(folder / name) for name in expected
    ]
    assert rows[0]["side_by_side"] == []
    assert all(_is_a_drawing(folder / name) for name in expected)


def test_nothing_is_written_where_it_was_not_asked_for(rules: Path, tmp_path: Path) -> None:
    run = _run("images", "test", PRANK, "--rules", rules, "--json")

    assert "side_by_side" not in json.loads(run.stdout)


def test_only_the_owner_reads_what_was_held(rules: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"

    _run("images", "test", PRANK, "--rules", rules, "--side-by-side", folder)

    (drawn,) = folder.iterdir()
    assert stat.S_IMODE(drawn.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_what_is_there_is_never_overwritten_and_that_is_said(rules: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    arguments = ("images", "test", PRANK, "--rules", rules, "--side-by-side", folder)
    assert _run(*arguments).stderr == ""
    (drawn,) = folder.iterdir()

    again = _run(*arguments, "--json")
    drawn.write_text("mine")
    other = _run(*arguments, "--json")

    assert again.stderr == "", "the same drawing is the same file"
    assert json.loads(again.stdout)["side_by_side"] == [str(drawn)]
    assert other.stderr == f"{drawn}: not written: there is another file of that name\n"
    assert json.loads(other.stdout)["side_by_side"] == []
    assert drawn.read_text() == "mine"


def test_a_link_in_the_place_of_a_file_is_not_followed(rules: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "file-1-1-a-singer.png").symlink_to(tmp_path / "elsewhere.png")

    run = _run("images", "test", PRANK, "--rules", rules, "--side-by-side", folder)

    assert "not written" in run.stderr
    assert not (tmp_path / "elsewhere.png").exists()


def test_a_folder_that_cannot_be_made_is_said(rules: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")

    run = _run("images", "test", PRANK, "--rules", rules, "--side-by-side", tmp_path / "file" / "x")

    assert run.exit_code == 1
    assert "not written: Not a directory" in run.stderr


def test_a_scan_draws_what_is_in_each_message(
    rules: Path, dressed: bytes, prank: Image.Image, tmp_path: Path
) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as target:
        target.writestr("cat.png", dressed)
    page = encoded(EMBEDDED["on a page, half"](prank), "PDF")
    (tmp_path / "1.eml").write_bytes(_letter(("image", "png", encoded(draw_clinic(), "PNG"))))
    (tmp_path / "2.eml").write_bytes(
        _letter(
            ("image", "png", dressed),
            ("application", "pdf", page),
            ("application", "zip", archive.getvalue()),
        )
    )
    folder = tmp_path / "out"

    run = _run(
        "scan", tmp_path / "1.eml", tmp_path / "2.eml", "--rules", rules, "--pictures", folder,
        "--json",
    )  # fmt: skip

    first, second = (json.loads(line) for line in run.stdout.splitlines())
    assert first["pictures"] == []
    told = second["pictures"]
    assert [one["file"] for one in told] == [
        str(folder / f"message-2-{number}-a-singer.png") for number in range(1, len(told) + 1)
    ]
    assert {one["where"] for one in told} == {
        f["where"] for f in second["findings"] if f["code"] == "image.known"
    }
    assert {"part 3, page 1", "part 4, file 1 in it"} < {one["where"] for one in told}
    assert told[0]["seen_as"] == "whole+mirrored"
    assert told[0]["seen_area"] == [[1, 0], [0, 0], [0, 1], [1, 1]]
    on_page = next(one for one in told if one["where"] == "part 3, page 1")
    assert on_page["seen_as"] == "region-1"
    assert on_page["seen_area"][0] == pytest.approx([0.25, 0.2], abs=0.03)
    assert on_page["seen_area"][2] == pytest.approx([0.75, 0.5], abs=0.03)
    assert _names(folder) == [Path(one["file"]).name for one in told]
    assert all(_is_a_drawing(folder / name) for name in _names(folder))


def test_a_scan_by_several_processes_draws_the_same(
    rules: Path, dressed: bytes, tmp_path: Path
) -> None:
    for number in (1, 2):
        (tmp_path / f"{number}.eml").write_bytes(_letter(("image", "png", dressed)))
    files = tmp_path / "1.eml", tmp_path / "2.eml"

    one = _run("scan", *files, "--rules", rules, "--pictures", tmp_path / "a")
    two = _run("scan", *files, "--rules", rules, "--pictures", tmp_path / "b", "--jobs", 2)

    assert _names(tmp_path / "a") == ["message-1-1-a-singer.png", "message-2-1-a-singer.png"]
    assert _names(tmp_path / "b") == _names(tmp_path / "a")
    assert (
        f"picture  {tmp_path / 'a' / 'message-1-1-a-singer.png'}  a-singer  [part 2]" in one.stdout
    )
    assert two.exit_code == 1


def test_nothing_that_a_message_says_becomes_a_name(
    rules: Path, dressed: bytes, tmp_path: Path
) -> None:
    letter = _letter(("image", "png", dressed), name="../../../tmp/evil.png")
    (tmp_path / "x.eml").write_bytes(letter)
    folder = tmp_path / "out"

    _run("scan", tmp_path / "x.eml", "--rules", rules, "--pictures", folder)

    assert _names(folder) == ["message-1-1-a-singer.png"]
    assert _names(tmp_path) == ["out", "x.eml"]


def test_pictures_in_an_attached_message_are_drawn(
    rules: Path, dressed: bytes, tmp_path: Path
) -> None:
    inner = EmailMessage()
    inner["From"], inner["To"], inner["Subject"] = "a@health.example", "b@example.org", "x"
    inner.set_content("Hello\n")
    inner.add_attachment(dressed, maintype="image", subtype="png", filename="a.png")
    outer = EmailMessage()
    outer["From"], outer["To"], outer["Subject"] = "a@health.example", "b@example.org", "y"
    outer.set_content("See below\n")
    outer.add_attachment(inner)
    (tmp_path / "x.eml").write_bytes(outer.as_bytes())
    folder = tmp_path / "out"

    run = _run("scan", tmp_path / "x.eml", "--rules", rules, "--pictures", folder, "--json")

    told = json.loads(run.stdout)["pictures"]
    assert [one["where"].partition(", ")[0] for one in told] == ["attached message"]
    assert _names(folder) == ["message-1-1-a-singer.png"]


def test_a_message_of_many_known_pictures_has_a_limit_that_is_said(
    rules: Path, prank: Image.Image, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(likenessfiles, "MAX_FILES", 2)
    copies = [encoded(prank.resize((300 + n, 200)), "PNG") for n in range(3)]
    (tmp_path / "x.eml").write_bytes(_letter(*(("image", "png", one) for one in copies)))

    run = _run("scan", tmp_path / "x.eml", "--rules", rules, "--pictures", tmp_path / "out")

    assert "message-1: 1 more likeness not drawn; the limit is 2" in run.stderr
    assert len(_names(tmp_path / "out")) == 2


@pytest.fixture
def world(rules: Path, tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path, f"rules: {rules}\n")
    with world.store:
        yield world


def _held(world: World, *files: tuple[str, str, bytes]) -> Transaction:
    transaction = replace(mail(_letter(*files)), envelope=ENVELOPE)
    world.holds(transaction)
    return transaction


def test_held_mail_is_drawn_under_the_rules_in_force(world: World, dressed: bytes) -> None:
    held = _held(world, ("image", "png", dressed))
    folder = world.folder / "pictures"

    run = world.run("quarantine", "show", "--pictures", str(folder), held.id)

    drawn = folder / f"{held.id}-1-a-singer.png"
    assert run.exit_code == 0, run.output
    assert run.stdout.partition("\nPictures\n")[2] == f"  {drawn}  a-singer  [part 2]\n"
    assert _is_a_drawing(drawn)


def test_machines_are_told_the_files_of_held_mail(world: World, dressed: bytes) -> None:
    held = _held(world, ("image", "png", dressed))
    folder = world.folder / "pictures"

    (item,) = world.objects("quarantine", "show", "--pictures", str(folder), held.id)

    pictures = item["pictures"]
    assert isinstance(pictures, list)
    assert pictures[0].pop("distance") < 10
    assert pictures == [
        {
            "file": str(folder / f"{held.id}-1-a-singer.png"),
            "known": "a-singer",
            "label": "A singer",
            "where": "part 2",
            "seen_as": "whole+mirrored",
            "known_as": "whole",
            "limit": 52,
            "seen_area": [[1, 0], [0, 0], [0, 1], [1, 1]],
            "known_area": [[0, 0], [1, 0], [1, 1], [0, 1]],
        }
    ]
    assert "pictures" not in world.objects("quarantine", "show", held.id)[0]


def test_held_mail_without_a_known_picture_is_told_so(world: World) -> None:
    held = _held(world, ("image", "png", encoded(draw_clinic(), "PNG")))

    run = world.run("quarantine", "show", "--pictures", str(world.folder / "p"), held.id)

    assert run.stdout.endswith(
        "\nPictures\n  none of its pictures is known under the rules in force now\n"
    )
    assert not (world.folder / "p").exists()


def test_content_that_retention_deleted_is_not_drawn(world: World, dressed: bytes) -> None:
    held = _held(world, ("image", "png", dressed))
    world.store.change(held.id, State.HELD, State.DISCARDED, by="x")
    now = datetime.now(UTC)
    world.store.sweep(now + timedelta(days=365), now - timedelta(days=365))

    run = world.run("quarantine", "show", "--pictures", str(world.folder / "p"), held.id)

    assert run.stdout.endswith("\nPictures\n  its content was deleted by retention\n")
    (item,) = world.objects("quarantine", "show", "--pictures", str(world.folder / "p"), held.id)
    assert "pictures" not in item


def test_the_small_copy_is_the_one_of_the_rules_in_force(rules: Path) -> None:
    (image,) = load_rules(rules).images

    assert (rules / image.thumbnail).is_file()
