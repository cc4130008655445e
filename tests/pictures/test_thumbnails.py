"""A small copy of a known picture is kept for people: of pixels only, whole or not at all."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from PIL import Image

from filter.cli import imagesadd
from filter.cli.main import cli
from filter.cli.thumbnailfiles import ThumbnailError, kept_thumbnail, render_thumbnail
from filter.message import UNSEEN
from filter.pictures.rendition import Rendition
from filter.pictures.thumbnails import MAX_BYTES, encode_thumbnail
from filter.reading.sandbox import Sandbox
from filter.rulefiles.load import load_rules
from filter.ruleset import BankedImage
from tests.pictures.draw import encoded

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "pictures"
PRANK = FIXTURES / "prank.jpg"
SECRET = b"GPS 3.1390 N 101.6869 E, photographed by Aisha"


def _run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, [str(argument) for argument in arguments])


def _marked(prank: Image.Image) -> bytes:
    """Return the prank with words in EXIF, in a comment, and after its end marker."""
    exif = Image.Exif()
    exif[0x010E] = SECRET.decode()
    return encoded(prank, "JPEG", exif=exif.tobytes(), comment=SECRET)


def test_it_is_a_small_picture_without_a_byte_of_the_original(
    prank: Image.Image, sandbox: Sandbox, tmp_path: Path
) -> None:
    content = _marked(prank)
    assert content.count(SECRET) == 2

    with kept_thumbnail(sandbox, tmp_path, "prank", content) as name:
        pass

    kept = tmp_path / name
    assert name == "files/pictures/prank.webp"
    assert SECRET not in kept.read_bytes()
    with Image.open(kept) as copy:
        assert (copy.format, copy.size) == ("WEBP", (320, 240))
        assert not {"exif", "icc_profile", "xmp", "comment"} & set(copy.info)
        small = prank.resize((320, 240))
        for place in ((120, 22), (37, 150), (200, 100)):
            shades = zip(copy.convert("RGB").getpixel(place), small.getpixel(place), strict=True)  # type: ignore[arg-type]
            assert all(abs(one - other) < 40 for one, other in shades)
    assert [path.name for path in kept.parent.iterdir()] == ["prank.webp"]


def test_a_picture_of_nothing_but_noise_stays_below_the_limit() -> None:
    noise = Image.effect_noise((320, 320), 200).convert("RGB")

    content = encode_thumbnail(Rendition(320, 320, noise.tobytes()))

    assert len(content) <= MAX_BYTES
    with pytest.raises(ValueError, match="nothing to see"):
        encode_thumbnail(Rendition())


def test_it_is_removed_when_the_entry_cannot_be_written(sandbox: Sandbox, tmp_path: Path) -> None:
    def fail(name: str) -> None:
        assert (tmp_path / name).is_file()
        raise RuntimeError

    with (
        pytest.raises(RuntimeError),
        kept_thumbnail(sandbox, tmp_path, "prank", PRANK.read_bytes()) as name,
    ):
        fail(name)

    assert list((tmp_path / "files" / "pictures").iterdir()) == []


def test_a_file_that_is_there_already_is_left_as_it_is(sandbox: Sandbox, tmp_path: Path) -> None:
    left = tmp_path / "files" / "pictures" / "prank.webp"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"of an entry that is gone")

    with kept_thumbnail(sandbox, tmp_path, "prank", PRANK.read_bytes()) as name:
        pass

    assert name == "files/pictures/prank-2.webp"
    assert (tmp_path / name).stat().st_size > 1_000
    assert left.read_bytes() == b"of an entry that is gone"


def test_nothing_stays_when_it_cannot_be_written(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)

    with (
        pytest.raises(ThumbnailError, match="No space left on device"),
        kept_thumbnail(sandbox, tmp_path, "prank", PRANK.read_bytes()),
    ):
        pytest.fail("there is nothing to name")
    assert list((tmp_path / "files" / "pictures").iterdir()) == []


def test_what_cannot_be_decoded_leaves_no_file(sandbox: Sandbox, tmp_path: Path) -> None:
    with (
        pytest.raises(ThumbnailError, match="end marker"),
        kept_thumbnail(sandbox, tmp_path, "prank", PRANK.read_bytes()[:9_000]),
    ):
        pytest.fail("there is nothing to name")
    assert list(tmp_path.iterdir()) == []


def test_it_has_the_mode_of_the_rule_files(tmp_path: Path) -> None:
    assert _run("images", "add", PRANK, "--rules", tmp_path).exit_code == 0

    modes = [
        stat.S_IMODE((tmp_path / name).stat().st_mode)
        for name in ("known-pictures.yaml", "files/pictures/prank.webp")
    ]
    assert modes[0] == modes[1]


def test_adding_keeps_one_and_names_it(tmp_path: Path) -> None:
    run = _run("images", "add", PRANK, "--rules", tmp_path, "--json")

    (image,) = load_rules(tmp_path).images
    assert image.thumbnail == "files/pictures/prank.webp"
    assert json.loads(run.stdout)["thumbnail"] == image.thumbnail
    assert (tmp_path / image.thumbnail).is_file()


def test_a_picture_that_must_not_be_kept_is_not(tmp_path: Path) -> None:
    run = _run("images", "add", PRANK, "--no-thumbnail", "--rules", tmp_path, "--json")

    (image,) = load_rules(tmp_path).images
    assert image.thumbnail == ""
    assert json.loads(run.stdout)["thumbnail"] is None
    assert [path.name for path in tmp_path.iterdir()] == ["known-pictures.yaml"]


def test_an_entry_that_cannot_be_added_leaves_no_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(imagesadd, "_write", fail)

    assert _run("images", "add", PRANK, "--rules", tmp_path).exit_code != 0
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_missing_copy_is_a_warning_of_check(tmp_path: Path) -> None:
    _run("images", "add", PRANK, "--rules", tmp_path)
    assert "W172" not in _run("check", "--rules", tmp_path).stdout
    (tmp_path / "files" / "pictures" / "prank.webp").unlink()

    run = _run("check", "--rules", tmp_path)

    assert run.exit_code == 0
    assert "warning[W172]: there is no file `files/pictures/prank.webp`\n" in run.stdout
    assert _run("check", "--lint-fatal", "--rules", tmp_path).exit_code == 3


def _banked(folder: Path, thumbnail: str) -> BankedImage:
    return BankedImage("prank", f"{folder}/k.yaml:3", "Singer", UNSEEN, thumbnail=thumbnail)


def test_a_copy_is_shown_from_its_file(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "small.jpg").write_bytes(PRANK.read_bytes())

    shown = render_thumbnail(sandbox, _banked(tmp_path, "small.jpg"))

    assert shown is not None
    assert (shown.width, shown.height) == (480, 360)
    assert render_thumbnail(sandbox, _banked(tmp_path, "")) is None


def test_a_copy_that_is_gone_damaged_or_huge_is_a_reason(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "damaged.webp").write_bytes(b"RIFF....WEBP")
    (tmp_path / "huge.webp").write_bytes(bytes(3_000_000))
    (tmp_path / "folder.webp").mkdir()

    for name in ("gone.webp", "damaged.webp", "huge.webp", "folder.webp"):
        shown = render_thumbnail(sandbox, _banked(tmp_path, name))
        assert shown is not None
        assert shown.trouble, name
        assert shown.pixels == b""


def test_a_copy_holds_nothing_hostile_for_whoever_reads_it(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    """What somebody put in its place is decoded in the child, as any picture."""
    (tmp_path / "bomb.webp").write_bytes(encoded(Image.new("1", (29_000, 29_000)), "PNG"))

    shown = render_thumbnail(sandbox, _banked(tmp_path, "bomb.webp"))

    assert shown is not None
    assert "exceeds limit" in shown.trouble
