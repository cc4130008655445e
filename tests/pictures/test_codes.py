"""A code that a camera reads is read, however it stands in a picture or on a page."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from PIL import Image, ImageOps

from filter.pictures.codes import read_codes
from filter.reading.look import PictureLook
from filter.reading.sandbox import Sandbox
from tests.pictures.codes import FORMATS, draw_code

LINK = "https://evil.example/x"


def _on_photo(code: Image.Image) -> Image.Image:
    photo = Image.effect_noise((800, 600), 60)
    photo.paste(code, (430, 310))
    return photo


DRESSES: dict[str, Callable[[Image.Image], Image.Image]] = {
    "as it is": lambda code: code,
    "light on dark": ImageOps.invert,
    "mirrored": ImageOps.mirror,
    "a quarter turned": lambda code: code.rotate(90),
    "turned by 30 degrees": lambda code: code.rotate(30, expand=True, fillcolor=255),
    "one pixel a module": lambda code: code.resize((code.width // 4, code.height // 4), 0),
    "two pixels a module": lambda code: code.resize((code.width // 2, code.height // 2), 0),
    "without a quiet zone": lambda code: code.crop((16, 16, code.width - 16, code.height - 16)),
    "light on dark without a quiet zone": lambda code: ImageOps.invert(
        code.crop((16, 16, code.width - 16, code.height - 16))
    ),
    "pale": lambda code: code.point(lambda level: 200 + level // 6),
    "in a noisy picture": _on_photo,
    "in a large picture": lambda code: ImageOps.pad(code, (4000, 3000), color="white"),
    "red on green of the same brightness": lambda code: ImageOps.colorize(
        code, (200, 0, 0), (0, 102, 0)
    ),
    "blue on black": lambda code: ImageOps.colorize(code, (0, 0, 0), (0, 0, 140)),
}


@pytest.mark.parametrize("dress", DRESSES.values(), ids=DRESSES)
def test_a_code_is_read_in_any_dress(dress: Callable[[Image.Image], Image.Image]) -> None:
    assert read_codes(dress(draw_code(LINK))) == (LINK,)


@pytest.mark.parametrize("kind", [kind for kind in FORMATS if kind != "Micro QR"])
def test_codes_of_every_kind_are_read(kind: str) -> None:
    assert read_codes(draw_code(LINK, kind)) == (LINK,)


def test_a_micro_code_is_read() -> None:
    assert read_codes(draw_code("tel:1234", "Micro QR")) == ("tel:1234",)


def _look(sandbox: Sandbox, *frames: Image.Image, kind: str = "PNG") -> PictureLook:
    target = io.BytesIO()
    more = {"save_all": True, "append_images": list(frames[1:])} if frames[1:] else {}
    frames[0].save(target, kind, **more)
    return sandbox.look_at_picture(target.getvalue(), f"image/{kind.lower()}", "part 2")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "AVIF"])
def test_a_code_is_read_in_every_format(kind: str, sandbox: Sandbox) -> None:
    look = _look(sandbox, draw_code(LINK).convert("RGB"), kind=kind)

    assert look.troubles == ()
    assert [(code.text, code.where) for code in look.codes] == [(LINK, "part 2")]


def test_a_small_code_in_a_late_frame_is_read(sandbox: Sandbox) -> None:
    blank = Image.new("L", (600, 400), 255)
    late = blank.copy()
    late.paste(draw_code(LINK, scale=2), (250, 150))

    look = _look(sandbox, blank, blank, late, kind="GIF")

    assert [code.text for code in look.codes] == [LINK]


@pytest.mark.parametrize("level", [0, 255], ids=["black", "white"])
def test_a_transparent_code_is_read(level: int, sandbox: Sandbox) -> None:
    """Its modules show on the ground of a light or of a dark mode only."""
    drawn = ImageOps.invert(draw_code(LINK))
    shown = Image.merge("LA", (Image.new("L", drawn.size, level), drawn))

    assert [code.text for code in _look(sandbox, shown).codes] == [LINK]


def test_a_code_of_two_centimetres_on_a_page_is_read(sandbox: Sandbox) -> None:
    page = Image.new("L", (1240, 1754), 255)  # A4 at 150 dots an inch
    page.paste(draw_code(LINK).resize((118, 118)), (1000, 1500))
    target = io.BytesIO()
    page.save(target, "PDF", resolution=150)

    look = sandbox.look_at_document(target.getvalue(), "application/pdf", "part 2")

    assert [(code.text, code.where) for code in look.codes] == [(LINK, "part 2, page 1")]


def test_a_photograph_has_no_code(sandbox: Sandbox, prank: Image.Image) -> None:
    assert _look(sandbox, prank, kind="JPEG").codes == ()
