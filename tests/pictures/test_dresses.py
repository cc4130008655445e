"""A known picture is known in every dress; innocent pictures are not taken for it."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont, ImageOps

from filter.pictures.likeness import Likeness, find_known
from filter.reading.sandbox import Sandbox
from filter.ruleset import BankedImage
from tests.pictures.draw import (
    draw_banner,
    draw_clinic,
    draw_code,
    draw_logo,
    draw_prank,
    encoded,
)
from tests.pictures.dresses import EASY, EMBEDDED, GEOMETRIC, NOT_YET, Dress

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "pictures"
Known = tuple[BankedImage, ...]
DRESSES = {**EASY, **GEOMETRIC, **EMBEDDED}


@pytest.mark.parametrize("dress", DRESSES.values(), ids=DRESSES.keys())
def test_the_prank_is_known_in_every_dress(
    dress: Dress, prank: Image.Image, sandbox: Sandbox, known: Known
) -> None:
    content = encoded(dress(prank), "PNG")

    look = sandbox.look_at_picture(content, "image/png", "part 2")

    assert look.troubles == ()
    assert [found.known.id for found in find_known(look.appearance, known)] == ["prank-singer"]


@pytest.mark.xfail(reason="an embossed picture has other hashes and other points", strict=True)
@pytest.mark.parametrize("dress", NOT_YET.values(), ids=NOT_YET.keys())
def test_the_prank_is_known_in_the_dresses_that_are_out_of_reach(
    dress: Dress, prank: Image.Image, sandbox: Sandbox, known: Known
) -> None:
    look = sandbox.look_at_picture(encoded(dress(prank), "PNG"), "image/png", "part 2")

    assert find_known(look.appearance, known)


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        ("PNG", "RGB"),
        ("PNG", "P"),
        ("PNG", "L"),
        ("PNG", "I;16"),
        ("PNG", "RGBA"),
        ("PNG", "1"),
        ("JPEG", "RGB"),
        ("JPEG", "L"),
        ("JPEG", "CMYK"),
        ("GIF", "P"),
        ("WEBP", "RGB"),
        ("WEBP", "RGBA"),
        ("BMP", "RGB"),
        ("TIFF", "RGB"),
        ("TIFF", "CMYK"),
        ("TIFF", "F"),
        ("TIFF", "LAB"),
        ("AVIF", "RGB"),
    ],
)
def test_the_prank_is_known_in_every_format_and_mode(
    kind: str, mode: str, prank: Image.Image, sandbox: Sandbox, known: Known
) -> None:
    if mode == "I;16":
        picture = prank.convert("L").convert("I").point(lambda level: level * 257).convert("I;16")
    else:
        picture = prank.convert("L" if mode == "F" else "RGB").convert(mode)

    look = sandbox.look_at_picture(encoded(picture, kind), f"image/{kind.lower()}", "part 2")

    assert look.troubles == ()
    assert (look.width, look.height) == prank.size
    assert find_known(look.appearance, known)


@pytest.mark.parametrize("orientation", range(2, 9))
def test_the_prank_is_known_under_every_exif_orientation(
    orientation: int, prank: Image.Image, sandbox: Sandbox, known: Known
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    # A crop of the sides is found only if the turn is not applied twice or to the wrong side.
    content = encoded(prank.crop((64, 0, 640, 480)), "JPEG", exif=exif.tobytes())

    look = sandbox.look_at_picture(content, "image/jpeg", "part 2")

    assert look.troubles == ()
    assert find_known(look.appearance, known)


def test_the_prank_is_known_on_dark_ground_only(sandbox: Sandbox, known: Known) -> None:
    """White lines on nothing: on white ground there is nothing to see."""
    shade = draw_prank().convert("L")
    picture = Image.merge("LA", (Image.new("L", shade.size, 255), shade))

    look = sandbox.look_at_picture(encoded(picture, "PNG"), "image/png", "part 2")

    found = find_known(look.appearance, known)
    assert found
    assert isinstance(found[0], Likeness)
    assert "@dark" in found[0].seen_as


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("place", [1, 5, 11])
def test_the_prank_is_known_in_any_frame(
    kind: str, place: int, prank: Image.Image, sandbox: Sandbox, known: Known
) -> None:
    frames = [draw_clinic().resize((320, 240)) for _ in range(12)]
    for number, frame in enumerate(frames):
        ImageDraw.Draw(frame).rectangle((0, 0, 20 * number, 20), fill="red")
    frames[place] = prank.resize((320, 240))
    content = encoded(frames[0], kind, save_all=True, append_images=frames[1:], duration=80)

    look = sandbox.look_at_picture(content, f"image/{kind.lower()}", "part 2")

    assert look.troubles == ()
    found = find_known(look.appearance, known)
    assert found
    assert isinstance(found[0], Likeness)
    assert f"@frame-{place + 1}" in found[0].seen_as


def _innocent() -> dict[str, Image.Image]:
    pictures: dict[str, Image.Image] = {}
    for seed in range(12):
        pictures[f"logo {seed}"] = draw_logo(seed, f"Example {seed}")
        pictures[f"banner {seed}"] = draw_banner(seed, f"News of week {seed}")
        pictures[f"code {seed}"] = draw_code(seed)
        pictures[f"clinic {seed}"] = draw_clinic(seed)
        pictures[f"chart {seed}"] = _chart(seed)
        pictures[f"letter {seed}"] = _letter(seed)
    pictures["spacer"] = Image.new("P", (1, 1))
    pictures["white"] = Image.new("RGB", (600, 200), "white")
    pictures["gradient"] = ImageOps.colorize(Image.linear_gradient("L"), "navy", "white")
    pictures["round gradient"] = Image.radial_gradient("L")
    return pictures


def _chart(seed: int) -> Image.Image:
    chart = Image.new("RGB", (500, 300), "white")
    draw = ImageDraw.Draw(chart)
    for bar in range(8):
        height = (seed * 37 + bar * 53) % 230 + 10
        draw.rectangle((30 + bar * 56, 270 - height, 70 + bar * 56, 270), fill=(40, 90, 160))
    draw.line((20, 270, 480, 270), fill="black", width=2)
    return chart


def _letter(seed: int) -> Image.Image:
    page = Image.new("RGB", (600, 800), "white")
    draw = ImageDraw.Draw(page)
    for line in range(18):
        words = " ".join(
            ["appointment", "clinic", "at", "your", "the", "on"][: 3 + (seed + line) % 4]
        )
        draw.text((50, 60 + line * 36), words, "black", ImageFont.load_default(20))
    return page


INNOCENT = _innocent()


@pytest.mark.parametrize("picture", INNOCENT.values(), ids=INNOCENT.keys())
def test_an_innocent_picture_is_not_taken_for_the_prank(
    picture: Image.Image, sandbox: Sandbox, known: Known
) -> None:
    look = sandbox.look_at_picture(encoded(picture, "PNG"), "image/png", "part 2")

    assert look.troubles == ()
    assert find_known(look.appearance, known) == ()


@pytest.mark.parametrize("name", ["clinic.jpg", "logo.png", "banner.png", "code.png", "spacer.gif"])
def test_the_fixtures_are_innocent(name: str, sandbox: Sandbox, known: Known) -> None:
    media_type = {"jpg": "image/jpeg", "png": "image/png", "gif": "image/gif"}[name[-3:]]

    look = sandbox.look_at_picture((FIXTURES / name).read_bytes(), media_type, "part 2")

    assert look.troubles == ()
    assert find_known(look.appearance, known) == ()
