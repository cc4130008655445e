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
from filter.pictures.texture import may_hold_code
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
                everywhere.setattr(codes, "may_hold_code", lambda *_: True)
                full = read_codes(shown)

            assert read_codes(shown) == full, (pixels, turned, blurred, quality)
            read += bool(full)
    assert read >= 2  # most of the dresses are legible: the comparison is of something


def test_a_photograph_is_spared() -> None:
    with Image.open(FIXTURES / "clinic.jpg") as clinic:
        plane = np.asarray(clinic.convert("L"))

    assert not may_hold_code(plane, LEAST_RANGE)


@pytest.mark.parametrize("size", [(1, 1), (1, 900), (900, 3), (15, 15), (16, 16), (17, 16)])
def test_a_picture_of_any_size_can_be_glanced_at(size: tuple[int, int]) -> None:
    may_hold_code(np.zeros(size, np.uint8), LEAST_RANGE)
