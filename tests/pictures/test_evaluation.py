"""Pictures are dressed up alike every time, and what is counted of them is right."""

from __future__ import annotations

import io
from dataclasses import replace
from functools import cache
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps

from filter.pictures.containers import MEDIA_TYPES, examine
from filter.pictures.evaluation.counting import GOALS, Look, Tally, limits_to_try
from filter.pictures.evaluation.dress import Dress, Group, Scene, prepared
from filter.pictures.evaluation.dresses import DRESSES
from filter.pictures.evaluation.matching import MOST_BITS, Matcher, Pairing
from filter.pictures.evaluation.plot import Curve, to_png, to_svg
from filter.pictures.evaluation.trials import chosen_dresses, kinds_of
from filter.pictures.evaluation.twins import SAME, fingerprint, likest
from filter.pictures.likeness import find_known
from filter.reading.sandbox import Sandbox
from filter.ruleset import BankedImage
from tests.pictures.draw import draw_clinic, draw_logo, encoded
from tests.pictures.graphics import KINDS, graphics

Known = tuple[BankedImage, ...]


@pytest.fixture(scope="module")
def small(prank: Image.Image) -> Image.Image:
    return prank.resize((160, 120))


@cache
def _scene() -> Scene:
    return Scene(3, (draw_clinic(1).resize((320, 240)), draw_clinic(2).resize((240, 320))))


def test_there_are_dresses_for_every_goal_and_without_one() -> None:
    groups = [dress.group for dress in DRESSES.values()]

    assert len(DRESSES) >= 130
    assert set(groups) == set(Group)
    assert set(GOALS) == set(Group) - {Group.HARD}
    assert all(name == dress.name for name, dress in DRESSES.items())


@pytest.mark.parametrize("dress", DRESSES.values(), ids=DRESSES.keys())
def test_a_dress_is_the_same_every_time_and_a_file_of_its_type(
    dress: Dress, small: Image.Image
) -> None:
    before = small.tobytes()

    dressed = dress.put_on(small, _scene())

    assert dress.put_on(small, _scene()) == dressed
    assert small.tobytes() == before
    if dressed.media_type == "application/pdf":
        assert dressed.content.startswith(b"%PDF-")
        assert b"CreationDate" not in dressed.content
    else:
        assert dressed.media_type in MEDIA_TYPES[examine(dressed.content).format]


@pytest.mark.parametrize("size", [(16, 16), (300, 12), (9, 200), (1, 1)])
def test_every_dress_fits_pictures_of_any_size(size: tuple[int, int]) -> None:
    picture = draw_clinic(4).resize(size)

    for dress in DRESSES.values():
        assert dress.put_on(picture, Scene()).content


def test_dresses_take_any_mode_and_never_more_pixels_than_they_need() -> None:
    assert prepared(draw_logo()).mode == "RGB"
    assert prepared(draw_logo()).getpixel((0, 0)) == (255, 255, 255)
    assert max(prepared(Image.new("CMYK", (3000, 200))).size) == 800
    assert prepared(Image.new("I;16", (20, 20))).mode == "RGB"


@pytest.mark.parametrize("name", ["jpeg30", "crop20", "mirror", "gif_frame", "pdf_page"])
def test_a_dressed_prank_is_known(
    name: str, prank: Image.Image, sandbox: Sandbox, known: Known
) -> None:
    dressed = DRESSES[name].put_on(prank, _scene())

    if dressed.media_type == "application/pdf":
        document = sandbox.look_at_document(dressed.content, dressed.media_type, "page")
        appearances = [picture.appearance for picture in document.pictures]
    else:
        look = sandbox.look_at_picture(dressed.content, dressed.media_type, "part 2")
        assert look.troubles == ()
        appearances = [look.appearance]

    assert any(find_known(appearance, known) for appearance in appearances)


def test_dresses_are_chosen_by_name_by_kind_and_by_group() -> None:
    assert list(chosen_dresses(DRESSES, ["crop10", "mirror"])) == ["crop10", "mirror"]
    assert {d.kind for d in chosen_dresses(DRESSES, ["warp"]).values()} == {"warp"}
    assert {d.group for d in chosen_dresses(DRESSES, ["easy"]).values()} == {Group.EASY}
    assert chosen_dresses(DRESSES, []) == DRESSES
    assert {"easy", "crop", "embedded"} <= set(kinds_of(DRESSES.values()))
    with pytest.raises(ValueError, match="crop11"):
        chosen_dresses(DRESSES, ["crop11"])


def test_copies_are_twins_and_different_pictures_are_not(prank: Image.Image) -> None:
    copies = [
        Image.open(io.BytesIO(encoded(prank, "JPEG", quality=40))),
        prank.resize((90, 60)),
        ImageOps.mirror(prank),
        prank.transpose(Image.Transpose.ROTATE_90),
    ]
    own = fingerprint(prank)

    for copy in copies:
        assert likest(fingerprint(copy), [own])[1] >= SAME
    assert likest(fingerprint(draw_clinic()), [own])[1] < SAME
    assert likest(own, [fingerprint(draw_clinic()), own])[0] == 1
    assert likest(own, []) == (-1, 0.0)
    assert likest(fingerprint(Image.new("RGB", (50, 50))), [own])[1] == 0


def test_the_limit_that_a_pair_needs_is_where_its_hashes_begin_to_match(
    prank: Image.Image, sandbox: Sandbox, known: Known
) -> None:
    dressed = DRESSES["crop_square"].put_on(prank, _scene())
    look = sandbox.look_at_picture(dressed.content, dressed.media_type, "part 2")
    seen = replace(look.appearance, keypoints=())

    (pairing,) = Matcher(known).pairings([seen])

    for bits, expected in ((pairing.bits - 1, 0), (pairing.bits, 1)):
        entries = tuple(_limited(image, bits) for image in known)
        assert len(find_known(seen, entries)) == expected


