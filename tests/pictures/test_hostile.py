"""Files made to hurt whoever opens them: each is a finding, in bounded time and memory."""

from __future__ import annotations

import io
import random
import struct
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageCms

from filter.reading.sandbox import Sandbox
from filter.reasons import REASONS
from tests.pictures.children import children, peak_bytes
from tests.pictures.draw import draw_clinic, encoded

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "pictures"
PNG = b"\x89PNG\r\n\x1a\n"
LONGEST_SECONDS = 15  # on a busy machine; each takes well under a second on an idle one


def _chunk(kind: bytes, content: bytes) -> bytes:
    checksum = struct.pack(">I", zlib.crc32(kind + content))
    return struct.pack(">I", len(content)) + kind + content + checksum


def _png(width: int, height: int, depth: int, colour: int, *extra: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    row = 1 + (width * depth * {0: 1, 2: 3, 6: 4}[colour] + 7) // 8
    packer = zlib.compressobj(9)
    rows = b"".join(packer.compress(bytes(row)) for _ in range(height)) + packer.flush()
    return (
        PNG
        + _chunk(b"IHDR", header)
        + b"".join(extra)
        + _chunk(b"IDAT", rows)
        + _chunk(b"IEND", b"")
    )


def _text_bomb() -> bytes:
    packed = zlib.compress(bytes(200_000_000), 9)
    return _png(8, 8, 8, 0, _chunk(b"zTXt", b"Comment\0\0" + packed))


def _profile_bomb() -> bytes:
    packed = zlib.compress(bytes(200_000_000), 9)
    return _png(8, 8, 8, 0, _chunk(b"iCCP", b"icc\0\0" + packed))


def _gif(width: int, height: int, frames: int, inner: int = 1) -> bytes:
    head = b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, inner, inner, 0) + b"\x02\x02\x4c\x01\0"
    return head + frame * frames + b"\x3b"


def _many_scans() -> bytes:
    """Repeat the last scan of a progressive JPEG."""
    content = encoded(Image.new("L", (2000, 2000), 128), "JPEG", progressive=True)
    last = content.rfind(b"\xff\xda")
    return content[:last] + content[last:-2] * 300 + content[-2:]


def _tiff(width: int, height: int, next_directory: int = 0) -> bytes:
    entries = [
        (256, 4, 1, width),
        (257, 4, 1, height),
        (258, 3, 1, 8),
        (259, 3, 1, 1),
        (262, 3, 1, 1),
        (273, 4, 1, 8),
        (278, 4, 1, height),
        (279, 4, 1, 1),
    ]
    body = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    directory = struct.pack("<H", len(entries)) + body + struct.pack("<I", next_directory)
    return b"II*\0" + struct.pack("<I", 8) + directory


def _flat(kind: str, width: int, height: int) -> bytes:
    return encoded(Image.new("RGB", (width, height), "white"), kind, quality=20)


