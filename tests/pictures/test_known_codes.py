"""A known picture that is a code, or holds one, is not met in every other code."""

from __future__ import annotations

import io

import pytest
from PIL import Image, ImageOps

from filter.pictures.likeness import SURE_BITS, Likeness, find_known
from filter.pictures.looking import look, look_for_bank
from filter.pictures.points import unpack
from filter.ruleset import BankedImage
from tests.pictures.codes import draw_code

LINK = "https://pay.example/invoices/2026/"
OTHERS = [f"{LINK}{number:04d}" for number in range(40)]
MAX_PIXELS = 10_000_000


def _bytes(image: Image.Image, kind: str = "PNG") -> bytes:
    target = io.BytesIO()
    image.save(target, kind)
    return target.getvalue()


def _known(image: Image.Image) -> tuple[BankedImage, ...]:
    appearance = look_for_bank(_bytes(image), MAX_PIXELS).appearance
    return (BankedImage("code-1", "code.png", "a code", appearance, 52, "known"),)


def _find(image: Image.Image, known: tuple[BankedImage, ...], kind: str = "PNG") -> list[object]:
    return list(find_known(look(_bytes(image, kind), "", MAX_PIXELS).appearance, known))


def test_a_code_is_kept_as_a_whole_only() -> None:
    (known,) = _known(draw_code(LINK))

    assert [view.name for view in known.appearance.views] == ["whole"]
    assert known.appearance.keypoints == ()


def test_a_code_is_known_again() -> None:
    code = draw_code(LINK)

    (found,) = _find(code.resize((code.width * 2, code.height * 2)), _known(code), "JPEG")

    assert isinstance(found, Likeness)
    assert found.distance_bits <= SURE_BITS


@pytest.mark.parametrize("scale", [3, 8])
def test_codes_with_a_common_beginning_are_not_alike(scale: int) -> None:
    known = _known(draw_code(f"{LINK}9999", scale=scale))

    assert [text for text in OTHERS if _find(draw_code(text, scale=scale), known)] == []


def _poster(picture: Image.Image, text: str) -> Image.Image:
    poster = Image.new("L", (600, 400), 255)
    poster.paste(picture.convert("L").resize((300, 400)), (0, 0))
    poster.paste(draw_code(text, scale=6), (340, 60))
    return poster


def test_a_poster_has_no_points_in_its_code(prank: Image.Image) -> None:
    (known,) = _known(_poster(prank, LINK))

    places = unpack(known.appearance.keypoints[0]).places * 600
    assert len(places) > 20
    assert not ((places[:, 0] > 360) & (places[:, 1] > 80)).any()


def test_a_poster_is_known_again_with_another_code(prank: Image.Image) -> None:
    cut = _poster(prank, OTHERS[0]).crop((20, 20, 560, 380))

    assert _find(ImageOps.expand(cut, 60, "white"), _known(_poster(prank, LINK)))