def _limited(image: BankedImage, bits: int) -> BankedImage:
    return BankedImage(image.id, image.source, image.label, image.appearance, bits)


def _look(picture: str, dress: str, own: str, *pairings: tuple[str, int], kind: str = "") -> Look:
    return Look(
        picture, kind, dress, own, tuple(Pairing(known, bits, "whole") for known, bits in pairings)
    )


def _tally() -> Tally:
    dresses = {name: DRESSES[name] for name in ("jpeg50", "mirror")}
    looks = [
        _look("a", "jpeg50", "a", ("a", 10)),
        _look("b", "jpeg50", "b", ("b", 61), ("a", 44)),
        _look("a", "mirror", "a"),
        _look("b", "mirror", "b", ("b", 60)),
        _look("a", "", "a", ("a", 0)),
        _look("b", "", "b", ("b", 0)),
        _look("c", "", "", ("b", 52), kind="graphics"),
    ]
    return Tally(looks, dresses, {"a": "", "b": ""})


def test_recall_counts_pictures_known_for_themselves_within_the_limit() -> None:
    tally = _tally()

    assert tally.recall(60, {"jpeg50"}).value == 0.5
    assert tally.recall(61, {"jpeg50"}).value == 1
    assert tally.group_recall(60, Group.GEOMETRIC).value == 0.5
    assert tally.group_recall(59, Group.GEOMETRIC).value == 0
    assert tally.group_recall(60, Group.EMBEDDED).value is None
    assert [look.picture for look in tally.missed(60, "mirror")] == ["a"]


def test_false_matches_are_counted_over_pairs_of_different_pictures() -> None:
    tally = _tally()

    assert tally.pairs() == {("", "", True): 4, ("", "", False): 2, ("graphics", "", False): 2}
    assert (tally.mistaken(60).part, tally.mistaken(60).whole) == (2, 8)
    assert tally.mistaken(60, dressed=False).part == 1
    assert tally.mistaken(51).part == 1
    assert tally.mistaken_by_kind(60)["graphics", "", False].part == 1
    assert [m.picture for m in tally.false_matches] == ["b", "c"]


def test_the_safest_limit_mistakes_nothing_for_all_or_for_those_that_need_it() -> None:
    tally = _tally()

    assert tally.safest_bits() == 43
    assert tally.mistaken(43).part == 0
    assert tally.smaller_limits(60) == {"a": 43, "b": 51}
    assert tally.recall_at({"b": 51}, 60, Group.GEOMETRIC).value == 0
    assert tally.recall_at({"a": 43}, 60, Group.GEOMETRIC).value == 0.5
    assert Tally([], {}, {}).safest_bits() == MOST_BITS


_LOOKS = st.lists(
    st.builds(
        _look,
        st.sampled_from("abc"),
        st.sampled_from(["", "jpeg50", "mirror"]),
        st.sampled_from(["", "a", "b"]),
        st.tuples(st.sampled_from("ab"), st.integers(0, MOST_BITS)),
        st.tuples(st.sampled_from("ab"), st.integers(0, MOST_BITS)),
    ),
    max_size=12,
)


@given(_LOOKS, st.integers(0, MOST_BITS - 1))
def test_a_larger_limit_never_knows_or_mistakes_less(looks: list[Look], bits: int) -> None:
    dresses = {name: DRESSES[name] for name in ("jpeg50", "mirror")}
    tally = Tally(looks, dresses, {"a": "x", "b": "y"})

    assert tally.recall(bits, dresses).part <= tally.recall(bits + 1, dresses).part
    assert tally.mistaken(bits).part <= tally.mistaken(bits + 1).part
    assert tally.mistaken(tally.safest_bits()).part == 0
    assert tally.mistaken(bits).part == sum(s.part for s in tally.mistaken_by_kind(bits).values())


def test_the_table_of_limits_has_those_that_are_asked_about() -> None:
    limits = limits_to_try([57, 60, 57, 200, -1])

    assert limits == sorted(set(limits))
    assert {20, 57, 60, MOST_BITS} <= set(limits)
    assert max(limits) == MOST_BITS


_CURVES = (
    Curve("easy", ((40, 0.0, 0.9), (60, 1e-6, 0.97), (80, 0.5, 1.0))),
    Curve("<geometric>", ((60, 0.0, 0.5),)),
)


def test_the_plot_is_drawn_as_svg() -> None:
    root = ET.fromstring(to_svg(_CURVES, "Recall & false matches", 60))

    space = "{http://www.w3.org/2000/svg}"
    words = [text.text for text in root.iter(f"{space}text")]
    assert root.tag == f"{space}svg"
    assert {"Recall & false matches", "easy", "<geometric>", "none"} <= set(words)
    assert len(list(root.iter(f"{space}circle"))) == 2


def test_the_plot_is_drawn_as_png() -> None:
    with Image.open(io.BytesIO(to_png(_CURVES, "Recall", 60))) as figure:
        assert figure.format == "PNG"
        assert figure.size == (1520, 920)
        assert len(figure.getcolors(1 << 20) or ()) > 4


def test_there_are_four_hundred_different_graphics_and_they_are_the_same_every_time() -> None:
    every = list(graphics())

    assert len(every) >= 400
    assert len({graphic.file_name for graphic in every}) == len(every)
    # Spacers and the like may be the same file; hardly anything else is.
    assert len({graphic.content for graphic in every}) > len(every) - 12
    assert {g.media_type for g in every} == {"image/png", "image/gif", "image/jpeg"}
    assert {g.name.rpartition("-")[0] for g in every} == set(KINDS)
    again = graphics()
    assert [next(again) for _ in range(40)] == every[:40]
