"""The child renders pictures for people: small, opaque, of the right frame, within limits."""

from __future__ import annotations

import io
import json
import random
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import docx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from filter.pictures.areas import Rectangle
from filter.pictures.rendition import LONGEST_SIDE, Rendition, Wanted
from filter.reading.sandbox import Sandbox
from filter.reading.sniff import WORD
from filter.reading.wire import (
    REPLY_HEAD,
    Reply,
    WireError,
    decode_reply,
    decode_wanted,
    encode_reply,
    encode_wanted,
)
from filter.settings import Inspection
from tests.battery.officefiles import saved
from tests.pictures.draw import draw_clinic, encoded
from tests.pictures.dresses import GEOMETRIC
from tests.pictures.test_hostile import HOSTILE, LONGEST_SECONDS

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "pictures"
RED, GREEN, BLUE = (204, 51, 51), (30, 180, 60), (20, 40, 200)


def _image(rendition: Rendition) -> Image.Image:
    assert rendition.trouble == ""
    return Image.frombytes("RGB", (rendition.width, rendition.height), rendition.pixels)


def _middle(rendition: Rendition) -> tuple[int, int, int]:
    shade = _image(rendition).getpixel((rendition.width // 2, rendition.height // 2))
    assert isinstance(shade, tuple)
    return shade  # type: ignore[return-value]  # three numbers of an RGB picture


def _near(shade: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    return all(abs(one - other) <= 12 for one, other in zip(shade, wanted, strict=True))


@pytest.mark.parametrize(
    ("size", "rendered"),
    [((640, 480), (480, 360)), ((3_000, 1_000), (480, 160)), ((20, 30), (20, 30)),
     ((480, 480), (480, 480)), ((2_000, 1), (480, 1))],
)  # fmt: skip
def test_the_longest_side_is_bounded(
    size: tuple[int, int], rendered: tuple[int, int], sandbox: Sandbox
) -> None:
    found = sandbox.render(encoded(Image.new("RGB", size, RED), "PNG"), "", Wanted())

    assert (found.width, found.height) == rendered
    assert _near(_middle(found), RED)


@pytest.mark.parametrize(
    ("kind", "mode"),
    [("PNG", "P"), ("JPEG", "CMYK"), ("JPEG", "RGB"), ("WEBP", "RGBA"), ("BMP", "RGB"),
     ("GIF", "P"), ("TIFF", "RGB"), ("TIFF", "CMYK"), ("AVIF", "RGB")],
)  # fmt: skip
def test_colours_are_kept_in_every_format(kind: str, mode: str, sandbox: Sandbox) -> None:
    content = encoded(Image.new("RGB", (64, 48), RED).convert(mode), kind)

    assert _near(_middle(sandbox.render(content, "", Wanted())), RED)


@pytest.mark.parametrize("mode", ["L", "1", "I;16", "F", "LAB"])
def test_what_has_no_colours_is_grey(mode: str, sandbox: Sandbox) -> None:
    ramp = Image.linear_gradient("L")
    if mode == "I;16":
        deep = ramp.convert("I").point(lambda level: level * 257).convert("I;16")
    elif mode == "LAB":
        deep = Image.merge("LAB", (ramp, ramp, ramp))
    else:
        deep = ramp.convert(mode)

    shown = _image(sandbox.render(encoded(deep, "TIFF"), "", Wanted()))

    for y, level in ((2, 0), (253, 255)):
        assert _near(shown.getpixel((100, y)), (level, level, level))  # type: ignore[arg-type]


def test_a_transparent_picture_is_shown_on_the_ground_it_was_seen_on(sandbox: Sandbox) -> None:
    content = encoded(Image.new("RGBA", (64, 64), (0, 0, 0, 0)), "PNG")

    assert _middle(sandbox.render(content, "", Wanted())) == (255, 255, 255)
    assert _middle(sandbox.render(content, "", Wanted(look="@dark"))) == (0, 0, 0)
    assert _middle(sandbox.render(content, "", Wanted(look="@grey"))) == (128, 128, 128)


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "TIFF"])
def test_the_frame_that_is_wanted_is_shown(kind: str, sandbox: Sandbox) -> None:
    frames = [Image.new("RGB", (60, 40), colour) for colour in (RED, GREEN, BLUE)]
    content = encoded(frames[0], kind, save_all=True, append_images=frames[1:], duration=80)

    for number, colour in enumerate((RED, GREEN, BLUE), start=1):
        assert _near(_middle(sandbox.render(content, "", Wanted(frame=number))), colour)
    assert "no frame 4" in sandbox.render(content, "", Wanted(frame=4)).trouble


def test_a_picture_inside_the_file_is_shown(sandbox: Sandbox) -> None:
    segment = b"JFXX\0\x10" + encoded(Image.new("RGB", (64, 48), BLUE), "JPEG")
    outer = encoded(Image.new("RGB", (640, 480), RED), "JPEG")
    content = outer[:2] + b"\xff\xe0" + (len(segment) + 2).to_bytes(2) + segment + outer[2:]

    inner = sandbox.render(content, "", Wanted.of_view("whole@inside-1"))

    assert _near(_middle(sandbox.render(content, "", Wanted())), RED)
    assert _near(_middle(inner), BLUE)
    assert (inner.width, inner.height) == (64, 48)
    assert "no picture 2" in sandbox.render(content, "", Wanted(inside=2)).trouble


def test_insets_are_those_that_the_look_found(prank: Image.Image, sandbox: Sandbox) -> None:
    for kind in ("PNG", "JPEG"):
        content = encoded(GEOMETRIC["frame 10 red"](prank), kind)
        names = {
            view.name.partition("+")[0]
            for view in sandbox.look_at_picture(content, "", "x").appearance.views
        }

        insets = sandbox.render(content, "", Wanted()).insets

        assert {"trimmed", "region-1"} <= set(insets) <= names | {"region-2", "region-3"}
        assert insets["trimmed"].left == pytest.approx(48 / (640 + 96), abs=0.016)
        assert insets["trimmed"].top == pytest.approx(48 / (480 + 96), abs=0.024)


@pytest.mark.parametrize(
    "content",
    [b"", b"x" * 40, b"\x89PNG\r\n\x1a\n" + bytes(40), b"%PDF-1.7", b"GIF89a" + bytes(30)],
)
def test_what_is_no_picture_is_a_reason_and_no_pixels(content: bytes, sandbox: Sandbox) -> None:
    found = sandbox.render(content, "image/png", Wanted())

    assert found.trouble
    assert (found.width, found.height, found.pixels) == (0, 0, b"")


def test_half_a_picture_is_a_reason(sandbox: Sandbox) -> None:
    half = (FIXTURES / "prank.jpg").read_bytes()[:9_000]

    assert "end marker" in sandbox.render(half, "", Wanted()).trouble


def test_a_picture_of_too_many_pixels_is_not_decoded() -> None:
    with Sandbox(Inspection(max_pixels=1_000_000)) as sandbox:
        huge = encoded(Image.new("1", (4_000, 4_000)), "PNG")

        assert "4000 x 4000" in sandbox.render(huge, "", Wanted()).trouble
        assert sandbox.render(encoded(Image.new("L", (9, 9)), "PNG"), "", Wanted()).trouble == ""


def test_a_rendition_that_takes_too_long_is_a_reason_and_the_next_works() -> None:
    heavy = encoded(Image.new("RGB", (4_000, 4_000), RED), "PNG", compress_level=1)
    with Sandbox(Inspection(child_seconds=0.05)) as sandbox:
        sandbox.warm_up()

        assert "0.05 s" in sandbox.render(heavy, "", Wanted()).trouble
        sandbox._limits = sandbox._limits.model_copy(update={"child_seconds": 20.0})
        assert sandbox.render(heavy, "", Wanted()).trouble == ""


@pytest.mark.parametrize("make", [make for make, _ in HOSTILE.values()], ids=HOSTILE.keys())
def test_a_hostile_picture_is_pixels_or_a_reason(
    make: Callable[[], bytes], sandbox: Sandbox
) -> None:
    content = make()
    started = time.monotonic()

    found = sandbox.render(content, "", Wanted())

    assert bool(found.pixels) != bool(found.trouble)
    assert "child process" not in found.trouble, "it neither died nor hung"
    assert time.monotonic() - started < LONGEST_SECONDS


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "BMP", "AVIF", "TIFF"])
def test_a_damaged_picture_is_pixels_or_a_reason(kind: str, sandbox: Sandbox) -> None:
    source = encoded(draw_clinic().resize((160, 120)), kind)
    for seed in range(20):
        rng = random.Random(f"{kind} {seed}")
        content = bytearray(source)
        for _ in range(rng.randint(1, 12)):
            content[rng.randrange(len(content))] = rng.randrange(256)

        found = sandbox.render(bytes(content), "", Wanted(frame=rng.choice((1, 1, 2))))

        assert bool(found.pixels) != bool(found.trouble)
        assert "child process" not in found.trouble


