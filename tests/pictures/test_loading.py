"""Whatever the file does to what is stored, the picture is seen as a reader sees it."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms, ImageOps

from filter.pictures import heif
from filter.pictures.containers import Container
from filter.pictures.likeness import Likeness, find_known
from filter.reading.look import PictureLook
from filter.reading.sandbox import Sandbox
from filter.ruleset import BankedImage
from tests.pictures.codes import draw_code
from tests.pictures.draw import draw_clinic, encoded

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "pictures"
LINK = "https://evil.example/x"
Known = tuple[BankedImage, ...]


def _look(sandbox: Sandbox, content: bytes, media_type: str) -> PictureLook:
    return sandbox.look_at_picture(content, media_type, "part 2")


def _marks(look: PictureLook, known: Known) -> str:
    found = find_known(look.appearance, known)
    return " ".join(one.seen_as for one in found if isinstance(one, Likeness))


# --- more than one picture in a file


def _mpf(number: int) -> bytes:
    """An index of so many pictures (CIPA DC-007 section 5.2); readers find them by their starts."""
    entries = struct.pack("<HHI4s", 0xB000, 7, 4, b"0100")
    entries += struct.pack("<HHII", 0xB001, 4, 1, number)
    body = b"MPF\0II*\0" + struct.pack("<IH", 8, 2) + entries + struct.pack("<I", 0)
    return b"\xff\xe2" + struct.pack(">H", len(body) + 2) + body


def _after_start(jpeg: bytes, segment: bytes) -> bytes:
    return jpeg[:2] + segment + jpeg[2:]


@pytest.mark.parametrize("padding", [b"", bytes(100)])
def test_the_prank_is_known_behind_the_first_picture_of_a_phone(
    padding: bytes, prank: Image.Image, sandbox: Sandbox, known: Known
) -> None:
    content = _after_start(encoded(draw_clinic(), "JPEG"), _mpf(2)) + padding
    content += encoded(prank, "JPEG")

    look = _look(sandbox, content, "image/jpeg")

    assert look.troubles == ()
    assert "@inside-1" in _marks(look, known)


def test_a_gain_map_behind_a_photograph_is_everyday(sandbox: Sandbox, known: Known) -> None:
    gain = encoded(draw_clinic().convert("L").resize((160, 120)), "JPEG")
    content = _after_start(encoded(draw_clinic(), "JPEG"), _mpf(2)) + gain

    look = _look(sandbox, content, "image/jpeg")

    assert look.troubles == ()
    assert _marks(look, known) == ""


def test_what_follows_without_an_index_is_still_a_finding(sandbox: Sandbox) -> None:
    content = encoded(draw_clinic(), "JPEG") + encoded(draw_clinic(), "JPEG")

    look = _look(sandbox, content, "image/jpeg")

    assert [finding.code for finding in look.troubles] == ["picture.trailing"]


def test_an_index_does_not_excuse_an_archive(sandbox: Sandbox) -> None:
    content = _after_start(encoded(draw_clinic(), "JPEG"), _mpf(2))
    content += encoded(draw_clinic(), "JPEG") + b"PK\3\4 and so on"

    look = _look(sandbox, content, "image/jpeg")

    assert [finding.code for finding in look.troubles] == ["picture.trailing"]


def test_a_hundred_pictures_in_one_file_are_a_finding(sandbox: Sandbox) -> None:
    small = encoded(Image.new("L", (16, 16)), "JPEG")
    content = _after_start(encoded(draw_clinic(), "JPEG"), _mpf(100)) + small * 100

    look = _look(sandbox, content, "image/jpeg")

    assert [finding.code for finding in look.troubles] == ["picture.limit"]


def _exif_thumbnail(jpeg: bytes, order: str) -> bytes:
    """EXIF with an empty first directory and a thumbnail in the second."""
    head = {"<": b"II*\0", ">": b"MM\0*"}[order] + struct.pack(f"{order}I", 8)
    first = struct.pack(f"{order}HI", 0, 14)
    second = struct.pack(f"{order}H", 2)
    second += struct.pack(f"{order}HHII", 0x0201, 4, 1, 44)
    second += struct.pack(f"{order}HHII", 0x0202, 4, 1, len(jpeg)) + struct.pack(f"{order}I", 0)
    body = b"Exif\0\0" + head + first + second + jpeg
    return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body


def _jfif_thumbnail(jpeg: bytes) -> bytes:
    return b"\xff\xe0" + struct.pack(">H", len(jpeg) + 8) + b"JFXX\0\x10" + jpeg


@pytest.mark.parametrize(
    "wrap",
    [
        lambda jpeg: _exif_thumbnail(jpeg, "<"),
        lambda jpeg: _exif_thumbnail(jpeg, ">"),
        _jfif_thumbnail,
    ],
    ids=["EXIF", "EXIF, big-endian", "JFIF"],
)
def test_the_prank_is_known_in_a_thumbnail(
    wrap: Callable[[bytes], bytes], prank: Image.Image, sandbox: Sandbox, known: Known
) -> None:
    thumbnail = encoded(prank.resize((160, 120)), "JPEG")
    content = _after_start(encoded(draw_clinic(), "JPEG"), wrap(thumbnail))

    look = _look(sandbox, content, "image/jpeg")

    assert look.troubles == ()
    assert "@inside-1" in _marks(look, known)


def test_a_thumbnail_that_ends_in_the_middle_is_a_finding(
    prank: Image.Image, sandbox: Sandbox
) -> None:
    thumbnail = encoded(prank.resize((160, 120)), "JPEG")[:-500]
    content = _after_start(encoded(draw_clinic(), "JPEG"), _exif_thumbnail(thumbnail, "<"))

    look = _look(sandbox, content, "image/jpeg")

    assert [finding.code for finding in look.troubles] == ["picture.unreadable"]


# --- frames


def _animated(frames: list[Image.Image], kind: str, **options: object) -> bytes:
    return encoded(frames[0], kind, save_all=True, append_images=frames[1:], **options)


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "AVIF"])
def test_a_frame_that_is_shown_for_no_time_is_seen(
    kind: str, prank: Image.Image, sandbox: Sandbox, known: Known
) -> None:
    frames = [draw_clinic(seed).resize((320, 240)) for seed in (1, 2, 3)]
    frames.insert(2, prank.resize((320, 240)))
    duration: object = [400, 400, 0, 400] if kind != "AVIF" else [400, 400, 1, 400]
    content = _animated(frames, kind, duration=duration)

    look = _look(sandbox, content, f"image/{kind.lower()}")

    assert look.troubles == ()
    assert "@frame-3" in _marks(look, known)


@pytest.mark.parametrize("kind", ["GIF", "PNG"])
def test_the_canvas_is_seen_that_frames_are_put_together_on(
    kind: str, prank: Image.Image, sandbox: Sandbox, known: Known
) -> None:
    """Each frame brings a strip of the prank; only the canvas shows it."""
    whole = prank.resize((320, 240)).convert("RGBA")
    frames = []
    for strip in range(6):
        frame = Image.new("RGBA", whole.size, (0, 0, 0, 0))
        box = (0, strip * 40, 320, strip * 40 + 40)
        frame.paste(whole.crop(box), box)
        frames.append(frame)
    content = _animated(frames, kind, disposal=1 if kind == "GIF" else 0, blend=1, duration=50)

    look = _look(sandbox, content, f"image/{kind.lower()}")

    assert look.troubles == ()
    assert _marks(look, known)


def _banner(moment: int) -> Image.Image:
    """A banner over which a light wanders."""
    banner = Image.new("RGB", (600, 300), (20, 60, 120))
    banner.paste((240, 200, 90), (moment * 4 % 560, 120, moment * 4 % 560 + 40, 180))
    return banner


def test_a_banner_of_120_frames_is_looked_at(sandbox: Sandbox, known: Known) -> None:
    content = _animated([_banner(moment) for moment in range(120)], "GIF", duration=40)

    look = _look(sandbox, content, "image/gif")

    assert look.troubles == ()
    assert _marks(look, known) == ""


def test_a_bar_that_fills_in_300_frames_is_looked_at(sandbox: Sandbox) -> None:
    frames = [Image.new("RGB", (400, 40), "white") for _ in range(300)]
    for moment, frame in enumerate(frames):
        frame.paste((0, 120, 60), (0, 0, 1 + moment * 398 // 299, 40))

    look = _look(sandbox, _animated(frames, "GIF", duration=30), "image/gif")

    assert look.troubles == ()


# --- what readers make of the stored numbers


def test_the_prank_is_known_on_grey_ground_only(
    prank: Image.Image, sandbox: Sandbox, known: Known
) -> None:
    """On white a pattern is added to it, on black the same is taken away."""
    pattern = Image.effect_noise((8, 6), 255).resize(prank.size, Image.Resampling.NEAREST)
    added = 127.0 * (np.asarray(pattern, np.float32) > 128)
    shade = np.asarray(prank.convert("L"), np.float32) * (1 / 255)
    middle = 127 + (shade - 0.5) * 60
    spread = added / 1.4
    on_black, on_white = middle - spread, middle + spread
    alpha = np.clip(255 - (on_white - on_black), 1, 255)
    colour = np.clip(on_black * 255 / alpha, 0, 255)
    picture = Image.merge(
        "LA",
        (Image.fromarray(colour.astype(np.uint8)), Image.fromarray(alpha.astype(np.uint8))),
    )

    look = _look(sandbox, encoded(picture, "PNG"), "image/png")

    assert "@grey" in _marks(look, known)


def _png_with(picture: Image.Image, kind: bytes, body: bytes) -> bytes:
    content = encoded(picture, "PNG")
    chunk = struct.pack(">I", len(body)) + kind + body
    chunk += struct.pack(">I", zlib.crc32(kind + body))
    return content[:33] + chunk + content[33:]


def test_the_prank_is_known_where_a_gamma_brings_it_out(
    prank: Image.Image, sandbox: Sandbox, known: Known
) -> None:
    """Stored in the lightest two levels of each ten, between white: shown, the white stays."""
    grey = prank.convert("L")
    stored = grey.point([round(255 * (level / 255) ** 0.05) for level in range(256)])
    content = _png_with(stored, b"gAMA", struct.pack(">I", round(100_000 * 0.05 / 2.2)))

    look = _look(sandbox, content, "image/png")

    assert look.troubles == ()
    assert "@gamma" in _marks(look, known)


def test_an_everyday_gamma_makes_no_other_picture(sandbox: Sandbox) -> None:
    content = _png_with(draw_clinic(), b"gAMA", struct.pack(">I", 45_455))

    look = _look(sandbox, content, "image/png")

    assert look.troubles == ()
    assert not any("@gamma" in view.name for view in look.appearance.views)


def _swapped_profile() -> bytes:
    """Return sRGB with red and blue exchanged: their colorants change places."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    (tags,) = struct.unpack_from(">I", profile, 128)
    for number in range(tags):
        place = 132 + 12 * number
        name = bytes(profile[place : place + 4])
        swap = {b"rXYZ": b"gXYZ", b"gXYZ": b"rXYZ"}.get(name)
        if swap:
            profile[place : place + 4] = swap
    return bytes(profile)


