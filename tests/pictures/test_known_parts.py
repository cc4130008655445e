"""A known picture keeps no part that shows a line or an outline alone: others have the same."""

from __future__ import annotations

import io

import pytest
from PIL import Image, ImageDraw

from filter.pictures.looking import look_for_bank
from tests.pictures.draw import draw_prank


def _kept(image: Image.Image) -> set[str]:
    target = io.BytesIO()
    image.save(target, "PNG")
    return {view.name for view in look_for_bank(target.getvalue(), 10_000_000).appearance.views}


def _folder() -> Image.Image:
    image = Image.new("L", (256, 256), "white")
    draw = ImageDraw.Draw(image)
    draw.rectangle((44, 64, 210, 188), outline="black", width=5)
    draw.rectangle((54, 50, 92, 64), outline="black", width=5)
    return image


def _line() -> Image.Image:
    image = Image.new("L", (256, 256), "white")
    ImageDraw.Draw(image).rectangle((30, 122, 226, 132), fill="black")
    return image


@pytest.mark.parametrize("image", [_folder(), _line()])
def test_what_is_left_of_a_folder_or_a_line_without_bars_is_not_kept(image: Image.Image) -> None:
    kept = _kept(image)

    assert "whole" in kept
    assert not kept & {"without-bars", "centre-60"}


def test_a_photograph_keeps_its_parts() -> None:
    assert {"whole", "centre-80", "centre-60", "centre-50"} <= _kept(draw_prank())