def test_what_needs_too_much_memory_is_a_reason_and_the_next_works() -> None:
    greedy = encoded(Image.new("RGB", (3_900, 3_900)), "WEBP")
    with Sandbox(Inspection(child_bytes=480 * 1024 * 1024)) as sandbox:
        assert sandbox.render(greedy, "", Wanted()).trouble
        assert sandbox.render(encoded(Image.new("L", (9, 9)), "PNG"), "", Wanted()).pixels


def test_nothing_that_was_rendered_is_remembered(sandbox: Sandbox) -> None:
    before = sandbox._memory._weight

    sandbox.render(encoded(Image.new("RGB", (77, 55), BLUE), "PNG"), "", Wanted())

    assert sandbox._memory._weight == before


def _zip(**files: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return target.getvalue()


def _shows(shown: Image.Image, picture: Image.Image) -> bool:
    """Return whether it is the picture, by a few of its pixels."""
    small = picture.resize(shown.size)
    return all(
        _near(shown.getpixel(place), small.getpixel(place))  # type: ignore[arg-type]
        for place in ((240, 45), (75, 300), (400, 200))
    )


def _page(*pictures: Image.Image) -> bytes:
    first, *others = pictures
    return encoded(first, "PDF", save_all=True, append_images=others)


def test_a_picture_on_a_page_and_the_page_are_found_again(
    prank: Image.Image, sandbox: Sandbox
) -> None:
    content = _page(draw_clinic(), prank)
    look = sandbox.look_at_document(content, "application/pdf", "part 2")

    for picture in look.pictures:
        page = int(picture.where[-1])
        found = sandbox.render(
            content, "application/pdf", Wanted(digest=picture.digest, place=page)
        )
        assert not found.is_whole_page
        assert _shows(_image(found), prank) == (page == 2), picture.where
    assert {picture.media_type for picture in look.pictures} >= {"image/page"}


def test_the_page_is_shown_when_the_picture_on_it_is_not_found(
    prank: Image.Image, sandbox: Sandbox
) -> None:
    content = _page(prank)

    known = sandbox.render(content, "application/pdf", Wanted(digest="0" * 64, place=1))
    nowhere = sandbox.render(content, "application/pdf", Wanted(digest="0" * 64))

    assert known.is_whole_page
    assert _image(known).size == (480, 360)
    assert nowhere.trouble == "the picture was not found in the document"


def test_a_picture_in_an_archive_is_found_again(prank: Image.Image, sandbox: Sandbox) -> None:
    frames = encoded(draw_clinic(), "GIF", save_all=True, append_images=[prank])
    content = _zip(**{"a.gif": frames, "b.pdf": _page(draw_clinic(4), prank)})
    look = sandbox.look_at_document(content, "application/zip", "part 2")
    assert look.troubles == ()

    shown = []
    gif, *pages = look.pictures
    for frame, picture in ((1, gif), (2, gif), *((1, page) for page in pages)):
        wanted = Wanted(frame=frame, digest=picture.digest, place=int(picture.where[-7]))
        shown.append(_shows(_image(sandbox.render(content, "application/zip", wanted)), prank))
    assert shown[:2] == [False, True]
    assert set(shown[2:]) == {False, True}


def test_a_picture_in_a_word_file_is_found_again(prank: Image.Image, sandbox: Sandbox) -> None:
    letter = docx.Document()
    letter.add_picture(io.BytesIO(encoded(prank, "PNG")))
    content = saved(letter)
    look = sandbox.look_at_document(content, WORD, "part 2")
    assert look.troubles == ()
    (picture,) = (one for one in look.pictures if one.media_type == "image/png")

    found = sandbox.render(content, WORD, Wanted(digest=picture.digest))

    assert (found.width, found.height) == (480, 360)


@pytest.mark.parametrize("media_type", ["application/pdf", "application/zip", WORD])
@pytest.mark.parametrize("content", [b"", b"%PDF-1.7 nothing", b"PK\x03\x04" + bytes(60)])
def test_a_document_that_cannot_be_read_is_a_reason(
    content: bytes, media_type: str, sandbox: Sandbox
) -> None:
    assert sandbox.render(content, media_type, Wanted(digest="0" * 64, place=1)).trouble


def test_a_wanted_picture_survives_the_wire() -> None:
    for wanted in (Wanted(), Wanted(7, "@dark@gamma", 3, "ab" * 32, 12, 320)):
        text = encode_wanted(wanted, "application/pdf")

        assert decode_wanted(text) == (wanted, "application/pdf")
        assert len(text) < 255
    assert decode_wanted(encode_wanted(Wanted(), ""))[1] == ""


RENDITION = Rendition(2, 1, b"abcdef", {"trimmed": Rectangle(0.01, 1.0, 0.0, 0.5)}, True, "")


def _changed(**changes: object) -> bytes:
    body = json.loads(encode_reply(Reply(rendition=RENDITION))[REPLY_HEAD.size :])
    body["rendition"].update(changes)
    return json.dumps(body).encode()


def test_a_rendition_survives_the_wire() -> None:
    assert decode_reply(_changed()).rendition == RENDITION


@pytest.mark.parametrize(
    "changes",
    [
        {"size": [3, 1]},
        {"size": [1, 1]},
        {"size": [-2, -1]},
        {"size": [2]},
        {"size": [LONGEST_SIDE + 1, 1]},
        {"size": [10**9, 10**9]},
        {"size": None},
        {"pixels": "YWJj"},
        {"pixels": ""},
        {"pixels": "no base64!"},
        {"pixels": "A" * 4_000_000},
        {"pixels": None},
        {"insets": [["trimmed", 0, 1.1, 0, 0.4]]},
        {"insets": [["trimmed", 0.4, 0.4, 0, 0.4]]},
        {"insets": [["trimmed", 0, 0.4, 0]]},
        {"insets": [["../x", 0, 0.4, 0, 0.4]]},
        {"insets": [["a", 0, 0.4, 0, 0.4]] * 30},
        {"insets": {"a": 1}},
        {"trouble": None},
        {"trouble": "x" * 20_000},
        {"size": [0, 0], "pixels": ""},
    ],
)
def test_a_rendition_that_makes_no_sense_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(WireError):
        decode_reply(_changed(**changes))


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(st.sampled_from(["size", "pixels", "insets", "trouble", "page"]), _JSON)
def test_whatever_the_child_says_is_a_sound_rendition_or_refused(key: str, said: object) -> None:
    try:
        rendition = decode_reply(_changed(**{key: said})).rendition
    except WireError:
        return
    assert rendition is not None
    assert len(rendition.pixels) == rendition.width * rendition.height * 3
    assert rendition.trouble.isprintable()


def test_a_drawing_on_a_page_is_shown_in_colour(sandbox: Sandbox) -> None:
    drawing = Image.new("RGB", (400, 300), "white")
    ImageDraw.Draw(drawing).rectangle((100, 100, 300, 200), fill=BLUE)
    content = _page(drawing)
    look = sandbox.look_at_document(content, "application/pdf", "part 2")
    (page,) = (picture for picture in look.pictures if picture.media_type == "image/page")

    found = sandbox.render(content, "application/pdf", Wanted(digest=page.digest, place=1))

    assert _near(_middle(found), BLUE)
    assert not found.is_whole_page