def test_the_prank_is_known_where_a_profile_brings_it_out(
    prank: Image.Image, sandbox: Sandbox, known: Known
) -> None:
    """Red carries it, green takes it away again; exchanged, they do not."""
    shade = np.asarray(prank.convert("L"), np.float32) / 255
    red = 255 * shade
    green = np.clip(140 - red * 0.299 / 0.587, 0, 255)
    bands = [Image.fromarray(band.astype(np.uint8)) for band in (red, green, 0 * red)]
    picture = Image.merge("RGB", bands)

    look = _look(sandbox, encoded(picture, "PNG", icc_profile=_swapped_profile()), "image/png")

    assert look.troubles == ()
    assert "@profile" in _marks(look, known)


def test_an_everyday_profile_makes_no_other_picture(sandbox: Sandbox) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()

    look = _look(sandbox, encoded(draw_clinic(), "JPEG", icc_profile=profile), "image/jpeg")

    assert look.troubles == ()
    assert not any("@profile" in view.name for view in look.appearance.views)


def test_a_profile_that_cannot_be_read_is_a_finding(sandbox: Sandbox) -> None:
    content = encoded(draw_clinic(), "JPEG", icc_profile=b"no profile at all" * 20)

    look = _look(sandbox, content, "image/jpeg")

    assert [finding.code for finding in look.troubles] == ["picture.unreadable"]


