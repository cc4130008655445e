"""A negative of a known picture is known, and called so."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageOps

from filter.pictures.dct import ORIENTATIONS, WHOLE, hash_boxes
from filter.pictures.likeness import explain, find_known
from filter.pictures.negatives import negative
from filter.reading.sandbox import Sandbox
from filter.ruleset import BankedImage
from tests.pictures.draw import draw_clinic, draw_prank, encoded


@pytest.mark.parametrize("picture", [draw_prank(), draw_clinic()])
def test_the_hash_of_a_negative_is_told_from_the_hash(picture: Image.Image) -> None:
    grey = np.asarray(picture.convert("L").resize((128, 128)), np.float32)
    (view,) = hash_boxes(grey, {"whole": WHOLE}, {"": ORIENTATIONS[""]})
    (inverted,) = hash_boxes(255 - grey, {"whole": WHOLE}, {"": ORIENTATIONS[""]})

    told = int.from_bytes(negative(view.hash)) ^ int.from_bytes(inverted.hash)

    assert told.bit_count() <= 1


@pytest.mark.parametrize(
    "change", [lambda p: p, ImageOps.mirror, lambda p: ImageOps.expand(p, 40, "white")]
)
def test_a_negative_is_known_and_called_one(
    change: object, prank: Image.Image, sandbox: Sandbox, known: tuple[BankedImage, ...]
) -> None:
    assert callable(change)
    content = encoded(change(ImageOps.invert(prank)), "PNG")

    look = sandbox.look_at_picture(content, "image/png", "part 2")

    (found,) = find_known(look.appearance, known)
    assert "negative of the known picture" in explain(found)
