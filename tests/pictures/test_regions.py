"""Rectangles of a page, a canvas or a collage that may be pictures by themselves are cut out."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from filter.pictures.regions import (
    MOST_ASSEMBLED,
    MOST_DRAWINGS,
    MOST_REGIONS,
    Region,
    find_regions,
)
from tests.pictures.draw import draw_clinic, draw_prank

LINE = "Please find your appointment for the clinic below"


def _grey(image: Image.Image) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.asarray(image.convert("L"))


def _page(width: int = 300, height: int = 400) -> Image.Image:
    page = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(page)
    font = ImageFont.load_default(9)
    for y in range(12, height - 12, 14):
        draw.text((14, y), LINE, "black", font)
    return page


def _pasted(ground: Image.Image, box: tuple[int, int, int, int]) -> Image.Image:
    left, top, right, bottom = box
    ImageDraw.Draw(ground).rectangle((left - 6, top - 6, right + 5, bottom + 5), fill="white")
    ground.paste(draw_prank().resize((right - left, bottom - top)), (left, top))
    return ground


def _is_near(region: Region, box: tuple[int, int, int, int]) -> bool:
    left, top, right, bottom = box
    return all(abs(a - b) <= 3 for a, b in zip(region, (top, bottom, left, right), strict=True))


@pytest.mark.parametrize("box", [(60, 100, 220, 220), (20, 30, 120, 105), (150, 200, 290, 380)])
def test_a_picture_in_a_letter_is_cut_out(box: tuple[int, int, int, int]) -> None:
    regions = find_regions(_grey(_pasted(_page(), box)))

    assert any(_is_near(region, box) for region in regions)


def test_a_letter_of_lines_alone_has_no_picture() -> None:
    assert find_regions(_grey(_page())) == ()


@pytest.mark.parametrize(
    "parts", [[(60, 150, 240, 240)], [(60, 150, 140, 240), (170, 180, 260, 215)]]
)
def test_a_drawing_of_few_lines_in_a_letter_is_cut_out_as_one(
    parts: list[tuple[int, int, int, int]],
) -> None:
    """A note and its dot: nearly all of it is plain, and it is in two pieces."""
    page = _page()
    draw = ImageDraw.Draw(page)
    draw.rectangle((0, 140, 300, 250), fill="white")
    for part in parts:
        draw.ellipse(part, fill=(40, 40, 40))
    left, top, right, bottom = zip(*parts, strict=True)

    regions = find_regions(_grey(page))

    box = (min(left), min(top), max(right) + 1, max(bottom) + 1)
    assert any(_is_near(region, box) for region in regions)


def test_a_picture_that_fills_everything_is_no_part_of_itself() -> None:
    assert find_regions(_grey(draw_clinic())) == () or all(
        region.area < 0.9 * draw_clinic().width * draw_clinic().height
        for region in find_regions(_grey(draw_clinic()))
    )


def test_a_collage_with_gutters_is_cut_into_its_pictures() -> None:
    canvas = Image.new("RGB", (330, 250), "white")
    boxes = [(0, 0, 160, 120), (170, 0, 330, 120), (0, 130, 160, 250), (170, 130, 330, 250)]
    for seed, (left, top, right, bottom) in enumerate(boxes):
        picture = draw_prank() if seed == 2 else draw_clinic(seed)
        canvas.paste(picture.resize((right - left, bottom - top)), (left, top))

    regions = find_regions(_grey(canvas))

    assert any(_is_near(region, boxes[2]) for region in regions)


def test_the_rectangles_are_few_and_lie_within_the_picture() -> None:
    rng = np.random.default_rng(1)
    for height, width in ((16, 400), (400, 16), (64, 64), (300, 400)):
        grey = rng.integers(0, 256, (height, width)).astype(np.uint8)
        grey[rng.random(height) < 0.3] = 255
        grey[:, rng.random(width) < 0.3] = 255

        regions = find_regions(grey)

        assert len(regions) <= MOST_REGIONS + MOST_DRAWINGS + MOST_ASSEMBLED
        for region in regions:
            assert 0 <= region.top < region.bottom <= height
            assert 0 <= region.left < region.right <= width


@pytest.mark.parametrize("shape", [(1, 400), (400, 1), (1, 1)])
def test_one_line_of_pixels_holds_no_picture(shape: tuple[int, int]) -> None:
    assert find_regions(np.zeros(shape, np.uint8)) == ()