def _transparent_colour(prank: Image.Image) -> Image.Image:
    """Every pixel darker than the middle is nothing: tRNS of a palette."""
    picture = prank.convert("L").quantize(16)
    picture.info["transparency"] = 3
    return picture


@pytest.mark.parametrize(
    ("kind", "make"),
    [
        ("PNG", lambda p: p.convert("LA")),
        ("PNG", _transparent_colour),
        ("PNG", lambda p: p.convert("RGB").quantize(256)),
        ("TIFF", lambda p: p.convert("1")),
        ("TIFF", lambda p: p.convert("I;16") if p.mode == "I" else p.convert("L").convert("I")),
        ("TIFF", lambda p: p.convert("YCbCr")),
        ("JPEG", lambda p: p.convert("CMYK")),
        ("JPEG", lambda p: p.convert("L")),
        ("GIF", lambda p: p.convert("1")),
    ],
    ids=["LA", "tRNS", "palette", "1 bit", "32 bit", "YCbCr", "CMYK", "grey", "GIF of 1 bit"],
)
def test_the_prank_is_known_in_more_modes(
    kind: str,
    make: Callable[[Image.Image], Image.Image],
    prank: Image.Image,
    sandbox: Sandbox,
    known: Known,
) -> None:
    look = _look(sandbox, encoded(make(prank), kind), f"image/{kind.lower()}")

    assert look.troubles == ()
    assert _marks(look, known)