def _animated_webp() -> bytes:
    """More frames than are looked at; lossy, the encoder would put most of them together."""
    frames = [Image.new("RGB", (64, 64), (n % 256, n // 8, 0)) for n in range(1200)]
    return encoded(
        frames[0], "WEBP", save_all=True, append_images=frames[1:], duration=10, lossless=True
    )


def _clinic(kind: str) -> bytes:
    return encoded(draw_clinic(), kind)


def _many_pages() -> bytes:
    """Five thousand directories, each of one pixel."""
    content = b"II*\0" + struct.pack("<I", 8)
    for _ in range(5_000):
        page = _tiff(16, 16)[8:-4]
        content += page + struct.pack("<I", len(content) + len(page) + 4)
    return content + _tiff(16, 16)[8:] + bytes(512)


def _many_animated_pngs() -> bytes:
    """An APNG that says it has two hundred thousand frames, and has one."""
    control = _chunk(b"acTL", struct.pack(">II", 200_000, 0))
    return _png(16, 16, 8, 0, control)


def _vast_heic() -> bytes:
    """The size of a HEIC stands in a box of its own (ISO/IEC 23008-12 section 6.5.3)."""
    content = (FIXTURES / "prank.heic").read_bytes()
    place = content.index(b"ispe") + 8
    return content[:place] + struct.pack(">II", 60_000, 60_000) + content[place + 8 :]


def _vast_bmp() -> bytes:
    content = bytearray(encoded(Image.new("L", (16, 16)), "BMP"))
    content[18:26] = struct.pack("<ii", 65_535, 65_535)
    return bytes(content)


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "png of 144 megapixels": (lambda: _png(12_000, 12_000, 8, 0), "picture.limit"),
    "png of 256 megapixels, 1 bit": (lambda: _png(16_000, 16_000, 1, 0), "picture.limit"),
    "png of 88 megapixels, 4 channels": (lambda: _png(9_400, 9_400, 8, 6), "picture.limit"),
    "png 60000 wide": (lambda: _png(60_000, 300, 8, 0), "picture.limit"),
    "png text bomb": (_text_bomb, "picture.unreadable"),
    "png profile bomb": (_profile_bomb, "picture.unreadable"),
    "gif of 20000 frames": (lambda: _gif(16, 16, 20_000), "picture.limit"),
    "gif of 500 frames on a large canvas": (lambda: _gif(5_000, 5_000, 500), "picture.limit"),
    "gif with a canvas of 4 gigapixels": (lambda: _gif(65_535, 65_535, 1), "picture.limit"),
    "webp of 1200 frames": (_animated_webp, "picture.limit"),
    "webp of 80 megapixels": (lambda: _flat("WEBP", 10_000, 8_000), "picture.limit"),
    "avif of 24 megapixels": (lambda: _flat("AVIF", 6_000, 4_000), "picture.limit"),
    "tiff that declares 10 gigapixels": (lambda: _tiff(100_000, 100_000), "picture.limit"),
    "tiff of 5000 pages": (_many_pages, "picture.limit"),
    "png that says it has 200000 frames": (_many_animated_pngs, "picture.limit"),
    "bmp that declares 4 gigapixels": (_vast_bmp, "picture.limit"),
    "jpeg of 64 megapixels in steps": (
        lambda: encoded(Image.new("L", (8_000, 8_000)), "JPEG", progressive=True),
        "picture.limit",
    ),
    "tiff that ends in its directory": (lambda: _tiff(64, 64)[:50], "picture.unreadable"),
    "jpeg of 300 scans": (_many_scans, "picture.limit"),
    "jpeg truncated": (lambda: _clinic("JPEG")[:9_000], "picture.unreadable"),
    "jpeg header only": (lambda: _clinic("JPEG")[:620], "picture.unreadable"),
    "png truncated": (lambda: _clinic("PNG")[:-5_000], "picture.unreadable"),
    "gif truncated": (lambda: _clinic("GIF")[:-1_000], "picture.unreadable"),
    "webp truncated": (lambda: _clinic("WEBP")[:-1_000], "picture.unreadable"),
    "avif truncated": (lambda: _clinic("AVIF")[:-1_000], "picture.unreadable"),
    "bmp truncated": (lambda: _clinic("BMP")[:-1_000], "picture.unreadable"),
    "eps": (lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "picture.format"),
    "svg": (lambda: b'<svg xmlns="http://www.w3.org/2000/svg"/>', "picture.format"),
    "icon": (lambda: b"\0\0\1\0\1\0" + bytes(60), "picture.format"),
    "nothing": (lambda: b"", "picture.format"),
    "one byte": (lambda: b"\x89", "picture.format"),
}


@pytest.mark.parametrize(("make", "code"), HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_picture_is_a_finding(
    make: Callable[[], bytes], code: str, sandbox: Sandbox
) -> None:
    content = make()
    started = time.monotonic()

    look = sandbox.look_at_picture(content, "application/octet-stream", "part 3")

    assert [finding.code for finding in look.troubles] == [code]
    assert look.troubles[0].code in REASONS
    assert look.troubles[0].where == "part 3"
    assert look.troubles[0].detail
    assert time.monotonic() - started < LONGEST_SECONDS


def test_a_tiff_whose_directories_go_in_a_circle_comes_to_an_end(sandbox: Sandbox) -> None:
    content = _tiff(16, 16, next_directory=8) + bytes(512)

    look = sandbox.look_at_picture(content, "image/tiff", "part 3")

    assert look.appearance.views == () or look.troubles == ()


def test_the_child_keeps_below_its_memory_limit(sandbox: Sandbox) -> None:
    """The greediest picture that is allowed: 16 megapixels of WebP, 40 of PNG."""
    for kind, side in (("WEBP", 4_000), ("PNG", 6_300)):
        look = sandbox.look_at_picture(_flat(kind, side, side), f"image/{kind.lower()}", "part 3")

        assert look.troubles == ()
    peaks = [peak_bytes(child) for child in children()]
    assert peaks
    assert max(peaks) < 1024**3


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "BMP", "AVIF"])
def test_what_follows_the_end_of_a_picture_is_a_finding(kind: str, sandbox: Sandbox) -> None:
    content = _clinic(kind) + b"PK\3\4 an archive, or a picture that another reader shows"

    look = sandbox.look_at_picture(content, f"image/{kind.lower()}", "part 3")

    assert [finding.code for finding in look.troubles] == ["picture.trailing"]
    assert look.appearance.views


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "BMP", "AVIF", "TIFF"])
@pytest.mark.parametrize("padding", [b"", b"\r\n", b"\0", bytes(512), b"\n\n"])
def test_padding_after_the_end_is_everyday(kind: str, padding: bytes, sandbox: Sandbox) -> None:
    look = sandbox.look_at_picture(_clinic(kind) + padding, f"image/{kind.lower()}", "part 3")

    assert look.troubles == ()


