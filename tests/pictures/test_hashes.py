"""The hashes are imagehash's, in all orientations, and flat pictures have none of worth."""

from __future__ import annotations

import imagehash
import numpy as np
import pytest
from PIL import Image, ImageOps

from filter.pictures.bank import LEAST_QUALITY
from filter.pictures.dct import ORIENTATIONS, SIDE, WHOLE, Box, hash_boxes, quality_of
from filter.pictures.looking import look, look_for_bank
from tests.pictures.draw import draw_clinic, draw_logo, draw_prank, encoded

TURNS = {
    "mirrored": Image.Transpose.FLIP_LEFT_RIGHT,
    "upside-down": Image.Transpose.FLIP_TOP_BOTTOM,
    "turned-180": Image.Transpose.ROTATE_180,
    "turned-90": Image.Transpose.ROTATE_90,
    "turned-270": Image.Transpose.ROTATE_270,
    "transposed": Image.Transpose.TRANSPOSE,
    "transverse": Image.Transpose.TRANSVERSE,
}


def _grey(picture: Image.Image) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return np.asarray(picture.convert("L").resize((SIDE, SIDE)), np.float32)


def _phash(picture: Image.Image) -> bytes:
    return np.packbits(imagehash.phash(picture, hash_size=16).hash).tobytes()


def _distance(one: bytes, other: bytes) -> int:
    return (int.from_bytes(one) ^ int.from_bytes(other)).bit_count()


@pytest.mark.parametrize("picture", [draw_prank(), draw_clinic()], ids=["prank", "clinic"])
def test_the_whole_view_is_the_hash_that_imagehash_makes(picture: Image.Image) -> None:
    views = look_for_bank(encoded(picture, "PNG"), 10**7).appearance.views

    assert views[0].name == "whole"
    # The picture is reduced in two steps here and in one there.
    assert _distance(views[0].hash, _phash(picture)) <= 4


@pytest.mark.parametrize("picture", [draw_prank(), draw_clinic()], ids=["prank", "clinic"])
@pytest.mark.parametrize("name", ORIENTATIONS)
def test_an_orientation_is_the_hash_of_the_turned_picture(name: str, picture: Image.Image) -> None:
    turned = picture.transpose(TURNS[name]) if name else picture

    view = hash_boxes(_grey(picture), {"whole": WHOLE}, {name: ORIENTATIONS[name]})[0]

    assert view.name == (f"whole+{name}" if name else "whole")
    assert _distance(view.hash, _phash(turned)) <= 8
    others = [t for t in TURNS.values() if picture.transpose(t) != turned]
    assert all(_distance(view.hash, _phash(picture.transpose(t))) > 60 for t in others)


def test_a_rectangle_is_the_hash_of_the_cut_picture() -> None:
    picture = draw_prank().resize((512, 512))
    boxes = {"cut": Box(16, 80, 32, 112), "other": Box(0, 128, 64, 128)}

    cut, other = hash_boxes(_grey(picture), boxes, {"": ORIENTATIONS[""]})

    assert _distance(cut.hash, _phash(picture.crop((128, 64, 448, 320)))) <= 8
    assert _distance(other.hash, _phash(picture.crop((256, 0, 512, 512)))) <= 8


@pytest.mark.parametrize(
    ("picture", "is_good"),
    [
        (draw_prank(), True),
        (draw_clinic(), True),
        (ImageOps.autocontrast(draw_logo().convert("L")), True),
        (Image.new("L", (300, 300), 90), False),
        (Image.linear_gradient("L"), False),
        (Image.radial_gradient("L"), False),
        (Image.fromarray(np.tile(np.arange(0, 256, 8), (300, 8)).astype(np.uint8)), False),
    ],
    ids=["prank", "clinic", "logo", "flat", "gradient", "round gradient", "stripes"],
)
def test_a_flat_picture_has_no_view_of_worth(picture: Image.Image, is_good: bool) -> None:  # noqa: FBT001
    assert (quality_of(_grey(picture)) >= LEAST_QUALITY) is is_good


def test_tiny_pictures_have_no_views() -> None:
    assert (
        look(encoded(Image.new("L", (15, 400)), "PNG"), "image/png", 10**7).appearance.views == ()
    )


def test_frames_that_show_nothing_new_cost_no_views() -> None:
    frames = [draw_clinic().resize((160, 120))] * 9
    content = encoded(frames[0], "PNG", save_all=True, append_images=frames[1:])

    one = look(encoded(frames[0], "PNG"), "image/png", 10**7)
    nine = look(content, "image/png", 10**7)

    assert nine.appearance.views == one.appearance.views
