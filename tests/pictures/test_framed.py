"""Rectangles with straight edges all around are found, whatever is in them and around them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFilter

from filter.pictures.framed import MOST_FRAMED, find_framed
from filter.pictures.regions import Region, is_same
from tests.pictures.draw import draw_clinic, draw_prank

BOX = (120, 70, 280, 190)


def _grey(image: Image.Image) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.asarray(image.convert("L"))


def _pasted(ground: Image.Image, picture: Image.Image) -> Image.Image:
    ground.paste(picture.resize((BOX[2] - BOX[0], BOX[3] - BOX[1])), BOX[:2])
    return ground


def _busy() -> Image.Image:
    noise = np.random.default_rng(4).integers(0, 256, (60, 80, 3)).astype(np.uint8)
    return Image.fromarray(noise).resize((400, 300), Image.Resampling.BICUBIC)


def _shaded() -> Image.Image:
    """A shadow behind where the picture stands, as on a slide."""
    ground = Image.new("RGB", (400, 300), (246, 246, 248))
    ImageDraw.Draw(ground).rectangle((128, 78, 288, 198), fill=(120, 120, 124))
    return ground.filter(ImageFilter.GaussianBlur(4))


WHITE = Image.new("RGB", (320, 240), "white")


@pytest.mark.parametrize(
    ("picture", "ground"),
    [
        (WHITE, draw_clinic().resize((400, 300))),  # of the prank there its bricks are found
        *(
            (picture, ground)
            for picture in (draw_prank(), WHITE)
            for ground in (_busy(), _shaded(), Image.new("RGB", (400, 300), "gray"))
        ),
    ],
)
def test_what_was_pasted_is_found_on_any_ground(ground: Image.Image, picture: Image.Image) -> None:
    regions = find_framed(_grey(_pasted(ground.copy(), picture)))

    left, top, right, bottom = BOX
    assert any(is_same(region, Region(top, bottom, left, right), 0.9) for region in regions)


def test_noise_and_one_colour_have_no_rectangles() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (300, 400)).astype(np.uint8)

    assert find_framed(noise) == ()
    assert find_framed(np.full((300, 400), 128, np.uint8)) == ()


@given(
    st.integers(1, 400),
    st.integers(1, 400),
    st.integers(2, 60),
    st.integers(0, 2**32),
)
def test_the_rectangles_are_few_and_lie_within_the_picture(
    height: int, width: int, period: int, seed: int
) -> None:
    """A chessboard has more rectangles than anything."""
    rng = np.random.default_rng(seed)
    squares = rng.integers(0, 256, (height // period + 1, width // period + 1)).astype(np.uint8)
    grey = np.kron(squares, np.ones((period, period), np.uint8))[:height, :width]

    regions = find_framed(grey)

    assert len(regions) <= MOST_FRAMED
    for region in regions:
        assert 0 <= region.top < region.bottom <= height
        assert 0 <= region.left < region.right <= width
        assert region.area < height * width