def test_a_thumbnail_inside_a_jpeg_is_not_its_end(sandbox: Sandbox) -> None:
    content = _clinic("JPEG")
    thumbnail = encoded(Image.new("RGB", (32, 32), "red"), "JPEG")
    segment = b"\xff\xe1" + struct.pack(">H", len(thumbnail) + 2) + thumbnail

    look = sandbox.look_at_picture(content[:2] + segment + content[2:], "image/jpeg", "part 3")

    assert look.troubles == ()


@pytest.mark.parametrize(
    ("kind", "declared", "is_fine"),
    [
        ("PNG", "image/png", True),
        ("JPEG", "image/jpg", True),
        ("JPEG", "IMAGE/JPEG", True),
        ("JPEG", "application/octet-stream", True),
        ("JPEG", "image/png", False),
        ("PNG", "image/jpeg", False),
        ("PNG", "text/plain", False),
        ("GIF", "application/pdf", False),
        ("PNG", "image/svg+xml", False),
    ],
)
def test_a_type_that_lies_is_a_finding(
    kind: str,
    declared: str,
    is_fine: bool,  # noqa: FBT001
    sandbox: Sandbox,
) -> None:
    look = sandbox.look_at_picture(_clinic(kind), declared, "part 3")

    expected = [] if is_fine else ["picture.mismatch"]
    assert [finding.code for finding in look.troubles] == expected
    assert look.appearance.views


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "BMP", "AVIF", "TIFF"])
def test_damaged_pictures_never_crash_the_look(kind: str, sandbox: Sandbox) -> None:
    """Forty seeded mutations a format: bytes overwritten, cut out, doubled."""
    source = encoded(draw_clinic().resize((160, 120)), kind)
    for seed in range(40):
        rng = random.Random(f"{kind} {seed}")
        content = bytearray(source)
        for _ in range(rng.randint(1, 12)):
            place = rng.randrange(len(content))
            match rng.randrange(3):
                case 0:
                    content[place] = rng.randrange(256)
                case 1:
                    del content[place : place + rng.randrange(1, 20)]
                case _:
                    content[place:place] = content[place : place + rng.randrange(1, 20)]

        look = sandbox.look_at_picture(bytes(content), f"image/{kind.lower()}", "part 3")

        assert all(finding.code in REASONS for finding in look.troubles)
        assert all(finding.code != "picture.crashed" for finding in look.troubles)


def test_a_picture_in_fifty_thousand_stuffed_bytes_is_read_in_no_time(sandbox: Sandbox) -> None:
    noise = Image.frombytes("L", (1200, 900), random.Random(1).randbytes(1_080_000))
    target = io.BytesIO()
    noise.save(target, "JPEG", quality=100)
    started = time.monotonic()

    look = sandbox.look_at_picture(target.getvalue(), "image/jpeg", "part 3")

    assert look.troubles == ()
    assert time.monotonic() - started < LONGEST_SECONDS


def test_a_heic_that_declares_gigapixels_is_a_finding(sandbox: Sandbox) -> None:
    pytest.importorskip("pi_heif")

    look = sandbox.look_at_picture(_vast_heic(), "image/heic", "part 3")

    assert look.troubles
    assert {finding.code for finding in look.troubles} <= {"picture.limit", "picture.unreadable"}


def test_damaged_heic_pictures_never_crash_the_look(sandbox: Sandbox) -> None:
    pytest.importorskip("pi_heif")
    source = (FIXTURES / "burst.heic").read_bytes()
    for seed in range(40):
        rng = random.Random(seed)
        content = bytearray(source)
        for _ in range(rng.randint(1, 8)):
            content[rng.randrange(len(content))] = rng.randrange(256)

        look = sandbox.look_at_picture(bytes(content), "image/heic", "part 3")

        assert all(finding.code in REASONS for finding in look.troubles)
        assert all(finding.code != "picture.crashed" for finding in look.troubles)


def test_damaged_profiles_and_thumbnails_never_crash_the_look(sandbox: Sandbox) -> None:
    """What stands before the picture is read, too: the profile, EXIF, the index of a phone."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    exif = Image.Exif()
    exif[0x0112] = 6
    source = encoded(
        draw_clinic().resize((80, 60)), "JPEG", icc_profile=profile, exif=exif.tobytes()
    )
    head = source.index(b"\xff\xda")
    for seed in range(60):
        rng = random.Random(seed)
        content = bytearray(source)
        for _ in range(rng.randint(1, 12)):
            content[rng.randrange(4, head)] = rng.randrange(256)

        look = sandbox.look_at_picture(bytes(content), "image/jpeg", "part 3")

        assert all(finding.code in REASONS for finding in look.troubles)
        assert all(finding.code != "picture.crashed" for finding in look.troubles)