def test_a_page_of_a_tiff_that_is_larger_than_allowed_is_a_finding(sandbox: Sandbox) -> None:
    pages = [Image.new("1", (64, 64)), Image.new("1", (8_000, 8_000))]

    look = _look(sandbox, _animated(pages, "TIFF", compression="group4"), "image/tiff")

    assert [finding.code for finding in look.troubles] == ["picture.limit"]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_code_is_read_under_every_exif_orientation(orientation: int, sandbox: Sandbox) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    shown = ImageOps.expand(draw_code(LINK), 40, 255)

    look = _look(sandbox, encoded(shown, "JPEG", exif=exif.tobytes()), "image/jpeg")

    assert [code.text for code in look.codes] == [LINK]


# --- HEIC


@pytest.mark.parametrize(("name", "mark"), [("prank.heic", ""), ("burst.heic", "@frame-2")])
def test_the_prank_is_known_in_a_heic(name: str, mark: str, sandbox: Sandbox, known: Known) -> None:
    pytest.importorskip("pi_heif")

    look = _look(sandbox, (FIXTURES / name).read_bytes(), "image/heic")

    assert look.troubles == ()
    assert (look.width, look.height) == (320, 240)
    assert mark in _marks(look, known)
    assert _marks(look, known)


def test_half_a_heic_is_a_finding(sandbox: Sandbox) -> None:
    pytest.importorskip("pi_heif")
    content = (FIXTURES / "prank.heic").read_bytes()

    look = _look(sandbox, content[: len(content) // 2], "image/heic")

    assert [finding.code for finding in look.troubles] == ["picture.unreadable"]


def test_a_film_in_a_heic_is_a_finding(sandbox: Sandbox) -> None:
    content = (FIXTURES / "prank.heic").read_bytes() + struct.pack(">I4s", 8, b"moov")

    look = _look(sandbox, content, "image/heic")

    assert [finding.code for finding in look.troubles] == ["picture.format"]


def test_without_the_extra_a_heic_is_a_finding_that_names_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from filter.pictures.looking import look  # noqa: PLC0415 - numpy, scipy: only here

    monkeypatch.setattr(heif, "IS_AVAILABLE", False)

    sight = look((FIXTURES / "prank.heic").read_bytes(), "image/heic", 40_000_000)

    assert [code for code, _ in sight.troubles] == ["picture.format"]
    assert "sallyport[heif]" in sight.troubles[0][1]


@pytest.mark.parametrize(
    "content",
    [
        b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(60),
        b"\xff\x0a" + bytes(60),
        b"\0\0\0\x0cJXL \r\n\x87\n" + bytes(60),
        b"\0\0\1\0\1\0" + bytes(60),
        b"8BPS" + bytes(60),
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"\xd7\xcd\xc6\x9a" + bytes(60),
        b"qoif" + bytes(60),
    ],
    ids=["JPEG 2000", "JPEG XL", "JPEG XL in boxes", "ICO", "PSD", "SVG", "WMF", "QOI"],
)
def test_a_format_that_is_not_looked_at_is_a_finding(content: bytes, sandbox: Sandbox) -> None:
    look = _look(sandbox, content, "image/png")

    assert [finding.code for finding in look.troubles] == ["picture.format"]


def test_a_stored_jpeg_is_decoded_once_for_hashes_and_codes(
    monkeypatch: pytest.MonkeyPatch, prank: Image.Image
) -> None:
    from filter.pictures import looking, opening  # noqa: PLC0415 - as above

    opened: list[bytes] = []
    really = opening.opened

    def noted(content: bytes, container: Container) -> Image.Image:
        opened.append(content)
        return really(content, container)

    monkeypatch.setattr(looking, "opened", noted)
    target = io.BytesIO()
    prank.save(target, "JPEG")

    looking.look(target.getvalue(), "image/jpeg", 40_000_000)

    assert len(opened) == 1
