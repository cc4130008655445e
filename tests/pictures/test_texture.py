"""The glance that spares most pictures the search for codes never spares one that holds a code."""

from __future__ import annotations

import io
import random
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFilter, ImageOps

from filter.pictures import codes
from filter.pictures.codes import read_codes
from filter.pictures.texture import finest_modules
from tests.pictures.codes import FORMATS, draw_code
from tests.pictures.draw import draw_clinic

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "pictures"
LEAST_RANGE = 24


def _dressed(kind: str, pixels: float, turned: int, blurred: float, quality: int) -> Image.Image:
    """Return a code of so many pixels a module, somewhere in a photograph saved as JPEG."""
    text = "tel:1234" if kind == "Micro QR" else "https://evil.example/x"
    code = ImageOps.expand(draw_code(text, kind, scale=8), 32, 255)
    code = code.rotate(turned, Image.Resampling.BICUBIC, expand=True, fillcolor=255)
    size = (round(code.width * pixels / 8), round(code.height * pixels / 8))
    code = code.resize(size, Image.Resampling.BOX if pixels < 8 else Image.Resampling.BICUBIC)
    code = code.filter(ImageFilter.GaussianBlur(blurred * pixels))
    photo = draw_clinic().convert("L").resize((400, 300))
    rng = random.Random(f"{kind} {pixels} {turned}")
    free = (photo.width - code.width, photo.height - code.height)
    photo.paste(code, (rng.randrange(max(1, free[0])), rng.randrange(max(1, free[1]))))
    target = io.BytesIO()
    photo.save(target, "JPEG", quality=quality)
    return Image.open(target).convert("L")


@pytest.mark.parametrize("kind", FORMATS)
def test_whatever_a_full_search_reads_is_read(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    read = 0
    for pixels in (1.5, 2, 3, 6):
        for turned, blurred, quality in ((0, 0.3, 40), (20, 0, 40)):
            shown = _dressed(kind, pixels, turned, blurred, quality)
            with monkeypatch.context() as everywhere:
                everywhere.setattr(codes, "finest_modules", lambda *_: 0)
                full = read_codes(shown)

            assert read_codes(shown) == full, (pixels, turned, blurred, quality)
            read += bool(full)
    assert read >= 2  # most of the dresses are legible: the comparison is of something


def test_a_photograph_is_spared() -> None:
    with Image.open(FIXTURES / "clinic.jpg") as clinic:
        plane = np.asarray(clinic.convert("L"))

    assert finest_modules(plane, LEAST_RANGE) is None


@pytest.mark.parametrize(("pixels", "level"), [(2, 0), (8, 2), (32, 4)])
def test_modules_are_met_at_the_size_that_shows_them(pixels: int, level: int) -> None:
    code = ImageOps.expand(draw_code("https://evil.example/x", scale=pixels), 8 * pixels, 255)

    met = finest_modules(np.asarray(code), LEAST_RANGE)

    assert met is not None
    assert met <= level


@pytest.mark.parametrize("size", [(1, 1), (1, 900), (900, 3), (15, 15), (16, 16), (17, 16)])
def test_a_picture_of_any_size_can_be_glanced_at(size: tuple[int, int]) -> None:
    finest_modules(np.zeros(size, np.uint8), LEAST_RANGE)
