"""Both pictures stand side by side, and the region that is alike is outlined in both."""

from __future__ import annotations

import io
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from filter.message import UNSEEN
from filter.pictures.areas import (
    Area,
    area_of,
    clip,
    frame_of,
    inside_of,
    look_of,
    part_seen,
)
from filter.pictures.dct import ORIENTATIONS
from filter.pictures.likeness import Agreement, Likeness, find_known
from filter.pictures.rendition import Rendition, Wanted
from filter.pictures.sidebyside import MARGIN, PANEL, _drawable, set_side_by_side
from filter.reading.sandbox import Sandbox
from filter.ruleset import BankedImage
from tests.pictures.draw import draw_clinic, encoded
from tests.pictures.dresses import EMBEDDED, Dress

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "pictures"
Known = tuple[BankedImage, ...]
MARK = (230, 0, 126)
ABOUT = 0.03  # of a side


def _cut_centre(picture: Image.Image) -> Image.Image:
    """Cut to a part that known pictures are kept as: hashes tell it."""
    width, height = picture.size
    return picture.crop((width // 10, height // 10, width * 9 // 10, height * 9 // 10))


def _cut_elsewhere(picture: Image.Image) -> Image.Image:
    """Cut to a part that none is kept as: places tell it."""
    width, height = picture.size
    return picture.crop((0, 0, width * 13 // 20, height * 4 // 5))


def _tilted(picture: Image.Image) -> Image.Image:
    return picture.rotate(10, Image.Resampling.BICUBIC, expand=True, fillcolor="white")


def _turned(how: Image.Transpose) -> Dress:
    return lambda picture: picture.transpose(how)


def _on_page(then: Dress) -> Dress:
    """On a page: at 200 to 600 of 800 across, 200 to 500 of 1000 down; then turned as a whole."""
    return lambda picture: then(EMBEDDED["on a page, half"](picture))


@pytest.fixture(scope="module")
def copy(sandbox: Sandbox) -> Rendition:
    content = (FIXTURES / "prank.jpg").read_bytes()
    return sandbox.render(content, "", Wanted(longest_side=320))


def _drawn(
    picture: Image.Image, sandbox: Sandbox, known: Known, copy: Rendition | None
) -> tuple[Likeness | Agreement, Rendition, Image.Image]:
    content = encoded(picture, "PNG")
    (likeness,) = find_known(sandbox.look_at_picture(content, "", "part 2").appearance, known)
    seen = sandbox.render(content, "image/png", Wanted.of_view(likeness.seen_as))
    png = set_side_by_side(likeness, seen, copy, "part 2")
    return likeness, seen, Image.open(io.BytesIO(png)).convert("RGB")


def _outline(sheet: Image.Image, side: int, size: tuple[int, int]) -> list[float]:
    """Return left, top, right and bottom of the outline in one half, as shares of the picture."""
    x = MARGIN + side * (PANEL + MARGIN)
    half = np.asarray(sheet)[:, x : x + PANEL]
    rows, columns = np.nonzero((np.abs(half.astype(int) - MARK) <= 3).all(axis=2))
    share = PANEL / max(size)
    width, height = (round(length * share) for length in size)
    # The picture is centred in its panel; its vertical place follows from the frame around it.
    left = (PANEL - width) // 2
    top = _top_of_picture(sheet, x + left, height)
    return [
        (columns.min() - left) / width,
        (rows.min() - top) / height,
        (columns.max() - left) / width,
        (rows.max() - top) / height,
    ]


def _top_of_picture(sheet: Image.Image, x: int, height: int) -> int:
    """Return the row below the hairline around a picture, which is as long as it is high."""
    column = (np.asarray(sheet)[:, x - 1] == (0x8A, 0x8A, 0x8A)).all(axis=1)
    (rows,) = np.nonzero(column[1:-1])
    inner = rows + 1
    assert abs((inner.max() - inner.min() + 1) - (height + 2)) <= 1
    return int(inner.min()) + 1


@pytest.mark.parametrize(
    ("dress", "left", "right"),
    [
        (_cut_centre, (0, 0, 1, 1), (0.1, 0.1, 0.9, 0.9)),
        (ImageOps.mirror, (0, 0, 1, 1), (0, 0, 1, 1)),
        (_cut_elsewhere, (0, 0, 1, 1), (0, 0, 0.65, 0.8)),
        (_tilted, (0, 0, 1, 1), (0, 0, 1, 1)),
        (_on_page(lambda p: p), (0.25, 0.2, 0.75, 0.5), (0, 0, 1, 1)),
        (_on_page(ImageOps.mirror), (0.25, 0.2, 0.75, 0.5), (0, 0, 1, 1)),
        (_on_page(_turned(Image.Transpose.ROTATE_90)), (0.2, 0.25, 0.5, 0.75), (0, 0, 1, 1)),
        (_on_page(_turned(Image.Transpose.ROTATE_180)), (0.25, 0.5, 0.75, 0.8), (0, 0, 1, 1)),
    ],
    ids=[
        "crop",
        "mirrored",
        "cut elsewhere",
        "tilted",
        "page",
        "page mirrored",
        "page turned",
        "page over",
    ],
)
def test_the_outline_is_where_the_picture_is(
    *,
    dress: Dress,
    left: tuple[float, ...],
    right: tuple[float, ...],
    prank: Image.Image,
    sandbox: Sandbox,
    known: Known,
    copy: Rendition,
) -> None:
    dressed = dress(prank)

    _, _, sheet = _drawn(dressed, sandbox, known, copy)

    assert _outline(sheet, 0, dressed.size) == pytest.approx(left, abs=ABOUT)
    assert _outline(sheet, 1, prank.size) == pytest.approx(right, abs=ABOUT)


@pytest.mark.parametrize("how", [None, *Image.Transpose])
def test_corners_are_named_as_in_the_known_picture_however_it_is_turned(
    how: Image.Transpose | None, prank: Image.Image, sandbox: Sandbox, known: Known
) -> None:
    dressed = prank if how is None else prank.transpose(how)
    corners = Image.new("L", (100, 100))
    for shade, place in enumerate(((0, 0), (50, 0), (50, 50), (0, 50)), start=1):
        corners.paste(shade, (*place, place[0] + 50, place[1] + 50))
    turned = corners if how is None else corners.transpose(how)

    look = sandbox.look_at_picture(encoded(dressed, "PNG"), "", "part 2")
    (likeness,) = find_known(look.appearance, known)

    shades = [
        turned.getpixel((round(25 + 50 * x), round(25 + 50 * y))) for x, y in likeness.seen_area
    ]
    assert list(likeness.known_area) == [(0, 0), (1, 0), (1, 1), (0, 1)]
    assert shades == [1, 2, 3, 4]


def test_the_four_corners_are_found_where_only_places_agree(
    prank: Image.Image, sandbox: Sandbox, known: Known
) -> None:
    cut = _cut_elsewhere(prank)
    beyond = [(0, 0), (20 / 13, 0), (20 / 13, 5 / 4), (0, 5 / 4)]
    mirrored = [(1 - x, y) for x, y in beyond]

    for picture, corners in ((cut, beyond), (ImageOps.mirror(cut), mirrored)):
        (found,) = find_known(
            sandbox.look_at_picture(encoded(picture, "PNG"), "", "part 2").appearance, known
        )

        assert isinstance(found, Agreement)
        assert found.is_mirrored == (picture is not cut)
        assert np.array(found.seen_area) == pytest.approx(np.array(corners), abs=2 * ABOUT)
        assert list(found.known_area) == [(0, 0), (1, 0), (1, 1), (0, 1)]
        assert found.seen_as == "whole"


def test_places_in_a_later_frame_are_shown_in_that_frame(
    prank: Image.Image, sandbox: Sandbox, known: Known
) -> None:
    frames = [draw_clinic(), _cut_elsewhere(prank).resize(draw_clinic().size)]
    content = encoded(frames[0], "PNG", save_all=True, append_images=frames[1:], duration=80)
    (found,) = find_known(sandbox.look_at_picture(content, "", "part 2").appearance, known)

    seen = sandbox.render(content, "", Wanted.of_view(found.seen_as))

    assert found.seen_as.endswith("@frame-2")
    shown = Image.frombytes("RGB", (seen.width, seen.height), seen.pixels)
    wanted = frames[1].resize(shown.size)
    assert np.abs(np.asarray(shown, int) - np.asarray(wanted, int)).mean() < 3


def test_an_agreement_in_a_frame_that_nobody_knows_is_drawn() -> None:
    likeness = _likeness()
    area = ((-0.5, 0.2), (2.0, 0.0), (1.5, 0.9), (0.1, 1.4))
    agreement = Agreement(likeness.known, True, 9, 6, "", area, ())

    drawn = set_side_by_side(agreement, SMALL, SMALL, "part 1")

    assert _marks(drawn, 0) > 0
    assert _marks(drawn, 1) == 0


def test_an_area_is_cut_off_at_the_edges() -> None:
    inside = ((0.1, 0.2), (0.9, 0.2), (0.9, 0.7), (0.1, 0.7))

    assert clip(inside) == inside
    assert sorted(clip(((-1, -1), (2, -1), (2, 2), (-1, 2)))) == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert clip(((2, 2), (3, 2), (3, 3), (2, 3))) == ()
    assert len(clip(((0.5, -0.5), (1.5, 0.5), (0.5, 1.5), (-0.5, 0.5)))) >= 4


def test_the_part_that_is_seen_has_its_corners_in_the_same_order_in_both_pictures() -> None:
    seen, known = part_seen(((0, 0), (2, 0), (2, 1.25), (0, 1.25)))
    mirrored, behind = part_seen(((1, 0), (-1, 0), (-1, 1.25), (1, 1.25)))

    assert np.array(known) == pytest.approx(np.array(seen) * (0.5, 0.8))
    assert np.array(behind) == pytest.approx((np.array(mirrored) * (-1, 1) + (1, 0)) * (0.5, 0.8))
    assert (seen[0], mirrored[0]) == ((0, 0), (1, 0))
    assert set(behind) == set(known) == {(0, 0), (0, 0.8), (0.5, 0), (0.5, 0.8)}


@pytest.mark.parametrize(
    "area",
    [
        ((2, 2), (3, 2), (3, 3), (2, 3)),
        ((0, 0), (1, 1), (2, 2), (1, 1)),
        ((0, 0), (math.nan, 0), (1, 1), (0, 1)),
    ],
    ids=["outside", "a line", "no number"],
)
def test_where_nothing_is_inside_there_is_no_part(area: Area) -> None:
    assert part_seen(area) == ((), ())


def test_a_name_that_nobody_knows_has_no_place() -> None:
    assert area_of("region-1") == ()
    assert area_of("whole+sideways") == ()
    assert area_of("") == ()


@pytest.mark.parametrize(
    ("name", "frame", "look", "inside"),
    [
        ("whole", 1, "", 0),
        ("half-left+mirrored@dark@frame-3", 3, "@dark", 0),
        ("frame-12", 12, "", 0),
        ("trimmed@frame-7@inside-2", 7, "", 2),
        ("whole@grey@gamma", 1, "@grey@gamma", 0),
        ("dark-frame-2", 1, "", 0),
    ],
)
def test_a_view_names_its_frame_and_its_ground(
    *, name: str, frame: int, look: str, inside: int
) -> None:
    assert (frame_of(name), look_of(name), inside_of(name)) == (frame, look, inside)


@given(st.sampled_from(sorted(ORIENTATIONS)), st.sampled_from(["whole", "half-left", "centre-80"]))
def test_every_orientation_keeps_the_rectangle(orientation: str, base: str) -> None:
    name = f"{base}+{orientation}" if orientation else base

    assert sorted(area_of(name)) == sorted(area_of(base))


def test_the_same_is_drawn_as_the_same_bytes(
    prank: Image.Image, sandbox: Sandbox, known: Known, copy: Rendition
) -> None:
    likeness, seen, _ = _drawn(prank, sandbox, known, copy)

    assert set_side_by_side(likeness, seen, copy, "x") == set_side_by_side(
        likeness, replace(seen), replace(copy), "x"
    )


def test_without_a_small_copy_there_is_an_empty_frame_with_the_region(
    prank: Image.Image, sandbox: Sandbox, known: Known, copy: Rendition
) -> None:
    _, _, with_copy = _drawn(_cut_centre(prank), sandbox, known, copy)
    _, _, without = _drawn(_cut_centre(prank), sandbox, known, None)

    assert without.size == with_copy.size
    above_the_region = (2 * MARGIN + PANEL + PANEL // 2, with_copy.height // 4)
    assert without.getpixel(above_the_region) == (0xE4, 0xE4, 0xE0)
    assert with_copy.getpixel(above_the_region) != (0xE4, 0xE4, 0xE0)
    assert _outline(without, 1, (4, 3)) == pytest.approx([0.1, 0.1, 0.9, 0.9], abs=ABOUT)


def _likeness(**changes: object) -> Likeness:
    known = BankedImage("prank", "known.yaml:3", "Singer", UNSEEN)
    return replace(Likeness(known, "whole", "whole", 3, 60), **changes)  # type: ignore[arg-type]


SMALL = Rendition(4, 3, bytes(36))


def _size(likeness: Likeness, seen: Rendition = SMALL, known: Rendition | None = SMALL) -> int:
    png = set_side_by_side(likeness, seen, known, "part 1")
    sheet = Image.open(io.BytesIO(png))
    sheet.load()
    assert sheet.format == "PNG"
    assert sheet.info == {}, "no time, no program's name"
    return sheet.height


def test_what_could_not_be_rendered_is_said_in_an_empty_frame() -> None:
    assert _size(_likeness(), Rendition(trouble="the decoder gave up: SyntaxError"), None) > 100


def test_words_that_are_too_long_or_in_other_letters_are_drawn_in_their_room() -> None:
    wide = BankedImage("x" * 80, "k:1", "w" * 5_000, UNSEEN, reason="歌手 \u202e\x07 \ud800 " * 900)

    assert _size(_likeness(known=wide)) < 1_200


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("a-singer_2.b (ok)", "a-singer_2.b (ok)"),
        ("Müller & Söhne", "Muller & Sohne"),
        ("“soon” — or… never", '"soon" - or... never'),
        ("歌手", "??"),
        ("a\x1b[31m\u202eb\ud800", "a?[31m?b?"),
    ],
)
def test_letters_that_the_font_lacks_are_told_as_near_as_it_can(text: str, drawn: str) -> None:
    assert _drawable(text, 16) == drawn


@pytest.mark.parametrize("size", [(1, 1), (480, 1), (1, 480), (16, 16), (480, 480)])
def test_pictures_of_every_shape_have_a_place(size: tuple[int, int]) -> None:
    shape = Rendition(*size, bytes(size[0] * size[1] * 3))

    assert 200 < _size(_likeness(), shape, shape) < 800


_SHARES = st.floats() | st.floats(-0.1, 1.1)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(_SHARES, _SHARES), min_size=4, max_size=4).map(tuple))
def test_corners_may_lie_anywhere(area: Area) -> None:
    assert _size(_likeness(seen_area=area, known_area=area)) > 200


def test_a_place_that_is_no_number_is_not_drawn() -> None:
    area = ((0.0, 0.0), (1.0, 0.0), (1.0, math.nan), (0.0, 1.0))

    drawn = set_side_by_side(_likeness(seen_area=area), SMALL, SMALL, "part 1")

    assert _marks(drawn, 0) == 0
    assert _marks(drawn, 1) > 0


def test_the_page_is_shown_without_an_outline_when_the_picture_on_it_is_not_found() -> None:
    drawn = set_side_by_side(_likeness(), replace(SMALL, is_whole_page=True), SMALL, "page 1")

    assert _marks(drawn, 0) == 0


def test_a_later_frame_of_a_known_picture_is_not_outlined_in_its_first() -> None:
    drawn = set_side_by_side(_likeness(known_as="whole@frame-3"), SMALL, SMALL, "part 1")

    assert _marks(drawn, 1) == 0


def _marks(png: bytes, side: int) -> int:
    x = MARGIN + side * (PANEL + MARGIN)
    half = np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))[:, x : x + PANEL]
    return int((half == MARK).all(axis=2).sum())


def test_the_outline_shows_on_white_on_black_and_on_its_own_colour() -> None:
    for colour in ((255, 255, 255), (0, 0, 0), MARK):
        plain = Rendition(40, 30, bytes(colour) * 1200)
        png = set_side_by_side(_likeness(), plain, plain, "part 1")
        row = np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))
        shades = {tuple(pixel) for pixel in row.reshape(-1, 3).tolist()}

        assert {MARK, (255, 255, 255), (0, 0, 0)} <= shades


def test_an_innocent_picture_has_nothing_to_be_drawn(sandbox: Sandbox, known: Known) -> None:
    look = sandbox.look_at_picture(encoded(draw_clinic(), "PNG"), "", "part 2")

    assert find_known(look.appearance, known) == ()
